//! What gates on alarms make of what the alarms say.

use super::*;
use crate::{
    gate::{AlarmState, DataFaultKind},
    runbook::model::AlarmGate,
    unit::{Account, Side},
};

const REASON: &str = "Threshold Crossed: 1 out of the last 1 datapoints [23.0 (22/05/26 02:00:00)] \
                      was greater than the threshold (5.0).";

fn gate(side: Side) -> AlarmGate {
    AlarmGate { name: "api-5xx".to_owned(), side }
}

/// An alarm that has been saying this since 02:00 UTC.
fn says(state: AlarmState) -> AlarmReading {
    AlarmReading { state, reason: REASON.to_owned(), since: Some(START.start()) }
}

fn alarmed(side: Side, reading: Option<AlarmReading>) -> Run {
    let gates = Gates { alarms: vec![gate(side)], ..no_gates() };
    let mut run = Run::new(&gates, &PAST, &[(60, "10%")]);
    run.alarms = reading.map(|reading| (gate(side).gate_name(), reading)).into_iter().collect();
    run
}

fn found(side: Side, state: AlarmState) -> Finding {
    alarmed(side, Some(says(state))).minute(4, Row::default()).remove(0)
}

#[test]
fn an_alarm_of_new_that_rings_is_a_breach_with_its_reason_and_its_time() {
    let found = found(Side::New, AlarmState::Alarm);
    assert_eq!((found.gate.as_str(), found.cause), ("alarm new/api-5xx", Cause::OverCritical));
    assert_eq!(
        found.why,
        "it says ALARM since 02:00 UTC: Threshold Crossed: 1 out of the last 1 datapoints \
         [23.0 (22/05/26 02:00:00)] was greater than the threshold (5.0)"
    );
}

#[test]
fn an_alarm_of_legacy_that_rings_is_no_reason_to_go_back_there() {
    let found = found(Side::Legacy, AlarmState::Alarm);
    assert_eq!((found.gate.as_str(), found.cause), ("alarm legacy/api-5xx", Cause::LegacySick));
    assert!(found.why.ends_with("; going back to legacy would do harm"), "{}", found.why);
}

#[test]
fn an_alarm_that_is_ok_passes_and_one_without_data_is_unknown() {
    for side in Side::BOTH {
        assert_eq!(found(side, AlarmState::Ok).cause, Cause::Proven);
        assert_eq!(found(side, AlarmState::InsufficientData).cause, Cause::InsufficientData);
    }
}

#[test]
fn an_alarm_that_is_not_read_is_unknown_whatever_it_said_before() {
    assert_eq!(alarmed(Side::New, None).minute(0, Row::default())[0].cause, Cause::Stale);
    let mut run = alarmed(Side::New, Some(says(AlarmState::Ok)));
    assert_eq!(run.minute(0, Row::default())[0].cause, Cause::Proven);
    run.alarms.clear();
    let causes = run.minutes(1..8, &Row::default());
    assert_eq!((causes[3], causes[5]), (Cause::Proven, Cause::Stale));
    let why = run.minute(8, Row::default()).remove(0).why;
    assert!(why.contains("last read in the minute of 02:03"), "{why}");
}

#[test]
fn l54_an_account_that_may_not_be_read_is_the_reason_why_its_alarms_are_unknown() {
    for (account, cause) in [(Account::New, Cause::Forbidden), (Account::Legacy, Cause::Stale)] {
        let mut run = alarmed(Side::New, None);
        let (kind, message) = (DataFaultKind::Forbidden, "no".to_owned());
        run.faults = vec![DataFault { account, kind, message }];
        assert_eq!(run.minute(0, Row::default())[0].cause, cause);
    }
}

#[test]
fn a_long_reason_is_cut_and_an_old_state_has_its_date() {
    let mut reading = says(AlarmState::Alarm);
    reading.since = Some(START.start() - SignedDuration::from_hours(50));
    reading.reason = "\u{e9}".repeat(1000);
    let why = alarmed(Side::New, Some(reading)).minute(0, Row::default()).remove(0).why;
    assert!(why.starts_with("it says ALARM since 2026-05-20: \u{e9}"), "{why}");
    assert!(why.ends_with("...") && why.chars().count() < 250, "{why}");
}

#[test]
fn the_time_of_an_alarm_is_told_for_a_day_and_then_its_date() {
    let said = |age: SignedDuration| {
        let mut run = alarmed(Side::New, None);
        let since = Some(run.closing(4) - age);
        let reading = AlarmReading { since, ..says(AlarmState::InsufficientData) };
        run.alarms.insert(gate(Side::New).gate_name(), reading);
        run.minute(4, Row::default()).remove(0).why
    };
    let day = SignedDuration::from_hours(24);
    let young = said(day - SignedDuration::from_secs(1));
    assert!(young.contains(" since 02:07 UTC"), "{young}");
    assert!(said(day).contains(" since 2026-05-21:"), "{}", said(day));
}
