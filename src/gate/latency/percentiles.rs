//! Which percentile of a minute can be compared, and its readings.

use super::super::{
    counts::Counts,
    reading::{Row, SideRow},
    words,
};

/// The percentile that takes over where there are too few requests for the gate's own.
const FALLBACK: f64 = 90.0;

/// A percentile and the requests a minute that it takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Percentile {
    /// Which, such as 99.
    pub(super) percent: f64,
    /// See [`samples_needed`].
    pub(super) samples: f64,
    /// The gate's own, where this one takes over for it.
    pub(super) instead_of: Option<f64>,
}

/// The gate's percentile, then the one that takes over, where it differs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Percentiles([Option<Percentile>; 2]);

/// One minute as far as it can be compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Measured {
    /// At the percentile for which both sides have enough requests.
    pub(super) both: Option<Reading>,
    /// At the percentile for which new has; legacy's is there if it has enough too.
    pub(super) new: Reading,
}

/// Latencies in seconds at one percentile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reading {
    /// Of which percentile.
    pub(super) percentile: Percentile,
    /// New's.
    pub(super) new: f64,
    /// Legacy's, where it has requests enough.
    pub(super) legacy: Option<f64>,
}

/// Returns the requests in a minute that a percentile takes to mean something; `percent` is above 0 and below 100.
///
/// CloudWatch's own rule: 10 / (1 - q), and 10 / q below the median (gates.md section 2).
pub fn samples_needed(percent: f64) -> f64 {
    let rarer = (100.0 - percent).min(percent);
    // Rounded, because 100 - 99.9 is not quite a tenth.
    (1000.0 / rarer).round()
}

impl Percentile {
    fn new(percent: f64, instead_of: Option<f64>) -> Self {
        Self { percent, samples: samples_needed(percent), instead_of }
    }

    /// Returns a side's latency where it has enough requests to mean something.
    fn read(self, side: &SideRow) -> Option<f64> {
        let requests = Counts::of(side)?.requests;
        let latency = if self.instead_of.is_some() { side.latency_p90 } else { side.latency };
        latency.filter(|l| requests >= self.samples && l.is_finite() && *l >= 0.0)
    }

    /// Returns the load balancer whose latency it is, where the side has several.
    pub(super) fn of(self, side: &SideRow) -> Option<&str> {
        let of = if self.instead_of.is_some() { &side.latency_p90_of } else { &side.latency_of };
        of.as_deref()
    }

    /// Returns its name, such as `p99`, or `p90 (too few requests for p99)`.
    pub(super) fn name(self) -> String {
        let Self { percent, instead_of, .. } = self;
        match instead_of {
            Some(own) => format!("p{percent} (too few requests for p{own})"),
            None => format!("p{percent}"),
        }
    }

    /// Returns how many requests a minute it takes, such as `p99 takes 1,000`.
    pub(super) fn needs(self) -> String {
        format!("p{} takes {}", self.percent, words::count(self.samples))
    }
}

impl Percentiles {
    /// Prepares to read the gate's percentile, and p90 where that takes fewer requests.
    pub(super) fn new(percent: f64) -> Self {
        let fallback = (percent > FALLBACK).then(|| Percentile::new(FALLBACK, Some(percent)));
        Self([Some(Percentile::new(percent, None)), fallback])
    }

    /// Returns the percentiles in order of preference.
    pub(super) fn iter(&self) -> impl Iterator<Item = Percentile> {
        self.0.iter().flatten().copied()
    }

    /// Returns a side's latency in seconds at the first percentile for which it has enough requests.
    pub(super) fn first(&self, side: &SideRow) -> Option<f64> {
        self.iter().find_map(|percentile| percentile.read(side))
    }

    /// Returns one minute as far as it can be compared.
    pub(super) fn measure(&self, row: &Row) -> Option<Measured> {
        let mut readings = self.iter().filter_map(|percentile| {
            let new = percentile.read(&row.new)?;
            Some(Reading { percentile, new, legacy: percentile.read(&row.legacy) })
        });
        let new = readings.next()?;
        let both =
            if new.legacy.is_some() { Some(new) } else { readings.find(|r| r.legacy.is_some()) };
        Some(Measured { both, new })
    }
}

impl Measured {
    /// Returns the reading that is told: of both sides where there is one.
    pub(super) fn told(self) -> Reading {
        self.both.unwrap_or(self.new)
    }
}
