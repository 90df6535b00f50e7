//! The likelihood ratio of one minute that is bad or is not, against "at most eta of the minutes are bad".

/// Alternatives: what part of the minutes is bad.
const BAD_PARTS: [f64; 4] = [0.3, 0.5, 0.8, 0.95];

/// A limit on the part of minutes that may be bad, as a fraction: eta.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::gate) struct BadMinutes {
    allowed: f64,
}

impl BadMinutes {
    /// Allows this part of the minutes to be bad.
    pub(in crate::gate) fn new(allowed: f64) -> Self {
        // Of nothing allowed, one bad minute would be infinite evidence.
        Self { allowed: allowed.max(1e-9) }
    }

    /// Returns eta.
    pub(in crate::gate) fn allowed(self) -> f64 {
        self.allowed
    }

    /// Returns ln e(g) of one minute for each alternative g: `ln(g / eta)` for a bad minute, `ln((1 - g) / (1 - eta))`
    /// for another; a minute that was not measured says nothing, and an alternative within the limit never begins.
    pub(in crate::gate) fn ln_factors(self, bad: Option<bool>) -> [f64; BAD_PARTS.len()] {
        BAD_PARTS.map(|part| match bad {
            _ if part <= self.allowed => f64::NEG_INFINITY,
            Some(true) => (part / self.allowed).ln(),
            Some(false) => ((1.0 - part) / (1.0 - self.allowed)).ln(),
            None => 0.0,
        })
    }

    /// Returns how many of the alternatives are above the limit.
    pub(in crate::gate) fn alternatives(self) -> usize {
        BAD_PARTS.iter().filter(|part| **part > self.allowed).count()
    }
}
