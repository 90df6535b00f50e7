//! When traffic may move towards new, and what has to have been seen before.

use cutover::{
    engine::{Event, Position},
    gate::{Cause, Finding, Verdict},
    journal::Record,
    plan::{ChangeId, OnBreach, OnUnproven, OnWarning, Plan},
};

use super::{Holds, Scene, people::was_skipped};
use crate::saboteur::later;

pub(super) fn traffic_never_moves_forward_after_a_breach(scene: &Scene<'_>) -> Holds {
    if !scene.moves_forward() || scene.plan.policy.breach != OnBreach::Rollback {
        return Ok(());
    }
    let breach = scene.before().iter().find(|r| matches!(r.event, Event::Breached { .. }));
    match breach {
        Some(breach) if scene.plan.policy.point_of_no_return.is_none() => {
            Err(format!("record {} was a breach", breach.seq))
        }
        Some(_) | None => Ok(()),
    }
}

/// The hold is over when the step passes: what follows may be told at an earlier time, by a clock that was set back since.
pub(super) fn each_step_is_held_in_full_before_the_next(scene: &Scene<'_>) -> Holds {
    let (shift, needs_pass) = match scene.newest() {
        Some(Event::StepPassed { shift, .. }) => (*shift, false),
        Some(Event::StepStarted { shift, .. }) if *shift > 0 => (*shift - 1, true),
        Some(Event::RunCompleted { .. }) => (scene.plan.shifts.len() - 1, true),
        _ => return Ok(()),
    };
    let started = scene.before().iter().rposition(
        |r| matches!(r.event, Event::StepStarted { shift: begun, .. } if begun == shift),
    );
    let step = &scene.before()[started.ok_or("the step was never started")?..];
    let find = |what: fn(&Event) -> bool| step.iter().rev().find(|r| what(&r.event));
    let in_sync = find(|e| matches!(e, Event::InSync { .. })).ok_or("not in sync")?;
    let settled = find(|e| matches!(e, Event::Settled { .. })).ok_or("not settled")?;
    let plan = scene.plan;
    if settled.at < later(in_sync.at, plan.settle_after_sync()) {
        return Err(format!("in sync at {} and settled at {}", in_sync.at, settled.at));
    }
    let over = if needs_pass {
        let passed = find(|e| matches!(e, Event::StepPassed { .. }));
        passed.ok_or_else(|| format!("shift {shift} has not passed"))?.at
    } else {
        scene.at()
    };
    if over < later(settled.at, plan.shifts[shift].hold) && !was_skipped(step) {
        return Err(format!("settled at {} and over at {over}", settled.at));
    }
    Ok(())
}

pub(super) fn unknown_is_never_green(scene: &Scene<'_>) -> Holds {
    match scene.newest() {
        Some(Event::StepPassed { .. }) => {}
        Some(Event::StepStarted { shift, .. }) if *shift > 0 => {}
        _ => return Ok(()),
    }
    let begun = scene.before().iter().rposition(|r| matches!(r.event, Event::StepStarted { .. }));
    if was_skipped(&scene.before()[begun.unwrap_or_default()..]) {
        return Ok(());
    }
    let judged = scene.before().iter().rev().find_map(|record| {
        if let Event::MinuteJudged { findings, .. } = &record.event { Some(findings) } else { None }
    });
    let findings = judged.ok_or("nothing was judged")?;
    match findings.iter().find(|finding| !is_green(finding, scene.plan)) {
        Some(finding) => Err(format!("{}: {:?}: {}", finding.gate, finding.cause, finding.why)),
        None => Ok(()),
    }
}

fn is_green(finding: &Finding, plan: &Plan) -> bool {
    let continues = plan.policy.unproven == OnUnproven::Continue;
    let by_the_way = ["latency", "share"].contains(&finding.gate.as_str());
    let cause = |causes: &[Cause]| causes.contains(&finding.cause);
    match finding.verdict() {
        Verdict::Pass => true,
        Verdict::Unknown => {
            let silent = by_the_way && cause(&[Cause::TooFewRequests, Cause::NoTraffic]);
            silent || continues && cause(&[Cause::Unproven])
        }
        Verdict::Warn => cause(&[Cause::OverWarning]) && plan.policy.warning == OnWarning::Continue,
        Verdict::Breach => false,
    }
}

pub(super) fn resume_checks_gates_before_moving(scene: &Scene<'_>) -> Holds {
    let forward = match scene.newest() {
        Some(Event::RunCompleted { .. }) => true,
        _ => scene.moves_forward(),
    };
    let Some((before, since)) = scene.since_resumed().filter(|_| forward) else { return Ok(()) };
    let watched = before
        .iter()
        .any(|r| matches!(r.event, Event::WeightsWritten { position: Position::Shift(_), .. }));
    let judged = since.iter().any(|r| matches!(r.event, Event::MinuteJudged { .. }));
    if watched && !judged {
        return Err("no gate was judged since the run was taken up".to_owned());
    }
    Ok(())
}

pub(super) fn resume_reads_before_writing(scene: &Scene<'_>) -> Holds {
    let moves = matches!(
        scene.newest(),
        Some(
            Event::WriteStarted { .. }
                | Event::StepStarted { .. }
                | Event::RunCompleted { .. }
                | Event::RolledBack { .. }
        )
    );
    let Some((_, since)) = scene.since_resumed().filter(|_| moves) else { return Ok(()) };
    // Somebody who goes back does not look first.
    let back = since.iter().any(|r| matches!(r.event, Event::RollbackStarted { .. }));
    let read = since.iter().any(|r| matches!(r.event, Event::RecordsRead { .. }));
    if read || back { Ok(()) } else { Err("the records were not read since".to_owned()) }
}

/// A change whose id the run was told is asked for until it is everywhere. One whose answer did not arrive, or that Route 53
/// has lost and that may be in the zone all the same, nobody can ask for: a run gives it the time that changes usually take,
/// which is less than that where somebody sets the clock that it is measured with.
pub(super) fn a_step_settles_after_every_server_has_it(scene: &Scene<'_>) -> Holds {
    let told = |change: &ChangeId| {
        let of_it = |r: &Record| matches!(&r.event, Event::WriteAccepted { change: id, .. } if id == change);
        let lost =
            |r: &Record| matches!(&r.event, Event::ChangeLost { change: id } if id == change);
        scene.before().iter().any(of_it) && !scene.before().iter().any(lost)
    };
    match scene.pending.iter().find(|change| scene.steady || told(change)) {
        Some(change) => Err(format!("change {} is not everywhere", change.0)),
        None => Ok(()),
    }
}

/// The TTL runs by the clock of whoever waits for it, so nobody can wait it out where clocks are set: neither the machine
/// whose clock it is, nor one that goes on with its journal and so with its times.
pub(super) fn long_ttls_are_waited_out(scene: &Scene<'_>) -> Holds {
    let (Some(Event::StepStarted { shift: 0, .. }), Some(old)) =
        (scene.newest(), scene.plan.old_ttl())
    else {
        return Ok(());
    };
    let prepared = scene
        .sent
        .iter()
        .filter(|sent| sent.effect.is_some() && sent.concerns_clients())
        .map(|sent| sent.at)
        .max();
    match prepared {
        Some(at) if scene.steady && scene.at() < later(at, old.duration()) => {
            Err(format!("prepared at {at}, with a TTL of {old} before"))
        }
        Some(_) | None => Ok(()),
    }
}
