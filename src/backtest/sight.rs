//! What each step can see in its hold, and how long the hold would have to be to see a given fault.

use serde::Serialize;

use crate::{
    gate::{History, requests_needed, smallest_visible_rate},
    plan::{Plan, Shift},
    unit::{Rate, Share, SignedDuration},
};

/// What one step can see, at the traffic that there was on average.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sight {
    /// Number of the entry in the runbook's `steps`.
    pub step: usize,
    /// Part of the traffic meant for new.
    pub share: Share,
    /// How long it is watched once settled.
    pub hold_seconds: i64,
    /// Requests a minute on new.
    pub requests_per_minute: f64,
    /// The limit on new's error rate, as a fraction; nothing where no errors gate has one.
    pub limit_rate: Option<f64>,
    /// The smallest error rate on new that its hold shows to be above the limit; nothing where not even a total failure
    /// would be seen.
    pub smallest_visible_rate: Option<f64>,
    /// The error rate that is asked for, as a fraction.
    pub fault_rate: f64,
    /// Requests on new that it takes to see that in nine runs of ten.
    pub requests_needed: Option<f64>,
    /// How long the hold would have to be for that.
    pub hold_needed_seconds: Option<i64>,
}

/// Returns what every step can see when legacy is as it was, and how long each would take to see this error rate.
pub(super) fn sights(plan: &Plan, usual: &History, fault: Rate) -> Vec<Sight> {
    let limit = limit(plan, usual);
    let traffic = usual.legacy_requests_per_minute.unwrap_or_default();
    plan.shifts.iter().map(|shift| sight(shift, traffic, limit, fault.fraction())).collect()
}

fn sight(shift: &Shift, traffic: f64, limit: Option<f64>, fault: f64) -> Sight {
    let arriving = traffic * shift.weights.fraction();
    let expected = arriving * shift.hold.as_secs_f64() / 60.0;
    let needed = limit.map(|limit| requests_needed(fault, limit)).filter(|n| n.is_finite());
    let minutes = needed.map(|needed| (needed / arriving).ceil()).filter(|m| m.is_finite());
    Sight {
        step: shift.step,
        share: shift.share,
        hold_seconds: shift.hold.as_secs(),
        requests_per_minute: arriving,
        limit_rate: limit,
        smallest_visible_rate: limit.and_then(|limit| smallest_visible_rate(expected, limit)),
        fault_rate: fault,
        requests_needed: needed,
        // The cast keeps to the range of the type.
        hold_needed_seconds: minutes
            .map(|minutes| SignedDuration::from_mins(minutes as i64).as_secs()),
    }
}

/// Returns the limit on new's error rate that can be told before a run: legacy's past rate times and plus what the gate
/// allows, and at most its absolute limit.
fn limit(plan: &Plan, usual: &History) -> Option<f64> {
    let critical = &plan.gates.errors.as_ref()?.critical;
    let past = usual.legacy_error_rate.filter(|_| critical.history.is_some());
    let of_past = past.map(|rate| critical.times_legacy * rate + critical.plus.fraction());
    let fixed = critical.at_most.map(Rate::fraction);
    of_past.into_iter().chain(fixed).reduce(f64::min)
}
