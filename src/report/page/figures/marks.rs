//! Marks: which are shown, how they are numbered above the charts, and what is said of each below.

use maud::{Markup, html};

use crate::report::page::{
    Case,
    scale::Span,
    story::{Mark, Meaning},
};

/// Marks that are numbered one by one.
const MARKS: usize = 60;
/// How near to each other marks share a number, and stand in the same row, in percent of the width.
const NEAR: f64 = 2.0;
const BESIDE: f64 = 8.0;

/// Returns the marks that matter most, in order of time.
pub(super) fn chosen(all: &[Mark]) -> Vec<Mark> {
    let mut chosen: Vec<Mark> = all.to_vec();
    // The sort is stable: of those that matter alike the first ones stay.
    chosen.sort_by_key(|mark| std::cmp::Reverse(mark.meaning));
    chosen.truncate(MARKS);
    chosen.sort_by_key(|mark| mark.at);
    chosen
}

/// Some marks that are so near to each other that they share a place.
pub(super) struct Badge {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) place: f64,
    pub(super) row: usize,
    pub(super) meaning: Meaning,
}

/// Returns the marks as they are numbered above the charts, and how many rows they need.
pub(super) fn badges(span: &Span, marks: &[Mark]) -> (Vec<Badge>, usize) {
    let mut badges: Vec<Badge> = Vec::new();
    for (at, mark) in marks.iter().enumerate() {
        let (number, place) = (at + 1, span.place(mark.at));
        match badges.last_mut().filter(|badge| place - badge.place < NEAR) {
            Some(badge) => {
                badge.last = number;
                badge.meaning = badge.meaning.max(mark.meaning);
            }
            None => {
                let (first, last, meaning) = (number, number, mark.meaning);
                badges.push(Badge { first, last, place, row: 0, meaning });
            }
        }
    }
    let mut taken: Vec<f64> = Vec::new();
    for badge in &mut badges {
        let free = taken.iter().position(|until| badge.place >= *until);
        badge.row = free.unwrap_or(taken.len());
        let until = badge.place + BESIDE;
        match taken.get_mut(badge.row) {
            Some(row) => *row = until,
            None => taken.push(until),
        }
    }
    (badges, taken.len())
}

pub(super) fn listed(case: &Case<'_>, marks: &[Mark]) -> Markup {
    let more = case.story.marks.len() - marks.len();
    html! {
        @if !marks.is_empty() {
            ol.marks {
                @for (at, mark) in marks.iter().enumerate() {
                    li id={ (case.anchor) "mark-" (at + 1) } {
                        span.mark.(class(mark.meaning)) { (at + 1) }
                        " " time { (case.clock(mark.at)) } " " (mark.what)
                        @if mark.times > 1 { ", " (mark.times) " times until " (case.clock(mark.last)) }
                    }
                }
                @if more > 0 { li.more { "and " (more) " more that matter less; see the log" } }
            }
        }
    }
}

pub(super) fn class(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Bad => "bad",
        Meaning::Warning => "warn",
        Meaning::Person => "person",
        Meaning::Good => "good",
        Meaning::Wait => "wait",
    }
}
