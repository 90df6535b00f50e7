//! What the gates say before anything has moved.

use super::*;
use crate::{
    gate::{AlarmReading, AlarmState, Beginning, DataFaultKind, red_before},
    runbook::model::{AlarmGate, Bound, MetricGate, Threshold},
    unit::{Account, Side},
};

/// Reads these minutes, the newest of which is the newest closed one; then come two open ones without data.
fn reading(minutes: impl IntoIterator<Item = Row>) -> Reading {
    let rows: Vec<Row> = minutes.into_iter().collect();
    let first = START.offset(1 - rows.len() as i64);
    let rows = (0..).zip(rows).map(|(minute, row)| (first.offset(minute), row));
    Reading { rows: rows.collect(), ..Reading::default() }
}

fn red(gates: &Gates, share: &str, recent: &Reading) -> Vec<(String, Cause)> {
    let beginning =
        Beginning { at: START.end() + LAG, metric_lag: LAG, share: share.parse().unwrap() };
    let found = red_before(gates, &PAST, recent, &beginning);
    found.into_iter().map(|finding| (finding.gate, finding.cause)).collect()
}

fn of(gate: &str, cause: Cause) -> Vec<(String, Cause)> {
    vec![(gate.to_owned(), cause)]
}

#[test]
fn a_world_that_is_well_speaks_against_nothing() {
    let well = reading(vec![row(0.0, 0.0, 60_000.0, 60.0); 20]);
    assert_eq!(red(&all_gates(), "0%", &well), []);
    let half = reading(vec![row(30_000.0, 30.0, 30_000.0, 30.0); 20]);
    assert_eq!(red(&all_gates(), "50%", &half), []);
}

#[test]
fn l56_a_legacy_that_fails_already_is_no_place_to_begin_from() {
    let sick = reading(vec![row(0.0, 0.0, 60_000.0, 12_000.0); 20]);
    assert_eq!(red(&all_gates(), "0%", &sick), of("errors", Cause::LegacySick));
}

#[test]
fn a_legacy_that_is_well_again_is_not_held_against_it() {
    let over = std::iter::repeat_n(row(0.0, 0.0, 60_000.0, 12_000.0), 10)
        .chain(std::iter::repeat_n(row(0.0, 0.0, 60_000.0, 60.0), 5));
    assert_eq!(red(&all_gates(), "0%", &reading(over)), []);
    let once = std::iter::repeat_n(row(0.0, 0.0, 60_000.0, 60.0), 14)
        .chain([row(0.0, 0.0, 60_000.0, 12_000.0)]);
    assert_eq!(red(&all_gates(), "0%", &reading(once)), [], "one bad minute is chance");
}

#[test]
fn both_sides_failing_alike_is_a_shared_cause_before_a_run_too() {
    let both = reading(vec![row(30_000.0, 6_000.0, 30_000.0, 6_000.0); 20]);
    assert_eq!(red(&all_gates(), "50%", &both), of("errors", Cause::SharedCause));
}

#[test]
fn new_is_judged_only_where_it_has_traffic_already() {
    // Somebody's test traffic, half of which fails.
    let failing = reading(vec![row(100.0, 50.0, 60_000.0, 60.0); 20]);
    assert_eq!(red(&errors_only(), "0%", &failing), []);
    assert_eq!(red(&errors_only(), "5%", &failing), of("errors", Cause::Catastrophe));
    let subtle = reading(vec![row(3_000.0, 60.0, 57_000.0, 57.0); 20]);
    assert_eq!(red(&errors_only(), "5%", &subtle), of("errors", Cause::OverCritical));
}

#[test]
fn minutes_of_long_ago_are_no_evidence() {
    let earlier = std::iter::repeat_n(row(3_000.0, 1_500.0, 57_000.0, 57.0), 30)
        .chain(std::iter::repeat_n(row(3_000.0, 3.0, 57_000.0, 57.0), 15));
    assert_eq!(red(&errors_only(), "5%", &reading(earlier)), []);
}

#[test]
fn targets_that_are_down_and_alarms_that_ring_are_red_whatever_the_share() {
    let mut recent = reading(vec![row(0.0, 0.0, 60_000.0, 60.0); 20]);
    recent.targets = Some(TargetCount { healthy: 1, registered: 4, of: None });
    assert_eq!(red(&all_gates(), "0%", &recent), of("targets", Cause::OverCritical));

    let gate = |side| AlarmGate { name: "api-5xx".to_owned(), side };
    let ringing = || AlarmReading {
        state: AlarmState::Alarm,
        reason: "threshold crossed".to_owned(),
        since: None,
    };
    for (side, cause) in [(Side::New, Cause::OverCritical), (Side::Legacy, Cause::LegacySick)] {
        let gates = Gates { alarms: vec![gate(side)], ..no_gates() };
        let alarms = BTreeMap::from([(gate(side).gate_name(), ringing())]);
        let recent = Reading { alarms, ..Reading::default() };
        assert_eq!(red(&gates, "0%", &recent), of(&gate(side).gate_name(), cause));
    }
}

#[test]
fn a_metric_beyond_either_of_its_limits_is_told() {
    let threshold = |value| Some(Threshold { bound: Bound::Above, value, bad: 3, of: 5 });
    let lag = MetricGate {
        name: "replica-lag".to_owned(),
        account: Account::New,
        namespace: "AWS/RDS".to_owned(),
        metric: "ReplicaLag".to_owned(),
        dimensions: BTreeMap::new(),
        stat: "Maximum".to_owned(),
        warning: threshold(10.0),
        critical: threshold(30.0),
    };
    let gates = Gates { metrics: vec![lag], ..no_gates() };
    let lagging = |value: f64| {
        let metrics = BTreeMap::from([("replica-lag".to_owned(), value)]);
        reading(vec![Row { metrics, ..Row::default() }; 20])
    };
    assert_eq!(red(&gates, "0%", &lagging(1.0)), []);
    assert_eq!(red(&gates, "0%", &lagging(20.0)), of("replica-lag", Cause::OverWarning));
    assert_eq!(red(&gates, "0%", &lagging(40.0)), of("replica-lag", Cause::OverCritical));
}

#[test]
fn what_is_not_known_is_not_red() {
    assert_eq!(red(&all_gates(), "0%", &Reading::default()), []);
    let fault = DataFault {
        account: Account::New,
        kind: DataFaultKind::Forbidden,
        message: "access denied".to_owned(),
    };
    let forbidden = Reading { faults: vec![fault], ..Reading::default() };
    assert_eq!(red(&all_gates(), "0%", &forbidden), []);
}
