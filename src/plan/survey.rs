//! What has to be known of the live world before a plan can be made, and what was found.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AlarmGate, AlarmReading, Balancer, Plan, Quota, RecordSet, TargetHealth, Zone, ZoneId,
    lock_name,
};
use crate::{
    gate::History,
    runbook::{
        Runbook,
        model::{Record, ZoneChoice},
    },
    unit::{Account, BalancerName, RecordName, RecordType, Side, Timestamp},
};

/// What a plan for a runbook has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Questions {
    /// Names to be listed, by the zone that the runbook means.
    pub names: BTreeMap<ZoneChoice, BTreeSet<RecordName>>,
    /// Load balancers to be described and whose targets are to be counted.
    pub balancers: BTreeSet<(Side, BalancerName)>,
    /// Alarms to be read.
    pub alarms: Vec<AlarmGate>,
}

/// Returns the names of a zone's own that are looked at beside those of the runbook: the lock, and the wildcard that
/// would answer for the lock's name.
pub fn own_names(zone: &Zone) -> BTreeSet<RecordName> {
    lock_name(&zone.name).into_iter().chain(wildcard(zone)).collect()
}

/// Returns the name of the wildcard right below a zone's apex.
pub(super) fn wildcard(zone: &Zone) -> Option<RecordName> {
    zone.name.child("*").ok()
}

impl Questions {
    /// Returns what has to be known for this runbook.
    pub fn of(runbook: &Runbook) -> Self {
        let mut names: BTreeMap<ZoneChoice, BTreeSet<RecordName>> = BTreeMap::new();
        for record in &runbook.records {
            names.entry(record.zone.clone()).or_default().insert(record.name.clone());
        }
        let balancers = runbook.records.iter().flat_map(balancers_of).collect();
        Self { names, balancers, alarms: runbook.gates.alarms.clone() }
    }

    /// Returns what has to be known to see where the pairs of a plan stand: their names, nobody's load balancers and no
    /// alarms.
    pub fn of_plan(plan: &Plan) -> Self {
        let names = plan.zones.iter().map(|zone| {
            let of_zone = plan.pairs.iter().filter(|pair| pair.zone == zone.id);
            let choice = ZoneChoice::Id(zone.id.0.clone());
            (choice, of_zone.map(|pair| pair.name.clone()).collect())
        });
        Self { names: names.collect(), balancers: BTreeSet::new(), alarms: Vec::new() }
    }
}

fn balancers_of(record: &Record) -> impl Iterator<Item = (Side, BalancerName)> {
    Side::BOTH.into_iter().flat_map(|side| {
        let target = record.target(side);
        let aliased = target.balancer().cloned();
        let measured = target.metrics_balancer().cloned();
        aliased.into_iter().chain(measured).map(move |name| (side, name))
    })
}

/// What is known of a hosted zone beyond its name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ZoneDetails {
    /// Record sets that it has.
    pub records: Option<u64>,
    /// Record sets that it may have (law L18).
    pub most_records: Option<u64>,
    /// The AWS service that created it and alone may change it.
    pub linked_service: Option<String>,
    /// Status of its accelerated recovery, as Route 53 names it, such as `ENABLED` or `ENABLING_HOSTED_ZONE_LOCKED`.
    pub recovery: Option<String>,
    /// Names and types that nobody may change (law L16); nothing where Route 53 does not know protections.
    pub protected: Option<Vec<(RecordName, RecordType)>>,
}

/// What was found, at one moment. Reading it changed nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// The moment.
    pub at: Timestamp,
    /// Hosted zones that each choice of the runbook can mean; exactly one is needed.
    pub zones: BTreeMap<ZoneChoice, Vec<Zone>>,
    /// All record sets at the names of interest, those of [`own_names`] among them.
    pub records: BTreeMap<ZoneId, Vec<RecordSet>>,
    /// Load balancers, with their targets.
    pub balancers: BTreeMap<(Side, BalancerName), (Balancer, TargetHealth)>,
    /// What each alarm says, by the name of its gate; nothing where there is no such alarm.
    pub alarms: BTreeMap<String, Option<AlarmReading>>,
    /// How legacy did before the run.
    pub history: History,
    /// What is known of the zones beyond their names; nothing of those that the caller may not ask about.
    pub details: BTreeMap<ZoneId, ZoneDetails>,
    /// Requests per minute of legacy's load balancers over the last day, rounded up; without those that have no metrics.
    pub busy: BTreeMap<(Side, BalancerName), u64>,
    /// When the credentials of each account end, where they do.
    pub expires: BTreeMap<Account, Timestamp>,
    /// What the dns account may do.
    pub quota: Quota,
    /// What could not be read, in words: each is a reason not to begin.
    pub failures: Vec<String>,
}
