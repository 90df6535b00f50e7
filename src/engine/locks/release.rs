//! Locks are released at the end.

use super::ZoneLock;
use crate::{
    engine::{Ending, Engine, Event, LockChange, Phase, state::later},
    plan::ZoneId,
    unit::{SignedDuration, Timestamp},
};

/// How long a lock that was taken from another run is kept after the end: the other one looks at it every 30 s, and can
/// only then say who took it.
pub(super) const SEEN_BY_OTHERS: SignedDuration = SignedDuration::from_secs(45);
/// Refusals after which a lock stays where it is.
const RELEASE_REFUSALS: u32 = 3;

impl Engine {
    /// Takes in that nothing more will be done about a zone's lock.
    pub(in crate::engine) fn lock_over(&mut self, zone: &ZoneId) {
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
    pub(in crate::engine) fn unlocking(&self, at: Timestamp, ending: Ending) -> Phase {
        let remaining = || self.locks.values().filter(|lock| lock.remains());
        if remaining().next().is_none() {
            return Phase::Ended(ending);
        }
        let seen = remaining().filter_map(|lock| lock.displaced).max();
        let from = seen.map_or(at, |displaced| at.max(later(displaced, SEEN_BY_OTHERS)));
        Phase::Unlocking { ending, from }
    }

    /// Returns what is next in releasing the locks, in the reverse order of taking them.
    pub(in crate::engine) fn unlock(&self, now: Timestamp, from: Timestamp) -> Option<Event> {
        let (zone, lock) = self.locks.iter().rev().find(|(_, lock)| lock.remains())?;
        if now < from || !lock.is_known() || self.waits(zone, now) {
            return None;
        }
        let left = |why: String| Event::LockLeft { zone: zone.clone(), why };
        let failures = self.failures_of(zone);
        Some(match (lock.holder(), &lock.live) {
            (None, None) => Event::LockReleased { zone: zone.clone() },
            (Some(held), _)
                if self.is_of_this_run(&held) && failures.refusals < RELEASE_REFUSALS =>
            {
                self.lock_write(zone, LockChange::Removed)
            }
            (Some(held), _) if self.is_of_this_run(&held) => left(format!(
                "it could not be deleted: {}; delete the TXT record {} by hand",
                failures.message, lock.name
            )),
            (Some(held), _) if held.run == self.run => {
                left(format!("another process goes on with this very run and holds it: {held}"))
            }
            (Some(held), _) => left(format!("it is held by {held}")),
            (None, Some(_)) => left(format!("what stands at {} is no lock", lock.name)),
        })
    }
}
