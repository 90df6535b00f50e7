//! The way back, from wherever the records are.

use super::*;
use crate::engine::{Ending, Halt, Position};

/// Returns a plan of so many pairs, spread over three zones.
fn large(count: usize) -> Plan {
    let pair = |at: usize| simple_pair(&format!("Z{}", at % 3), &format!("s{at}.example.com"), 60);
    plan_of((0..count).map(pair).collect(), &["5%", "50%", "100%"])
}

#[test]
fn a_mixture_of_written_and_unwritten_batches_goes_back_to_the_baseline() {
    // A thousand pairs are a mixture of three zones, of which each takes two batches.
    for stop_after in 0..6_u32 {
        let mut run = Run::of(large(1000));
        while !run.names().contains(&"prepared") {
            run.decide();
            run.perform_next();
        }
        let before = run.sent.len();
        for _ in 0..1000 {
            if run.sent.len() - before >= stop_after as usize {
                break;
            }
            run.decide();
            run.perform_next();
        }
        run.decide();
        run.zones = Zones::LoseAnswers;
        let lost = run.engine.pending().into_iter().next();
        if let Some(wish @ Action::Change { .. }) = lost {
            run.perform(wish);
        }
        run.zones = Zones::Work;
        run.roll_back();
        run.work();
        assert_eq!(run.outcome(), Some(Outcome::Ended(Ending::RolledBack)), "{stop_after}");
        let baseline: Vec<_> =
            run.engine.plan().pairs.iter().flat_map(|pair| pair.baseline.clone()).collect();
        assert_eq!(run.zone.len(), baseline.len());
        assert!(baseline.iter().all(|record| run.zone.contains(record)), "{stop_after}");
    }
}

#[test]
fn a_preparation_that_was_cut_short_leaves_simple_records_simple() {
    let mut run = Run::of(plan());
    run.announce(2);
    run.perform_next();
    run.resume();
    run.roll_back();
    run.work();
    assert_eq!(run.last().name(), "rolled_back");
    assert_eq!(
        run.weights("a.example.com"),
        [100, 0],
        "was a pair already, which answers the same"
    );
    let b: Vec<_> = run.zone.iter().filter(|r| r.name.as_str().starts_with("b.")).collect();
    assert!(matches!(b[..], [only] if only.routing == Routing::Simple));
}

#[test]
fn a_completed_run_can_be_rolled_back() {
    let mut run = Run::of(plan());
    run.reach(|event| matches!(event, Event::RunCompleted { .. }), 0);
    run.pass(24 * 3600);
    run.roll_back();
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Ended(Ending::RolledBack)));
    assert_eq!(run.weights("a.example.com"), [100, 0]);
    assert_eq!(run.weights("b.example.org"), [100, 0]);
}

#[test]
fn what_is_back_as_far_as_the_run_knows_is_read_before_it_says_so() {
    let mut run = Run::holding(plan(), 0);
    run.roll_back();
    run.work();
    // A day later somebody has moved traffic to new again, and asks for this run's baseline once more.
    run.zone.retain(|record| record.name != "a.example.com".parse().unwrap());
    run.zone.extend([weighted("a.example.com", "legacy", 0), weighted("a.example.com", "new", 9)]);
    run.pass(24 * 3600);
    run.roll_back();
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Ended(Ending::RolledBack)));
    assert_eq!(run.weights("a.example.com"), [100, 0]);
}

#[test]
fn what_has_to_be_written_is_written_before_anything_is_read() {
    let mut run = Run::holding(plan(), 0);
    let known = run.told.len();
    run.roll_back();
    run.work();
    assert_eq!(
        run.names_after(known)[..6],
        [
            "rollback_started",
            "write_started",
            "write_started",
            "write_accepted",
            "write_accepted",
            "records_read"
        ]
    );
}

#[test]
fn the_time_to_safety_is_counted_from_the_breach() {
    let mut run = Run::holding(plan(), 0);
    run.judge(&[("errors", Cause::OverCritical)]);
    run.pass(42);
    run.work();
    let Event::RolledBack { seconds_from_breach, clients_back_by } = run.last() else {
        panic!("{:?}", run.last())
    };
    assert_eq!(*seconds_from_breach, 42.0);
    assert_eq!(*clients_back_by, run.now + SignedDuration::from_secs(120));
    assert!(matches!(
        run.told[run.told.len() - 2],
        Event::WeightsWritten { position: Position::Baseline, .. }
    ));
}

#[test]
fn l16_a_name_that_nobody_may_change_keeps_no_other_from_going_back() {
    for protected in
        [&["s7.example.com"][..], &["s0.example.com", "s33.example.com", "s298.example.com"]]
    {
        let mut run = Run::of(large(300));
        while !matches!(run.engine.phase, Phase::Settling { .. }) {
            run.decide();
            run.perform_next();
        }
        run.pass(60);
        run.protected = protected.iter().map(|name| name.parse().unwrap()).collect();
        let sent = run.sent.len();
        run.roll_back();
        run.work();
        assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Stuck)));
        for pair in &run.engine.plan().pairs {
            let weights = run.weights(pair.name.as_str());
            let expected = if run.protected.contains(&pair.name) { [95, 5] } else { [100, 0] };
            assert_eq!(weights, expected, "{}", pair.name);
        }
        let calls = run.sent.len() - sent;
        assert!(calls <= 60, "{calls} calls");
        // Once the protection is lifted, the rest follows.
        run.protected.clear();
        run.resume();
        run.work();
        assert_eq!(run.outcome(), Some(Outcome::Ended(Ending::RolledBack)));
    }
}

#[test]
fn a_rollback_that_is_refused_once_because_somebody_was_faster_is_not_split() {
    let mut run = Run::holding(large(300), 0);
    let name: RecordName = "s3.example.com".parse().unwrap();
    run.zone.retain(|record| record.name != name);
    run.zone
        .extend([weighted("s3.example.com", "legacy", 9), weighted("s3.example.com", "new", 9)]);
    let sent = run.sent.len();
    run.roll_back();
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Ended(Ending::RolledBack)));
    assert_eq!(run.sent.len() - sent, 4, "three zones, and one of them twice");
}

#[test]
fn a_member_of_neither_side_that_keeps_traffic_is_told_of_and_left_to_a_person() {
    for weight in [0, 5] {
        let mut run = Run::holding(plan(), 0);
        run.zone.push(weighted("a.example.com", "mystery", weight));
        run.roll_back();
        run.work();
        match weight {
            0 => assert_eq!(run.last().name(), "rolled_back"),
            _ => {
                let Event::Stuck { why } = run.last() else { panic!("{:?}", run.last()) };
                assert!(why.contains("cutover:mystery"), "{why}");
                run.zone.retain(|record| record.set_identifier() != Some("cutover:mystery"));
                run.roll_back();
                run.work();
                assert_eq!(run.last().name(), "rolled_back");
            }
        }
        assert_eq!(run.weights("b.example.org"), [100, 0]);
    }
}

#[test]
fn whoever_asks_for_simple_records_gets_those_back_that_were_simple() {
    for to_simple in [false, true] {
        let mut run = Run::holding(plan(), 0);
        let asked = Some(Asked { owner: "me".to_owned(), to_simple, deadline: None });
        let reason = "asked for".to_owned();
        run.commit(Event::RollbackStarted { reason, breached_at: None, asked });
        run.work();
        assert_eq!(run.last().name(), "rolled_back");
        let simple = |record: &&RecordSet| record.routing == Routing::Simple;
        let expected = if to_simple { 2 } else { 0 };
        assert_eq!(run.zone.iter().filter(simple).count(), expected);
    }
}
