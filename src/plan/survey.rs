//! What has to be known of the live world before a plan can be made, and what was found.

use std::collections::{BTreeMap, BTreeSet};

use super::{Balancer, RecordSet, TargetHealth, Zone, ZoneId};
use crate::{
    gate::History,
    runbook::{
        Runbook,
        model::{Record, ZoneChoice},
    },
    unit::{BalancerName, RecordName, Side},
};

/// What a plan for a runbook has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Questions {
    /// Names to be listed, by the zone that the runbook means.
    pub names: BTreeMap<ZoneChoice, BTreeSet<RecordName>>,
    /// Load balancers to be described and whose targets are to be counted.
    pub balancers: BTreeSet<(Side, BalancerName)>,
}

impl Questions {
    /// Returns what has to be known for this runbook.
    pub fn of(runbook: &Runbook) -> Self {
        let mut names: BTreeMap<ZoneChoice, BTreeSet<RecordName>> = BTreeMap::new();
        for record in &runbook.records {
            names.entry(record.zone.clone()).or_default().insert(record.name.clone());
        }
        let balancers = runbook.records.iter().flat_map(balancers_of).collect();
        Self { names, balancers }
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

/// What was found, at one moment. Reading it changed nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Hosted zones that each choice of the runbook can mean; exactly one is needed.
    pub zones: BTreeMap<ZoneChoice, Vec<Zone>>,
    /// All record sets at the names of interest.
    pub records: BTreeMap<ZoneId, Vec<RecordSet>>,
    /// Load balancers, with their targets.
    pub balancers: BTreeMap<(Side, BalancerName), (Balancer, TargetHealth)>,
    /// How legacy did before the run.
    pub history: History,
    /// What could not be read, in words: each is a reason not to begin.
    pub failures: Vec<String>,
}
