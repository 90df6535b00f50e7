//! What people did, and why.

use maud::{Markup, html};

use super::{Case, story::Deed};

pub(super) fn section(case: &Case<'_>) -> Markup {
    let deeds = &case.story.deeds;
    html! {
        section.people {
            h2 { "What people did" }
            @if deeds.is_empty() {
                p.none { "Nothing: from its beginning the run went by itself." }
            } @else {
                div.scroll {
                    table {
                        thead { tr { th { "when, UTC" } th { "what" } th { "who" } th { "why" } } }
                        tbody { @for deed in deeds { (row(case, deed)) } }
                    }
                }
            }
        }
    }
}

fn row(case: &Case<'_>, deed: &Deed) -> Markup {
    let unknown = || "not recorded".to_owned();
    html! {
        tr {
            td.time { (case.clock(deed.at)) }
            td {
                (deed.what)
                @if !deed.details.is_empty() {
                    ul.plain { @for detail in &deed.details { li { (detail) } } }
                }
            }
            td { (deed.by.clone().unwrap_or_else(unknown)) }
            td { (deed.why.clone().unwrap_or_else(unknown)) }
        }
    }
}
