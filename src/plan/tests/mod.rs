//! Plans of small worlds.

mod adopt;
mod batch;
mod capacity;
mod card;
mod emergency;
mod expiry;
mod finish;
mod fold;
mod form;
mod hazards;
mod locks;
mod made;
mod meant;
mod names;
mod owner;
mod peering;
mod prepare;
mod properties;
mod red;
mod same;
mod services;
mod sight;
mod survey;
mod timeline;
mod traffic;
mod waits;
mod watched;
mod waves;
mod zones;

use std::collections::BTreeMap;

use super::{
    Answer, Balancer, Made, Pair, Quota, RecordSet, Routing, Snapshot, Standing, TargetHealth,
    Zone, ZoneChoice, ZoneDetails, ZoneId, make,
};
use crate::{
    gate::{History, Reading},
    runbook::{Choice, Runbook, Source, parse},
    unit::{BalancerKind, BalancerName, RecordType, Side, Ttl, Weight},
};

/// Hosted zone id of classic and application load balancers in these tests.
const BALANCERS: &str = "Z1H1FL5HABSF5";
const LEGACY: &str = "api-old-123.us-west-2.elb.amazonaws.com.";
const NEW: &str = "api-456.us-west-2.elb.amazonaws.com.";

const ALIAS: &str = "
  - name: api.example.com
    zone: example.com
    legacy: { elb: api-old }
    new: { alb: api }
";
const CNAME: &str = "
  - name: events.example.com
    zone: example.com
    ttl: 60
    legacy: { value: old.example.net, metrics: { elb: api-old } }
    new: { value: new.example.net, metrics: { alb: api } }
";
const STEPS: &str = "
steps:
  - { weight: 5%, hold: 30m }
  - { weight: 25%, hold: 30m }
  - { weight: 100%, hold: 1h }
";

fn runbook(records: &str, rest: &str) -> Runbook {
    let text = format!("version: 1\nname: api\nrecords:{records}{rest}");
    let source = Source { path: "api.yaml".to_owned(), text: text.into_bytes() };
    parse(&source, &Choice::default()).unwrap()
}

fn balancer(kind: BalancerKind, name: &str, dns_name: &str) -> Balancer {
    Balancer {
        name: BalancerName { kind, name: name.to_owned() },
        dns_name: dns_name.trim_end_matches('.').to_owned(),
        zone_id: BALANCERS.to_owned(),
        dimension: name.to_owned(),
        arn: None,
        internal: false,
    }
}

/// What is live: these records in one zone, and a load balancer on each side.
fn snapshot(records: Vec<RecordSet>) -> Snapshot {
    let name: crate::unit::RecordName = "example.com".parse().unwrap();
    let zone = Zone { id: ZoneId("Z1".to_owned()), name: name.clone(), private: false };
    let health = TargetHealth { healthy: 4, registered: 4 };
    let legacy = balancer(BalancerKind::Classic, "api-old", LEGACY);
    let new = balancer(BalancerKind::Application, "api", NEW);
    Snapshot {
        at: "2026-11-23T02:14:00Z".parse().unwrap(),
        zones: BTreeMap::from([(ZoneChoice::Name { name, private: false }, vec![zone.clone()])]),
        details: BTreeMap::from([(zone.id.clone(), roomy())]),
        records: BTreeMap::from([(zone.id, records)]),
        balancers: BTreeMap::from([
            ((Side::Legacy, legacy.name.clone()), (legacy, health)),
            ((Side::New, new.name.clone()), (new, health)),
        ]),
        alarms: BTreeMap::new(),
        services: BTreeMap::new(),
        peerings: BTreeMap::new(),
        accounts: BTreeMap::new(),
        recent: Reading::default(),
        history: History {
            legacy_error_rate: Some(0.001),
            legacy_requests_per_minute: Some(6e6),
            ..History::default()
        },
        busy: BTreeMap::new(),
        load: super::LoadFacts::default(),
        expires: BTreeMap::new(),
        quota: Quota::Default,
        failures: Vec::new(),
    }
}

fn weighted(identifier: &str, weight: u8) -> Routing {
    Routing::Weighted { set_identifier: identifier.to_owned(), weight: Weight(weight) }
}

fn alias(dns_name: &str, routing: Routing) -> RecordSet {
    RecordSet {
        name: "api.example.com".parse().unwrap(),
        kind: RecordType::A,
        routing,
        answer: Answer::Alias {
            dns_name: dns_name.to_owned(),
            zone_id: BALANCERS.to_owned(),
            evaluate_target_health: false,
        },
        health_check: None,
    }
}

fn cname(value: &str, ttl: u32, routing: Routing) -> RecordSet {
    RecordSet {
        name: "events.example.com".parse().unwrap(),
        kind: RecordType::Cname,
        routing,
        answer: Answer::Values { ttl: Ttl(ttl), values: vec![value.to_owned()] },
        health_check: None,
    }
}

fn made(records: &str, rest: &str, live: Vec<RecordSet>) -> Result<Made, Vec<String>> {
    make(&runbook(records, rest), &snapshot(live), Standing::Refuse)
}

/// Returns the pair that is made of one record of the runbook.
fn pair(records: &str, live: Vec<RecordSet>) -> Pair {
    made(records, STEPS, live).unwrap().plan.pairs.remove(0)
}

/// Returns why no pair is made of it.
fn problem(records: &str, live: Vec<RecordSet>) -> String {
    let problems = made(records, STEPS, live).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].clone()
}

/// An ordinary zone, of which everything is told.
fn roomy() -> ZoneDetails {
    ZoneDetails {
        records: Some(10),
        most_records: Some(10_000),
        protected: Some(Vec::new()),
        ..ZoneDetails::default()
    }
}
