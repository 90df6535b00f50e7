//! Whether a runbook protects its users: it sees an obvious fault before many meet it, and it does not cry wolf.

use serde::Serialize;

use super::{
    deal::{Fault, Weather},
    rows::{FalseAlarms, TOTAL, percent},
    sight::{Sight, at_least},
    trial::Played,
};
use crate::{
    plan::{self, Plan},
    unit::words,
};

/// The obvious fault: of the requests on new 5% more fail.
const OBVIOUS_RATE: f64 = 0.05;
const OBVIOUS: Fault = Fault::Errors(OBVIOUS_RATE);
/// Steps by the end of which it has to be seen when it began in one of them. The first may be too small to see anything,
/// because nearly nobody meets what it does not see.
const FIRST_STEPS: usize = 2;
/// In how many of a hundred cutovers.
const SEEN_IN: f64 = 90.0;
/// Healthy cutovers of a hundred that may go back.
const FALSE_ROLLBACKS: f64 = 5.0;

/// How often the obvious fault was seen by the end of the first steps.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FirstStep {
    /// What made the sides differ.
    pub weather: Weather,
    /// Number of the step with which it began, as an entry in the runbook's `steps`.
    pub step: usize,
    /// Number of the step by whose end it had to be seen.
    pub by_step: usize,
    /// Percent of the cutovers in which it was.
    pub seen_percent: f64,
}

/// Something that keeps a runbook from protecting its users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// What, in one sentence; lower case at its start, no full stop at its end.
    pub what: String,
    /// What to change.
    pub advice: String,
}

/// Returns how often the obvious fault was seen by the end of the first steps, for each weather and each of these steps.
pub(super) fn first_steps(plan: &Plan, played: &[Played]) -> Vec<FirstStep> {
    let by = FIRST_STEPS.min(plan.shifts.len()).saturating_sub(1);
    let weathers = [Weather::Even, Weather::Uneven];
    let all = weathers.iter().flat_map(|weather| (0..=by).map(move |shift| (*weather, shift)));
    let of = |(weather, shift): (Weather, usize)| {
        let of_weather = played.iter().filter(|one| one.weather == weather);
        let cell: Vec<_> = of_weather
            .flat_map(|one| &one.faulty)
            .filter(|one| one.fault == OBVIOUS && one.shift == shift && !one.ended_otherwise)
            .collect();
        let (step, by_step) = (plan.shifts[shift].step, plan.shifts[by].step);
        let seen = percent(&cell, |one| one.is_seen_by(by));
        seen.map(|seen_percent| FirstStep { weather, step, by_step, seen_percent })
    };
    all.filter_map(of).collect()
}

/// Returns everything that keeps the runbook from protecting its users.
pub(super) fn reasons(
    plan: &Plan,
    alarms: &[FalseAlarms],
    first_steps: &[FirstStep],
    sights: &[Sight],
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if plan.gates.errors.is_none() {
        reasons.push(Reason {
            what: "the errors gate is off: nothing sees requests that fail on new".to_owned(),
            advice: "switch it on: leave `gates.errors` out, or give it limits".to_owned(),
        });
    }
    reasons.extend(blind(first_steps, sights));
    reasons.extend(cries_wolf(plan, alarms));
    reasons
}

/// Says which of the first steps would let the obvious fault through; of several weathers the worst.
fn blind(first_steps: &[FirstStep], sights: &[Sight]) -> Option<Reason> {
    let worst = first_steps.iter().min_by(|a, b| a.seen_percent.total_cmp(&b.seen_percent))?;
    if worst.seen_percent >= SEEN_IN {
        return None;
    }
    let FirstStep { weather, step, by_step, seen_percent } = worst;
    let what = format!(
        "when 5% more requests fail on new from step {step} on, that is seen by the end of step {by_step} in only \
         {seen_percent:.0} of 100 cutovers ({} weather); it should be in {SEEN_IN:.0}",
        weather.name()
    );
    let last = sights.iter().find(|sight| sight.step.step == *by_step);
    Some(Reason { what, advice: last.map_or_else(String::new, more_to_see) })
}

/// Says by how much a step would have to be longer or larger.
fn more_to_see(sight: &Sight) -> String {
    let plan::Sight { step, share, hold, .. } = &sight.step;
    let now = format!("step {step} ({share} for {})", words(*hold));
    let held = hold.as_secs_f64() / 60.0;
    match sight.step.minutes_to_see(OBVIOUS_RATE) {
        Some(needed) if needed > held => {
            let larger = (100.0 * share.fraction() * needed / held).ceil();
            let or = if larger <= 100.0 {
                format!(", or give it {larger:.0}% of the traffic")
            } else {
                String::new()
            };
            format!("hold {now} for {} or longer{or}", at_least(needed))
        }
        Some(_) | None => {
            format!(
                "hold {now} longer or give it more of the traffic: at quiet times too few requests reach new there"
            )
        }
    }
}

/// Says that healthy cutovers go back; of several weathers the worst.
fn cries_wolf(plan: &Plan, alarms: &[FalseAlarms]) -> Option<Reason> {
    let totals = alarms.iter().filter(|row| row.gate == TOTAL);
    let worst = totals.max_by(|a, b| a.rolled_back_per_100.total_cmp(&b.rolled_back_per_100))?;
    if worst.rolled_back_per_100 <= FALSE_ROLLBACKS {
        return None;
    }
    let what = format!(
        "{:.0} of 100 cutovers go back though nothing is wrong with new ({} weather)",
        worst.rolled_back_per_100,
        worst.weather.name(),
    );
    let in_vain = worst.waited_in_vain_per_100 > worst.rolled_back_per_100 / 2.0;
    let of = |row: &FalseAlarms| {
        if in_vain { row.waited_in_vain_per_100 } else { row.rolled_back_per_100 }
    };
    let gates = alarms.iter().filter(|row| row.weather == worst.weather && row.gate != TOTAL);
    let gate = gates.max_by(|a, b| of(a).total_cmp(&of(b)))?;
    let by = of(gate);
    let why = if in_vain {
        let limit = words(plan.policy.hold_limit);
        format!(
            "because the {} gate could still not tell after {limit} (`policy.hold_limit`)",
            gate.gate
        )
    } else {
        format!("by the {} gate", gate.gate)
    };
    let what = format!("{what}, {by:.0} of them {why}; at most {FALSE_ROLLBACKS:.0} should");
    let advice = if in_vain { to_be_sure(plan, &gate.gate) } else { to_be_calm(&gate.gate) };
    Some(Reason { what, advice })
}

/// Says what calms a gate.
fn to_be_calm(gate: &str) -> String {
    let advice = match gate {
        "latency" => "give `gates.latency.critical` a larger `times_legacy` or more `bad_minutes`",
        "share" => "let `gates.share` be further off with a larger `within`",
        _ => "give `gates.errors.critical` a larger `plus` or `times_legacy`, or say `noise: high`",
    };
    advice.to_owned()
}

/// Says what lets a gate be sure in time.
fn to_be_sure(plan: &Plan, gate: &str) -> String {
    let stop = "let them stop instead with `policy: { hold_limit_then: stop }`";
    let pass = &plan.gates.pass;
    match gate {
        "latency" => format!(
            "give `gates.latency.critical` an `at_most`, which needs no traffic on legacy to compare with; or {stop}"
        ),
        "share" => format!("let `gates.share` be further off with a larger `within`; or {stop}"),
        _ => format!(
            "hold longer or give the steps more of the traffic, so that {} requests (`pass.min_requests`) reach new in \
             every hold; or {stop}",
            pass.min_requests
        ),
    }
}
