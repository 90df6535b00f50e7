//! What a backtest says of traffic of which it is known what it should say.

use cutover::{
    backtest::{
        Backtest, Detection, FalseAlarms, Past, Settings, TOTAL, TooShort, Weather, backtest,
    },
    engine::Event,
    plan::Plan,
    rehearse::{Silent, play, stage},
    sim::Scenario,
    unit::Rate,
};

use crate::{
    TestResult, plan, runbook,
    traffic::{CALM, DAY, Mean, history, real_week, steady},
};

/// An hour and a half in three steps.
const STEPS: &str = "  - { weight: 5%, hold: 10m }
  - { weight: 50%, hold: 20m }
  - { weight: 100%, hold: 40m }
";

const SETTINGS: Settings = Settings { cutovers: 30, seed: 1, threads: 2 };

fn five_percent() -> Rate {
    Rate::from_fraction(0.05).expect("a rate")
}

fn answer(plan: &Plan, past: &Past) -> Result<Backtest, TooShort> {
    backtest(plan, past, &SETTINGS, five_percent(), &|| {})
}

fn alarms<'a>(answer: &'a Backtest, weather: Weather, gate: &str) -> &'a FalseAlarms {
    let mut rows = answer.false_alarms.iter();
    rows.find(|row| row.weather == weather && row.gate == gate).expect("it has a row")
}

fn seen<'a>(answer: &'a Backtest, fault: &str, step: usize) -> &'a Detection {
    let mut rows = answer.detections.iter();
    let is_it =
        |row: &&Detection| row.weather == Weather::Even && row.fault == fault && row.step == step;
    rows.find(is_it).expect("it was played")
}

fn reasons(answer: &Backtest) -> String {
    let reasons = answer.summary.reasons.iter();
    reasons.map(|reason| format!("{}\n  {}\n", reason.what, reason.advice)).collect()
}

#[test]
fn healthy_cutovers_in_the_shape_of_real_traffic_are_hardly_ever_sent_back_at_any_volume()
-> TestResult {
    let steps: String = [1, 5, 10, 25, 50, 75, 98]
        .map(|share| format!("  - {{ weight: {share}%, hold: 5m30s }}\n"))
        .concat();
    let plan = plan(&steps, "")?;
    for requests in [600.0, 60_000.0, 6_000_000.0] {
        let answer = answer(&plan, &real_week(requests))?;
        for weather in [Weather::Even, Weather::Uneven] {
            let back = alarms(&answer, weather, TOTAL).rolled_back_per_100;
            // gates.md has 0.0 of 100 in weather like the even one, and at most 1.2 in one like the uneven one.
            assert!(back <= 4.0, "{requests} requests a minute, {weather:?}: {back}");
        }
    }
    Ok(())
}

#[test]
fn the_numbers_depend_on_the_seed_and_not_on_the_threads() -> TestResult {
    let plan = plan(STEPS, "")?;
    let past = history(2 * DAY, |_| Some(Mean { requests: 2_000.0, ..CALM }));
    let of = |seed, threads| {
        let settings = Settings { cutovers: 20, seed, threads };
        backtest(&plan, &past, &settings, five_percent(), &|| {})
    };
    let alone = of(7, 1)?;
    assert_eq!(of(7, 3)?, alone);
    assert_ne!(of(8, 1)?.detections, alone.detections);
    Ok(())
}

#[test]
fn every_cutover_is_counted_once_as_it_is_done() -> TestResult {
    let done = std::sync::atomic::AtomicUsize::new(0);
    let count = || {
        done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    };
    backtest(&plan(STEPS, "")?, &steady(600.0), &SETTINGS, five_percent(), &count)?;
    assert_eq!(done.into_inner(), SETTINGS.cutovers);
    Ok(())
}

#[test]
fn a_history_that_is_shorter_than_the_cutover_says_by_how_much() -> TestResult {
    let plan = plan(STEPS, "")?;
    let just_enough = history(85, |_| Some(CALM));
    assert_eq!(answer(&plan, &just_enough)?.summary.minutes, 85);
    let error = answer(&plan, &history(84, |_| Some(CALM))).expect_err("a minute is missing");
    assert_eq!(error.to_string(), "the history is 1h24m long, and the cutover takes 1h25m");
    Ok(())
}

#[test]
fn a_step_takes_as_long_as_in_a_run() -> TestResult {
    let runbook = runbook(STEPS, "")?;
    let calm = Scenario::builtin("calm").expect("it is built in");
    let played = play(&runbook, stage(std::slice::from_ref(&runbook)), calm, 1, &Silent)?;
    let begins = |record: &&cutover::journal::Record| {
        matches!(record.event, Event::StepStarted { .. } | Event::RunCompleted { .. })
    };
    let times: Vec<_> = played.records.iter().filter(begins).map(|record| record.at).collect();
    let whole = times[times.len() - 1].duration_since(times[0]).as_secs_f64() / 60.0;
    let replayed = answer(&plan(STEPS, "")?, &steady(600.0))?.summary.minutes as f64;
    assert!((whole - replayed).abs() <= 3.0, "{whole} min in a run, {replayed} in a backtest");
    Ok(())
}

#[test]
fn an_obvious_fault_is_seen_in_minutes_and_one_within_the_limit_is_not() -> TestResult {
    let gates =
        "gates:\n  errors: { critical: { plus: 2% , at_most: 3% }, warning: { plus: 2% } }\n";
    let answer = answer(&plan(STEPS, gates)?, &steady(60_000.0))?;
    for step in 1..=3 {
        let total = seen(&answer, "errors +50 points", step);
        assert_eq!((total.seen_percent, total.median_minutes), (Some(100.0), Some(1.0)));
        let obvious = seen(&answer, "errors +5 points", step);
        assert_eq!(obvious.seen_in_step_percent, Some(100.0), "{obvious:?}");
        assert!(obvious.median_minutes <= Some(8.0), "{obvious:?}");
        let within = seen(&answer, "errors +0.5 points", step);
        assert_eq!((within.seen_percent, within.median_minutes), (Some(0.0), None));
    }
    assert!(answer.summary.protects, "{}", reasons(&answer));
    Ok(())
}

#[test]
fn what_is_not_seen_fails_to_the_end_and_what_is_seen_until_then() -> TestResult {
    let answer = answer(
        &plan(
            STEPS,
            "gates: { errors: { critical: { plus: 2%, at_most: 3% }, warning: { plus: 2% } } }\n",
        )?,
        &steady(60_000.0),
    )?;
    // From the step of 100 % on for 45 minutes, 0.5 % of 60,000 a minute.
    let unseen = seen(&answer, "errors +0.5 points", 3).mean_failed_requests.expect("played");
    assert!((unseen / (45.0 * 300.0) - 1.0).abs() < 0.02, "{unseen}");
    let total = seen(&answer, "errors +50 points", 3).mean_failed_requests.expect("played");
    assert!((total / 30_000.0 - 1.0).abs() < 0.05, "one minute of half of all: {total}");
    Ok(())
}

#[test]
fn what_both_sides_suffered_is_not_blamed_on_new() -> TestResult {
    let half_an_hour_in_six = |minute: i64| if minute % 360 < 30 { 0.2 } else { 0.001 };
    let past =
        history(2 * DAY, |minute| Some(Mean { error_rate: half_an_hour_in_six(minute), ..CALM }));
    let steps = "  - { weight: 5%, hold: 10m }\n  - { weight: 50%, hold: 20m }\n";
    let answer = answer(&plan(steps, "")?, &past)?;
    let errors = alarms(&answer, Weather::Uneven, "errors");
    assert_eq!(errors.rolled_back_per_100, 0.0);
    assert!(errors.held_per_100 > 5.0, "{errors:?}");
    Ok(())
}

#[test]
fn minutes_without_a_datapoint_hold_and_accuse_nobody() -> TestResult {
    let past = history(2 * DAY, |minute| (minute % 60 < 50).then_some(CALM));
    let answer = answer(&plan(STEPS, "")?, &past)?;
    let all = alarms(&answer, Weather::Even, TOTAL);
    assert_eq!(all.rolled_back_per_100, 0.0);
    assert!(all.held_per_100 > 10.0, "{all:?}");
    Ok(())
}

#[test]
fn slowness_is_seen_where_legacy_has_traffic_and_not_played_without_latencies() -> TestResult {
    let plan = plan(STEPS, "")?;
    let slow = answer(&plan, &steady(60_000.0))?;
    assert_eq!(seen(&slow, "latency x2", 2).seen_in_step_percent, Some(100.0));
    assert_eq!(seen(&slow, "latency x2", 2).mean_failed_requests, Some(0.0));
    assert_eq!(seen(&slow, "latency x2", 3).seen_percent, Some(0.0), "legacy is idle there");
    let none = answer(&plan, &history(2 * DAY, |_| Some(Mean { latency: None, ..CALM })))?;
    assert!(none.detections.iter().all(|row| row.latency_times.is_none()));
    assert!(!none.summary.has_latency);
    Ok(())
}

#[test]
fn a_quiet_service_is_told_to_hold_longer_or_to_begin_larger() -> TestResult {
    let steps = "  - { weight: 1%, hold: 10m }\n  - { weight: 2%, hold: 10m }\n  - { weight: 100%, hold: 1h }\n";
    let more = "policy: { hold_limit: 10m }\n";
    let answer = answer(&plan(steps, more)?, &steady(300.0))?;
    snapbox::assert_data_eq!(
        reasons(&answer),
        snapbox::str![[r#"
when 5% more requests fail on new from step 1 on, that is seen by the end of step 2 in only 50 of 100 cutovers (even weather); it should be in 90
  hold step 2 (2% for 10m) for 36m or longer, or give it 8% of the traffic
100 of 100 cutovers go back though nothing is wrong with new (uneven weather), 100 of them because the errors gate could still not tell after 10m (`policy.hold_limit`); at most 5 should
  hold longer or give the steps more of the traffic, so that 200 requests (`pass.min_requests`) reach new in every hold; or let them stop instead with `policy: { hold_limit_then: stop }`

"#]]
    );
    let first = &answer.sights[0];
    assert_eq!(first.step.smallest_visible_rate.map(|rate| rate > 0.05), Some(true), "{first:?}");
    assert!(first.minutes_to_see_fault > Some(60.0), "{first:?}");
    Ok(())
}

#[test]
fn gates_that_cry_wolf_are_told_which_and_how_to_calm_them() -> TestResult {
    let gates = "gates:
  latency: { critical: { times_legacy: 1, bad_minutes: 10% }, warning: { times_legacy: 1 } }
";
    let answer = answer(&plan(STEPS, gates)?, &steady(60_000.0))?;
    snapbox::assert_data_eq!(
        reasons(&answer),
        snapbox::str![[r#"
100 of 100 cutovers go back though nothing is wrong with new (uneven weather), 100 of them by the latency gate; at most 5 should
  give `gates.latency.critical` a larger `times_legacy` or more `bad_minutes`

"#]]
    );
    Ok(())
}

#[test]
fn a_runbook_that_does_not_look_at_errors_protects_nobody_from_them() -> TestResult {
    let answer = answer(&plan(STEPS, "gates: { errors: off }\n")?, &steady(60_000.0))?;
    snapbox::assert_data_eq!(
        reasons(&answer),
        snapbox::str![[r#"
the errors gate is off: nothing sees requests that fail on new
  switch it on: leave `gates.errors` out, or give it limits
93 of 100 cutovers go back though nothing is wrong with new (uneven weather), 93 of them because the latency gate could still not tell after 2h (`policy.hold_limit`); at most 5 should
  give `gates.latency.critical` an `at_most`, which needs no traffic on legacy to compare with; or let them stop instead with `policy: { hold_limit_then: stop }`

"#]]
    );
    assert!(answer.sights.is_empty());
    Ok(())
}

#[test]
fn a_policy_that_holds_instead_of_going_back_sees_as_much() -> TestResult {
    let answer = answer(&plan(STEPS, "policy: { breach: hold }\n")?, &steady(60_000.0))?;
    assert_eq!(seen(&answer, "errors +5 points", 1).seen_in_step_percent, Some(100.0));
    Ok(())
}
