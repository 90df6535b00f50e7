//! What preparing does to a zone, and that nobody who asks it notices.

use std::collections::BTreeSet;

use super::*;
use crate::plan::{Batch, ChangeAction, Plan};

const BOTH: &str = "
  - name: api.example.com
    zone: example.com
    types: [A, AAAA]
    legacy: { elb: api-old }
    new: { alb: api }
";

/// Returns what Route 53 may answer, each with the part of the answers that it is: the zero-weighted is never answered.
fn answers(records: &[RecordSet]) -> Vec<(String, f64)> {
    let weight = |record: &RecordSet| record.weight().map_or(1.0, |weight| f64::from(weight.0));
    let sum: f64 = records.iter().map(weight).sum();
    let answered = records.iter().filter(|record| weight(record) > 0.0);
    answered
        .map(|r| (format!("{} {:?} {:?}", r.kind, r.answer, r.health_check), weight(r) / sum))
        .collect()
}

/// Returns the records of the zone after this batch, each change of which has to be possible.
fn after(mut records: Vec<RecordSet>, batch: &Batch) -> Vec<RecordSet> {
    for change in &batch.changes {
        let at = records.iter().position(|record| *record == change.record);
        match (change.action, at) {
            (ChangeAction::Delete, Some(at)) => drop(records.remove(at)),
            (ChangeAction::Create, None) => records.push(change.record.clone()),
            other => panic!("{other:?}: {:?}", change.record),
        }
    }
    records
}

fn six(mut record: RecordSet) -> RecordSet {
    record.kind = RecordType::Aaaa;
    record
}

fn plan(records: &str, live: &[RecordSet]) -> Plan {
    made(records, STEPS, live.to_vec()).unwrap().plan
}

#[test]
fn l11_both_types_of_a_simple_name_are_converted_in_one_batch() {
    let simple = alias(LEGACY, Routing::Simple);
    let live = vec![simple.clone(), six(simple)];
    let plan = plan(BOTH, &live);
    let batches = plan.preparation();
    assert_eq!(batches.len(), 1);
    let kinds: BTreeSet<_> = batches[0].changes.iter().map(|c| c.record.kind.clone()).collect();
    assert_eq!(kinds, BTreeSet::from([RecordType::A, RecordType::Aaaa]));
    let weighted = after(live, &batches[0]);
    assert!(weighted.len() == 4 && weighted.iter().all(|r| r.weight().is_some()), "{weighted:?}");
    let steps = plan.forward(0);
    assert_eq!((steps.len(), steps[0].changes.len()), (1, 8), "and they move in one batch");
}

#[test]
fn converting_a_simple_record_changes_no_answer() {
    let mut checked = cname("old.example.net", 60, Routing::Simple);
    checked.health_check = Some("hc-1".to_owned());
    let mut evaluating = alias(&format!("dualstack.{LEGACY}"), Routing::Simple);
    if let Answer::Alias { evaluate_target_health, .. } = &mut evaluating.answer {
        *evaluate_target_health = true;
    }
    let short = cname("Old.example.net.", 20, Routing::Simple);
    for (records, simple) in [(CNAME, checked), (ALIAS, evaluating), (CNAME, short)] {
        let before = vec![simple];
        let batches = plan(records, &before).preparation();
        assert_eq!(batches.len(), 1);
        assert_eq!(answers(&after(before.clone(), &batches[0])), answers(&before));
    }
}

#[test]
fn a_long_ttl_is_lowered_by_preparing_and_nothing_else_of_the_answer_changes() {
    let before = vec![cname("old.example.net", 3600, Routing::Simple)];
    let plan = plan(CNAME, &before);
    let batches = plan.preparation();
    let lowered = after(before, &batches[0]);
    assert_eq!(answers(&lowered), answers(&[cname("old.example.net", 60, Routing::Simple)]));
    assert_eq!(plan.old_ttl(), Some(Ttl(3600)), "which is waited out before the first step");
}

#[test]
fn a_weighted_pair_is_adopted_by_target_without_any_change() {
    let live = vec![alias(NEW, weighted("a", 0)), alias(LEGACY, weighted("b", 7))];
    let plan = plan(ALIAS, &live);
    assert_eq!(plan.preparation(), []);
    let [legacy, new] = [&plan.pairs[0].legacy, &plan.pairs[0].new];
    assert_eq!((legacy.set_identifier(), new.set_identifier()), (Some("b"), Some("a")));
}

#[test]
fn a_weighted_record_alone_only_gets_a_new_member_that_nobody_is_answered_with() {
    let before = vec![alias(LEGACY, weighted("blue", 10))];
    let batches = plan(ALIAS, &before).preparation();
    assert_eq!(batches[0].changes.len(), 1);
    assert_eq!(answers(&after(before.clone(), &batches[0])), answers(&before));
}
