//! What the gate says, in sentences for people.

use super::super::{
    both_sides,
    counts::{Counts, Pair, Totals},
    words,
};
use crate::{
    runbook::model::{Catastrophe, PassRule},
    unit::Minute,
};

/// One minute that is enough by itself.
pub(super) fn catastrophe(rule: &Catastrophe, minute: Minute, pair: Pair) -> String {
    let (new, legacy) = (pair.new, pair.legacy);
    let beside = if legacy.requests > 0.0 {
        format!("legacy {} of {}", words::percent(legacy.rate()), words::count(legacy.requests))
    } else {
        "legacy had none".to_owned()
    };
    format!(
        "new fails {} of {} requests in the one minute of {minute}, {beside}; from {} on, and {}x legacy, one \
         minute is enough",
        words::percent(new.rate()),
        words::count(new.requests),
        words::percent(rule.rate.fraction()),
        words::times(rule.times_legacy),
    )
}

/// A limit that is broken: `limit` in words, `which` of the two it is, and ln E against it.
pub(super) fn beyond(totals: Totals, which: &str, limit: &str, evidence: f64) -> String {
    format!(
        "new fails {} of {}, legacy {}; the {which} is {limit}; if new were within it, this would be a {} surprise",
        words::percent(totals.sum.new.rate()),
        on_requests(totals),
        words::percent(totals.sum.legacy.rate()),
        words::odds(evidence),
    )
}

/// Trouble that legacy has, in so many of the newest minutes, alone or together with new.
pub(super) fn legacy_too(totals: Totals, minutes: u32, limit: f64, shared: bool) -> String {
    let side = |counts: Counts| {
        if counts.requests == 0.0 {
            return "had no requests".to_owned();
        }
        let (rate, requests) = (words::percent(counts.rate()), words::count(counts.requests));
        format!("fails {rate} of {requests} requests")
    };
    let seen = format!(
        "in {minutes} of the last {} min new {} and legacy {}; legacy's own limit is {}",
        both_sides::WINDOW,
        side(totals.sum.new),
        side(totals.sum.legacy),
        words::percent(limit),
    );
    if shared {
        format!(
            "both sides fail alike: {seen}; this is not new's doing, and going back would not help"
        )
    } else {
        format!("legacy is sick: {seen}; going back would do harm")
    }
}

/// A step that has not seen enough to say anything.
pub(super) fn too_few(totals: Totals, rule: &PassRule) -> String {
    format!(
        "too little has been seen to judge: new has had {} in this step, and {} min and {} requests are needed",
        on_requests(totals),
        rule.min_minutes,
        words::count(rule.min_requests as f64),
    )
}

/// A limit that is shown to be kept.
pub(super) fn proven(totals: Totals, limit: &str, evidence: f64) -> String {
    format!(
        "new fails {} of {}; the limit of {limit} is kept: if new were at it, this would be a {} surprise",
        words::percent(totals.sum.new.rate()),
        on_requests(totals),
        words::odds(evidence),
    )
}

/// A limit that may be kept, with the smallest fault that would have been seen.
pub(super) fn unproven(totals: Totals, limit: &str, smallest: Option<f64>) -> String {
    let smallest = match smallest {
        Some(rate) => {
            format!("the smallest fault that would have been seen is {}", words::percent(rate))
        }
        None => "not even a total failure would have been seen".to_owned(),
    };
    format!(
        "new fails {} of {}; nothing speaks against it, but it is not proven that the limit of {limit} is kept; \
         {smallest}",
        words::percent(totals.sum.new.rate()),
        on_requests(totals),
    )
}

/// Returns new's requests and minutes in words, such as `3,120 requests over 3 min`.
fn on_requests(totals: Totals) -> String {
    let requests = totals.sum.new.requests;
    let noun = if requests == 1.0 { "request" } else { "requests" };
    format!("{} {noun} over {} min", words::count(requests), totals.minutes)
}
