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
    let at = run.told.iter().position(|event| set(&event)).unwrap();
    let Event::WriteStarted { lock: LockChange::Set(lock), .. } = &run.told[at] else {
        panic!("{:?}", run.names())
    };
    let plan = run.engine.plan();
    let silence = plan.usual_settle() + plan.shifts[0].hold + plan.policy.hold_limit;
    assert_eq!(lock.until, run.told_at[at] + silence);
}

/// Announces the next write of records and lets it be given up: the batch that was sent may still arrive.
fn give_up_next_write(run: &mut Run) -> Batch {
    let is_write = |event: &Event| matches!(event, Event::WriteStarted { pairs, to: Position::Shift(_), .. } if !pairs.is_empty());
    run.step_until(is_write);
    give_up(run)
}

/// Lets the write that is announced be given up.
fn give_up(run: &mut Run) -> Batch {
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
fn l25_a_write_that_was_given_up_cannot_land_on_a_rollback_after_the_change_that_kept_it_out_was_lost()
 {
    let mut run =
        Run::of(locked(plan_of(vec![simple_pair("Z1", "a.example.com", 60)], &["50%", "100%"])));
    let late = give_up_next_write(&mut run);
    let before = run.zone.clone();
    run.step_until(|event| matches!(event, Event::WeightsWritten { .. }));
    assert!(run.swap(&late).is_err());
    // Route 53 forgets it, and the lock is again as that write expects it.
    run.zone = before;
    let change = run.engine.changes[0].clone();
    run.commit(Event::ChangeLost { change });
    run.roll_back();
    run.step_until(|event| matches!(event, Event::RolledBack { .. }));
    assert!(run.swap(&late).is_err(), "it moves traffic after the rollback was told");
}

#[test]
fn what_needs_no_change_is_read_again_once_the_lock_is_taken() {
    let mut run = Run::holding(two_zones(), 0);
    run.resume();
    run.step_until(|event| matches!(event, Event::WriteStarted { .. }));
    // A rollback that could not take the lock goes on without it, after this run has looked.
    run.zone.retain(|record| record.name != "a.example.com".parse().unwrap());
    run.zone
        .extend([weighted("a.example.com", "legacy", 100), weighted("a.example.com", "new", 0)]);
    run.work();
    assert_eq!(run.last().name(), "drifted");
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

fn resumed_by(run: &mut Run, owner: &str, take_over: bool) {
    let (version, owner) = (VERSION.to_owned(), owner.to_owned());
    run.commit(Event::Resumed { version, owner, take_over });
}

/// Returns the lock of a zone with another process of the same run as its owner.
fn of_another_process(run: &Run, zone: &str) -> RecordSet {
    let mut lock = run.lock(zone).unwrap();
    (lock.owner, lock.epoch) = ("elsewhere".to_owned(), lock.epoch + 1);
    lock.record(&lock_at(zone))
}

#[test]
fn a_lock_that_was_made_and_is_gone_was_deleted_by_somebody_and_is_not_made_again() {
    let mut run = Run::of(two_zones());
    run.step_until(|event| matches!(event, Event::WriteAccepted { .. }));
    // A rollback from elsewhere has seen it, and was done before this run looked again.
    run.put_lock("Z1", None);
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Fenced)));
    assert_eq!((fence(&run).0, run.sent.len()), (None, 1));
}

#[test]
fn l17_a_lock_whose_swap_is_accepted_and_ignored_does_not_go_round_for_ever() {
    let mut run = Run::holding(two_zones(), 0);
    run.resume();
    run.zones = Zones::Ignore;
    run.work();
    let Event::Stopped { reason } = run.last() else { panic!("{:?}", run.last()) };
    assert!(reason.contains("accepted the change, but the lock is not as it was sent"), "{reason}");
}

#[test]
fn a_lock_is_taken_over_once() {
    let mut run = Run::holding(two_zones(), 0);
    run.put_lock("Z1", Some(of_another_process(&run, "Z1")));
    resumed_by(&mut run, "again", true);
    run.step_until(|event| matches!(event, Event::WriteAccepted { .. }));
    assert_eq!(run.lock("Z1").unwrap().owner, "again");
    // Somebody else was told to take over as well: they would take it from each other for ever.
    run.put_lock("Z1", Some(of_another_process(&run, "Z1")));
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Fenced)));
}

#[test]
fn a_run_that_is_over_leaves_the_lock_of_another_process_that_goes_on_with_it() {
    let mut run = Run::of(locked(plan_of(vec![simple_pair("Z1", "a.example.com", 60)], &["100%"])));
    run.reach(|event| matches!(event, Event::Settled { .. }), 0);
    run.pass(601);
    run.judge(&[("errors", Cause::Proven)]);
    run.step_until(|event| matches!(event, Event::RunCompleted { .. }));
    let others = of_another_process(&run, "Z1");
    run.put_lock("Z1", Some(others.clone()));
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Ended(Ending::Completed)));
    let Event::LockLeft { why, .. } = run.last() else { panic!("{:?}", run.last()) };
    assert!(why.contains("another process goes on with this very run"), "{why}");
    assert_eq!(run.lock("Z1"), Lock::read(&others));
}

#[test]
fn what_any_earlier_process_of_the_run_left_is_the_run_s_own() {
    let mut run = Run::of(locked(plan_of(vec![simple_pair("Z1", "a.example.com", 60)], &["50%"])));
    let late = give_up_next_write(&mut run);
    // Two processes take the run up, and the first of them dies when it has read and not written anything.
    run.resume();
    run.step_until(|event| matches!(event, Event::RecordsRead { .. }));
    resumed_by(&mut run, "third", false);
    run.swap(&late).unwrap();
    run.reach(|event| matches!(event, Event::Settled { .. }), 0);
    assert_eq!(run.lock("Z1").unwrap().owner, "third");
}

#[test]
fn l25_a_write_that_was_given_up_does_not_bring_back_a_lock_that_was_lost() {
    let mut run = Run::of(locked(plan_of(vec![simple_pair("Z1", "a.example.com", 60)], &["50%"])));
    run.step_until(|event| matches!(event, Event::WriteStarted { .. }));
    let late = give_up(&mut run);
    run.pass(30);
    run.step_until(|event| matches!(event, Event::LockTaken { .. }));
    // A rollback took the lock and is done; the first lock that this run ever wanted arrives now.
    run.put_lock("Z1", None);
    run.swap(&late).unwrap();
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Fenced)), "{:?}", run.names());
}

#[test]
fn a_lock_that_may_not_be_written_ends_the_run_before_anything_is_and_says_what_to_allow() {
    let mut run = Run::of(two_zones());
    run.zones = Zones::Deny;
    run.work();
    let Event::Stopped { reason } = run.last() else { panic!("{:?}", run.names()) };
    assert_eq!(
        reason,
        "the lock of zone Z1 could not be taken: no; allow CREATE and DELETE of the TXT record _cutover-lock.z1.example, \
         or go without a lock with `prepare.lock: false`"
    );
}

#[test]
fn a_lock_that_cannot_be_released_is_left_after_three_tries_with_what_to_do() {
    let mut run = Run::of(locked(plan_of(vec![simple_pair("Z1", "a.example.com", 60)], &["100%"])));
    run.reach(|event| matches!(event, Event::Settled { .. }), 0);
    run.pass(601);
    run.judge(&[("errors", Cause::Proven)]);
    run.step_until(|event| matches!(event, Event::RunCompleted { .. }));
    let sent = run.sent.len();
    run.zones = Zones::Deny;
    run.work();
    let Event::LockLeft { why, .. } = run.last() else { panic!("{:?}", run.names()) };
    assert_eq!(
        why,
        "it could not be deleted: no; delete the TXT record _cutover-lock.z1.example by hand"
    );
    assert_eq!(
        (run.sent.len() - sent, run.outcome()),
        (3, Some(Outcome::Ended(Ending::Completed)))
    );
}

#[test]
fn whoever_runs_the_break_glass_card_is_named_as_such() {
    let mut run = Run::holding(two_zones(), 0);
    let mut lock = run.lock("Z1").unwrap();
    lock.owner = crate::plan::BREAK_GLASS.to_owned();
    run.put_lock("Z1", Some(lock.record(&lock_at("Z1"))));
    go_on(&mut run);
    assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Fenced)));
    let why = fence(&run).1;
    assert!(why.starts_with("somebody has run the break-glass card of run test-"), "{why}");
}

#[test]
fn all_names_of_a_run_are_those_of_its_records_and_of_its_locks() {
    let names = |names: &[&str]| names.iter().map(|name| name.parse().unwrap()).collect();
    let of = |plan| Run::of(plan).engine.names();
    let zone = |zone: &str| ZoneId(zone.to_owned());
    assert_eq!(
        of(two_zones()),
        BTreeMap::from([
            (zone("Z1"), names(&["a.example.com", "_cutover-lock.z1.example"])),
            (zone("Z2"), names(&["b.example.org", "_cutover-lock.z2.example"])),
        ])
    );
    assert_eq!(
        of(plan()),
        BTreeMap::from([
            (zone("Z1"), names(&["a.example.com"])),
            (zone("Z2"), names(&["b.example.org"])),
        ])
    );
}

#[test]
fn records_are_compared_while_they_are_watched_only_where_nothing_is_written_or_doubted() {
    let inspects = |run: &Run| {
        run.engine.pending().into_iter().find_map(|wish| {
            if let Action::Watch { inspect, .. } = wish { Some(inspect) } else { None }
        })
    };
    let mut run = Run::holding(two_zones(), 0);
    assert_eq!(inspects(&run), Some(true));
    run.pass(601);
    run.judge(&[("errors", Cause::Proven)]);
    assert!(run.engine.is_writing());
    assert_eq!(inspects(&run), Some(false), "it is being written");
    let Some(Action::Change { write, .. }) = run.wish() else { panic!("{:?}", run.names()) };
    let mut later = |write| {
        let (failure, message, problems) = (WriteFailure::Later, "busy".to_owned(), Vec::new());
        let retry_at = run.now + SignedDuration::from_secs(9);
        run.commit(Event::WriteFailed { write, failure, message, problems, retry_at });
    };
    later(write);
    later(write + 1);
    assert!(!run.engine.is_writing());
    assert_eq!(inspects(&run), Some(false), "it is about to be written");
    let mut run = Run::holding(two_zones(), 0);
    run.resume();
    assert_eq!(inspects(&run), Some(false), "nothing is known of what happened since");
    run.work();
    assert!(!run.engine.is_writing());
    assert_eq!(inspects(&run), Some(true));
}

#[test]
fn a_lock_that_the_same_owner_of_another_run_holds_is_not_ours() {
    let mut run = Run::of(two_zones());
    run.decide();
    let mut other = foreign_lock("Z1", 1);
    let mut lock = Lock::read(&other).unwrap();
    lock.owner = "me".to_owned();
    other = lock.record(&lock_at("Z1"));
    run.put_lock("Z1", Some(other));
    run.names_offenders = true;
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Fenced)));
    assert!(!run.names().contains(&"lock_taken"), "{:?}", run.names());
}

#[test]
fn another_process_takes_every_lock_again_before_it_writes_anything_else() {
    let mut run = Run::holding(two_zones(), 0);
    run.pass(601);
    let known = run.told.len();
    run.resume();
    run.judge(&[("errors", Cause::Proven)]);
    run.work();
    run.judge(&[("errors", Cause::Proven)]);
    run.work();
    let taken = run.told[known..].iter().filter(|event| event.name() == "lock_taken").count();
    assert_eq!(taken, 2);
    let names = run.names_after(known);
    let last = names.iter().rposition(|name| *name == "lock_taken").unwrap();
    let step = names.iter().position(|name| *name == "step_started").unwrap();
    assert!(last < step, "{names:?}");
    assert_eq!(
        (run.lock("Z1").unwrap().owner, run.lock("Z2").unwrap().owner),
        ("another".into(), "another".into())
    );
}

#[test]
fn a_lock_is_released_by_whoever_took_it_and_left_where_somebody_else_holds_it() {
    let mut run = Run::holding(two_zones(), 2);
    run.pass(601);
    run.judge(&[("errors", Cause::Proven)]);
    run.step_until(|event| matches!(event, Event::RunCompleted { .. }));
    run.put_lock("Z2", Some(foreign_lock("Z2", 9)));
    run.names_offenders = true;
    run.work();
    let left = run.told.iter().find_map(|event| {
        if let Event::LockLeft { zone, why } = event {
            Some((zone.0.as_str(), why.as_str()))
        } else {
            None
        }
    });
    let (zone, why) = left.unwrap_or_else(|| panic!("{:?}", run.names()));
    assert!(zone == "Z2" && why.starts_with("it is held by run other-"), "{why}");
    assert_eq!((run.lock("Z1"), run.outcome()), (None, Some(Outcome::Ended(Ending::Completed))));
}

#[test]
fn whoever_takes_over_takes_every_lock_that_another_run_holds_with_a_write_of_its_own() {
    let mut run = Run::holding(two_zones(), 0);
    for zone in ["Z1", "Z2"] {
        let mut lock = Lock::read(&foreign_lock(zone, 9)).unwrap();
        // However alike the two processes are called.
        lock.owner = "another".to_owned();
        run.put_lock(zone, Some(lock.record(&lock_at(zone))));
    }
    let own = run.engine.run.clone();
    run.commit(Event::Resumed {
        version: VERSION.to_owned(),
        owner: "another".to_owned(),
        take_over: true,
    });
    run.work();
    run.judge(&[("errors", Cause::Proven)]);
    run.work();
    assert_eq!(run.outcome(), None, "{:?}", run.names());
    for zone in ["Z1", "Z2"] {
        let lock = run.lock(zone).unwrap();
        assert_eq!((lock.run, lock.epoch), (own.clone(), 10), "{zone}");
    }
}

#[test]
fn a_run_that_goes_back_itself_deletes_its_lock_with_the_last_batch_of_each_zone() {
    let mut run = Run::holding(two_zones(), 0);
    let sent = run.sent.len();
    run.roll_back();
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Ended(Ending::RolledBack)));
    assert_eq!((run.sent.len() - sent, run.lock("Z1"), run.lock("Z2")), (2, None, None));
}

#[test]
fn l17_a_lock_whose_swap_is_accepted_and_ignored_is_given_up_like_a_race_that_is_lost() {
    let mut run = Run::rollback_of(standing(50, 50), None);
    run.zones = Zones::Ignore;
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Stuck)));
    let of_lock = |batch: &&Batch| {
        batch.zone.0 == "Z1" && batch.changes.iter().any(|c| c.record.kind == RecordType::Txt)
    };
    assert_eq!(run.sent.iter().filter(of_lock).count(), 3);
}

#[test]
fn what_the_other_run_did_until_its_lock_was_taken_is_looked_for_though_it_was_read_before() {
    let mut run = Run::rollback_of(standing(100, 0), None);
    // The other run was faster by one write, so the first try to take its lock is refused, and all is read.
    run.put_lock("Z1", Some(foreign_lock("Z1", 8)));
    run.step_until(|event| matches!(event, Event::WriteFailed { .. }));
    run.step_until(|event| matches!(event, Event::RecordsRead { zone, .. } if zone.0 == "Z1"));
    run.zone.retain(|record| record.name != "a.example.com".parse().unwrap());
    run.zone
        .extend([weighted("a.example.com", "legacy", 90), weighted("a.example.com", "new", 10)]);
    run.work();
    assert!(run.names().contains(&"rolled_back"));
    assert_eq!(run.weights("a.example.com"), [100, 0]);
}

#[test]
fn l25_a_rollback_is_not_over_while_the_write_that_fences_the_other_run_waits() {
    let mut run = Run::rollback_of(standing(100, 0), None);
    run.decide();
    let retry_at = run.now + SignedDuration::from_secs(30);
    for write in [1, 2] {
        let (failure, message, problems) = (WriteFailure::Later, "busy".to_owned(), Vec::new());
        run.commit(Event::WriteFailed { write, failure, message, problems, retry_at });
    }
    for _ in 0..10 {
        run.decide();
        if let Some(wish) = run.wish() {
            run.perform(wish);
        }
    }
    assert!(run.engine.is_read() && !run.names().contains(&"weights_written"), "{:?}", run.names());
    run.work();
    assert!(run.names().contains(&"rolled_back"));
    assert_eq!(
        (run.lock("Z1").unwrap().owner, run.lock("Z2").unwrap().owner),
        ("me".into(), "me".into())
    );
}
