//! Records that move one wave after another.

use super::*;
use crate::{
    engine::{Ending, Origin, Position, Refusal, Tune},
    plan::{Fallback, Gates, Noise, OnBreach, Task, TaskKind, Wave},
};

const BREACH: [(&str, Cause); 1] = [("errors", Cause::OverCritical)];

/// One pair in each of two waves, two steps each; the second wave has gates of its own.
fn waves() -> Plan {
    let mut plan = plan();
    plan.pairs[1].wave = 1;
    plan.shifts = plan_of(Vec::new(), &["50%", "100%", "5%", "100%"]).shifts;
    plan.steps = 4;
    for shift in &mut plan.shifts[2..] {
        shift.wave = 1;
    }
    let wave = |name: &str, gates: Gates| Wave {
        name: name.to_owned(),
        steps: 2,
        gates,
        feeds: Vec::new(),
        new_balancers: Vec::new(),
        history: plan.history.clone(),
    };
    let own = Gates { noise: Noise::High, ..plan.gates.clone() };
    plan.waves = vec![wave("first", plan.gates.clone()), wave("second", own)];
    plan
}

#[test]
fn a_wave_moves_its_own_records_and_leaves_the_others_where_they_are() {
    let run = Run::holding(waves(), 1);
    assert_eq!(run.weights("a.example.com"), [0, 100]);
    assert_eq!(run.weights("b.example.org"), [100, 0]);
    let run = Run::holding(waves(), 2);
    assert_eq!(run.weights("a.example.com"), [0, 100]);
    assert_eq!(run.weights("b.example.org"), [95, 5]);
    let written = run.told.iter().rev().find_map(|event| {
        if let Event::WeightsWritten { records, .. } = event { Some(records.len()) } else { None }
    });
    assert_eq!(written, Some(1), "the second wave has one pair");
    let forward = run.sent.iter().filter(|batch| batch.zone.0 == "Z1").count();
    assert_eq!(forward, 3, "prepared, and the two steps of the first wave");
}

#[test]
fn the_last_wave_completes_the_run() {
    let mut run = Run::of(waves());
    run.reach(|event| matches!(event, Event::RunCompleted { .. }), 0);
    assert_eq!(run.weights("a.example.com"), [0, 100]);
    assert_eq!(run.weights("b.example.org"), [0, 100]);
}

#[test]
fn a_breach_in_a_later_wave_takes_all_of_them_back() {
    let mut run = Run::holding(waves(), 2);
    run.judge(&BREACH);
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Ended(Ending::RolledBack)));
    assert_eq!(run.weights("a.example.com"), [100, 0]);
    assert_eq!(run.weights("b.example.org"), [100, 0]);
}

#[test]
fn a_later_wave_is_judged_by_its_own_gates_and_from_its_own_beginning() {
    let before = Run::holding(waves(), 1);
    assert_eq!(before.engine.plan().gates.noise, Noise::Normal);
    assert_eq!(before.engine.spans.len(), 2);
    let after = Run::holding(waves(), 2);
    assert_eq!(after.engine.plan().gates.noise, Noise::High);
    assert_eq!(after.engine.spans.len(), 1);
    assert!(after.engine.spans[0].settled.is_some());
    let watch = after
        .engine
        .pending()
        .into_iter()
        .find_map(|wish| if let Action::Watch { from, .. } = wish { Some(from) } else { None });
    assert_eq!(watch, Some(after.engine.spans[0].first), "minutes before it are not asked for");
}

#[test]
fn a_run_that_is_taken_up_again_is_in_the_same_wave() {
    let mut run = Run::holding(waves(), 2);
    let (weights, heading) = (run.weights("b.example.org"), run.engine.heading());
    run.resume();
    run.work();
    assert_eq!(run.engine.plan().gates.noise, Noise::High);
    assert_eq!((run.weights("b.example.org"), run.engine.heading()), (weights, heading));
    assert_eq!(heading, Position::Shift(2));
    let view = run.engine.view(run.now);
    let wave = view.wave.map(|wave| (wave.name, wave.number, wave.of));
    assert_eq!(wave, Some(("second".to_owned(), 2, 2)));
    assert_eq!((view.steps.len(), view.step), (2, Some(0)));
}

#[test]
fn what_cannot_be_gone_back_from_in_one_wave_cannot_be_in_the_next() {
    let mut plan = waves();
    plan.policy.point_of_no_return = "100%".parse().ok();
    let mut run = Run::holding(plan.clone(), 0);
    run.judge(&BREACH);
    run.work();
    assert!(run.names().contains(&"rolled_back"), "before it, everybody goes back");
    let mut run = Run::holding(plan, 2);
    run.judge(&BREACH);
    run.work();
    assert!(!run.names().contains(&"rollback_started"), "{:?}", run.names());
    assert_eq!(run.weights("b.example.org"), [95, 5]);
}

#[test]
fn limits_are_not_changed_between_two_waves_where_the_change_would_be_lost() {
    let tune = |run: &Run| {
        let limits = vec![("noise".to_owned(), "high".to_owned())];
        let origin = Origin { by: "alice@laptop".to_owned(), why: None, request: None };
        let rebuild = |wave: usize, limits: &[(String, String)]| {
            let mut gates = waves().waves[wave].gates.clone();
            if !limits.is_empty() {
                gates.noise = if wave == 0 { Noise::High } else { Noise::Normal };
            }
            Ok(gates)
        };
        run.engine.tune(&Tune { limits, force: true }, &origin, &rebuild)
    };
    assert!(tune(&Run::holding(waves(), 1)).is_ok(), "the first wave is under way");
    let mut plan = waves();
    let (ask, timeout) = ("Start the second?".to_owned(), SignedDuration::from_mins(30));
    let kind = TaskKind::Approve { ask, timeout, on_timeout: Fallback::Stop };
    plan.tasks = vec![Task { step: 3, before: 2, kind }];
    let mut run = Run::of(plan);
    run.reach(|event| matches!(event, Event::ApprovalAsked { .. }), 0);
    let why = "wave `first` is over; the limits of `second` can be changed from the first write of its first step on";
    assert_eq!(tune(&run), Err(Refusal::NoUse(why.to_owned())));
    assert!(tune(&Run::holding(waves(), 2)).is_ok(), "the second wave is under way");
}

#[test]
fn a_breach_that_was_held_and_is_over_does_not_hide_the_next_one() {
    let mut plan = waves();
    plan.policy.breach = OnBreach::Hold;
    let breaches = |run: &Run| run.names().iter().filter(|name| **name == "breached").count();
    let mut run = Run::holding(plan, 1);
    run.judge(&BREACH);
    run.decide();
    run.judge(&BREACH);
    run.decide();
    assert_eq!(breaches(&run), 1, "it is told once while it lasts");
    run.judge(&[("errors", Cause::Proven)]);
    run.decide();
    run.judge(&BREACH);
    run.decide();
    assert_eq!(breaches(&run), 2, "in one wave");
    run.judge(&[("errors", Cause::Proven)]);
    run.reach(|event| matches!(event, Event::StepStarted { shift: 2, .. }), 0);
    run.reach(|event| matches!(event, Event::Settled { .. }), 2);
    run.judge(&BREACH);
    run.decide();
    assert_eq!(breaches(&run), 3, "and in the next");
}
