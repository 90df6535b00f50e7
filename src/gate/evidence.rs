//! How surprising the minutes seen so far would be if new were within its limit.
//!
//! Each minute gives a likelihood ratio for every alternative "new fails r times as often as its limit allows". The
//! ratios are multiplied up from every minute at which the fault may have begun, and averaged over both: a running
//! e-value. By Ville's inequality it passes 1/alpha with a probability of at most alpha in a whole run, however often
//! one looks (gates.md, section 1). Everything is kept as natural logs, and only `ln`, `ln_1p` and `exp` are needed:
//! the beta-binomial form with gamma functions would lose digits where counts are large.

use super::counts::Pair;

/// Alternatives for accusing: how many times its limit new may fail.
pub(super) const FAULTS: [f64; 5] = [1.5, 2.5, 5.0, 15.0, 50.0];

/// Alternatives for acquitting: what part of its limit new may fail.
pub(super) const PASSES: [f64; 4] = [0.1, 0.25, 0.5, 0.75];

/// Part of all requests that legacy must still have for a comparison with it.
const SMALLEST_LEGACY_PART: f64 = 0.02;

/// The comparator of one minute: what new's failures are held against.
///
/// With n, x = requests, errors of new and m, y = of legacy in the minute, k = size, p0 = absolute limit, and the
/// relative limit rho * legacy's rate + delta:
///
/// | | relative | absolute |
/// |---|---|---|
/// | ye, c | y + m delta / rho, k / (k + ye) | - |
/// | s | c ye | k |
/// | h | rho n / (rho n + c m) | n p0 / (n p0 + k) |
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Comparator {
    /// s: errors it stands for, never more than k.
    pub(super) errors: f64,
    /// h: the largest part of all errors that new may have.
    pub(super) fair: f64,
    /// 1 - h, computed on its own because the difference would lose digits.
    pub(super) rest: f64,
}

impl Comparator {
    /// Returns legacy in the same minute as the comparator, or nothing where it says nothing: a side without
    /// requests, or legacy with less than 2 % of them.
    pub(super) fn relative(pair: Pair, times: f64, plus: f64, size: f64) -> Option<Self> {
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
    pub(super) fn absolute(pair: Pair, limit: f64, size: f64) -> Option<Self> {
        let n = pair.new.requests;
        if n == 0.0 || pair.legacy.breaks(limit) {
            return None;
        }
        let whole = n * limit + size;
        Some(Self { errors: size, fair: n * limit / whole, rest: size / whole })
    }

    /// Returns the log likelihood ratio of "r times the limit" to "the limit", given new's errors x:
    /// `x ln r - (x + s) ln(1 + (r - 1) h)`, arranged so that nothing cancels.
    pub(super) fn ln_factor(self, errors: f64, times: f64) -> f64 {
        -errors * (-((times - 1.0) / times) * self.rest).ln_1p()
            - self.errors * ((times - 1.0) * self.fair).ln_1p()
    }

    /// Returns the factors of one minute for a grid of alternatives, none more than the cap; a minute without a
    /// comparator says nothing.
    pub(super) fn ln_factors<const R: usize>(
        comparator: Option<Self>,
        errors: f64,
        grid: &[f64; R],
        cap: f64,
    ) -> [f64; R] {
        grid.map(|times| comparator.map_or(0.0, |c| c.ln_factor(errors, times).min(cap)))
    }
}

/// E-value averaged over alternatives r and over the minute in which the fault began:
///
/// `M_t(r) = (M_{t-1}(r) + a_t) e_t(r)`, `E_t = mean over r of M_t(r) + 1 - sum of a so far`
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mixture<const R: usize> {
    /// ln M(r).
    ln_begun: [f64; R],
    /// 1 - sum of a: the belief that the fault has not begun yet.
    unspent: f64,
}

impl<const R: usize> Mixture<R> {
    /// Nothing seen.
    pub(super) const NOTHING: Self = Self { ln_begun: [f64::NEG_INFINITY; R], unspent: 1.0 };

    /// Takes in one minute: the weight a of a fault that begins in it, and ln e(r).
    pub(super) fn advance(&mut self, start_weight: f64, ln_factors: [f64; R]) {
        // More than the whole cannot be spent, whatever became of the plan; else it were no e-value any more.
        let start = start_weight.min(self.unspent);
        self.unspent -= start;
        if self.unspent < 1e-12 {
            // What is left of 1 after the planned minutes is rounding.
            self.unspent = 0.0;
        }
        let ln_start = start.ln();
        for (ln_begun, ln_factor) in self.ln_begun.iter_mut().zip(ln_factors) {
            *ln_begun = ln_sum(*ln_begun, ln_start) + ln_factor;
        }
    }

    /// Returns ln E, where `alternatives` of the R are in use; with none there is no evidence.
    pub(super) fn ln_value(&self, alternatives: usize) -> f64 {
        if alternatives == 0 {
            return 0.0;
        }
        let begun = ln_sum_all(&self.ln_begun) - (alternatives as f64).ln();
        ln_sum(begun, self.unspent.ln())
    }
}

/// E-value averaged over alternatives, begun in the first minute: for "new is at its limit or above".
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Product<const R: usize>([f64; R]);

impl<const R: usize> Product<R> {
    /// Nothing seen.
    pub(super) const NOTHING: Self = Self([0.0; R]);

    /// Takes in ln e(r) of one minute.
    pub(super) fn advance(&mut self, ln_factors: [f64; R]) {
        for (sum, ln_factor) in self.0.iter_mut().zip(ln_factors) {
            *sum += ln_factor;
        }
    }

    /// Returns ln E.
    pub(super) fn ln_value(&self) -> f64 {
        ln_sum_all(&self.0) - (R as f64).ln()
    }
}

/// Returns ln(exp a + exp b).
fn ln_sum(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

/// Returns ln of the sum of exp over all.
fn ln_sum_all(values: &[f64]) -> f64 {
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if high == f64::NEG_INFINITY {
        return high;
    }
    high + values.iter().map(|value| (value - high).exp()).sum::<f64>().ln()
}
