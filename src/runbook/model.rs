//! A runbook that cannot be wrong: what parsing leaves for everybody else to rely on.
//!
//! It is resolved for one environment: variables are filled in and defaults are in place.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::unit::{
    Account, BalancerName, Rate, RecordName, RecordType, Share, Side, SignedDuration, Ttl,
};

/// One procedure, in one environment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Runbook {
    /// Short name, `[a-z0-9-]{1,40}`; begins the run id.
    pub name: String,
    /// What it moves, in the author's words.
    pub description: String,
    /// Where it runs.
    pub environment: Environment,
    /// What moves, in lockstep.
    pub records: Vec<Record>,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// What is watched.
    pub gates: Gates,
    /// What is done about what was seen.
    pub policy: Policy,
    /// What may be changed before the first step.
    pub prepare: Prepare,
    /// What is checked before anything is changed.
    pub preflight: Preflight,
    /// When steps may start.
    pub windows: Windows,
    /// Who is told.
    pub notify: Vec<Notify>,
}

/// Credentials of the three places; the default ones everywhere when the runbook has no environments.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Environment {
    /// Its name in the runbook, if it has one.
    pub name: Option<String>,
    /// How to reach the hosted zones.
    pub dns: Access,
    /// How to reach the legacy side.
    pub legacy: Access,
    /// How to reach the new side.
    pub new: Access,
}

impl Environment {
    /// Returns how to reach one account.
    pub fn access(&self, account: Account) -> &Access {
        match account {
            Account::Dns => &self.dns,
            Account::Legacy => &self.legacy,
            Account::New => &self.new,
        }
    }
}

/// How to get credentials for one place, and its region. What is unset is left to the SDK's defaults.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Access {
    /// Profile of the shared AWS configuration files to begin with.
    pub profile: Option<String>,
    /// ARN of the role to assume.
    pub role: Option<String>,
    /// External id that the role's trust policy asks for.
    pub external_id: Option<String>,
    /// ARN or serial number of the MFA device that the role's trust policy asks for.
    pub mfa_serial: Option<String>,
    /// Region of the load balancers and metrics.
    pub region: Option<String>,
}

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

/// One entry of `steps`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// Sets a share and watches.
    Shift {
        /// Part of the traffic meant for new from here on.
        share: Share,
        /// How long it is watched once it has settled.
        hold: SignedDuration,
        /// Whether the share may be lower than the step's before.
        back: bool,
    },
    /// Asks a person.
    Approve {
        /// The question.
        ask: String,
        /// How long an answer is waited for.
        timeout: SignedDuration,
        /// What happens without one.
        on_timeout: Fallback,
    },
    /// Runs a command.
    Run {
        /// Program and arguments; never through a shell.
        command: Vec<String>,
        /// How long it may take.
        timeout: SignedDuration,
    },
}

/// What happens when something was waited for in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fallback {
    /// Stop, resumable.
    Stop,
    /// Go back to the baseline.
    Rollback,
}

/// Everything that is watched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gates {
    /// How uneven this environment's error rates are from minute to minute.
    pub noise: Noise,
    /// Error-count gate, unless switched off.
    pub errors: Option<ErrorsGate>,
    /// Latency gate, unless switched off.
    pub latency: Option<LatencyGate>,
    /// Achieved-share gate, unless switched off.
    pub share: Option<ShareGate>,
    /// Healthy-targets gate, unless switched off.
    pub targets: Option<TargetsGate>,
    /// Other CloudWatch metrics.
    pub metrics: Vec<MetricGate>,
    /// CloudWatch alarms.
    pub alarms: Vec<AlarmGate>,
    /// Datadog monitors and queries.
    pub datadog: Vec<DatadogGate>,
    /// What proves that a step is good.
    pub pass: PassRule,
}

/// How uneven error rates are: sets the size k of gates.md, with the cap C at the same value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Noise {
    /// k = 20.
    Low,
    /// k = 5.
    Normal,
    /// k = 2.
    High,
}

/// The `errors` gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErrorsGate {
    /// Beyond this it is a breach.
    pub critical: ErrorLimit,
    /// Beyond this it is a warning.
    pub warning: ErrorLimit,
    /// Beyond this one datapoint is enough.
    pub catastrophe: Option<Catastrophe>,
}

/// A limit on new's error rate: `times_legacy` x legacy's rate + `plus`, and at most `at_most`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ErrorLimit {
    /// rho of gates.md; at least 1.
    pub times_legacy: f64,
    /// delta of gates.md.
    pub plus: Rate,
    /// Absolute limit, whatever legacy does.
    pub at_most: Option<Rate>,
    /// How much of legacy's past sets the history limit.
    pub history: Option<SignedDuration>,
    /// alpha of gates.md: how often, at most, a healthy cutover is accused.
    pub false_alarm: Rate,
}

/// The fast path of the `errors` gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Catastrophe {
    /// Error rate from which it acts.
    pub rate: Rate,
    /// Errors that must have been seen in the minute.
    pub min_errors: u64,
    /// How many times legacy's rate it must be.
    pub times_legacy: f64,
}

/// The `latency` gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LatencyGate {
    /// Which statistic is compared.
    pub stat: LatencyStat,
    /// Beyond this it is a breach.
    pub critical: LatencyLimit,
    /// Beyond this it is a warning.
    pub warning: LatencyLimit,
}

/// A percentile, such as `p99`: more than 0 and less than 100, at most two decimal places.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LatencyStat {
    /// The percentile, in percent.
    pub percentile: f64,
}

/// A limit on new's latency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LatencyLimit {
    /// A minute is bad when new's latency is more than this many times legacy's; at least 1.
    pub times_legacy: f64,
    /// A minute is also bad when new's latency is more than this.
    pub at_most: Option<SignedDuration>,
    /// eta of gates.md: the part of minutes that may be bad.
    pub bad_minutes: Rate,
    /// alpha of gates.md.
    pub false_alarm: Rate,
}

/// The `share` gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShareGate {
    /// How far the achieved share may be from the one set, relative to it.
    pub within: Rate,
    /// How long after settling it is judged.
    pub after: SignedDuration,
}

/// The `targets` gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetsGate {
    /// Below this part of healthy targets behind new it is a breach.
    pub critical_below: Rate,
}

/// A gate on any CloudWatch metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricGate {
    /// What it is called.
    pub name: String,
    /// Whose account and region have it.
    pub account: Account,
    /// CloudWatch namespace.
    pub namespace: String,
    /// CloudWatch metric name.
    pub metric: String,
    /// CloudWatch dimensions.
    pub dimensions: BTreeMap<String, String>,
    /// CloudWatch statistic, such as `Maximum` or `p99`.
    pub stat: String,
    /// Limit of the warning, if any.
    pub warning: Option<Threshold>,
    /// Limit of the breach, if any.
    pub critical: Option<Threshold>,
}

/// A limit on one metric's datapoints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// Which side of the value is bad.
    pub bound: Bound,
    /// The value, in the metric's unit.
    pub value: f64,
    /// How many datapoints must be beyond it; at least 1.
    pub bad: u32,
    /// Of how many newest ones; at least `bad`.
    pub of: u32,
}

/// Which side of a limit is bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// More than the value is bad.
    Above,
    /// Less than the value is bad.
    Below,
}

/// A gate on a CloudWatch alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmGate {
    /// The alarm's name.
    pub name: String,
    /// Whose account and region have it.
    pub side: Side,
}

/// A gate on Datadog.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum DatadogGate {
    /// The state of a monitor.
    Monitor {
        /// Its id.
        id: u64,
    },
    /// The value of a query.
    Query {
        /// Datadog's query text.
        query: String,
        /// Value beyond which it is a warning.
        warning: Option<f64>,
        /// Value beyond which it is a breach.
        critical: Option<f64>,
    },
}

/// What proves that a step is good.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PassRule {
    /// Closed minutes with traffic that must have been seen in the step.
    pub min_minutes: u32,
    /// Requests on new that must have been seen in the step.
    pub min_requests: u64,
    /// 1 - beta of gates.md: how sure a pass must be.
    pub proof: Rate,
}

/// What is done about what was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// On a breach.
    pub breach: OnBreach,
    /// On a warning.
    pub warning: OnWarning,
    /// Without evidence.
    pub unknown: OnBreach,
    /// At the end of a hold with nothing against the step and too little to prove it.
    pub unproven: OnUnproven,
    /// When a command of the runbook failed.
    pub hook_failed: OnBreach,
    /// How long a hold that was not planned may last.
    pub hold_limit: SignedDuration,
    /// What happens then.
    pub hold_limit_then: Fallback,
    /// Minutes younger than this are open: their metrics may still change.
    pub metric_lag: SignedDuration,
    /// What is waited in excess of INSYNC and TTL.
    pub settle_slop: SignedDuration,
    /// From this share on a breach holds instead of rolling back.
    pub point_of_no_return: Option<Share>,
}

/// What a breach leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnBreach {
    /// Wait.
    Hold,
    /// Go back to the baseline.
    Rollback,
}

/// What a warning leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnWarning {
    /// Wait.
    Hold,
    /// Go on.
    Continue,
}

/// What an unproven step leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnproven {
    /// Go on.
    Continue,
    /// Wait.
    Hold,
    /// Go back to the baseline.
    Rollback,
}

/// What may be changed before the first step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepare {
    /// Whether simple records may become weighted pairs.
    pub convert_simple: bool,
    /// TTL that longer ones are lowered to.
    pub lower_ttl_to: Ttl,
    /// Whether the zone is locked; nothing where the runbook does not say.
    pub lock: Option<bool>,
}

/// What is checked before anything is changed, beyond what always is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Preflight {
    /// Healthy targets that each load balancer of new must have.
    pub min_healthy_targets: Option<u32>,
    /// ECS services that must be steady.
    pub ecs: Vec<EcsCheck>,
    /// VPC peering connections that must be active.
    pub vpc_peering: Vec<PeeringCheck>,
    /// Sides whose load balancer capacity must be reserved.
    pub capacity: Vec<Side>,
    /// Environment in which this runbook must have completed.
    pub rehearsed: Option<String>,
}

/// An ECS service that must be steady.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EcsCheck {
    /// Whose account has it.
    pub side: Side,
    /// Its cluster.
    pub cluster: String,
    /// Its name.
    pub service: String,
}

/// A VPC peering connection that must be active.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeeringCheck {
    /// Whose account has it.
    pub side: Side,
    /// Its id, `pcx-...`.
    pub id: String,
}

/// When steps may start, as written; checked to be readable.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Windows {
    /// Only inside one of these, if there are any.
    pub allow: Vec<String>,
    /// Never inside one of these.
    pub deny: Vec<String>,
}

/// Somebody to tell, and of which events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notify {
    /// Who.
    pub channel: Channel,
    /// Names of events; empty means all that matter.
    pub on: Vec<String>,
}

/// A way to tell somebody. Secrets stand only by the name of an environment variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Channel {
    /// Slack incoming webhook.
    Slack {
        /// Variable that holds the webhook's URL.
        webhook_env: String,
    },
    /// PagerDuty Events v2.
    PagerDuty {
        /// Variable that holds the routing key.
        routing_key_env: String,
    },
    /// Datadog events.
    Datadog {
        /// Variable that holds the API key.
        api_key_env: String,
        /// Datadog site.
        site: String,
    },
    /// Any HTTP endpoint, signed.
    Webhook {
        /// Where to.
        url: String,
        /// Variable that holds the signing secret.
        secret_env: Option<String>,
    },
    /// A local command.
    Command {
        /// Program and arguments.
        command: Vec<String>,
    },
}
