//! Every write, with what stood there before and after.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{
    Case,
    story::{Change, Fate, Write},
};
use crate::{
    engine::{LockChange, Position, WriteFailure},
    plan::{Pair, Plan, RecordSet, in_words},
    report::words as say,
    unit::Weight,
};

/// Rows of one write that are shown; the records of a lockstep mostly share a single one.
const ROWS: usize = 200;
/// Names that a row shows; of more, the first ones and a count.
const NAMES: usize = 12;
/// Writes that are shown, from the beginning and from the end.
const WRITES: usize = 150;

pub(super) fn section(case: &Case<'_>) -> Markup {
    let changes = case.plan.map_or_else(Vec::new, |plan| case.story.writes.changes(plan));
    let count = case.story.writes.all().len();
    let more = case.story.writes.left_out();
    let (first, hidden) = (WRITES.min(count), count.saturating_sub(2 * WRITES));
    html! {
        section.writes {
            h2 { @if case.is_dry() { "What would have been written" } @else { "What was written" } }
            @if case.is_dry() { p.note { "This was a dry run: nothing was sent. What follows was answered as Route 53 would answer." } }
            @if count == 0 { p.none { "Nothing." } }
            @if case.plan.is_none() && count > 0 {
                p.none { (say::count(count, "write")) "; the plan cannot be read, so that it is not known of which records." }
            }
            @if let Some(plan) = case.plan {
                @for change in changes.iter().take(first) { (one(case, plan, change)) }
                @if hidden > 0 { p.none { (say::count(hidden, "more write")) " are left out here; the journal has them." } }
                @for change in changes.iter().skip(first + hidden) { (one(case, plan, change)) }
            }
            @if more > 0 { p.none { (say::count(more, "more write")) " followed; the journal has them." } }
        }
    }
}

fn one(case: &Case<'_>, plan: &Plan, change: &Change<'_>) -> Markup {
    let write = change.write;
    let zone = plan.zones.iter().find(|zone| zone.id == write.zone);
    let zone =
        zone.map_or_else(|| write.zone.to_string(), |zone| format!("{} ({})", zone.name, zone.id));
    html! {
        article.write {
            h3 {
                "Write " (write.number) ": "
                @if write.pairs.is_empty() { "the zone's lock alone" } @else { (aim(plan, write.to)) }
            }
            p.times {
                span.pair { time { (case.clock(write.at)) } }
                span.sep { " · " } span.pair { "zone " (zone) }
                span.sep { " · " } span.pair { (fate(case, write)) }
                @if let Some(lock) = lock(&write.lock) { span.sep { " · " } span.pair { (lock) } }
                @if write.overwrite { span.sep { " · " } span.pair { "overwrote what was there" } }
            }
            @if let Fate::Failed(_, said) = &write.fate {
                ul.plain { @for line in said { li { (line) } } }
            }
            @if !write.pairs.is_empty() { (table(plan, change)) }
        }
    }
}

fn aim(plan: &Plan, to: Position) -> String {
    match to {
        Position::Prepared => "weighted pairs that answer as before".to_owned(),
        Position::Shift(shift) => plan.shifts.get(shift).map_or_else(
            || "a step".to_owned(),
            |shift| format!("step {}, {} to new", shift.step, shift.share),
        ),
        Position::Safe => "everybody back where they were".to_owned(),
        Position::Baseline => "the baseline".to_owned(),
        Position::Finished => "new alone".to_owned(),
    }
}

fn fate(case: &Case<'_>, write: &Write) -> String {
    match &write.fate {
        Fate::Unanswered => "never answered".to_owned(),
        Fate::Accepted(at, change) => format!("taken at {}, change {change}", case.clock(*at)),
        Fate::Failed(failure, _) => match failure {
            WriteFailure::Later => "not taken, nothing was changed".to_owned(),
            WriteFailure::Unclear => "unclear whether it was done".to_owned(),
            WriteFailure::Refused => "refused, nothing was changed".to_owned(),
            WriteFailure::Denied => "denied, nothing was changed".to_owned(),
        },
    }
}

fn lock(lock: &LockChange) -> Option<String> {
    match lock {
        LockChange::Untouched => None,
        LockChange::Set(lock) => Some(format!("lock at epoch {}", lock.epoch)),
        LockChange::Removed => Some("lock removed".to_owned()),
    }
}

fn table(plan: &Plan, change: &Change<'_>) -> Markup {
    let rows = rows(plan, change);
    let more = rows.len().saturating_sub(ROWS);
    html! {
        div.scroll {
            table {
                thead { tr { th { "records" } th { "before" } th { "after, as read back" } } }
                tbody {
                    @for (names, before, after) in rows.iter().take(ROWS) {
                        tr { td.names { (named(names)) } td { (before) } td { (after) } }
                    }
                    @if more > 0 { tr { td colspan="3" { "and " (more) " more rows; the journal has them" } } }
                }
            }
        }
    }
}

fn named(names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMES);
    let shown = names.iter().take(NAMES).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// Returns the records that look alike before and after, as one row each.
fn rows(plan: &Plan, change: &Change<'_>) -> Vec<(Vec<String>, String, String)> {
    let mut order: Vec<(Vec<String>, String, String)> = Vec::new();
    let mut places: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (at, index) in change.write.pairs.iter().enumerate() {
        let Some(pair) = plan.pairs.get(*index) else { continue };
        let form = |records: &Vec<Vec<RecordSet>>| {
            records.get(at).map_or(String::new(), |r| form(pair, r))
        };
        let before = form(&change.before);
        let after =
            change.after.as_ref().map_or_else(|| unread(&change.write.fate).to_owned(), form);
        let place = *places.entry((before.clone(), after.clone())).or_insert_with(|| {
            order.push((Vec::new(), before, after));
            order.len() - 1
        });
        order[place].0.push(format!("{} {}", pair.name, pair.kind));
    }
    order
}

/// Returns what is there after a write whose zone was not read before the next one.
fn unread(fate: &Fate) -> &'static str {
    match fate {
        Fate::Failed(WriteFailure::Later | WriteFailure::Refused | WriteFailure::Denied, _) => {
            "as before"
        }
        Fate::Failed(WriteFailure::Unclear, _) | Fate::Unanswered | Fate::Accepted(..) => {
            "not read before the next write"
        }
    }
}

/// Returns what stands at a pair's name: its members by their weights, anything else in full.
fn form(pair: &Pair, records: &[RecordSet]) -> String {
    if records.is_empty() {
        return "no record".to_owned();
    }
    let is_member = |record: &RecordSet| {
        let same = |member: &RecordSet| {
            record.weight().is_some_and(|weight| member.with_weight(weight).is_same_as(record))
        };
        same(&pair.legacy) || same(&pair.new)
    };
    if records.iter().all(is_member) {
        let (legacy, new) = pair.weights_in(records);
        let weight =
            |weight: Option<Weight>| weight.map_or_else(|| "absent".to_owned(), |w| w.to_string());
        return format!("legacy {}, new {}", weight(legacy), weight(new));
    }
    records.iter().map(in_words).collect::<Vec<_>>().join("; ")
}
