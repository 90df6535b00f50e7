//! Minutes multiplied up to an e-value from the first minute of a step on: for acquitting.

use super::log::ln_sum_all;

/// E-value averaged over alternatives, begun in the first minute: for "new is at its limit or above".
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::gate) struct Product<const R: usize>([f64; R]);

impl<const R: usize> Product<R> {
    /// Nothing seen.
    pub(in crate::gate) const NOTHING: Self = Self([0.0; R]);

    /// Takes in ln e(r) of one minute.
    pub(in crate::gate) fn advance(&mut self, ln_factors: [f64; R]) {
        for (sum, ln_factor) in self.0.iter_mut().zip(ln_factors) {
            *sum += ln_factor;
        }
    }

    /// Returns ln E.
    pub(in crate::gate) fn ln_value(&self) -> f64 {
        ln_sum_all(&self.0) - (R as f64).ln()
    }
}
