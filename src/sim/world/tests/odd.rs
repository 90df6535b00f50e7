//! Stages and scenarios that nobody would make on purpose: the world must not panic.

use proptest::prelude::*;

use super::*;
use crate::{plan::MetricQuery, sim::BUILTIN, unit::Minute};

fn play(stage: Stage, scenario: Scenario, weights: &[(u8, u8)]) -> World {
    let mut world = World::new(stage, scenario, 7, start());
    let query = MetricQuery {
        namespace: "AWS/ApplicationELB".to_owned(),
        metric: "RequestCount".to_owned(),
        dimensions: BTreeMap::from([(
            "LoadBalancer".to_owned(),
            "app/new/50dc6c495c0c9188".to_owned(),
        )]),
        stat: "Sum".to_owned(),
    };
    for (legacy, new) in weights {
        let _ = submit(
            &mut world,
            &[upsert(&weighted("old", *legacy)), upsert(&weighted("new", *new))],
        );
        world.advance(world.now() + minutes(7));
        let now = Minute::containing(world.now());
        world.metrics(NEW, std::slice::from_ref(&query), now.offset(-30), now.offset(30)).unwrap();
    }
    world
}

#[test]
fn every_builtin_scenario_plays_to_its_end() {
    for (name, yaml) in BUILTIN {
        let steps = [(99, 1), (95, 5), (75, 25), (50, 50), (0, 100), (100, 0)];
        let world = play(pair(100, 0), Scenario::parse(yaml).unwrap(), &steps);
        assert!(world.truth().requests > 100_000, "{name}");
    }
}

#[test]
fn an_empty_stage_is_a_quiet_one() {
    let world = play(Stage::default(), scenario(""), &[(1, 1)]);
    assert_eq!(world.truth().requests, 0);
}

#[test]
fn time_never_goes_back() {
    let mut world = world(pair(100, 0), "");
    world.advance(start() + minutes(10));
    let before = world.truth().clone();
    world.advance(start());
    assert_eq!((world.now(), world.truth()), (start() + minutes(10), &before));
}

fn odd_part() -> impl Strategy<Value = f64> {
    prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-1.0), Just(0.0), 0.0..1.0]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_stage_makes_it_panic(
        parts in prop::collection::vec(odd_part(), 0..4),
        targets in 0_u32..3,
        weights in prop::collection::vec((0_u8..=255, 0_u8..=255), 1..4),
        host in 0_usize..4,
        ttl in prop_oneof![Just(0_u32), Just(60), Just(u32::MAX)],
        peak in prop_oneof![Just(0.0), Just(100.0), Just(1e9)],
        of_hour in 0_i64..3600,
    ) {
        let mut records = vec![weighted("old", 1), weighted("new", 0)];
        records.push(values("x.example.com", "A", ttl, &["192.0.2.1", "192.0.2.2", "nowhere"]));
        let mut stage = stage(records);
        stage.balancers[1].targets = targets;
        stage.hosts = BTreeMap::from([("192.0.2.1".to_owned(), host)]);
        let names = ["api.example.com", "x.example.com", "missing.example.com", "y.example.net"];
        stage.services = parts
            .iter()
            .zip(names)
            .map(|(part, name)| Service {
                name: name.parse().unwrap(),
                kind: "A".into(),
                zone: zone_id(),
                part: *part,
            })
            .collect();
        let quiet = parts.is_empty() || peak == 0.0;
        let yaml = format!("traffic: {{ peak: {peak:?}, keep_alive_for: 0s, ignore_ttl: 100% }}
faults: [{{ from_share: 50%, side: both, outage: true, latency_times: 10000, errors: 100%, metrics_late: 366d }}]");
        let mut world = World::new(stage.clone(), scenario(&yaml), 3, start() + seconds(of_hour));
        world.advance(start() + minutes(80));
        let world = play(stage, scenario(&yaml), &weights);
        let truth = world.truth();
        prop_assert!(truth.failures <= truth.requests);
        prop_assert!(truth.failures_by_cutover.is_finite() && truth.slow.is_finite());
        prop_assert_eq!(truth.requests == 0, quiet);
    }
}
