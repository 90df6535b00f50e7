//! What people do to a run under way, and what it does then.

use super::*;
use crate::engine::{Ending, Origin, Position, Refusal};

fn origin() -> Origin {
    let (by, why) = ("alice@laptop".to_owned(), Some("support called".to_owned()));
    Origin { by, why, request: Some("r1".to_owned()) }
}

impl Run {
    fn say(&mut self, event: Result<Event, Refusal>) {
        self.commit(event.unwrap());
        self.decide();
    }

    fn pause(&mut self) {
        let event = self.engine.pause(&origin());
        self.say(event);
    }

    fn skip(&mut self) {
        let event = self.engine.skip(&origin());
        self.say(event);
    }

    fn abort(&mut self) {
        let event = self.engine.abort(&origin());
        self.say(event);
    }

    fn ends_hold(&mut self, findings: &[(&str, Cause)]) {
        self.pass(3600);
        self.judge(findings);
        self.decide();
    }
}

fn refusal(event: Result<Event, Refusal>) -> String {
    event.unwrap_err().to_string()
}

#[test]
fn a_paused_run_ends_its_hold_and_begins_no_step_until_it_is_unpaused() {
    let mut run = Run::holding(plan(), 0);
    run.pause();
    run.ends_hold(&[("errors", Cause::Proven)]);
    assert_eq!(run.names().last(), Some(&"step_passed"));
    run.pass(86_400);
    run.decide();
    let view = run.engine.view(run.now);
    assert_eq!((view.phase, run.names().last()), ("paused", Some(&"step_passed")));
    assert!(view.waiting_for.unwrap().contains("alice@laptop: support called"));
    let unpause = run.engine.unpause(&origin());
    run.say(unpause);
    assert!(matches!(run.last(), Event::WriteStarted { .. }), "{:?}", run.names());
}

#[test]
fn a_breach_goes_back_whether_the_run_is_paused_or_not() {
    let mut run = Run::holding(plan(), 0);
    run.pause();
    run.judge(&[("errors", Cause::OverCritical)]);
    run.decide();
    assert!(run.engine.is_rolling_back());
    assert_eq!(run.engine.paused(), None);
}

#[test]
fn a_run_is_not_completed_while_it_is_paused() {
    let mut run = Run::holding(plan(), 2);
    run.pause();
    run.ends_hold(&[("errors", Cause::Proven)]);
    run.work();
    assert!(!run.names().contains(&"run_completed"));
    let unpause = run.engine.unpause(&origin());
    run.say(unpause);
    run.work();
    assert!(run.names().contains(&"run_completed"));
}

#[test]
fn a_run_is_paused_once_and_unpaused_once() {
    let mut run = Run::holding(plan(), 0);
    assert!(refusal(run.engine.unpause(&origin())).contains("not paused"));
    run.pause();
    assert!(refusal(run.engine.pause(&origin())).contains("alice@laptop has paused it already"));
}

#[test]
fn the_rest_of_a_hold_can_be_skipped_and_the_next_step_begins() {
    let mut run = Run::holding(plan(), 0);
    run.judge(&[("errors", Cause::Unproven)]);
    run.skip();
    let passed = run.told.iter().find(|event| matches!(event, Event::StepPassed { .. })).unwrap();
    let Event::StepPassed { proven, why, .. } = passed else { panic!() };
    assert_eq!((*proven, why.as_str()), (false, "skipped by alice@laptop: support called"));
    assert!(matches!(run.last(), Event::WriteStarted { .. }), "{:?}", run.names());
}

#[test]
fn what_the_gates_hold_a_step_for_can_be_skipped() {
    for cause in [Cause::OverWarning, Cause::NoTraffic, Cause::SharedCause, Cause::Stale] {
        let mut run = Run::holding(plan(), 0);
        run.ends_hold(&[("errors", cause)]);
        assert_eq!(run.names().last(), Some(&"held"));
        run.skip();
        assert!(matches!(run.last(), Event::WriteStarted { .. }), "{:?}", run.names());
    }
}

#[test]
fn what_was_skipped_is_skipped_for_one_step_only() {
    let mut run = Run::holding(plan(), 0);
    run.ends_hold(&[("errors", Cause::OverWarning)]);
    run.skip();
    run.reach(|event| matches!(event, Event::Settled { .. }), 1);
    run.ends_hold(&[("errors", Cause::OverWarning)]);
    assert_eq!(run.names().last(), Some(&"held"));
}

#[test]
fn a_breach_is_never_skipped() {
    let mut plan = plan();
    plan.policy.breach = crate::plan::OnBreach::Hold;
    let mut run = Run::holding(plan, 0);
    run.judge(&[("errors", Cause::OverCritical)]);
    run.decide();
    assert!(refusal(run.engine.skip(&origin())).contains("a breach is never skipped"));
    let event = Event::Skipped { what: "it".to_owned(), word: word() };
    assert!(run.engine.apply(run.now, &event).is_err());
}

fn word() -> crate::engine::Word {
    crate::engine::Word { by: "alice@laptop".to_owned(), why: None, request: None }
}

#[test]
fn while_a_step_is_written_or_settles_there_is_nothing_to_skip() {
    let mut run = Run::of(plan());
    run.step_until(|event| matches!(event, Event::StepStarted { .. }));
    assert!(refusal(run.engine.skip(&origin())).contains("while records are being written"));
    run.reach(|event| matches!(event, Event::InSync { .. }), 1);
    assert!(refusal(run.engine.skip(&origin())).contains("while a step settles"));
}

#[test]
fn an_abort_sends_everybody_back_and_says_who_wanted_it() {
    let mut run = Run::holding(plan(), 1);
    run.abort();
    let started = |event: &&Event| matches!(event, Event::RollbackStarted { .. });
    let Some(Event::RollbackStarted { reason, breached_at, asked }) = run.told.iter().find(started)
    else {
        panic!("{:?}", run.names())
    };
    assert_eq!(reason, "asked for by alice@laptop: support called");
    assert_eq!((breached_at, asked), (&None, &None));
    run.work();
    assert_eq!(run.engine.outcome(), Some(Outcome::Ended(Ending::RolledBack)));
}

#[test]
fn an_abort_waits_for_the_batches_in_flight_and_for_no_more() {
    let mut run = Run::of(plan());
    run.step_until(|event| matches!(event, Event::WriteStarted { to: Position::Shift(0), .. }));
    let (writes, abort) = (run.engine.writes, run.engine.abort(&origin()));
    run.say(abort);
    assert_eq!(run.engine.writes, writes, "no batch is begun beside the one in flight");
    assert!(!run.engine.is_rolling_back());
    run.perform_next();
    run.decide();
    assert!(run.engine.is_rolling_back(), "{:?}", run.names());
}

#[test]
fn an_abort_goes_back_onto_a_legacy_side_that_is_not_fit_because_a_person_asks_for_it() {
    let mut run = Run::holding(plan(), 0);
    run.judge(&[("errors", Cause::LegacySick)]);
    run.decide();
    run.abort();
    assert!(run.engine.is_rolling_back());
}

#[test]
fn a_process_that_dies_after_an_abort_leaves_it_to_the_next_one() {
    let mut run = Run::of(plan());
    run.step_until(|event| matches!(event, Event::WriteStarted { to: Position::Shift(0), .. }));
    let abort = run.engine.abort(&origin()).unwrap();
    run.commit(abort);
    run.commit(Event::Resumed {
        version: "1".to_owned(),
        owner: "next".to_owned(),
        take_over: false,
    });
    run.work();
    assert_eq!(run.engine.outcome(), Some(Outcome::Ended(Ending::RolledBack)));
}

#[test]
fn a_run_that_goes_back_or_is_over_is_steered_no_more() {
    let mut run = Run::holding(plan(), 0);
    run.abort();
    assert!(refusal(run.engine.pause(&origin())).contains("it goes back already"));
    run.work();
    for event in [
        run.engine.pause(&origin()),
        run.engine.skip(&origin()),
        run.engine.approve(&origin()),
        run.engine.abort(&origin()),
    ] {
        assert!(refusal(event).contains("it is over"));
    }
}

#[test]
fn what_was_asked_once_is_done_once() {
    let mut run = Run::holding(plan(), 0);
    run.pause();
    assert!(run.engine.has_done("r1"));
}
