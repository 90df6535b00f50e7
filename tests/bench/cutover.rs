//! Measures what design.md gives numbers for.

use std::{collections::BTreeMap, hint::black_box};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use cutover::{
    gate::{History, Judge, Row, SideRow, StepSpan, Table, TargetCount, Watch},
    runbook::model::{
        Catastrophe, ErrorLimit, ErrorsGate, Gates, LatencyGate, LatencyLimit, LatencyStat, Noise,
        PassRule, ShareGate, TargetsGate,
    },
    unit::{Minute, Rate, SignedDuration, Timestamp},
};

const START: Minute = Minute(29_656_920);
const LAG: SignedDuration = SignedDuration::from_secs(120);

fn rate(fraction: f64) -> Rate {
    Rate::from_fraction(fraction).expect("a rate")
}

/// The gates of runbook.md, with all their defaults.
fn gates() -> Gates {
    let errors = |times_legacy, plus, at_most: Option<f64>, false_alarm| ErrorLimit {
        times_legacy,
        plus: rate(plus),
        at_most: at_most.map(rate),
        history: at_most.map(|_| SignedDuration::from_hours(24)),
        false_alarm: rate(false_alarm),
    };
    let latency = |times_legacy, bad_minutes, false_alarm| LatencyLimit {
        times_legacy,
        at_most: None,
        bad_minutes: rate(bad_minutes),
        false_alarm: rate(false_alarm),
    };
    Gates {
        noise: Noise::Normal,
        errors: Some(ErrorsGate {
            critical: errors(2.0, 0.001, Some(0.01), 0.01),
            warning: errors(1.5, 0.0002, None, 0.05),
            catastrophe: Some(Catastrophe { rate: rate(0.25), min_errors: 10, times_legacy: 5.0 }),
        }),
        latency: Some(LatencyGate {
            stat: LatencyStat { percentile: 99.0 },
            critical: latency(1.5, 0.1, 0.01),
            warning: latency(1.2, 0.2, 0.05),
        }),
        share: Some(ShareGate { within: rate(0.5), after: SignedDuration::from_mins(5) }),
        targets: Some(TargetsGate { critical_below: rate(0.5) }),
        metrics: Vec::new(),
        alarms: Vec::new(),
        datadog: Vec::new(),
        pass: PassRule { min_minutes: 5, min_requests: 200, proof: rate(0.95) },
    }
}

/// A run that is judged once a minute; it has seven steps that share its minutes.
struct Night {
    judge: Judge,
    table: Table,
    spans: Vec<StepSpan>,
    played: i64,
}

impl Night {
    fn new(minutes: u32) -> Self {
        let planned = minutes.div_ceil(7);
        let history =
            History { legacy_error_rate: Some(0.001), legacy_requests_per_minute: Some(6e4) };
        let mut first = START;
        let mut spans = Vec::new();
        for share in ["1%", "5%", "10%", "25%", "50%", "75%", "100%"] {
            let share = share.parse().expect("a share");
            spans.push(StepSpan { first, planned, share, settled: Some(first.offset(3).start()) });
            first = first.offset(i64::from(planned));
        }
        let judge = Judge::new(&gates(), &history, &[planned; 7]);
        Self { judge, table: Table::default(), spans, played: 0 }
    }

    fn minute(&mut self) {
        let minute = START.offset(self.played);
        let begun = self.spans.iter().filter(|span| span.first <= minute).count();
        let share = self.spans[begun - 1].share.fraction();
        let side = |part: f64, latency| SideRow {
            requests: Some((6e4 * part).round()),
            errors: Some((60.0 * part).round()),
            latency: Some(latency),
            latency_p90: Some(latency / 2.0),
        };
        let row = Row {
            new: side(share, 0.31),
            legacy: side(1.0 - share, 0.3),
            metrics: BTreeMap::new(),
        };
        let now: Timestamp = minute.end() + LAG;
        let targets = Some(TargetCount { healthy: 4, registered: 4 });
        self.table.record(now, [(minute, row)], targets, Vec::new());
        let watch = Watch { now, metric_lag: LAG, spans: &self.spans[..begun], hold_ended: false };
        black_box(self.judge.judge(&self.table, &watch));
        self.played += 1;
    }
}

/// One judged minute, a whole run of three hours, and a hold of thirty days.
fn gate_minute(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gate");
    group.bench_function("minute", |bencher| {
        let warm = || {
            let mut night = Night::new(180);
            (0..90).for_each(|_| night.minute());
            night
        };
        bencher.iter_batched_ref(warm, Night::minute, BatchSize::LargeInput);
    });
    for (name, minutes) in [("run of 3 hours", 180), ("run of 30 days", 43_200)] {
        group.sample_size(10).bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut night = Night::new(minutes);
                (0..minutes).for_each(|_| night.minute());
            });
        });
    }
    group.finish();
}

criterion_group!(benches, gate_minute);
criterion_main!(benches);
