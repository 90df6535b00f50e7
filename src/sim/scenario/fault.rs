//! What can go wrong in a scenario, where and from when on.

use serde::Deserialize;

use super::MetricName;
use crate::{
    plan::AlarmState,
    unit::{Share, Side, SignedDuration},
};

/// One thing that goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// When it begins.
    pub trigger: Trigger,
    /// How long it lasts; to the end when nothing is said.
    pub lasts: Option<SignedDuration>,
    /// What it is.
    pub kind: FaultKind,
}

/// When a fault begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Trigger {
    /// This long after the start, or before it for a negative time.
    At(SignedDuration),
    /// When the weights first send this share to new, and then after a while.
    FromShare {
        /// The share.
        share: Share,
        /// How long after it was reached.
        after: SignedDuration,
    },
}

/// What can go wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum FaultKind {
    /// More requests fail.
    Errors {
        /// Where.
        sides: Sides,
        /// Part of the requests that fails in addition, 0 to 1.
        rate: f64,
    },
    /// Every request takes longer.
    Latency {
        /// Where.
        sides: Sides,
        /// How many times as long.
        times: f64,
    },
    /// No target is healthy: every request fails.
    Outage {
        /// Where.
        sides: Sides,
    },
    /// Requests do not get as far as a load balancer: certificates, security groups, firewalls.
    Unreachable {
        /// Of which sides.
        sides: Sides,
        /// Part of the requests, 0 to 1.
        part: f64,
    },
    /// Route 53 leaves the side out of its answers, as it does where it evaluates target health and finds none (laws
    /// L45, L47), although its targets answer.
    LeftOut {
        /// Which sides.
        sides: Sides,
    },
    /// CloudWatch tells less than it should.
    Metrics {
        /// Of whose load balancers.
        sides: Sides,
        /// What is missing.
        blackout: Blackout,
    },
    /// A CloudWatch alarm says something else than OK.
    Alarm {
        /// Whose alarm.
        sides: Sides,
        /// Its name.
        name: String,
        /// What it says.
        state: AlarmState,
    },
    /// Somebody deploys the ECS services.
    Deploys {
        /// Of which sides.
        sides: Sides,
        /// Whether the deployment has failed and stays as it is, instead of going on.
        fails: bool,
    },
    /// A metric that is not a load balancer's has this value.
    Metric {
        /// Which metric.
        metric: MetricName,
        /// Its value.
        value: f64,
    },
    /// Other tools send so many requests that only about half of the calls to Route 53 get through (law L22).
    Throttled,
    /// Route 53's API does not answer; its DNS servers do.
    Route53Down,
    /// Changes are made, but the answer is lost (law L25).
    LostAnswers {
        /// For what part of the changes, 0 to 1.
        part: f64,
    },
    /// Changes stay PENDING until the fault is over, and one DNS server in four does not learn of them (law L40).
    InSyncStuck,
    /// Somebody sets the weights of the first service's name back to legacy alone.
    WeightsReset,
    /// The process that runs the cutover is killed, and resumed when the fault is over: see [`crate::sim::World::take_crash`].
    Crash,
}

/// Which sides a fault is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sides {
    /// The legacy side alone.
    Legacy,
    /// The new side alone.
    New,
    /// Both sides.
    Both,
}

impl Sides {
    /// Returns true when this side is one of them.
    pub fn has(self, side: Side) -> bool {
        match self {
            Self::Legacy => side == Side::Legacy,
            Self::New => side == Side::New,
            Self::Both => true,
        }
    }
}

/// How CloudWatch fails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Blackout {
    /// Every minute becomes visible this much later.
    Late(SignedDuration),
    /// Minutes that begin during the fault have no datapoints.
    Gone,
    /// Status `Forbidden`.
    Forbidden,
    /// Status `PartialData`, with every second minute left out.
    Partial,
    /// Status `InternalError` without datapoints.
    InternalError,
}
