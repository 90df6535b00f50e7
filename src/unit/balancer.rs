//! Load balancers as a runbook names them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What kind of Elastic Load Balancer it is; the kind decides which metrics exist (route53-laws section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BalancerKind {
    /// Classic Load Balancer, `elb` in a runbook.
    #[serde(rename = "elb")]
    Classic,
    /// Application Load Balancer, `alb` in a runbook.
    #[serde(rename = "alb")]
    Application,
    /// Network Load Balancer, `nlb` in a runbook. It has no HTTP metrics.
    #[serde(rename = "nlb")]
    Network,
}

impl fmt::Display for BalancerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Classic => "elb",
            Self::Application => "alb",
            Self::Network => "nlb",
        })
    }
}

/// A load balancer by kind and name, within the account and region of its side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BalancerName {
    /// Its kind.
    pub kind: BalancerKind,
    /// Its name, as in `DescribeLoadBalancers`.
    pub name: String,
}

impl fmt::Display for BalancerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.name)
    }
}
