//! What is seen at a lock's name, and what follows when it is not this run's.

use std::collections::BTreeMap;

use super::settle;
use crate::{
    engine::{Engine, Event, Phase},
    plan::{BREAK_GLASS, Lock, RecordSet, ZoneId},
    unit::{RecordName, RecordType, Timestamp},
};

/// A lock that is no longer this run's.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::engine) struct Fence {
    zone: ZoneId,
    holder: Option<Lock>,
    why: String,
}

impl Fence {
    pub(in crate::engine) fn event(&self) -> Event {
        let Self { zone, holder, why } = self.clone();
        Event::Fenced { zone, holder, why }
    }
}

impl Engine {
    /// Takes in what stands at the lock's name. On the way forward a lock that is somebody else's fences this run; on the
    /// way back it is a race lost.
    pub(in crate::engine) fn take_in_lock(
        &mut self,
        at: Timestamp,
        zone: &ZoneId,
        records: &[RecordSet],
    ) {
        let back = self.rollback_began.is_some();
        let Some(lock) = self.locks.get(zone) else { return };
        let seen = seen_at(&lock.name, records);
        let known = same(&seen, &lock.live);
        // A success is no proof that anything changed (law L17); but where there was nothing, nothing can be equal to what
        // was sent: a lock that was made and is gone was deleted by somebody.
        let former = lock.former.as_ref();
        let ignored =
            former.is_some_and(|before| same(&seen, before) && (before.is_some() || back));
        let arrived = lock.doubt.as_ref().is_some_and(|after| same(&seen, after));
        // Every write of the run makes the epoch grow. A lock of its own that is no newer than the one that it left, though
        // no change was lost, was made where that one was gone, by a write that had been given up.
        let left = lock.holder().map_or(0, |left| left.epoch);
        let newer = |lock: &Lock| lock.epoch > left || self.records.lost;
        // Once this process has taken the lock, no batch that an earlier one gave up fits it any more: a lock of that one
        // is of a process that lives.
        let may_be_late = !lock.taken || self.records.lost;
        let whose = |lock: &Lock| self.is_mine(lock) || (may_be_late && self.is_of_this_run(lock));
        let own = |lock: &Lock| whose(lock) && newer(lock);
        let mine = seen.as_ref().and_then(Lock::read).is_some_and(|lock| own(&lock));
        let fence = self.fence_of(zone, seen.as_ref());
        let (run, unlocking, lost) = (self.run.clone(), self.is_unlocking(), self.records.lost);
        let swapped = former.is_some();
        // It is taken over once, and from whoever held it when this process first looked: whoever takes or deletes it after
        // that has done so because of what is going on now.
        let run_of =
            |lock: &Option<RecordSet>| lock.as_ref().and_then(Lock::read).map(|lock| lock.run);
        let changed_hands = lock.looked && run_of(&seen) != run_of(&lock.live);
        let adopts = (self.takes_over && former.is_none() && !changed_hands) || unlocking;
        if ignored && !back && !lock.taken {
            self.lock_ignored(zone);
        }
        let Some(lock) = self.locks.get_mut(zone) else { return };
        (lock.looked, lock.unread) = (true, false);
        lock.doubt = None;
        lock.former = None;
        if ignored && back {
            lock.displaced = None;
            lock.races += 1;
        }
        if arrived && !known {
            settle(lock, seen, &run, at);
            lock.haunted = false;
        } else if known || ignored || mine || adopts || back {
            // What keeps a write out that was given up is a later one that is there, not one that was accepted.
            lock.haunted &= ignored || lost || (known && !swapped);
            // The deletion that an earlier process gave up has arrived.
            lock.removed |= unlocking && seen.is_none();
            lock.live = seen;
        } else {
            self.fence = Some(fence);
        }
    }

    /// Returns what fences this run, among records that were read while nothing was being written.
    pub(in crate::engine) fn fence_among(
        &self,
        records: &BTreeMap<ZoneId, Vec<RecordSet>>,
    ) -> Option<Fence> {
        self.locks.iter().filter(|(_, lock)| lock.taken).find_map(|(zone, lock)| {
            let seen = records.get(zone).and_then(|records| seen_at(&lock.name, records));
            (!same(&seen, &lock.live)).then(|| self.fence_of(zone, seen.as_ref()))
        })
    }

    fn fence_of(&self, zone: &ZoneId, seen: Option<&RecordSet>) -> Fence {
        let holder = seen.and_then(Lock::read);
        let apex = self.plan.zones.iter().find(|known| known.id == *zone);
        let place =
            apex.map_or_else(|| format!("zone {zone}"), |apex| format!("{} ({zone})", apex.name));
        let why = match (&holder, seen) {
            (Some(lock), _) if lock.owner == BREAK_GLASS => {
                format!(
                    "somebody has run the break-glass card of run {}, which sends everybody back",
                    lock.run
                )
            }
            (Some(lock), _) if lock.run == self.run && lock.owner == self.owner => format!(
                "the lock of {place} is an old one of this very process: it was taken away, and a write that had been given up has brought it back, or Route 53 has lost a change"
            ),
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

    fn is_unlocking(&self) -> bool {
        matches!(self.phase, Phase::Unlocking { .. })
    }
}

/// Returns what stands at a lock's name.
fn seen_at(name: &RecordName, records: &[RecordSet]) -> Option<RecordSet> {
    let is_lock = |record: &&RecordSet| record.name == *name && record.kind == RecordType::Txt;
    records.iter().find(is_lock).cloned()
}

fn same(one: &Option<RecordSet>, other: &Option<RecordSet>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.is_same_as(other),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}
