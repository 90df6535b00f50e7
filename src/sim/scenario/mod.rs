//! What happens in the invented AWS: who its users are, how well both sides are, what goes wrong and when, and how a
//! cutover through it should end.
//!
//! A scenario is a YAML file ([`Scenario::parse`]); the ones in the binary ([`BUILTIN`]) are there to be printed, copied
//! and changed. They name shares instead of times wherever they can, so that they fit any runbook.

mod builtin;
mod fault;
mod text;
mod trouble;

pub use builtin::BUILTIN;
pub use fault::{Blackout, Fault, FaultKind, Sides, Trigger};

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    plan::MetricQuery,
    unit::{Rate, Share, Side, SignedDuration},
};

/// Everything that happens in one rehearsal.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    /// One line for people.
    pub description: String,
    /// The users.
    pub traffic: Traffic,
    /// How uneven everything is from minute to minute.
    pub noise: Noise,
    /// The legacy side, as long as nothing goes wrong with it.
    pub legacy: SideHealth,
    /// The new side, as long as nothing goes wrong with it.
    pub new: SideHealth,
    /// The DNS service.
    pub route53: Route53Setting,
    /// Metrics that are not a load balancer's.
    pub series: Vec<ScriptedSeries>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// How a cutover through it should end.
    pub expect: Expect,
}

/// Text that is not a scenario.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the scenario cannot be read: {0}; begin with a copy of a built-in one")]
pub struct InvalidScenario(String);

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// The text is not YAML, has unknown keys, or says something impossible.
    pub fn parse(yaml: &str) -> Result<Self, InvalidScenario> {
        text::read(yaml).map_err(InvalidScenario)
    }

    /// Returns the built-in scenario with this name; nothing for a name that is not in [`BUILTIN`].
    pub fn builtin(name: &str) -> Option<Self> {
        let (_, yaml) = BUILTIN.iter().find(|(known, _)| *known == name)?;
        Self::parse(yaml).ok()
    }

    /// Returns true when the process that runs the cutover is killed at some time.
    pub fn crashes(&self) -> bool {
        self.faults.iter().any(|fault| fault.kind == FaultKind::Crash)
    }

    /// Returns how well one side is, as long as nothing goes wrong with it.
    pub fn side(&self, side: Side) -> &SideHealth {
        match side {
            Side::Legacy => &self.legacy,
            Side::New => &self.new,
        }
    }
}

/// The users, the resolvers between them and Route 53, and their connections.
#[derive(Debug, Clone, PartialEq)]
pub struct Traffic {
    /// Requests per minute at the busiest moment of the week, all services together.
    pub peak: f64,
    /// Part of the users whose resolvers keep answers for longer than the TTL (law L42), 0 to 1.
    pub ignore_ttl: f64,
    /// How long those keep an answer, at most; each has a time of its own, at least half of this.
    pub ignore_ttl_for: SignedDuration,
    /// Part of the requests that come over connections kept open, 0 to 1.
    pub keep_alive: f64,
    /// How long such a connection lives before the client asks DNS again: the load balancer's `client_keep_alive`.
    pub keep_alive_for: SignedDuration,
}

/// Coefficients of variation of a minute's error rate around its mean, as in the simulations of gates.md.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// Of what both sides feel alike.
    pub shared: f64,
    /// Of what each side feels alone.
    pub own: f64,
}

/// One side, as long as nothing goes wrong with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SideHealth {
    /// Mean part of its requests that fail.
    pub errors: Rate,
    /// Median time to answer a request, in milliseconds.
    pub latency_ms: f64,
    /// Load that its load balancers carry without having to scale first, as a part of the peak of all traffic
    /// (law L67). A cold load balancer has little.
    pub warm: f64,
}

/// The DNS service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Route53Setting {
    /// Which quotas hold (law L23).
    pub limits: Limits,
    /// Requests per second that other tools in the account send, each with one change (law L22).
    pub other_tools: f64,
    /// How long every call takes to be answered, other than a batch; drawn anew for each where nothing is said.
    pub answer: Option<SignedDuration>,
    /// How long every batch takes to be answered; drawn anew for each where nothing is said.
    pub change: Option<SignedDuration>,
    /// How long changes take to be everywhere.
    pub in_sync: InSyncDelays,
}

/// How long changes take to be everywhere (law L40).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InSyncDelays {
    /// Shortest.
    pub least: SignedDuration,
    /// Longest of an ordinary one.
    pub most: SignedDuration,
    /// Part of the changes that take 5 to 30 minutes instead, 0 to 1.
    pub slow: f64,
}

/// Route 53's quotas (laws L20, L21, L23).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limits {
    /// Since July 2026: 50 requests, refilled at 10 a second; 1500 changes, refilled at 100 a second.
    Standard,
    /// GovCloud: 40 requests, refilled at 5 a second; changes are not counted.
    Gov,
    /// Before July 2026: 5 requests a second; changes are not counted.
    Legacy,
}

/// A metric that is not a load balancer's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricName {
    /// CloudWatch namespace.
    pub namespace: String,
    /// CloudWatch metric name.
    pub metric: String,
    /// Dimensions that a query must have for an answer; it may have more.
    pub dimensions: BTreeMap<String, String>,
}

impl MetricName {
    /// Returns true for a query of this metric.
    pub(in crate::sim) fn is_asked_by(&self, query: &MetricQuery) -> bool {
        let has = |(name, value): (&String, &String)| query.dimensions.get(name) == Some(value);
        self.namespace == query.namespace
            && self.metric == query.metric
            && self.dimensions.iter().all(has)
    }
}

/// How a metric that is not a load balancer's goes.
#[derive(Debug, Clone, PartialEq)]
pub struct ScriptedSeries {
    /// Which metric.
    pub metric: MetricName,
    /// Value from each time since the start on; before the first there is no datapoint.
    pub values: BTreeMap<SignedDuration, f64>,
    /// Coefficient of variation of the datapoints around the value.
    pub jitter: f64,
}

/// How a cutover through the scenario should end. What is not said is not asked.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expect {
    /// Any of these is right.
    pub outcome: Vec<Outcome>,
    /// The share set must stay below this.
    pub highest_share_below: Option<Share>,
    /// Longest time from the first fault to the first move back.
    pub detect_within: Option<SignedDuration>,
    /// Requests that fail because of the cutover must stay below this part of all requests, 0 to 1.
    pub failed_below: Option<f64>,
}

/// How a cutover can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All steps done.
    Completed,
    /// Back at the baseline.
    RolledBack,
    /// Stopped, resumable.
    Stopped,
    /// It needs a human.
    Stuck,
    /// It does not begin.
    Refused,
}

#[cfg(test)]
mod tests;
