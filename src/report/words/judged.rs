//! What the gates said and what follows from it.

use super::sentence;
use crate::{
    engine::Tuning,
    gate::Finding,
    report::{Line, Rank, Tone, line::clock_seen_from},
    unit::{Minute, Share, Timestamp},
};

pub(in crate::report) fn minute_judged(
    at: Timestamp,
    minute: Minute,
    findings: &[Finding],
) -> Line {
    let verdicts: Vec<String> =
        findings.iter().map(|finding| format!("{} {}", finding.gate, finding.verdict())).collect();
    let verdicts = if verdicts.is_empty() { "no gates".to_owned() } else { verdicts.join(", ") };
    Line::new(at, format!("minute {minute}: {verdicts}")).ranked(Rank::Verbose)
}

pub(in crate::report) fn warned(at: Timestamp, finding: &Finding, next: &str) -> Line {
    sentence(at, &format!("warning: {}: ", finding.gate), &finding.why)
        .toned(Tone::Warning)
        .details(then(next))
}

pub(in crate::report) fn breached(at: Timestamp, finding: &Finding, next: &str) -> Line {
    sentence(at, &format!("BREACH: {}: ", finding.gate), &finding.why)
        .ranked(Rank::Essential)
        .toned(Tone::Bad)
        .details(then(next))
}

pub(in crate::report) fn held(at: Timestamp, why: &str, until: Timestamp, next: &str) -> Line {
    let until = clock_seen_from(at, until);
    sentence(at, &format!("holding until {until} at the latest: "), why)
        .toned(Tone::Warning)
        .details(then(next))
}

pub(in crate::report) fn tuned(
    at: Timestamp,
    changes: &[Tuning],
    loosens: bool,
    why: &str,
    by: &str,
) -> Line {
    let tone = if loosens { Tone::Warning } else { Tone::Plain };
    let what = if loosens { "limits loosened" } else { "limits changed" };
    let change = |Tuning { limit, from, to }: &Tuning| match from {
        Some(from) => format!("{limit}: {from} -> {to}"),
        None => format!("{limit}: none -> {to}"),
    };
    // Somebody did it, and everybody should know.
    Line::new(at, format!("{what} by {by}: {why}"))
        .ranked(Rank::Essential)
        .toned(tone)
        .details(changes.iter().map(change))
        .detail("all minutes of the run are judged again by them")
}

/// `what` is what was seen, and what happens next.
pub(in crate::report) fn step_passed(
    at: Timestamp,
    step: usize,
    share: Share,
    proven: bool,
    what: (&str, &str),
) -> Line {
    let (why, next) = what;
    let (how, tone) = if proven { ("", Tone::Good) } else { (", unproven", Tone::Warning) };
    sentence(at, &format!("step {step} passed at {share}{how}: "), why)
        .toned(tone)
        .details(then(next))
}

/// Returns the lines that say what happens next; journals of older versions do not.
fn then(next: &str) -> impl Iterator<Item = String> {
    let clauses = next.split("; ").filter(|clause| !clause.is_empty()).enumerate();
    clauses.map(|(at, clause)| match at {
        0 => format!("next: {clause}"),
        _ => format!("      {clause}"),
    })
}
