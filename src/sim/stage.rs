//! What stands in the invented AWS when it begins: plain data, built by whoever knows the runbook.

use std::collections::BTreeMap;

use crate::{
    cloud::Balancer,
    plan::{MetricQuery, PeeringEnd, RecordSet, Zone, ZoneId},
    sim::Policies,
    unit::{Account, RecordName, RecordType, Side},
};

/// Account id of a place that the stage does not name.
const NOBODY: &str = "000000000000";

/// Everything that stands in the invented AWS when it begins.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stage {
    /// Twelve-digit AWS account id of each place; several may share one.
    pub accounts: BTreeMap<Account, String>,
    /// ARN of the role whose credentials the calls to each place are made with, where it is a role's.
    pub roles: BTreeMap<Account, String>,
    /// Who may do what.
    pub policies: Policies,
    /// Region of the load balancers, such as `us-west-2`.
    pub region: String,
    /// Hosted zones with their records.
    pub zones: Vec<StageZone>,
    /// Load balancers of both sides.
    pub balancers: Vec<StageBalancer>,
    /// Capacity units that are reserved and provisioned, by the load balancer's ARN.
    pub reserved: BTreeMap<String, u32>,
    /// CloudWatch alarms.
    pub alarms: Vec<StageAlarm>,
    /// ECS services.
    pub ecs: Vec<StageService>,
    /// VPC peering connections.
    pub peerings: Vec<StagePeering>,
    /// Metrics that are not those of the load balancers.
    pub series: Vec<StageSeries>,
    /// Index into `balancers` of what stands behind a plain value: a host name or an address. Traffic to a value that
    /// stands nowhere is lost.
    pub hosts: BTreeMap<String, usize>,
    /// The names that users ask for.
    pub services: Vec<Service>,
}

impl Stage {
    /// Returns the twelve-digit id of the AWS account that serves as this place.
    pub fn account(&self, account: Account) -> &str {
        self.accounts.get(&account).map_or(NOBODY, String::as_str)
    }
}

/// A hosted zone when the world begins.
#[derive(Debug, Clone, PartialEq)]
pub struct StageZone {
    /// Twelve-digit id of the account that owns it.
    pub account: String,
    /// The zone.
    pub zone: Zone,
    /// Its record sets.
    pub records: Vec<RecordSet>,
    /// Names and types that nobody may change until the protection is lifted (law L16).
    pub protected: Vec<(RecordName, RecordType)>,
    /// The AWS service that created it and alone may change it, such as `servicediscovery.amazonaws.com`.
    pub linked_service: Option<String>,
    /// Status of its accelerated recovery. While it ends in `HOSTED_ZONE_LOCKED` nobody may change the zone.
    pub recovery: Option<String>,
}

impl StageZone {
    /// Returns an ordinary zone, which its account may change in every way.
    pub fn new(account: String, zone: Zone, records: Vec<RecordSet>) -> Self {
        let (protected, linked_service, recovery) = (Vec::new(), None, None);
        Self { account, zone, records, protected, linked_service, recovery }
    }
}

/// A load balancer when the world begins.
#[derive(Debug, Clone, PartialEq)]
pub struct StageBalancer {
    /// Twelve-digit id of the account that owns it.
    pub account: String,
    /// The environment that it belongs to.
    pub side: Side,
    /// The load balancer as AWS describes it.
    pub balancer: Balancer,
    /// Registered targets; all of them are healthy unless a fault says otherwise. Without any, every request fails.
    pub targets: u32,
}

/// A CloudWatch alarm when the world begins; it says OK unless the scenario says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageAlarm {
    /// Twelve-digit id of the account that owns it.
    pub account: String,
    /// The environment that it belongs to.
    pub side: Side,
    /// Its name.
    pub name: String,
    /// Whether it is made of other alarms.
    pub composite: bool,
}

/// An ECS service when the world begins; it is steady unless the scenario says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageService {
    /// Twelve-digit id of the account that owns it.
    pub account: String,
    /// The environment that it belongs to.
    pub side: Side,
    /// The cluster that it is in.
    pub cluster: String,
    /// Its name.
    pub service: String,
    /// Tasks that it runs.
    pub tasks: u32,
}

/// A VPC peering connection, with a route each way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StagePeering {
    /// Its id, `pcx-...`.
    pub id: String,
    /// Its status, such as `active`.
    pub status: String,
    /// Who asked for it, and who was asked.
    pub ends: [PeeringEnd; 2],
}

/// A metric that stays about the same unless the scenario says otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct StageSeries {
    /// Twelve-digit id of the account that owns it.
    pub account: String,
    /// Which metric, and which of its statistics; another one of the same metric is answered alike.
    pub query: MetricQuery,
    /// Its value, about which it varies a little.
    pub value: f64,
}

/// A name that users ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// The name.
    pub name: RecordName,
    /// The type that they ask for.
    pub kind: RecordType,
    /// The zone that answers.
    pub zone: ZoneId,
    /// Part of all traffic that it gets. The parts of all services are scaled to sum to 1.
    pub part: f64,
}
