//! What each step can see before the run.

use super::*;
use crate::plan::sights;

#[test]
fn a_step_sees_smaller_faults_the_more_requests_reach_new() {
    let mut plan = made(ALIAS, STEPS, vec![alias(LEGACY, Routing::Simple)]).unwrap().plan;
    plan.history.legacy_requests_per_minute = Some(60_000.0);
    plan.history.legacy_error_rate = Some(0.001);
    let sights = sights(&plan);
    let on_new: Vec<f64> = sights.iter().map(|sight| sight.requests_per_minute.round()).collect();
    assert_eq!(on_new, [3_000.0, 15_000.0, 60_000.0]);
    let visible: Vec<f64> = sights.iter().map(|s| s.smallest_visible_rate.unwrap()).collect();
    assert!(visible.windows(2).all(|pair| pair[0] > pair[1]), "{visible:?}");
    // gates.md: at a limit of 0.3 % a fault of 5 % takes 210 requests.
    let minutes = sights[0].minutes_to_see_5_percent.unwrap();
    assert!((minutes - 210.0 / 3_000.0).abs() < 0.005, "{minutes}");
}

#[test]
fn without_a_past_or_a_limit_nothing_is_promised() {
    let mut plan = made(ALIAS, STEPS, vec![alias(LEGACY, Routing::Simple)]).unwrap().plan;
    plan.history.legacy_requests_per_minute = None;
    assert_eq!(sights(&plan), []);
    plan.history.legacy_requests_per_minute = Some(600.0);
    plan.gates.errors = None;
    assert_eq!(sights(&plan), []);
}
