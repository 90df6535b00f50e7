//! Batches: which is next, what is in it, and what follows from how it went. One is in flight per zone (law L24).

mod next;
mod outcome;
mod protections;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use outcome::Failed;

use super::{Action, Engine, Position, state::Flight};
use crate::{
    plan::{Move, ZoneId, batch_of, overwrite},
    unit::Timestamp,
};

/// Failures of writes to one zone, in a row.
#[derive(Debug, Clone, Default)]
pub(super) struct Failures {
    pub(super) attempts: u32,
    /// Failures that do not pass by themselves.
    pub(super) refusals: u32,
    /// Successes that changed nothing (law L17).
    pub(super) ignored: u32,
    pub(super) message: String,
    pub(super) retry_at: Option<Timestamp>,
    /// Pairs that wait until then; the whole zone where it says nothing.
    waiting: Option<Vec<usize>>,
    /// How often each pair was refused on the way back: it may spoil the batch for the others.
    refused: BTreeMap<usize, u32>,
    /// How often each pair was refused by name, or alone in its batch.
    accused: BTreeMap<usize, u32>,
    /// Most pairs in one batch, while the one that spoils it is looked for.
    most: Option<usize>,
}

impl Engine {
    /// Returns the zones with pairs, in the order of their ids.
    pub(super) fn zones(&self) -> BTreeSet<ZoneId> {
        self.plan.pairs.iter().map(|pair| pair.zone.clone()).collect()
    }

    pub(super) fn failures_of(&self, zone: &ZoneId) -> Failures {
        self.failures.get(zone).cloned().unwrap_or_default()
    }

    /// Returns true while a zone's next write has to wait because of how the one before went.
    pub(super) fn waits(&self, zone: &ZoneId, now: Timestamp) -> bool {
        self.failures.get(zone).and_then(|failures| failures.retry_at).is_some_and(|at| now < at)
    }

    /// Returns the wish to send an announced batch.
    pub(super) fn change(&self, flight: &Flight) -> Action {
        let pairs = flight.pairs.iter();
        let moves: Vec<Move> = pairs.filter_map(|index| self.move_of(*index, flight.to)).collect();
        let group: Vec<&Move> = moves.iter().collect();
        let batch = if flight.overwrite {
            overwrite(&flight.zone, &group)
        } else {
            batch_of(&flight.zone, &group, self.lock_swap(&flight.zone, &flight.lock))
        };
        Action::Change { write: flight.write, to: flight.to, batch }
    }

    /// Returns the flight with this number.
    pub(super) fn flight(&self, write: u32) -> Option<&Flight> {
        self.flights.values().find(|flight| flight.write == write)
    }

    pub(super) fn write_started(&mut self, at: Timestamp, flight: Flight) {
        self.writes = flight.write;
        let cost = self.cost(&flight);
        self.governor.spend(at, cost);
        if let (Position::Shift(shift), false) = (flight.to, flight.pairs.is_empty()) {
            self.begin_span(shift, at);
        }
        self.flights.insert(flight.zone.clone(), flight);
    }

    /// Returns the change tokens of a batch (law L21).
    fn cost(&self, flight: &Flight) -> usize {
        let Action::Change { batch, .. } = self.change(flight) else { return 0 };
        batch.tokens()
    }

    /// Treats announced batches as ones whose outcome nobody knows.
    pub(super) fn doubt_flights(&mut self, at: Timestamp) {
        for (zone, flight) in std::mem::take(&mut self.flights) {
            self.records.unread.extend(&flight.pairs);
            self.lock_written(at, &zone, &flight.lock, false);
            self.lock_haunted(&zone);
        }
    }
}
