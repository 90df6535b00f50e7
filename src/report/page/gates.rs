//! What was watched, the limits, and what was to be done about what was seen.

use maud::{Markup, html};

use super::Case;
use crate::report::{gates, plan};

pub(super) fn section(case: &Case<'_>) -> Markup {
    let Some(made) = case.plan.filter(|plan| !plan.shifts.is_empty()) else { return html! {} };
    html! {
        section.limits {
            h2 { "Gates and policy" }
            p.note { "As the plan has them" @if !case.story.tuned.is_empty() { "; changes on the way are listed under what people did" } "." }
            pre { @for line in gates::lines(made) { (line) "\n" } }
            pre { @for line in plan::policy(&made.policy) { (line) "\n" } }
        }
    }
}
