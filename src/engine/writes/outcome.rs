//! What follows from how a batch went.

use crate::{
    engine::{
        Engine, LockChange, WriteFailure,
        locks::ZoneLock,
        state::{Flight, later},
    },
    plan::{ChangeId, Offender, offenders},
    unit::{SignedDuration, Timestamp},
};

/// Changes in a batch that may keep a zone busy for longer than its answer took.
const LARGE: usize = 100;

/// How long a zone is left alone after a large batch was accepted, for each of its changes: a request that comes too early
/// is turned away (law L24), perhaps with its tokens, and what follows a large batch waits for tokens anyway. Where changes
/// are not counted (law L23), it costs nothing to come too early.
const BUSY_FOR: SignedDuration = SignedDuration::from_millis(1);

/// How a write failed.
pub(in crate::engine) struct Failed<'a> {
    pub(in crate::engine) write: u32,
    pub(in crate::engine) failure: WriteFailure,
    pub(in crate::engine) message: &'a str,
    pub(in crate::engine) problems: &'a [String],
    pub(in crate::engine) retry_at: Timestamp,
}

impl Engine {
    pub(in crate::engine) fn write_accepted(
        &mut self,
        at: Timestamp,
        write: u32,
        change: &ChangeId,
    ) {
        let changes = self.flight(write).map_or(0, |flight| self.cost(flight));
        let Some(flight) = self.take_flight(write) else { return };
        self.governor.answered(at);
        let busy = changes >= LARGE && self.plan.quota.changes().is_some();
        // Nobody waits for a lock to be known to all of Route 53's servers: its readers ask the API.
        if !flight.pairs.is_empty() {
            self.changes.push(change.clone());
        }
        let failures = self.failures.entry(flight.zone.clone()).or_default();
        (failures.attempts, failures.refusals) = (0, 0);
        failures.retry_at = busy.then(|| later(at, BUSY_FOR * changes as i32));
        failures.waiting = None;
        failures.message.clear();
        failures.most = failures.most.map(|most| most.saturating_mul(2));
        self.records.accepted.extend(&flight.pairs);
        self.records.unread.extend(&flight.pairs);
        self.unread_beside(&flight);
        self.lock_written(at, &flight.zone, &flight.lock, true);
    }

    /// Until the lock was taken its holder, or a rollback that no lock stops, may have moved what needs no change and is not
    /// read because of one.
    fn unread_beside(&mut self, flight: &Flight) {
        let takes = matches!(flight.lock, LockChange::Set(_));
        if flight.pairs.is_empty() && (takes || flight.to.is_back()) {
            let pairs = self.plan.pairs.iter().enumerate();
            let here = pairs.filter(|(_, pair)| pair.zone == flight.zone);
            self.records.unread.extend(here.map(|(index, _)| index));
        }
    }

    pub(in crate::engine) fn write_failed(&mut self, at: Timestamp, failed: &Failed<'_>) {
        let Some(flight) = self.flight(failed.write).cloned() else { return };
        let cost = self.cost(&flight);
        self.flights.remove(&flight.zone);
        let named = offenders(failed.problems);
        let suspects = match failed.failure {
            WriteFailure::Later => {
                self.governor.throttled(at, cost);
                None
            }
            WriteFailure::Refused => Some(self.suspects(&flight, &named)),
            WriteFailure::Unclear | WriteFailure::Denied => Some(flight.pairs.clone()),
        };
        if let Some(suspects) = &suspects {
            self.records.unread.extend(suspects);
            self.unread_beside(&flight);
            self.lock_written(at, &flight.zone, &flight.lock, false);
        }
        if failed.failure == WriteFailure::Unclear {
            self.lock_haunted(&flight.zone);
        }
        let refused = matches!(failed.failure, WriteFailure::Refused | WriteFailure::Denied);
        let by_lock = flight.lock != LockChange::Untouched && self.may_be_the_lock(&flight, &named);
        if refused && by_lock && flight.to.is_back() {
            self.lock_refused(&flight.zone, failed.failure == WriteFailure::Denied);
        }
        // While the pair that spoils a batch is still looked for, trying again does make sense.
        let narrows = failed.failure == WriteFailure::Refused
            && flight.to.is_back()
            && flight.pairs.len() > 1
            && named.is_empty();
        let failures = self.failures.entry(flight.zone.clone()).or_default();
        failures.attempts += 1;
        failures.refusals += u32::from(refused && !narrows);
        failed.message.clone_into(&mut failures.message);
        failures.retry_at = Some(failed.retry_at);
        failures.waiting = suspects;
    }

    /// Returns the pairs that may have spoiled a refused batch: those that Route 53 names (law L15). Where it names none
    /// of them it may be any, and on the way back the batch is halved the next time; once may be because somebody was
    /// faster, which reading mends.
    fn suspects(&mut self, flight: &Flight, named: &[Offender]) -> Vec<usize> {
        let is_named = |pair: &&usize| {
            let pair = self.plan.pairs.get(**pair);
            pair.is_some_and(|pair| {
                named.iter().any(|offender| {
                    offender.name == pair.name
                        && offender.kind.as_ref().is_none_or(|kind| *kind == pair.kind)
                })
            })
        };
        let guilty: Vec<usize> = flight.pairs.iter().filter(is_named).copied().collect();
        if !flight.to.is_back() {
            // On the way to new nothing may be left behind, so all of it is looked at.
            return flight.pairs.clone();
        }
        let lock_named = !named.is_empty() && self.may_be_the_lock(flight, named);
        for offender in named.iter().filter(|offender| offender.protected) {
            if let Some(kind) = &offender.kind {
                self.protect(&flight.zone, &offender.name, kind);
            }
        }
        let failures = self.failures.entry(flight.zone.clone()).or_default();
        let may_be_any = guilty.is_empty() && !lock_named;
        let again = flight.pairs.iter().any(|pair| failures.refused.contains_key(pair));
        if may_be_any && again {
            failures.most = Some((flight.pairs.len() / 2).max(1));
        }
        let accused = !guilty.is_empty() || flight.pairs.len() == 1;
        let suspects = if may_be_any { flight.pairs.clone() } else { guilty };
        for pair in &suspects {
            *failures.refused.entry(*pair).or_default() += 1;
            *failures.accused.entry(*pair).or_default() += u32::from(accused);
        }
        suspects
    }

    /// Returns true when a refusal may be because of the lock: it is named, or nothing is.
    fn may_be_the_lock(&self, flight: &Flight, named: &[Offender]) -> bool {
        let lock = self.locks.get(&flight.zone);
        let is_named = |lock: &ZoneLock| named.iter().any(|offender| offender.name == lock.name);
        named.is_empty() || lock.is_some_and(is_named)
    }

    fn take_flight(&mut self, write: u32) -> Option<Flight> {
        let zone = self.flight(write)?.zone.clone();
        self.flights.remove(&zone)
    }
}
