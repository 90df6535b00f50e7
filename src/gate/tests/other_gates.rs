//! What `latency`, `share` and `targets` make of what they see.

use super::*;

/// A minute of so many requests and latencies in milliseconds: new, legacy.
fn timed(n: f64, new_ms: f64, m: f64, legacy_ms: f64) -> Row {
    let mut row = row(n, 0.0, m, 0.0);
    for (side, ms) in [(&mut row.new, new_ms), (&mut row.legacy, legacy_ms)] {
        side.latency = Some(ms / 1e3);
        side.latency_p90 = Some(ms / 2e3);
    }
    row
}

fn latency_run(at_most_ms: Option<i64>) -> Run {
    let mut gate = latency_gate();
    gate.critical.at_most = at_most_ms.map(SignedDuration::from_millis);
    let gates = Gates { latency: Some(gate), ..no_gates() };
    Run::new(&gates, &PAST, &[(30, "10%")])
}

#[test]
fn a_new_side_twice_as_slow_is_a_breach_and_a_little_slower_a_warning() {
    let causes = latency_run(None).minutes(0..3, &timed(5_000.0, 600.0, 9_000.0, 300.0));
    assert_eq!(causes[2], Cause::OverCritical);
    let causes = latency_run(None).minutes(0..6, &timed(5_000.0, 400.0, 9_000.0, 300.0));
    assert_eq!(causes[5], Cause::OverWarning);
    let causes = latency_run(None).minutes(0..6, &timed(5_000.0, 310.0, 9_000.0, 300.0));
    assert_eq!(causes[5], Cause::Proven);
}

#[test]
fn with_too_few_requests_for_p99_the_p90_is_compared_and_said() {
    let mut run = latency_run(None);
    run.minutes(0..5, &timed(400.0, 310.0, 9_000.0, 300.0));
    let found = run.minute(5, timed(400.0, 310.0, 9_000.0, 300.0)).remove(0);
    assert_eq!(found.cause, Cause::Proven);
    assert_eq!(found.numbers["percentile_percent"], 90.0);
    assert!(found.why.contains("p90 (too few requests for p99)"), "{}", found.why);
    let causes = latency_run(None).minutes(0..3, &timed(400.0, 600.0, 9_000.0, 300.0));
    assert_eq!(causes[2], Cause::OverCritical);
}

#[test]
fn of_several_load_balancers_the_slowest_is_named() {
    let mut minute = timed(5_000.0, 310.0, 9_000.0, 300.0);
    let named = |name: &str| Some(name.to_owned());
    (minute.new.latency_of, minute.new.latency_p90_of) = (named("alb api-2"), named("alb api"));
    let why = |minute: Row| {
        let mut run = latency_run(None);
        run.minutes(0..5, &minute);
        run.minute(5, minute).remove(0).why
    };
    let said = why(minute.clone());
    assert!(
        said.starts_with("new's p99 is 310 ms on alb api-2, its slowest, legacy's 300 ms;"),
        "{said}"
    );
    minute.new.requests = Some(400.0);
    minute.legacy.latency_p90_of = named("elb old");
    let said = why(minute);
    assert!(
        said.contains("is 155 ms on alb api, its slowest, legacy's 150 ms on elb old, its slowest"),
        "{said}"
    );
}

#[test]
fn with_too_few_requests_for_any_percentile_latency_is_unknown() {
    let mut run = latency_run(None);
    let causes = run.minutes(0..20, &timed(60.0, 900.0, 9_000.0, 300.0));
    assert!(causes.iter().all(|cause| *cause == Cause::TooFewRequests), "{causes:?}");
}

#[test]
fn a_fixed_limit_on_latency_works_without_legacy() {
    let mut alone = timed(5_000.0, 1_200.0, 0.0, 0.0);
    alone.legacy = SideRow::default();
    assert_eq!(latency_run(Some(1_000)).minutes(0..3, &alone)[2], Cause::OverCritical);
    let causes = latency_run(None).minutes(0..8, &alone);
    assert!(causes.iter().all(|cause| *cause == Cause::TooFewRequests), "{causes:?}");
}

#[test]
fn l56_slowness_of_both_sides_is_not_blamed_on_new() {
    let both = timed(5_000.0, 1_300.0, 9_000.0, 1_200.0);
    let mut run = latency_run(Some(1_000));
    let causes = run.minutes(0..20, &both);
    assert!(causes[2..].iter().all(|cause| *cause == Cause::SharedCause), "{causes:?}");
    let causes = run.minutes(20..30, &timed(5_000.0, 310.0, 9_000.0, 300.0));
    assert_eq!(causes[9], Cause::Proven);
    let worse = timed(5_000.0, 3_000.0, 9_000.0, 1_200.0);
    assert_eq!(latency_run(Some(1_000)).minutes(0..3, &worse)[2], Cause::OverCritical);
}

#[test]
fn a_legacy_that_is_slow_alone_is_no_place_to_go_back_to() {
    let causes = latency_run(Some(1_000)).minutes(0..6, &timed(5_000.0, 300.0, 9_000.0, 1_200.0));
    assert_eq!(causes[5], Cause::LegacySick);
}

#[test]
fn a_latency_at_its_limit_is_within_it() {
    // Exactly 1.5x legacy, exactly the fixed limit, and a legacy exactly at that limit.
    let at_times = latency_run(None).minutes(0..8, &timed(5_000.0, 750.0, 9_000.0, 500.0));
    assert!(!at_times.contains(&Cause::OverCritical), "{at_times:?}");
    let at_most = timed(5_000.0, 1_000.0, 9_000.0, 1_000.0);
    assert_eq!(latency_run(Some(1_000)).minutes(0..8, &at_most)[7], Cause::Proven);
    // New is too slow, and legacy, at the limit, is no excuse.
    let beyond = timed(5_000.0, 1_100.0, 9_000.0, 1_000.0);
    assert_eq!(latency_run(Some(1_000)).minutes(0..3, &beyond)[2], Cause::OverCritical);
}

#[test]
fn as_many_minutes_as_are_needed_are_enough_and_a_tenth_of_them_may_be_bad() {
    let (well, slow) =
        (timed(5_000.0, 310.0, 9_000.0, 300.0), timed(5_000.0, 600.0, 9_000.0, 300.0));
    let causes = latency_run(None).minutes(0..5, &well);
    assert_eq!(causes[3..], [Cause::TooFewRequests, Cause::Proven]);
    let mut run = latency_run(None);
    run.minutes(0..9, &well);
    run.minute(9, slow.clone());
    run.minutes(10..19, &well);
    assert_eq!(run.minute(19, slow)[0].cause, Cause::Proven, "two of twenty");
}

fn targets(count: Option<(u32, u32)>) -> Finding {
    let gates = Gates { targets: all_gates().targets, ..no_gates() };
    let mut run = Run::new(&gates, &PAST, &[(60, "10%")]);
    run.targets = count.map(|(healthy, registered)| TargetCount { healthy, registered, of: None });
    run.minute(0, Row::default()).remove(0)
}

#[test]
fn healthy_targets_below_the_limit_are_a_breach() {
    assert_eq!(targets(Some((3, 4))).cause, Cause::Proven);
    assert_eq!(targets(Some((2, 4))).cause, Cause::Proven);
    assert_eq!(targets(Some((1, 4))).cause, Cause::OverCritical);
    assert_eq!(targets(Some((0, 0))).cause, Cause::OverCritical);
    assert_eq!(targets(None).cause, Cause::Stale);
}

#[test]
fn of_several_load_balancers_the_worst_one_is_named() {
    let gates = Gates { targets: all_gates().targets, ..no_gates() };
    let mut run = Run::new(&gates, &PAST, &[(60, "10%")]);
    run.targets = Some(TargetCount { healthy: 1, registered: 4, of: Some("alb b".to_owned()) });
    assert_eq!(
        run.minute(0, Row::default())[0].why,
        "1 of 4 targets behind new's alb b, its worst, are healthy (25%); at least 50% must be"
    );
}

#[test]
fn an_old_reading_of_the_targets_is_unknown() {
    let gates = Gates { targets: all_gates().targets, ..no_gates() };
    let mut run = Run::new(&gates, &PAST, &[(60, "10%")]);
    run.targets = Some(TargetCount { healthy: 4, registered: 4, of: None });
    assert_eq!(run.minute(0, Row::default())[0].cause, Cause::Proven);
    run.targets = None;
    let causes = run.minutes(1..7, &Row::default());
    assert_eq!((causes[3], causes[5]), (Cause::Proven, Cause::Stale));
}
