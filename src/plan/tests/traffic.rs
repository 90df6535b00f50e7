//! When legacy's traffic has gone, and when nobody can say.

use std::collections::BTreeMap;

use super::{ALIAS, STEPS, made, runbook, snapshot};
use crate::{
    plan::{
        Below, Enough, Judgement, Meaning, RecordSet, Routing, Series, SeriesStatus, Traffic,
        request_feeds,
    },
    unit::{Minute, Rate, Side, SignedDuration, Timestamp},
};

/// The newest closed minute is the one before this.
const NOW: Minute = Minute(29_917_000);
/// Minutes that are judged in these tests.
const WINDOW: i64 = 60;

fn enough(below: &str) -> Enough {
    Enough {
        below: below.parse().unwrap(),
        time: SignedDuration::from_mins(WINDOW),
        metric_lag: SignedDuration::ZERO,
    }
}

fn live() -> Vec<RecordSet> {
    vec![super::alias(super::LEGACY, Routing::Simple)]
}

/// What is counted when each side gets this many requests, as a function of how many minutes ago that was. CloudWatch
/// answers so for each side.
fn traffic(
    status: [SeriesStatus; 2],
    legacy: impl Fn(i64) -> Option<f64>,
    new: impl Fn(i64) -> Option<f64>,
) -> Traffic {
    let feeds = made(ALIAS, STEPS, live()).unwrap().plan.feeds;
    let mut traffic = Traffic::of(&feeds);
    for (side, feed) in
        request_feeds(&feeds).filter(|(_, feed)| feed.query.metric == "RequestCount")
    {
        let (status, of) = match side {
            Side::Legacy => (status[0], &legacy as &dyn Fn(i64) -> Option<f64>),
            Side::New => (status[1], &new as &dyn Fn(i64) -> Option<f64>),
        };
        let points: BTreeMap<Minute, f64> =
            (1..=WINDOW).filter_map(|ago| Some((NOW.offset(-ago), of(ago)?))).collect();
        traffic.add(side, &feed.query, &Series { status, message: None, points });
    }
    traffic
}

const ANSWERS: [SeriesStatus; 2] = [SeriesStatus::Complete; 2];

fn judged(below: &str, traffic: &Traffic) -> Judgement {
    traffic.judge(&enough(below), NOW.start())
}

fn in_minutes(minutes: i64) -> Option<Timestamp> {
    Some(NOW.offset(minutes).start())
}

#[test]
fn l50_a_load_balancer_without_requests_reports_nothing_and_has_none() {
    let judgement = judged("1%", &traffic(ANSWERS, |_| None, |_| Some(100.0)));
    assert_eq!(judgement.problems, Vec::<String>::new());
    assert_eq!(judgement.again_at, None);
    let left = &judgement.legacy[0];
    assert_eq!((left.balancer.to_string().as_str(), left.requests), ("elb api-old", 0.0));
    assert_eq!((left.share, left.newest), (Rate::from_fraction(0.0), None));
    assert_eq!(left.requests.to_string(), "0", "and not a negative zero");
}

#[test]
fn l50_silence_of_both_sides_is_no_evidence() {
    let judgement = judged("1%", &traffic(ANSWERS, |_| None, |_| None));
    assert!(judgement.problems[0].contains("that is no evidence"), "{judgement:?}");
    // A quiet moment is none of CloudWatch's, a quarter of an hour may be.
    let gap = |minutes: i64| move |ago: i64| (ago <= 20 || ago > 20 + minutes).then_some(100.0);
    assert!(judged("1%", &traffic(ANSWERS, |_| None, gap(5))).problems.is_empty());
    let judgement = judged("1%", &traffic(ANSWERS, |_| None, gap(15)));
    assert!(
        judgement.problems[0].contains("no datapoint") || judgement.problems[0].contains("15m")
    );
    assert_eq!(judgement.again_at, in_minutes(40));
}

#[test]
fn l54_an_answer_that_is_not_whole_is_no_evidence() {
    for status in [
        [SeriesStatus::Forbidden, SeriesStatus::Complete],
        [SeriesStatus::Complete, SeriesStatus::Partial],
    ] {
        let judgement = judged("1%", &traffic(status, |_| None, |_| Some(100.0)));
        assert!(judgement.problems[0].contains("CloudWatch did not tell all"), "{judgement:?}");
    }
    let mut unread = traffic(ANSWERS, |_| None, |_| Some(100.0));
    unread.faults.push("legacy's traffic could not be read: no route".to_owned());
    assert_eq!(judged("1%", &unread).problems, ["legacy's traffic could not be read: no route"]);
}

#[test]
fn a_share_is_of_both_sides_requests_over_the_whole_time() {
    let little = traffic(ANSWERS, |ago| (ago == 30).then_some(59.0), |_| Some(100.0));
    let judgement = judged("1%", &little);
    assert!(judgement.problems.is_empty(), "{judgement:?}");
    assert_eq!(judgement.requests, 6059.0);
    assert_eq!(judgement.legacy[0].busiest, Some((NOW.offset(-30).start(), 59.0)));
    assert_eq!(judgement.legacy[0].newest, Some(NOW.offset(-30).start()));
    let judgement = judged("1%", &traffic(ANSWERS, |_| Some(2.0), |_| Some(98.0)));
    assert_eq!(
        judgement.problems,
        ["legacy still carries 2% of all requests in 1h; less than 1% of all requests is needed"]
    );
    // It would have to stop now.
    assert_eq!(judgement.again_at, in_minutes(WINDOW));
}

#[test]
fn it_says_when_a_window_begins_that_legacys_traffic_does_not_spoil() {
    // Everything arrived at legacy until ten minutes ago, and two requests a minute since then.
    let moved = traffic(
        ANSWERS,
        |ago| Some(if ago > 10 { 100.0 } else { 2.0 }),
        |ago| (ago <= 10).then_some(98.0),
    );
    assert_eq!(judged("3%", &moved).again_at, in_minutes(WINDOW - 10));
    assert_eq!(judged("3", &moved).again_at, in_minutes(WINDOW - 10));
    assert_eq!(judged("2", &moved).again_at, in_minutes(WINDOW));
}

#[test]
fn a_number_of_requests_binds_every_single_minute() {
    let peak = |count| traffic(ANSWERS, move |ago| (ago == 7).then_some(count), |_| Some(1e6));
    assert!(judged("20", &peak(19.0)).problems.is_empty());
    assert_eq!(
        judged("20", &peak(20.0)).problems,
        [
            "legacy still carries up to 20 requests a minute, 20 or more in 1 minute in 1h; less than 20 requests a minute is needed"
        ]
    );
}

#[test]
fn minutes_that_are_still_open_are_not_judged() {
    let enough = Enough { metric_lag: SignedDuration::from_mins(3), ..enough("1%") };
    assert_eq!(enough.window(NOW.start()), (NOW.offset(-3 - WINDOW), NOW.offset(-3)));
    let late = NOW.start() + SignedDuration::from_secs(59);
    assert_eq!(enough.window(late), (NOW.offset(-3 - WINDOW), NOW.offset(-3)));
}

#[test]
fn legacy_that_nobody_measures_is_not_without_traffic() {
    let values = "
  - name: events.example.com
    zone: example.com
    legacy: { value: old.example.net }
    new: { value: new.example.net, metrics: { alb: api } }
";
    let plan = crate::plan::moved(&runbook(values, STEPS), &snapshot(Vec::new())).unwrap();
    let judgement = judged("1%", &Traffic::of(&plan.feeds));
    assert!(
        judgement.problems[0].contains("not known where legacy's metrics are"),
        "{judgement:?}"
    );
}

#[test]
fn how_little_is_enough_is_a_part_or_a_number() {
    assert_eq!("1%".parse(), Ok(Below::Share(Rate::from_fraction(0.01).unwrap())));
    assert_eq!("20".parse(), Ok(Below::PerMinute(20)));
    for text in ["0", "0%", "101%", "-1", "1.5", "few", ""] {
        assert!(text.parse::<Below>().is_err(), "{text}");
    }
}

#[test]
fn what_is_left_is_told_of_each_of_legacys_load_balancers_and_silence_in_pieces_is_no_stretch() {
    let quarter = traffic(ANSWERS, |ago| (ago <= 20).then_some(150.0), |_| Some(50.0));
    let left = &judged("1%", &quarter).legacy[0];
    assert_eq!((left.requests, left.share), (3_000.0, Rate::from_fraction(0.5)));
    let zeros = traffic(ANSWERS, |_| Some(0.0), |_| Some(100.0));
    let left = &judged("1%", &zeros).legacy[0];
    assert_eq!((left.busiest, left.newest), (None, None), "a count of none is no request");
    // Four silent minutes, twice, with one between them in which new was counted.
    let pieces =
        traffic(ANSWERS, |_| None, |ago| (ago <= 20 || ago > 29 || ago == 25).then_some(9.0));
    assert_eq!(judged("1%", &pieces).problems, Vec::<String>::new());
}

#[test]
fn a_share_of_exactly_what_is_not_enough_is_too_much() {
    let exact = traffic(ANSWERS, |_| Some(1.0), |_| Some(99.0));
    assert!(judged("1%", &exact).problems[0].contains("legacy still carries 1%"));
}

#[test]
fn requests_are_counted_of_the_load_balancer_and_the_side_that_they_reached() {
    let feeds = made(ALIAS, STEPS, live()).unwrap().plan.feeds;
    // The same load balancer may stand on both sides, and each side may have several.
    let of_new = |feed: &&crate::plan::Feed| feed.into.contains(&Meaning::Requests(Side::New));
    let as_legacys = |feed: &crate::plan::Feed| {
        let into = vec![Meaning::Requests(Side::Legacy)];
        crate::plan::Feed { into, ..feed.clone() }
    };
    let both: Vec<_> =
        feeds.iter().filter(of_new).map(as_legacys).chain(feeds.iter().cloned()).collect();
    let mut traffic = Traffic::of(&both);
    let points = BTreeMap::from([(NOW.offset(-1), 7.0)]);
    let (side, feed) = request_feeds(&both)
        .find(|(side, feed)| *side == Side::New && feed.query.metric == "RequestCount")
        .unwrap();
    let status = SeriesStatus::Complete;
    traffic.add(side, &feed.query, &Series { status, message: None, points });
    let judgement = judged("1%", &traffic);
    let names: Vec<_> = judgement.legacy.iter().map(|left| left.balancer.to_string()).collect();
    assert_eq!(names, ["alb api", "elb api-old"]);
    assert_eq!(judgement.requests, 7.0);
    assert!(judgement.legacy.iter().all(|left| left.requests == 0.0), "{judgement:?}");
}
