//! What the share gate expects, as people read it before saying yes.

use crate::{
    gate::{History, words::count},
    plan::Plan,
    unit::words,
};

/// Returns what the share gate expects, and what it compares the requests of both sides with.
pub(super) fn lines(plan: &Plan) -> Vec<String> {
    let Some(share) = &plan.gates.share else { return vec!["share    off".to_owned()] };
    let History { usual, before, .. } = &plan.history;
    let week = usual
        .keys()
        .next_back()
        .map(|last| format!("the same minutes a week ago (known until {last} UTC)"));
    let hour = (!before.is_empty()).then(|| {
        let rate = before.values().sum::<f64>() / before.len() as f64;
        format!("the hour before ({} a minute)", count(rate))
    });
    let bases: Vec<String> = week.into_iter().chain(hour).collect();
    let usual = if bases.is_empty() {
        "nothing is known of the requests before the run, so requests that reach neither side are not missed".to_owned()
    } else {
        format!("requests of both sides together clearly below half of {}", bases.join(" and "))
    };
    vec![
        format!(
            "share    within {} of the share set, from {} on",
            share.within,
            words(share.after)
        ),
        format!("share    warning     {usual}"),
    ]
}
