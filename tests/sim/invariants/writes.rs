//! Who may write, what, and what the journal says before.

use cutover::{
    engine::{Event, LockChange},
    journal::Record,
    plan::{ChangeAction, RecordSet},
};

use super::{Holds, Scene, is_lock};
use crate::saboteur::Announced;

/// Whoever finds that a zone's lock is somebody else's writes nothing more, unless somebody tells it to.
pub(super) fn a_fenced_run_writes_nothing(scene: &Scene<'_>) -> Holds {
    let Some(Event::WriteStarted { write, .. }) = scene.newest() else { return Ok(()) };
    let told = |r: &&Record| {
        matches!(
            r.event,
            Event::Fenced { .. } | Event::Resumed { .. } | Event::RollbackStarted { .. }
        )
    };
    match scene.before().iter().rev().find(told).map(|record| &record.event) {
        Some(Event::Fenced { .. }) => Err(format!("write {write} after it was fenced")),
        _ => Ok(()),
    }
}

/// On the way to new every batch swaps the lock of its zone (law L09), so that Route 53 refuses it once it is lost.
pub(super) fn every_step_forward_is_fenced(scene: &Scene<'_>) -> Holds {
    let Some(Event::WriteStarted { write, to, lock, .. }) = scene.newest() else { return Ok(()) };
    let fenced = matches!(lock, LockChange::Set(_));
    if fenced || to.is_back() || !scene.plan.locked || !scene.moves_forward() {
        return Ok(());
    }
    Err(format!("write {write} leaves the lock alone"))
}

pub(super) fn every_change_is_journaled_before_it_is_sent(scene: &Scene<'_>) -> Holds {
    let Some(newest) = scene.sent.last() else { return Ok(()) };
    let Some(Announced { write, pairs, lock }) = &newest.announced else {
        return Err(format!("the change of {} was not announced", newest.at));
    };
    let announced = |record: &RecordSet| {
        *lock && is_lock(record)
            || pairs.iter().filter_map(|at| scene.plan.pairs.get(*at)).any(|pair| pair.owns(record))
    };
    match newest.batch.changes.iter().find(|change| !announced(&change.record)) {
        Some(change) => Err(format!("write {write} did not announce {}", change.record.name)),
        None => Ok(()),
    }
}

pub(super) fn only_planned_or_baseline_weights_are_ever_set(scene: &Scene<'_>) -> Holds {
    let Some(newest) = scene.sent.last() else { return Ok(()) };
    let planned = |record: &RecordSet| {
        is_lock(record)
            || scene.plan.pairs.iter().filter(|pair| pair.owns(record)).any(|pair| {
                let shifts = scene.plan.shifts.iter().flat_map(|shift| pair.at(shift.weights));
                let others = pair.prepared().into_iter().chain(pair.baseline.clone());
                shifts.chain(others).any(|known| known == *record)
            })
    };
    let made = newest.batch.changes.iter().filter(|c| c.action != ChangeAction::Delete);
    match made.map(|change| &change.record).find(|record| !planned(record)) {
        Some(record) => Err(format!("{record:?} was never planned")),
        None => Ok(()),
    }
}

/// While nobody knows what became of a batch no other one is sent to its zone, unless by a process that has looked, or by
/// somebody who goes back and compares (law L24).
pub(super) fn at_most_one_change_is_in_flight(scene: &Scene<'_>) -> Holds {
    let Some(Event::WriteStarted { write, zone, .. }) = scene.newest() else { return Ok(()) };
    let taken_up =
        |r: &Record| matches!(r.event, Event::Resumed { .. } | Event::RollbackStarted { .. });
    let since = scene.before().iter().rposition(taken_up).unwrap_or(0);
    let mut open: Vec<u32> = Vec::new();
    for record in &scene.before()[since..] {
        if let Event::WriteStarted { write, zone: other, .. } = &record.event {
            open.extend((other == zone).then_some(*write));
        } else if let Event::WriteAccepted { write, .. } | Event::WriteFailed { write, .. } =
            &record.event
        {
            open.retain(|known| known != write);
        }
    }
    match open.first() {
        Some(other) => Err(format!("write {write} was announced while write {other} was open")),
        None => Ok(()),
    }
}
