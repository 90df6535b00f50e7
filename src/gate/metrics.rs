//! Gates on other metrics: so many of the newest closed datapoints beyond a threshold.
//!
//! A metric comes at its own pace, many of them only every five minutes, so datapoints are counted and not minutes. What
//! has not come yet may be bad: a gate passes once even that could not break a limit any more, and not without a
//! datapoint of the step.

use super::{
    scene::{Scene, finding, with_numbers},
    verdict::{Cause, Finding},
    words,
};
use crate::{
    runbook::model::{MetricGate, Threshold},
    unit::{Account, Minute},
};

/// Minutes without a datapoint after which a metric that comes every minute is stale.
const STALE_AFTER: i64 = 6;
/// Pace in minutes of a metric of which a single datapoint is known: the slower of the usual ones.
const SLOW_PACE: i64 = 5;
/// Datapoints from which the pace is told.
const PACE_POINTS: usize = 4;

/// A gate on datapoints, wherever they come from.
#[derive(Debug)]
pub(super) struct Measured<'a> {
    /// The gate's name, which its values are found by.
    pub(super) name: String,
    /// What is measured, in words.
    pub(super) what: String,
    pub(super) warning: Option<&'a Threshold>,
    pub(super) critical: Option<&'a Threshold>,
    /// Whether legacy is measured, whose trouble is no reason to go back there.
    pub(super) of_legacy: bool,
    /// Why fresh datapoints are not believed.
    pub(super) fault: Option<(Cause, String)>,
    /// Why there is no fresh one.
    pub(super) silence: Option<(Cause, String)>,
}

/// Says what to think of the newest datapoints of one metric.
pub(super) fn judge(gate: &MetricGate, scene: Scene<'_>) -> Finding {
    let fault = scene.fault(&[gate.account]);
    let measured = Measured {
        name: gate.name.clone(),
        what: gate.measured(),
        warning: gate.warning.as_ref(),
        critical: gate.critical.as_ref(),
        of_legacy: gate.account == Account::Legacy,
        silence: fault.clone(),
        fault,
    };
    judge_points(&measured, scene)
}

/// Says what to think of the newest datapoints.
pub(super) fn judge_points(gate: &Measured<'_>, scene: Scene<'_>) -> Finding {
    let points = Points::newest(gate, scene);
    let (cause, why) = match points.silence(scene) {
        Some(silence) => gate.silence.clone().unwrap_or(silence),
        None => say(gate, scene, &points),
    };
    let why = format!("{} {why}", gate.what);
    let found = finding(&gate.name, cause, why);
    let Some((_, newest)) = points.0.first() else { return found };
    let limit = |threshold: Option<&Threshold>| threshold.map_or(f64::NAN, |t| t.value);
    let bad = limits(gate).map(|limit| points.bad(limit.threshold)).max().unwrap_or_default();
    with_numbers(
        found,
        [
            ("value", *newest),
            ("datapoints", points.0.len() as f64),
            ("bad_datapoints", bad as f64),
            ("limit_value", limit(gate.critical)),
            ("warning_limit_value", limit(gate.warning)),
        ],
    )
}

/// One of a gate's two limits.
#[derive(Clone, Copy)]
struct Limit<'a> {
    threshold: &'a Threshold,
    critical: bool,
}

/// Returns the limits of a gate, the graver one first.
fn limits<'a>(gate: &Measured<'a>) -> impl Iterator<Item = Limit<'a>> {
    let limit = |critical| move |threshold| Limit { threshold, critical };
    let warning = gate.warning.map(limit(false));
    gate.critical.map(limit(true)).into_iter().chain(warning)
}

/// What the datapoints say, when there is a fresh one.
fn say(gate: &Measured<'_>, scene: Scene<'_>, points: &Points) -> (Cause, String) {
    if let Some(limit) = limits(gate).find(|limit| points.breaks(limit.threshold)) {
        return broken(limit, gate.of_legacy, points);
    }
    if let Some(fault) = &gate.fault {
        return fault.clone();
    }
    if let Some(limit) = limits(gate).find(|limit| points.may_break(limit.threshold)) {
        let (seen, of) = (points.of(limit.threshold).len(), limit.threshold.of);
        let why =
            format!("is {}; {seen} of the {of} datapoints that count have come", points.value());
        return (Cause::InsufficientData, why);
    }
    let newest = points.newest_minute();
    if scene.span.is_none_or(|span| newest < span.first) {
        let value = points.value();
        let why = format!("was {value} in the minute of {newest}; none of this step has come yet");
        return (Cause::InsufficientData, why);
    }
    (Cause::Proven, kept(gate, points))
}

/// Says that a limit is broken. Legacy's trouble is not new's, and no reason to go back there.
fn broken(limit: Limit<'_>, of_legacy: bool, points: &Points) -> (Cause, String) {
    let Threshold { bound, value, bad, of } = limit.threshold;
    let which = if limit.critical { "limit" } else { "warning limit" };
    let newest = points.value();
    let why = match of {
        1 => format!("is {newest}, {bound} the {which} of {value}"),
        _ => format!(
            "is {newest}, and was {bound} the {which} of {value} in {} of its newest {} datapoints; {bad} of {of} \
             are enough",
            points.bad(limit.threshold),
            points.of(limit.threshold).len(),
        ),
    };
    match (limit.critical, of_legacy) {
        (true, true) => (Cause::LegacySick, format!("{why}; going back to legacy would do harm")),
        (true, false) => (Cause::OverCritical, why),
        (false, _) => (Cause::OverWarning, why),
    }
}

fn kept(gate: &Measured<'_>, points: &Points) -> String {
    let told = limits(gate).map(|Limit { threshold, critical }| {
        let which = if critical { "critical" } else { "warning" };
        match points.bad(threshold) {
            0 => format!("{which} is {threshold}"),
            1 => format!("{which} is {threshold} (1 is)"),
            bad => format!("{which} is {threshold} ({bad} are)"),
        }
    });
    format!("is {}; {}", points.value(), told.collect::<Vec<_>>().join("; "))
}

/// The newest closed datapoints of a run, newest first.
struct Points(Vec<(Minute, f64)>);

impl Points {
    fn newest(gate: &Measured<'_>, scene: Scene<'_>) -> Self {
        let of = |threshold: Option<&Threshold>| threshold.map_or(1, |t| t.of) as usize;
        let wanted = of(gate.warning).max(of(gate.critical)).max(PACE_POINTS);
        let reach = (wanted as i64).saturating_mul(STALE_AFTER).saturating_add(60);
        let points = scene
            .newest_rows(reach)
            .filter_map(|(minute, row)| Some((minute, *row.metrics.get(&gate.name)?)))
            .filter(|(_, value)| value.is_finite())
            .take(wanted);
        Self(points.collect())
    }

    /// Returns why nothing can be said, when there is no datapoint or it is too old.
    fn silence(&self, scene: Scene<'_>) -> Option<(Cause, String)> {
        let Some((newest, value)) = self.0.first() else {
            let why = "has no datapoint in the closed minutes of this run".to_owned();
            return Some((Cause::InsufficientData, why));
        };
        let age = scene.closed.0 - newest.0;
        let stale = age >= STALE_AFTER.max(2 * self.pace() + 3);
        stale.then(|| {
            let value = words::number(*value);
            let why = format!(
                "was {value} in the minute of {newest}, {age} min before the newest closed one, and nothing has come since"
            );
            (Cause::Stale, why)
        })
    }

    /// Returns how many minutes lie between two datapoints where none is missing.
    fn pace(&self) -> i64 {
        let newest = &self.0[..self.0.len().min(PACE_POINTS)];
        newest.windows(2).map(|pair| pair[0].0.0 - pair[1].0.0).min().unwrap_or(SLOW_PACE)
    }

    fn newest_minute(&self) -> Minute {
        self.0.first().map_or(Minute(i64::MIN), |(minute, _)| *minute)
    }

    /// Returns the newest value in words.
    fn value(&self) -> String {
        self.0.first().map_or_else(String::new, |(_, value)| words::number(*value))
    }

    /// Returns the newest datapoints that a limit looks at.
    fn of(&self, threshold: &Threshold) -> &[(Minute, f64)] {
        &self.0[..self.0.len().min(threshold.of as usize)]
    }

    fn bad(&self, threshold: &Threshold) -> usize {
        let beyond = |(_, value): &&(Minute, f64)| threshold.is_broken_by(*value);
        self.of(threshold).iter().filter(beyond).count()
    }

    fn breaks(&self, threshold: &Threshold) -> bool {
        self.bad(threshold) >= threshold.bad as usize
    }

    /// Returns true where datapoints that are still to come could break the limit, or it is broken.
    fn may_break(&self, threshold: &Threshold) -> bool {
        let to_come = threshold.of as usize - self.of(threshold).len();
        self.bad(threshold) + to_come >= threshold.bad as usize
    }
}
