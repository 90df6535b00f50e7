//! One page for all scenarios of a rehearsal.

use maud::{Markup, html};

use super::{Case, body, outcome::Outcome, page, setting};
use crate::{gate::words::count, report::words as say, unit::Share};

/// One scenario that was played.
#[derive(Debug, Clone)]
pub struct Rehearsal<'a> {
    /// Its name.
    pub scenario: &'a str,
    /// What happens in it.
    pub about: &'a str,
    /// How the run ended, in one or two words.
    pub outcome: &'a str,
    /// Highest share that was set.
    pub highest: Share,
    /// Minutes from the first fault to the first sign of it.
    pub minutes_to_detect: Option<f64>,
    /// Seconds from the breach to the re-read baseline.
    pub seconds_to_roll_back: Option<f64>,
    /// Requests that failed because of the cutover.
    pub failed_requests: u64,
    /// Whether it ended as it should.
    pub as_expected: bool,
    /// The same in words.
    pub verdict: &'a str,
    /// The run itself; one that was refused has no records.
    pub case: Case<'a>,
    /// Why no plan could be made.
    pub problems: &'a [String],
}

/// Returns the report of a whole rehearsal as one HTML file. `name` is the runbook's, `runbook` its file.
pub fn rehearsals_html(
    name: &str,
    seed: u64,
    runbook: Option<&[u8]>,
    all: &[Rehearsal<'_>],
) -> String {
    let bad = all.iter().filter(|one| !one.as_expected).count();
    let (word, tone) = if bad == 0 { ("Protected", "good") } else { ("Not protected", "bad") };
    let sentence = match (bad, all.len()) {
        (0, 1) => "The scenario ended as it should.".to_owned(),
        (0, count) => format!("All {count} scenarios ended as they should."),
        (bad, count) => {
            format!("{bad} of {} did not end as it should.", say::count(count, "scenario"))
        }
    };
    let content = html! {
        header.banner.(tone) {
            p.kicker { "cutover rehearsal" span.sep { " · " } (name) span.sep { " · " } "seed " (seed) }
            h1 { span.badge.(tone) { (word) } " " (sentence) }
            p.more { "Invented traffic, faults and clocks; the engine, the gates and the driver are those of a real run." }
            @if all.iter().filter_map(|one| one.case.plan).any(|plan| !plan.all_datadog().is_empty()) {
                p.more { "Never exercised: Datadog. It was not asked, and its gates were taken to pass." }
            }
        }
        section.scenarios {
            h2 { "Scenarios" }
            (table(all))
        }
        section.runs {
            h2 { "Run by run" }
            @for one in all { (told(one)) }
        }
        @if let Some(text) = runbook {
            section.setting {
                h2 { "The runbook as it was" }
                p.note { "SHA-256 " (setting::sha256(text)) }
                (setting::runbook(text))
            }
        }
    };
    page(&format!("Rehearsal of {name}: {sentence}"), &content)
}

fn table(all: &[Rehearsal<'_>]) -> Markup {
    let heads = [
        "scenario",
        "end",
        "highest share",
        "detected, min",
        "rolled back, s",
        "failed requests",
        "verdict",
    ];
    let figure =
        |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.1}"));
    html! {
        div.scroll {
            table.figures {
                thead { tr { @for head in heads { th { (head) } } } }
                tbody {
                    @for one in all {
                        tr {
                            td { a href={ "#" (one.case.anchor) "run" } { (one.scenario) } }
                            td { (one.outcome) }
                            td.number { (one.highest) }
                            td.number { (figure(one.minutes_to_detect)) }
                            td.number { (figure(one.seconds_to_roll_back)) }
                            td.number { (count(one.failed_requests as f64)) }
                            td { (badge(one)) @if !one.as_expected { " " (one.verdict) } }
                        }
                    }
                }
            }
        }
    }
}

fn badge(one: &Rehearsal<'_>) -> Markup {
    if one.as_expected {
        html! { span.badge.good { "ok" } }
    } else {
        html! { span.badge.bad { "not ok" } }
    }
}

fn told(one: &Rehearsal<'_>) -> Markup {
    let outcome = Outcome::of(&one.case);
    html! {
        details.run open[!one.as_expected || one.case.alone] {
            summary { b { (one.scenario) } " " (badge(one)) " " span.note { (one.outcome) ": " (one.about) } }
            // A browser opens what a link leads into.
            div id={ (one.case.anchor) "run" } {}
            @if one.problems.is_empty() {
                (body(&one.case, &outcome))
            } @else {
                p { "The plan could not be made, and nothing was changed:" }
                ul { @for problem in one.problems { li { (problem) } } }
            }
        }
    }
}
