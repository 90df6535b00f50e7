//! Writes that are refused, ignored, lost, or not needed at all.

use super::*;
use crate::{
    engine::{Halt, Position},
    plan::USUAL_SYNC,
};

#[test]
fn a_write_says_what_it_is_for() {
    let engine = Engine::new(plan(), "test-20261123T021400Z-0001".parse().unwrap());
    let of = |position| engine.purpose(position);
    assert_eq!(of(Position::Prepared), "prepare");
    assert_eq!(of(Position::Baseline), "rollback");
    let first = &engine.plan().shifts[0];
    let steps = engine.plan().steps;
    let said = format!("step {} of {steps}: {}", first.step, first.share);
    assert_eq!(of(Position::Shift(0)), said);
    let run: crate::unit::RunId = "api-20261123T021400Z-9f3a".parse().unwrap();
    let comment = crate::plan::comment(&run, &said);
    assert!(comment.starts_with("cutover api-20261123T021400Z-9f3a step 1 of"), "{comment}");
}

#[test]
fn a_batch_that_is_refused_three_times_stops_the_way_forward() {
    for zones in [Zones::Refuse, Zones::Deny] {
        let mut run = Run::of(plan());
        run.zones = zones;
        run.work();
        let Event::Stopped { reason } = run.last() else { panic!("{:?}", run.last()) };
        assert_eq!(reason, "the change was refused 3 times in a row: no");
        assert_eq!(run.sent.iter().filter(|batch| batch.zone.0 == "Z1").count(), 3);
    }
}

#[test]
fn a_batch_that_is_refused_ten_times_makes_the_way_back_stuck() {
    for zones in [Zones::Refuse, Zones::Deny] {
        let mut run = Run::holding(plan(), 0);
        let sent = run.sent.len();
        run.roll_back();
        run.zones = zones;
        run.work();
        assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Stuck)));
        let of = |zone| run.sent[sent..].iter().filter(|batch| batch.zone.0 == zone).count();
        assert_eq!((of("Z1"), of("Z2")), (10, 10));
        let Event::Stuck { why } = run.last() else { panic!("{:?}", run.last()) };
        assert!(why.contains("run `cutover rollback` again"), "{why}");
        // Once what kept it has been mended, it goes back.
        run.zones = Zones::Work;
        run.roll_back();
        run.work();
        assert_eq!(run.weights("b.example.org"), [100, 0]);
    }
}

#[test]
fn a_zone_that_refuses_does_not_keep_another_from_going_back() {
    let mut run = Run::holding(plan(), 0);
    run.roll_back();
    run.decide();
    let (failure, message) = (WriteFailure::Denied, "no".to_owned());
    let retry_at = run.now + SignedDuration::from_secs(15);
    run.commit(Event::WriteFailed { write: 5, failure, message, problems: Vec::new(), retry_at });
    run.decide();
    let next = run.engine.pending().into_iter().next();
    assert!(
        matches!(&next, Some(Action::Change { batch, .. }) if batch.zone.0 == "Z2"),
        "{next:?}"
    );
    run.perform(next.unwrap());
    let sent = run.sent.len();
    while run.sent.len() == sent {
        run.decide();
        match run.engine.pending().into_iter().next() {
            Some(wish) => run.perform(wish),
            None => run.pass(1),
        }
    }
    assert_eq!(run.now, retry_at, "the zone that refused is left alone until then");
}

#[test]
fn refusals_count_only_in_a_row() {
    let pairs = vec![simple_pair("Z1", "a.example.com", 60)];
    let mut run = Run::of(plan_of(pairs, &["5%"]));
    use Zones::{Deny, Refuse, Work};
    for zones in [Refuse, Deny, Work, Deny, Refuse] {
        run.zones = zones;
        let sent = run.sent.len();
        while run.sent.len() == sent {
            run.decide();
            run.perform_next();
        }
    }
    run.zones = Work;
    run.work();
    assert!(run.names().contains(&"step_started"));
    assert!(!run.names().contains(&"stopped"));
}

#[test]
fn l17_a_change_that_is_accepted_and_ignored_does_not_go_round_for_ever() {
    let mut run = Run::of(plan());
    run.zones = Zones::Ignore;
    run.work();
    let Event::Stopped { reason } = run.last() else { panic!("{:?}", run.last()) };
    assert!(reason.contains("accepted the change, but"), "{reason}");

    let mut run = Run::holding(plan(), 0);
    run.roll_back();
    run.zones = Zones::Ignore;
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Stuck)));
}

#[test]
fn l12_a_long_ttl_is_waited_out_before_the_first_step() {
    for zones in [Zones::Work, Zones::LoseAnswers] {
        let pairs = vec![simple_pair("Z1", "a.example.com", 3600)];
        let mut run = Run::of(plan_of(pairs, &["5%"]));
        run.zones = zones;
        let began = run.now;
        run.work();
        assert_eq!(run.last().name(), "in_sync", "{zones:?}");
        let known = if zones == Zones::Work { SignedDuration::ZERO } else { USUAL_SYNC };
        let from = began + SignedDuration::from_secs(3630) + known;
        assert_eq!(run.engine.deadline(run.now), Some(from), "{zones:?}");
        run.now = from - SignedDuration::from_secs(1);
        run.decide();
        assert_eq!(run.last().name(), "in_sync");
        run.pass(1);
        run.decide();
        assert!(run.names().contains(&"step_started"));
    }
}

#[test]
fn records_that_are_pairs_already_need_no_preparation() {
    let mut pair = simple_pair("Z1", "a.example.com", 60);
    pair.found = pair.prepared();
    let mut run = Run::of(plan_of(vec![pair], &["5%"]));
    run.decide();
    let names = run.names_after(2);
    assert_eq!(names, ["prepared", "step_started", "write_started"]);
    assert!(matches!(run.told[2], Event::Prepared { changed: 0 }));
}

#[test]
fn a_change_whose_answer_was_lost_is_given_the_time_that_changes_usually_take() {
    let settles = |zones| {
        let mut run = Run::of(plan());
        run.announce(3);
        run.zones = zones;
        run.work();
        let Phase::Settling { until, .. } = run.engine.phase else { panic!("{:?}", run.names()) };
        until.duration_since(run.now)
    };
    assert_eq!(settles(Zones::LoseAnswers), settles(Zones::Work) + USUAL_SYNC);
}

/// Returns a run whose second step is becoming INSYNC.
fn syncing() -> Run {
    let mut run = Run::holding(plan(), 0);
    run.pass(600);
    run.judge(&[("errors", Cause::Proven)]);
    while !matches!(run.engine.phase, Phase::Syncing { .. }) {
        let wish = run.engine.pending().into_iter().next().unwrap();
        run.perform(wish);
        run.decide();
    }
    run
}

#[test]
fn a_lost_change_is_read_again_and_sent_again() {
    let mut run = syncing();
    assert_eq!(run.weights("a.example.com"), [50, 50]);
    // Route 53 forgets the first zone's change, and what it did.
    let change = run.engine.changes[0].clone();
    run.zone.retain(|record| record.name != "a.example.com".parse().unwrap());
    run.zone.extend([weighted("a.example.com", "legacy", 95), weighted("a.example.com", "new", 5)]);
    let (known, sent) = (run.told.len(), run.sent.len());
    run.commit(Event::ChangeLost { change });
    run.work();
    assert_eq!(
        run.names_after(known)[..5],
        ["change_lost", "records_read", "write_started", "write_accepted", "records_read"]
    );
    assert_eq!((run.sent.len() - sent, run.sent[sent].zone.0.as_str()), (1, "Z1"));
    assert_eq!(run.weights("a.example.com"), [50, 50]);
    assert!(matches!(run.engine.phase, Phase::Settling { shift: 1, .. }));
}

#[test]
fn a_lost_change_that_is_in_the_zone_all_the_same_is_waited_for() {
    let mut run = syncing();
    let (sent, change) = (run.sent.len(), run.engine.changes[0].clone());
    run.commit(Event::ChangeLost { change });
    run.work();
    assert_eq!(run.sent.len(), sent);
    let Phase::Settling { until, .. } = run.engine.phase else { panic!("{:?}", run.names()) };
    let settle = run.engine.plan().settle_after_sync();
    assert_eq!(until, run.now + USUAL_SYNC + settle);
}

#[test]
fn after_a_lost_change_anything_else_is_still_drift() {
    let mut run = syncing();
    let change = run.engine.changes[0].clone();
    run.zone.retain(|record| record.name != "a.example.com".parse().unwrap());
    run.zone.push(weighted("a.example.com", "legacy", 77));
    run.commit(Event::ChangeLost { change });
    run.work();
    assert_eq!(run.last().name(), "drifted");
}

#[test]
fn steps_whose_weights_are_the_same_are_each_watched_in_full() {
    let pairs = vec![simple_pair("Z1", "a.example.com", 60)];
    let mut run = Run::of(plan_of(pairs, &["0.1%", "0.2%", "50%"]));
    run.reach(|event| matches!(event, Event::Settled { .. }), 2);
    assert_eq!(run.engine.spans.len(), 3);
    assert!(run.engine.spans.iter().all(|span| span.settled.is_some()));
}

#[test]
fn what_arrives_is_compared_with_what_the_weights_ask_for() {
    let mut run = Run::of(plan_of(vec![simple_pair("Z1", "a.example.com", 60)], &["0.1%", "50%"]));
    run.reach(|event| matches!(event, Event::Settled { .. }), 1);
    let shares: Vec<_> = run.engine.spans.iter().map(|span| span.share.to_string()).collect();
    // 255/1 and 50/50.
    assert_eq!(shares, ["0.3906%", "50%"]);
}

#[test]
fn a_first_step_that_new_has_already_is_watched_like_any_other() {
    let mut pair = simple_pair("Z1", "a.example.com", 60);
    pair.legacy = pair.legacy.with_weight(Weight(95));
    pair.new = pair.new.with_weight(Weight(5));
    pair.found = pair.prepared();
    pair.baseline = pair.prepared();
    let mut run = Run::of(plan_of(vec![pair], &["5%", "50%"]));
    run.work();
    assert!(run.sent.is_empty());
    assert!(run.engine.pending().iter().any(|wish| matches!(wish, Action::Watch { .. })));
    run.reach(|event| matches!(event, Event::RunCompleted { .. }), 0);
}

#[test]
fn a_write_that_takes_too_long_ends_like_a_hold() {
    let mut run = Run::of(plan());
    run.decide();
    let retry_at = run.now + SignedDuration::from_hours(3);
    let (failure, message) = (WriteFailure::Later, "throttled".to_owned());
    run.commit(Event::WriteFailed { write: 1, failure, message, problems: Vec::new(), retry_at });
    let (failure, message) = (WriteFailure::Later, "throttled".to_owned());
    run.commit(Event::WriteFailed { write: 2, failure, message, problems: Vec::new(), retry_at });
    let limit = run.now + SignedDuration::from_hours(2);
    run.pass(60);
    run.decide();
    assert_eq!(run.engine.deadline(run.now), Some(limit));
    run.now = limit;
    run.decide();
    assert!(run.names().contains(&"rollback_started"));
    run.work();
    assert_eq!(run.last().name(), "rolled_back");
    assert!(run.sent.is_empty(), "nothing was written, so all is as it was found");
}

#[test]
fn what_became_of_a_lost_change_is_asked_no_more() {
    let mut run = syncing();
    let [lost, other] = &run.engine.changes.clone()[..] else { panic!("one of each zone") };
    run.commit(Event::ChangeLost { change: lost.clone() });
    run.step_until(|event| matches!(event, Event::WeightsWritten { .. }));
    assert!(!run.engine.changes.contains(lost) && run.engine.changes.contains(other));
}

#[test]
fn a_change_that_does_not_become_insync_ends_like_a_hold() {
    let mut run = syncing();
    run.pass(2 * 3600 - 1);
    run.decide();
    let known = run.told.len();
    assert!(!run.names().contains(&"rollback_started"));
    run.pass(1);
    run.decide();
    let Event::RollbackStarted { reason, .. } = &run.told[known] else {
        panic!("{:?}", run.names())
    };
    assert_eq!(reason, "held for 2h: Route 53 has not become INSYNC");
}

/// Returns a run whose second step has one batch in flight, and the other not announced yet.
fn half_announced(plan: Plan) -> Run {
    let mut run = Run::holding(plan, 0);
    run.pass(600);
    let findings = vec![finding("errors", Cause::Proven)];
    run.commit(Event::MinuteJudged { minute: Minute::containing(run.now), findings });
    run.step_until(|event| {
        matches!(event, Event::WriteStarted { to: Position::Shift(1), pairs, .. } if !pairs.is_empty())
    });
    run
}

#[test]
fn what_was_read_is_judged_before_another_batch_is_announced() {
    let mut run = half_announced(plan());
    let mut undisturbed = run.engine.clone();
    assert!(matches!(undisturbed.due(run.now), Some(Event::WriteStarted { .. })));
    run.pass(1);
    let (rows, targets, alarms, faults) = (Vec::new(), None, BTreeMap::new(), Vec::new());
    run.commit(Event::MetricsRead {
        rows,
        targets,
        alarms,
        services: BTreeMap::new(),
        datadog: BTreeMap::new(),
        faults,
    });
    assert_eq!(run.engine.due(run.now), None);
}

#[test]
fn a_lock_that_was_lost_in_one_zone_keeps_another_from_being_written() {
    let mut run = half_announced(locked(plan()));
    let mut undisturbed = run.engine.clone();
    assert!(matches!(undisturbed.due(run.now), Some(Event::WriteStarted { .. })));
    let (zone, records) = (ZoneId("Z2".to_owned()), vec![foreign_lock("Z2", 9)]);
    run.commit(Event::RecordsRead { zone, records });
    assert_eq!(run.engine.due(run.now), None);
}

#[test]
fn a_zone_is_left_alone_for_a_millisecond_for_each_change_of_a_large_batch() {
    for (pairs, quota, busy) in
        [(24, Quota::Default, None), (25, Quota::Default, Some(100)), (25, Quota::GovCloud, None)]
    {
        let pair = |at: usize| {
            let mut pair = simple_pair("Z1", &format!("s{at}.example.com"), 60);
            pair.found = pair.prepared();
            pair
        };
        let plan = Plan { quota, ..plan_of((0..pairs).map(pair).collect(), &["5%"]) };
        let mut run = Run::of(plan);
        run.step_until(|event| matches!(event, Event::WriteAccepted { .. }));
        let free = busy.map(|millis| run.now + SignedDuration::from_millis(millis));
        let limit = run.now + SignedDuration::from_hours(2);
        assert_eq!(run.engine.deadline(run.now), free.or(Some(limit)), "{pairs} {quota:?}");
    }
}

#[test]
fn to_be_throttled_or_not_answered_is_no_refusal_however_often() {
    for failure in [WriteFailure::Later, WriteFailure::Unclear] {
        let mut run = Run::of(plan_of(vec![simple_pair("Z1", "a.example.com", 60)], &["5%"]));
        for _ in 0..5 {
            run.step_until(|event| matches!(event, Event::WriteStarted { .. }));
            let Some(Action::Change { write, .. }) = run.wish() else {
                panic!("{:?}", run.names())
            };
            let (message, problems) = ("not made".to_owned(), Vec::new());
            let retry_at = run.now;
            run.commit(Event::WriteFailed { write, failure, message, problems, retry_at });
            run.pass(60);
        }
        run.work();
        assert!(run.names().contains(&"step_started"), "{failure:?}: {:?}", run.names());
    }
}

#[test]
fn several_changes_that_are_lost_are_all_made_again_and_only_theirs_is_forgiven() {
    let mut run = syncing();
    let back = |run: &mut Run, name: &str| {
        run.zone.retain(|record| record.name != name.parse().unwrap());
        run.zone.extend([weighted(name, "legacy", 95), weighted(name, "new", 5)]);
    };
    back(&mut run, "a.example.com");
    back(&mut run, "b.example.org");
    for change in run.engine.changes.clone() {
        if matches!(run.engine.phase, Phase::Syncing { .. }) {
            run.commit(Event::ChangeLost { change });
        }
    }
    run.step_until(|event| matches!(event, Event::WeightsWritten { .. }));
    let weights = |run: &Run| [run.weights("a.example.com"), run.weights("b.example.org")];
    assert_eq!(weights(&run), [[50, 50], [50, 50]]);
    // Whoever brings them back after that is somebody else.
    back(&mut run, "a.example.com");
    run.resume();
    run.work();
    assert_eq!(run.last().name(), "drifted");
}
