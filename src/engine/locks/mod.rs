//! The zones' locks: taken before anything is written, swapped by every write, lost to whoever was faster, and released
//! at the end (section 8 of the laws).

mod release;
mod seeing;
mod taking;

use std::collections::BTreeMap;

pub(super) use seeing::Fence;

use self::release::SEEN_BY_OTHERS;
use super::{Engine, Event};
use crate::{
    plan::{Lock, Plan, RecordSet, Zone, ZoneId, lock_name},
    unit::{RecordName, RunId, Timestamp},
};

/// What is known of one zone's lock.
#[derive(Debug, Clone)]
pub(super) struct ZoneLock {
    pub(super) name: RecordName,
    /// Exactly what stands there, as last seen or as a write left it.
    live: Option<RecordSet>,
    /// What a write leaves there of which nobody knows whether it was made.
    doubt: Option<Option<RecordSet>>,
    /// A write that swaps it was given up and may arrive as long as it stands as it does (law L25), or a change was lost and
    /// it may stand again as such a write expects it.
    haunted: bool,
    /// What stood there before a write that was accepted and has not been read back.
    former: Option<Option<RecordSet>>,
    /// It has to be read before the records count as read.
    pub(super) unread: bool,
    /// This process has looked at it.
    looked: bool,
    /// It is this process's, and that has been told.
    taken: bool,
    /// When that was.
    taken_at: Option<Timestamp>,
    /// This run has deleted it.
    removed: bool,
    /// What is left to be said of it has been said.
    over: bool,
    /// How often a batch with it was refused on the way back: somebody was faster.
    races: u32,
    /// How often a batch with it was denied on the way back: perhaps it may not be written.
    denials: u32,
    /// When it was last taken from another run.
    displaced: Option<Timestamp>,
}

impl ZoneLock {
    fn new(name: RecordName, live: Option<RecordSet>) -> Self {
        Self {
            name,
            live,
            doubt: None,
            haunted: false,
            former: None,
            unread: false,
            looked: false,
            taken: false,
            taken_at: None,
            removed: false,
            over: false,
            races: 0,
            denials: 0,
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
    let of = |zone: &Zone| {
        let live = plan.found_locks.get(&zone.id).cloned();
        Some((zone.id.clone(), ZoneLock::new(lock_name(&zone.name)?, live)))
    };
    let zones = plan.zones.iter().filter(|_| plan.locked);
    zones.filter_map(of).collect()
}

impl Engine {
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

    fn is_mine(&self, lock: &Lock) -> bool {
        lock.run == self.run && lock.owner == self.owner
    }

    /// Returns true for a lock of this process, or of one that went on with the run before it.
    fn is_of_this_run(&self, lock: &Lock) -> bool {
        let known = lock.owner == self.owner || self.former_owners.contains(&lock.owner);
        lock.run == self.run && known
    }

    /// Takes in that a batch was refused, or denied, on the way back, perhaps because of the lock in it.
    pub(super) fn lock_refused(&mut self, zone: &ZoneId, denied: bool) {
        if let Some(lock) = self.locks.get_mut(zone) {
            lock.races += u32::from(!denied);
            lock.denials += u32::from(denied);
        }
    }

    /// Takes in that a write of this lock was accepted and did nothing (law L17).
    fn lock_ignored(&mut self, zone: &ZoneId) {
        let failures = self.failures.entry(zone.clone()).or_default();
        failures.ignored += 1;
        "Route 53 accepted the change, but the lock is not as it was sent"
            .clone_into(&mut failures.message);
    }

    pub(super) fn doubt_locks(&mut self) {
        self.locks.values_mut().for_each(|lock| lock.unread = true);
    }

    /// Takes in that nobody knows what became of a batch that swaps this lock, or will.
    pub(super) fn lock_haunted(&mut self, zone: &ZoneId) {
        if let Some(lock) = self.locks.get_mut(zone) {
            lock.haunted = true;
        }
    }

    /// Takes in that a change was lost, which may have been what kept a write out that was given up before it.
    pub(super) fn haunt_locks(&mut self) {
        self.locks.values_mut().for_each(|lock| lock.haunted = true);
    }

    /// Takes in who goes on with the run from now on.
    pub(super) fn new_owner(&mut self, owner: &str) {
        let former = std::mem::replace(&mut self.owner, owner.to_owned());
        self.former_owners.insert(former);
        self.locks.values_mut().for_each(|lock| (lock.looked, lock.taken) = (false, false));
    }

    /// Takes in that it is this moment. Where the clock was set back nobody knows how long ago a lock was taken.
    pub(super) fn clock_says(&mut self, at: Timestamp) {
        if self.clock.replace(at).is_some_and(|before| at < before) {
            let locks = self.locks.values_mut();
            locks.for_each(|lock| lock.taken_at = lock.taken_at.map(|_| Timestamp::MIN));
        }
    }

    /// Takes in that a lock is this process's. One that was taken so long before it that a rollback may have taken it since,
    /// and have been done, is looked at again: what it no longer fences would land on top of that.
    pub(super) fn lock_taken(&mut self, at: Timestamp, zone: &ZoneId) {
        let forward = self.rollback_began.is_none();
        let long_ago = |taken: Timestamp| at.duration_since(taken) >= SEEN_BY_OTHERS;
        let old =
            |lock: &&mut ZoneLock| forward && lock.taken && lock.taken_at.is_some_and(long_ago);
        for lock in self.locks.values_mut().filter(old) {
            (lock.taken, lock.unread) = (false, true);
        }
        if let Some(lock) = self.locks.get_mut(zone) {
            (lock.taken, lock.taken_at) = (true, Some(at));
        }
        if let Some(failures) = self.failures.get_mut(zone) {
            failures.ignored = 0;
        }
        self.takes_over &= !self.holds_all_locks();
    }
}

/// Takes in what a write has left at a lock's name, as it says.
fn settle(lock: &mut ZoneLock, after: Option<RecordSet>, run: &RunId, at: Timestamp) {
    if lock.holder().is_some_and(|held| held.run != *run) {
        lock.displaced = Some(at);
    }
    lock.removed |= after.is_none();
    lock.live = after;
    lock.doubt = None;
}
