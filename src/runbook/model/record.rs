//! What moves: names, and where they point on each side.

use serde::{Deserialize, Serialize};

use crate::unit::{BalancerName, RecordName, RecordType, Side, Ttl};

/// One name that moves, with the types that exist there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The name.
    pub name: RecordName,
    /// The hosted zone that holds it.
    pub zone: ZoneChoice,
    /// Which types move; never empty, no duplicates.
    pub types: Vec<RecordType>,
    /// TTL wanted for value records; nothing for aliases, whose TTL is the load balancer's.
    pub ttl: Option<Ttl>,
    /// Where it points in the legacy environment.
    pub legacy: Target,
    /// Where it points in the new environment.
    pub new: Target,
}

impl Record {
    /// Returns where the record points on one side.
    pub fn target(&self, side: Side) -> &Target {
        match side {
            Side::Legacy => &self.legacy,
            Side::New => &self.new,
        }
    }
}

/// A hosted zone as a runbook names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ZoneChoice {
    /// By id, such as `Z0123456789ABCDEFGHIJ`.
    Id(String),
    /// By name; of a public and a private zone with the same name, `private` picks one.
    Name {
        /// Its apex.
        name: RecordName,
        /// Whether the private zone is meant.
        private: bool,
    },
}

/// Where a record points on one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// What it points to.
    pub destination: Destination,
    /// For aliases: whether Route 53 stops answering with it while its targets are unhealthy (laws L45-L47).
    pub evaluate_target_health: bool,
    /// Load balancer whose metrics tell about this side, where the destination is not it.
    pub metrics: Option<BalancerName>,
}

impl Target {
    /// Returns the load balancer that an alias to this target names, if it is one.
    pub fn balancer(&self) -> Option<&BalancerName> {
        match &self.destination {
            Destination::Balancer(balancer) => Some(balancer),
            Destination::Values(_) | Destination::Alias { .. } => None,
        }
    }

    /// Returns the load balancer that has this target's metrics, if the runbook names one.
    pub fn metrics_balancer(&self) -> Option<&BalancerName> {
        self.metrics.as_ref().or_else(|| self.balancer())
    }
}

/// What a record points to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Destination {
    /// An alias to a load balancer, found by its name.
    Balancer(BalancerName),
    /// Plain values: a host name for CNAME, addresses for A and AAAA. Exactly one in a weighted record (law L14).
    Values(Vec<String>),
    /// An alias written out.
    Alias {
        /// DNS name of the alias target.
        dns_name: String,
        /// Hosted zone id of the alias target.
        zone_id: String,
    },
}
