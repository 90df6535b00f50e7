//! What can be seen with how many requests.

/// A fault that nobody would call small, and that a step should be able to see: part of the requests that fail.
pub const PLAIN_FAULT: f64 = 0.05;

/// Limits below this are taken as this: a limit of zero would make any error infinitely surprising.
const SMALLEST_LIMIT: f64 = 1e-6;

/// Returns how many requests on new it takes to catch a failure rate above the limit in nine runs of ten:
/// `20 / (p ln(p / L) - p + L)` (gates.md, section 1). Infinite for a rate within the limit. Both are fractions.
fn requests_needed(rate: f64, limit: f64) -> f64 {
    let limit = limit.max(SMALLEST_LIMIT);
    if rate.is_nan() || rate <= limit {
        return f64::INFINITY;
    }
    20.0 / (rate * (rate / limit).ln() - rate + limit)
}

/// Returns how many minutes it takes to catch a failure rate above the limit in nine runs of ten, where so many requests
/// a minute reach new. Infinite for a rate within the limit, or without requests.
pub fn minutes_needed(rate: f64, limit: f64, requests_per_minute: f64) -> f64 {
    requests_needed(rate, limit) / requests_per_minute.max(0.0)
}

/// Returns the smallest failure rate on new that so many requests show to be above the limit, as a fraction; nothing
/// where even a side that fails every request would go unseen.
pub fn smallest_visible_rate(requests: f64, limit: f64) -> Option<f64> {
    let visible = |rate: f64| requests_needed(rate, limit) <= requests;
    if !visible(1.0) {
        return None;
    }
    let (mut hidden, mut seen) = (limit.clamp(SMALLEST_LIMIT, 1.0), 1.0);
    // Forty halvings leave less than a part in a million million of the range.
    for _ in 0..40 {
        let middle = f64::midpoint(hidden, seen);
        if visible(middle) {
            seen = middle;
        } else {
            hidden = middle;
        }
    }
    Some(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_requests_needed_are_those_of_gates_md() {
        for (rate, needed) in [(0.05, 210.0), (0.02, 955.0), (0.01, 4_000.0)] {
            let found = requests_needed(rate, 0.003);
            assert!((found / needed - 1.0).abs() < 0.05, "{rate}: {found}");
        }
        assert_eq!(requests_needed(0.003, 0.003), f64::INFINITY);
        assert!(requests_needed(0.01, 0.0).is_finite());
    }

    #[test]
    fn minutes_are_requests_by_traffic() {
        assert!((minutes_needed(PLAIN_FAULT, 0.003, 21.0) - 10.0).abs() < 0.5);
        assert_eq!(minutes_needed(PLAIN_FAULT, 0.003, 0.0), f64::INFINITY);
        assert_eq!(minutes_needed(0.003, 0.003, 1e9), f64::INFINITY);
    }

    #[test]
    fn the_smallest_visible_rate_is_the_one_that_needs_just_so_many_requests() {
        for requests in [50.0, 210.0, 4_000.0, 1e9] {
            let rate = smallest_visible_rate(requests, 0.003).unwrap();
            assert!((requests_needed(rate, 0.003) / requests - 1.0).abs() < 1e-3, "{requests}");
        }
        assert_eq!(smallest_visible_rate(3.0, 0.003), None);
        assert_eq!(smallest_visible_rate(1e9, 1.0), None);
    }
}
