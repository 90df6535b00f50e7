//! What a run looks like at one moment.

use super::*;
use crate::{
    engine::{Limits, SideView, StepView, View},
    gate::{Row, SideRow},
    plan::time_to_safe,
    unit::Side,
};

/// What is shown of what goes on: the phase, what is waited for, and until when.
fn shown(view: &View) -> (&'static str, Option<&str>, Option<Timestamp>) {
    (view.phase, view.waiting_for.as_deref(), view.until)
}

fn phase(run: &Run) -> &'static str {
    run.engine.view(run.now).phase
}

/// Returns a pair at these weights.
fn standing(zone: &str, name: &str, (legacy, new): (u8, u8)) -> Pair {
    let mut pair = simple_pair(zone, name, 60);
    pair.found = vec![pair.legacy.with_weight(Weight(legacy)), pair.new.with_weight(Weight(new))];
    pair
}

#[test]
fn a_step_is_shown_from_its_write_to_the_end_of_its_hold() {
    let mut run = Run::blank(plan());
    assert_eq!(phase(&run), "starting");
    for event in beginning(run.engine.plan(), "me", &[]) {
        run.commit(event);
    }
    assert_eq!(phase(&run), "writing");
    let view = run.engine.view(run.now);
    assert_eq!((view.step, view.hold_began), (None, None));
    let shares = ["5%", "50%", "100%"].map(|share| StepView::Share(share.parse().unwrap()));
    assert_eq!(view.steps, shares);
    run.reach(|event| matches!(event, Event::InSync { .. }), 1);
    let Phase::Settling { until, .. } = run.engine.phase else { panic!("{:?}", run.names()) };
    let view = run.engine.view(run.now);
    assert_eq!(shown(&view), ("settling", Some("clients and metrics to follow"), Some(until)));
    run.now = until;
    run.decide();
    let view = run.engine.view(run.now);
    let over = until + SignedDuration::from_mins(10);
    assert_eq!(shown(&view), ("holding", Some("the gates to see the whole hold"), Some(over)));
    assert_eq!((view.step, view.hold_began), (Some(0), Some(until)));
    assert_eq!(view.share, "5%".parse().unwrap());
}

#[test]
fn the_step_that_is_shown_is_the_one_that_is_going_on() {
    let run = Run::holding(plan(), 1);
    assert_eq!(run.engine.view(run.now).step, Some(1));
    let run = Run::holding(plan(), 2);
    assert_eq!(run.engine.view(run.now).step, Some(2));
}

#[test]
fn what_holds_a_run_is_shown_with_the_end_of_its_patience() {
    let mut run = Run::holding(plan(), 0);
    run.pass(600);
    run.judge(&[("errors", Cause::Stale)]);
    let limit = run.now + SignedDuration::from_hours(2);
    let view = run.engine.view(run.now);
    assert_eq!(shown(&view), ("held", Some("errors: it is Stale"), Some(limit)));
    run.commit(Event::Stopped { reason: "Ctrl-C".to_owned() });
    assert_eq!(shown(&run.engine.view(run.now)), ("stopped", None, None));
}

#[test]
fn a_write_that_failed_is_shown_with_what_was_said_and_the_next_try() {
    let mut run = Run::of(plan());
    run.decide();
    assert_eq!(shown(&run.engine.view(run.now)), ("writing", None, None));
    run.retry_after = SignedDuration::from_secs(8);
    run.zones = Zones::Deny;
    run.perform_next();
    let again = run.now + SignedDuration::from_secs(8);
    let view = run.engine.view(run.now);
    assert_eq!(shown(&view), ("writing", Some("another try after: no"), Some(again)));
}

#[test]
fn a_write_knows_how_many_to_its_zone_failed_before_it() {
    let mut run = Run::of(plan());
    assert!(!run.engine.has_changed_anything());
    run.decide();
    assert!(run.engine.has_changed_anything());
    assert_eq!((run.engine.attempts(1), run.engine.attempts(2)), (0, 0));
    for failed in 1..3 {
        // The other zone's write stays in flight.
        let of_first = run.engine.flights[&ZoneId("Z1".to_owned())].write;
        run.commit(Event::WriteFailed {
            write: of_first,
            failure: WriteFailure::Later,
            message: "throttled".to_owned(),
            problems: Vec::new(),
            retry_at: run.now,
        });
        // A bucket that was found empty fills up.
        run.pass(60);
        run.decide();
        let next = run.engine.flights[&ZoneId("Z1".to_owned())].write;
        assert_eq!((run.engine.attempts(next), run.engine.attempts(2)), (failed, 0));
    }
}

#[test]
fn a_lock_that_is_left_for_others_to_see_is_waited_for() {
    let pairs = vec![standing("Z1", "a.example.com", (50, 50))];
    let mut run = Run::rollback_of(locked(plan_of(pairs, &["50%"])), None);
    let seen = run.now + SignedDuration::from_secs(45);
    run.work();
    let why = "the run that held the lock to see who took it";
    assert_eq!(shown(&run.engine.view(run.now)), ("unlocking", Some(why), Some(seen)));
    assert_eq!(shown(&run.engine.view(seen)), ("unlocking", None, None));
}

fn side(requests: Option<f64>, errors: Option<f64>) -> SideRow {
    SideRow { requests, errors, latency: Some(0.25), ..SideRow::default() }
}

/// Takes in these minutes, counted from the first of the watched ones, and judges them.
fn read(run: &mut Run, rows: Vec<(i64, Row)>) {
    let first = run.engine.spans[0].first;
    let rows = rows.into_iter().map(|(minute, row)| (first.offset(minute), row)).collect();
    let (targets, alarms, faults) = (None, BTreeMap::new(), Vec::new());
    run.commit(Event::MetricsRead {
        rows,
        targets,
        alarms,
        services: BTreeMap::new(),
        datadog: BTreeMap::new(),
        faults,
    });
    run.decide();
}

#[test]
fn both_sides_are_shown_as_they_were_in_the_newest_minute_that_was_judged() {
    let mut run = Run::holding(plan(), 0);
    let judged = run.engine.spans[0].first;
    let legacy = side(Some(0.0), None);
    let row = Row { legacy, new: side(Some(50.0), Some(5.0)), ..Row::default() };
    read(&mut run, vec![(0, row)]);
    run.commit(Event::MinuteJudged { minute: judged, findings: Vec::new() });
    let view = run.engine.view(run.now);
    let latency = Some(0.25);
    assert_eq!(view.new, SideView { requests: Some(50.0), error_rate: Some(0.1), latency });
    assert_eq!(view.legacy, SideView { requests: Some(0.0), error_rate: None, latency });
}

#[test]
fn data_are_as_old_as_the_newest_minute_in_which_either_side_counted() {
    let of =
        |legacy, new| Row { legacy: side(legacy, None), new: side(new, None), ..Row::default() };
    let counted = Some(1.0);
    for (rows, newest) in [
        (vec![(0, of(counted, counted)), (1, of(None, None))], 0),
        (vec![(0, of(counted, counted)), (1, of(None, counted)), (2, of(None, None))], 1),
        (vec![(0, of(counted, counted)), (1, of(counted, None)), (2, of(None, None))], 1),
    ] {
        let mut run = Run::holding(plan(), 0);
        assert_eq!(run.engine.view(run.now).freshness.age(), None);
        let end = run.engine.spans[0].first.offset(newest).end();
        read(&mut run, rows);
        assert_eq!(run.engine.view(run.now).freshness.age(), Some(run.now.duration_since(end)));
    }
}

#[test]
fn the_way_back_takes_as_long_as_the_zone_with_most_batches() {
    let mut pairs: Vec<Pair> =
        (0..400).map(|at| standing("Z1", &format!("s{at}.example.com"), (0, 100))).collect();
    pairs.push(standing("Z2", "b.example.org", (0, 100)));
    pairs.push(standing("Z3", "c.example.net", (0, 100)));
    let plan = plan_of(pairs, &["100%"]);
    // Three changes of each of 400 pairs are two batches of at most a thousand (law L03).
    let expected = time_to_safe(&plan, 2, SignedDuration::ZERO);
    let run = Run::of(plan);
    assert_eq!(run.engine.view(run.now).time_to_safe, expected);
}

/// Returns minutes in which both sides had so many requests, one of which failed on new.
fn even(minutes: impl IntoIterator<Item = i64>) -> Vec<(i64, Row)> {
    let row = || {
        let (legacy, new) = (side(Some(900.0), Some(0.0)), side(Some(100.0), Some(1.0)));
        Row { legacy, new, ..Row::default() }
    };
    minutes.into_iter().map(|minute| (minute, row())).collect()
}

#[test]
fn a_trend_ends_with_the_newest_closed_minute_and_has_a_place_for_those_that_were_not_read() {
    let mut run = Run::holding(plan(), 0);
    assert!(run.engine.view(run.now).trend.is_empty());
    let first = run.engine.spans[0].first;
    read(&mut run, even([0, 1, 4]));
    // Minute 5 ends then, and metrics come two minutes late.
    let trend = |run: &Run, minute: i64| run.engine.view(first.offset(minute + 3).start()).trend;
    let seen = trend(&run, 5);
    let minutes: Vec<i64> = seen.iter().map(|view| view.minute.0 - first.0).collect();
    assert_eq!(minutes, [0, 1, 2, 3, 4, 5]);
    let requests: Vec<_> = seen.iter().map(|view| view.new.requests).collect();
    let (some, none) = (Some(100.0), None);
    assert_eq!(requests, [some, some, none, none, some, none]);
    assert_eq!(seen[0].side(Side::New).error_rate, Some(0.01));
    assert_eq!(trend(&run, 32).len(), 29, "what is older than half an hour is no trend");
}

#[test]
fn data_that_should_have_come_are_late_and_those_of_one_side_alone_are_behind() {
    let mut run = Run::holding(plan(), 0);
    let end = run.engine.spans[0].first.offset(9).end();
    read(&mut run, even(0..10));
    let at = |run: &Run, minutes| run.engine.freshness(end + SignedDuration::from_mins(minutes));
    assert!(!at(&run, 5).is_late() && at(&run, 6).is_late());
    assert_eq!(at(&run, 6).behind(), None);
    let only = Row { legacy: side(Some(900.0), None), ..Row::default() };
    read(&mut run, (10..20).map(|minute| (minute, only.clone())).collect());
    let age = SignedDuration::from_mins(11);
    assert_eq!(at(&run, 11).behind(), Some((Side::New, age)));
    run.commit(Event::Stopped { reason: "Ctrl-C".to_owned() });
    assert_eq!((at(&run, 60).is_late(), at(&run, 11).behind()), (false, None));
}

#[test]
fn limits_are_those_that_the_newest_findings_name() {
    let mut run = Run::holding(plan(), 0);
    run.judge(&[("errors", Cause::Proven), ("latency", Cause::Proven)]);
    assert_eq!(run.engine.view(run.now).limits, Limits::default());
    let judged = run.engine.judged.as_mut().unwrap();
    judged.findings[0].numbers = [("limit_rate".to_owned(), 0.0027)].into();
    judged.findings[1].numbers = [("limit_times_legacy", 1.5), ("legacy_latency_seconds", 0.2)]
        .map(|(name, number)| (name.to_owned(), number))
        .into();
    let limits = run.engine.view(run.now).limits;
    assert_eq!(limits.error_rate, Some(0.0027));
    assert!((limits.latency.unwrap() - 0.3).abs() < 1e-9, "{limits:?}");
}

#[test]
fn what_has_no_end_that_is_known_is_shown_with_its_beginning() {
    let mut run = Run::of(plan());
    run.decide();
    let began = run.engine.view(run.now).since;
    assert_eq!(began, Some(run.now));
    run.reach(|event| matches!(event, Event::InSync { .. }), 1);
    assert_eq!(run.engine.view(run.now).since, None);
}
