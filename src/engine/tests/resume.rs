//! Another process goes on.

use super::*;
use crate::engine::{Ending, Position};

const FINE: [(&str, Cause); 1] = [("errors", Cause::Proven)];

/// Plays a run to its end, and returns it as it was after each of its events.
fn every_moment(plan: &Plan) -> Vec<(Timestamp, Event)> {
    let mut run = Run::blank(plan.clone());
    let mut told: Vec<(Timestamp, Event)> = Vec::new();
    let note = |run: &Run, told: &mut Vec<(Timestamp, Event)>| {
        for event in &run.told[told.len()..] {
            told.push((run.now, event.clone()));
        }
    };
    for event in beginning(plan, "me", &[]) {
        run.commit(event);
    }
    loop {
        run.decide();
        note(&run, &mut told);
        if run.outcome().is_some() {
            break;
        }
        let wishes = run.engine.pending();
        match wishes.into_iter().find(|wish| !matches!(wish, Action::Watch { .. })) {
            Some(wish) => run.perform(wish),
            None => {
                run.pass(60);
                let findings = vec![finding("errors", Cause::Proven)];
                run.commit(Event::MinuteJudged { minute: Minute::containing(run.now), findings });
            }
        }
        note(&run, &mut told);
    }
    told
}

/// Returns the run as another process finds it after these events, with the zone as they leave it.
fn found(plan: &Plan, events: &[(Timestamp, Event)]) -> Run {
    let mut run = Run::blank(plan.clone());
    for (at, event) in events {
        run.now = *at;
        // What was accepted is in the zone.
        if let (Event::WriteAccepted { .. }, Some(Action::Change { batch, .. })) =
            (event, run.engine.pending().into_iter().next())
        {
            assert_eq!(run.swap(&batch), Ok(()));
        }
        run.commit(event.clone());
    }
    run.pass(4 * 3600);
    run
}

#[test]
fn whatever_was_going_on_the_records_are_read_first() {
    let plan = plan();
    let moments = every_moment(&plan);
    // From the third event on: before, the run has not begun.
    for end in 2..moments.len() {
        let mut run = found(&plan, &moments[..end]);
        let phase = format!("{:?} after {}", run.engine.phase, run.last().name());
        run.resume();
        let known = run.told.len();
        run.decide();
        let mut decided = run.names_after(known);
        decided.retain(|name| *name != "settled");
        assert_eq!(decided, Vec::<&str>::new(), "{phase}");
        let wishes = run.engine.pending();
        let reads = wishes.iter().filter(|wish| matches!(wish, Action::Read { .. })).count();
        assert_eq!(reads, 2, "{phase}: both zones: {wishes:?}");
    }
}

#[test]
fn whatever_was_going_on_gates_are_judged_before_traffic_moves() {
    let plan = plan();
    let moments = every_moment(&plan);
    let first = moments.iter().position(|(_, event)| event.name() == "settled").unwrap();
    for end in first..moments.len() {
        let mut run = found(&plan, &moments[..end]);
        let phase = format!("{:?} after {}", run.engine.phase, run.last().name());
        run.resume();
        let (known, sent) = (run.told.len(), run.sent.len());
        run.work();
        let names = run.names_after(known);
        for name in ["step_started", "step_passed", "write_started", "run_completed"] {
            assert!(!names.contains(&name), "{phase}: {names:?}");
        }
        assert_eq!(run.sent.len(), sent, "{phase}");
        run.judge(&[("errors", Cause::OverCritical)]);
        assert!(run.names().contains(&"rollback_started"), "{phase}");
    }
}

#[test]
fn between_two_steps_a_resumed_run_goes_on_only_where_the_policy_allows_it() {
    let plan = plan();
    let moments = every_moment(&plan);
    let passed = moments.iter().position(|(_, event)| event.name() == "step_passed").unwrap();
    let mut run = found(&plan, &moments[..=passed]);
    assert!(matches!(run.engine.phase, Phase::Ready { next: 1, .. }));
    run.resume();
    run.work();
    run.judge(&[("errors", Cause::Forbidden)]);
    assert_eq!(run.last().name(), "held");
    run.pass(60);
    run.judge(&FINE);
    run.work();
    assert_eq!(run.weights("a.example.com"), [50, 50]);
}

#[test]
fn a_write_in_flight_at_the_crash_is_read_before_anything_else() {
    for applied in [false, true] {
        let mut run = Run::of(plan());
        run.announce(3);
        let Some(Action::Change { batch, .. }) = run.engine.pending().into_iter().next() else {
            panic!("{:?}", run.engine.pending())
        };
        if applied {
            assert_eq!(run.swap(&batch), Ok(()));
        }
        run.resume();
        let wishes = run.engine.pending();
        assert!(matches!(wishes[..], [Action::Read { .. }, ..]), "{wishes:?}");
        let sent = run.sent.len();
        run.work();
        if !run.engine.spans.is_empty() {
            run.judge(&FINE);
            run.work();
        }
        assert_eq!(run.weights("a.example.com"), [95, 5]);
        let again = run.sent[sent..].iter().filter(|b| b.zone == batch.zone).count();
        assert_eq!(again, usize::from(!applied));
    }
}

#[test]
fn the_time_during_which_nobody_tried_does_not_count() {
    let mut run = Run::of(plan());
    run.decide();
    run.pass(5 * 3600);
    run.resume();
    run.work();
    assert!(run.names().contains(&"prepared"), "{:?}", run.names());

    let mut run = Run::of(plan());
    run.announce(3);
    run.zones = Zones::Work;
    while !matches!(run.engine.phase, Phase::Syncing { .. }) {
        let wish = run.engine.pending().into_iter().next().unwrap();
        run.perform(wish);
        run.decide();
    }
    run.pass(5 * 3600);
    run.resume();
    let wish = run.engine.pending().into_iter().next().unwrap();
    run.perform(wish);
    run.decide();
    assert!(!run.names().contains(&"rollback_started"), "{:?}", run.names());
}

#[test]
fn a_rollback_is_resumed_as_a_rollback_and_read_again_before_it_says_so() {
    let mut run = Run::holding(plan(), 0);
    run.roll_back();
    while !matches!(run.engine.phase, Phase::Returned) {
        let due = run.engine.due(run.now);
        match due {
            Some(event) => run.commit(event),
            None => {
                let wish = run.engine.pending().into_iter().next().unwrap();
                run.perform(wish);
            }
        }
    }
    // The process dies here; before the next one comes, a late change brings traffic to new again.
    run.zone.retain(|record| record.name != "a.example.com".parse().unwrap());
    run.zone.extend([weighted("a.example.com", "legacy", 95), weighted("a.example.com", "new", 5)]);
    run.resume();
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Ended(Ending::RolledBack)));
    assert_eq!(run.weights("a.example.com"), [100, 0]);
    assert_eq!(run.engine.heading(), Position::Baseline);
}

#[test]
fn a_step_does_not_pass_before_its_records_have_been_read_again() {
    let mut run = Run::holding(plan(), 0);
    run.pass(601);
    run.resume();
    run.judge(&FINE);
    assert!(!run.names().contains(&"step_passed"));
    run.work();
    assert!(run.names().contains(&"step_passed"));
}

#[test]
fn a_request_is_known_to_be_done_only_once_it_is() {
    let run = Run::holding(plan(), 0);
    assert!(!run.engine.has_done("r1"));
    assert_eq!(run.last().request(), None);
    let tuned = Event::Tuned {
        changes: Vec::new(),
        loosens: false,
        why: String::new(),
        by: String::new(),
        request: Some("r1".to_owned()),
        gates: Box::new(run.engine.plan().gates.clone()),
    };
    assert_eq!(tuned.request(), Some("r1"));
}
