//! What a breach leads to.

use super::*;
use crate::{
    engine::{Ending, Halt, Position},
    plan::{Fallback, OnBreach},
};

const BREACH: [(&str, Cause); 1] = [("errors", Cause::OverCritical)];
const FINE: [(&str, Cause); 1] = [("errors", Cause::Proven)];

#[test]
fn a_breach_acts_at_once_and_says_when_it_was_seen() {
    let mut run = Run::holding(plan(), 0);
    run.pass(30);
    let (seen, known) = (run.now, run.told.len());
    run.judge(&BREACH);
    assert_eq!(
        run.names_after(known),
        ["minute_judged", "breached", "rollback_started", "write_started", "write_started"]
    );
    let started = &run.told[known + 2];
    assert!(matches!(started, Event::RollbackStarted { breached_at: Some(at), .. } if *at == seen));
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Ended(Ending::RolledBack)));
    assert_eq!(run.weights("a.example.com"), [100, 0]);
}

#[test]
fn a_breach_waits_for_the_batches_in_flight_only() {
    let mut run = Run::holding(plan(), 0);
    run.pass(600);
    run.judge(&FINE);
    assert!(run.engine.is_writing());
    run.judge(&BREACH);
    assert_eq!(run.last().name(), "minute_judged");
    run.work();
    assert_eq!(run.weights("b.example.org"), [100, 0]);
    let forward = run.sent.iter().filter(|batch| batch.zone.0 == "Z2").count();
    assert_eq!(forward, 4, "prepared, two steps, and back: the third step never got there");
}

#[test]
fn a_breach_stands_when_its_process_died_before_it_could_act() {
    let mut run = Run::holding(plan(), 0);
    run.pass(600);
    let findings = vec![finding("errors", Cause::Catastrophe)];
    run.commit(Event::MinuteJudged { minute: Minute::containing(run.now), findings });
    run.commit(Event::Breached {
        finding: finding("errors", Cause::Catastrophe),
        next: String::new(),
    });
    run.pass(600);
    run.resume();
    run.work();
    run.judge(&FINE);
    assert!(run.names().contains(&"rollback_started"));
    assert!(!run.names().contains(&"step_passed"));
}

#[test]
fn a_breach_does_not_go_back_to_a_sick_legacy_before_it_is_well() {
    let mut run = Run::holding(plan(), 0);
    run.judge(&[("errors", Cause::LegacySick), ("replica-lag", Cause::OverCritical)]);
    let Event::Held { why, .. } = run.last() else { panic!("{:?}", run.last()) };
    assert_eq!(why, "replica-lag: it is OverCritical; legacy is not fit to take the traffic back");
    // It does not go forward either, even when the breach has gone.
    run.pass(1200);
    run.judge(&[("errors", Cause::LegacySick), ("replica-lag", Cause::Proven)]);
    assert!(!run.names().contains(&"step_passed"));
    run.judge(&FINE);
    assert!(run.names().contains(&"rollback_started"));
}

#[test]
fn where_the_policy_says_hold_a_breach_moves_traffic_neither_way_until_the_limit() {
    let mut plan = plan();
    plan.policy.breach = OnBreach::Hold;
    let mut run = Run::holding(plan, 0);
    run.pass(30);
    run.judge(&BREACH);
    assert_eq!(run.last().name(), "held");
    let known = run.told.len();
    run.pass(7199);
    run.judge(&BREACH);
    assert_eq!(run.names_after(known), ["minute_judged"]);
    run.pass(1);
    run.judge(&BREACH);
    assert!(run.names().contains(&"rollback_started"));
}

#[test]
fn where_the_policy_says_hold_a_step_half_written_is_not_written_on() {
    // Of one zone, which takes them in two batches.
    let pair = |at: usize| simple_pair("Z1", &format!("s{at}.example.com"), 60);
    let mut plan = plan_of((0..260).map(pair).collect(), &["5%", "50%", "100%"]);
    plan.policy.breach = OnBreach::Hold;
    let mut run = Run::holding(plan, 0);
    run.pass(600);
    run.judge(&FINE);
    let Some(Action::Change { write, batch, .. }) = run.engine.pending().into_iter().next() else {
        panic!("{:?}", run.engine.pending())
    };
    run.judge(&BREACH);
    run.change(write, batch);
    run.work();
    assert_eq!(
        (run.weights("s0.example.com"), run.weights("s259.example.com")),
        (vec![50, 50], vec![95, 5])
    );
    run.judge(&FINE);
    run.work();
    assert_eq!(run.weights("s259.example.com"), [50, 50]);
}

#[test]
fn a_hold_that_cleared_before_the_step_was_over_takes_no_time_from_the_next() {
    let mut plan = plan();
    plan.policy.breach = OnBreach::Hold;
    plan.shifts[0].hold = SignedDuration::from_hours(3);
    let mut run = Run::holding(plan, 0);
    run.judge(&BREACH);
    assert_eq!(run.last().name(), "held");
    run.pass(60);
    run.judge(&FINE);
    run.pass(3 * 3600);
    run.judge(&[("errors", Cause::Stale)]);
    assert!(matches!(run.last(), Event::Held { until, .. }
        if *until == run.now + SignedDuration::from_hours(2)));
}

#[test]
fn from_the_point_of_no_return_on_nothing_goes_back_by_itself() {
    let mut plan = plan();
    plan.policy.point_of_no_return = Some("50%".parse().unwrap());
    plan.policy.unknown = OnBreach::Rollback;
    let mut run = Run::holding(plan.clone(), 0);
    run.judge(&BREACH);
    assert!(run.names().contains(&"rollback_started"), "before it");

    for findings in [&BREACH[..], &[("errors", Cause::Stale)]] {
        let mut run = Run::holding(plan.clone(), 1);
        run.pass(600);
        run.judge(findings);
        assert_eq!(run.last().name(), "held", "{findings:?}");
        run.pass(7200);
        run.judge(findings);
        let Event::Stopped { reason } = run.last() else { panic!("{:?}", run.last()) };
        let passed = "the point of no return has been passed";
        assert!(reason.ends_with(passed), "{reason}");
        assert_eq!(reason.matches(passed).count(), 1, "{reason}");
        assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Stopped)));
        // Whoever asks for it gets it.
        run.roll_back();
        run.work();
        assert_eq!(run.outcome(), Some(Outcome::Ended(Ending::RolledBack)));
    }
}

#[test]
fn the_point_of_no_return_is_reached_by_a_write_and_not_by_a_plan() {
    let mut plan = plan();
    plan.policy.point_of_no_return = Some("50%".parse().unwrap());
    plan.policy.hold_limit_then = Fallback::Stop;
    let mut run = Run::holding(plan, 0);
    let findings = vec![finding("errors", Cause::Proven)];
    run.pass(600);
    run.commit(Event::MinuteJudged { minute: Minute::containing(run.now), findings });
    let (step, share) = (1, "5%".parse().unwrap());
    let (why, next) = (String::new(), String::new());
    run.commit(Event::StepPassed { shift: 0, step, share, proven: true, why, next });
    let second = run.engine.plan().shifts[1].clone();
    run.commit(Event::StepStarted {
        shift: 1,
        step: 2,
        wave: None,
        share: second.share,
        weights: second.weights,
        hold: second.hold,
    });
    assert_eq!(run.engine.heading(), Position::Shift(1));
    run.judge(&BREACH);
    assert!(run.names().contains(&"rollback_started"));
}

#[test]
fn the_way_back_is_not_judged() {
    let mut run = Run::holding(plan(), 0);
    run.judge(&BREACH);
    let known = run.told.len();
    run.judge(&BREACH);
    run.judge(&[("errors", Cause::OverWarning)]);
    assert_eq!(run.names_after(known), ["minute_judged"; 2]);
    assert!(!run.engine.pending().iter().any(|wish| matches!(wish, Action::Watch { .. })));
}

#[test]
fn a_step_that_a_breach_holds_settles_all_the_same() {
    let mut plan = plan();
    plan.policy.breach = OnBreach::Hold;
    let mut run = Run::of(plan);
    run.reach(|event| matches!(event, Event::InSync { .. }), 1);
    run.judge(&BREACH);
    assert_eq!(run.last().name(), "held");
    let Phase::Settling { until, .. } = run.engine.phase else { panic!("{:?}", run.names()) };
    run.now = until;
    run.decide();
    assert_eq!(run.last().name(), "settled");
}
