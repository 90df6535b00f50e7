//! What the gate says, in sentences for people.

use super::{
    super::{
        both_sides,
        table::{SideRow, Table},
        words,
    },
    Step,
    limit::Limit,
    percentiles::{Percentile, Percentiles},
};

/// What is told of: a step, and the table that it was measured from.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    /// The step.
    pub(super) step: &'a Step,
    /// Everything read.
    pub(super) table: &'a Table,
}

/// A limit that is broken in so many minutes: `which` of the two it is, and ln E against it.
pub(super) fn slow(told: Told<'_>, bad: u32, which: &str, limit: &Limit, evidence: f64) -> String {
    format!(
        "{}; {bad} of {} measured min of this step were beyond the {which} of {}, and {} of them may be; if new were \
         within it, this would be a {} surprise",
        newest(told),
        told.step.measured,
        limit.words(),
        words::percent(limit.bad.allowed()),
        words::odds(evidence),
    )
}

/// Legacy beyond a fixed limit of so many seconds in so many of the newest minutes, alone or together with new.
pub(super) fn legacy_too(limit: f64, minutes: u32, shared: bool) -> String {
    let (limit, window) = (words::latency(limit), both_sides::WINDOW);
    if shared {
        format!(
            "both sides are slow alike: beyond {limit} in {minutes} of the last {window} min; this is not new's \
             doing, and going back would not help"
        )
    } else {
        format!(
            "legacy is slow and new is not: legacy was beyond {limit} in {minutes} of the last {window} min; \
             going back would do harm"
        )
    }
}

/// A step in which no more minutes were bad than may be.
pub(super) fn kept(told: Told<'_>, limit: &Limit) -> String {
    format!("{}, and {} of them may be", seen(told, limit), allowed(limit))
}

/// A step in which more minutes were bad than may be, but too few to be sure.
pub(super) fn not_sure(told: Told<'_>, limit: &Limit) -> String {
    format!("{}, which is more than {} but may be chance", seen(told, limit), allowed(limit))
}

/// A step of which too few minutes could be measured.
pub(super) fn too_few(step: &Step, percentiles: &Percentiles, min_minutes: u32) -> String {
    let needs: Vec<String> = percentiles
        .iter()
        .map(|p| format!("{} takes {}", p.name(), words::count(p.samples)))
        .collect();
    let seen = format!("{} of {min_minutes} min needed could be measured", step.measured);
    match step.too_few {
        Some([new, legacy]) => format!(
            "{seen}: {} requests a minute at one load balancer of each side, and the last minute \
             left out had {} on new and {} on legacy",
            needs.join(" or "),
            words::count(new),
            words::count(legacy),
        ),
        None => seen,
    }
}

fn seen(told: Told<'_>, limit: &Limit) -> String {
    format!(
        "{}; {} of {} measured min were beyond {}",
        newest(told),
        told.step.bad,
        told.step.measured,
        limit.words()
    )
}

fn allowed(limit: &Limit) -> String {
    words::percent(limit.bad.allowed())
}

/// Returns the words for the newest measured minute, with the percentile that was used, and with the load balancer that
/// it is of where a side has several.
fn newest(told: Told<'_>) -> String {
    let Some((minute, newest)) = told.step.newest else {
        return "no minute of this step was measured".to_owned();
    };
    let reading = newest.told();
    let row = told.table.rows().get(&minute);
    let of = |side: Option<&SideRow>| slowest(side, reading.percentile);
    let name = reading.percentile.name();
    let (new, on_new) = (words::latency(reading.new), of(row.map(|row| &row.new)));
    let legacy = match reading.legacy {
        Some(legacy) => {
            format!("legacy's {}{}", words::latency(legacy), of(row.map(|row| &row.legacy)))
        }
        None => "legacy's unknown".to_owned(),
    };
    let instead =
        if reading.percentile.fallback { " (too few requests for the gate's own)" } else { "" };
    format!("new's {name}{instead} is {new}{on_new}, {legacy}")
}

fn slowest(side: Option<&SideRow>, percentile: Percentile) -> String {
    let of = side.and_then(|side| match percentile.fallback {
        true => side.latency_p90_of.as_ref(),
        false => side.latency_of.as_ref(),
    });
    of.map_or_else(String::new, |balancer| format!(" on {balancer}, its slowest"))
}
