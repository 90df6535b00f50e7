//! Writes that were given up, ignored or lost, and what they do to the zones' locks when they arrive (laws L17, L25, L26).

use super::{
    locks::{fence, go_on, resumed_by, two_zones},
    other_holders::standing,
    *,
};
use crate::engine::{Halt, Position};

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
fn l25_a_write_that_was_given_up_cannot_land_on_a_rollback_after_the_one_that_kept_it_out_was_ignored()
 {
    let mut run =
        Run::of(locked(plan_of(vec![simple_pair("Z1", "a.example.com", 60)], &["50%", "100%"])));
    let late = give_up_next_write(&mut run);
    // The next try is accepted and does nothing (law L17): the lock still is as the first one expects it.
    run.zones = Zones::Ignore;
    run.step_until(|event| matches!(event, Event::WriteAccepted { .. }));
    run.zones = Zones::Work;
    run.roll_back();
    run.step_until(|event| matches!(event, Event::RolledBack { .. }));
    assert!(run.swap(&late).is_err(), "it moves traffic after the rollback was told");
}

#[test]
fn a_lock_that_was_taken_long_before_the_last_one_is_looked_at_before_anything_is_written() {
    for passes in [600, -600] {
        let mut run = Run::of(two_zones());
        run.step_until(|event| matches!(event, Event::LockTaken { .. }));
        let of_lock =
            |event: &Event| matches!(event, Event::WriteStarted { zone, .. } if zone.0 == "Z2");
        run.step_until(of_lock);
        // The machine sleeps, or its clock is set back and the process waits until it is as late again. A rollback from
        // elsewhere finds both locks, takes them, and is done.
        run.pass(passes);
        give_up(&mut run);
        run.pass(0.max(-passes));
        run.put_lock("Z1", None);
        run.work();
        assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Fenced)));
        let moves = |batch: &&Batch| batch.changes.iter().any(|c| c.record.kind != RecordType::Txt);
        assert_eq!(run.sent.iter().filter(moves).count(), 0, "{:?}", run.names());
    }
}

#[test]
fn a_lock_that_was_taken_long_before_the_last_one_and_still_stands_is_not_written_again() {
    let mut run = Run::of(two_zones());
    run.step_until(|event| matches!(event, Event::LockTaken { .. }));
    run.pass(600);
    run.step_until(|event| matches!(event, Event::Prepared { .. }));
    let taken = run.names().iter().filter(|name| **name == "lock_taken").count();
    assert_eq!((taken, run.lock("Z1").unwrap().epoch), (3, 2), "{:?}", run.names());
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
