//! What a run waits for between two steps.

use super::*;
use crate::{
    engine::{Ending, Origin},
    plan::{Fallback, Hook, HookCommand, Mode, OnBreach, Task, TaskKind, Windows},
};

fn approval(before: usize, on_timeout: Fallback) -> Task {
    let (ask, timeout) = ("No new tickets?".to_owned(), SignedDuration::from_mins(30));
    Task { step: before + 1, before, kind: TaskKind::Approve { ask, timeout, on_timeout } }
}

fn command(before: usize) -> Task {
    let (command, timeout) = (vec!["./warm.sh".to_owned()], SignedDuration::from_mins(5));
    Task { step: before + 1, before, kind: TaskKind::Run { hook: Hook::Step, command, timeout } }
}

fn with(tasks: Vec<Task>) -> Plan {
    Plan { tasks, ..plan() }
}

/// Returns a run whose first step has just passed.
fn after_the_first_step(plan: Plan) -> Run {
    let mut run = Run::holding(plan, 0);
    run.pass(3600);
    run.judge(&[("errors", Cause::Proven)]);
    run.decide();
    run
}

fn origin() -> Origin {
    Origin { by: "alice@laptop".to_owned(), why: None, request: None }
}

fn ended(failure: Option<&str>) -> Event {
    Event::CommandEnded {
        hook: Hook::Step,
        step: Some(2),
        failure: failure.map(str::to_owned),
        seconds: 1.0,
        output: None,
        next: String::new(),
    }
}

fn wishes_command(run: &Run) -> bool {
    run.engine.pending().iter().any(|wish| matches!(wish, Action::Run { .. }))
}

#[test]
fn the_next_step_waits_until_a_person_says_yes() {
    let mut run = after_the_first_step(with(vec![approval(1, Fallback::Stop)]));
    assert_eq!(run.names().last(), Some(&"approval_asked"));
    assert_eq!(run.engine.question(), Some("No new tickets?"));
    assert_eq!(run.engine.view(run.now).phase, "approval");
    let yes = run.engine.approve(&origin()).unwrap();
    run.commit(yes);
    run.decide();
    assert!(matches!(run.last(), Event::WriteStarted { .. }), "{:?}", run.names());
    assert!(run.engine.approve(&origin()).is_err(), "nothing is asked any more");
}

#[test]
fn gates_are_judged_while_an_answer_is_waited_for() {
    let mut run = after_the_first_step(with(vec![approval(1, Fallback::Stop)]));
    run.judge(&[("errors", Cause::OverCritical)]);
    run.decide();
    assert!(run.engine.is_rolling_back());
}

#[test]
fn a_question_that_nobody_answers_ends_as_the_runbook_says() {
    for (then, last) in [(Fallback::Stop, "stopped"), (Fallback::Rollback, "rollback_started")] {
        let mut run = after_the_first_step(with(vec![approval(1, then)]));
        run.pass(1799);
        assert_eq!(run.engine.due(run.now), None);
        assert!(
            run.engine
                .deadline(run.now)
                .is_some_and(|at| at <= run.now + SignedDuration::from_secs(1))
        );
        run.pass(1);
        assert_eq!(run.engine.due(run.now).unwrap().name(), last);
    }
}

#[test]
fn a_question_that_nobody_answered_in_time_does_not_go_back_onto_a_sick_legacy_side() {
    let mut run = after_the_first_step(with(vec![approval(1, Fallback::Rollback)]));
    run.judge(&[("latency", Cause::LegacySick)]);
    run.pass(1800);
    run.engine.steering.skipped = Some("skipped".to_owned());
    assert_eq!(run.engine.due(run.now).unwrap().name(), "stopped");
}

#[test]
fn whoever_is_asked_has_the_time_of_a_pause_on_top() {
    let mut run = after_the_first_step(with(vec![approval(1, Fallback::Stop)]));
    let pause = run.engine.pause(&origin()).unwrap();
    run.commit(pause);
    run.pass(7200);
    assert_eq!(run.engine.due(run.now), None);
    let unpause = run.engine.unpause(&origin()).unwrap();
    run.commit(unpause);
    run.pass(1799);
    run.judge(&[("errors", Cause::Proven)]);
    assert_eq!(run.engine.due(run.now), None);
    run.pass(1);
    assert_eq!(run.engine.due(run.now).unwrap().name(), "stopped");
}

#[test]
fn a_question_before_the_first_step_keeps_everything_as_it_was() {
    let mut run = Run::of(with(vec![approval(0, Fallback::Stop)]));
    run.work();
    assert_eq!(run.names().last(), Some(&"approval_asked"));
    assert!(!run.names().contains(&"step_started"));
}

#[test]
fn a_question_after_the_last_step_keeps_the_run_from_being_over() {
    let mut run = Run::holding(with(vec![approval(3, Fallback::Stop)]), 2);
    run.pass(3600);
    run.judge(&[("errors", Cause::Proven)]);
    run.work();
    assert_eq!(run.names().last(), Some(&"approval_asked"));
    let yes = run.engine.approve(&origin()).unwrap();
    run.commit(yes);
    run.judge(&[("errors", Cause::Proven)]);
    run.work();
    assert_eq!(run.engine.outcome(), Some(Outcome::Ended(Ending::Completed)));
}

#[test]
fn the_next_step_waits_until_a_command_has_ended_well() {
    let mut run = after_the_first_step(with(vec![command(1)]));
    assert_eq!(run.names().last(), Some(&"command_started"));
    assert!(wishes_command(&run));
    run.commit(ended(None));
    run.decide();
    assert!(!wishes_command(&run));
    assert!(matches!(run.last(), Event::WriteStarted { .. }), "{:?}", run.names());
}

#[test]
fn a_command_that_failed_holds_the_run_until_somebody_skips_it() {
    let mut run = after_the_first_step(with(vec![command(1)]));
    run.commit(ended(Some("it ended with status 3")));
    run.decide();
    let Event::Held { why, next, .. } = run.last() else { panic!("{:?}", run.names()) };
    assert_eq!(why, "it ended with status 3");
    assert!(next.contains("cutover skip"), "{next}");
    let skip = run.engine.skip(&origin()).unwrap();
    run.commit(skip);
    run.decide();
    assert!(matches!(run.last(), Event::WriteStarted { .. }), "{:?}", run.names());
}

#[test]
fn a_command_that_failed_goes_back_where_the_policy_says_so() {
    let mut plan = with(vec![command(1)]);
    plan.policy.hook_failed = OnBreach::Rollback;
    let mut run = after_the_first_step(plan);
    run.commit(ended(Some("it ended with status 3")));
    run.decide();
    assert!(run.engine.is_rolling_back());
}

#[test]
fn a_hold_for_a_failed_command_lasts_no_longer_than_any_other() {
    let mut run = after_the_first_step(with(vec![command(1)]));
    run.commit(ended(Some("it ended with status 3")));
    run.decide();
    run.pass(3 * 3600);
    run.judge(&[("errors", Cause::Proven)]);
    run.decide();
    assert!(run.engine.is_rolling_back(), "{:?}", run.names());
}

#[test]
fn a_command_is_run_again_by_the_process_that_goes_on() {
    for failed in [false, true] {
        let mut run = after_the_first_step(with(vec![command(1)]));
        if failed {
            run.commit(ended(Some("it ended with status 3")));
        }
        let (version, owner) = ("1".to_owned(), "next".to_owned());
        run.commit(Event::Resumed { version, owner, take_over: false });
        assert!(!wishes_command(&run));
        run.work();
        run.judge(&[("errors", Cause::Proven)]);
        run.decide();
        assert!(wishes_command(&run), "{:?}", run.names());
    }
}

#[test]
fn a_breach_while_a_command_runs_goes_back_at_once_and_the_command_is_given_up() {
    let mut run = after_the_first_step(with(vec![command(1)]));
    run.judge(&[("errors", Cause::OverCritical)]);
    run.decide();
    assert!(run.engine.is_rolling_back());
    assert!(!wishes_command(&run));
    assert!(run.engine.apply(run.now, &ended(None)).is_err(), "its end is nobody's any more");
}

#[test]
fn commands_that_nothing_waits_for_are_wished_for_by_what_happens() {
    let mut plan = plan();
    let command = HookCommand {
        command: vec!["./page.sh".to_owned()],
        timeout: SignedDuration::from_mins(1),
    };
    plan.hooks.on_breach = Some(command);
    let mut run = Run::holding(plan, 0);
    run.judge(&[("errors", Cause::OverCritical)]);
    run.decide();
    let breached = run.told.iter().find(|event| matches!(event, Event::Breached { .. })).unwrap();
    let wish = run.engine.beside(breached);
    assert!(matches!(wish, Some(Action::Run { hook: Hook::OnBreach, step: None, .. })));
    assert!(!wishes_command(&run), "the engine does not wait for it");
    run.work();
    let started = Event::CommandEnded {
        hook: Hook::OnBreach,
        step: None,
        failure: None,
        seconds: 50.0,
        output: None,
        next: String::new(),
    };
    assert!(run.engine.apply(run.now, &started).is_ok(), "it may end after the run");
}

#[test]
fn a_step_waits_for_its_window_and_is_judged_meanwhile() {
    let mut plan = plan();
    // The test begins at 02:14 on a Monday.
    plan.windows = windows(&["Mon 02:00-02:30 UTC", "Tue 02:00-03:00 UTC"]);
    let mut run = after_the_first_step(plan);
    let Event::WindowClosed { opens, .. } = run.last() else { panic!("{:?}", run.names()) };
    let opens = *opens;
    assert_eq!(opens.to_string(), "2026-11-24T02:00:00Z");
    assert_eq!(run.engine.view(run.now).until, Some(opens));
    assert_eq!(run.engine.deadline(run.now), Some(opens));
    run.now = opens;
    run.judge(&[("errors", Cause::Proven)]);
    run.decide();
    assert!(matches!(run.last(), Event::WriteStarted { .. }), "{:?}", run.names());
}

#[test]
fn a_breach_outside_the_windows_goes_back_at_once() {
    let mut plan = plan();
    plan.windows = windows(&["Mon 02:00-02:30 UTC"]);
    let mut run = after_the_first_step(plan);
    run.judge(&[("errors", Cause::OverCritical)]);
    run.work();
    assert_eq!(run.engine.outcome(), Some(Outcome::Ended(Ending::RolledBack)));
}

#[test]
fn a_run_whose_windows_never_open_again_stops() {
    let mut plan = plan();
    plan.windows = windows(&["2026-11-23"]);
    let mut run = Run::holding(plan, 0);
    run.pass(2 * 86_400);
    run.judge(&[("errors", Cause::Proven)]);
    run.decide();
    assert_eq!(run.names().last(), Some(&"stopped"));
}

fn windows(allow: &[&str]) -> Windows {
    let allow = allow.iter().map(|text| text.parse().unwrap()).collect();
    Windows { allow, deny: Vec::new() }
}

#[test]
fn an_exercise_breaks_the_last_step_and_goes_back() {
    let mut run = Run::of(Plan { mode: Mode::ExerciseRollback, ..plan() });
    run.reach(|event| matches!(event, Event::RolledBack { .. }), 0);
    let passed = run.names().iter().filter(|name| **name == "step_passed").count();
    assert_eq!(passed, 3, "{:?}", run.names());
    let broken = |event: &&Event| matches!(event, Event::Breached { finding, .. } if finding.gate == "exercise");
    assert_eq!(run.told.iter().filter(broken).count(), 1);
    assert!(!run.names().contains(&"run_completed"));
}

#[test]
fn an_exercise_breaks_the_last_step_before_the_point_of_no_return() {
    let mut plan = plan();
    plan.policy.point_of_no_return = Some("100%".parse().unwrap());
    let mut run = Run::of(Plan { mode: Mode::ExerciseRollback, ..plan });
    run.reach(|event| matches!(event, Event::RolledBack { .. }), 0);
    assert_eq!(run.names().iter().filter(|name| **name == "step_passed").count(), 2);
}

#[test]
fn a_dry_run_does_not_wait_for_those_whom_nobody_sends() {
    for cause in [Cause::NoTraffic, Cause::TooFewRequests, Cause::Unproven] {
        let mut run = Run::holding(Plan { mode: Mode::DryRun, ..plan() }, 0);
        run.pass(3600);
        run.judge(&[("errors", cause), ("share", Cause::NobodyArrives)]);
        run.decide();
        assert!(run.names().contains(&"step_passed"), "{cause:?}: {:?}", run.names());
    }
    let mut run = Run::holding(Plan { mode: Mode::DryRun, ..plan() }, 0);
    run.pass(3600);
    run.judge(&[("errors", Cause::NoTraffic), ("alarm", Cause::LegacySick)]);
    run.decide();
    assert_eq!(run.names().last(), Some(&"held"), "what is seen of legacy counts");
}
