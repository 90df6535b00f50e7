//! What became of many cutovers, in numbers: one row for each gate, and one for each fault and step.

use std::{collections::BTreeSet, fmt};

use serde::Serialize;

use super::{
    deal::{Fault, Weather},
    trial::{Faulty, Played},
};
use crate::{
    plan::{Plan, Shift},
    unit::Share,
};

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
    /// Those of them that did so only because they had waited for `policy.hold_limit`.
    pub waited_in_vain_per_100: f64,
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
    /// Cutovers that came as far as this step, without those that another gate sent back before the fault was seen.
    pub cutovers: usize,
    /// Percent of them that went back, or were held, because of it; nothing where none came so far.
    pub seen_percent: Option<f64>,
    /// Percent of them that did so in the same step.
    pub seen_in_step_percent: Option<f64>,
    /// Minutes until they did, from the beginning of the fault; the median over those that did.
    pub median_minutes: Option<f64>,
    /// Requests that failed because of it until then, or to the end of the cutover; the mean over all.
    pub mean_failed_requests: Option<f64>,
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
    let row = |gate: &str| {
        let is_by = |gates: &BTreeSet<String>| match gate {
            TOTAL => !gates.is_empty(),
            gate => gates.contains(gate),
        };
        FalseAlarms {
            weather,
            gate: gate.to_owned(),
            cutovers: of_weather.len(),
            rolled_back_per_100: per_100(&of_weather, |one| is_by(&one.rolled_back_by)),
            waited_in_vain_per_100: per_100(&of_weather, |one| {
                one.waited_in_vain && is_by(&one.rolled_back_by)
            }),
            held_per_100: per_100(&of_weather, |one| is_by(&one.held_by)),
        }
    };
    gates.iter().copied().chain([TOTAL]).map(row).collect()
}

/// Returns what was seen of each fault at each step in this weather.
pub(super) fn detections(plan: &Plan, played: &[Played], weather: Weather) -> Vec<Detection> {
    let of_weather = || played.iter().filter(|one| one.weather == weather);
    let faulty: Vec<&Faulty> = of_weather().flat_map(|one| &one.faulty).collect();
    // Every cutover has a first step, so all faults are there.
    let first = of_weather().map(|one| &one.faulty[..]).find(|faulty| !faulty.is_empty());
    let faults = first.unwrap_or_default().iter().filter(|one| one.shift == 0);
    let mut rows = Vec::new();
    for fault in faults.map(|one| one.fault) {
        for (index, shift) in plan.shifts.iter().enumerate() {
            let is_it =
                |one: &&&Faulty| one.fault == fault && one.shift == index && !one.ended_otherwise;
            let of_cell = faulty.iter().filter(is_it);
            let of_cell: Vec<&Faulty> = of_cell.copied().collect();
            rows.push(detection(weather, fault, (index, shift), &of_cell));
        }
    }
    rows
}

fn detection(
    weather: Weather,
    fault: Fault,
    (index, shift): (usize, &Shift),
    faulty: &[&Faulty],
) -> Detection {
    let seen = faulty.iter().filter_map(|one| one.seen);
    let minutes = seen.map(|(after, _)| after.as_secs_f64() / 60.0).collect();
    let failed: f64 = faulty.iter().map(|one| one.failed as f64).sum();
    Detection {
        weather,
        fault: fault.to_string(),
        errors_points: if let Fault::Errors(part) = fault { Some(part * 100.0) } else { None },
        latency_times: if let Fault::Latency(times) = fault { Some(times) } else { None },
        step: shift.step,
        share: shift.share,
        cutovers: faulty.len(),
        seen_percent: percent(faulty, |one| one.seen.is_some()),
        seen_in_step_percent: percent(faulty, |one| one.is_seen_by(index)),
        median_minutes: median(minutes),
        mean_failed_requests: (!faulty.is_empty()).then(|| failed / faulty.len() as f64),
    }
}

/// Returns how many of a hundred there are of which this is true; nothing of none.
pub(super) fn percent<T>(all: &[T], is_true: impl Fn(&T) -> bool) -> Option<f64> {
    (!all.is_empty()).then(|| per_100(all, is_true))
}

fn per_100<T>(all: &[T], is_true: impl Fn(&T) -> bool) -> f64 {
    let count = all.iter().filter(|one| is_true(one)).count();
    100.0 * count as f64 / all.len().max(1) as f64
}

/// Returns the middle one of these, the lower of two.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len().checked_sub(1)? / 2).copied()
}
