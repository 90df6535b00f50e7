//! What new's failures in one minute are held against, and the likelihood ratio of that minute.

use super::counts::Pair;

/// Alternatives for accusing: how many times its limit new may fail.
pub(in crate::gate) const FAULTS: [f64; 5] = [1.5, 2.5, 5.0, 15.0, 50.0];

/// Alternatives for acquitting: what part of its limit new may fail.
pub(in crate::gate) const PASSES: [f64; 4] = [0.1, 0.25, 0.5, 0.75];

/// Part of all requests that legacy must still have for a comparison with it.
const SMALLEST_LEGACY_PART: f64 = 0.02;

/// The comparator of one minute: what new's failures are held against. Its letters are those of the room's docs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::gate) struct Comparator {
    /// s: errors it stands for, never more than k.
    pub(in crate::gate) errors: f64,
    /// h: the largest part of all errors that new may have.
    pub(in crate::gate) fair: f64,
    /// 1 - h, computed on its own because the difference would lose digits.
    pub(in crate::gate) rest: f64,
}

impl Comparator {
    /// Returns legacy in the same minute as the comparator, or nothing where it says nothing: a side without
    /// requests, or legacy with less than 2 % of them.
    pub(in crate::gate) fn relative(pair: Pair, times: f64, plus: f64, size: f64) -> Option<Self> {
        let (n, m) = (pair.new.requests, pair.legacy.requests);
        if n == 0.0 || m == 0.0 || m < SMALLEST_LEGACY_PART * (n + m) {
            return None;
        }
        let errors = pair.legacy.errors + m * plus / times;
        // The same as k / (k + ye), and 1 for an infinite k.
        let scale = 1.0 / (1.0 + errors / size);
        let whole = times * n + scale * m;
        Some(Self { errors: scale * errors, fair: times * n / whole, rest: scale * m / whole })
    }

    /// Returns a fixed limit as the comparator, or nothing where it says nothing: no requests on new, or legacy
    /// breaks the limit too, so that the trouble is not new's alone.
    pub(in crate::gate) fn absolute(pair: Pair, limit: f64, size: f64) -> Option<Self> {
        let n = pair.new.requests;
        if n == 0.0 || pair.legacy.breaks(limit) {
            return None;
        }
        let whole = n * limit + size;
        Some(Self { errors: size, fair: n * limit / whole, rest: size / whole })
    }

    /// Returns the log likelihood ratio of "r times the limit" to "the limit", given new's errors x:
    /// `x ln r - (x + s) ln(1 + (r - 1) h)`, arranged so that nothing cancels.
    pub(in crate::gate) fn ln_factor(self, errors: f64, times: f64) -> f64 {
        -errors * (-((times - 1.0) / times) * self.rest).ln_1p()
            - self.errors * ((times - 1.0) * self.fair).ln_1p()
    }

    /// Returns the factors of one minute for a grid of alternatives, none more than the cap; a minute without a
    /// comparator says nothing.
    pub(in crate::gate) fn ln_factors<const R: usize>(
        comparator: Option<Self>,
        errors: f64,
        grid: &[f64; R],
        cap: f64,
    ) -> [f64; R] {
        grid.map(|times| comparator.map_or(0.0, |c| c.ln_factor(errors, times).min(cap)))
    }
}
