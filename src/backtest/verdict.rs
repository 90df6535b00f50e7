//! Whether a runbook protects its users: it sees an obvious fault before many meet it, and it does not cry wolf.

use serde::Serialize;

use super::{
    deal::{Fault, Weather},
    rows::{FalseAlarms, TOTAL, percent},
    sight::Sight,
    trial::Played,
};
use crate::{
    plan::Plan,
    unit::{SignedDuration, words},
};

/// The obvious fault: of the requests on new 5 % more fail.
const OBVIOUS: Fault = Fault::Errors(0.05);
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
            .filter(|one| one.fault == OBVIOUS && one.shift == shift)
            .collect();
        (!cell.is_empty()).then(|| FirstStep {
            weather,
            step: plan.shifts[shift].step,
            by_step: plan.shifts[by].step,
            seen_percent: percent(&cell, |one| one.is_seen_by(by)),
        })
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
    reasons.extend(blind(plan, first_steps, sights));
    reasons.extend(cries_wolf(alarms));
    reasons
}

/// Says which of the first steps would let the obvious fault through; of several weathers the worst.
fn blind(plan: &Plan, first_steps: &[FirstStep], sights: &[Sight]) -> Option<Reason> {
    let worst = first_steps.iter().min_by(|a, b| a.seen_percent.total_cmp(&b.seen_percent))?;
    if worst.seen_percent >= SEEN_IN {
        return None;
    }
    let FirstStep { weather, step, by_step, seen_percent } = worst;
    let what = format!(
        "when 5 % more requests fail on new from step {step} on, that is seen by the end of step {by_step} in only \
         {seen_percent:.0} of 100 cutovers ({} weather); it should be in {SEEN_IN:.0}",
        weather.name()
    );
    let last = sights.iter().find(|sight| sight.step == *by_step)?;
    let hold = words(SignedDuration::from_secs(last.hold_seconds));
    let share = last.share;
    let _ = plan;
    let now = format!("step {by_step} ({share} for {hold})");
    let advice = match last.hold_needed_seconds {
        Some(needed) if needed > last.hold_seconds => {
            let larger = last.share.fraction() * needed as f64 / last.hold_seconds.max(1) as f64;
            let longer = words(SignedDuration::from_secs(needed));
            let or = if larger <= 1.0 {
                format!(", or give it a share of {:.0}%", (larger * 100.0).ceil())
            } else {
                String::new()
            };
            format!("hold {now} for {longer} or longer{or}")
        }
        Some(_) | None => format!(
            "hold {now} longer, or give it a larger share: at times it has too few requests to tell"
        ),
    };
    Some(Reason { what, advice })
}

/// Says that healthy cutovers go back; of several weathers the worst.
fn cries_wolf(alarms: &[FalseAlarms]) -> Option<Reason> {
    let totals = alarms.iter().filter(|row| row.gate == TOTAL);
    let worst = totals.max_by(|a, b| a.rolled_back_per_100.total_cmp(&b.rolled_back_per_100))?;
    if worst.rolled_back_per_100 <= FALSE_ROLLBACKS {
        return None;
    }
    let gates = alarms.iter().filter(|row| row.weather == worst.weather && row.gate != TOTAL);
    let gate = gates.max_by(|a, b| a.rolled_back_per_100.total_cmp(&b.rolled_back_per_100))?;
    let what = format!(
        "{:.0} of 100 cutovers go back though nothing is wrong with new ({} weather), {:.0} of them because of the {} \
         gate; at most {FALSE_ROLLBACKS:.0} should",
        worst.rolled_back_per_100,
        worst.weather.name(),
        gate.rolled_back_per_100,
        gate.gate,
    );
    let advice = match gate.gate.as_str() {
        "latency" => "give `gates.latency.critical` a larger `times_legacy` or more `bad_minutes`",
        "share" => "let `gates.share` be further off with a larger `within`",
        _ => {
            "give `gates.errors.critical` a larger `plus` or `times_legacy`, or say `noise: high`; where new gets too few \
             requests to be judged, hold longer or begin with a larger share"
        }
    };
    Some(Reason { what, advice: advice.to_owned() })
}
