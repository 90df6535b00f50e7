//! Gates that are red before anything has moved.

use super::*;
use crate::{
    gate::{DataFault, DataFaultKind, Reading, Row, SideRow, TargetCount},
    plan::moved,
    unit::{Account, Minute},
};

const STEPS: &str = "
steps:
  - { weight: 5%, hold: 30m }
  - { weight: 100%, hold: 1h }
gates: { latency: off }
";

/// An hour of these minutes until the snapshot's moment: requests and errors of new, and of legacy.
fn hour(new: (f64, f64), legacy: (f64, f64)) -> Reading {
    let side = |(requests, errors)| SideRow {
        requests: Some(requests),
        errors: Some(errors),
        ..SideRow::default()
    };
    let row = Row { new: side(new), legacy: side(legacy), ..Row::default() };
    let now = Minute::containing("2026-11-23T02:14:00Z".parse().unwrap());
    let rows = (-60..0).map(|minute| (now.offset(minute), row.clone())).collect();
    Reading { rows, ..Reading::default() }
}

fn live(share_of_new: u8) -> Snapshot {
    if share_of_new == 0 {
        return snapshot(vec![alias(LEGACY, Routing::Simple)]);
    }
    let pair = [
        alias(LEGACY, weighted("blue", 100 - share_of_new)),
        alias(NEW, weighted("green", share_of_new)),
    ];
    snapshot(pair.to_vec())
}

fn plan_with(recent: Reading, share_of_new: u8) -> Result<Made, Vec<String>> {
    let snapshot = Snapshot { recent, ..live(share_of_new) };
    make(&runbook(ALIAS, STEPS), &snapshot, Standing::Refuse)
}

fn problem(recent: Reading, share_of_new: u8) -> String {
    let problems = plan_with(recent, share_of_new).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.concat()
}

#[test]
fn nobody_begins_while_legacy_is_sick() {
    let problem = problem(hour((0.0, 0.0), (6_000.0, 1_200.0)), 0);
    assert!(problem.starts_with("the gate `errors` is red before anything has moved"), "{problem}");
    assert!(problem.contains("20% of 30,000 requests"), "{problem}");
    assert!(problem.contains("mend legacy before anything else"), "{problem}");
}

#[test]
fn a_finish_is_not_refused_by_a_red_gate() {
    let snapshot = Snapshot { recent: hour((0.0, 0.0), (6_000.0, 1_200.0)), ..live(100) };
    assert!(moved(&runbook(ALIAS, STEPS), &snapshot).is_ok());
}

#[test]
fn nobody_goes_on_with_a_new_side_that_fails_what_it_has() {
    let failing = || hour((300.0, 30.0), (5_700.0, 6.0));
    let problem = problem(failing(), 5);
    assert!(problem.contains("go back with `cutover rollback`"), "{problem}");
    assert!(plan_with(failing(), 0).is_ok(), "what reaches new before a run is nobody's traffic");
}

#[test]
fn too_few_healthy_targets_are_told_once() {
    let few = |healthy| {
        let targets = Some(TargetCount { healthy, registered: 4, of: None });
        Reading { targets, ..hour((0.0, 0.0), (6_000.0, 6.0)) }
    };
    assert!(problem(few(1), 0).contains("1 of 4 targets behind new are healthy (25%)"));
    let mut dead = Snapshot { recent: few(0), ..live(0) };
    for ((side, _), (_, health)) in &mut dead.balancers {
        health.healthy = if *side == Side::New { 0 } else { 4 };
    }
    let problems = make(&runbook(ALIAS, STEPS), &dead, Standing::Refuse).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
}

#[test]
fn a_legacy_with_less_than_half_of_its_targets_is_a_poor_place_to_go_back_to() {
    let mut live = live(0);
    for ((side, _), (_, health)) in &mut live.balancers {
        health.healthy = if *side == Side::Legacy { 1 } else { 4 };
    }
    let hazards = make(&runbook(ALIAS, STEPS), &live, Standing::Refuse).unwrap().hazards;
    let told = hazards.iter().filter(|hazard| hazard.contains("1 of 4 targets are healthy"));
    assert_eq!(told.count(), 1, "{hazards:?}");
}

#[test]
fn a_gate_that_only_warns_is_worth_a_second_thought() {
    let rest = STEPS.replace(
        "gates: { latency: off }",
        "gates:\n  latency: off\n  metrics:\n    - { name: lag, side: new, namespace: AWS/RDS, metric: ReplicaLag, \
         dimensions: { DBInstanceIdentifier: a }, stat: Maximum, warning: { above: 10 }, critical: { above: 30 } }",
    );
    let mut recent = hour((0.0, 0.0), (6_000.0, 6.0));
    for (_, row) in &mut recent.rows {
        row.metrics.insert("lag".to_owned(), 20.0);
    }
    let snapshot = Snapshot { recent, ..live(0) };
    let made = make(&runbook(ALIAS, &rest), &snapshot, Standing::Refuse).unwrap();
    let warned = made.hazards.iter().find(|hazard| hazard.starts_with("the gate `lag` warns"));
    assert!(warned.is_some(), "{:?}", made.hazards);
}

/// An hour in which new's metrics were not read, for this reason.
fn unread(kind: DataFaultKind) -> Reading {
    let message = "AWS/ApplicationELB RequestCount: no answer".to_owned();
    let fault = DataFault { account: Account::New, kind, message };
    Reading { faults: vec![fault], ..hour((0.0, 0.0), (6_000.0, 6.0)) }
}

#[test]
fn metrics_that_may_not_be_read_are_no_beginning() {
    let problems = plan_with(unread(DataFaultKind::Forbidden), 0).unwrap_err();
    let told = problems.iter().filter(|problem| {
        problem.starts_with("the metrics of the new account may not be read: ")
            && problem.contains("`cloudwatch:GetMetricData`")
    });
    assert_eq!((told.count(), problems.len()), (1, 1), "{problems:?}");
}

#[test]
fn metrics_that_cannot_be_read_are_worth_a_second_thought() {
    let hazards = plan_with(unread(DataFaultKind::ProviderError), 0).unwrap().hazards;
    let told = hazards.iter().filter(|hazard| hazard.contains("no step passes while that is so"));
    assert_eq!(told.count(), 1, "{hazards:?}");
}

#[test]
fn half_of_legacys_targets_are_enough_to_go_back_to() {
    for (healthy, registered) in [(2, 4), (5, 8)] {
        let mut live = live(0);
        for ((side, _), (_, health)) in &mut live.balancers {
            if *side == Side::Legacy {
                (health.healthy, health.registered) = (healthy, registered);
            }
        }
        let hazards = make(&runbook(ALIAS, STEPS), &live, Standing::Refuse).unwrap().hazards;
        assert!(
            !hazards.iter().any(|hazard| hazard.contains("targets are healthy")),
            "{hazards:?}"
        );
    }
}

#[test]
fn a_metric_that_is_red_already_is_to_be_mended_whatever_new_has() {
    let rest = STEPS.replace(
        "gates: { latency: off }",
        "gates:\n  latency: off\n  metrics:\n    - { name: lag, side: new, namespace: AWS/RDS, metric: ReplicaLag, \
         dimensions: { DBInstanceIdentifier: a }, stat: Maximum, critical: { above: 30 } }",
    );
    for share in [0, 5] {
        let mut recent = hour((300.0, 0.0), (5_700.0, 6.0));
        for (_, row) in &mut recent.rows {
            row.metrics.insert("lag".to_owned(), 40.0);
        }
        let snapshot = Snapshot { recent, ..live(share) };
        let problems = make(&runbook(ALIAS, &rest), &snapshot, Standing::Refuse).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains("; mend that first; to begin all the same"), "{problems:?}");
    }
}
