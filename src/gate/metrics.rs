//! Gates on other metrics: so many of the newest closed datapoints beyond a threshold.

use super::{
    scene::{Scene, finding, with_numbers},
    verdict::{Cause, Finding},
};
use crate::{
    runbook::model::{Bound, MetricGate, Threshold},
    unit::Minute,
};

/// Minutes without a datapoint after which a metric is stale; some come only every five minutes.
const STALE_AFTER: i64 = 6;

/// Says what to think of the newest datapoints of one metric.
pub(super) fn judge(gate: &MetricGate, scene: Scene<'_>) -> Finding {
    let of = |threshold: &Option<Threshold>| threshold.as_ref().map_or(1, |t| t.of.max(1));
    let needed = of(&gate.warning).max(of(&gate.critical)) as usize;
    let points = newest_points(gate, scene, needed);
    let (cause, why) = say(gate, scene, &points, needed);
    let found = finding(&gate.name, cause, why);
    match points.first() {
        Some((_, value)) => with_numbers(
            found,
            [
                ("value", *value),
                ("datapoints", points.len() as f64),
                ("limit_value", gate.critical.as_ref().map_or(f64::NAN, |t| t.value)),
                ("warning_limit_value", gate.warning.as_ref().map_or(f64::NAN, |t| t.value)),
            ],
        ),
        None => found,
    }
}

/// Returns the newest closed datapoints, newest first.
fn newest_points(gate: &MetricGate, scene: Scene<'_>, needed: usize) -> Vec<(Minute, f64)> {
    // A metric of five minutes' period has a datapoint in every fifth row.
    let reach = (needed as i64).saturating_mul(STALE_AFTER).saturating_add(60);
    scene
        .newest_rows(reach)
        .filter_map(|(minute, row)| Some((minute, *row.metrics.get(&gate.name)?)))
        .filter(|(_, value)| value.is_finite())
        .take(needed)
        .collect()
}

fn say(
    gate: &MetricGate,
    scene: Scene<'_>,
    points: &[(Minute, f64)],
    needed: usize,
) -> (Cause, String) {
    let fresh = points.first().filter(|(minute, _)| scene.closed.0 - minute.0 < STALE_AFTER);
    let Some((_, newest)) = fresh else {
        return scene.fault(&[gate.account]).unwrap_or_else(|| match points.first() {
            Some((minute, _)) => {
                (Cause::Stale, format!("its newest datapoint is of the minute of {minute}"))
            }
            None => (
                Cause::NoTraffic,
                "it has no datapoint in the closed minutes of this run".to_owned(),
            ),
        });
    };
    for (threshold, cause) in
        [(&gate.critical, Cause::OverCritical), (&gate.warning, Cause::OverWarning)]
    {
        let Some(threshold) = threshold else { continue };
        let bad = bad_points(threshold, points);
        if bad >= threshold.bad.max(1) as usize {
            return (cause, broken(threshold, cause, bad, points.len(), *newest));
        }
    }
    if let Some(fault) = scene.fault(&[gate.account]) {
        return fault;
    }
    if points.len() < needed {
        let why = format!(
            "it has {} of the {needed} datapoints needed; the newest is {newest}",
            points.len()
        );
        return (Cause::TooFewRequests, why);
    }
    (Cause::Proven, format!("its newest datapoint is {newest}, within its limits"))
}

/// Counts the bad ones among the threshold's newest datapoints.
fn bad_points(threshold: &Threshold, points: &[(Minute, f64)]) -> usize {
    let bad = |value: f64| match threshold.bound {
        Bound::Above => value > threshold.value,
        Bound::Below => value < threshold.value,
    };
    points.iter().take(threshold.of.max(1) as usize).filter(|(_, value)| bad(*value)).count()
}

fn broken(threshold: &Threshold, cause: Cause, bad: usize, seen: usize, newest: f64) -> String {
    let bound = match threshold.bound {
        Bound::Above => "above",
        Bound::Below => "below",
    };
    let which = if cause == Cause::OverWarning { "warning limit" } else { "limit" };
    format!(
        "{bad} of its newest {} datapoints are {bound} the {which} of {}, and {} are enough; the newest is {newest}",
        seen.min(threshold.of.max(1) as usize),
        threshold.value,
        threshold.bad.max(1),
    )
}
