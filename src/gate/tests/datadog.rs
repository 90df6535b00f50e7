//! What gates on Datadog make of what Datadog says.

use super::*;
use crate::{
    gate::{DatadogFault, MonitorState},
    runbook::model::{Bound, DatadogAccess, DatadogGate, DatadogWatch, Threshold},
};

const GATE: &str = "datadog checkout";

fn gate(watches: DatadogWatch) -> DatadogGate {
    let access = DatadogAccess {
        api_key_env: "DD_API_KEY".to_owned(),
        app_key_env: "DD_APP_KEY".to_owned(),
        site: "datadoghq.com".to_owned(),
        url: None,
    };
    DatadogGate { name: "checkout".to_owned(), watches, access }
}

fn watching(watches: DatadogWatch) -> Run {
    let gates = Gates { datadog: vec![gate(watches)], ..no_gates() };
    Run::new(&gates, &PAST, &[(60, "10%")])
}

fn monitored(state: MonitorState) -> Run {
    let mut run = watching(DatadogWatch::Monitor { id: 7 });
    let (name, since) = ("p95 of checkout".to_owned(), Some(START.start()));
    let says = DatadogReading::Monitor { state, name, since };
    run.datadog.insert(GATE.to_owned(), says);
    run
}

fn unread(kind: DatadogFault) -> BTreeMap<String, DatadogReading> {
    let message = "it said no".to_owned();
    [(GATE.to_owned(), DatadogReading::Unread { kind, message })].into()
}

/// A query that may not be above 10, and is critical above 30 in 2 of 3 minutes.
fn queried() -> Run {
    let threshold = |value, bad, of| Some(Threshold { bound: Bound::Above, value, bad, of });
    let query = "avg:app.queue{env:new}".to_owned();
    let (warning, critical) = (threshold(10.0, 1, 1), threshold(30.0, 2, 3));
    watching(DatadogWatch::Query { query, warning, critical })
}

fn valued(value: f64) -> Row {
    Row { metrics: [(GATE.to_owned(), value)].into(), ..Row::default() }
}

#[test]
fn every_state_of_a_monitor_has_its_verdict() {
    for (state, cause) in [
        (MonitorState::Ok, Cause::Proven),
        (MonitorState::Warn, Cause::OverWarning),
        (MonitorState::Alert, Cause::OverCritical),
        (MonitorState::NoData, Cause::DatadogSilent),
        (MonitorState::Unknown, Cause::DatadogSilent),
        (MonitorState::Ignored, Cause::DatadogSilent),
        (MonitorState::Skipped, Cause::DatadogSilent),
    ] {
        let found = monitored(state).minute(4, Row::default()).remove(0);
        assert_eq!((found.gate.as_str(), found.cause), (GATE, cause));
        let said = format!("`p95 of checkout` says {} since 02:00 UTC", state.word());
        assert_eq!(found.why, said);
    }
}

#[test]
fn a_monitor_that_cannot_be_asked_counts_while_its_reading_is_young_and_then_the_reason_is_told() {
    let mut run = monitored(MonitorState::Ok);
    assert_eq!(run.minute(0, Row::default())[0].cause, Cause::Proven);
    run.datadog = unread(DatadogFault::Limited);
    let causes = run.minutes(1..8, &Row::default());
    assert_eq!((causes[3], causes[5]), (Cause::Proven, Cause::DatadogUnread));
    let why = run.minute(8, Row::default()).remove(0).why;
    assert_eq!(why, "could not be read: it said no");
    run.datadog.clear();
    assert_eq!(run.minute(9, Row::default())[0].cause, Cause::DatadogSilent);
}

#[test]
fn a_query_is_judged_by_its_values_and_keeps_its_limits_apart() {
    let judged = |values: &[f64]| {
        let mut run = queried();
        let last = values.len() - 1;
        for (minute, value) in values.iter().enumerate().take(last) {
            run.minute(minute as i64, valued(*value));
        }
        run.minute(last as i64, valued(values[last])).remove(0)
    };
    for (values, cause) in [
        (&[1.0, 1.0, 1.0, 1.0][..], Cause::Proven),
        (&[1.0, 1.0, 1.0, 11.0], Cause::OverWarning),
        (&[1.0, 31.0, 31.0], Cause::OverCritical),
        (&[31.0, 1.0, 1.0, 1.0], Cause::Proven),
        (&[31.0, 1.0], Cause::DatadogSilent),
    ] {
        assert_eq!(judged(values).cause, cause, "{values:?}");
    }
    let found = judged(&[1.0, 31.0, 31.0]);
    assert!(found.why.starts_with("query avg:app.queue{env:new} is 31,"), "{}", found.why);
    assert_eq!(found.numbers["limit_value"].to_string(), "30");
}

#[test]
fn values_of_a_query_count_on_under_a_rate_limit_and_not_when_datadog_fails() {
    for (kind, cause) in [
        (DatadogFault::Limited, Cause::Proven),
        (DatadogFault::Failed, Cause::DatadogUnread),
        (DatadogFault::Forbidden, Cause::DatadogUnread),
        (DatadogFault::Missing, Cause::DatadogUnread),
    ] {
        let mut run = queried();
        for minute in 0..4 {
            run.minute(minute, valued(1.0));
        }
        run.datadog = unread(kind);
        assert_eq!(run.minute(4, Row::default())[0].cause, cause, "{kind:?}");
        let later = run.minutes(5..20, &Row::default());
        assert_eq!(later.last(), Some(&Cause::DatadogUnread), "{kind:?}");
    }
}

#[test]
fn a_query_without_values_is_unknown_and_one_that_breaks_its_limit_breaks_it_though_datadog_fails()
{
    assert_eq!(queried().minute(4, Row::default())[0].cause, Cause::DatadogSilent);
    let mut run = queried();
    for minute in 0..3 {
        run.minute(minute, valued(31.0));
    }
    run.datadog = unread(DatadogFault::Failed);
    assert_eq!(run.minute(3, Row::default())[0].cause, Cause::OverCritical);
}
