//! Everything that means something, line by line, in the words of the night.

use maud::{Markup, html};

use super::{Case, outcome::class};
use crate::report::Line;

pub(super) fn section(case: &Case<'_>) -> Markup {
    let (first, left_out, last) = case.story.told.lines();
    html! {
        section.log {
            h2 { "Line by line" }
            @if first.is_empty() { p.none { "Nothing was recorded." } }
            ol.log {
                @for line in first { (told(case, line)) }
                @if left_out > 0 { li.more { (left_out) " more lines are left out here; the journal has them" } }
                @for line in last { (told(case, line)) }
            }
        }
    }
}

fn told(case: &Case<'_>, line: &Line) -> Markup {
    html! {
        li.(class(line.tone())) {
            time { (case.clock(line.at())) }
            div {
                div.headline { (line.headline()) }
                @for detail in line.said_below() { div.detail { (detail) } }
            }
        }
    }
}
