//! The zones' locks: taken before anything is written, swapped by every write, lost to whoever was faster, and released
//! at the end (section 8 of the laws).

use std::collections::BTreeMap;

use super::{Engine, Event, LockChange, Phase, Position, state::later};
use crate::{
    plan::{Lock, Move, Plan, RecordSet, ZoneId, lock_name},
    unit::{RecordName, SignedDuration, Timestamp},
};

/// How long a lock that was taken from another run is kept after the end: the other one looks at it every 30 s, and can
/// only then say who took it.
const SEEN_BY_OTHERS: SignedDuration = SignedDuration::from_secs(45);
/// After so many lost races for the lock the way back goes on without it.
const LOST_RACES: u32 = 3;
/// Refusals after which a lock stays where it is.
const RELEASE_REFUSALS: u32 = 3;

/// What is known of one zone's lock.
#[derive(Debug, Clone)]
pub(super) struct ZoneLock {
    pub(super) name: RecordName,
    /// Exactly what stands there, as last seen or as a write left it.
    live: Option<RecordSet>,
    /// What a write leaves there of which nobody knows whether it was made.
    doubt: Option<Option<RecordSet>>,
    /// What stood there before a write that was accepted and has not been read back.
    former: Option<Option<RecordSet>>,
    /// It has to be read before the records count as read.
    pub(super) unread: bool,
    /// It is this process's, and that has been told.
    taken: bool,
    /// This run has deleted it.
    removed: bool,
    /// What is left to be said of it has been said.
    over: bool,
    /// How often a batch with it was refused on the way back: somebody was faster, or it may not be written.
    races: u32,
    /// When it was last taken from another run.
    displaced: Option<Timestamp>,
}

/// A lock that is no longer this run's.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fence {
    zone: ZoneId,
    holder: Option<Lock>,
    why: String,
}

impl Fence {
    pub(super) fn event(&self) -> Event {
        let Self { zone, holder, why } = self.clone();
        Event::Fenced { zone, holder, why }
    }
}

impl ZoneLock {
    fn new(name: RecordName, live: Option<RecordSet>) -> Self {
        Self {
            name,
            live,
            doubt: None,
            former: None,
            unread: false,
            taken: false,
            removed: false,
            over: false,
            races: 0,
            displaced: None,
        }
    }

    fn holder(&self) -> Option<Lock> {
        self.live.as_ref().and_then(Lock::read)
    }

    /// Returns true while nothing has to be read before it can be swapped.
    pub(super) fn is_sure(&self) -> bool {
        self.doubt.is_none()
    }

    fn is_known(&self) -> bool {
        self.doubt.is_none() && !self.unread
    }

    /// Returns true while something has to be done about it at the end.
    fn remains(&self) -> bool {
        !self.over && (self.taken || self.removed || self.live.is_some())
    }
}

/// Returns the locks of a plan's zones as they stand before the run.
pub(super) fn locks_of(plan: &Plan) -> BTreeMap<ZoneId, ZoneLock> {
    let of = |zone: &crate::plan::Zone| {
        let live = plan.found_locks.get(&zone.id).cloned();
        Some((zone.id.clone(), ZoneLock::new(lock_name(&zone.name)?, live)))
    };
    let zones = plan.zones.iter().filter(|_| plan.locked);
    zones.filter_map(of).collect()
}

impl Engine {
    /// Returns who holds each zone's lock, as last known; empty where the run works without locks.
    pub fn lock_holders(&self) -> impl Iterator<Item = (&ZoneId, Option<Lock>)> {
        self.locks.iter().map(|(zone, lock)| (zone, lock.holder()))
    }

    /// Returns true when all locks are this process's, or none are wanted.
    pub(super) fn holds_all_locks(&self) -> bool {
        self.locks.values().all(|lock| lock.taken)
    }

    /// Returns what is known of locks and has not been told.
    pub(super) fn lock_news(&self) -> Option<Event> {
        self.locks.iter().find_map(|(zone, lock)| {
            if lock.over || !lock.is_known() {
                return None;
            }
            match lock.holder() {
                Some(held) if !lock.taken && self.is_mine(&held) => {
                    Some(Event::LockTaken { zone: zone.clone(), lock: held })
                }
                None if lock.removed && lock.live.is_none() => {
                    Some(Event::LockReleased { zone: zone.clone() })
                }
                Some(_) | None => None,
            }
        })
    }

    /// Returns the write that takes the next lock, one zone after another, in the order of their ids.
    pub(super) fn next_lock_write(&self, now: Timestamp) -> Option<Event> {
        let (zone, lock) = self.locks.iter().find(|(_, lock)| !lock.taken)?;
        let waits = !lock.is_known() || self.flights.contains_key(zone) || self.waits(zone, now);
        let to = self.heading();
        (!waits).then(|| self.lock_write(zone, LockChange::Set(self.next_lock(lock, to, now))))
    }

    /// Returns the write that takes a zone's lock from another run where the way back has nothing else to write there:
    /// what that run has sent and will send is refused all the same (law L25).
    pub(super) fn next_fence(&self, now: Timestamp, to: Position, moves: &[Move]) -> Option<Event> {
        let (zone, lock) = self.unfenced(to, moves).find(|(zone, lock)| {
            lock.is_known() && !self.flights.contains_key(*zone) && !self.waits(zone, now)
        })?;
        Some(self.lock_write(zone, LockChange::Set(self.next_lock(lock, to, now))))
    }

    /// Returns true while the lock of a zone has to be taken from another run before the way back is done.
    pub(super) fn has_unfenced(&self, to: Position, moves: &[Move]) -> bool {
        self.unfenced(to, moves).next().is_some()
    }

    /// Returns the zones in which the way back has nothing to write and another run still holds the lock. It is taken
    /// once: whoever takes it after that goes back, too.
    fn unfenced(&self, to: Position, moves: &[Move]) -> impl Iterator<Item = (&ZoneId, &ZoneLock)> {
        self.locks.iter().filter(move |(zone, lock)| {
            let foreign = lock.holder().is_some_and(|held| held.run != self.run);
            let writes = moves.iter().any(|next| next.zone == **zone && !next.is_done());
            let untaken = lock.displaced.is_none() && lock.races < LOST_RACES;
            to.is_back() && foreign && untaken && !writes && !self.is_given_up(zone, to)
        })
    }

    fn lock_write(&self, zone: &ZoneId, lock: LockChange) -> Event {
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
    pub(super) fn lock_change(
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
        let Some(held) = lock.holder().filter(|_| lock.races < LOST_RACES) else {
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
            Position::Prepared => self.plan.old_ttl().map(crate::unit::Ttl::duration),
            Position::Safe | Position::Baseline | Position::Finished => None,
        };
        self.plan.usual_settle() + planned.unwrap_or_default() + self.plan.policy.hold_limit
    }

    /// Returns the lock as it stands before a change of it, and as it stands afterwards; nothing where it is left alone.
    pub(super) fn lock_swap(
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
    pub(super) fn lock_written(
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

    /// Takes in what stands at the lock's name. On the way forward a lock that is somebody else's fences this run; on the
    /// way back it is a race lost.
    pub(super) fn take_in_lock(&mut self, at: Timestamp, zone: &ZoneId, records: &[RecordSet]) {
        let back = self.rollback_began.is_some();
        let Some(lock) = self.locks.get(zone) else { return };
        let seen = seen_at(&lock.name, records);
        let known = same(&seen, &lock.live);
        // A success is no proof that anything changed (law L17).
        let ignored = lock.former.as_ref().is_some_and(|before| same(&seen, before));
        let arrived = lock.doubt.as_ref().is_some_and(|after| same(&seen, after));
        let mine = self.is_of_this_run(seen.as_ref());
        let fence = self.fence_of(zone, seen.as_ref());
        let (run, adopts) = (self.run.clone(), self.takes_over || self.is_unlocking());
        let Some(lock) = self.locks.get_mut(zone) else { return };
        lock.unread = false;
        lock.doubt = None;
        lock.former = None;
        if ignored && back {
            lock.displaced = None;
            lock.races += 1;
        }
        if arrived && !known {
            settle(lock, seen, &run, at);
        } else if known || ignored || mine || adopts || back {
            lock.live = seen;
        } else {
            self.fence = Some(fence);
        }
    }

    /// Returns what fences this run, among records that were read while nothing was being written.
    pub(super) fn fence_among(&self, records: &[RecordSet]) -> Option<Fence> {
        let taken = self.locks.iter().filter(|(_, lock)| lock.taken);
        let lost = taken.filter_map(|(zone, lock)| {
            let seen = seen_at(&lock.name, records);
            (!same(&seen, &lock.live)).then(|| self.fence_of(zone, seen.as_ref()))
        });
        lost.into_iter().next()
    }

    fn fence_of(&self, zone: &ZoneId, seen: Option<&RecordSet>) -> Fence {
        let holder = seen.and_then(Lock::read);
        let apex = self.plan.zones.iter().find(|known| known.id == *zone);
        let place =
            apex.map_or_else(|| format!("zone {zone}"), |apex| format!("{} ({zone})", apex.name));
        let why = match (&holder, seen) {
            (Some(lock), _) if lock.run == self.run => {
                format!("another process of this very run has taken the lock of {place}: {lock}")
            }
            (Some(lock), _) => format!("the lock of {place} is held by {lock}"),
            (None, Some(_)) => {
                format!("the lock of {place} was overwritten by something that is no lock")
            }
            (None, None) => format!(
                "the lock of {place} is gone: a rollback deletes it when it is done, and so do tools that remove records they do not know"
            ),
        };
        Fence { zone: zone.clone(), holder, why }
    }

    fn is_mine(&self, lock: &Lock) -> bool {
        lock.run == self.run && lock.owner == self.owner
    }

    /// A write that was thought lost may have arrived late: it left a lock of this process, or of the one before it.
    fn is_of_this_run(&self, seen: Option<&RecordSet>) -> bool {
        let owners = [Some(&self.owner), self.former_owner.as_ref()];
        seen.and_then(Lock::read)
            .is_some_and(|lock| lock.run == self.run && owners.contains(&Some(&lock.owner)))
    }

    fn is_unlocking(&self) -> bool {
        matches!(self.phase, Phase::Unlocking { .. })
    }

    /// Takes in that a batch was refused on the way back, perhaps because of the lock in it.
    pub(super) fn lock_refused(&mut self, zone: &ZoneId) {
        if let Some(lock) = self.locks.get_mut(zone) {
            lock.races += 1;
        }
    }

    pub(super) fn doubt_locks(&mut self) {
        self.locks.values_mut().for_each(|lock| lock.unread = true);
    }

    /// Takes in who goes on with the run from now on.
    pub(super) fn new_owner(&mut self, owner: &str) {
        self.former_owner = Some(std::mem::replace(&mut self.owner, owner.to_owned()));
        self.locks.values_mut().for_each(|lock| lock.taken = false);
    }

    pub(super) fn lock_taken(&mut self, zone: &ZoneId) {
        if let Some(lock) = self.locks.get_mut(zone) {
            lock.taken = true;
        }
        self.takes_over &= !self.holds_all_locks();
    }

    /// Takes in that nothing more will be done about a zone's lock.
    pub(super) fn lock_over(&mut self, zone: &ZoneId) {
        if let Some(lock) = self.locks.get_mut(zone) {
            (lock.over, lock.taken) = (true, false);
        }
        if let Phase::Unlocking { ending, .. } = self.phase
            && !self.locks.values().any(ZoneLock::remains)
        {
            self.phase = Phase::Ended(ending);
        }
    }

    /// Returns the phase after the run's last word: its locks are released, if it has any.
    pub(super) fn unlocking(&self, at: Timestamp, ending: super::Ending) -> Phase {
        let remaining = || self.locks.values().filter(|lock| lock.remains());
        if remaining().next().is_none() {
            return Phase::Ended(ending);
        }
        let seen = remaining().filter_map(|lock| lock.displaced).max();
        let from = seen.map_or(at, |displaced| at.max(later(displaced, SEEN_BY_OTHERS)));
        Phase::Unlocking { ending, from }
    }

    /// Returns what is next in releasing the locks, in the reverse order of taking them.
    pub(super) fn unlock(&self, now: Timestamp, from: Timestamp) -> Option<Event> {
        let (zone, lock) = self.locks.iter().rev().find(|(_, lock)| lock.remains())?;
        if now < from || !lock.is_known() || self.waits(zone, now) {
            return None;
        }
        let left = |why: String| Event::LockLeft { zone: zone.clone(), why };
        let failures = self.failures_of(zone);
        Some(match (lock.holder(), &lock.live) {
            (None, None) => Event::LockReleased { zone: zone.clone() },
            (Some(held), _) if held.run == self.run && failures.refusals < RELEASE_REFUSALS => {
                self.lock_write(zone, LockChange::Removed)
            }
            (Some(held), _) if held.run == self.run => left(format!(
                "it could not be deleted: {}; delete the TXT record {} by hand",
                failures.message, lock.name
            )),
            (Some(held), _) => left(format!("it is held by {held}")),
            (None, Some(_)) => left(format!("what stands at {} is no lock", lock.name)),
        })
    }
}

/// Takes in what a write has left at a lock's name.
fn settle(lock: &mut ZoneLock, after: Option<RecordSet>, run: &crate::unit::RunId, at: Timestamp) {
    if lock.holder().is_some_and(|held| held.run != *run) {
        lock.displaced = Some(at);
    }
    lock.removed |= after.is_none();
    lock.live = after;
    lock.doubt = None;
}

/// Returns what stands at a lock's name.
fn seen_at(name: &RecordName, records: &[RecordSet]) -> Option<RecordSet> {
    let is_lock =
        |record: &&RecordSet| record.name == *name && record.kind == crate::unit::RecordType::Txt;
    records.iter().find(is_lock).cloned()
}

fn same(one: &Option<RecordSet>, other: &Option<RecordSet>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.is_same_as(other),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}
