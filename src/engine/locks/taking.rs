//! Locks are taken, and swapped by every batch.

use super::{ZoneLock, release::SEEN_BY_OTHERS, settle};
use crate::{
    engine::{Engine, Event, LockChange, Position, state::later},
    plan::{Lock, Move, RecordSet, ZoneId},
    unit::{SignedDuration, Timestamp, Ttl},
};

/// After so many lost races for the lock, or so many denials, the way back goes on without it.
const LOST_RACES: u32 = 3;
/// Where it was denied it is tried once more when everybody is back: it may have been the credentials.
const DENIALS: u32 = LOST_RACES + 1;

impl Engine {
    /// Returns the write that takes the next lock, one zone after another, in the order of their ids.
    pub(in crate::engine) fn next_lock_write(&self, now: Timestamp) -> Option<Event> {
        let (zone, lock) = self.locks.iter().find(|(_, lock)| !lock.taken)?;
        let waits = !lock.is_known() || self.flights.contains_key(zone) || self.waits(zone, now);
        let to = self.heading();
        (!waits).then(|| self.lock_write(zone, LockChange::Set(self.next_lock(lock, to, now))))
    }

    /// Returns the write that swaps a zone's lock where the way back has nothing else to write there, so that what another
    /// run has sent and will send, or this one has given up, is refused all the same (law L25).
    pub(in crate::engine) fn next_fence(
        &self,
        now: Timestamp,
        to: Position,
        moves: &[Move],
    ) -> Option<Event> {
        let (zone, lock) = self.unfenced(to, moves).find(|(zone, lock)| {
            lock.is_known() && !self.flights.contains_key(*zone) && !self.waits(zone, now)
        })?;
        Some(self.lock_write(zone, LockChange::Set(self.next_lock(lock, to, now))))
    }

    /// Returns true while the lock of a zone has to be swapped before the way back is done.
    pub(in crate::engine) fn has_unfenced(&self, to: Position, moves: &[Move]) -> bool {
        self.unfenced(to, moves).next().is_some()
    }

    /// Returns the zones in which the way back has nothing to write, and another run still holds the lock or a write of
    /// this one may still arrive. It is taken from another run once: whoever takes it after that goes back, too.
    fn unfenced(&self, to: Position, moves: &[Move]) -> impl Iterator<Item = (&ZoneId, &ZoneLock)> {
        self.locks.iter().filter(move |(zone, lock)| {
            let foreign = lock.holder().is_some_and(|held| held.run != self.run);
            let writes = moves.iter().any(|next| next.zone == **zone && !next.is_done());
            let haunted = lock.haunted && lock.live.is_some();
            let open = (foreign && lock.displaced.is_none()) || haunted;
            let untaken = open && lock.races < LOST_RACES && lock.denials < DENIALS;
            to.is_back() && untaken && !writes && !self.is_given_up(zone, to)
        })
    }

    pub(super) fn lock_write(&self, zone: &ZoneId, lock: LockChange) -> Event {
        Event::WriteStarted {
            write: self.writes + 1,
            to: self.heading(),
            zone: zone.clone(),
            pairs: Vec::new(),
            lock,
            overwrite: false,
        }
    }

    /// Returns what a batch towards a position does to its zone's lock; `last` when nothing is left to do in the zone
    /// after it.
    pub(in crate::engine) fn lock_change(
        &self,
        zone: &ZoneId,
        to: Position,
        last: bool,
        now: Timestamp,
    ) -> LockChange {
        let Some(lock) = self.locks.get(zone) else { return LockChange::Untouched };
        if !to.is_back() {
            return LockChange::Set(self.next_lock(lock, to, now));
        }
        // Without a lock nobody has to be fenced, and one that cutover did not write says nothing to a running engine.
        let fits = lock.races < LOST_RACES && lock.denials < LOST_RACES;
        let Some(held) = lock.holder().filter(|_| fits) else {
            return LockChange::Untouched;
        };
        let seen = lock.displaced.is_none_or(|at| now >= later(at, SEEN_BY_OTHERS));
        if last && to == Position::Baseline && held.run == self.run && seen {
            return LockChange::Removed;
        }
        LockChange::Set(self.next_lock(lock, to, now))
    }

    fn next_lock(&self, lock: &ZoneLock, to: Position, now: Timestamp) -> Lock {
        Lock {
            run: self.run.clone(),
            epoch: lock.holder().map_or(1, |held| held.epoch.saturating_add(1)),
            owner: self.owner.clone(),
            until: later(now, self.longest_silence(to)),
        }
    }

    /// Returns how long nothing may be written after a write to this position although all is well.
    fn longest_silence(&self, to: Position) -> SignedDuration {
        let planned = match to {
            Position::Shift(shift) => self.plan.shifts.get(shift).map(|shift| shift.hold),
            Position::Prepared => self.plan.old_ttl().map(Ttl::duration),
            Position::Safe | Position::Baseline | Position::Finished => None,
        };
        let planned = self.plan.usual_settle().saturating_add(planned.unwrap_or_default());
        planned.saturating_add(self.plan.policy.hold_limit)
    }

    /// Returns the lock as it stands before a change of it, and as it stands afterwards; nothing where it is left alone.
    pub(in crate::engine) fn lock_swap(
        &self,
        zone: &ZoneId,
        change: &LockChange,
    ) -> Option<(Option<RecordSet>, Option<RecordSet>)> {
        let lock = self.locks.get(zone)?;
        let after = match change {
            LockChange::Untouched => return None,
            LockChange::Set(next) => Some(next.record(&lock.name)),
            LockChange::Removed => None,
        };
        Some((lock.live.clone(), after))
    }

    /// Takes in that a batch with this change of its zone's lock was made, or that nobody knows.
    pub(in crate::engine) fn lock_written(
        &mut self,
        at: Timestamp,
        zone: &ZoneId,
        change: &LockChange,
        made: bool,
    ) {
        let Some((_, after)) = self.lock_swap(zone, change) else { return };
        let Some(lock) = self.locks.get_mut(zone) else { return };
        lock.unread = true;
        if made {
            if lock.former.is_none() {
                lock.former = Some(lock.live.clone());
            }
            settle(lock, after, &self.run, at);
        } else {
            lock.doubt = Some(after);
        }
    }
}
