//! What has to be known of the live world before a plan can be made, and what was found.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AlarmGate, AlarmReading, Balancer, EcsCheck, Gates, LoadFacts, Peering, PeeringCheck, Plan,
    Quota, RecordSet, ServiceReading, TargetHealth, USUAL_SYNC, Zone, ZoneId, lock_name,
};
use crate::{
    gate::{History, Reading},
    runbook::{
        Runbook,
        model::{Record, Step, ZoneChoice},
    },
    unit::{
        Account, BalancerKind, BalancerName, RecordName, RecordType, Side, SignedDuration,
        Timestamp, Ttl,
    },
};

/// What a run may take beyond its steps and a hold: an old TTL that is waited out, a pause.
const SLACK: SignedDuration = SignedDuration::from_hours(1);

/// What a plan for a runbook has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Questions {
    /// Names to be listed, by the zone that the runbook means.
    pub names: BTreeMap<ZoneChoice, BTreeSet<RecordName>>,
    /// Load balancers to be described and whose targets are to be counted.
    pub balancers: BTreeSet<(Side, BalancerName)>,
    /// Those of them whose metrics feed the gates.
    pub measured: BTreeSet<(Side, BalancerName)>,
    /// How long the run may last.
    pub lasts: SignedDuration,
    /// Alarms to be read.
    pub alarms: Vec<AlarmGate>,
    /// Load balancers for which reserved capacity is asked about.
    pub reservable: BTreeSet<(Side, BalancerName)>,
    /// VPC peering connections to be described.
    pub peerings: Vec<PeeringCheck>,
    /// ECS services to be described.
    pub services: Vec<EcsCheck>,
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
    /// Returns what has to be known for each wave of a runbook, and what is watched in it; of one without waves, for all of
    /// it.
    pub fn by_wave(runbook: &Runbook) -> Vec<(Self, Gates)> {
        let whole = Self::of(runbook);
        if runbook.waves.is_empty() {
            return vec![(whole, runbook.gates.clone())];
        }
        let of_wave = |(_, alone): (String, Runbook)| {
            // A later wave moves when those before it have, so that the whole run's time counts for all.
            let questions = Self { lasts: whole.lasts, ..Self::of(&alone) };
            (questions, alone.gates)
        };
        runbook.by_wave().into_iter().map(of_wave).collect()
    }

    /// Returns what has to be known for this runbook.
    pub fn of(runbook: &Runbook) -> Self {
        let mut names: BTreeMap<ZoneChoice, BTreeSet<RecordName>> = BTreeMap::new();
        for record in &runbook.records {
            names.entry(record.zone.clone()).or_default().insert(record.name.clone());
        }
        Self {
            names,
            balancers: runbook.records.iter().flat_map(balancers_of).collect(),
            measured: runbook.records.iter().flat_map(measured_of).collect(),
            lasts: longest(runbook),
            alarms: runbook.gates.alarms.clone(),
            reservable: reservable(runbook),
            services: runbook.preflight.ecs.clone(),
            peerings: runbook.preflight.vpc_peering.clone(),
        }
    }

    /// Returns what has to be known to see where the pairs of a plan stand: their names, nobody's load balancers, no
    /// alarms, no services and no peering connections.
    pub fn of_plan(plan: &Plan) -> Self {
        let names = plan.zones.iter().map(|zone| {
            let of_zone = plan.pairs.iter().filter(|pair| pair.zone == zone.id);
            let choice = ZoneChoice::Id(zone.id.0.clone());
            (choice, of_zone.map(|pair| pair.name.clone()).collect())
        });
        Self {
            names: names.collect(),
            balancers: BTreeSet::new(),
            measured: BTreeSet::new(),
            lasts: SignedDuration::ZERO,
            alarms: Vec::new(),
            reservable: BTreeSet::new(),
            services: Vec::new(),
            peerings: Vec::new(),
        }
    }
}

fn balancers_of(record: &Record) -> impl Iterator<Item = (Side, BalancerName)> {
    let aliased = |side| record.target(side).balancer().map(|name| (side, name.clone()));
    Side::BOTH.into_iter().filter_map(aliased).chain(measured_of(record))
}

fn measured_of(record: &Record) -> impl Iterator<Item = (Side, BalancerName)> {
    let measured = |side| record.target(side).metrics_balancer().map(|name| (side, name.clone()));
    Side::BOTH.into_iter().filter_map(measured)
}

/// Returns the load balancers of both sides whose capacity can be reserved, where the runbook wants that of one: a rollback
/// is a spike on the other.
fn reservable(runbook: &Runbook) -> BTreeSet<(Side, BalancerName)> {
    if runbook.preflight.capacity.is_empty() {
        return BTreeSet::new();
    }
    let all = runbook.records.iter().flat_map(balancers_of);
    all.filter(|(_, name)| name.kind != BalancerKind::Classic).collect()
}

/// Returns how long a run of this runbook may last: its steps, one hold up to its limit, and some slack.
fn longest(runbook: &Runbook) -> SignedDuration {
    let policy = &runbook.policy;
    let settle =
        USUAL_SYNC + Ttl::OF_LOAD_BALANCER.duration() + policy.metric_lag + policy.settle_slop;
    let step = |step: &Step| match step {
        Step::Shift { hold, .. } => settle.saturating_add(*hold),
        Step::Approve { timeout, .. } | Step::Run { timeout, .. } => *timeout,
    };
    let steps = runbook.steps.iter().map(step);
    steps
        .chain([policy.hold_limit, SLACK])
        .fold(SignedDuration::ZERO, SignedDuration::saturating_add)
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
    /// What the ECS services do, by what they are called beside the gates.
    pub services: BTreeMap<String, ServiceReading>,
    /// The VPC peering connections by their ids, as each side that could be asked sees them.
    pub peerings: BTreeMap<String, BTreeMap<Side, Peering>>,
    /// Twelve-digit ids of the AWS accounts.
    pub accounts: BTreeMap<Account, String>,
    /// How it was before the run.
    pub history: History,
    /// What the gates see of the last hour, new's targets among it.
    pub recent: Reading,
    /// What is known of the zones beyond their names; nothing of those that the caller may not ask about.
    pub details: BTreeMap<ZoneId, ZoneDetails>,
    /// Requests per minute of legacy's load balancers over the last day, rounded up; without those that have no metrics.
    pub busy: BTreeMap<(Side, BalancerName), u64>,
    /// What the load balancers carried, and what they are ready for.
    pub load: LoadFacts,
    /// When the credentials of each account end, where they do.
    pub expires: BTreeMap<Account, Timestamp>,
    /// What the dns account may do.
    pub quota: Quota,
    /// What could not be read, in words: each is a reason not to begin.
    pub failures: Vec<String>,
}
