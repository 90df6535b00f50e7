//! The whole backtest: a plan and a history to everything that is told of them.

use serde::Serialize;

use super::{
    deal::Weather,
    past::Past,
    rows::{Detection, FalseAlarms, TOTAL, detections, false_alarms},
    scope::replayed,
    sight::{Sight, sights},
    starts::TooShort,
    trials::{Settings, Trials, play},
    verdict::{FirstStep, Reason, first_steps, reasons},
};
use crate::{
    plan::Plan,
    unit::{Rate, Timestamp},
};

/// Everything that a backtest tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Backtest {
    /// How often the gates spoke against a healthy new side.
    pub false_alarms: Vec<FalseAlarms>,
    /// What they saw of faults.
    pub detections: Vec<Detection>,
    /// What each step can see.
    pub sights: Vec<Sight>,
    /// All in all.
    pub summary: Summary,
}

/// Of a hundred healthy cutovers, from how many that are held on it is worth a word.
const OFTEN_HELD: f64 = 20.0;

/// What was played, and what to think of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Name of the runbook.
    pub runbook: String,
    /// The first recorded minute.
    pub from: Timestamp,
    /// The end of the last one.
    pub until: Timestamp,
    /// Requests a minute, on average.
    pub requests_per_minute: f64,
    /// Part of them that failed.
    pub error_rate: f64,
    /// Whether there were latencies to compare.
    pub has_latency: bool,
    /// Minutes that a cutover takes when nothing holds it.
    pub minutes: i64,
    /// Cutovers played with nothing wrong, in each weather.
    pub cutovers: usize,
    /// Cutovers that would not have begun, because a gate was red before anything had moved.
    pub cutovers_refused: usize,
    /// Cutovers played with each fault at each step, in each weather.
    pub cutovers_with_faults: usize,
    /// Seed of all chance.
    pub seed: u64,
    /// How soon the obvious fault is seen.
    pub first_steps: Vec<FirstStep>,
    /// Whether the runbook protects its users.
    pub protects: bool,
    /// Why not.
    pub reasons: Vec<Reason>,
}

/// One line of the answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "row", rename_all = "snake_case")]
pub enum Line<'a> {
    /// False alarms of a gate.
    Gate(&'a FalseAlarms),
    /// A fault at a step.
    Fault(&'a Detection),
    /// What a step can see.
    Sight(&'a Sight),
    /// The last one.
    Summary(&'a Summary),
}

impl Backtest {
    /// Returns the answer line by line.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let gates = self.false_alarms.iter().map(Line::Gate);
        let faults = self.detections.iter().map(Line::Fault);
        let sights = self.sights.iter().map(Line::Sight);
        gates.chain(faults).chain(sights).chain([Line::Summary(&self.summary)])
    }

    /// Returns how many of a hundred healthy cutovers would be held, in the worse weather, where that is worth a word.
    pub fn often_held(&self) -> Option<f64> {
        let totals = self.false_alarms.iter().filter(|alarms| alarms.gate == TOTAL);
        let held = totals.map(|alarms| alarms.held_per_100).fold(0.0, f64::max);
        (held >= OFTEN_HELD).then_some(held)
    }
}

/// Plays a plan over recorded traffic, many times. `fault` is the error rate of which each step says how long it would take
/// to see it; `done` is called once for each cutover, from any thread.
///
/// # Errors
/// The history is too short for one cutover.
pub fn backtest(
    plan: &Plan,
    past: &Past,
    settings: &Settings,
    fault: Rate,
    done: &(dyn Fn() + Sync),
) -> Result<Backtest, TooShort> {
    let trials = play(plan, past, settings, done)?;
    let gates = switched_on(plan);
    let alarms = |weather| false_alarms(&trials.played, weather, &gates);
    let false_alarms: Vec<_> = Weather::BOTH.into_iter().flat_map(alarms).collect();
    let detections = |weather| detections(plan, &trials.played, weather);
    let detections = Weather::BOTH.into_iter().flat_map(detections).collect();
    let sights = sights(plan, past, fault);
    let first_steps = first_steps(plan, &trials.played);
    let reasons = reasons(plan, &false_alarms, &first_steps, &sights);
    let summary = Summary {
        first_steps,
        protects: reasons.is_empty(),
        reasons,
        ..played(plan, past, settings, &trials)
    };
    Ok(Backtest { false_alarms, detections, sights, summary })
}

/// Returns the gates that are judged, in the order in which the judge tells of them.
fn switched_on(plan: &Plan) -> Vec<&'static str> {
    let gates = replayed(&plan.gates);
    let gates = [
        ("errors", gates.errors.is_some()),
        ("latency", gates.latency.is_some()),
        ("share", gates.share.is_some()),
    ];
    gates.into_iter().filter(|(_, on)| *on).map(|(name, _)| name).collect()
}

/// Says what was played; what to think of it is left open.
fn played(plan: &Plan, past: &Past, settings: &Settings, trials: &Trials) -> Summary {
    let usual = past.on_average();
    let (first, last) = past.ends();
    let with_faults = trials.played.iter().filter(|one| !one.faulty.is_empty()).count();
    Summary {
        runbook: plan.runbook.clone(),
        from: first.start(),
        until: last.end(),
        requests_per_minute: usual.legacy_requests_per_minute.unwrap_or_default(),
        error_rate: usual.legacy_error_rate.unwrap_or_default(),
        has_latency: past.has_latency(),
        minutes: trials.minutes,
        cutovers: settings.cutovers - trials.refused,
        cutovers_refused: trials.refused,
        cutovers_with_faults: with_faults / Weather::BOTH.len(),
        seed: settings.seed,
        first_steps: Vec::new(),
        protects: false,
        reasons: Vec::new(),
    }
}
