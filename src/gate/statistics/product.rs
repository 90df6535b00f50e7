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

    /// Returns how many times what has been seen must be seen, alike, until ln E is at the bar; nothing where seeing more
    /// of the same would not help.
    pub(in crate::gate) fn times_until(&self, ln_bar: f64) -> Option<f64> {
        if !self.0.iter().any(|sum| *sum > 0.0) {
            return None;
        }
        let proves = |times: f64| Self(self.0.map(|sum| sum * times)).ln_value() >= ln_bar;
        let mut enough = 1.0;
        while !proves(enough) {
            enough *= 2.0;
        }
        let mut short = enough / 2.0;
        // Twenty halvings leave less than a millionth of the range.
        for _ in 0..20 {
            let middle = f64::midpoint(short, enough);
            if proves(middle) {
                enough = middle;
            } else {
                short = middle;
            }
        }
        Some(enough)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_of_the_same_proves_in_time_what_speaks_for_new_and_never_what_does_not() {
        let seen = Product([0.3, 0.2, -0.1, 0.0]);
        let times = seen.times_until(20_f64.ln()).unwrap();
        let later = Product(seen.0.map(|sum| sum * times));
        assert!((later.ln_value() - 20_f64.ln()).abs() < 1e-3, "{times}");
        assert_eq!(Product([0.0, -0.1, -3.0, -9.0]).times_until(20_f64.ln()), None);
        assert!(Product([1e-300; 4]).times_until(20_f64.ln()).is_some_and(f64::is_finite));
    }
}
