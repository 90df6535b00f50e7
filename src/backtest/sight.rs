//! What each step can see in its hold, at the traffic that there was, and how long it would take to see a given fault.

use serde::Serialize;

use super::past::Past;
use crate::{
    plan::{self, Plan},
    unit::{Rate, SignedDuration, words},
};

/// What one step can see, at the traffic that there was on average.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sight {
    /// The step, and the smallest fault that it shows.
    #[serde(flatten)]
    pub step: plan::Sight,
    /// The error rate that is asked for, as a fraction.
    pub fault_rate: f64,
    /// How many minutes the hold would have to be long to show it in nine runs of ten; nothing where it is within the limit.
    pub minutes_to_see_fault: Option<f64>,
}

/// Returns what every step can see when legacy is as it was, and how long each would take to see this error rate.
pub(super) fn sights(plan: &Plan, past: &Past, fault: Rate) -> Vec<Sight> {
    let fault_rate = fault.fraction();
    let as_it_was = Plan { history: past.on_average(), ..plan.clone() };
    let sight = |step: plan::Sight| {
        let minutes_to_see_fault = step.minutes_to_see(fault_rate);
        Sight { step, fault_rate, minutes_to_see_fault }
    };
    plan::sights(&as_it_was).into_iter().map(sight).collect()
}

/// Returns minutes in words, rounded up: what is promised must be seen. More than a year is more than anybody holds.
pub(super) fn at_least(minutes: f64) -> String {
    const YEAR: f64 = 366.0 * 24.0 * 60.0;
    // The clamp keeps the cast in range.
    words(SignedDuration::from_mins(minutes.ceil().clamp(0.0, YEAR) as i64))
}
