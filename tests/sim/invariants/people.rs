//! What people have said is kept to.

use cutover::{engine::Event, journal::Record};

use super::{Holds, Scene};

pub(super) fn a_paused_run_begins_no_step(scene: &Scene<'_>) -> Holds {
    if !matches!(scene.newest(), Some(Event::StepStarted { .. } | Event::RunCompleted { .. })) {
        return Ok(());
    }
    let said = |r: &&Record| matches!(r.event, Event::Paused(_) | Event::Unpaused(_));
    match scene.before().iter().rev().find(said) {
        Some(Record { event: Event::Paused(_), seq, .. }) => Err(format!("record {seq} paused it")),
        Some(_) | None => Ok(()),
    }
}

pub(super) fn an_aborted_run_moves_nobody_to_new(scene: &Scene<'_>) -> Holds {
    let aborted = scene.before().iter().find(|r| matches!(r.event, Event::Aborted(_)));
    match aborted.filter(|_| scene.moves_forward()) {
        Some(record) => Err(format!("record {} aborted it", record.seq)),
        None => Ok(()),
    }
}

/// Returns true where somebody has gone past what a step waits for, since it began.
pub(super) fn was_skipped(step: &[Record]) -> bool {
    step.iter().any(|r| matches!(r.event, Event::Skipped { .. }))
}
