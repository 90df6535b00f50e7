//! What goes wrong as it is typed: the entries of a scenario's `faults`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    Blackout, Fault, FaultKind, MetricName, Sides, Trigger,
    text::{Duration, Percent, Typed, metric_value, part, within},
};
use crate::{
    plan::AlarmState,
    unit::{Share, SignedDuration},
};

/// One entry of `faults`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct FaultText {
    at: Option<Duration>,
    before: Option<Duration>,
    from_share: Option<Typed<Share>>,
    after: Option<Duration>,
    #[serde(rename = "for")]
    lasts: Option<Duration>,
    side: Option<Sides>,
    errors: Option<Percent>,
    latency_times: Option<f64>,
    outage: bool,
    unreachable: Option<Percent>,
    left_out: bool,
    metrics: Option<MetricsText>,
    metrics_late: Option<Duration>,
    alarm: Option<AlarmText>,
    metric: Option<MetricText>,
    deployment: Option<DeploymentText>,
    throttled: bool,
    route53_down: bool,
    lost_answers: Option<Percent>,
    in_sync_stuck: bool,
    weights_reset: bool,
    crash: bool,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum MetricsText {
    Gone,
    Forbidden,
    Partial,
    InternalError,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum DeploymentText {
    GoingOn,
    Failed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AlarmText {
    name: String,
    #[serde(default = "ringing")]
    state: AlarmState,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MetricText {
    namespace: String,
    metric: String,
    #[serde(default)]
    dimensions: BTreeMap<String, String>,
    value: f64,
}

fn ringing() -> AlarmState {
    AlarmState::Alarm
}

impl FaultText {
    /// Returns one fault for each thing that goes wrong at this moment.
    pub(super) fn faults(&self) -> Result<Vec<Fault>, String> {
        let trigger = self.trigger()?;
        let lasts = self.lasts.map(|span| span.0.0);
        let kinds = self.kinds()?;
        if kinds.is_empty() {
            return Err("nothing goes wrong in it, such as `errors: 5%`".to_owned());
        }
        Ok(kinds.into_iter().map(|kind| Fault { trigger, lasts, kind }).collect())
    }

    fn trigger(&self) -> Result<Trigger, String> {
        let at = match (self.at, self.before) {
            (Some(_), Some(_)) => return Err("it has both `at` and `before`".to_owned()),
            (at, before) => at.map(|at| at.0.0).or(before.map(|before| -before.0.0)),
        };
        match (at, self.from_share, self.after) {
            (Some(at), None, None) => Ok(Trigger::At(at)),
            (None, Some(share), after) => Ok(Trigger::FromShare {
                share: share.0,
                after: after.map_or(SignedDuration::ZERO, |span| span.0.0),
            }),
            (Some(_), _, Some(_)) | (None, None, Some(_)) => {
                Err("`after` goes with `from_share`".to_owned())
            }
            (Some(_), Some(_), None) | (None, None, None) => {
                Err("it needs either `at` or `before` the start, such as `40m`, or `from_share`, such as `25%`"
                    .to_owned())
            }
        }
    }

    fn kinds(&self) -> Result<Vec<FaultKind>, String> {
        let mut kinds = Vec::new();
        let sides = || self.side.ok_or_else(|| "it needs `side`: legacy, new or both".to_owned());
        if let Some(rate) = self.errors {
            kinds.push(FaultKind::Errors { sides: sides()?, rate: part("errors", rate)? });
        }
        if let Some(times) = self.latency_times {
            let times = within("latency_times", times, 0.01, 10_000.0)?;
            kinds.push(FaultKind::Latency { sides: sides()?, times });
        }
        if self.outage {
            kinds.push(FaultKind::Outage { sides: sides()? });
        }
        if let Some(lost) = self.unreachable {
            kinds
                .push(FaultKind::Unreachable { sides: sides()?, part: part("unreachable", lost)? });
        }
        if self.left_out {
            kinds.push(FaultKind::LeftOut { sides: sides()? });
        }
        for blackout in self.blackouts() {
            kinds.push(FaultKind::Metrics { sides: sides()?, blackout });
        }
        if let Some(AlarmText { name, state }) = &self.alarm {
            kinds.push(FaultKind::Alarm { sides: sides()?, name: name.clone(), state: *state });
        }
        if let Some(deployment) = self.deployment {
            let fails = deployment == DeploymentText::Failed;
            kinds.push(FaultKind::Deploys { sides: sides()?, fails });
        }
        if let Some(MetricText { namespace, metric, dimensions, value }) = &self.metric {
            let (namespace, metric) = (namespace.clone(), metric.clone());
            let metric = MetricName { namespace, metric, dimensions: dimensions.clone() };
            kinds.push(FaultKind::Metric { metric, value: metric_value("metric.value", *value)? });
        }
        if let Some(lost) = self.lost_answers {
            kinds.push(FaultKind::LostAnswers { part: part("lost_answers", lost)? });
        }
        let switches = [
            (self.throttled, FaultKind::Throttled),
            (self.route53_down, FaultKind::Route53Down),
            (self.in_sync_stuck, FaultKind::InSyncStuck),
            (self.weights_reset, FaultKind::WeightsReset),
            (self.crash, FaultKind::Crash),
        ];
        kinds.extend(switches.into_iter().filter(|(on, _)| *on).map(|(_, kind)| kind));
        Ok(kinds)
    }

    fn blackouts(&self) -> impl Iterator<Item = Blackout> {
        let late = self.metrics_late.map(|span| Blackout::Late(span.0.0));
        let other = self.metrics.map(|kind| match kind {
            MetricsText::Gone => Blackout::Gone,
            MetricsText::Forbidden => Blackout::Forbidden,
            MetricsText::Partial => Blackout::Partial,
            MetricsText::InternalError => Blackout::InternalError,
        });
        late.into_iter().chain(other)
    }
}
