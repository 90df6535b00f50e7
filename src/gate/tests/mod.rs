//! Tests of the whole room; what they share is here.

mod alarms;
mod before;
mod datadog;
mod errors;
mod laws;
mod looser;
mod metrics;
mod other_gates;
mod properties;
mod services;
mod share;
mod simulation;
mod vectors;
mod words;

use std::collections::BTreeMap;

use super::{
    AlarmReading, Cause, DataFault, DatadogReading, Finding, History, Judge, Reading, Row,
    ServiceReading, SideRow, StepSpan, Table, TargetCount, Watch,
};
use crate::{
    runbook::model::{
        Catastrophe, ErrorLimit, ErrorsGate, Gates, LatencyGate, LatencyLimit, LatencyStat, Noise,
        PassRule, ShareGate, TargetsGate,
    },
    unit::{Minute, Rate, SignedDuration, Timestamp},
};

/// The minute in which the first step of every test begins: 02:00 UTC.
const START: Minute = Minute(29_656_920);
const LAG: SignedDuration = SignedDuration::from_secs(120);

fn rate(fraction: f64) -> Rate {
    Rate::from_fraction(fraction).unwrap()
}

/// The `errors` gate as runbook.md has it by default.
fn errors_gate() -> ErrorsGate {
    let limit = |times_legacy, plus, at_most: Option<f64>, history, false_alarm| ErrorLimit {
        times_legacy,
        plus: rate(plus),
        at_most: at_most.map(rate),
        history,
        false_alarm: rate(false_alarm),
    };
    let day = Some(SignedDuration::from_hours(24));
    ErrorsGate {
        critical: limit(2.0, 0.001, Some(0.01), day, 0.01),
        warning: limit(1.5, 0.0002, None, None, 0.05),
        catastrophe: Some(Catastrophe { rate: rate(0.25), min_errors: 10, times_legacy: 5.0 }),
    }
}

fn latency_gate() -> LatencyGate {
    let limit = |times_legacy, bad_minutes, false_alarm| LatencyLimit {
        times_legacy,
        at_most: None,
        bad_minutes: rate(bad_minutes),
        false_alarm: rate(false_alarm),
    };
    LatencyGate {
        stat: LatencyStat { percentile: 99.0 },
        critical: limit(1.5, 0.1, 0.01),
        warning: limit(1.2, 0.2, 0.05),
    }
}

/// No gate at all.
fn no_gates() -> Gates {
    Gates {
        noise: Noise::Normal,
        errors: None,
        latency: None,
        share: None,
        targets: None,
        metrics: Vec::new(),
        alarms: Vec::new(),
        datadog: Vec::new(),
        pass: PassRule { min_minutes: 5, min_requests: 200, proof: rate(0.95) },
    }
}

fn errors_only() -> Gates {
    Gates { errors: Some(errors_gate()), ..no_gates() }
}

/// Gates as runbook.md has them by default.
fn all_gates() -> Gates {
    Gates {
        errors: Some(errors_gate()),
        latency: Some(latency_gate()),
        share: Some(ShareGate { within: rate(0.5), after: SignedDuration::from_mins(5) }),
        targets: Some(TargetsGate { critical_below: rate(0.5) }),
        ..no_gates()
    }
}

const PAST: History = History {
    legacy_error_rate: Some(0.001),
    legacy_requests_per_minute: Some(60_000.0),
    usual: BTreeMap::new(),
    before: BTreeMap::new(),
    meant_for: BTreeMap::new(),
};

/// A minute of requests and errors: new, legacy.
fn row(n: f64, x: f64, m: f64, y: f64) -> Row {
    let side = |requests, errors| SideRow {
        requests: Some(requests),
        errors: Some(errors),
        ..SideRow::default()
    };
    Row { new: side(n, x), legacy: side(m, y), metrics: BTreeMap::new() }
}

/// A run in the making: rows come in, findings come out.
struct Run {
    judge: Judge,
    table: Table,
    spans: Vec<StepSpan>,
    targets: Option<TargetCount>,
    alarms: BTreeMap<String, AlarmReading>,
    services: BTreeMap<String, ServiceReading>,
    datadog: BTreeMap<String, DatadogReading>,
    faults: Vec<DataFault>,
    hold_ended: bool,
    lag: SignedDuration,
}

impl Run {
    /// Begins a run whose steps of these planned minutes and shares follow each other at once.
    fn new(gates: &Gates, history: &History, steps: &[(u32, &str)]) -> Self {
        let planned: Vec<u32> = steps.iter().map(|(minutes, _)| *minutes).collect();
        let mut first = START;
        let mut spans = Vec::new();
        for (planned, share) in steps {
            spans.push(StepSpan {
                first,
                planned: *planned,
                share: share.parse().unwrap(),
                settled: Some(first.offset(3).start()),
            });
            first = first.offset(i64::from(*planned));
        }
        Self {
            judge: Judge::new(gates, history, &planned),
            table: Table::default(),
            spans,
            targets: None,
            alarms: BTreeMap::new(),
            services: BTreeMap::new(),
            datadog: BTreeMap::new(),
            faults: Vec::new(),
            hold_ended: false,
            lag: LAG,
        }
    }

    fn errors(steps: &[(u32, &str)]) -> Self {
        Self::new(&errors_only(), &PAST, steps)
    }

    /// Returns the moment at which this minute of the run has just closed.
    fn closing(&self, minute: i64) -> Timestamp {
        START.offset(minute).end() + self.lag
    }

    /// Takes in rows, counted from the start of the run.
    fn read(&mut self, now: Timestamp, rows: impl IntoIterator<Item = (i64, Row)>) {
        let rows = rows.into_iter().map(|(minute, row)| (START.offset(minute), row));
        let reading = Reading {
            rows: rows.collect(),
            targets: self.targets.clone(),
            alarms: self.alarms.clone(),
            services: self.services.clone(),
            datadog: self.datadog.clone(),
            faults: self.faults.clone(),
        };
        self.table.record(now, reading);
    }

    /// Judges with the spans that have begun by then.
    fn judge(&mut self, now: Timestamp) -> Vec<Finding> {
        let begun = self.spans.iter().filter(|span| span.first.start() < now).count();
        let watch = Watch {
            now,
            metric_lag: self.lag,
            spans: &self.spans[..begun],
            hold_ended: self.hold_ended,
        };
        self.judge.judge(&self.table, &watch)
    }

    /// Reads one minute as it closes and judges.
    fn minute(&mut self, minute: i64, row: Row) -> Vec<Finding> {
        let now = self.closing(minute);
        self.read(now, [(minute, row)]);
        self.judge(now)
    }

    /// Plays the same minute over and over and returns the causes of the first gate.
    fn minutes(&mut self, minutes: std::ops::Range<i64>, row: &Row) -> Vec<Cause> {
        minutes.map(|minute| self.minute(minute, row.clone())[0].cause).collect()
    }
}
