//! Users who do not get where DNS leads them, or whom it leads elsewhere than the weights say; and faults from before.

use super::*;
use crate::{plan::MetricQuery, unit::Minute};

/// A world without what makes shares slow.
const PROMPT: &str = "traffic: { ignore_ttl: 0%, keep_alive: 0% }\n";

fn sums(world: &World, from: i64) -> [u64; 3] {
    let first = Minute::containing(start()).offset(from);
    let minutes = world.truth().minutes.range(first..).map(|(_, minute)| minute);
    minutes.fold([0; 3], |[legacy, new, lost], minute| {
        [legacy + minute.legacy_requests, new + minute.new_requests, lost + minute.lost_requests]
    })
}

#[test]
fn requests_to_a_side_that_cannot_be_reached_are_seen_by_no_load_balancer() {
    let faults = format!("{PROMPT}faults: [{{ at: 0s, side: new, unreachable: 80% }}]");
    let mut world = world(pair(50, 50), &faults);
    world.advance(start() + minutes(20));
    let [legacy, new, lost] = sums(&world, 0);
    let part = |count: u64| count as f64 / (legacy + new + lost) as f64;
    assert!((part(new) - 0.1).abs() < 0.02, "{}", part(new));
    assert!((part(lost) - 0.4).abs() < 0.02, "{}", part(lost));
    let told: u64 = world.minutes.values().flatten().map(|t| t.served + t.refused).sum();
    assert_eq!(told, legacy + new);
    let truth = world.truth();
    assert!((truth.failures_by_cutover / lost as f64 - 1.0).abs() < 0.01);
    assert!(truth.failures >= lost);
}

#[test]
fn who_could_not_have_reached_legacy_either_is_not_lost_by_the_cutover() {
    let faults = format!("{PROMPT}faults: [{{ at: 0s, side: both, unreachable: 80% }}]");
    let mut world = world(pair(100, 0), &faults);
    world.advance(start() + minutes(20));
    let [_, new, lost] = sums(&world, 0);
    assert!(new == 0 && lost > 0);
    assert_eq!(world.truth().failures_by_cutover, 0.0);
}

#[test]
fn everybody_goes_to_the_other_side_when_one_is_left_out() {
    let faults = format!("{PROMPT}faults: [{{ at: 5m, for: 10m, side: legacy, left_out: true }}]");
    let mut world = world(pair(95, 5), &faults);
    world.advance(start() + minutes(15));
    let [legacy, new, _] = sums(&world, 8);
    assert_eq!(legacy, 0, "{new}");
    world.advance(start() + minutes(25));
    let [legacy, new, _] = sums(&world, 18);
    let share = new as f64 / (legacy + new) as f64;
    assert!((share - 0.05).abs() < 0.02, "it is over: {share}");
}

#[test]
fn l45_l47_everybody_goes_to_new_when_legacy_evaluates_its_health_and_has_none() {
    let mut stage = pair(95, 5);
    for record in stage.zones.iter_mut().flat_map(|zone| &mut zone.records) {
        if let Answer::Alias { evaluate_target_health, .. } = &mut record.answer {
            *evaluate_target_health = true;
        }
    }
    let faults = format!("{PROMPT}faults: [{{ at: 5m, side: legacy, outage: true }}]");
    let mut world = world(stage, &faults);
    world.advance(start() + minutes(15));
    assert_eq!(sums(&world, 8)[0], 0);
}

/// Returns what legacy's load balancer counts in the ten minutes before the start.
fn before_the_start(faults: &str, metric: &str) -> f64 {
    let mut world = world(pair(100, 0), faults);
    let query = MetricQuery {
        namespace: "AWS/ELB".to_owned(),
        metric: metric.to_owned(),
        dimensions: BTreeMap::from([("LoadBalancerName".to_owned(), "old".to_owned())]),
        stat: "Sum".to_owned(),
    };
    world.advance(start() + minutes(3));
    let first = Minute::containing(start());
    let series = world.metrics(LEGACY, &[query], first.offset(-10), first).unwrap();
    series[0].points.values().sum()
}

#[test]
fn what_went_wrong_before_the_start_shows_in_the_metrics_of_that_time() {
    let requests = before_the_start("", "RequestCount");
    let failed = |faults: &str| before_the_start(faults, "HTTPCode_Backend_5XX") / requests;
    assert!(failed("") < 0.01);
    let sick = failed("faults: [{ before: 30m, side: legacy, errors: 20% }]");
    assert!((0.18..0.23).contains(&sick), "{sick}");
    let over = failed("faults: [{ before: 30m, for: 15m, side: legacy, errors: 20% }]");
    assert!(over < 0.01, "{over}");
    let unreachable = "faults: [{ before: 30m, side: legacy, unreachable: 50% }]";
    let part = before_the_start(unreachable, "RequestCount") / requests;
    assert!((part - 0.5).abs() < 0.05, "{part}");
    let dead = "faults: [{ before: 30m, side: legacy, outage: true }]";
    assert_eq!(before_the_start(dead, "RequestCount"), 0.0);
}
