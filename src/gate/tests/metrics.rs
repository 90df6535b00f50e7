//! What gates on other metrics make of their datapoints.

use snapbox::{assert_data_eq, str};

use super::*;
use crate::{
    gate::DataFaultKind,
    runbook::model::{Bound, MetricGate, Threshold},
    unit::Account,
};

const fn above(value: f64, bad: u32, of: u32) -> Threshold {
    Threshold { bound: Bound::Above, value, bad, of }
}

fn lag_gate(account: Account, critical: Option<Threshold>) -> MetricGate {
    MetricGate {
        name: "replica-lag".to_owned(),
        account,
        namespace: "AWS/RDS".to_owned(),
        metric: "ReplicaLag".to_owned(),
        dimensions: [("DBInstanceIdentifier".to_owned(), "orders".to_owned())].into(),
        stat: "Maximum".to_owned(),
        warning: Some(above(10.0, 1, 1)),
        critical,
    }
}

fn run_of(gate: MetricGate) -> Run {
    let gates = Gates { metrics: vec![gate], ..no_gates() };
    Run::new(&gates, &PAST, &[(20, "10%"), (60, "50%")])
}

fn lag_run(critical: Option<Threshold>) -> Run {
    run_of(lag_gate(Account::New, critical))
}

fn lag(value: Option<f64>) -> Row {
    let metrics = value.map(|value| ("replica-lag".to_owned(), value)).into_iter().collect();
    Row { metrics, ..Row::default() }
}

/// Plays these datapoints, a minute each, and returns what is said after each.
fn play(run: &mut Run, first: i64, values: &[f64]) -> Vec<Finding> {
    let found = |(minute, value): (i64, &f64)| run.minute(minute, lag(Some(*value))).remove(0);
    (first..).zip(values).map(found).collect()
}

fn causes(found: &[Finding]) -> Vec<Cause> {
    found.iter().map(|finding| finding.cause).collect()
}

#[test]
fn a_metric_breaches_when_enough_of_its_newest_datapoints_are_bad() {
    let mut run = lag_run(Some(above(30.0, 3, 5)));
    let values = [1.0, 40.0, 5.0, 40.0, 1.0, 40.0, 1.0, 1.0, 1.0, 1.0];
    let found = play(&mut run, 0, &values);
    let causes = causes(&found);
    assert_eq!(causes[1], Cause::OverWarning);
    assert_eq!(causes[2], Cause::InsufficientData);
    assert_eq!(causes[4], Cause::Proven);
    assert_eq!(causes[5], Cause::OverCritical);
    assert_eq!(causes[9], Cause::Proven);
    let numbers = &found[5].numbers;
    assert_eq!(
        (numbers["value"], numbers["bad_datapoints"], numbers["datapoints"]),
        (40.0, 3.0, 5.0)
    );
}

#[test]
fn a_metric_passes_once_what_is_still_to_come_could_not_break_its_limit() {
    let found = play(&mut lag_run(Some(above(30.0, 3, 5))), 0, &[1.0, 2.0, 3.0]);
    use Cause::{InsufficientData, Proven};
    assert_eq!(causes(&found), [InsufficientData, InsufficientData, Proven]);
}

#[test]
fn a_lower_bound_is_broken_from_below() {
    let below = Threshold { bound: Bound::Below, value: 2.0, bad: 1, of: 1 };
    let mut run = run_of(MetricGate { warning: None, ..lag_gate(Account::New, Some(below)) });
    let found = play(&mut run, 0, &[2.0, 1.9]);
    assert_eq!(causes(&found), [Cause::Proven, Cause::OverCritical]);
}

#[test]
fn a_metric_without_datapoints_is_unknown() {
    let mut run = lag_run(None);
    assert_eq!(run.minute(0, lag(None))[0].cause, Cause::InsufficientData);
    assert_eq!(run.minute(1, lag(Some(f64::NAN)))[0].cause, Cause::InsufficientData);
    play(&mut run, 2, &[1.0, 1.0]);
    let causes = run.minutes(4..12, &lag(None));
    assert_eq!((causes[4], causes[5]), (Cause::Proven, Cause::Stale));
}

#[test]
fn a_metric_that_comes_every_five_minutes_is_not_stale_between_two_of_them() {
    let mut run = lag_run(Some(above(30.0, 2, 3)));
    run.spans.truncate(1);
    let said: Vec<Cause> = (0..40)
        .map(|minute| {
            // It comes five minutes after the minute that it is of, for as long as it comes.
            let now = run.closing(minute);
            let of = minute - 5;
            let rows = (of % 5 == 0 && of < 20).then(|| (of, lag(Some(1.0))));
            run.read(now, rows.filter(|(of, _)| *of >= 0));
            run.judge(now)[0].cause
        })
        .collect();
    assert!(said[..10].iter().all(|cause| *cause == Cause::InsufficientData), "{said:?}");
    assert!(said[10..20].iter().all(|cause| *cause == Cause::Proven), "{said:?}");
    assert_eq!((said[27], said[28]), (Cause::Proven, Cause::Stale), "{said:?}");
}

#[test]
fn what_came_before_a_step_does_not_pass_it() {
    let mut run = lag_run(None);
    play(&mut run, 12, &[1.0, 1.0, 1.0]);
    // The second step begins before the 19th minute is closed.
    let causes = run.minutes(15..20, &lag(None));
    use Cause::{InsufficientData, Proven};
    assert_eq!(causes, [Proven, Proven, Proven, InsufficientData, InsufficientData]);
    assert_eq!(play(&mut run, 20, &[1.0])[0].cause, Proven);
}

#[test]
fn a_metric_of_legacy_beyond_its_limit_is_no_reason_to_go_back_there() {
    let mut run = run_of(lag_gate(Account::Legacy, Some(above(30.0, 1, 1))));
    assert_eq!(play(&mut run, 0, &[31.0])[0].cause, Cause::LegacySick);
    let mut run = run_of(lag_gate(Account::Dns, Some(above(30.0, 1, 1))));
    assert_eq!(play(&mut run, 0, &[31.0])[0].cause, Cause::OverCritical);
}

#[test]
fn l54_a_metric_that_could_not_be_read_whole_is_no_pass_but_still_a_breach() {
    let mut run = lag_run(Some(above(30.0, 1, 1)));
    let (kind, message) = (DataFaultKind::Partial, "no".to_owned());
    run.faults = vec![DataFault { account: Account::New, kind, message }];
    assert_eq!(causes(&play(&mut run, 0, &[1.0, 31.0])), [Cause::Partial, Cause::OverCritical]);
}

#[test]
fn a_metric_is_told_with_its_name_its_value_and_its_limits() {
    let critical = Some(above(30.0, 3, 5));
    let mut said = Vec::new();
    for values in [
        &[][..],
        &[3.25][..],
        &[3.0, 2.0, 1.5],
        &[40.0, 1.0, 1.0, 1.0, 1.0],
        &[1.0, 1.0, 11.0],
        &[40.0, 45.5, 1.0, 36.0],
    ] {
        let mut run = lag_run(critical.clone());
        let found = play(&mut run, 0, values).pop();
        said.extend(found.or_else(|| run.minute(0, lag(None)).pop()));
    }
    let mut run = lag_run(Some(above(30.0, 1, 1)));
    play(&mut run, 0, &[1.0, 2.0]);
    said.extend((2..12).filter_map(|minute| run.minute(minute, lag(None)).pop()).last());
    said.extend(play(&mut run, 21, &[1234.5]));
    let mut run = run_of(lag_gate(Account::Legacy, Some(above(0.5, 1, 1))));
    said.extend(play(&mut run, 0, &[0.75]));
    let mut run = lag_run(None);
    play(&mut run, 18, &[1.0]);
    said.extend(run.minute(20, lag(None)).pop());
    let said: Vec<String> = said.iter().map(|f| format!("{:?}: {}", f.cause, f.why)).collect();
    assert_data_eq!(
        said.join("\n"),
        str![[r#"
InsufficientData: Maximum of AWS/RDS ReplicaLag (DBInstanceIdentifier orders) has no datapoint in the closed minutes of this run
InsufficientData: Maximum of AWS/RDS ReplicaLag (DBInstanceIdentifier orders) is 3.25; 1 of the 5 datapoints that count have come
Proven: Maximum of AWS/RDS ReplicaLag (DBInstanceIdentifier orders) is 1.5; critical is above 30 in 3 of 5 datapoints; warning is above 10
Proven: Maximum of AWS/RDS ReplicaLag (DBInstanceIdentifier orders) is 1; critical is above 30 in 3 of 5 datapoints (1 is); warning is above 10
OverWarning: Maximum of AWS/RDS ReplicaLag (DBInstanceIdentifier orders) is 11, above the warning limit of 10
OverCritical: Maximum of AWS/RDS ReplicaLag (DBInstanceIdentifier orders) is 36, and was above the limit of 30 in 3 of its newest 4 datapoints; 3 of 5 are enough
Stale: Maximum of AWS/RDS ReplicaLag (DBInstanceIdentifier orders) was 2 in the minute of 02:01, 10 min before the newest closed one, and nothing has come since
OverCritical: Maximum of AWS/RDS ReplicaLag (DBInstanceIdentifier orders) is 1,235, above the limit of 30
LegacySick: Maximum of AWS/RDS ReplicaLag (DBInstanceIdentifier orders) is 0.75, above the limit of 0.5; going back to legacy would do harm
InsufficientData: Maximum of AWS/RDS ReplicaLag (DBInstanceIdentifier orders) was 1 in the minute of 02:18; none of this step has come yet
"#]]
    );
}
