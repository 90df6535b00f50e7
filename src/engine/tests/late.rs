//! Minutes of metrics that come late, or change after they were judged.

use super::*;
use crate::{
    gate::{DataFault, DataFaultKind, Row, SideRow},
    plan::OnBreach,
    unit::Account,
};

/// What was read when: seconds after the moment before, and minutes with requests and failures of new.
type Reading<'a> = (i64, &'a [(i64, f64, f64)]);

fn judged_plan(breach: OnBreach) -> Plan {
    let mut plan = plan();
    plan.gates.errors = serde_json::from_value(json!({
        "critical": {
            "times_legacy": 2.0, "plus": 0.001, "at_most": 0.01, "history": null,
            "false_alarm": 0.01,
        },
        "warning": {
            "times_legacy": 1.5, "plus": 0.0002, "at_most": null, "history": null,
            "false_alarm": 0.05,
        },
        "catastrophe": null,
    }))
    .unwrap();
    plan.policy.breach = breach;
    plan
}

/// A run whose first step is held, with the first minute that is evidence.
fn watched(breach: OnBreach) -> (Run, Minute) {
    let mut run = Run::of(judged_plan(breach));
    for _ in 0..100 {
        run.work();
        if matches!(run.engine.phase, Phase::Holding { .. }) {
            let first = run.engine.spans[0].first;
            return (run, first);
        }
        run.pass(60);
    }
    panic!("{:?}", run.names());
}

fn row(requests: f64, errors: f64) -> Row {
    let side = |requests, errors| SideRow {
        requests: Some(requests),
        errors: Some(errors),
        ..SideRow::default()
    };
    Row { new: side(requests, errors), legacy: side(54_000.0, 54.0), ..Row::default() }
}

impl Run {
    /// Takes in a reading, as the driver does, and the judgement and what follows from it.
    fn take_in(&mut self, seconds: i64, rows: BTreeMap<Minute, Row>, faults: Vec<DataFault>) {
        self.pass(seconds);
        let rows = self.engine.fresh_rows(rows);
        let (targets, alarms) = (None, BTreeMap::new());
        self.commit(Event::MetricsRead {
            rows,
            targets,
            alarms,
            services: BTreeMap::new(),
            datadog: BTreeMap::new(),
            faults,
        });
        self.decide();
    }

    fn readings(&mut self, first: Minute, readings: &[Reading<'_>]) {
        for (seconds, minutes) in readings {
            let rows = minutes.iter().map(|(m, n, x)| (first.offset(*m), row(*n, *x)));
            self.take_in(*seconds, rows.collect(), Vec::new());
        }
    }

    fn evidence(&self) -> f64 {
        let judged = self.engine.judged.as_ref().unwrap();
        judged.findings[0].evidence.unwrap()
    }
}

/// Ten minutes as they are in the end: in two of them new failed.
const FINAL: [(i64, f64, f64); 10] = [
    (0, 6_000.0, 6.0),
    (1, 6_000.0, 5.0),
    (2, 6_000.0, 300.0),
    (3, 6_000.0, 300.0),
    (4, 6_000.0, 7.0),
    (5, 6_000.0, 6.0),
    (6, 6_000.0, 4.0),
    (7, 6_000.0, 6.0),
    (8, 6_000.0, 8.0),
    (9, 6_000.0, 6.0),
];

#[test]
fn the_evidence_is_the_same_however_late_and_in_whatever_order_minutes_came() {
    let (mut at_once, first) = watched(OnBreach::Hold);
    at_once.readings(first, &[(900, &FINAL)]);
    let (mut late, first) = watched(OnBreach::Hold);
    let early = [(2, 6_000.0, 6.0), (7, 100.0, 90.0)];
    late.readings(first, &[(300, &FINAL[5..9]), (60, &early), (240, &FINAL[..5]), (300, &FINAL)]);
    assert_eq!(late.now, at_once.now);
    assert_eq!(late.evidence(), at_once.evidence());
}

#[test]
fn a_journal_replayed_up_to_a_judgement_says_the_same_though_a_later_record_changed_its_minutes() {
    let (mut run, first) = watched(OnBreach::Hold);
    let healthy: Vec<_> = FINAL.iter().map(|(minute, n, _)| (*minute, *n, 6.0)).collect();
    let parts: [Reading<'_>; 4] =
        [(400, &healthy[..4]), (120, &healthy[4..7]), (180, &FINAL[..4]), (200, &FINAL)];
    run.readings(first, &parts);
    let mut said = Vec::new();
    for (place, event) in run.told.iter().enumerate() {
        let Event::MinuteJudged { findings, .. } = event else { continue };
        let mut replayed = Run::blank(judged_plan(OnBreach::Hold)).engine;
        for (at, event) in run.told_at.iter().zip(&run.told[..place]) {
            replayed.apply(*at, event).unwrap();
        }
        assert_eq!(replayed.due(run.told_at[place]).as_ref(), Some(event));
        said.push(findings[0].evidence.unwrap());
    }
    assert_eq!(said.len(), 4);
    assert!(said[1] < 0.0 && said[2] > 1.0 && said[3] < 0.0, "{said:?}");
}

#[test]
fn a_minute_that_changes_can_bring_a_breach_and_take_it_away_again() {
    let (mut run, first) = watched(OnBreach::Hold);
    let known = run.told.len();
    run.readings(first, &[(700, &[(1, 6_000.0, 6.0), (2, 6_000.0, 6.0)])]);
    assert!(!run.names_after(known).contains(&"breached"));
    run.readings(first, &[(30, &[(1, 6_000.0, 300.0), (2, 6_000.0, 300.0)])]);
    assert_eq!(run.names_after(known).iter().filter(|name| **name == "breached").count(), 1);
    assert!(run.engine.is_breaching());
    run.readings(first, &[(30, &[(1, 6_000.0, 6.0), (2, 6_000.0, 6.0)])]);
    assert!(!run.engine.is_breaching());
    assert!(!run.names().contains(&"rollback_started"));
}

#[test]
fn a_breach_that_acted_is_not_taken_back_by_a_minute_that_changes() {
    let (mut run, first) = watched(OnBreach::Rollback);
    run.readings(first, &[(700, &[(1, 6_000.0, 300.0), (2, 6_000.0, 300.0)])]);
    assert!(run.names().contains(&"rollback_started"));
    run.readings(first, &[(30, &[(1, 6_000.0, 6.0), (2, 6_000.0, 6.0)])]);
    run.work();
    assert!(run.names().contains(&"rolled_back"));
}

#[test]
fn only_what_changed_is_journaled() {
    let (mut run, first) = watched(OnBreach::Hold);
    run.readings(first, &[(700, &FINAL[..5]), (30, &FINAL[..5]), (30, &[(3, 6_000.0, 9.0)])]);
    let rows: Vec<usize> = run
        .told
        .iter()
        .filter_map(|event| {
            let Event::MetricsRead { rows, .. } = event else { return None };
            Some(rows.len())
        })
        .collect();
    assert_eq!(rows, [5, 0, 1]);
}

fn legacy_alone() -> Row {
    Row { new: SideRow::default(), ..row(0.0, 0.0) }
}

#[test]
fn usually_the_newest_minutes_are_read_again_and_every_five_minutes_a_few_more() {
    let (mut run, first) = watched(OnBreach::Hold);
    assert_eq!(run.engine.read_from(first), first);
    let newest = Minute(first.0 - first.0 % 5 + 100);
    let rows = |until: Minute| (first.0..=until.0).map(|m| (Minute(m), row(60.0, 0.0))).collect();
    run.take_in(30, rows(newest), Vec::new());
    assert_eq!(run.engine.read_from(first), newest.offset(-15));
    run.take_in(30, rows(newest.offset(1)), Vec::new());
    assert_eq!(run.engine.read_from(first), newest.offset(-4));
}

#[test]
fn what_a_faulty_reading_left_out_is_read_once_it_can_be() {
    let (mut run, first) = watched(OnBreach::Hold);
    let rows = |range: std::ops::Range<i64>, row: &Row| {
        range.map(|m| (first.offset(m), row.clone())).collect()
    };
    run.take_in(700, rows(0..6, &row(60.0, 0.0)), Vec::new());
    let fault = DataFault {
        account: Account::New,
        kind: DataFaultKind::Forbidden,
        message: "not authorized".to_owned(),
    };
    run.take_in(2400, rows(6..46, &legacy_alone()), vec![fault]);
    assert_eq!(run.engine.read_from(first), first);
    run.take_in(30, rows(1..46, &row(60.0, 0.0)), Vec::new());
    assert!(run.engine.read_from(first) >= first.offset(30));
}

#[test]
fn a_side_whose_metrics_come_later_than_the_others_is_read_from_where_it_fell_silent() {
    let (mut run, first) = watched(OnBreach::Hold);
    let newest = Minute(first.0 - first.0 % 5 + 60);
    let heard = first.offset(20);
    let rows = (first.0..=newest.0).map(|minute| {
        let minute = Minute(minute);
        (minute, if minute <= heard { row(60.0, 0.0) } else { legacy_alone() })
    });
    run.take_in(4000, rows.collect(), Vec::new());
    assert_eq!(run.engine.read_from(first), heard);
    let far = (newest.0..=newest.0 + 400).map(|minute| (Minute(minute), legacy_alone()));
    run.take_in(24_000, far.collect(), Vec::new());
    assert_eq!(run.engine.read_from(first), newest.offset(400 - 180));
}

#[test]
fn every_fifth_minute_a_reading_goes_back_a_quarter_of_an_hour() {
    let (mut run, first) = watched(OnBreach::Hold);
    let newest = Minute(first.0 - first.0 % 5 + 60);
    let rows = |until: i64| {
        (first.0..=until).map(|minute| (Minute(minute), row(60.0, 0.0))).collect::<BTreeMap<_, _>>()
    };
    run.take_in(4000, rows(newest.0 - 1), Vec::new());
    assert_eq!(run.engine.read_from(first), newest.offset(-1 - 5));
    run.take_in(60, rows(newest.0), Vec::new());
    assert_eq!(run.engine.read_from(first), newest.offset(-15));
}
