//! The screen as plain lines: where the run is, what it waits for, how both sides are and have been, what the gates say,
//! and what going back would take.
//!
//! Everything here is pure. [`screen`] puts the parts together, each of which is a file of its own; `fit` leaves out what
//! matters least where the terminal is small.

mod fit;
mod gates;
mod row;
mod sides;
mod spark;
mod steps;
#[cfg(test)]
mod tests;
mod waiting;

pub(super) use row::{width, wrapped};

use super::{Paint, Tone};
use crate::{
    engine::{Tuning, View},
    plan::Mode,
    unit::{Share, SignedDuration, words},
};
use row::{Row, Weight};

/// Limits shown that were changed during the run.
const TUNINGS_SHOWN: usize = 3;
/// Columns that a terminal needs for the usual labels; the longest is `rolling back`.
const WIDE: usize = 60;

/// What the screen is drawn for.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Columns that a line may take.
    pub columns: usize,
    /// Lines that the screen may take.
    pub rows: usize,
    /// Whether the terminal shows more than ASCII.
    pub unicode: bool,
    /// Colours.
    pub paint: Paint,
    /// Whether it begins with the run and the time.
    pub titled: bool,
    /// Whether what the run asks can be answered on this terminal.
    pub answers: bool,
}

impl Look {
    /// Returns true where there is room for more than what is needed.
    fn is_wide(&self) -> bool {
        self.columns + 1 >= WIDE
    }

    /// Returns the columns of what stands in front of each line.
    fn label(&self) -> usize {
        if self.is_wide() { 12 } else { 7 }
    }

    fn row(&self, weight: Weight, tone: Tone, label: &str) -> Row {
        Row::labelled(weight, (tone, label), self.label())
    }
}

/// Returns a view as lines that are safe to show on a terminal, of at most as many columns and lines as there are. `headway`
/// says how many records are back, where that is worth knowing.
pub fn screen(view: &View, headway: Option<&str>, look: &Look) -> Vec<String> {
    let mut rows: Vec<Row> = look.titled.then(|| title(view, look)).into_iter().collect();
    rows.extend(steps::row(view, look));
    rows.extend(waiting::rows(view, headway, look));
    rows.extend(sides::rows(view, look));
    rows.extend(gates::rows(&view.findings, look));
    rows.extend(tuned(&view.tunings, look));
    rows.push(way_back(view, look));
    rows.extend(kept_on_new(view, look));
    let rows = fit::fit(rows, look.rows);
    rows.iter().map(|row| row.drawn(look.columns, look.unicode, look.paint)).collect()
}

/// Which run it is, and what time; shortened where the terminal is narrow.
fn title(view: &View, look: &Look) -> Row {
    let place = view.environment.as_ref().map_or(String::new(), |name| format!(" in {name}"));
    let place = match view.mode {
        Mode::Usual => place,
        Mode::DryRun => place + ", DRY RUN",
        Mode::ExerciseRollback => place + ", to use the way back",
    };
    let time = |format| view.at.strftime(format).to_string();
    let long = (format!("{}{place}", view.run), time("%F %T UTC"));
    let short = (format!("{}{place}", view.runbook), time("%T"));
    let columns = |(name, now): &(String, String)| width(name) + 2 + width(now);
    let (name, now) = if columns(&long) <= look.columns { long } else { short };
    let blank = look.columns.saturating_sub(width(&name) + width(&now)).max(2);
    Row::of(Weight::Least).add(Tone::Strong, name).add(Tone::Plain, " ".repeat(blank) + &now)
}

/// Returns the limits that are not the runbook's any more, as they are now, the newest first.
fn tuned(tunings: &[Tuning], look: &Look) -> Vec<Row> {
    let mut limits: Vec<&Tuning> = Vec::new();
    for tuning in tunings.iter().rev() {
        if limits.iter().all(|later| later.limit != tuning.limit) {
            limits.push(tuning);
        }
    }
    let mut texts: Vec<String> = limits
        .iter()
        .take(TUNINGS_SHOWN)
        .map(|Tuning { limit, to, .. }| format!("{limit}={to}"))
        .collect();
    if limits.len() > TUNINGS_SHOWN {
        texts.push(format!("and {} more", limits.len() - TUNINGS_SHOWN));
    }
    let row = |(index, text): (usize, &String)| {
        let label = if index == 0 { "tuned" } else { "" };
        look.row(Weight::Little, Tone::Plain, label).add(Tone::Plain, text)
    };
    texts.iter().enumerate().map(row).collect()
}

/// What going back would take.
fn way_back(view: &View, look: &Look) -> Row {
    let label = if look.is_wide() { "way back" } else { "back" };
    let row = look.row(Weight::Most, Tone::Plain, label);
    if view.phase == "fenced" {
        let who = "whoever has the zone's lock knows what is on new now";
        return row.add(Tone::Plain, who);
    }
    if view.share == Share::ZERO {
        return row.add(Tone::Plain, "all traffic is meant for legacy");
    }
    let safe = words(whole_seconds(view.time_to_safe));
    let text = if view.phase == "rolling back" {
        format!("everybody is safe in about {safe}")
    } else if look.is_wide() {
        format!("{} on new; rolled back now, everybody is safe in about {safe}", view.share)
    } else {
        format!("{} on new, safe in about {safe}", view.share)
    };
    row.add(Tone::Plain, text)
}

/// Who would stay on new after that.
fn kept_on_new(view: &View, look: &Look) -> Option<Row> {
    let kept = view.kept_on_new.filter(|_| view.share > Share::ZERO && view.phase != "fenced")?;
    let text = format!("clients that keep a connection open may stay {} longer", words(kept));
    Some(look.row(Weight::Little, Tone::Plain, "").add(Tone::Plain, &text))
}

/// Rounds up, so that a countdown ends at `1s left` and never stands at zero while there is something to wait for.
fn whole_seconds(duration: SignedDuration) -> SignedDuration {
    SignedDuration::from_secs(duration.as_secs() + i64::from(duration.subsec_nanos() > 0))
}
