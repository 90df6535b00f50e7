//! Plans to run, and what stands in their zones before.

use std::collections::BTreeMap;

use crate::{
    plan::{Answer, Lock, Pair, Plan, RecordSet, Routing, Shift, Zone, ZoneId},
    unit::{RecordName, RecordType, Share, SignedDuration, Ttl, Weight, Weights},
};

pub(super) fn values(name: &str, ttl: u32, value: &str, routing: Routing) -> RecordSet {
    RecordSet {
        name: name.parse().unwrap(),
        kind: RecordType::Cname,
        routing,
        answer: Answer::Values { ttl: Ttl(ttl), values: vec![value.to_owned()] },
        health_check: None,
    }
}

pub(super) fn weighted(name: &str, side: &str, weight: u8) -> RecordSet {
    let set_identifier = format!("cutover:{side}");
    let routing = Routing::Weighted { set_identifier, weight: Weight(weight) };
    values(name, 60, &format!("{side}.example.net"), routing)
}

/// A simple record with this TTL that becomes a pair.
pub(super) fn simple_pair(zone: &str, name: &str, ttl: u32) -> Pair {
    let (legacy, new) = (weighted(name, "legacy", 100), weighted(name, "new", 0));
    Pair {
        name: name.parse().unwrap(),
        kind: RecordType::Cname,
        zone: ZoneId(zone.to_owned()),
        busy: 0,
        wave: 0,
        found: vec![values(name, ttl, "legacy.example.net", Routing::Simple)],
        baseline: vec![legacy.clone(), new.clone()],
        legacy,
        new,
    }
}

pub(super) fn plan_of(pairs: Vec<Pair>, shares: &[&str]) -> Plan {
    let shift = |(index, text): (usize, &&str)| {
        let share: Share = text.parse().unwrap();
        let hold = SignedDuration::from_mins(10);
        Shift { step: index + 1, share, weights: Weights::nearest(share), hold, wave: 0 }
    };
    let zones: BTreeMap<String, Zone> = pairs
        .iter()
        .map(|pair| {
            let name = "example.com".parse().unwrap();
            (pair.zone.0.clone(), Zone { id: pair.zone.clone(), name, private: false })
        })
        .collect();
    Plan {
        runbook: "test".to_owned(),
        steps: shares.len(),
        zones: zones.into_values().collect(),
        pairs,
        shifts: shares.iter().enumerate().map(shift).collect(),
        ..Plan::blank()
    }
}

/// The same plan with a lock in every zone, each at a name of its own.
pub(super) fn locked(mut plan: Plan) -> Plan {
    plan.locked = true;
    for zone in &mut plan.zones {
        zone.name = format!("{}.example", zone.id).to_lowercase().parse().unwrap();
    }
    plan
}

/// Returns the name of a zone's lock in [`locked`] plans.
pub(super) fn lock_at(zone: &str) -> RecordName {
    format!("_cutover-lock.{zone}.example").to_lowercase().parse().unwrap()
}

/// Returns a lock that another run has put there.
pub(super) fn foreign_lock(zone: &str, epoch: u64) -> RecordSet {
    let lock = Lock {
        run: "other-20261123T010000Z-0002".parse().unwrap(),
        epoch,
        owner: "somebody".to_owned(),
        until: "2026-11-23T05:00:00Z".parse().unwrap(),
    };
    lock.record(&lock_at(zone))
}

/// Two pairs in two zones, three steps.
pub(super) fn plan() -> Plan {
    let pairs =
        vec![simple_pair("Z1", "a.example.com", 60), simple_pair("Z2", "b.example.org", 60)];
    plan_of(pairs, &["5%", "50%", "100%"])
}
