//! When traffic may move towards new, and what has to have been seen before.

use cutover::{
    engine::{Event, Position},
    gate::{Cause, Finding, Verdict},
    plan::{OnBreach, OnUnproven, OnWarning, Plan},
};

use super::{Holds, Scene};
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
    if scene.at() < later(settled.at, plan.shifts[shift].hold) {
        return Err(format!("settled at {} and over at {}", settled.at, scene.at()));
    }
    if needs_pass && find(|e| matches!(e, Event::StepPassed { .. })).is_none() {
        return Err(format!("shift {shift} has not passed"));
    }
    Ok(())
}

pub(super) fn unknown_is_never_green(scene: &Scene<'_>) -> Holds {
    match scene.newest() {
        Some(Event::StepPassed { .. }) => {}
        Some(Event::StepStarted { shift, .. }) if *shift > 0 => {}
        _ => return Ok(()),
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

pub(super) fn a_step_settles_after_every_server_has_it(scene: &Scene<'_>) -> Holds {
    match scene.pending.first() {
        Some(change) => Err(format!("change {} is not everywhere", change.0)),
        None => Ok(()),
    }
}

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
