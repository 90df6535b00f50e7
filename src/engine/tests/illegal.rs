//! Events that cannot happen.

use super::*;
use crate::engine::{IllegalEvent, LockChange, Position};

/// One event of every kind.
fn one_of_each(plan: &Plan) -> Vec<Event> {
    let change = ChangeId("C1".to_owned());
    let zone = ZoneId("Z1".to_owned());
    let weights = Weights::nearest("5%".parse().unwrap());
    let (share, hold) = ("5%".parse().unwrap(), SignedDuration::from_mins(10));
    let at = "2026-11-23T03:00:00Z".parse().unwrap();
    let text = || "x".to_owned();
    let [started, passed] = beginning(plan, "me", &[]);
    vec![
        started,
        passed,
        Event::PreflightFailed { problems: Vec::new() },
        Event::Prepared { changed: 0 },
        Event::StepStarted { shift: 2, step: 3, wave: None, share, weights, hold },
        Event::WriteStarted {
            write: 1,
            to: Position::Shift(9),
            zone: zone.clone(),
            pairs: vec![0],
            lock: LockChange::Untouched,
            overwrite: false,
        },
        Event::WriteAccepted { write: 99, change: change.clone() },
        Event::WriteFailed {
            write: 99,
            failure: WriteFailure::Later,
            message: text(),
            problems: Vec::new(),
            retry_at: at,
        },
        Event::RecordsRead { zone: zone.clone(), records: Vec::new() },
        Event::LockReleased { zone: zone.clone() },
        Event::LockLeft { zone: zone.clone(), why: text() },
        Event::Fenced { zone: zone.clone(), holder: None, why: text() },
        Event::ProtectionsRemoved { zone, records: Vec::new(), failure: None },
        Event::WeightsWritten { position: Position::Shift(9), share, records: Vec::new() },
        Event::InSync { changes: vec![change.clone()] },
        Event::ChangeLost { change },
        Event::Settled { hold_until: at },
        Event::MetricsRead {
            rows: Vec::new(),
            targets: None,
            alarms: BTreeMap::new(),
            services: BTreeMap::new(),
            datadog: BTreeMap::new(),
            faults: Vec::new(),
        },
        Event::MinuteJudged { minute: Minute(1), findings: Vec::new() },
        Event::Warned { finding: finding("errors", Cause::OverWarning), next: text() },
        Event::Breached { finding: finding("errors", Cause::OverCritical), next: text() },
        Event::Tuned {
            changes: Vec::new(),
            loosens: false,
            why: text(),
            by: text(),
            request: None,
            gates: Box::new(plan.gates.clone()),
        },
        Event::Held { why: text(), until: at, next: text() },
        Event::StepPassed { shift: 2, step: 3, share, proven: true, why: text(), next: text() },
        Event::RollbackStarted { reason: text(), breached_at: None, asked: None },
        Event::RolledBack { seconds_from_breach: 1.0, clients_back_by: at },
        Event::Drifted { differences: Vec::new() },
        Event::Stopped { reason: text() },
        Event::Resumed { version: text(), owner: text(), take_over: false },
        Event::Stuck { why: text() },
        Event::RunCompleted { share },
    ]
}

/// Returns what this run refuses, having made sure that a refusal changes nothing.
fn refused(make: impl Fn() -> Run) -> Vec<&'static str> {
    let mut names = Vec::new();
    for event in one_of_each(make().engine.plan()) {
        let mut run = make();
        let before = format!("{:?}", run.engine);
        if let Err(illegal) = run.engine.apply(run.now, &event) {
            assert_eq!(illegal.event, event.name());
            assert_eq!(format!("{:?}", run.engine), before, "{}", event.name());
            names.push(event.name());
        }
    }
    names
}

#[test]
fn nothing_happens_before_a_run_has_started() {
    let refused = refused(|| Run::blank(plan()));
    assert_eq!(refused.len(), 30, "all but run_started: {refused:?}");
    assert!(!refused.contains(&"run_started"));
}

#[test]
fn a_run_that_died_before_its_preflight_passed_cannot_be_resumed() {
    let started = || {
        let mut run = Run::blank(plan());
        let [started, _] = beginning(run.engine.plan(), "me", &[]);
        run.commit(started);
        run
    };
    assert!(!started().engine.has_begun());
    assert!(refused(started).contains(&"resumed"));
    assert!(Run::of(plan()).engine.has_begun());
}

#[test]
fn a_stopped_run_only_goes_on_or_back_or_is_tuned() {
    let stopped = || {
        let mut run = Run::holding(plan(), 0);
        run.commit(Event::Stopped { reason: "Ctrl-C".to_owned() });
        run
    };
    let refused = refused(stopped);
    assert_eq!(refused.len(), 28);
    let possible = ["resumed", "rollback_started", "tuned"];
    assert!(possible.iter().all(|event| !refused.contains(event)), "{refused:?}");
}

#[test]
fn a_run_that_is_over_only_goes_back() {
    let completed = || {
        let mut run = Run::of(plan());
        run.reach(|event| matches!(event, Event::RunCompleted { .. }), 0);
        run
    };
    let refused = refused(completed);
    assert_eq!(refused.len(), 30);
    assert!(!refused.contains(&"rollback_started"));
}

#[test]
fn a_hold_passes_its_own_step_only() {
    let refused = refused(|| Run::holding(plan(), 0));
    for name in [
        "run_started",
        "preflight_passed",
        "preflight_failed",
        "prepared",
        "step_started",
        "write_started",
        "write_accepted",
        "write_failed",
        "weights_written",
        "in_sync",
        "change_lost",
        "settled",
        "step_passed",
        "rolled_back",
        "run_completed",
        "lock_released",
        "lock_left",
        "fenced",
    ] {
        assert!(refused.contains(&name), "{name}");
    }
    assert_eq!(refused.len(), 18, "{refused:?}");
}

#[test]
fn a_write_is_announced_in_order_to_where_the_records_go_and_of_pairs_that_exist() {
    let announced = |write, to, pairs: &[usize]| {
        let mut run = Run::of(plan());
        let zone = ZoneId("Z1".to_owned());
        let pairs = pairs.to_vec();
        let lock = LockChange::Untouched;
        let event = Event::WriteStarted { write, to, zone, pairs, lock, overwrite: false };
        run.engine.apply(run.now, &event)
    };
    assert_eq!(announced(1, Position::Prepared, &[0]), Ok(()));
    assert!(announced(2, Position::Prepared, &[0]).is_err());
    assert!(announced(1, Position::Shift(0), &[0]).is_err());
    assert!(announced(1, Position::Prepared, &[2]).is_err());
}

#[test]
fn a_refusal_says_what_and_when() {
    let mut run = Run::holding(plan(), 0);
    let event = Event::Settled { hold_until: run.now };
    let illegal = run.engine.apply(run.now, &event).unwrap_err();
    let (event, state) = ("settled".to_owned(), "while a step is held".to_owned());
    assert_eq!(illegal, IllegalEvent { event, state });
    assert_eq!(illegal.to_string(), "the event `settled` cannot happen while a step is held");
}

#[test]
fn elsewhere_than_where_the_records_go_only_a_lock_is_written() {
    let announced = |pairs: &[usize], lock| {
        let mut run = Run::of(locked(plan()));
        let (zone, to) = (ZoneId("Z1".to_owned()), Position::Shift(0));
        let pairs = pairs.to_vec();
        let event = Event::WriteStarted { write: 1, to, zone, pairs, lock, overwrite: false };
        run.engine.apply(run.now, &event)
    };
    assert_eq!(announced(&[], LockChange::Removed), Ok(()));
    assert!(announced(&[], LockChange::Untouched).is_err());
    assert!(announced(&[0], LockChange::Removed).is_err());
}
