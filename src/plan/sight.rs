//! What each step lets the errors gate see, before the run: how many requests reach new, and how small a fault they show.

use serde::Serialize;

use super::{Plan, Shift};
use crate::{
    gate::{PLAIN_FAULT, minutes_needed, smallest_visible_rate},
    unit::{Share, SignedDuration},
};

/// What one step lets the errors gate see, at legacy's traffic of the past (gates.md section 1, "min_requests").
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sight {
    /// Number of the entry in the runbook's `steps`, from 1.
    pub step: usize,
    /// Part of the traffic meant for new.
    pub share: Share,
    /// How long it is watched once settled.
    pub hold: SignedDuration,
    /// Requests a minute that reach new.
    pub requests_per_minute: f64,
    /// Limit on new's failure rate, as a fraction.
    pub limit_rate: f64,
    /// Smallest failure rate that is seen within the hold in nine runs of ten, as a fraction; nothing where even a side
    /// that fails every request would not be.
    pub smallest_visible_rate: Option<f64>,
    /// Minutes that a failure rate of 5 % takes to be seen, in nine runs of ten; nothing where it is within the limit.
    pub minutes_to_see_5_percent: Option<f64>,
}

/// Returns what each step that sends traffic to new can see; nothing where the past or the limit is not known.
pub fn sights(plan: &Plan) -> Vec<Sight> {
    plan.by_wave().iter().flat_map(of_one).collect()
}

fn of_one(plan: &Plan) -> Vec<Sight> {
    let known = plan.history.legacy_requests_per_minute.zip(error_limit(plan));
    let Some((traffic, limit)) = known.filter(|(traffic, _)| *traffic > 0.0) else {
        return Vec::new();
    };
    plan.shifts
        .iter()
        .filter(|shift| shift.share > Share::ZERO)
        .map(|shift| sight(shift, traffic, limit))
        .collect()
}

impl Sight {
    /// Returns the minutes that a failure rate takes to be seen, in nine runs of ten; nothing where it is within the limit.
    pub fn minutes_to_see(&self, rate: f64) -> Option<f64> {
        minutes_to_see(rate, self.limit_rate, self.requests_per_minute)
    }
}

fn minutes_to_see(rate: f64, limit: f64, requests_per_minute: f64) -> Option<f64> {
    let minutes = minutes_needed(rate, limit, requests_per_minute);
    minutes.is_finite().then_some(minutes)
}

fn sight(shift: &Shift, traffic: f64, limit: f64) -> Sight {
    let on_new = traffic * shift.share.fraction();
    let in_hold = on_new * shift.hold.as_secs_f64() / 60.0;
    Sight {
        step: shift.step,
        share: shift.share,
        hold: shift.hold,
        requests_per_minute: on_new,
        limit_rate: limit,
        smallest_visible_rate: smallest_visible_rate(in_hold, limit),
        minutes_to_see_5_percent: minutes_to_see(PLAIN_FAULT, limit, on_new),
    }
}

/// Returns the limit on new's error rate that can be told before the run: legacy's past rate times and plus what the
/// gate allows, and at most its absolute limit.
fn error_limit(plan: &Plan) -> Option<f64> {
    let critical = &plan.gates.errors.as_ref()?.critical;
    let relative = plan
        .history
        .legacy_error_rate
        .map(|rate| critical.times_legacy * rate + critical.plus.fraction());
    let absolute = critical.at_most.map(crate::unit::Rate::fraction);
    let limit = match (relative, absolute) {
        (Some(one), Some(two)) => Some(one.min(two)),
        (one, two) => one.or(two),
    };
    limit.filter(|limit| *limit > 0.0 && *limit < 1.0)
}
