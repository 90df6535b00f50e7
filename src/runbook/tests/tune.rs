//! Limits that are changed while a run goes on.

use super::*;
use crate::unit::Rate;

/// The gates of the manual's example, in production, with these changes.
fn tuned_by(changes: &[&str]) -> Result<Gates, TuneError> {
    tuned_in(EVERYTHING, changes)
}

fn tuned_in(text: &str, changes: &[&str]) -> Result<Gates, TuneError> {
    let environment = text.contains("environments").then(|| "production".to_owned());
    let choice = Choice { environment, ..Choice::default() };
    let changes: Vec<Change> = changes.iter().map(|change| change.parse().unwrap()).collect();
    tuned(&source(text), &choice, 0, &changes)
}

fn rate(text: &str) -> Rate {
    text.parse().unwrap()
}

/// What is said of each of these changes by itself.
fn said_of_changes(text: &str, changes: &[&str]) -> String {
    let said = changes.iter().map(|change| {
        let error = tuned_in(text, &change.split(' ').collect::<Vec<_>>()).expect_err(change);
        format!("{change}\n  {error}\n")
    });
    said.collect()
}

#[test]
fn each_limit_is_set_where_the_runbook_has_it_and_nothing_else_moves() {
    let before = tuned_by(&[]).unwrap();
    let after = tuned_by(&[
        "errors.critical.times_legacy=3",
        "errors.warning.plus=0.05%",
        "errors.critical.at_most=off",
        "latency.critical.at_most=800ms",
        "pass.min_requests=100",
        "noise=high",
        "share.within=80%",
        "targets.critical.below=30%",
        "metrics.replica-lag.critical.above=40",
        "metrics.replica-lag.warning.minutes=2 of 4",
    ])
    .unwrap();
    let mut expected = before;
    {
        let errors = expected.errors.as_mut().unwrap();
        errors.critical.times_legacy = 3.0;
        errors.warning.plus = rate("0.05%");
        errors.critical.at_most = None;
    }
    expected.latency.as_mut().unwrap().critical.at_most = Some(SignedDuration::from_millis(800));
    expected.pass.min_requests = 100;
    expected.noise = Noise::High;
    expected.share.as_mut().unwrap().within = rate("80%");
    expected.targets.as_mut().unwrap().critical_below = rate("30%");
    expected.metrics[0].critical.as_mut().unwrap().value = 40.0;
    let warning = expected.metrics[0].warning.as_mut().unwrap();
    (warning.bad, warning.of) = (2, 4);
    assert_eq!(after, expected);
}

#[test]
fn a_limit_that_is_not_written_is_changed_from_its_default() {
    let gates = tuned_in(LEAST, &["errors.catastrophe.min_errors=50"]).unwrap();
    let catastrophe = gates.errors.unwrap().catastrophe.unwrap();
    assert_eq!((catastrophe.min_errors, catastrophe.rate), (50, rate("25%")));
}

#[test]
fn the_later_of_two_changes_of_a_limit_counts() {
    let gates = tuned_by(&["noise=high", "noise=low"]).unwrap();
    assert_eq!(gates.noise, Noise::Low);
}

#[test]
fn a_value_is_taken_as_it_stands_and_fills_in_no_variable() {
    assert_data_eq!(
        said_of_changes(EVERYTHING, &["errors.warning.plus=${domain}"]),
        str![[r#"
errors.warning.plus=${domain}
  `errors.warning.plus`: `${domain}` is not a percentage (write `5%` or `0.5%`)

"#]]
    );
}

#[test]
fn what_is_no_limit_says_what_was_probably_meant() {
    assert_data_eq!(
        said_of_changes(
            EVERYTHING,
            &[
                "errors.critical.time_legacy=3",
                "error.critical.times_legacy=3",
                "gates.pass.proof=90%",
                "min_requests=10",
                "metrics.replica-log.critical.above=40",
                "metrics.replica-lag.critical.over=40",
                "times_legacy=3",
                "policy.breach=hold",
            ]
        ),
        str![[r#"
errors.critical.time_legacy=3
  `errors.critical.time_legacy` is not a limit; did you mean `errors.critical.times_legacy`?
error.critical.times_legacy=3
  `error.critical.times_legacy` is not a limit; did you mean `errors.critical.times_legacy`?
gates.pass.proof=90%
  `gates.pass.proof` is not a limit; did you mean `pass.proof`?
min_requests=10
  `min_requests` is not a limit; did you mean `pass.min_requests`?
metrics.replica-log.critical.above=40
  `metrics.replica-log.critical.above` is not a limit; did you mean `metrics.replica-lag.critical.above`?
metrics.replica-lag.critical.over=40
  `metrics.replica-lag.critical.over` is not a limit; did you mean `metrics.replica-lag.critical.above`?
times_legacy=3
  `times_legacy` is not a limit of this runbook; limits are written as below its `gates`, such as `pass.min_requests`
policy.breach=hold
  `policy.breach` is not a limit of this runbook; limits are written as below its `gates`, such as `pass.min_requests`

"#]]
    );
}

#[test]
fn no_gate_is_switched_on_or_off_and_none_looks_at_anything_else() {
    assert_data_eq!(
        said_of_changes(
            EVERYTHING,
            &[
                "errors=off",
                "errors.catastrophe=off",
                "metrics.replica-lag=off",
                "latency.stat=p50",
                "metrics.replica-lag.stat=Minimum",
                "alarms.api-5xx.side=legacy",
                "errors.warning.history=24h",
                "errors.critical.history=7d",
            ]
        ),
        str![[r#"
errors=off
  `errors` is not one limit; it has some, such as `errors.critical.times_legacy`, and gates are not switched on or off while a run goes on
errors.catastrophe=off
  `errors.catastrophe` is not one limit; it has some, such as `errors.catastrophe.rate`, and gates are not switched on or off while a run goes on
metrics.replica-lag=off
  `metrics.replica-lag` is not one limit; it has some, such as `metrics.replica-lag.warning.above`, and gates are not switched on or off while a run goes on
latency.stat=p50
  `latency.stat` is not a limit: what is watched was decided when the run began
metrics.replica-lag.stat=Minimum
  `metrics.replica-lag.stat` is not a limit of this runbook; limits are written as below its `gates`, such as `pass.min_requests`
alarms.api-5xx.side=legacy
  `alarms.api-5xx.side` is not a limit of this runbook; limits are written as below its `gates`, such as `pass.min_requests`
errors.warning.history=24h
  `errors.warning.history`: legacy's past was read when the run began; it can only be `off`, or what the runbook says
errors.critical.history=7d
  `errors.critical.history`: legacy's past was read when the run began; it can only be `off`, or what the runbook says

"#]]
    );
    let off = format!("{LEAST}gates: {{ latency: off, errors: {{ catastrophe: off }} }}\n");
    assert_data_eq!(
        said_of_changes(&off, &["latency.critical.at_most=1s", "errors.catastrophe.rate=30%"]),
        str![[r#"
latency.critical.at_most=1s
  `latency.critical.at_most`: `latency` is off in the runbook, and gates are not switched on or off while a run goes on
errors.catastrophe.rate=30%
  `errors.catastrophe.rate`: `errors.catastrophe` is off in the runbook, and gates are not switched on or off while a run goes on

"#]]
    );
}

#[test]
fn values_keep_the_rules_of_the_runbook() {
    assert_data_eq!(
        said_of_changes(
            EVERYTHING,
            &[
                "errors.critical.times_legacy=0.5",
                "errors.critical.times_legacy=NaN",
                "errors.critical.plus=0.5",
                "latency.critical.at_most=800",
                "latency.warning.bad_minutes=off",
                "pass.proof=100%",
                "noise=loud",
                "errors.critical.times_legacy=1.2",
                "errors.warning.times_legacy=2.5 errors.warning.plus=x",
                "metrics.replica-lag.critical.above=5",
                "metrics.replica-lag.critical.below=5",
                "metrics.replica-lag.critical.minutes=5of3",
            ]
        ),
        str![[r#"
errors.critical.times_legacy=0.5
  `errors.critical.times_legacy`: `0.5` is less than 1
errors.critical.times_legacy=NaN
  `errors.critical.times_legacy`: `NaN` is not a number, such as `1.5`
errors.critical.plus=0.5
  `errors.critical.plus`: `0.5` has no unit (write `0.5%`)
latency.critical.at_most=800
  `latency.critical.at_most`: `800` has no unit (write `800ms` or `800s`)
latency.warning.bad_minutes=off
  `latency.warning.bad_minutes`: `off` is not a percentage (write `5%` or `0.5%`)
pass.proof=100%
  `pass.proof`: `100%` is not more than 0% and up to 99.99%
noise=loud
  `noise`: `loud` is not `low`, `normal` or `high`
errors.critical.times_legacy=1.2
  `times_legacy` is 1.5 for `warning` and only 1.2 for `critical` (a warning comes before a breach: its limit is at most that of `critical`)
errors.warning.times_legacy=2.5 errors.warning.plus=x
  `errors.warning.plus`: `x` is not a percentage (write `5%` or `0.5%`); `errors.warning.times_legacy`: `times_legacy` is 2.5 for `warning` and only 2 for `critical` (a warning comes before a breach: its limit is at most that of `critical`)
metrics.replica-lag.critical.above=5
  the warning's limit is above the critical one (a warning comes before a breach)
metrics.replica-lag.critical.below=5
  a threshold takes only one of `above` and `below`
metrics.replica-lag.critical.minutes=5of3
  `metrics.replica-lag.critical.minutes`: `5of3` is not a number of bad minutes out of at most 60 (such as `3 of 5`)

"#]]
    );
    // Both at once keep the rule that one alone would break.
    assert!(
        tuned_by(&["errors.critical.times_legacy=1.2", "errors.warning.times_legacy=1.1"]).is_ok()
    );
}

#[test]
fn legacy_s_past_is_left_out_and_taken_in_again() {
    let off = tuned_by(&["errors.critical.history=off"]).unwrap().errors.unwrap();
    assert_eq!(off.critical.history, None);
    let again = tuned_by(&["errors.critical.history=off", "errors.critical.history=24h"]).unwrap();
    assert_eq!(again, tuned_by(&[]).unwrap());
}

#[test]
fn a_change_is_a_limit_and_a_value() {
    let change: Change = " metrics.a=b.critical.above = 4 ".parse().unwrap();
    assert_eq!((&*change.limit, &*change.to), ("metrics.a=b.critical.above", "4"));
    for text in ["", "noise", "noise=", "=high", "=", "\u{1b}[2J"] {
        let error = text.parse::<Change>().unwrap_err().to_string();
        assert!(error.contains("is not LIMIT=VALUE") && !error.contains('\u{1b}'), "{error}");
    }
}

proptest! {
    #[test]
    fn no_change_makes_it_panic(limit in "[a-z_.]{0,40}", to in "\\PC{0,20}") {
        let change = Change { limit, to };
        let _ = tuned(&source(LEAST), &Choice::default(), 0, &[change]);
    }
}
