//! Requests and failed requests of one minute, made fit for arithmetic.

use super::reading::{Row, SideRow};

pub(super) use super::statistics::{Counts, Pair};

/// More than any minute can have; keeps nonsense from overflowing what is summed.
const LARGEST_COUNT: f64 = 1e15;

impl Counts {
    /// Returns what a side saw, or nothing where there is no datapoint.
    ///
    /// A missing error count is zero where there are requests (law L50). Errors in excess of the requests are what a
    /// dead target group looks like: each of them was a request, so they raise the count of requests.
    pub(super) fn of(side: &SideRow) -> Option<Self> {
        let clean =
            |value: f64| (value.is_finite() && value >= 0.0).then(|| value.min(LARGEST_COUNT));
        let errors = match side.errors {
            Some(errors) => clean(errors)?,
            None => 0.0,
        };
        match side.requests {
            Some(requests) => clean(requests).map(|n| Self { requests: n.max(errors), errors }),
            None => (errors > 0.0).then_some(Self { requests: errors, errors }),
        }
    }
}

impl Pair {
    /// Returns both sides of a minute.
    pub(super) fn of(row: &Row) -> Self {
        Self {
            new: Counts::of(&row.new).unwrap_or_default(),
            legacy: Counts::of(&row.legacy).unwrap_or_default(),
        }
    }
}

/// Sums over minutes.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Totals {
    /// Minutes in which new had requests.
    pub(super) minutes: u32,
    /// Sums of both sides over all minutes.
    pub(super) sum: Pair,
}

impl Totals {
    /// Returns the sums over these minutes.
    pub(super) fn of(minutes: &[Pair]) -> Self {
        let mut totals = Self::default();
        minutes.iter().for_each(|pair| totals.add(*pair));
        totals
    }

    /// Adds one minute.
    pub(super) fn add(&mut self, pair: Pair) {
        self.minutes += u32::from(pair.new.requests > 0.0);
        self.sum.new.add(pair.new);
        self.sum.legacy.add(pair.legacy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(requests: Option<f64>, errors: Option<f64>) -> Option<(f64, f64)> {
        Counts::of(&SideRow { requests, errors, ..SideRow::default() })
            .map(|c| (c.requests, c.errors))
    }

    #[test]
    fn l50_a_missing_error_count_is_zero_only_where_there_are_requests() {
        assert_eq!(counts(Some(600.0), None), Some((600.0, 0.0)));
        assert_eq!(counts(None, None), None);
        assert_eq!(counts(None, Some(0.0)), None);
    }

    #[test]
    fn a_limit_is_broken_by_more_than_it_allows_and_never_by_fewer_than_three() {
        let breaks = |requests, errors| Counts { requests, errors }.breaks(0.01);
        assert!(breaks(1_000.0, 11.0) && !breaks(1_000.0, 10.0));
        assert!(breaks(10.0, 3.0) && !breaks(10.0, 2.0));
    }

    #[test]
    fn errors_in_excess_of_requests_are_requests_too() {
        assert_eq!(counts(Some(3.0), Some(600.0)), Some((600.0, 600.0)));
        assert_eq!(counts(None, Some(600.0)), Some((600.0, 600.0)));
    }

    #[test]
    fn what_is_not_a_count_is_no_datapoint() {
        for bad in [f64::NAN, f64::INFINITY, -1.0] {
            assert_eq!(counts(Some(bad), None), None);
            assert_eq!(counts(Some(10.0), Some(bad)), None);
        }
    }
}
