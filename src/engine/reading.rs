//! What a new reading of metrics adds to what is known.

use std::collections::BTreeMap;

use super::Engine;
use crate::{
    gate::{Row, SideRow},
    unit::Minute,
};

impl Engine {
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
    pub fn newest_minute(&self) -> Option<Minute> {
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
    }
}
