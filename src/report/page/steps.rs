//! Each step, and what the gates said in it, with their numbers.

use maud::{Markup, html};

use super::{
    Case, numbers,
    story::{How, Judged, Step},
};
use crate::{
    gate::{
        Finding, Verdict,
        words::{count, percent},
    },
    report::words as say,
    unit::{Minute, Share, Side, SignedDuration, Timestamp, words},
};

pub(super) fn section(case: &Case<'_>) -> Markup {
    let steps = case.story.steps.all();
    html! {
        section.steps-told {
            h2 { "Steps and verdicts" }
            @if steps.is_empty() { p.none { "No step was begun." } }
            @for step in steps { (one(case, step)) }
            (never_begun(case))
        }
    }
}

impl How {
    /// Returns true for a step that passed although nothing was shown.
    pub(super) fn is_unproven(&self) -> bool {
        matches!(self, Self::Passed { proven: false, .. })
    }

    /// Returns it in words, and their style.
    pub(super) fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::Going => ("not over", "wait"),
            Self::Passed { proven: true, .. } => ("passed", "good"),
            Self::Passed { proven: false, .. } => ("passed, unproven", "warn"),
            Self::WentBack => ("went back", "bad"),
        }
    }
}

fn one(case: &Case<'_>, step: &Step) -> Markup {
    let (word, class) = step.how.words();
    let until = step.ended.or(case.story.last).unwrap_or(step.began);
    html! {
        article.step {
            h3 {
                "Step " (step.number) @if let Some(wave) = &step.wave { ", wave " (wave) } ": " (step.share) " to new "
                span.badge.(class) { (word) }
            }
            p.times {
                @for (at, (name, value)) in times(case, step).into_iter().enumerate() {
                    @if at > 0 { span.sep { " · " } }
                    span.pair { span.name { (name) } " " span.value { (value) } }
                }
            }
            p.times {
                (traffic(case, "new", Side::New, step.began, until))
                span.sep { " · " }
                (traffic(case, "legacy", Side::Legacy, step.began, until))
            }
            @if let Some(why) = why(step) { p.why { (sentence(why)) } }
            @if let Some((why, times)) = &step.held {
                p.why { "Held" @if *times > 1 { ", " (times) " times, last" } ": " (sentence(why)) }
            }
            @if step.gates.is_empty() {
                p.none { "The gates were not judged in this step." }
            } @else {
                div.gates {
                    @for judged in &step.gates { (gate(judged)) }
                }
            }
        }
    }
}

/// Returns why a step passed, unless a gate's own last word says the same.
fn why(step: &Step) -> Option<&str> {
    let How::Passed { why, .. } = &step.how else { return None };
    let is_said = |judged: &Judged| why.ends_with(&judged.last.why);
    (!step.gates.iter().any(is_said)).then_some(why.as_str())
}

fn times(case: &Case<'_>, step: &Step) -> Vec<(&'static str, String)> {
    let at =
        |at: Option<Timestamp>| at.map_or_else(|| "not reached".to_owned(), |at| case.clock(at));
    let mut times = vec![
        ("weights", step.weights.to_string()),
        ("began", case.clock(step.began)),
        ("written", at(step.written)),
        ("settled", at(step.settled)),
        ("over", at(step.ended)),
    ];
    let watched = step.settled.map(|settled| {
        let until = step.ended.or(case.story.last).unwrap_or(settled);
        let whole = SignedDuration::from_secs(until.duration_since(settled).as_secs());
        format!("{} of {}", words(whole), words(step.hold))
    });
    times.push(("watched", watched.unwrap_or_else(|| format!("0s of {}", words(step.hold)))));
    times
}

/// Returns what a side served from one moment to another.
fn traffic(case: &Case<'_>, name: &str, side: Side, from: Timestamp, to: Timestamp) -> Markup {
    let (first, last) = (Minute::starting_from(from), Minute::containing(to).offset(-1));
    let (requests, errors) = case.story.minutes.sum(side, first, last);
    html! {
        span.pair {
            span.name { (name) } " "
            span.value {
                @if requests > 0.0 {
                    (count(requests)) " requests, " (count(errors)) " failed (" (percent(errors / requests)) ")"
                } @else { "no requests measured" }
            }
        }
    }
}

/// Returns one gate's last word, and its worst where that was another.
fn gate(judged: &Judged) -> Markup {
    let (minute, worst) = &judged.worst;
    let was_worse = worst.verdict() > judged.last.verdict() && worst.verdict() >= Verdict::Warn;
    html! {
        div.gate {
            div.verdict { (chip(judged.last.verdict())) " " b { (judged.last.gate) } }
            div.said {
                (finding(&judged.last))
                @if was_worse {
                    div.worst {
                        (chip(worst.verdict())) " in the minute of " time { (minute) } ": " (finding(worst))
                    }
                }
                div.counts { (counts(judged)) }
            }
        }
    }
}

fn counts(judged: &Judged) -> String {
    let names = ["pass", "unknown", "warn", "breach"];
    let counted = names.iter().zip(judged.counts).filter(|(_, count)| *count > 0);
    let counted: Vec<String> = counted.map(|(name, count)| format!("{name} {count}")).collect();
    let all = judged.counts.iter().sum::<u32>();
    format!("judged {}: {}", say::count(all as usize, "time"), counted.join(", "))
}

/// Returns what a gate says, with the numbers behind it.
fn finding(finding: &Finding) -> Markup {
    html! {
        span.why { (sentence(&finding.why)) }
        ul.numbers {
            @for (name, value) in numbers::of_finding(finding) {
                li { span.name { (name) } " " b { (value) } }
            }
        }
    }
}

fn chip(verdict: Verdict) -> Markup {
    let class = match verdict {
        Verdict::Pass => "good",
        Verdict::Unknown => "wait",
        Verdict::Warn => "warn",
        Verdict::Breach => "bad",
    };
    html! { span.badge.(class) { (verdict) } }
}

/// Returns the text with a capital at its beginning and a full stop at its end.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let Some(first) = letters.next() else { return String::new() };
    let end = if text.ends_with(['.', '!', '?', ':']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), letters.as_str())
}

fn never_begun(case: &Case<'_>) -> Markup {
    let missing = unreached(case);
    html! {
        @if !missing.is_empty() {
            p.none {
                "Never begun: "
                @for (at, (number, share)) in missing.iter().enumerate() {
                    @if at > 0 { ", " } "step " (number) " (" (share) ")"
                }
                "."
            }
        }
    }
}

/// Returns the steps of the plan that were never begun: their numbers and shares.
pub(super) fn unreached(case: &Case<'_>) -> Vec<(usize, Share)> {
    let Some(plan) = case.plan else { return Vec::new() };
    let begun = |shift: usize| case.story.steps.all().iter().any(|step| step.shift == shift);
    let missing = plan.shifts.iter().enumerate().filter(|(shift, _)| !begun(*shift));
    missing.map(|(_, shift)| (shift.step, shift.share)).collect()
}
