//! What the `errors` gate makes of what it sees, and the numbers that it gives for it.

use super::*;

/// Returns what is found when each of these minutes has been seen.
fn found(gates: &Gates, minutes: impl IntoIterator<Item = Row>) -> Finding {
    let mut run = Run::new(gates, &PAST, &[(60, "10%")]);
    let found = (0..).zip(minutes).map(|(minute, row)| run.minute(minute, row).remove(0));
    found.last().unwrap()
}

fn lasting(row: &Row, minutes: usize) -> Vec<Row> {
    vec![row.clone(); minutes]
}

/// Returns the gate with a fixed limit, and none that legacy's past gives.
fn fixed(at_most: f64) -> Gates {
    let mut gate = errors_gate();
    (gate.critical.at_most, gate.critical.history) = (Some(rate(at_most)), None);
    Gates { errors: Some(gate), ..no_gates() }
}

#[test]
fn a_catastrophe_is_held_against_so_many_times_what_legacy_fails() {
    let found = found(&errors_only(), [row(1_000.0, 600.0, 9_000.0, 900.0)]);
    assert_eq!((found.cause, found.numbers["limit_rate"]), (Cause::Catastrophe, 0.5));
    assert_eq!(found.numbers["legacy_rate"], 0.1);
}

#[test]
fn a_catastrophe_without_anybody_on_legacy_says_so_and_gives_no_rate_for_it() {
    let dead = Row { legacy: SideRow::default(), ..row(600.0, 312.0, 0.0, 0.0) };
    let found = found(&errors_only(), [dead]);
    assert_eq!(found.cause, Cause::Catastrophe);
    assert!(found.why.contains("02:00, legacy had none; from 25% on"), "{}", found.why);
    assert_eq!(found.numbers["new_rate"], 0.52);
    assert!(!found.numbers.contains_key("legacy_rate"), "{:?}", found.numbers);
}

#[test]
fn no_rule_makes_a_catastrophe_of_nobody() {
    let mut gate = errors_gate();
    gate.catastrophe = Some(Catastrophe { rate: rate(0.0), min_errors: 0, times_legacy: 5.0 });
    let gates = Gates { errors: Some(gate), ..no_gates() };
    assert_eq!(found(&gates, [row(0.0, 0.0, 9_000.0, 0.0)]).cause, Cause::NoTraffic);
}

#[test]
fn a_catastrophe_counts_for_five_closed_minutes() {
    let mut run = Run::errors(&[(60, "10%")]);
    run.minutes(0..5, &row(6_000.0, 6.0, 54_000.0, 54.0));
    let dead = row(6_000.0, 3_000.0, 54_000.0, 54.0);
    assert_eq!(run.minute(5, dead)[0].cause, Cause::Catastrophe);
    // So few requests that nothing but the one minute counts against new.
    let after: Vec<bool> = (6..12)
        .map(|minute| run.minute(minute, row(1.0, 0.0, 9.0, 0.0))[0].cause == Cause::Catastrophe)
        .collect();
    assert_eq!(after, [true, true, true, true, false, false]);
}

#[test]
fn l52_a_minute_that_is_closed_waits_for_no_count_and_an_open_one_not_for_an_idle_legacy() {
    let silent = Row { legacy: SideRow::default(), ..row(6_000.0, 3_000.0, 0.0, 0.0) };
    let mut run = Run::errors(&[(60, "10%")]);
    run.minutes(0..3, &row(6_000.0, 6.0, 54_000.0, 54.0));
    assert_eq!(run.minute(3, silent.clone())[0].cause, Cause::Catastrophe, "it is closed");

    let mut run = Run::errors(&[(60, "10%")]);
    run.minutes(0..6, &row(6_000.0, 6.0, 0.0, 0.0));
    let now = run.closing(5);
    run.read(now, [(6, silent)]);
    assert_eq!(run.judge(now)[0].cause, Cause::Catastrophe, "nobody is on legacy to be counted");
}

#[test]
fn the_limit_to_be_kept_is_the_narrower_one() {
    // Twice legacy's 0.05% and 0.1% are less than what the past gives, 0.3%.
    let minutes = lasting(&row(6_000.0, 3.0, 54_000.0, 27.0), 15);
    let better = found(&errors_only(), minutes.clone());
    assert!(better.why.contains("the limit is 0.2% (2x legacy's 0.05% + 0.1%)"), "{}", better.why);
    assert!((better.numbers["limit_rate"] - 0.002).abs() < 1e-12, "{:?}", better.numbers);
    // Once legacy has nobody, there is nothing to compare with any more.
    let alone = Row { legacy: SideRow::default(), ..row(6_000.0, 3.0, 0.0, 0.0) };
    let found = found(&errors_only(), minutes.into_iter().chain([alone]));
    assert!(found.why.contains("of the last 24h + 0.1%)"), "{}", found.why);
    assert!((found.numbers["limit_rate"] - 0.003).abs() < 1e-12, "{:?}", found.numbers);
}

#[test]
fn minutes_without_a_request_of_new_are_none_that_were_seen() {
    let minutes = [0.0, 300.0, 0.0, 300.0].map(|n| row(n, 0.0, 9_000.0, 9.0));
    let found = found(&errors_only(), minutes);
    assert_eq!((found.cause, found.numbers["minutes"]), (Cause::TooFewRequests, 2.0));
}

#[test]
fn what_is_needed_to_judge_is_only_what_is_missing() {
    let needed = |minutes: usize, n: f64| {
        let found = found(&errors_only(), lasting(&row(n, 0.0, 9_000.0, 9.0), minutes));
        found.why.split_once("; ").unwrap().1.to_owned()
    };
    assert_eq!(needed(2, 100.0), "5 min are needed");
    assert_eq!(needed(5, 20.0), "200 requests are needed, at this traffic in about 5 more min");
    let both = "5 min and 200 requests are needed, at this traffic in about 8 more min";
    assert_eq!(needed(2, 20.0), both);
    let gates = Gates { pass: PassRule { min_requests: 300, ..no_gates().pass }, ..errors_only() };
    assert_ne!(found(&gates, lasting(&row(60.0, 0.0, 9.0, 0.0), 5)).cause, Cause::TooFewRequests);
}

#[test]
fn where_every_minute_is_left_out_they_are_told_of_all_the_same() {
    // Both sides fail more than the fixed limit, and less than legacy's past allows it.
    let mut gates = fixed(0.002);
    gates.errors.as_mut().unwrap().critical.history = Some(SignedDuration::from_hours(24));
    let found = found(&gates, lasting(&row(1_500.0, 4.0, 1_500.0, 4.0), 6));
    assert_eq!(found.cause, Cause::Unproven, "{}", found.why);
    assert!(
        found.why.starts_with("new fails 0.27% of 9,000 requests over 6 min;"),
        "{}",
        found.why
    );
}

#[test]
fn when_a_plain_fault_would_be_seen_is_counted_from_the_traffic_of_the_step() {
    // Every other minute of 30 requests has one that fails, and a limit of 2% is not shown to be kept by 300 of them.
    let minutes = (0..10).map(|minute| row(30.0, f64::from(minute % 2), 0.0, 0.0));
    let found = found(&fixed(0.02), minutes);
    assert_eq!(found.cause, Cause::Unproven, "{}", found.why);
    let (_, after) = found.why.split_once("a 5% fault would be seen after about ").unwrap();
    let minutes: f64 = after.split_once(" more min").unwrap().0.parse().unwrap();
    assert!((10.0..40.0).contains(&minutes), "{}", found.why);
}

#[test]
fn a_new_side_at_its_limit_is_not_in_the_trouble_that_legacy_has() {
    let cause = |errors: f64| {
        let minute = row(1_000.0, errors, 54_000.0, 5_400.0);
        found(&fixed(0.01), lasting(&minute, 5)).cause
    };
    assert_eq!((cause(10.0), cause(11.0)), (Cause::LegacySick, Cause::SharedCause));
}

#[test]
fn before_its_first_minute_is_closed_a_step_says_so() {
    let mut run = Run::errors(&[(60, "10%")]);
    let found = run.judge(START.start() + SignedDuration::from_secs(90)).remove(0);
    assert_eq!(found.cause, Cause::TooFewRequests);
    let silence = "no minute of this step is closed yet";
    assert!(found.why.contains(silence) || found.why.starts_with("too little"), "{}", found.why);
}
