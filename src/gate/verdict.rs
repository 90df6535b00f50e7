//! What a gate says.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// The four things that a gate can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is shown that the limit is kept.
    Pass,
    /// It is not shown either way. Never a pass.
    Unknown,
    /// The warning limit is broken, or judging the new side alone would be unfair.
    Warn,
    /// The critical limit is broken.
    Breach,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Unknown => "unknown",
            Self::Warn => "warn",
            Self::Breach => "breach",
        })
    }
}

/// Why a gate says what it says; each cause belongs to one verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Pass: the evidence shows that the limit is kept.
    Proven,
    /// Unknown: enough requests, nothing against the new side, too little to prove that the limit is kept.
    Unproven,
    /// Unknown: too few minutes or requests seen to say anything yet.
    TooFewRequests,
    /// Unknown: no request datapoint at all in closed minutes.
    NoTraffic,
    /// Unknown: the newest datapoint is too old.
    Stale,
    /// Unknown: CloudWatch refused the account.
    Forbidden,
    /// Unknown: CloudWatch answered in part.
    Partial,
    /// Unknown: CloudWatch failed or did not answer.
    ProviderError,
    /// Unknown: a metric has too few datapoints, or an alarm says so itself.
    InsufficientData,
    /// Unknown: ECS did not tell how a service does.
    Unread,
    /// Unknown: Datadog refused, failed or did not answer, or its rate limit is used up.
    DatadogUnread,
    /// Unknown: a Datadog monitor says neither that all is well nor that it is not, or a query has too few or too old values.
    DatadogSilent,
    /// Warn: beyond the warning limit.
    OverWarning,
    /// Warn: both sides are beyond the limit alike.
    SharedCause,
    /// Warn: legacy alone is beyond the limit.
    LegacySick,
    /// Warn: the share of requests that reach new is not the one that was set.
    ShareOff,
    /// Warn: hardly any of the requests that are meant for new reach it.
    NobodyArrives,
    /// Warn: hardly any of the requests that are meant for legacy reach it.
    EverybodyArrives,
    /// Warn: requests that used to come at this time reach neither side.
    TrafficMissing,
    /// Warn: somebody is deploying an ECS service.
    Deploying,
    /// Warn: an ECS service does not run what it should.
    Unsteady,
    /// Breach: beyond the critical limit.
    OverCritical,
    /// Breach: so many requests fail that one datapoint is enough.
    Catastrophe,
}

impl Cause {
    /// Returns the verdict that this cause leads to.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::Proven => Verdict::Pass,
            Self::Unproven
            | Self::TooFewRequests
            | Self::NoTraffic
            | Self::Stale
            | Self::Forbidden
            | Self::Partial
            | Self::ProviderError
            | Self::InsufficientData
            | Self::Unread
            | Self::DatadogUnread
            | Self::DatadogSilent => Verdict::Unknown,
            Self::OverWarning
            | Self::SharedCause
            | Self::LegacySick
            | Self::ShareOff
            | Self::NobodyArrives
            | Self::EverybodyArrives
            | Self::TrafficMissing
            | Self::Deploying
            | Self::Unsteady => Verdict::Warn,
            Self::OverCritical | Self::Catastrophe => Verdict::Breach,
        }
    }
}

impl Cause {
    /// Returns what somebody at the keyboard can do about it, where there is something; lower case, no full stop.
    pub fn advice(self) -> Option<&'static str> {
        Some(match self {
            Self::Proven | Self::OverCritical | Self::Catastrophe => return None,
            Self::Unproven => "a longer hold or a larger step proves more",
            Self::TooFewRequests => {
                "wait for more requests, or go back and begin with a larger step"
            }
            Self::NoTraffic => {
                "see whether clients get to new at all: what the name answers, the listener, the security group"
            }
            Self::Stale => {
                "see in CloudWatch's own graphs whether it has stopped altogether or only comes late"
            }
            Self::Forbidden => {
                "let the role of that account use cloudwatch:GetMetricData and cloudwatch:DescribeAlarms"
            }
            Self::Partial => "CloudWatch is asked again every 30 s; this usually passes",
            Self::ProviderError => {
                "CloudWatch is asked again every 30 s; if it lasts, look at the AWS health dashboard"
            }
            Self::InsufficientData => {
                "look at the metric in CloudWatch: it has too few datapoints, or none"
            }
            Self::DatadogUnread => {
                "Datadog is asked again every 30 s, and not before its rate limit allows it; if it lasts, see that both keys \
                 belong to its site and may read monitors and metrics"
            }
            Self::DatadogSilent => "look in Datadog whether what it watches still sends data",
            Self::OverWarning => {
                "look at logs and graphs of these minutes before it grows into a breach"
            }
            Self::SharedCause => {
                "look at what both sides share: a database, a network, a service behind them"
            }
            Self::LegacySick => "mend legacy before anything else: it is where a rollback would go",
            Self::ShareOff => {
                "see what the name answers from several resolvers, and whether clients keep old answers or connections"
            }
            Self::NobodyArrives => {
                "see whether new's metrics come at all, what the name answers from several resolvers, and whether new's targets are healthy: with \
                 `evaluate_target_health` Route 53 leaves out a side that has no healthy target"
            }
            Self::EverybodyArrives => {
                "see whether legacy's targets are healthy, before anything goes back there: with \
                 `evaluate_target_health` Route 53 leaves out a side that has no healthy target"
            }
            Self::TrafficMissing => {
                "see whether clients get as far as a load balancer: certificates, security groups, what the name answers"
            }
            Self::Unread => {
                "let the role of that account use ecs:DescribeServices; ECS is asked again every 30 s"
            }
            Self::Deploying => "wait for the deployment, or agree with whoever deploys",
            Self::Unsteady => {
                "look at the events of the service in ECS: why its tasks stop, or do not start"
            }
        })
    }
}

/// What one gate has to say about everything seen so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The gate: `errors`, `latency`, `share`, `targets`, the name of a metric, `alarm SIDE/NAME`,
    /// `ecs SIDE/CLUSTER/SERVICE` or `datadog NAME`.
    pub gate: String,
    /// Why it says what it says; the verdict follows from it.
    pub cause: Cause,
    /// One sentence for people: what was seen, on how many requests, against what limit, how sure. Lower case at
    /// its start, no full stop at its end.
    pub why: String,
    /// Natural log of the e-value against the critical limit, where the gate has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<f64>,
    /// The numbers behind the sentence, by name with the unit last, such as `new_rate`, `limit_rate`, `requests`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<String, f64>,
}

impl Finding {
    /// Returns the verdict of the finding.
    pub fn verdict(&self) -> Verdict {
        self.cause.verdict()
    }
}
