//! Sums of numbers that are kept as their natural logs, so that nothing overflows.

/// Returns ln(exp a + exp b).
pub(super) fn ln_sum(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

/// Returns ln of the sum of exp over all.
pub(super) fn ln_sum_all(values: &[f64]) -> f64 {
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if high == f64::NEG_INFINITY {
        return high;
    }
    high + values.iter().map(|value| (value - high).exp()).sum::<f64>().ln()
}
