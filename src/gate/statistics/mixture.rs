//! Minutes multiplied up to an e-value, where nobody knows in which of them the fault began.

use super::log::{ln_sum, ln_sum_all};

/// E-value averaged over alternatives r and over the minute in which the fault began:
///
/// `M_t(r) = (M_{t-1}(r) + a_t) e_t(r)`, `E_t = mean over r of M_t(r) + 1 - sum of a so far`
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::gate) struct Mixture<const R: usize> {
    /// ln M(r).
    ln_begun: [f64; R],
    /// 1 - sum of a: the belief that the fault has not begun yet.
    unspent: f64,
}

impl<const R: usize> Mixture<R> {
    /// Nothing seen.
    pub(in crate::gate) const NOTHING: Self =
        Self { ln_begun: [f64::NEG_INFINITY; R], unspent: 1.0 };

    /// Takes in one minute: the weight a of a fault that begins in it, and ln e(r).
    pub(in crate::gate) fn advance(&mut self, start_weight: f64, ln_factors: [f64; R]) {
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
    pub(in crate::gate) fn ln_value(&self, alternatives: usize) -> f64 {
        if alternatives == 0 {
            return 0.0;
        }
        let begun = ln_sum_all(&self.ln_begun) - (alternatives as f64).ln();
        ln_sum(begun, self.unspent.ln())
    }
}
