//! What became of many cutovers, in numbers: one row for each gate, and one for each fault and step.

use std::fmt;

use serde::Serialize;

use super::{
    deal::{Fault, Weather},
    trial::{Faulty, Played},
};
use crate::{plan::Plan, unit::Share};

/// Name of the row that sums up all gates.
pub const TOTAL: &str = "total";

/// How often one gate, or any, spoke against a new side that was no worse than legacy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FalseAlarms {
    /// What made the sides differ.
    pub weather: Weather,
    /// The gate, or [`TOTAL`].
    pub gate: String,
    /// Cutovers played.
    pub cutovers: usize,
    /// Cutovers of a hundred that went back.
    pub rolled_back_per_100: f64,
    /// Cutovers of a hundred that waited longer than planned.
    pub held_per_100: f64,
}

/// What was seen of a fault that began with one step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Detection {
    /// What made the sides differ.
    pub weather: Weather,
    /// The fault, in words.
    pub fault: String,
    /// Percentage points that new's error rate rose by, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors_points: Option<f64>,
    /// How many times as long new took to answer, where it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_times: Option<f64>,
    /// Number of the step's entry in the runbook's `steps`.
    pub step: usize,
    /// Part of the traffic meant for new.
    pub share: Share,
    /// Cutovers that came as far as this step.
    pub cutovers: usize,
    /// Percent of them that went back, or were held, because of it.
    pub seen_percent: f64,
    /// Percent of them that did so in the same step.
    pub seen_in_step_percent: f64,
    /// Minutes until they did, from the beginning of the fault; the median over those that did.
    pub median_minutes: Option<f64>,
    /// Requests that failed because of it until then, or to the end of the cutover; the mean over all.
    pub mean_failed_requests: f64,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Errors(part) => {
                let points = part * 100.0;
                let noun = if points == 1.0 { "point" } else { "points" };
                write!(f, "errors +{points} {noun}")
            }
            Self::Latency(times) => write!(f, "latency x{times}"),
        }
    }
}

/// Returns how often each of these gates spoke in this weather, and all of them together.
pub(super) fn false_alarms(
    played: &[Played],
    weather: Weather,
    gates: &[&str],
) -> Vec<FalseAlarms> {
    let of_weather: Vec<&Played> = played.iter().filter(|one| one.weather == weather).collect();
    let row =
        |gate: &str, is_by: &dyn Fn(&std::collections::BTreeSet<String>) -> bool| FalseAlarms {
            weather,
            gate: gate.to_owned(),
            cutovers: of_weather.len(),
            rolled_back_per_100: percent(&of_weather, |one| is_by(&one.rolled_back_by)),
            held_per_100: percent(&of_weather, |one| is_by(&one.held_by)),
        };
    let mut rows: Vec<FalseAlarms> =
        gates.iter().map(|gate| row(gate, &|by| by.contains(*gate))).collect();
    rows.push(row(TOTAL, &|by| !by.is_empty()));
    rows
}

/// Returns what was seen of each fault at each step in this weather.
pub(super) fn detections(plan: &Plan, played: &[Played], weather: Weather) -> Vec<Detection> {
    let of_weather = played.iter().filter(|one| one.weather == weather);
    let faulty: Vec<&Faulty> = of_weather.flat_map(|one| &one.faulty).collect();
    let mut faults: Vec<Fault> = Vec::new();
    for one in &faulty {
        if !faults.contains(&one.fault) {
            faults.push(one.fault);
        }
    }
    let steps = 0..plan.shifts.len();
    let cells = faults.iter().flat_map(|fault| steps.clone().map(move |shift| (*fault, shift)));
    cells.filter_map(|(fault, shift)| detection(plan, &faulty, weather, (fault, shift))).collect()
}

fn detection(
    plan: &Plan,
    faulty: &[&Faulty],
    weather: Weather,
    (fault, shift): (Fault, usize),
) -> Option<Detection> {
    let step = plan.shifts.get(shift)?;
    let of_cell: Vec<&Faulty> =
        faulty.iter().copied().filter(|one| one.fault == fault && one.shift == shift).collect();
    if of_cell.is_empty() {
        return None;
    }
    let failed: f64 = of_cell.iter().map(|one| one.failed as f64).sum();
    let minutes =
        of_cell.iter().filter_map(|one| one.seen).map(|(after, _)| after.as_secs_f64() / 60.0);
    Some(Detection {
        weather,
        fault: fault.to_string(),
        errors_points: if let Fault::Errors(part) = fault { Some(part * 100.0) } else { None },
        latency_times: if let Fault::Latency(times) = fault { Some(times) } else { None },
        step: step.step,
        share: step.share,
        cutovers: of_cell.len(),
        seen_percent: percent(&of_cell, |one| one.seen.is_some()),
        seen_in_step_percent: percent(&of_cell, |one| one.is_seen_by(shift)),
        median_minutes: median(minutes.collect()),
        mean_failed_requests: failed / of_cell.len() as f64,
    })
}

/// Returns how many of a hundred there are of which this is true; none of none.
pub(super) fn percent<T>(all: &[T], is_true: impl Fn(&T) -> bool) -> f64 {
    100.0 * all.iter().filter(|one| is_true(one)).count() as f64 / all.len().max(1) as f64
}

/// Returns the middle one of these, the lower of two.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len().checked_sub(1)? / 2).copied()
}
