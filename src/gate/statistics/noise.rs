//! How far chance alone moves a share.

/// Returns the standard deviation of the share of so many requests that arrive at a place where each goes with this
/// probability: `sqrt(p (1 - p) / n)`, the binomial's. Both are fractions; infinite without requests.
pub(in crate::gate) fn share_deviation(share: f64, requests: f64) -> f64 {
    (share * (1.0 - share) / requests).sqrt()
}
