//! What a new reading of metrics adds to what is known.

use std::collections::BTreeMap;

use super::Engine;
use crate::{
    gate::{Reading, Row, SideRow},
    unit::{Minute, Side, Timestamp},
};

/// How many minutes back a reading goes: those that are open, and a few more that may still change.
const LOOK_BACK: i64 = 5;
/// The same for one minute in five: CloudWatch gives no bound for how late a datapoint may come or change, but reports are
/// of minutes, not of quarters of an hour.
const LONG_LOOK_BACK: i64 = 15;
/// How far back a reading goes at most, to find what an account could not tell for a while.
const LONGEST_LOOK_BACK: i64 = 180;

impl Engine {
    /// Takes in one reading.
    pub(super) fn metrics_read(&mut self, at: Timestamp, reading: Reading) {
        let whole = reading.faults.is_empty();
        self.last_read = Some(at);
        self.table.record(at, reading);
        if whole {
            self.whole_until = self.newest_minute();
        }
    }

    /// Returns the minute from which on metrics are to be read; `first` is the first that is of interest.
    pub fn read_from(&self, first: Minute) -> Minute {
        let Some(newest) = self.newest_minute() else { return first };
        let long = newest.0 % LOOK_BACK == 0;
        let far = long.then(|| newest.offset(-LONG_LOOK_BACK));
        // What was left out by readings that were not whole is read again, and what one side has been silent about while
        // the other was heard.
        let whole = self.whole_until.map_or(first, |minute| minute.offset(-LOOK_BACK));
        let silent = long.then(|| self.oldest_silence()).flatten();
        let from = silent.into_iter().chain(far).fold(whole, Minute::min);
        from.max(newest.offset(-LONGEST_LOOK_BACK)).max(first)
    }

    /// Returns the newest minute with requests of the side that has been silent for longer.
    fn oldest_silence(&self) -> Option<Minute> {
        let newest = |side| {
            let mut rows = self.table.rows().iter().rev();
            rows.find(|(_, row)| row.side(side).requests.is_some()).map(|(minute, _)| *minute)
        };
        [Side::Legacy, Side::New].into_iter().filter_map(newest).min()
    }

    /// Returns the rows that a reading adds or changes, merged with what is known: a datapoint that is missing this time,
    /// because one account did not answer, does not erase the one that was read before.
    pub fn fresh_rows(&self, read: BTreeMap<Minute, Row>) -> Vec<(Minute, Row)> {
        let known = self.table.rows();
        let fresh = |(minute, row): (Minute, Row)| match known.get(&minute) {
            Some(old) => {
                let merged = merged(old, &row);
                (merged != *old).then_some((minute, merged))
            }
            None => Some((minute, row)),
        };
        read.into_iter().filter_map(fresh).collect()
    }

    /// Returns the newest minute that has been read.
    pub(super) fn newest_minute(&self) -> Option<Minute> {
        self.table.rows().keys().next_back().copied()
    }
}

fn merged(old: &Row, new: &Row) -> Row {
    let mut metrics = old.metrics.clone();
    metrics.extend(new.metrics.clone());
    Row {
        legacy: merged_side(&old.legacy, &new.legacy),
        new: merged_side(&old.new, &new.new),
        metrics,
    }
}

fn merged_side(old: &SideRow, new: &SideRow) -> SideRow {
    // Whose latency it is belongs to the latency.
    let latency = if new.latency.is_some() { new } else { old };
    let latency_p90 = if new.latency_p90.is_some() { new } else { old };
    SideRow {
        requests: new.requests.or(old.requests),
        errors: new.errors.or(old.errors),
        latency: latency.latency,
        latency_of: latency.latency_of.clone(),
        latency_p90: latency_p90.latency_p90,
        latency_p90_of: latency_p90.latency_p90_of.clone(),
        silent: if new.requests.is_some() { new.silent.clone() } else { old.silent.clone() },
    }
}
