//! The zones' locks where others want them as well: rollbacks, other processes of the run, and other runs.

use super::{
    locks::{fence, go_on, resumed_by, two_zones},
    *,
};
use crate::engine::{Ending, Halt, LockChange};

/// Returns a plan whose pairs stand at these weights, and go back to 100 and 0.
pub(super) fn standing(legacy: u8, new: u8) -> Plan {
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
fn a_rollback_that_was_denied_with_the_lock_tries_it_by_itself_once_everybody_is_back() {
    // Credentials had expired: by the time that they are renewed the lock is no longer in the batches.
    let mut plan = locked(plan_of(vec![simple_pair("Z1", "a.example.com", 60)], &["100%"]));
    plan.pairs[0].found =
        vec![weighted("a.example.com", "legacy", 0), plan.pairs[0].new.with_weight(Weight(100))];
    let mut run = Run::rollback_of(plan, None);
    run.zones = Zones::Deny;
    run.step_until(|event| {
        matches!(event, Event::WriteStarted { lock: LockChange::Untouched, .. })
    });
    run.zones = Zones::Work;
    run.step_until(|event| matches!(event, Event::RolledBack { .. }));
    assert_eq!(run.weights("a.example.com"), [100, 0]);
    assert_eq!(run.lock("Z1").unwrap().owner, "me", "a run that lives is fenced");
}

#[test]
fn a_rollback_that_may_not_write_the_lock_goes_back_without_it() {
    let mut run = Run::rollback_of(standing(0, 100), None);
    run.protected = vec![lock_at("Z1")];
    run.work();
    assert!(run.names().contains(&"rolled_back"), "{:?}", run.names());
    assert_eq!(run.weights("a.example.com"), [100, 0]);
    assert_eq!(run.lock("Z1").unwrap().owner, "somebody");
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

/// Returns the lock of a zone with another process of the same run as its owner.
fn of_another_process(run: &Run, zone: &str) -> RecordSet {
    let mut lock = run.lock(zone).unwrap();
    (lock.owner, lock.epoch) = ("elsewhere".to_owned(), lock.epoch + 1);
    lock.record(&lock_at(zone))
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
fn a_lock_that_changes_hands_while_it_is_taken_over_fences_and_one_that_had_before_does_not() {
    for now in [None, Some(foreign_lock("Z2", 9))] {
        let mut run = Run::holding(two_zones(), 0);
        run.put_lock("Z2", Some(of_another_process(&run, "Z2")));
        resumed_by(&mut run, "again", true);
        run.step_until(|event| matches!(event, Event::WriteStarted { zone, .. } if zone.0 == "Z2"));
        run.put_lock("Z2", now);
        run.work();
        assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Fenced)), "{:?}", run.names());
        // Somebody has looked, and says so again.
        resumed_by(&mut run, "third", true);
        run.work();
        assert_eq!((run.outcome(), run.lock("Z2").unwrap().owner), (None, "third".to_owned()));
    }
}

#[test]
fn whoever_is_taken_over_and_writes_meanwhile_is_taken_over_all_the_same() {
    let mut run = Run::holding(two_zones(), 0);
    run.put_lock("Z2", Some(foreign_lock("Z2", 9)));
    resumed_by(&mut run, "again", true);
    run.step_until(|event| matches!(event, Event::WriteStarted { zone, .. } if zone.0 == "Z2"));
    run.put_lock("Z2", Some(foreign_lock("Z2", 10)));
    run.work();
    assert_eq!((run.outcome(), run.lock("Z2").unwrap().owner), (None, "again".to_owned()));
}

#[test]
fn an_earlier_process_that_lives_and_takes_the_lock_back_fences_whoever_had_taken_it_over() {
    let mut run = Run::holding(two_zones(), 0);
    let former = run.lock("Z1").unwrap().owner;
    resumed_by(&mut run, "again", true);
    run.work();
    let taken = run.lock("Z1").unwrap();
    assert_eq!(taken.owner, "again");
    let back = Lock { owner: former, epoch: taken.epoch + 1, ..taken };
    run.put_lock("Z1", Some(back.record(&lock_at("Z1"))));
    run.pass(601);
    run.judge(&[("errors", Cause::Proven)]);
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Fenced)), "{:?}", run.names());
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
