//! Laws L50, L51 and L54, and each kind's own names for things.

use super::*;
use crate::sim::StageSeries;
use crate::{
    plan::{MetricQuery, Series, SeriesStatus},
    unit::Minute,
};

fn query(kind: BalancerKind, side: Side, metric: &str, stat: &str) -> MetricQuery {
    let balancer = balancer(side, kind).balancer;
    let namespace = match kind {
        BalancerKind::Classic => "AWS/ELB",
        BalancerKind::Application => "AWS/ApplicationELB",
        BalancerKind::Network => "AWS/NetworkELB",
    };
    MetricQuery {
        namespace: namespace.to_owned(),
        metric: metric.to_owned(),
        dimensions: BTreeMap::from([(balancer.dimension_name().to_owned(), balancer.dimension)]),
        stat: stat.to_owned(),
    }
}

fn legacy(metric: &str, stat: &str) -> MetricQuery {
    query(BalancerKind::Classic, Side::Legacy, metric, stat)
}

fn new(metric: &str, stat: &str) -> MetricQuery {
    query(BalancerKind::Application, Side::New, metric, stat)
}

/// Asks for minutes counted from the start.
fn ask(world: &mut World, account: &str, query: &MetricQuery, from: i64, until: i64) -> Series {
    let first = Minute::containing(start());
    let queries = std::slice::from_ref(query);
    let mut all = world.metrics(account, queries, first.offset(from), first.offset(until)).unwrap();
    all.remove(0)
}

fn sum(series: &Series) -> f64 {
    series.points.values().sum()
}

#[test]
fn a_day_before_the_start_everything_was_on_legacy() {
    let mut world = world(pair(100, 0), "");
    let before = ask(&mut world, LEGACY, &legacy("RequestCount", "Sum"), -1440, 0);
    assert!(before.points.len() >= 1438, "all but the newest: {}", before.points.len());
    let errors = ask(&mut world, LEGACY, &legacy("HTTPCode_Backend_5XX", "Sum"), -1440, 0);
    let rate = sum(&errors) / sum(&before);
    assert!((0.0008..0.0012).contains(&rate), "{rate}");
    assert_eq!(before, ask(&mut world, LEGACY, &legacy("RequestCount", "Sum"), -1440, 0));
    assert!(ask(&mut world, NEW, &new("RequestCount", "Sum"), -1440, 0).points.is_empty());
    let last = world.metrics(LEGACY, &[legacy("RequestCount", "Sum")], Minute(0), Minute(9));
    assert!(last.unwrap()[0].points.is_empty(), "older than 15 days");
}

#[test]
fn metrics_tell_what_became_of_the_requests() {
    let mut world = world(pair(50, 50), "faults: [{ at: 0s, side: new, errors: 5% }]");
    world.advance(start() + minutes(30));
    let requests = ask(&mut world, NEW, &new("RequestCount", "Sum"), 0, 20);
    let errors = ask(&mut world, NEW, &new("HTTPCode_Target_5XX_Count", "Sum"), 0, 20);
    let truth: u64 = world.truth().minutes.values().take(20).map(|m| m.new_requests).sum();
    assert_eq!(sum(&requests), truth as f64);
    assert!((0.045..0.06).contains(&(sum(&errors) / sum(&requests))));
}

#[test]
fn a_dead_target_group_has_errors_and_no_requests() {
    let mut world = world(pair(50, 50), "faults: [{ at: 0s, side: both, outage: true }]");
    world.advance(start() + minutes(10));
    for (account, query) in [
        (NEW, new("HTTPCode_ELB_5XX_Count", "Sum")),
        (NEW, new("HTTPCode_ELB_503_Count", "Sum")),
        (LEGACY, legacy("HTTPCode_ELB_5XX", "Sum")),
    ] {
        assert!(sum(&ask(&mut world, account, &query, 0, 8)) > 10_000.0);
    }
    assert!(ask(&mut world, NEW, &new("RequestCount", "Sum"), 0, 8).points.is_empty());
    assert!(ask(&mut world, NEW, &new("TargetResponseTime", "p99"), 0, 8).points.is_empty());
    let name = balancer(Side::New, BalancerKind::Application).balancer.name;
    assert_eq!(world.target_health(NEW, &name).unwrap().healthy, 0);
    let hosts = ask(&mut world, LEGACY, &legacy("HealthyHostCount", "Minimum"), 0, 8);
    assert!(!hosts.points.is_empty() && sum(&hosts) == 0.0);
}

#[test]
fn l50_errors_are_sparse_and_silence_is_no_datapoint() {
    let mut world = world(pair(100, 0), "traffic: { peak: 300 }");
    world.advance(start() + minutes(60));
    let requests = ask(&mut world, LEGACY, &legacy("RequestCount", "Sum"), 0, 50);
    let errors = ask(&mut world, LEGACY, &legacy("HTTPCode_Backend_5XX", "Sum"), 0, 50);
    assert_eq!(requests.points.len(), 50);
    assert!(errors.points.len() < 25 && errors.points.values().all(|count| *count > 0.0));
    assert!(ask(&mut world, NEW, &new("RequestCount", "Sum"), 0, 50).points.is_empty());
    assert!(
        ask(&mut world, NEW, &new("HTTPCode_Target_5XX_Count", "Sum"), 0, 50).points.is_empty()
    );
    assert_eq!(requests.status, SeriesStatus::Complete);
}

#[test]
fn a_network_load_balancer_always_reports_its_flows() {
    let mut stage = pair(100, 0);
    stage.balancers[1] = balancer(Side::New, BalancerKind::Network);
    let mut world = world(stage, "");
    world.advance(start() + minutes(10));
    for metric in ["NewFlowCount", "TCP_Target_Reset_Count", "TCP_ELB_Reset_Count"] {
        let query = query(BalancerKind::Network, Side::New, metric, "Sum");
        let series = ask(&mut world, NEW, &query, 0, 8);
        assert!(series.points.len() == 8 && sum(&series) == 0.0, "{metric}");
    }
    let rejected = query(BalancerKind::Network, Side::New, "RejectedFlowCount", "Sum");
    assert!(ask(&mut world, NEW, &rejected, 0, 8).points.is_empty());
}

#[test]
fn l51_open_minutes_come_late_and_their_sums_only_rise() {
    let mut world = world(pair(100, 0), "");
    let query = legacy("RequestCount", "Sum");
    let mut seen = vec![0.0; 10];
    let mut partial = 0;
    for second in (660..=720).step_by(3) {
        world.advance(start() + seconds(second));
        let series = ask(&mut world, LEGACY, &query, 0, 20);
        assert!(!series.points.contains_key(&Minute::containing(world.now())), "not over yet");
        for (at, before) in seen.iter_mut().enumerate() {
            let value = series.points.get(&Minute::containing(start()).offset(at as i64));
            let value = value.copied().unwrap_or(0.0);
            assert!(value >= *before);
            partial += usize::from(*before > 0.0 && value > *before);
            *before = value;
        }
    }
    assert!(partial > 0, "some minute was seen before it was whole");
    let truth: Vec<f64> =
        world.truth().minutes.values().take(10).map(|m| m.legacy_requests as f64).collect();
    assert_eq!(seen, truth, "after two minutes all of it is there");
}

#[test]
fn late_metrics_come_late_and_gone_ones_never() {
    let count = |yaml: &str, at: i64| {
        let mut world = world(pair(50, 50), yaml);
        world.advance(start() + minutes(at));
        let mut points = |account, query| ask(&mut world, account, &query, 0, 60).points.len();
        (points(LEGACY, legacy("RequestCount", "Sum")), points(NEW, new("RequestCount", "Sum")))
    };
    let late = "faults: [{ at: 10m, for: 20m, side: new, metrics_late: 10m }]";
    let (legacy, new) = count(late, 25);
    assert!(legacy >= 23 && (13..=15).contains(&new), "{legacy} {new}");
    assert!(count(late, 40).1 >= 38, "they all come in the end");
    let gone = "faults: [{ at: 10m, for: 20m, side: new, metrics: gone }]";
    let (legacy, new) = count(gone, 40);
    assert!(legacy >= 38 && (legacy - new) == 20, "{legacy} {new}");
}

#[test]
fn l54_what_is_not_complete_says_so() {
    for (kind, status, whole) in [
        ("forbidden", SeriesStatus::Forbidden, 0),
        ("internal_error", SeriesStatus::InternalError, 0),
        ("partial", SeriesStatus::Partial, 5),
    ] {
        let yaml = format!("faults: [{{ at: 0s, side: new, metrics: {kind} }}]");
        let mut world = world(pair(50, 50), &yaml);
        world.advance(start() + minutes(12));
        let series = ask(&mut world, NEW, &new("RequestCount", "Sum"), 0, 10);
        assert_eq!((series.status, series.points.len()), (status, whole));
        assert!(series.message.is_some());
        let other = ask(&mut world, LEGACY, &legacy("RequestCount", "Sum"), 0, 10);
        assert_eq!((other.status, other.points.len()), (SeriesStatus::Complete, 10));
    }
}

#[test]
fn latency_statistics_are_in_order_and_follow_the_fault() {
    let mut world = world(pair(50, 50), "faults: [{ at: 0s, side: new, latency_times: 3 }]");
    world.advance(start() + minutes(33));
    let mut mean = |account, query: &MetricQuery| {
        let series = ask(&mut world, account, query, 0, 30);
        sum(&series) / series.points.len() as f64
    };
    let stats = ["Minimum", "p50", "Average", "p90", "p99", "p99.9", "Maximum"];
    let seen: Vec<f64> = stats.iter().map(|stat| mean(LEGACY, &legacy("Latency", stat))).collect();
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "{seen:?}");
    assert!((0.075..0.085).contains(&seen[1]), "the median of 80 ms: {seen:?}");
    assert!((0.35..0.46).contains(&seen[4]), "{seen:?}");
    let ratio = mean(NEW, &new("TargetResponseTime", "p99")) / seen[4];
    assert!((2.7..3.3).contains(&ratio), "{ratio}");
    assert!(ask(&mut world, LEGACY, &legacy("Latency", "p101"), 0, 30).points.is_empty());
}

#[test]
fn queries_have_to_name_account_namespace_and_dimensions_exactly() {
    let mut world = world(pair(50, 50), "");
    world.advance(start() + minutes(12));
    let good = new("RequestCount", "Sum");
    let mut zonal = good.clone();
    zonal.dimensions.insert("AvailabilityZone".to_owned(), "us-west-2a".to_owned());
    let mut other = good.clone();
    other.dimensions.insert("LoadBalancer".to_owned(), "app/other/1".to_owned());
    let classic = MetricQuery { namespace: "AWS/ELB".to_owned(), ..good.clone() };
    for (account, query) in [(LEGACY, &good), (NEW, &zonal), (NEW, &other), (NEW, &classic)] {
        assert!(ask(&mut world, account, query, 0, 10).points.is_empty(), "{query:?}");
    }
    assert_eq!(ask(&mut world, NEW, &good, 0, 10).points.len(), 10);
    let too_many = vec![good; 501];
    assert!(world.metrics(NEW, &too_many, Minute(0), Minute(1)).is_err());
}

#[test]
fn healthy_hosts_of_the_newer_kinds_are_told_by_target_group() {
    let mut world = world(pair(50, 50), "");
    world.advance(start() + minutes(12));
    let mut query = new("HealthyHostCount", "Minimum");
    assert!(ask(&mut world, NEW, &query, 0, 10).points.is_empty());
    query.dimensions.insert("TargetGroup".to_owned(), "targetgroup/api/1".to_owned());
    assert_eq!(sum(&ask(&mut world, NEW, &query, 0, 10)), 40.0);
}

#[test]
fn a_scenario_can_make_up_a_series() {
    let yaml = "series:
- namespace: AWS/RDS
  metric: ReplicaLag
  dimensions: { DBInstanceIdentifier: orders }
  values: [{ at: 0s, value: 2 }, { at: 5m, value: 40 }]";
    let mut world = world(pair(50, 50), yaml);
    world.advance(start() + minutes(12));
    let mut query = MetricQuery {
        namespace: "AWS/RDS".to_owned(),
        metric: "ReplicaLag".to_owned(),
        dimensions: BTreeMap::from([("DBInstanceIdentifier".to_owned(), "orders".to_owned())]),
        stat: "Maximum".to_owned(),
    };
    let points = ask(&mut world, NEW, &query, 0, 10).points;
    let values: Vec<f64> = points.into_values().collect();
    assert_eq!(values, [2.0, 2.0, 2.0, 2.0, 2.0, 40.0, 40.0, 40.0, 40.0, 40.0]);
    query.dimensions.clear();
    assert!(ask(&mut world, NEW, &query, 0, 10).points.is_empty());
}

#[test]
fn a_series_of_the_stage_stays_about_the_same_until_a_fault_is_on_it() {
    let query = |stat: &str| MetricQuery {
        namespace: "AWS/RDS".to_owned(),
        metric: "ReplicaLag".to_owned(),
        dimensions: BTreeMap::from([("DBInstanceIdentifier".to_owned(), "orders".to_owned())]),
        stat: stat.to_owned(),
    };
    let staged = |stat, value| StageSeries { account: NEW.to_owned(), query: query(stat), value };
    let series = vec![staged("Maximum", 5.0), staged("Average", 2.0)];
    let fault = "faults:
  - { at: 4m, for: 3m, metric: { namespace: AWS/RDS, metric: ReplicaLag, value: 45 } }";
    let mut world = world(Stage { series, ..pair(50, 50) }, fault);
    world.advance(start() + minutes(12));
    let mut values = |account, stat: &str| -> Vec<f64> {
        let points = ask(&mut world, account, &query(stat), -5, 10).points;
        points.into_values().map(f64::round).collect()
    };
    let broken = [45.0; 3];
    assert_eq!(values(NEW, "Maximum"), [&[5.0; 9][..], &broken, &[5.0; 3]].concat());
    assert_eq!(values(NEW, "Average"), [&[2.0; 9][..], &broken, &[2.0; 3]].concat());
    assert_eq!(values(NEW, "p99"), values(NEW, "Maximum"), "another statistic is answered alike");
    assert_eq!(
        values(LEGACY, "Maximum"),
        broken,
        "another account has what the fault invents alone"
    );
}
