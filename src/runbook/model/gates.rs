//! What is watched, and the limits.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::unit::{Account, Rate, Side, SignedDuration};

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

impl MetricGate {
    /// Returns what is measured, in words, such as `Maximum of AWS/RDS ReplicaLag (DBInstanceIdentifier orders)`.
    pub fn measured(&self) -> String {
        let named = |(name, value): (&String, &String)| format!("{name} {value}");
        let dimensions: Vec<String> = self.dimensions.iter().map(named).collect();
        let of = format!("{} of {} {}", self.stat, self.namespace, self.metric);
        if dimensions.is_empty() { of } else { format!("{of} ({})", dimensions.join(", ")) }
    }
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

impl Threshold {
    /// Returns whether a datapoint is beyond the limit.
    pub fn is_broken_by(&self, value: f64) -> bool {
        match self.bound {
            Bound::Above => value > self.value,
            Bound::Below => value < self.value,
        }
    }
}

/// As it is read in a sentence, such as `above 30 in 3 of 5 datapoints`.
impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.bound, self.value)?;
        match (self.bad, self.of) {
            (1, 1) => Ok(()),
            (bad, of) => write!(f, " in {bad} of {of} datapoints"),
        }
    }
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

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Above => "above",
            Self::Below => "below",
        })
    }
}

/// A gate on a CloudWatch alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmGate {
    /// The alarm's name.
    pub name: String,
    /// Whose account and region have it.
    pub side: Side,
}

impl AlarmGate {
    /// Returns what the gate is called, such as `alarm new/api-5xx`; no two gates of a runbook share it.
    pub fn gate_name(&self) -> String {
        format!("alarm {}/{}", self.side, self.name)
    }
}

/// A gate on Datadog.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DatadogGate {
    /// What it is called, without `datadog` before it; no two of a runbook share it.
    pub name: String,
    /// What is looked at.
    pub watches: DatadogWatch,
    /// How Datadog is reached.
    pub access: DatadogAccess,
}

/// What a gate on Datadog looks at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatadogWatch {
    /// The state of a monitor.
    Monitor {
        /// Its id.
        id: u64,
    },
    /// The value of a query.
    Query {
        /// Datadog's query text.
        query: String,
        /// Limit of the warning, if any.
        warning: Option<Threshold>,
        /// Limit of the breach, if any.
        critical: Option<Threshold>,
    },
}

impl DatadogGate {
    /// Returns what the gate is called in findings, such as `datadog monitor 1234`.
    pub fn gate_name(&self) -> String {
        format!("datadog {}", self.name)
    }

    /// Returns what is looked at, in words, such as `query avg:app.queue{env:new}`.
    pub fn watched(&self) -> String {
        match &self.watches {
            DatadogWatch::Monitor { id } => format!("monitor {id}"),
            DatadogWatch::Query { query, .. } => format!("query {query}"),
        }
    }

    /// Returns the limits of a query, the warning's first; none of a monitor, which has its own.
    pub fn limits(&self) -> (Option<&Threshold>, Option<&Threshold>) {
        match &self.watches {
            DatadogWatch::Monitor { .. } => (None, None),
            DatadogWatch::Query { warning, critical, .. } => (warning.as_ref(), critical.as_ref()),
        }
    }
}

/// How Datadog is reached. Of secrets only the names of variables are known here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatadogAccess {
    /// Environment variable that holds the API key.
    pub api_key_env: String,
    /// Environment variable that holds the application key.
    pub app_key_env: String,
    /// Datadog site, such as `datadoghq.eu`.
    pub site: String,
    /// Where the API is, unless at the site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
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
