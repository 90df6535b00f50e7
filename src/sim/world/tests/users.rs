//! Laws L41 to L48 and L67 as users feel them, and the truth about it.

use super::*;
use crate::unit::Minute;

/// A world without what makes shares slow.
const PROMPT: &str = "traffic: { ignore_ttl: 0%, keep_alive: 0% }";

#[test]
fn the_same_seed_makes_the_same_world() {
    let play = |seed| {
        let mut world = World::new(pair(100, 0), scenario(""), seed, start());
        set(&mut world, 75, 25);
        world.advance(start() + minutes(20));
        set(&mut world, 0, 100);
        world.advance(start() + minutes(40));
        format!("{:?} {:?}", world.truth(), world.minutes)
    };
    assert_eq!(play(1), play(1));
    assert_ne!(play(1), play(2));
}

#[test]
fn how_time_is_cut_makes_no_difference_to_the_users() {
    let play = |step: i64| {
        let mut world = world(pair(50, 50), "");
        for at in (0..=1200).step_by(step as usize) {
            world.advance(start() + seconds(at));
        }
        world.truth().clone()
    };
    assert_eq!(play(7 * 60 + 60), play(480));
    assert_eq!(play(1200), play(3));
}

#[test]
fn every_request_goes_somewhere() {
    let mut world = world(pair(70, 30), "faults: [{ at: 5m, side: new, outage: true }]");
    world.advance(start() + minutes(30));
    let truth = world.truth();
    let went: u64 =
        truth.minutes.values().map(|m| m.legacy_requests + m.new_requests + m.lost_requests).sum();
    assert_eq!(went, truth.requests);
    let told: u64 =
        world.minutes.values().flatten().map(|tally| tally.served + tally.refused).sum();
    assert_eq!(told, truth.requests);
    assert!(truth.requests > 30 * 10_000, "{}", truth.requests);
    let failed: u64 =
        truth.minutes.values().map(|m| m.legacy_failures + m.new_failures + m.lost_requests).sum();
    assert_eq!(failed, truth.failures);
}

#[test]
fn users_follow_the_week_of_a_real_load_balancer() {
    let at = |text: &str| super::super::users::load(Minute::containing(text.parse().unwrap()).0);
    let (evening, night) = (at("2026-11-24T20:00:00Z"), at("2026-11-24T08:00:00Z"));
    assert!(evening > 1.4 * night, "{evening} {night}");
    let week: Vec<f64> = (0..7 * 1440).map(super::super::users::load).collect();
    assert!(week.iter().all(|load| (0.1..=1.0).contains(load)));
    assert!(week.contains(&1.0));
}

#[test]
fn l42_the_share_follows_the_weights_within_insync_and_ttl() {
    let mut world = world(pair(100, 0), PROMPT);
    world.advance(start() + minutes(1));
    set(&mut world, 75, 25);
    world.advance(start() + minutes(20));
    assert_eq!(share(&world, 0, 1), 0.0);
    assert!((share(&world, 4, 1) - 0.25).abs() < 0.03, "{}", share(&world, 4, 1));
    assert!((share(&world, 4, 14) - 0.25).abs() < 0.01, "{}", share(&world, 4, 14));
    set(&mut world, 0, 100);
    world.advance(start() + minutes(30));
    assert_eq!(share(&world, 24, 5), 1.0);
}

#[test]
fn l42_a_long_ttl_is_kept_for_as_long() {
    let value = values("api.example.com", "A", 1800, &["192.0.2.1"]);
    let other = values("api.example.com", "A", 1800, &["192.0.2.2"]);
    let mut stage = stage(vec![member(&value, "old", 100), member(&other, "new", 0)]);
    stage.hosts = BTreeMap::from([("192.0.2.1".to_owned(), 0), ("192.0.2.2".to_owned(), 1)]);
    let mut world = world(stage, PROMPT);
    let swap = [upsert(&member(&value, "old", 0)), upsert(&member(&other, "new", 100))];
    submit(&mut world, &swap).unwrap();
    world.advance(start() + minutes(40));
    let half = share(&world, 14, 3);
    assert!((0.35..0.65).contains(&half), "{half}");
    assert_eq!(share(&world, 33, 5), 1.0);
}

#[test]
fn l42_a_fraction_ignores_the_ttl() {
    let yaml = "traffic: { ignore_ttl: 30%, ignore_ttl_for: 20m, keep_alive: 0% }";
    let mut world = world(pair(100, 0), yaml);
    set(&mut world, 0, 100);
    world.advance(start() + minutes(30));
    assert!((0.6..0.9).contains(&share(&world, 4, 2)), "{}", share(&world, 4, 2));
    assert_eq!(share(&world, 23, 5), 1.0);
}

#[test]
fn l42_connections_that_stay_open_stay_where_they_are() {
    let yaml = "traffic: { ignore_ttl: 0%, keep_alive: 50%, keep_alive_for: 30m }";
    let mut world = world(pair(100, 0), yaml);
    set(&mut world, 0, 100);
    world.advance(start() + minutes(40));
    let tail: Vec<f64> = [4, 12, 20, 28, 34].map(|at| share(&world, at, 2)).to_vec();
    assert!(tail.windows(2).all(|pair| pair[0] < pair[1]), "{tail:?}");
    assert!((0.5..0.65).contains(&tail[0]) && tail[4] == 1.0, "{tail:?}");
}

#[test]
fn l41_changes_that_are_stuck_leave_part_of_the_users_behind() {
    let yaml = "traffic: { ignore_ttl: 0%, keep_alive: 0% }
faults: [{ at: 0s, for: 20m, in_sync_stuck: true }]";
    let mut world = world(pair(100, 0), yaml);
    set(&mut world, 0, 100);
    world.advance(start() + minutes(30));
    assert!((0.55..0.95).contains(&share(&world, 5, 3)), "{}", share(&world, 5, 3));
    assert_eq!(share(&world, 24, 5), 1.0);
}

#[test]
fn l45_evaluated_targets_that_die_send_everybody_back() {
    let watched = |target: &str, weight| {
        let mut record = weighted(target, weight);
        if let Answer::Alias { evaluate_target_health, .. } = &mut record.answer {
            *evaluate_target_health = true;
        }
        record
    };
    let yaml = format!("{PROMPT}\nfaults: [{{ at: 10m, side: new, outage: true }}]");
    let mut world = world(stage(vec![watched("old", 0), watched("new", 100)]), &yaml);
    world.advance(start() + minutes(20));
    assert_eq!(share(&world, 5, 4), 1.0);
    assert_eq!(share(&world, 13, 5), 0.0);
}

#[test]
fn l47_without_registered_targets_an_evaluated_side_gets_nobody() {
    let mut record = weighted("new", 100);
    if let Answer::Alias { evaluate_target_health, .. } = &mut record.answer {
        *evaluate_target_health = true;
    }
    let mut stage = stage(vec![weighted("old", 100), record]);
    stage.balancers[1].targets = 0;
    let mut world = world(stage, PROMPT);
    world.advance(start() + minutes(10));
    assert_eq!(share(&world, 5, 4), 0.0);
}

#[test]
fn l67_a_cold_load_balancer_sheds_and_then_grows() {
    let yaml = format!("{PROMPT}\nnew: {{ warm: 5% }}");
    let mut world = world(pair(100, 0), &yaml);
    set(&mut world, 0, 100);
    world.advance(start() + minutes(45));
    let refused = |at: i64| {
        let minute = Minute::containing(start()).offset(at);
        world.minutes[&minute][1].refused
    };
    assert!(refused(5) > 10_000 && refused(5) > refused(15) && refused(40) == 0);
    assert!(world.truth().failures_by_cutover > 10_000.0);
    assert!(world.truth().first_fault.is_some());
}

#[test]
fn a_calm_cutover_is_nobodys_fault() {
    let mut world = world(pair(100, 0), "");
    for (at, new) in [(0, 1), (10, 25), (20, 50), (30, 100)] {
        world.advance(start() + minutes(at));
        set(&mut world, 100 - new, new);
    }
    world.advance(start() + minutes(60));
    let truth = world.truth();
    assert_eq!(truth.failures_by_cutover, 0.0);
    assert_eq!(truth.first_fault, None);
    assert_eq!(truth.highest_share, 1.0);
    let rate = truth.failures as f64 / truth.requests as f64;
    assert!((0.0006..0.0015).contains(&rate), "{rate}");
}

#[test]
fn failures_of_new_are_the_cutovers_only_beyond_those_of_legacy() {
    let failed = |side: &str| {
        let yaml = format!("{PROMPT}\nfaults: [{{ at: 0s, for: 20m, side: {side}, errors: 10% }}]");
        let mut world = world(pair(50, 50), &yaml);
        world.advance(start() + minutes(30));
        let truth = world.truth().clone();
        assert_eq!(truth.first_fault, Some(start()));
        (truth.failures_by_cutover / truth.requests as f64, truth.failures)
    };
    let (new, _) = failed("new");
    assert!((0.02..0.05).contains(&new), "a tenth of a half for two thirds of the time: {new}");
    let (both, failures) = failed("both");
    assert!(both == 0.0 && failures > 10_000);
    assert_eq!(failed("legacy").0, 0.0);
}

#[test]
fn a_name_without_records_loses_its_users() {
    let mut world = world(pair(100, 0), PROMPT);
    submit(&mut world, &[delete(&weighted("old", 100)), delete(&weighted("new", 0))]).unwrap();
    world.advance(start() + minutes(5));
    let last = world.truth().minutes[&Minute::containing(start()).offset(4)];
    assert!(last.lost_requests > 10_000 && last.legacy_requests == 0);
}

#[test]
fn a_crash_is_told_once_with_the_time_until_the_resume() {
    let yaml = "faults: [{ from_share: 25%, after: 1m, for: 3m, crash: true }]";
    let mut world = world(pair(100, 0), yaml);
    world.advance(start() + minutes(30));
    assert_eq!(world.take_crash(), None);
    set(&mut world, 75, 25);
    world.advance(start() + minutes(32));
    assert_eq!(world.take_crash(), Some(minutes(3)));
    assert_eq!(world.take_crash(), None);
    assert_eq!(world.truth().first_fault, None, "users do not notice");
}

#[test]
fn the_first_fault_is_known_with_many_services_too() {
    let mut stage = pair(100, 0);
    for name in ["b.example.com", "c.example.com"] {
        let named =
            |target, weight| RecordSet { name: name.parse().unwrap(), ..weighted(target, weight) };
        stage.zones[0].records.extend([named("old", 100), named("new", 0)]);
        stage.services.push(Service { name: name.parse().unwrap(), ..stage.services[0].clone() });
    }
    let mut world = world(stage, "faults: [{ from_share: 5%, side: new, errors: 5% }]");
    let changes: Vec<Change> = records(&world)
        .iter()
        .map(|record| {
            let new = record.set_identifier() == Some("new");
            upsert(&record.with_weight(Weight(if new { 5 } else { 95 })))
        })
        .collect();
    submit(&mut world, &changes).unwrap();
    world.advance(start() + minutes(5));
    assert_eq!(world.truth().first_fault, Some(start() + seconds(2)));
}
