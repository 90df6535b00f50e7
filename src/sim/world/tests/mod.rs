//! Tests of the world as a whole, by law. What they share stands here.

mod alarms;
mod astray;
mod batches;
mod calls;
mod groups;
mod lists;
mod metrics;
mod odd;
mod services;
mod users;
mod zones;

use std::collections::BTreeMap;

use super::World;
use crate::{
    cloud::{Balancer, CloudError, CloudErrorKind},
    plan::{Answer, Change, ChangeAction, RecordSet, Routing, Zone, ZoneId},
    sim::{Scenario, Service, Stage, StageBalancer, StageZone},
    unit::{Account, BalancerKind, BalancerName, Side, SignedDuration, Timestamp, Ttl, Weight},
};

const DNS: &str = "111111111111";
const LEGACY: &str = "222222222222";
const NEW: &str = "333333333333";

fn zone_id() -> ZoneId {
    ZoneId("Z1".to_owned())
}

fn start() -> Timestamp {
    // A Tuesday noon.
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

fn balancer(side: Side, kind: BalancerKind) -> StageBalancer {
    let (name, account) = match side {
        Side::Legacy => ("old", LEGACY),
        Side::New => ("new", NEW),
    };
    let dimension = match kind {
        BalancerKind::Classic => name.to_owned(),
        BalancerKind::Application => format!("app/{name}/50dc6c495c0c9188"),
        BalancerKind::Network => format!("net/{name}/50dc6c495c0c9188"),
    };
    StageBalancer {
        account: account.to_owned(),
        side,
        balancer: Balancer {
            name: BalancerName { kind, name: name.to_owned() },
            dns_name: format!("{name}-1.us-west-2.elb.amazonaws.com"),
            zone_id: "Z1H1FL5HABSF5".to_owned(),
            dimension,
            arn: None,
            internal: false,
        },
        targets: 4,
    }
}

fn alias(target: &str, routing: Routing) -> RecordSet {
    RecordSet {
        name: "api.example.com".parse().unwrap(),
        kind: "A".into(),
        routing,
        answer: Answer::Alias {
            dns_name: format!("{target}-1.us-west-2.elb.amazonaws.com."),
            zone_id: "Z1H1FL5HABSF5".to_owned(),
            evaluate_target_health: false,
        },
        health_check: None,
    }
}

fn weighted(target: &str, weight: u8) -> RecordSet {
    let routing = Routing::Weighted { set_identifier: target.to_owned(), weight: Weight(weight) };
    alias(target, routing)
}

fn values(name: &str, kind: &str, ttl: u32, values: &[&str]) -> RecordSet {
    RecordSet {
        name: name.parse().unwrap(),
        kind: kind.into(),
        routing: Routing::Simple,
        answer: Answer::Values {
            ttl: Ttl(ttl),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        },
        health_check: None,
    }
}

fn member(record: &RecordSet, id: &str, weight: u8) -> RecordSet {
    let routing = Routing::Weighted { set_identifier: id.to_owned(), weight: Weight(weight) };
    RecordSet { routing, ..record.clone() }
}

/// A classic load balancer and an application load balancer behind `api.example.com`.
fn stage(records: Vec<RecordSet>) -> Stage {
    let zone = Zone { id: zone_id(), name: "example.com".parse().unwrap(), private: false };
    Stage {
        accounts: BTreeMap::from([
            (Account::Dns, DNS.to_owned()),
            (Account::Legacy, LEGACY.to_owned()),
            (Account::New, NEW.to_owned()),
        ]),
        region: "us-west-2".to_owned(),
        zones: vec![StageZone::new(DNS.to_owned(), zone, records)],
        balancers: vec![
            balancer(Side::Legacy, BalancerKind::Classic),
            balancer(Side::New, BalancerKind::Application),
        ],
        services: vec![Service {
            name: "api.example.com".parse().unwrap(),
            kind: "A".into(),
            zone: zone_id(),
            part: 1.0,
        }],
        ..Stage::default()
    }
}

fn pair(legacy: u8, new: u8) -> Stage {
    stage(vec![weighted("old", legacy), weighted("new", new)])
}

fn scenario(yaml: &str) -> Scenario {
    Scenario::parse(&format!("description: a test\n{yaml}")).unwrap()
}

fn world(stage: Stage, yaml: &str) -> World {
    World::new(stage, scenario(yaml), 42, start())
}

fn create(record: &RecordSet) -> Change {
    Change { action: ChangeAction::Create, record: record.clone() }
}

fn delete(record: &RecordSet) -> Change {
    Change { action: ChangeAction::Delete, record: record.clone() }
}

fn upsert(record: &RecordSet) -> Change {
    Change { action: ChangeAction::Upsert, record: record.clone() }
}

fn submit(world: &mut World, changes: &[Change]) -> Result<(), CloudErrorKind> {
    let later = world.now() + seconds(2);
    world.advance(later);
    let result = world.change(DNS, &zone_id(), changes, "a test");
    result.map(drop).map_err(|error: CloudError| error.kind)
}

/// Submits a batch that is refused, and returns what Route 53 says.
fn refusal(world: &mut World, changes: &[Change]) -> Vec<String> {
    let before = records(world);
    match submit(world, changes) {
        Err(CloudErrorKind::InvalidBatch(messages)) => {
            assert_eq!(records(world), before, "nothing was changed");
            messages
        }
        other => panic!("{other:?}"),
    }
}

fn records(world: &World) -> Vec<RecordSet> {
    world.zones[&zone_id()].records.values().cloned().collect()
}

/// Sets the weights of the pair.
fn set(world: &mut World, legacy: u8, new: u8) {
    submit(world, &[upsert(&weighted("old", legacy)), upsert(&weighted("new", new))]).unwrap();
}

/// Share of new over some minutes of the truth.
fn share(world: &World, from: i64, count: i64) -> f64 {
    let first = crate::unit::Minute::containing(start());
    let (mut new, mut all) = (0, 0);
    for minute in from..from + count {
        let seen = world.truth().minutes[&first.offset(minute)];
        new += seen.new_requests;
        all += seen.new_requests + seen.legacy_requests;
    }
    new as f64 / all as f64
}
