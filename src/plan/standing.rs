//! Locks that stand in the zones before a run: whoever holds one is writing there, or died doing so.

use std::collections::BTreeMap;

use super::{Lock, RecordSet, Routing, Snapshot, Zone, ZoneId, in_words, lock_name};
use crate::unit::{RecordType, SignedDuration, Timestamp, words};

/// What is done about a lock that stands in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// The run does not begin.
    #[default]
    Refuse,
    /// It is taken from whoever holds it.
    TakeOver,
}

/// What was found at the names of the locks.
#[derive(Debug, Default)]
pub(super) struct Locks {
    /// Locks that will be taken over, exactly as they were read.
    pub(super) taken: BTreeMap<ZoneId, RecordSet>,
    /// Why the run cannot begin.
    pub(super) problems: Vec<String>,
    /// Whose locks will be taken over.
    pub(super) hazards: Vec<String>,
}

/// Looks at the locks of these zones.
pub(super) fn locks(
    zones: &[Zone],
    snapshot: &Snapshot,
    locked: bool,
    standing: Standing,
) -> Locks {
    let mut found = Locks::default();
    for zone in zones {
        let Some(name) = lock_name(&zone.name) else {
            found.problems.extend(locked.then(|| unlockable(zone)));
            continue;
        };
        let live = snapshot.records.get(&zone.id).into_iter().flatten();
        for record in live.filter(|record| record.name == name) {
            match lock_of(record) {
                Some(lock) if standing == Standing::TakeOver && locked => {
                    found.hazards.push(taken_over(zone, &lock, snapshot.at));
                    found.taken.insert(zone.id.clone(), record.clone());
                }
                Some(lock) => {
                    found.problems.push(held(zone, &lock, snapshot.at, standing));
                }
                None => found.problems.push(stranger(zone, record)),
            }
        }
    }
    found
}

fn lock_of(record: &RecordSet) -> Option<Lock> {
    let plain = record.kind == RecordType::Txt && record.routing == Routing::Simple;
    Lock::read(record).filter(|_| plain)
}

fn held(zone: &Zone, lock: &Lock, now: Timestamp, standing: Standing) -> String {
    let run = &lock.run;
    let way_in = match standing {
        Standing::Refuse => {
            "or, where it is dead, take the zone over with `cutover run --take-over`"
        }
        Standing::TakeOver => {
            "for nothing can be taken over without a lock: the runbook says `prepare.lock: false`"
        }
    };
    format!(
        "zone {} ({}) is locked by {lock}; {}: look at it with `cutover status {run}` where it was started, end it with \
         `cutover rollback {run}` there or `cutover rollback RUNBOOK` anywhere, {way_in}",
        zone.id,
        zone.name,
        sign_of_life(lock, now)
    )
}

fn taken_over(zone: &Zone, lock: &Lock, now: Timestamp) -> String {
    format!(
        "the lock of zone {} ({}) is taken from {lock}; {}: it writes nothing there from then on, and the records as it \
         left them are what a rollback of this run goes back to",
        zone.id,
        zone.name,
        sign_of_life(lock, now)
    )
}

/// Returns what the holder's promise says of it. Nothing follows from a clock by itself.
fn sign_of_life(lock: &Lock, now: Timestamp) -> String {
    let until = lock.until.strftime("%Y-%m-%d %H:%M:%S UTC");
    let late = now.duration_since(lock.until);
    if late > SignedDuration::ZERO {
        return format!(
            "it meant to write again by {until}, which was {} ago, so it is probably dead",
            words(late)
        );
    }
    format!("it means to write again by {until}")
}

fn stranger(zone: &Zone, record: &RecordSet) -> String {
    format!(
        "zone {} ({}): {} {} is no lock of cutover's ({}); nobody else needs that name, so remove the record",
        zone.id,
        zone.name,
        record.name,
        record.kind,
        in_words(record)
    )
}

fn unlockable(zone: &Zone) -> String {
    format!(
        "zone {} ({}): the name is too long to put a lock below it; set `prepare.lock: false`",
        zone.id, zone.name
    )
}
