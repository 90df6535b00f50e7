//! The zones' locks: taken, swapped, lost, left for others to see, and released.

use super::*;
use crate::engine::{Ending, Halt, LockChange, Position};

pub(super) fn two_zones() -> Plan {
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

pub(super) fn fence(run: &Run) -> (Option<Lock>, String) {
    let Event::Fenced { holder, why, .. } = run.last() else { panic!("{:?}", run.last()) };
    (holder.clone(), why.clone())
}

/// Lets a run that holds its first step go on to its next write.
pub(super) fn go_on(run: &mut Run) {
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
fn a_lost_lock_is_seen_while_a_step_is_held() {
    let mut run = Run::holding(two_zones(), 0);
    assert_eq!(run.engine.inspect(&run.by_zone()), None);
    run.put_lock("Z1", None);
    let foreign = run.engine.inspect(&run.by_zone());
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

pub(super) fn resumed_by(run: &mut Run, owner: &str, take_over: bool) {
    let (version, owner) = (VERSION.to_owned(), owner.to_owned());
    run.commit(Event::Resumed { version, owner, take_over });
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
fn a_run_that_goes_back_itself_deletes_its_lock_with_the_last_batch_of_each_zone() {
    let mut run = Run::holding(two_zones(), 0);
    let sent = run.sent.len();
    run.roll_back();
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Ended(Ending::RolledBack)));
    assert_eq!((run.sent.len() - sent, run.lock("Z1"), run.lock("Z2")), (2, None, None));
}
