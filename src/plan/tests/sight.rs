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

/// Returns what a single step at this share sees, at so many requests a minute.
fn sight(
    share: &str,
    requests: f64,
    change: impl FnOnce(&mut crate::plan::Plan),
) -> Vec<crate::plan::Sight> {
    let steps =
        format!("\nsteps: [{{ weight: {share}, hold: 30m }}, {{ weight: 100%, hold: 1h }}]\n");
    let mut plan = made(ALIAS, &steps, vec![alias(LEGACY, Routing::Simple)]).unwrap().plan;
    plan.history.legacy_requests_per_minute = Some(requests);
    plan.history.legacy_error_rate = Some(0.001);
    change(&mut plan);
    sights(&plan)
}

#[test]
fn what_is_seen_of_a_step_is_what_reaches_new_in_its_hold() {
    let [first, _] = &sight("10%", 1_000.0, |_| {})[..] else { panic!("there are two steps") };
    let in_hold = 1_000.0 * 0.1 * 30.0;
    assert_eq!(
        first.smallest_visible_rate,
        crate::gate::smallest_visible_rate(in_hold, first.limit_rate)
    );
    assert_eq!(first.minutes_to_see(0.05), first.minutes_to_see_5_percent);
    assert!(first.minutes_to_see(0.5) < first.minutes_to_see(0.05));
    assert_eq!(first.minutes_to_see(0.001), None, "it is within the limit");
}

#[test]
fn nothing_is_seen_of_nobody_or_against_a_limit_that_everything_keeps_or_breaks() {
    let of_nobody = |plan: &mut crate::plan::Plan| plan.shifts[0].share = crate::unit::Share::ZERO;
    let steps: Vec<usize> =
        sight("5%", 1_000.0, of_nobody).iter().map(|sight| sight.step).collect();
    assert_eq!(steps, [2], "only the step that moves somebody");
    assert_eq!(sight("5%", 0.0, |_| {}), []);
    for limit in [0.0, 1.0] {
        let fixed = |plan: &mut crate::plan::Plan| {
            plan.history.legacy_error_rate = None;
            let critical = &mut plan.gates.errors.as_mut().unwrap().critical;
            critical.at_most = crate::unit::Rate::from_fraction(limit);
        };
        assert_eq!(sight("5%", 1_000.0, fixed), [], "{limit}");
    }
}
