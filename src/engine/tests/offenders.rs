//! The way back when Route 53 refuses a batch because of some of its names (laws L15, L16).

use std::collections::BTreeSet;

use super::*;
use crate::engine::{Ending, Halt};

/// So many pairs of one zone at half and half.
fn half(count: usize) -> Plan {
    let pair = |at: usize| {
        let mut pair = simple_pair("Z1", &format!("s{at}.example.com"), 60);
        pair.found = vec![pair.legacy.with_weight(Weight(50)), pair.new.with_weight(Weight(50))];
        pair
    };
    locked(plan_of((0..count).map(pair).collect(), &["50%"]))
}

fn names(batch: &Batch) -> BTreeSet<&str> {
    let records = batch.changes.iter().map(|change| &change.record);
    records.filter(|r| r.kind != RecordType::Txt).map(|r| r.name.as_str()).collect()
}

fn rolled_back(run: &mut Run) {
    run.work();
    run.pass(60);
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Ended(Ending::RolledBack)), "{:?}", run.names());
    for pair in &run.engine.plan().pairs {
        assert_eq!(run.weights(pair.name.as_str()), [100, 0], "{}", pair.name);
    }
}

#[test]
fn l15_named_offenders_are_left_out_the_rest_goes_at_once_and_they_are_read_and_tried_again() {
    let mut run = Run::rollback_of(half(100), None);
    let name: RecordName = "s3.example.com".parse().unwrap();
    run.zone.retain(|record| record.name != name);
    run.zone
        .extend([weighted("s3.example.com", "legacy", 9), weighted("s3.example.com", "new", 9)]);
    run.retry_after = SignedDuration::from_secs(8);
    rolled_back(&mut run);
    let sent: Vec<usize> = run.sent[..3].iter().map(|batch| names(batch).len()).collect();
    assert_eq!(sent, [100, 99, 1]);
    assert!(!names(&run.sent[1]).contains("s3.example.com"));
    assert_eq!(run.sent_at[0], run.sent_at[1], "the others do not wait");
    let read = |event: &Event| matches!(event, Event::RecordsRead { .. });
    let third = |event: &Event| matches!(event, Event::WriteStarted { write: 3, .. });
    let at = |what: &dyn Fn(&Event) -> bool| run.told.iter().position(what).unwrap();
    assert!(at(&read) < at(&third), "it is read before it is tried again");
}

#[test]
fn l16_a_protection_is_removed_and_the_name_is_tried_again() {
    let mut run = Run::rollback_of(half(20), None);
    run.protected = vec!["s3.example.com".parse().unwrap(), "s5.example.com".parse().unwrap()];
    run.unprotects = true;
    rolled_back(&mut run);
    let removed = |event: &&Event| matches!(event, Event::ProtectionsRemoved { records, failure: None, .. } if records.len() == 2);
    assert_eq!(run.told.iter().filter(removed).count(), 1, "{:?}", run.names());
}

#[test]
fn l16_a_protection_that_may_not_be_removed_is_asked_for_once_and_keeps_no_other_name() {
    let mut run = Run::rollback_of(half(20), None);
    run.protected = vec!["s3.example.com".parse().unwrap()];
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Stuck)));
    let asked = run.names().iter().filter(|name| **name == "protections_removed").count();
    assert_eq!(asked, 1);
    for pair in &run.engine.plan().pairs {
        let kept = pair.name.as_str() == "s3.example.com";
        let expected = if kept { [50, 50] } else { [100, 0] };
        assert_eq!(run.weights(pair.name.as_str()), expected, "{}", pair.name);
    }
}

#[test]
fn what_no_comparison_helps_with_is_overwritten_in_the_end() {
    let mut run = Run::rollback_of(half(20), None);
    run.stubborn = vec!["s3.example.com".parse().unwrap()];
    rolled_back(&mut run);
    let upserts =
        |batch: &&Batch| batch.changes.iter().any(|change| change.action == ChangeAction::Upsert);
    let overwriting: Vec<&Batch> = run.sent.iter().filter(upserts).collect();
    assert_eq!(overwriting.len(), 1);
    assert_eq!(names(overwriting[0]), BTreeSet::from(["s3.example.com"]));
    assert!(overwriting[0].changes.iter().all(|change| change.action == ChangeAction::Upsert));
    let before = run.sent.iter().take_while(|batch| !upserts(batch));
    let compared = before.filter(|batch| names(batch).contains("s3.example.com")).count();
    assert_eq!(compared, 4, "it is the last resort");
}

#[test]
fn a_deadline_ends_a_rollback_as_stuck_and_not_sooner() {
    for (zones, seconds) in [(Zones::Deny, 600), (Zones::Refuse, 600)] {
        let mut run = Run::rollback_of(half(3), Some(SignedDuration::from_secs(seconds)));
        let began = run.now;
        run.zones = zones;
        run.retry_after = SignedDuration::from_secs(15);
        while run.outcome().is_none() {
            assert!(run.now <= began + SignedDuration::from_secs(seconds + 15));
            run.decide();
            if run.outcome().is_none() {
                run.perform_next();
            }
        }
        assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Stuck)));
        let Event::Stuck { why } = run.last() else { panic!("{:?}", run.last()) };
        assert!(why.starts_with("not all records are back at the deadline, 02:24:00 UTC"), "{why}");
        assert!(run.now >= began + SignedDuration::from_secs(seconds));
        assert!(run.sent.len() > 12, "it tries until then: {}", run.sent.len());
    }
}

/// Returns how many pairs each batch of a rollback has, while nobody says which of them spoils it.
fn sizes(run: &Run) -> Vec<usize> {
    run.sent.iter().map(|batch| names(batch).len()).collect()
}

#[test]
fn where_nobody_is_named_the_batch_is_sent_once_more_and_then_halved_until_it_is_found() {
    let mut run = Run::rollback_of(half(8), None);
    run.names_offenders = false;
    run.stubborn = vec!["s3.example.com".parse().unwrap()];
    rolled_back(&mut run);
    assert_eq!(sizes(&run)[..3], [8, 8, 4], "{:?}", sizes(&run));
    let upserts = |batch: &&Batch| batch.changes.iter().any(|c| c.action == ChangeAction::Upsert);
    let overwritten: BTreeSet<&str> = run.sent.iter().filter(upserts).flat_map(names).collect();
    assert_eq!(overwritten, BTreeSet::from(["s3.example.com"]), "the others were only beside it");
}

#[test]
fn what_is_denied_is_not_looked_for_in_smaller_batches() {
    let mut run = Run::rollback_of(half(8), None);
    run.zones = Zones::Deny;
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Stuck)));
    assert_eq!(sizes(&run), [8; 10]);
}

#[test]
fn refusals_while_the_pair_that_spoils_a_batch_is_looked_for_end_nothing() {
    let mut run = Run::rollback_of(half(8), None);
    (run.names_offenders, run.zones) = (false, Zones::Refuse);
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Stuck)));
    let alone = sizes(&run).iter().filter(|size| **size == 1).count();
    assert!(alone >= 10 && run.sent.len() > alone, "{:?}", sizes(&run));
}

#[test]
fn a_lock_is_not_given_up_where_another_name_is_what_was_refused() {
    let mut run = Run::rollback_of(half(4), None);
    run.protected = vec!["s3.example.com".parse().unwrap()];
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Stuck)));
    let lockless = |batch: &&Batch| {
        let compares = batch.changes.iter().all(|change| change.action != ChangeAction::Upsert);
        compares && batch.changes.iter().all(|change| change.record.kind != RecordType::Txt)
    };
    assert_eq!(run.sent.iter().filter(lockless).count(), 0);
}

#[test]
fn at_its_deadline_a_rollback_says_what_failed_last() {
    let mut run = Run::rollback_of(half(1), Some(SignedDuration::from_secs(60)));
    run.zones = Zones::Deny;
    run.retry_after = SignedDuration::from_secs(300);
    run.decide();
    run.perform_next();
    run.pass(59);
    run.decide();
    assert_eq!(run.outcome(), None);
    run.pass(1);
    run.decide();
    let Event::Stuck { why } = run.last() else { panic!("{:?}", run.names()) };
    assert!(why.contains("02:15:00 UTC (the last failure: no); mend what it names"), "{why}");
}
