//! What moves, and what stood there before the run.

use maud::{Markup, html};

use super::Case;
use crate::plan::{RecordSet, in_words};

/// Record pairs that are shown in full.
const PAIRS: usize = 300;

pub(super) fn section(case: &Case<'_>) -> Markup {
    let Some(plan) = case.plan else { return html! {} };
    let more = plan.pairs.len().saturating_sub(PAIRS);
    let list = |records: &[RecordSet]| {
        html! {
            @if records.is_empty() { "no record" }
            @for record in records { div { (in_words(record)) } }
        }
    };
    html! {
        section.records {
            h2 { "Records" }
            div.scroll {
                table {
                    thead { tr { th { "name and type" } th { "found before the run" } th { "where a rollback goes" } th { "new's member" } } }
                    tbody {
                        @for pair in plan.pairs.iter().take(PAIRS) {
                            tr {
                                td.names { (pair.name) " " (pair.kind) div.note { "zone " (pair.zone) } }
                                td { (list(&pair.found)) }
                                td {
                                    @if pair.found == pair.baseline { "what was found" } @else { (list(&pair.baseline)) }
                                }
                                td { (list(std::slice::from_ref(&pair.new))) }
                            }
                        }
                    }
                }
            }
            @if more > 0 { p.none { "and " (more) " more; the run's plan has them all" } }
        }
    }
}
