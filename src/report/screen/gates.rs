//! What each gate says, in words.

use std::cmp::Reverse;

use super::{
    Look,
    row::{Row, Weight, wrapped},
};
use crate::{
    gate::{Finding, Verdict},
    report::Tone,
};

/// Gates whose reasons are shown where they do not pass; a screen that grows with every gate would push the lines above it
/// away.
const REASONS_SHOWN: usize = 5;

/// Returns a line for every gate, the worst first, and one for all that pass where there are many.
pub(super) fn rows(findings: &[Finding], look: &Look) -> Vec<Row> {
    let (passing, mut open): (Vec<&Finding>, Vec<&Finding>) =
        findings.iter().partition(|finding| finding.verdict() == Verdict::Pass);
    open.sort_by_key(|finding| Reverse(finding.verdict()));
    let mut rows: Vec<Row> =
        open.iter().take(REASONS_SHOWN).flat_map(|finding| with_reason(finding, look)).collect();
    if open.len() > REASONS_SHOWN {
        let more = format!("and {} more that do not pass", open.len() - REASONS_SHOWN);
        rows.push(look.row(Weight::Much, Tone::Plain, "").add(Tone::Plain, more));
    }
    if rows.len() + passing.len() <= REASONS_SHOWN {
        rows.extend(passing.iter().map(|finding| row(finding, look)));
    } else if !passing.is_empty() {
        let names: Vec<&str> = passing.iter().map(|finding| &*finding.gate).collect();
        let row = look.row(Weight::Little, Tone::Good, "pass");
        rows.push(row.add(Tone::Plain, names.join(", ")));
    }
    rows
}

/// Returns a finding in one line; in two where somebody will want to know more of it.
fn with_reason(finding: &Finding, look: &Look) -> Vec<Row> {
    let room = look.columns.saturating_sub(look.label() + 1);
    let lines = wrapped(&format!("{}: {}", finding.gate, finding.why), room);
    match &lines[..] {
        [first, _, ..] if finding.verdict() >= Verdict::Warn => {
            let rest = lines[1..].join(" ");
            let below = look.row(Weight::Some, Tone::Plain, "").add(Tone::Plain, rest);
            vec![labelled(finding.verdict(), look).add(Tone::Plain, first), below]
        }
        _ => vec![row(finding, look)],
    }
}

fn row(finding: &Finding, look: &Look) -> Row {
    labelled(finding.verdict(), look).add(Tone::Plain, format!("{}: {}", finding.gate, finding.why))
}

fn labelled(verdict: Verdict, look: &Look) -> Row {
    let (label, tone, weight) = match verdict {
        Verdict::Pass => ("pass", Tone::Good, Weight::Little),
        Verdict::Unknown => ("unknown", Tone::Plain, Weight::Some),
        Verdict::Warn => ("warn", Tone::Warning, Weight::Much),
        Verdict::Breach => ("BREACH", Tone::Bad, Weight::Most),
    };
    look.row(weight, tone, label)
}
