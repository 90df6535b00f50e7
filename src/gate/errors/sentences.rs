//! What the gate says, in sentences for people: what was seen, on how many requests, against what limit, how sure.

use super::{
    super::{
        both_sides,
        counts::{Counts, Pair, Totals},
        statistics::PLAIN_FAULT,
        words,
    },
    step::{Outlook, StepSeen},
};
use crate::{
    runbook::model::{Catastrophe, PassRule},
    unit::Minute,
};

/// Minutes beyond which nobody is told how long something would take.
const LONGEST_OUTLOOK: f64 = 24.0 * 60.0;

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

/// A limit that is broken, with the limit and how sure that is in words.
pub(super) fn beyond(totals: Totals, limit: &str, how_sure: &str) -> String {
    let legacy = totals.sum.legacy;
    let beside = if legacy.requests > 0.0 {
        format!("legacy {}", words::percent(legacy.rate()))
    } else {
        "legacy had none".to_owned()
    };
    format!(
        "new fails {} of {}, {beside}; the {limit}; {how_sure}",
        words::percent(totals.sum.new.rate()),
        on_requests(totals),
    )
}

/// Trouble that legacy has, in so many of the newest minutes, alone or together with new.
pub(super) fn legacy_too(totals: Totals, minutes: u32, limit: f64, shared: bool) -> String {
    let side = |name: &str, counts: Counts| {
        if counts.requests == 0.0 {
            return format!("{name} has no requests");
        }
        let (rate, requests) = (words::percent(counts.rate()), words::count(counts.requests));
        format!("{name} fails {rate} of {requests}")
    };
    let (new, legacy) = (side("new", totals.sum.new), side("legacy", totals.sum.legacy));
    let (window, enough) = (both_sides::WINDOW, both_sides::SICK_MINUTES);
    let when = format!("in {minutes} of the last {window} min");
    let limit = words::percent(limit);
    let held = format!("legacy's own limit is {limit}, and {enough} such min are enough");
    if shared {
        format!(
            "both sides fail: {new} requests and {legacy} {when}; {held}; this is not new's doing, and going back \
             would not help"
        )
    } else {
        format!(
            "{legacy} requests {when}, and {new}; {held}; going back would send everybody there"
        )
    }
}

/// A step that has not seen enough to say anything.
pub(super) fn too_few(totals: Totals, rule: &PassRule) -> String {
    let (minutes, requests) = (totals.minutes, totals.sum.new.requests);
    let missing = rule.min_requests as f64 - requests;
    let of_minutes = (minutes < rule.min_minutes).then(|| format!("{} min", rule.min_minutes));
    let of_requests =
        (missing > 0.0).then(|| format!("{} requests", words::count(rule.min_requests as f64)));
    let needed: Vec<String> = of_minutes.into_iter().chain(of_requests).collect();
    let more = minutes_more(missing / (requests / f64::from(minutes.max(1))));
    let when =
        more.filter(|_| missing > 0.0).map(|more| format!(", at this traffic in about {more}"));
    format!(
        "too little to judge by: new has had {} in this step; {} are needed{}",
        on_requests(totals),
        needed.join(" and "),
        when.unwrap_or_default(),
    )
}

/// A limit that is shown to be kept, with ln E and the bar that it has passed.
pub(super) fn proven(seen: StepSeen, limit: &str, (evidence, bar): (f64, f64)) -> String {
    format!(
        "new fails {} of {}; the limit is {limit}; a side at the limit would look this good in fewer than {} such \
         steps, and {} is enough to pass",
        words::percent(seen.totals.sum.new.rate()),
        on(seen),
        words::odds(evidence),
        words::odds(bar),
    )
}

/// A limit that may be kept, with the smallest fault that would have been seen and what more minutes would show.
pub(super) fn unproven(seen: StepSeen, limit: &str, outlook: Outlook) -> String {
    let smallest = match outlook.smallest {
        Some(rate) => {
            format!("the smallest fault that would have been seen is {}", words::percent(rate))
        }
        None => "not even a total failure would have been seen".to_owned(),
    };
    let plain = outlook.plain_fault.and_then(minutes_more).map(|more| {
        let fault = words::percent(PLAIN_FAULT);
        format!("; at this traffic a {fault} fault would be seen after about {more}")
    });
    let proof = match outlook.proof {
        None => Some("; more minutes like these would not prove it".to_owned()),
        Some(minutes) => {
            minutes_more(minutes).map(|more| format!("; about {more} like these would prove it"))
        }
    };
    format!(
        "new fails {} of {}; nothing speaks against it, but that is too little to prove that the limit of {limit} is \
         kept; {smallest}{}{}",
        words::percent(seen.totals.sum.new.rate()),
        on(seen),
        plain.unwrap_or_default(),
        proof.unwrap_or_default(),
    )
}

/// Returns how much longer, in words, where that can be waited for.
fn minutes_more(minutes: f64) -> Option<String> {
    let minutes = minutes.ceil().max(1.0);
    if minutes > LONGEST_OUTLOOK {
        None
    } else if minutes > 120.0 {
        Some(format!("{} more hours", words::count((minutes / 60.0).ceil())))
    } else {
        Some(format!("{} more min", words::count(minutes)))
    }
}

/// Returns new's requests and minutes in a step, with the minutes that are left out.
fn on(seen: StepSeen) -> String {
    let counted = on_requests(seen.totals);
    match seen.left_out {
        0 => counted,
        minutes => format!("{counted}, without {minutes} in which both sides failed"),
    }
}

/// Returns new's requests and minutes in words, such as `3,120 requests over 3 min`.
fn on_requests(totals: Totals) -> String {
    let requests = totals.sum.new.requests;
    let noun = if requests == 1.0 { "request" } else { "requests" };
    format!("{} {noun} over {} min", words::count(requests), totals.minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_told_in_minutes_then_in_hours_and_not_at_all_beyond_a_day() {
        let told = [0.2, 120.0, 120.5, 1_440.0].map(|minutes| minutes_more(minutes).unwrap());
        assert_eq!(told.join(", "), "1 more min, 120 more min, 3 more hours, 24 more hours");
        assert_eq!(minutes_more(1_440.5), None);
    }
}
