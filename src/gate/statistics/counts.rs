//! What the statistics know of a minute: requests and failed requests of both sides.

/// Requests and failed requests of one side.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(in crate::gate) struct Counts {
    /// Requests.
    pub(in crate::gate) requests: f64,
    /// How many of them failed; never more than there are.
    pub(in crate::gate) errors: f64,
}

impl Counts {
    /// Returns the failed part of the requests; zero where there are none.
    pub(in crate::gate) fn rate(self) -> f64 {
        if self.requests > 0.0 { self.errors / self.requests } else { 0.0 }
    }

    /// Returns true when so many failed that it is neither chance nor within this limit.
    ///
    /// Fewer than three failures are never held against anybody.
    pub(in crate::gate) fn breaks(self, limit: f64) -> bool {
        self.errors >= 3.0 && self.errors > limit * self.requests
    }

    /// Adds another minute to this sum.
    pub(in crate::gate) fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.errors += other.errors;
    }
}

/// Both sides of one minute; a side without a datapoint is all zero.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(in crate::gate) struct Pair {
    /// The new side.
    pub(in crate::gate) new: Counts,
    /// The legacy side.
    pub(in crate::gate) legacy: Counts,
}
