//! The numbers that one looks for first.

use maud::{Markup, html};

use super::{Case, outcome::took};
use crate::{
    gate::words::{count, percent},
    report::words as say,
    unit::{Minute, Side},
};

/// One number with its name, and what it means.
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) note: Option<String>,
}

/// Returns what is worth knowing at a glance.
pub(super) fn of(case: &Case<'_>) -> Vec<Fact> {
    let story = case.story;
    let mut facts = Vec::new();
    let mut add =
        |name, value: String, note: Option<String>| facts.push(Fact { name, value, note });
    if let (Some(began), Some(last)) = (story.began, story.last) {
        let at = |at: crate::unit::Timestamp| at.strftime("%Y-%m-%d %H:%M").to_string();
        let until = format!("to {} UTC", case.clock(last));
        add("began, UTC", at(began), Some(until));
        add(
            "took",
            took(case).unwrap_or_default(),
            Some(say::count(usize::try_from(story.records).unwrap_or(usize::MAX), "record")),
        );
    }
    if story.entries > 0 {
        let begun = story.steps.all().len();
        let all = case.plan.map_or(story.entries, |plan| plan.shifts.len());
        let highest =
            if case.is_dry() { "highest share gone through" } else { "highest share on new" };
        add(
            highest,
            story.highest().to_string(),
            Some(format!("{begun} of {} begun", say::count(all, "step"))),
        );
    }
    let waves = case.plan.map_or(0, |plan| plan.waves.len());
    let (how, of) = match waves {
        0 => ("moved in lockstep", None),
        _ => ("moved in waves", Some(say::count(waves, "wave"))),
    };
    add(how, say::count(story.pairs, "record pair"), of);
    if let (Some(began), Some(last)) = (story.began, story.last) {
        let (first, last) = (Minute::containing(began), Minute::containing(last));
        let (requests, errors) = story.minutes.sum(Side::New, first, last);
        if requests > 0.0 {
            let failed = format!("{} failed, {}", count(errors), percent(errors / requests));
            add("requests on new", count(requests), Some(failed));
        }
    }
    if let Some((_, seconds, _)) = story.backs.last().and_then(|back| back.done) {
        let since = if story.backs.last().is_some_and(|back| back.breached_at.is_some()) {
            "after the breach"
        } else {
            "after it was asked for"
        };
        add("everybody sent back", format!("{seconds:.1} s"), Some(since.to_owned()));
    }
    let breaches = story.breaches.len();
    add("breaches", count(breaches as f64), Some(say::count(story.warnings, "warning")));
    facts
}

/// Returns them as a section.
pub(super) fn section(case: &Case<'_>) -> Markup {
    html! {
        section.facts aria-label="At a glance" {
            @for fact in of(case) {
                div.fact {
                    div.name { (fact.name) }
                    div.value { (fact.value) }
                    @if let Some(note) = fact.note { div.note { (note) } }
                }
            }
        }
    }
}
