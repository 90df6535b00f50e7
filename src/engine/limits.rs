//! When trying again makes no sense any more.

use super::{Action, Engine, Event, Position, locks::ZoneLock, state::later};
use crate::{
    plan::{Pair, RecordSet, ZoneId, in_words, ours},
    unit::{Timestamp, Weight},
};

/// Refusals in a row after which the way forward stops.
const FORWARD_REFUSALS: u32 = 3;
/// Refusals in a row after which the way back needs a person. Longer, because giving up is worse there.
const ROLLBACK_REFUSALS: u32 = 10;

impl Engine {
    /// Returns true for a zone whose writes were refused so often that trying again makes no sense.
    pub(super) fn is_given_up(&self, zone: &ZoneId, to: Position) -> bool {
        let Some(failures) = self.failures.get(zone) else { return false };
        let deadline = self.asked.as_ref().and_then(|asked| asked.deadline);
        let times = failures.refusals.max(failures.ignored);
        match (to.is_back(), deadline) {
            (true, None) => times >= ROLLBACK_REFUSALS,
            (true, Some(_)) => false,
            (false, _) => times >= FORWARD_REFUSALS,
        }
    }

    /// Returns the end of a way on which nothing is left to try. The way forward ends at the first zone that is given up,
    /// the way back when all that others can do has been done.
    pub(super) fn given_up(&self, to: Position) -> Option<Event> {
        let zones = self.zones();
        let zone = zones.iter().find(|zone| self.is_given_up(zone, to))?;
        let failures = self.failures_of(zone);
        let (times, message) = (failures.refusals.max(failures.ignored), failures.message);
        if !to.is_back() {
            let reason = format!("the change was refused {times} times in a row: {message}");
            return Some(Event::Stopped { reason });
        }
        let moves = self.moves(to);
        let busy = !self.flights.is_empty()
            || zones.iter().any(|zone| self.is_writable(zone, to, &moves))
            || self.reads().iter().any(|read| !self.is_read_of_given_up(read, to));
        (!busy).then(|| Event::Stuck {
            why: format!(
                "the rollback was refused {times} times in a row: {message}; mend what it names, then run `cutover rollback` again"
            ),
        })
    }

    fn is_read_of_given_up(&self, read: &Action, to: Position) -> bool {
        matches!(read, Action::Read { zone, .. } if self.is_given_up(zone, to))
    }

    /// Returns the end of a way back on which all is done, and members of neither side still take a part of the traffic:
    /// whose they are nobody knows, so they are left to a person.
    pub(super) fn strangers_left(&self) -> Option<Event> {
        let of = |(pair, live): (&Pair, &Vec<RecordSet>)| {
            let own = ours(pair, live);
            let strange = |r: &&RecordSet| r.weight() > Some(Weight(0)) && !own.contains(r);
            let strangers: Vec<String> = live.iter().filter(strange).map(in_words).collect();
            (!strangers.is_empty())
                .then(|| format!("{} {}: {}", pair.name, pair.kind, strangers.join("; ")))
        };
        let pairs = self.plan.pairs.iter().zip(&self.records.live);
        let left: Vec<String> = pairs.filter_map(of).collect();
        (!left.is_empty()).then(|| Event::Stuck {
            why: format!(
                "the baseline is back, but a member of neither side keeps its part of the traffic ({}); remove it by hand, then run `cutover rollback` again",
                left.join(", ")
            ),
        })
    }

    /// Returns the end of a way back that was given so much time and no more.
    pub(super) fn out_of_time(&self, now: Timestamp) -> Option<Event> {
        let deadline = self.asked.as_ref()?.deadline.filter(|deadline| now >= *deadline)?;
        let message =
            self.failures.values().map(|failures| &failures.message).find(|m| !m.is_empty());
        let last =
            message.map_or(String::new(), |message| format!(" (the last failure: {message})"));
        let at = deadline.strftime("%H:%M:%S UTC");
        Some(Event::Stuck {
            why: format!(
                "not all records are back at the deadline, {at}{last}; mend what it names, then run `cutover rollback` again"
            ),
        })
    }

    /// Returns what is next in taking the locks, or the end of a run that cannot have them.
    pub(super) fn take_locks(&self, now: Timestamp) -> Option<Event> {
        let since = self.phase.placing().map(|(_, since)| since);
        let overdue = since.is_some_and(|since| now >= later(since, self.plan.policy.hold_limit));
        if overdue {
            return Some(self.hold_limit_reached("the locks of the zones could not be taken"));
        }
        self.locks_refused().or_else(|| self.next_lock_write(now))
    }

    /// Returns the end of a run that may not take a lock.
    fn locks_refused(&self) -> Option<Event> {
        let refused = |(zone, lock): (&ZoneId, &ZoneLock)| {
            let failures = self.failures_of(zone);
            (failures.refusals.max(failures.ignored) >= FORWARD_REFUSALS).then(|| Event::Stopped {
                reason: format!(
                    "the lock of zone {zone} could not be taken: {}; allow CREATE and DELETE of the TXT record {}, or go without a lock with `prepare.lock: false`",
                    failures.message, lock.name
                ),
            })
        };
        self.locks.iter().find_map(refused)
    }
}
