//! What is going on, what it waits for, why and until when; and what a person is asked.

use super::{
    Look,
    row::{Row, Weight, wrapped},
    whole_seconds,
};
use crate::{
    engine::{Question, View},
    report::{Tone, line::clock_seen_from},
    unit::{Timestamp, words},
};

/// Lines that a reason may take.
const REASON_LINES: usize = 3;
/// Columns of a hold's bar.
const BAR_COLUMNS: usize = 16;

/// Returns what is going on, how far it is, how long it still takes where that is known, and what it waits for.
pub(super) fn rows(view: &View, headway: Option<&str>, look: &Look) -> Vec<Row> {
    let tone = tone(view);
    let times = view.until.map(|until| {
        // Where there is no room for both, the time says more.
        let began = view.hold_began.filter(|_| look.is_wide());
        let bar = began.map_or(String::new(), |began| bar(began, view.at, until, look.unicode));
        bar + &countdown(view.at, until)
    });
    let since = view.since.filter(|_| times.is_none());
    let since = since.map(|since| format!("for {}", words(view.at.duration_since(since))));
    let mut parts = times.into_iter().chain(since).chain(headway.map(str::to_owned));
    let first = parts.next().unwrap_or_default();
    let mut rows = vec![look.row(Weight::Most, tone, view.phase).add(Tone::Plain, first)];
    let below = |weight, text: String| look.row(weight, Tone::Plain, "").add(Tone::Plain, text);
    rows.extend(parts.map(|part| below(Weight::Much, part)));
    let reason = view
        .waiting_for
        .iter()
        .filter(|_| view.question.is_none())
        .flat_map(|what| reason(what, look));
    rows.extend(reason.map(|line| below(Weight::Much, line)));
    rows.extend(paused(view, look));
    rows.extend(view.question.iter().flat_map(|question| asked(question, view, look)));
    rows
}

/// A run that is paused goes on with what it does, up to the next step.
fn paused(view: &View, look: &Look) -> Option<Row> {
    let word = view.paused.as_ref().filter(|_| view.phase != "paused")?;
    let why = word.why.as_ref().map_or(String::new(), |why| format!(": {why}"));
    let text = format!("by {}{why}; no further step begins", word.by);
    Some(look.row(Weight::Most, Tone::Warning, "paused").add(Tone::Plain, text))
}

/// Returns how a phase sounds: what a person should look at is told apart from what goes on by itself.
fn tone(view: &View) -> Tone {
    match view.phase {
        "rolling back" | "stuck" | "fenced" => Tone::Bad,
        "held" | "paused" | "approval" | "window" | "stopped" => Tone::Warning,
        _ => Tone::Strong,
    }
}

/// Returns what is waited for, in a few lines.
fn reason(what: &str, look: &Look) -> Vec<String> {
    let room = look.columns.saturating_sub(look.label() + 1).max(10);
    let mut lines = wrapped(&format!("waiting for {what}"), room);
    if lines.len() > REASON_LINES {
        // Cut where it is drawn, so that it is seen to be.
        let rest = lines.split_off(REASON_LINES - 1).join(" ");
        lines.push(rest);
    }
    lines
}

/// An approval stands out, and says how to answer.
fn asked(question: &Question, view: &View, look: &Look) -> Vec<Row> {
    let Question { ask, otherwise } = question;
    let below = |text: String| look.row(Weight::Most, Tone::Plain, "").add(Tone::Plain, text);
    let asks = wrapped(ask, look.columns.saturating_sub(look.label() + 1).max(10));
    let mut rows: Vec<Row> = asks
        .iter()
        .enumerate()
        .map(|(index, line)| {
            let label = if index == 0 { "APPROVE?" } else { "" };
            look.row(Weight::Most, Tone::Warning, label).add(Tone::Strong, line)
        })
        .collect();
    if look.answers {
        rows.push(below("here: type `yes` and Enter".to_owned()));
        rows.push(below(format!("elsewhere: cutover approve {}", view.run)));
    } else {
        rows.push(below(format!("to answer: cutover approve {}", view.run)));
    }
    rows.push(below(otherwise.clone()));
    rows
}

fn countdown(now: Timestamp, until: Timestamp) -> String {
    let left = whole_seconds(until.duration_since(now));
    let left = if left.is_positive() { words(left) + " left" } else { "due".to_owned() };
    format!("{left}, until {}", clock_seen_from(now, until))
}

/// Returns how much of a hold is over, with a blank behind it.
fn bar(began: Timestamp, now: Timestamp, until: Timestamp, unicode: bool) -> String {
    let whole = until.duration_since(began).as_secs_f64();
    let done = if whole > 0.0 { now.duration_since(began).as_secs_f64() / whole } else { 1.0 };
    // Between 0 and 1, so the cast keeps the value.
    let full = (done.clamp(0.0, 1.0) * BAR_COLUMNS as f64) as usize;
    if unicode {
        return format!("{}{} ", "█".repeat(full), "░".repeat(BAR_COLUMNS - full));
    }
    format!("[{}{}] ", "#".repeat(full), "-".repeat(BAR_COLUMNS - full))
}
