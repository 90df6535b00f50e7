//! A run as a page to keep: one HTML file without network and scripts, for the change ticket and the post-mortem, and the
//! same in short as Markdown for a pull request.
//!
//! [`Story`] gathers the records in one pass; a [`Case`] is a story with its plan and its runbook; each file here renders
//! one part of it. Whatever text comes from outside is escaped twice over: `maud` writes every value as text, and the whole page
//! goes through [`clean_lines`], which leaves no character in it that a browser or a terminal would obey. The page's own policy
//! forbids it to load or to run anything.

mod audit;
mod between;
mod chart;
mod facts;
mod figures;
mod gates;
mod ink;
mod log;
mod markdown;
mod masked;
mod numbers;
mod outcome;
mod people;
mod records;
mod rehearsals;
mod scale;
mod setting;
mod steps;
mod story;
#[cfg(test)]
mod tests;
mod unexercised;
mod writes;

pub use markdown::markdown;
pub use rehearsals::{Rehearsal, rehearsals_html};
pub use story::Story;

use maud::{DOCTYPE, Markup, html};

use self::outcome::Outcome;
use super::clean_lines;
use crate::{
    audit::Audit,
    plan::{Mode, Plan},
    unit::{RunId, Timestamp},
};

/// A run, and what belongs to it.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// What its records tell.
    pub story: &'a Story,
    /// Its plan, where one could be made and read.
    pub plan: Option<&'a Plan>,
    /// The runbook's file as it was when the run began.
    pub runbook: Option<&'a [u8]>,
    /// Who changed its records meanwhile, where somebody has asked CloudTrail.
    pub audit: Option<&'a Audit>,
    /// Whether a process drives it at this moment.
    pub alive: bool,
    /// What its anchors begin with: a page with several runs has one for each.
    pub anchor: &'a str,
    /// Whether it is the only one on its page.
    pub alone: bool,
}

impl Case<'_> {
    /// Returns the run's id.
    fn run(&self) -> String {
        self.story.run.as_ref().map_or_else(|| "no run".to_owned(), RunId::to_string)
    }

    /// Returns true where nothing was written, and everything else was done.
    fn is_dry(&self) -> bool {
        self.story.mode == Mode::DryRun
    }

    /// Returns what it is called, such as `api in production`.
    fn name(&self) -> String {
        let place = self.story.environment.as_ref();
        let place = place.map_or(String::new(), |name| format!(" in {name}"));
        format!("{}{place}", self.story.runbook)
    }

    /// Returns the moment from which times are seen: those of other days say which day.
    fn began(&self) -> Timestamp {
        self.story.began.unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Returns the time of day in UTC, with the date where it is not that of the beginning.
    fn clock(&self, at: Timestamp) -> String {
        super::line::clock_seen_from(self.began(), at)
    }
}

/// Returns the report of a run as one HTML file.
pub fn html(case: &Case<'_>) -> String {
    let outcome = Outcome::of(case);
    let title = format!("{}: {} ({})", outcome.word, case.name(), case.run());
    page(&title, &body(case, &outcome))
}

/// Returns the report's sections.
fn body(case: &Case<'_>, outcome: &Outcome) -> Markup {
    html! {
        (outcome::banner(case, outcome))
        (facts::section(case))
        (figures::section(case))
        (steps::section(case))
        (people::section(case))
        (between::section(case))
        (writes::section(case))
        (audit::section(case))
        (unexercised::section(case))
        (log::section(case))
        (gates::section(case))
        (records::section(case))
        (setting::section(case))
    }
}

/// Returns a whole page with this title.
fn page(title: &str, body: &Markup) -> String {
    // The policy lets the page use its own style and nothing else, whatever stands in it.
    let policy =
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (maud::PreEscaped(include_str!("style.css"))) }
            }
            body { main { (body) } }
        }
    };
    clean_lines(&page.into_string()).into_owned()
}
