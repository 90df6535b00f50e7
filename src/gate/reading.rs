//! What one reading brings: minutes of both sides, counts, alarms, services, what Datadog says, and what was wrong.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::service::ServiceReading;
use crate::unit::{Account, Minute, Side, Timestamp};

/// One minute of one side. A value that is missing had no CloudWatch datapoint.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SideRow {
    /// Requests, summed over the side's load balancers. Whether it also counts what the load balancer refused
    /// depends on the kind: gates.md, "Which metrics".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<f64>,
    /// Failed requests. Missing while there are requests means none failed (law L50).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<f64>,
    /// Latency in seconds at the gate's percentile. Of several load balancers it is that of the slowest which had
    /// requests enough of its own ([`samples_needed`](super::samples_needed)), never an average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<f64>,
    /// Which load balancer that is, where the side has several, such as `alb api`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_of: Option<String>,
    /// The same at p90, which takes over where there are too few requests for the gate's percentile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_p90: Option<f64>,
    /// Which load balancer that is, where the side has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_p90_of: Option<String>,
    /// New's load balancers without a request while others of new had some. In the sum of all they would not show.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<String>,
}

/// One minute of everything.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Row {
    /// The legacy side.
    #[serde(default)]
    pub legacy: SideRow,
    /// The new side.
    #[serde(default)]
    pub new: SideRow,
    /// Values of the `metrics` gates, by the gate's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, f64>,
}

impl Row {
    /// Returns one side of the minute.
    pub fn side(&self, side: Side) -> &SideRow {
        match side {
            Side::Legacy => &self.legacy,
            Side::New => &self.new,
        }
    }

    /// Returns the requests of both sides together; nothing where neither has a datapoint.
    pub fn requests(&self) -> Option<f64> {
        let sides = [self.legacy.requests, self.new.requests].into_iter().flatten();
        sides.filter(|requests| requests.is_finite()).reduce(|one, other| one + other)
    }
}

/// Healthy and registered targets behind a load balancer: that of a side's which is worst off.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TargetCount {
    /// In service.
    pub healthy: u32,
    /// Registered.
    pub registered: u32,
    /// Which load balancer that is, where the side has several, such as `alb api`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
}

/// What a CloudWatch alarm says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AlarmState {
    /// Within its threshold.
    Ok,
    /// Beyond its threshold.
    Alarm,
    /// It has too little data to tell.
    InsufficientData,
}

/// One alarm as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmReading {
    /// What it says.
    pub state: AlarmState,
    /// Why, in CloudWatch's words.
    pub reason: String,
    /// Since when it says so, where CloudWatch tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// What a Datadog monitor says, in Datadog's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MonitorState {
    /// Within its thresholds.
    #[serde(rename = "OK")]
    Ok,
    /// Beyond its warning threshold.
    Warn,
    /// Beyond its alert threshold.
    Alert,
    /// It has no data to go by.
    #[serde(rename = "No Data")]
    NoData,
    /// It does not know.
    Unknown,
    /// It was told to look away.
    Ignored,
    /// It was not evaluated.
    Skipped,
}

impl MonitorState {
    /// Returns Datadog's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warn => "Warn",
            Self::Alert => "Alert",
            Self::NoData => "No Data",
            Self::Unknown => "Unknown",
            Self::Ignored => "Ignored",
            Self::Skipped => "Skipped",
        }
    }
}

/// What Datadog told about one gate. The values of a query are among the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatadogReading {
    /// A monitor was read.
    Monitor {
        /// What it says.
        state: MonitorState,
        /// What it is called.
        name: String,
        /// Since when it says so, where Datadog tells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Timestamp>,
    },
    /// It told nothing.
    Unread {
        /// What kind of failure.
        kind: DatadogFault,
        /// What was said, in words; no key is in it.
        message: String,
    },
}

/// How Datadog could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatadogFault {
    /// There is no such monitor, or the query is none.
    Missing,
    /// The keys are refused.
    Forbidden,
    /// The rate limit is used up; nothing is asked until it is reset.
    Limited,
    /// It failed, did not answer in time, or answered what cannot be understood.
    Failed,
}

/// Everything that one reading brought.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    /// Minutes that are new or have changed.
    pub rows: Vec<(Minute, Row)>,
    /// Targets behind new, where they were counted.
    pub targets: Option<TargetCount>,
    /// Alarms by the name of their gate, as far as they could be read.
    pub alarms: BTreeMap<String, AlarmReading>,
    /// ECS services by what they are called beside the gates.
    pub services: BTreeMap<String, ServiceReading>,
    /// What Datadog told, by the name of the gate.
    pub datadog: BTreeMap<String, DatadogReading>,
    /// What was wrong with the answer; empty when it was whole.
    pub faults: Vec<DataFault>,
}

/// Why an account's newest reading is no evidence (law L54).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFault {
    /// Whose CloudWatch.
    pub account: Account,
    /// What kind of failure.
    pub kind: DataFaultKind,
    /// What it said.
    pub message: String,
}

/// How a reading failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataFaultKind {
    /// The account may not be read.
    Forbidden,
    /// Some of the data was left out.
    Partial,
    /// CloudWatch failed or did not answer.
    ProviderError,
}
