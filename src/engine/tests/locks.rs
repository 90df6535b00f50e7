//! The zones' locks: taken, swapped, lost, left for others to see, and released.

use super::*;
use crate::engine::{Ending, Halt, LockChange, Position};

fn two_zones() -> Plan {
    locked(plan())
}

/// Returns the zones of the locks that were told of like this, in their order.
fn zones_told(run: &Run, name: &str) -> Vec<String> {
    let of = |event: &Event| {
        if let Event::LockTaken { zone, .. } | Event::LockReleased { zone } = event {
            return zone.0.clone();
        }
        String::new()
    };
    run.told.iter().filter(|event| event.name() == name).map(of).collect()
}

fn fence(run: &Run) -> (Option<Lock>, String) {
    let Event::Fenced { holder, why, .. } = run.last() else { panic!("{:?}", run.last()) };
    (holder.clone(), why.clone())
}

/// Lets a run that holds its first step go on to its next write.
fn go_on(run: &mut Run) {
    run.pass(601);
    run.judge(&[("errors", Cause::Proven)]);
    run.work();
}

#[test]
fn locks_are_taken_in_the_order_of_zones_and_released_in_reverse() {
    let mut run = Run::of(two_zones());
    run.reach(|event| matches!(event, Event::RunCompleted { .. }), 0);
    run.work();
    assert_eq!(zones_told(&run, "lock_taken"), ["Z1", "Z2"]);
    assert_eq!(zones_told(&run, "lock_released"), ["Z2", "Z1"]);
    assert_eq!((run.lock("Z1"), run.lock("Z2")), (None, None));
    let first_records = run.sent.iter().position(|batch| batch.changes.len() > 2).unwrap();
    assert_eq!(first_records, 2, "nothing is written before all locks are held");
    // Every batch of records swaps its zone's lock: the epoch says how many there were (law L09).
    for zone in ["Z1", "Z2"] {
        let of_zone = run.sent.iter().filter(|batch| batch.zone.0 == zone);
        let set: Vec<u64> = of_zone
            .flat_map(|batch| &batch.changes)
            .filter(|change| change.action == ChangeAction::Create)
            .filter_map(|change| Lock::read(&change.record))
            .map(|lock| lock.epoch)
            .collect();
        assert_eq!(set, [1, 2, 3, 4, 5], "{zone}");
    }
}

#[test]
fn a_lock_that_another_run_took_first_fences_before_anything_is_written() {
    let mut run = Run::of(two_zones());
    run.put_lock("Z2", Some(foreign_lock("Z2", 1)));
    run.names_offenders = true;
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Fenced)));
    let (holder, why) = fence(&run);
    assert_eq!(holder, Lock::read(&foreign_lock("Z2", 1)));
    assert!(why.contains("z2.example (Z2) is held by run other-20261123T010000Z-0002"), "{why}");
    assert!(run.sent.iter().all(|batch| batch.changes.len() == 1), "{:?}", run.sent);
    let sent = run.sent.len();
    run.pass(3600);
    run.work();
    assert_eq!(run.sent.len(), sent, "it writes nothing more");
}

#[test]
fn whoever_loses_its_lock_is_fenced_at_the_next_write_whatever_became_of_the_lock() {
    let mut junk = foreign_lock("Z1", 1);
    junk.answer = Answer::Values { ttl: Ttl(300), values: vec!["\"hello\"".to_owned()] };
    let cases = [
        (Some(foreign_lock("Z1", 9)), "is held by run other-"),
        (Some(junk), "was overwritten by something that is no lock"),
        (
            None,
            "is gone: a rollback deletes it when it is done, and so do tools that remove records",
        ),
    ];
    for (lock, told) in cases {
        let mut run = Run::holding(two_zones(), 0);
        let before = run.zone.clone();
        let position = lock_at("Z1");
        run.put_lock("Z1", lock.clone());
        go_on(&mut run);
        assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Fenced)), "{told}");
        let (holder, why) = fence(&run);
        assert!(why.contains(told), "{why}");
        assert_eq!(holder, lock.as_ref().and_then(Lock::read));
        let left = |zone: &[RecordSet]| {
            let own = |r: &&RecordSet| r.name == "a.example.com".parse().unwrap();
            zone.iter().filter(own).cloned().collect::<Vec<_>>()
        };
        assert_eq!(left(&run.zone), left(&before), "the zone whose lock is lost is as it was");
        assert!(run.zone.iter().filter(|r| r.name == position).eq(lock.iter()));
    }
}

#[test]
fn l25_a_lock_that_arrives_after_a_rollback_took_it_away_is_the_run_s_no_more() {
    let mut run = Run::holding(two_zones(), 0);
    let held = run.lock("Z1").unwrap();
    let before = run.zone.clone();
    let first = Lock { epoch: 1, ..held.clone() };
    assert!(first.epoch < held.epoch);
    run.put_lock("Z1", Some(first.record(&lock_at("Z1"))));
    go_on(&mut run);
    assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Fenced)));
    let (holder, why) = fence(&run);
    assert_eq!(holder, Some(first));
    assert!(why.contains("is an old one of this very process"), "{why}");
    let left = |zone: &[RecordSet]| {
        let own = |r: &&RecordSet| r.name == "a.example.com".parse().unwrap();
        zone.iter().filter(own).cloned().collect::<Vec<_>>()
    };
    assert_eq!(left(&run.zone), left(&before), "nobody is moved");
}

#[test]
fn a_lost_lock_is_seen_while_a_step_is_held() {
    let mut run = Run::holding(two_zones(), 0);
    assert_eq!(run.engine.inspect(&run.zone), None);
    run.put_lock("Z1", None);
    let foreign = run.engine.inspect(&run.zone);
    assert!(matches!(foreign, Some(Event::Fenced { holder: None, .. })), "{foreign:?}");
}

#[test]
fn a_run_says_that_it_is_complete_only_after_it_has_looked_once_more() {
    let last = |what: fn(&mut Run)| {
        let mut run = Run::holding(two_zones(), 2);
        what(&mut run);
        // No reading has compared the records since: they all failed.
        go_on(&mut run);
        run
    };
    assert_eq!(last(|_| {}).outcome(), Some(Outcome::Ended(Ending::Completed)));
    let fenced = last(|run| run.put_lock("Z2", Some(foreign_lock("Z2", 9))));
    assert_eq!(fenced.outcome(), Some(Outcome::Halted(Halt::Fenced)));
    let drifted = last(|run| {
        run.zone.retain(|record| record.name != "a.example.com".parse().unwrap());
        let (legacy, new) = ("legacy", "new");
        run.zone.push(weighted("a.example.com", legacy, 100));
        run.zone.push(weighted("a.example.com", new, 0));
    });
    assert_eq!(drifted.outcome(), Some(Outcome::Halted(Halt::Stopped)));
}

/// Returns a plan whose pairs stand at these weights, and go back to 100 and 0.
fn standing(legacy: u8, new: u8) -> Plan {
    let mut plan = two_zones();
    for pair in &mut plan.pairs {
        pair.found =
            vec![pair.legacy.with_weight(Weight(legacy)), pair.new.with_weight(Weight(new))];
    }
    plan
}

#[test]
fn a_rollback_takes_the_lock_with_its_first_batch_and_shows_it_for_45_seconds() {
    let mut run = Run::rollback_of(standing(50, 50), None);
    let began = run.now;
    run.work();
    assert!(run.names().contains(&"rolled_back"));
    assert_eq!(run.sent.len(), 2, "one batch for each zone does it all");
    let lock = run.lock("Z1").unwrap();
    assert_eq!((lock.epoch, lock.owner.as_str()), (8, "me"));
    let seen = began + SignedDuration::from_secs(45);
    assert_eq!(run.engine.deadline(run.now), Some(seen));
    run.now = seen - SignedDuration::from_secs(1);
    run.work();
    assert_eq!(run.sent.len(), 2);
    run.now = seen;
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Ended(Ending::RolledBack)));
    assert_eq!((run.lock("Z1"), run.lock("Z2")), (None, None));
}

#[test]
fn l25_a_rollback_that_has_nothing_to_write_fences_a_live_run_all_the_same() {
    let mut run = Run::rollback_of(standing(100, 0), None);
    run.work();
    let told: Vec<_> = run.names();
    let read = told.iter().rposition(|name| *name == "records_read").unwrap();
    let written = told.iter().rposition(|name| *name == "write_accepted").unwrap();
    assert!(written < read, "what the other run wrote before it was fenced is seen: {told:?}");
    assert_eq!(run.lock("Z1").unwrap().owner, "me");
    assert_eq!(run.lock("Z2").unwrap().owner, "me");

    // What it moved before it was fenced goes back.
    let mut run = Run::rollback_of(standing(100, 0), None);
    for weight in [("legacy", 90), ("new", 10)] {
        run.zone.retain(|record| {
            record.name != "a.example.com".parse().unwrap()
                || record.set_identifier() != Some(&format!("cutover:{}", weight.0))
        });
        run.zone.push(weighted("a.example.com", weight.0, weight.1));
    }
    run.work();
    assert_eq!(run.weights("a.example.com"), [100, 0]);
}

#[test]
fn after_three_lost_races_for_the_lock_the_way_back_goes_on_without_it() {
    for (legacy, new) in [(0, 100), (100, 0)] {
        let mut run = Run::rollback_of(standing(legacy, new), None);
        for epoch in 8..100 {
            run.decide();
            match run.wish() {
                // The other run writes to its zone each time just before this one does.
                Some(Action::Change { batch, .. }) if batch.zone.0 == "Z1" => {
                    run.put_lock("Z1", Some(foreign_lock("Z1", epoch)));
                    run.perform_next();
                }
                Some(_) => run.perform_next(),
                None => break,
            }
        }
        run.work();
        let batches: Vec<&Batch> = run.sent.iter().filter(|b| b.zone.0 == "Z1").collect();
        let with_lock = |batch: &&&Batch| {
            batch.changes.iter().any(|change| change.record.kind == RecordType::Txt)
        };
        assert_eq!(batches.iter().filter(with_lock).count(), 3, "{legacy} {new}");
        assert!(run.names().contains(&"rolled_back"), "{:?}", run.names());
        assert_eq!(run.weights("a.example.com"), [100, 0]);
        let others = run.lock("Z1").unwrap();
        assert_eq!(others.run.to_string(), "other-20261123T010000Z-0002", "it is left alone");
    }
}

#[test]
fn a_rollback_makes_no_lock_where_there_is_none() {
    let mut run = Run::rollback_of(standing(50, 50), None);
    run.put_lock("Z1", None);
    run.work();
    run.pass(60);
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Ended(Ending::RolledBack)));
    let made = |batch: &&Batch| {
        batch.zone.0 == "Z1"
            && batch.changes.iter().any(|change| {
                change.action == ChangeAction::Create && change.record.kind == RecordType::Txt
            })
    };
    // The first one tried to swap what it had been told of.
    assert_eq!(run.sent.iter().filter(made).count(), 1);
    assert_eq!(run.lock("Z1"), None);
}

#[test]
fn of_two_processes_of_one_run_the_one_that_takes_the_lock_goes_on() {
    let mut run = Run::holding(two_zones(), 0);
    run.resume();
    let mut mine = run.lock("Z1").unwrap();
    (mine.owner, mine.epoch) = ("third".to_owned(), mine.epoch + 1);
    run.put_lock("Z1", Some(mine.record(&lock_at("Z1"))));
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Fenced)));
    assert!(fence(&run).1.contains("another process of this very run"), "{}", fence(&run).1);
}

#[test]
fn l26_a_swap_whose_answer_was_lost_is_made_once_and_not_sent_again() {
    let mut run = Run::of(two_zones());
    run.reach(|event| matches!(event, Event::StepStarted { .. }), 0);
    let sent = |run: &Run| run.sent.iter().filter(|batch| batch.changes.len() > 2).count();
    let before = sent(&run);
    assert!(before >= 2);
    let mut again = Run::of(two_zones());
    again.zones = Zones::LoseAnswers;
    again.reach(|event| matches!(event, Event::Settled { .. }), 0);
    assert_eq!(sent(&again), 4, "two zones prepared, two stepped");
    assert_eq!(again.lock("Z1").unwrap().epoch, 3);
    assert_eq!(again.weights("a.example.com"), [95, 5]);
}

#[test]
fn l65_weights_are_told_of_only_after_the_zone_was_read() {
    let mut run = Run::of(two_zones());
    run.reach(|event| matches!(event, Event::Settled { .. }), 0);
    let names = run.names();
    for (at, _) in names.iter().enumerate().filter(|(_, name)| **name == "weights_written") {
        let of = |name: &str| names[..at].iter().rposition(|told| *told == name).unwrap();
        assert!(of("write_accepted") < of("records_read"), "{names:?}");
    }
    // What Route 53 took and did not do is never told of (law L17).
    let mut run = Run::holding(two_zones(), 0);
    run.zones = Zones::Ignore;
    go_on(&mut run);
    let second = |event: &&Event| {
        matches!(event, Event::WeightsWritten { position: Position::Shift(1), .. })
    };
    assert_eq!(run.told.iter().filter(second).count(), 0, "{:?}", run.names());
}

#[test]
fn the_lock_says_until_when_nothing_may_be_written() {
    let run = Run::holding(two_zones(), 0);
    let set = |event: &&Event| {
        matches!(
            event,
            Event::WriteStarted { lock: LockChange::Set(_), to: Position::Shift(0), .. }
        )
    };
    let Some(Event::WriteStarted { lock: LockChange::Set(lock), .. }) =
        run.told.iter().rev().find(set)
    else {
        panic!("{:?}", run.names())
    };
    let plan = run.engine.plan();
    let silence = plan.usual_settle() + plan.shifts[0].hold + plan.policy.hold_limit;
    assert!(lock.until >= run.now + plan.shifts[0].hold && lock.until <= run.now + silence);
}

/// Announces the next write of records and lets it be given up: the batch that was sent may still arrive.
fn give_up_next_write(run: &mut Run) -> Batch {
    let is_write = |event: &Event| matches!(event, Event::WriteStarted { pairs, to: Position::Shift(_), .. } if !pairs.is_empty());
    run.step_until(is_write);
    let Some(Action::Change { write, batch, .. }) = run.wish() else { panic!("{:?}", run.wish()) };
    run.commit(Event::WriteFailed {
        write,
        failure: WriteFailure::Unclear,
        message: "timed out".to_owned(),
        problems: Vec::new(),
        retry_at: run.now,
    });
    batch
}

#[test]
fn l25_a_write_that_was_given_up_cannot_land_on_a_rollback_that_had_nothing_to_write() {
    let mut run =
        Run::of(locked(plan_of(vec![simple_pair("Z1", "a.example.com", 60)], &["50%", "100%"])));
    let late = give_up_next_write(&mut run);
    run.roll_back();
    run.step_until(|event| matches!(event, Event::RolledBack { .. }));
    assert!(run.swap(&late).is_err(), "it moves traffic after the rollback was told");
}

#[test]
fn a_run_whose_lock_was_deleted_by_a_process_that_died_ends_when_it_is_resumed() {
    let mut run = Run::of(locked(plan_of(vec![simple_pair("Z1", "a.example.com", 60)], &["100%"])));
    run.reach(|event| matches!(event, Event::Settled { .. }), 0);
    run.pass(601);
    run.judge(&[("errors", Cause::Proven)]);
    run.step_until(|event| matches!(event, Event::RunCompleted { .. }));
    run.put_lock("Z1", None);
    run.resume();
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Ended(Ending::Completed)));
}
