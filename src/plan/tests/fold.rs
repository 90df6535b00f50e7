//! Answers of one and of several load balancers on a side.

use super::*;
use crate::{
    gate::{DataFaultKind, SideRow},
    plan::{Feed, Meaning, MetricQuery, Series, SeriesStatus, fold},
    unit::{Account, Minute},
};

fn series(value: Option<f64>, status: SeriesStatus) -> Series {
    let points = value.map(|value| (Minute(1), value)).into_iter().collect();
    Series { status, message: None, points }
}

fn feed(balancer: &str, stat: &str, meaning: Meaning) -> Feed {
    let query = MetricQuery {
        namespace: "AWS/ApplicationELB".to_owned(),
        metric: "Some".to_owned(),
        dimensions: [("LoadBalancer".to_owned(), format!("app/{balancer}/50dc"))].into(),
        stat: stat.to_owned(),
    };
    Feed { account: Account::New, query, into: vec![meaning] }
}

/// What a load balancer told of one minute: its name, its requests and its p99 and p90 in seconds.
type Told = (&'static str, Option<f64>, [Option<f64>; 2]);

fn row(told: &[Told]) -> SideRow {
    let of_one = |(name, requests, [p99, p90]): &Told| {
        let complete = |value: Option<f64>| series(value, SeriesStatus::Complete);
        [
            (feed(name, "Sum", Meaning::Requests(Side::New)), complete(*requests)),
            (feed(name, "p99", Meaning::Latency(Side::New)), complete(*p99)),
            (feed(name, "p90", Meaning::LatencyP90(Side::New)), complete(*p90)),
        ]
    };
    let answers: Vec<_> = told.iter().flat_map(of_one).collect();
    let (mut rows, faults) = fold(answers.iter().map(|(feed, series)| (feed, series)));
    assert!(faults.is_empty());
    rows.remove(&Minute(1)).unwrap_or_default().new
}

fn slowest(row: &SideRow) -> (Option<f64>, Option<&str>, Option<f64>, Option<&str>) {
    let [of, p90_of] = [&row.latency_of, &row.latency_p90_of].map(Option::as_deref);
    (row.latency, of, row.latency_p90, p90_of)
}

#[test]
fn counts_are_added_and_of_latencies_the_worst_is_kept_with_its_name() {
    let row = row(&[
        ("a", Some(2_000.0), [Some(0.3), Some(0.2)]),
        ("b", Some(1_000.0), [Some(0.9), Some(0.1)]),
    ]);
    assert_eq!((row.requests, row.errors), (Some(3_000.0), None));
    assert_eq!(slowest(&row), (Some(0.9), Some("alb b"), Some(0.2), Some("alb a")));
}

#[test]
fn a_percentile_counts_only_with_requests_enough_of_its_own_load_balancer() {
    let row = row(&[
        ("busy", Some(5_000.0), [Some(0.3), Some(0.1)]),
        ("calm", Some(400.0), [Some(9.0), Some(0.2)]),
        ("idle", Some(20.0), [Some(30.0), Some(30.0)]),
        ("dark", None, [Some(60.0), Some(60.0)]),
    ]);
    assert_eq!(slowest(&row), (Some(0.3), Some("alb busy"), Some(0.2), Some("alb calm")));
    let row = self::row(&[("a", Some(900.0), [Some(0.3), None]), ("b", Some(900.0), [None; 2])]);
    assert_eq!(slowest(&row), (None, None, None, None), "together they had enough, each had not");
}

#[test]
fn a_load_balancer_without_data_does_not_silence_the_others() {
    let row = row(&[("a", None, [None; 2]), ("b", Some(3_000.0), [Some(0.3), Some(0.1)])]);
    assert_eq!(row.requests, Some(3_000.0));
    assert_eq!(slowest(&row), (Some(0.3), Some("alb b"), Some(0.1), Some("alb b")));
    assert_eq!(row.silent, ["alb a"]);
}

#[test]
fn where_nobody_comes_at_all_no_load_balancer_is_named() {
    let none = row(&[("a", None, [None; 2]), ("b", Some(0.0), [None; 2])]);
    assert_eq!(none.silent, Vec::<String>::new());
    let zero = row(&[("a", Some(5.0), [None; 2]), ("b", Some(0.0), [None; 2])]);
    assert_eq!(zero.silent, ["alb b"]);
}

#[test]
fn a_single_load_balancer_needs_no_name_and_its_gate_counts_its_requests() {
    let row = row(&[("a", Some(20.0), [Some(0.3), None])]);
    assert_eq!(slowest(&row), (Some(0.3), None, None, None));
}

#[test]
fn l54_failures_are_not_counted_while_their_requests_are_not_told_in_full() {
    let requests = |name| feed(name, "Sum", Meaning::Requests(Side::New));
    let errors = |name| feed(name, "Sum", Meaning::Errors(Side::New));
    let told = |value| series(Some(value), SeriesStatus::Complete);
    for status in [SeriesStatus::Partial, SeriesStatus::Forbidden, SeriesStatus::InternalError] {
        let answers = [
            (requests("a"), told(1_000.0)),
            (errors("a"), told(1.0)),
            (requests("b"), series(None, status)),
            (errors("b"), told(90.0)),
        ];
        let (rows, faults) = fold(answers.iter().map(|(feed, series)| (feed, series)));
        assert_eq!((rows.len(), faults.len()), (0, 1), "{status:?}");
    }
    let answers =
        [(requests("a"), told(1_000.0)), (errors("a"), series(None, SeriesStatus::Partial))];
    let (rows, _) = fold(answers.iter().map(|(feed, series)| (feed, series)));
    assert_eq!(rows[&Minute(1)].new.requests, Some(1_000.0));
}

#[test]
fn l54_an_answer_that_is_not_whole_is_said() {
    let feed = feed("a", "Sum", Meaning::Requests(Side::New));
    let (_, faults) = fold([(&feed, &series(None, SeriesStatus::Forbidden))]);
    assert_eq!(faults[0].kind, DataFaultKind::Forbidden);
}
