//! Measures what design.md gives numbers for.

use std::{cell::RefCell, collections::BTreeMap, hint::black_box, rc::Rc};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use cutover::{
    driver::Observer,
    engine::{Engine, View},
    gate::{History, Judge, Reading, Row, SideRow, StepSpan, Table, TargetCount, Watch},
    journal::{Record, replay},
    rehearse::{Played, Silent, play, stage},
    runbook::{Runbook, Source, validate},
    sim::{BUILTIN, Scenario},
    unit::{Minute, SignedDuration, Timestamp},
};

const START: Minute = Minute(29_656_920);
const LAG: SignedDuration = SignedDuration::from_secs(120);

/// The shipped runbook, with the default gates.
fn runbook() -> Runbook {
    let text = include_bytes!("../../runbooks/api.yaml").to_vec();
    let source = Source { path: "api.yaml".to_owned(), text };
    validate(&source, &BTreeMap::new()).expect("the shipped runbook is valid").remove(0)
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
        let history = History {
            legacy_error_rate: Some(0.001),
            legacy_requests_per_minute: Some(6e4),
            ..History::default()
        };
        let mut first = START;
        let mut spans = Vec::new();
        for share in ["1%", "5%", "10%", "25%", "50%", "75%", "100%"] {
            let share = share.parse().expect("a share");
            spans.push(StepSpan { first, planned, share, settled: Some(first.offset(3).start()) });
            first = first.offset(i64::from(planned));
        }
        let judge = Judge::new(&runbook().gates, &history, &[planned; 7]);
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
            ..SideRow::default()
        };
        let row = Row {
            new: side(share, 0.31),
            legacy: side(1.0 - share, 0.3),
            metrics: BTreeMap::new(),
        };
        let now: Timestamp = minute.end() + LAG;
        let targets = Some(TargetCount { healthy: 4, registered: 4, of: None });
        let reading = Reading { rows: vec![(minute, row)], targets, ..Reading::default() };
        self.table.record(now, reading);
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

fn rehearsed<O: Observer + Clone>(scenario: &Scenario, observer: &O) -> Played {
    let runbook = runbook();
    let stage = stage(std::slice::from_ref(&runbook));
    play(&runbook, stage, scenario.clone(), 1, observer).expect("a rehearsal has an end")
}

/// Keeps every record.
#[derive(Clone, Default)]
struct All(Rc<RefCell<Vec<Record>>>);

impl Observer for All {
    fn record(&mut self, record: &Record) {
        self.0.borrow_mut().push(record.clone());
    }

    fn shows_views(&self) -> bool {
        false
    }

    fn view(&mut self, _: &View) {}

    fn notice(&mut self, _: &str) {}
}

/// Every event of a whole run, replayed.
fn engine_step(criterion: &mut Criterion) {
    let all = All::default();
    let played = rehearsed(&Scenario::builtin("calm").expect("built in"), &all);
    let plan = played.plan.expect("the calm scenario has a plan");
    let records = all.0.borrow();
    let run = records[0].run.clone();
    let mut group = criterion.benchmark_group("engine");
    group.throughput(Throughput::Elements(records.len() as u64));
    group.bench_function("events of a run", |bencher| {
        bencher.iter(|| {
            let mut engine = Engine::new(plan.clone(), run.clone());
            replay(&mut engine, &*records).expect("a journal replays");
            engine
        });
    });
    group.finish();
}

/// The shipped runbook through one scenario, and through all of them.
fn rehearsals(criterion: &mut Criterion) {
    let scenarios: Vec<Scenario> =
        BUILTIN.iter().filter_map(|(name, _)| Scenario::builtin(name)).collect();
    let one = |scenario: &Scenario| rehearsed(scenario, &Silent);
    let mut group = criterion.benchmark_group("rehearse");
    group.sample_size(10);
    group.bench_function("one scenario", |bencher| bencher.iter(|| one(&scenarios[0])));
    group.bench_function("all scenarios", |bencher| {
        bencher.iter(|| scenarios.iter().map(one).collect::<Vec<_>>());
    });
    group.finish();
}

criterion_group!(benches, gate_minute, engine_step, rehearsals);
criterion_main!(benches);
