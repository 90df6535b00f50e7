//! Who changed the records while the run went on; nothing where nobody has asked.

use maud::{Markup, html};

use super::Case;
use crate::report::audit_lines;

pub(super) fn section(case: &Case<'_>) -> Markup {
    html! {
        @if let Some(audit) = case.audit {
            section.audit {
                h2 { "Who changed the records, from CloudTrail" }
                pre { (audit_lines(audit).join("\n")) }
            }
        }
    }
}
