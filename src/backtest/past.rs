//! The traffic that there was, both sides taken together: what a cutover at that time would have divided.

use std::collections::BTreeMap;

use crate::{
    gate::{History, Row, SideRow},
    plan::history,
    unit::Minute,
};

/// More than any minute can have.
const LARGEST_COUNT: f64 = 1e15;

/// Recorded traffic, minute by minute.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// All of it as legacy's, which had it before the cutover.
    rows: BTreeMap<Minute, Row>,
    first: Minute,
    last: Minute,
}

/// All requests of one minute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Total {
    pub(super) requests: u64,
    /// How many of them failed.
    pub(super) errors: u64,
    /// In seconds, at the gate's percentile and at p90.
    pub(super) latency: Option<f64>,
    pub(super) latency_p90: Option<f64>,
}

impl Past {
    /// Takes both sides of a history together; nothing where no minute of it has a request.
    pub fn new(rows: &BTreeMap<Minute, Row>) -> Option<Self> {
        let rows: BTreeMap<Minute, Row> = rows
            .iter()
            .filter_map(|(minute, row)| {
                Some((*minute, Row { legacy: together(row)?, ..Row::default() }))
            })
            .collect();
        let (first, last) = (*rows.first_key_value()?.0, *rows.last_key_value()?.0);
        let some = rows.values().any(|row| row.legacy.requests > Some(0.0));
        some.then_some(Self { rows, first, last })
    }

    /// Returns the first minute and the last.
    pub(super) fn ends(&self) -> (Minute, Minute) {
        (self.first, self.last)
    }

    /// Returns how it was over the whole time.
    pub(super) fn on_average(&self) -> History {
        history(self.rows.values())
    }

    /// Returns how it was in the minutes from one up to but without another.
    pub(super) fn between(&self, from: Minute, until: Minute) -> History {
        history(self.rows.range(from..until).map(|(_, row)| row))
    }

    /// Returns the rows of the minutes from one up to but without another.
    pub(super) fn rows(&self, (from, until): (Minute, Minute)) -> Vec<(Minute, Row)> {
        self.rows.range(from..until).map(|(minute, row)| (*minute, row.clone())).collect()
    }

    /// Returns the requests of these minutes, or of those so many minutes before them, by the minute they are wanted for.
    pub(super) fn requests(
        &self,
        (from, until): (Minute, Minute),
        before: i64,
    ) -> BTreeMap<Minute, f64> {
        let rows = self.rows.range(from.offset(-before)..until.offset(-before));
        let of = |(minute, row): (&Minute, &Row)| {
            let requests = row.legacy.requests.filter(|requests| *requests > 0.0)?;
            Some((minute.offset(before), requests))
        };
        rows.filter_map(of).collect()
    }

    /// Returns true where some minute has a latency.
    pub(super) fn has_latency(&self) -> bool {
        self.rows.values().any(|row| row.legacy.latency.is_some())
    }

    /// Returns everything of one minute; nothing where there was no datapoint.
    pub(super) fn total(&self, minute: Minute) -> Option<Total> {
        let both = &self.rows.get(&minute)?.legacy;
        // The casts keep to the range of the type: what is together is clamped.
        Some(Total {
            requests: both.requests?.round() as u64,
            errors: both.errors.unwrap_or_default().round() as u64,
            latency: both.latency,
            latency_p90: both.latency_p90,
        })
    }
}

/// Adds up both sides of a minute. Errors without requests are requests too, as the gates take them; the latency is
/// legacy's where there is one, for it had most of the traffic.
fn together(row: &Row) -> Option<SideRow> {
    let clean = |value: f64| value.clamp(0.0, LARGEST_COUNT);
    let sum = |new: Option<f64>, legacy: Option<f64>| match (new, legacy) {
        (None, None) => None,
        (new, legacy) => Some(clean(new.unwrap_or_default() + legacy.unwrap_or_default())),
    };
    let errors = sum(row.new.errors, row.legacy.errors);
    let least = errors.filter(|errors| *errors > 0.0);
    let requests = match (sum(row.new.requests, row.legacy.requests), least) {
        (None, None) => return None,
        (requests, least) => requests.unwrap_or_default().max(least.unwrap_or_default()),
    };
    Some(SideRow {
        requests: Some(requests),
        errors,
        latency: row.legacy.latency.or(row.new.latency),
        latency_p90: row.legacy.latency_p90.or(row.new.latency_p90),
        ..SideRow::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(requests: Option<f64>, errors: Option<f64>, latency: Option<f64>) -> SideRow {
        SideRow { requests, errors, latency, ..SideRow::default() }
    }

    fn past(rows: &[(i64, SideRow, SideRow)]) -> Option<Past> {
        let row = |(minute, new, legacy): &(i64, SideRow, SideRow)| {
            (
                Minute(*minute),
                Row { new: new.clone(), legacy: legacy.clone(), metrics: BTreeMap::new() },
            )
        };
        Past::new(&rows.iter().map(row).collect())
    }

    const NOTHING: SideRow = SideRow {
        requests: None,
        errors: None,
        latency: None,
        latency_p90: None,
        latency_of: None,
        latency_p90_of: None,
        silent: Vec::new(),
    };

    #[test]
    fn both_sides_are_one_traffic() {
        let new = side(Some(600.0), Some(1.0), Some(0.4));
        let past = past(&[
            (1, new.clone(), side(Some(59_400.0), None, Some(0.3))),
            (2, new, NOTHING),
            (3, NOTHING, NOTHING),
            (4, side(None, Some(9.0), None), side(Some(5.0), None, None)),
        ])
        .unwrap();
        let total = |minute| past.total(Minute(minute));
        let told = |minute| total(minute).map(|t| (t.requests, t.errors, t.latency));
        assert_eq!(told(1), Some((60_000, 1, Some(0.3))));
        assert_eq!(told(2), Some((600, 1, Some(0.4))));
        assert_eq!(told(3), None, "a minute without a datapoint");
        assert_eq!(told(4), Some((9, 9, None)), "each error was a request");
        assert_eq!(past.ends(), (Minute(1), Minute(4)));
    }

    #[test]
    fn a_history_without_a_request_is_none() {
        assert_eq!(past(&[]), None);
        assert_eq!(past(&[(1, NOTHING, side(Some(0.0), None, None))]), None);
    }

    #[test]
    fn a_run_knows_the_minutes_before_it_and_no_others() {
        let rows: Vec<_> =
            (0..10).map(|m| (m, NOTHING, side(Some(100.0), Some(m as f64), None))).collect();
        let known = past(&rows).unwrap().between(Minute(2), Minute(4));
        assert_eq!(known.legacy_error_rate, Some(0.025));
        let nothing = past(&rows).unwrap().between(Minute(-9), Minute(0));
        assert_eq!(nothing, History::default());
    }
}
