//! Load balancers as AWS describes them, in our words.

use serde::{Deserialize, Serialize};

use crate::unit::{BalancerKind, BalancerName};

/// A load balancer as AWS describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balancer {
    /// Kind and name, as the runbook names it.
    pub name: BalancerName,
    /// DNS name that aliases point to.
    pub dns_name: String,
    /// Hosted zone id that aliases point to.
    pub zone_id: String,
    /// Value of its CloudWatch dimension: the name of a classic one (`LoadBalancerName`), `app/NAME/ID` or
    /// `net/NAME/ID` of the others (`LoadBalancer`).
    pub dimension: String,
    /// Its ARN; classic ones have none.
    pub arn: Option<String>,
    /// Whether its addresses are private.
    pub internal: bool,
}

impl Balancer {
    /// Returns the name of its CloudWatch dimension.
    pub fn dimension_name(&self) -> &'static str {
        match self.name.kind {
            BalancerKind::Classic => "LoadBalancerName",
            BalancerKind::Application | BalancerKind::Network => "LoadBalancer",
        }
    }
}

/// Targets behind a load balancer. For the newer kinds: of its worst target group, as Route 53 judges it (law L47).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TargetHealth {
    /// Taking traffic.
    pub healthy: u32,
    /// Registered.
    pub registered: u32,
}
