//! What the gate says, in sentences for people.

use super::{
    super::{both_sides, reading::SideRow, table::Table, words},
    Minutes,
    limit::Limit,
    percentiles::Percentiles,
};

/// What is told of: minutes, and the table that they were measured from.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    /// The minutes.
    pub(super) minutes: &'a Minutes,
    /// Everything read.
    pub(super) table: &'a Table,
}

/// A limit that is broken, as seen in these minutes, with its name and how sure that is in words.
pub(super) fn slow(told: Told<'_>, limit: &Limit, name: &str, how_sure: &str) -> String {
    let name = format!("the {name} of {}", limit.words());
    format!("{}, and at most {} may be; {how_sure}", seen(told, &name), allowed(limit))
}

/// Legacy beyond a fixed limit of so many seconds in so many of the newest minutes, alone or together with new.
pub(super) fn legacy_too(limit: f64, minutes: u32, shared: bool) -> String {
    let (limit, window) = (words::latency(limit), both_sides::WINDOW);
    let enough = both_sides::SICK_MINUTES;
    let seen = format!(
        "slower than {limit} in {minutes} of the last {window} min, and {enough} are enough"
    );
    if shared {
        format!(
            "both sides are slow: {seen}; this is not new's doing, and going back would not help"
        )
    } else {
        format!("legacy is slow and new is not: {seen}; going back would send everybody there")
    }
}

/// A step in which no more minutes were bad than may be.
pub(super) fn kept(told: Told<'_>, limit: &Limit) -> String {
    format!("{}, and at most {} may be", seen(told, &limit.words()), allowed(limit))
}

/// A step in which more minutes were bad than may be, but too few to be sure; `more` such minutes in a row are enough.
pub(super) fn not_sure(told: Told<'_>, limit: &Limit, more: Option<u32>) -> String {
    let more = more.map(|more| format!("; {more} more in a row would be a breach"));
    format!(
        "{}, more than the {} that may be; that may still be chance{}",
        seen(told, &limit.words()),
        allowed(limit),
        more.unwrap_or_default()
    )
}

/// A step of which too few minutes could be measured.
pub(super) fn too_few(step: &Minutes, percentiles: &Percentiles, min_minutes: u32) -> String {
    let needs: Vec<String> = percentiles.iter().map(|percentile| percentile.needs()).collect();
    let seen = format!(
        "too little to judge by: {} of the {min_minutes} min needed could be measured",
        step.measured
    );
    match step.too_few {
        Some([new, legacy]) => format!(
            "{seen}; {} requests a minute at one load balancer of each side, and the last minute left out had {} on new \
             and {} on legacy",
            needs.join(", "),
            words::count(new),
            words::count(legacy),
        ),
        None => seen,
    }
}

fn seen(told: Told<'_>, limit: &str) -> String {
    let minutes = told.minutes;
    format!(
        "{}; {} of {} min ({} requests) were slower than {limit}",
        newest(told),
        minutes.bad,
        minutes.measured,
        words::count(minutes.requests),
    )
}

fn allowed(limit: &Limit) -> String {
    words::percent(limit.bad.allowed())
}

/// Returns the words for the newest measured minute, with the percentile that was used, and with the load balancer that
/// it is of where a side has several.
fn newest(told: Told<'_>) -> String {
    let Some((minute, newest)) = told.minutes.newest else {
        return "no minute was measured".to_owned();
    };
    let reading = newest.told();
    let (name, new) = (reading.percentile.name(), words::latency(reading.new));
    let row = told.table.rows().get(&minute);
    let of = |side: Option<&SideRow>| {
        let of = side.and_then(|side| reading.percentile.of(side));
        of.map_or_else(String::new, |balancer| format!(" on {balancer}, its slowest"))
    };
    let on_new = of(row.map(|row| &row.new));
    match reading.legacy {
        Some(legacy) => {
            let (legacy, on_legacy) = (words::latency(legacy), of(row.map(|row| &row.legacy)));
            format!("new's {name} is {new}{on_new}, legacy's {legacy}{on_legacy}")
        }
        None => format!("new's {name} is {new}{on_new}, legacy's unknown"),
    }
}
