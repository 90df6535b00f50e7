//! What `cutover rehearse --html` leaves: one page for all scenarios.

use std::{cell::RefCell, path::Path, rc::Rc};

use super::{
    ExitStatus, Fault, Printer, RunbookArgs,
    report::{unwritable, write_whole},
    source::read,
};
use crate::{
    driver::Observer,
    engine::View,
    journal::Record,
    plan::Plan,
    rehearse::{Played, Row, play, stage},
    report::page::{Case, Rehearsal, Story, rehearsals_html},
    runbook::Runbook,
    sim::Scenario,
};

/// The page that is to be written, as far as it has come.
pub(super) struct Gallery<'a> {
    path: &'a Path,
    runs: Vec<Rehearsed>,
}

/// One scenario that was played.
struct Rehearsed {
    about: String,
    row: Row,
    plan: Option<Plan>,
    problems: Vec<String>,
    story: Story,
    anchor: String,
}

/// Plays a scenario; where a page is wanted, its story is gathered on the way.
///
/// # Errors
/// The driver contradicts itself: a bug.
pub(super) fn played<O: Observer + Clone>(
    (runbook, scenario, seed): (&Runbook, &Scenario, u64),
    observer: O,
    gallery: Option<&Gallery<'_>>,
) -> Result<(Played, Option<Story>), Fault> {
    let stage = stage(std::slice::from_ref(runbook));
    let bug = |error| Fault::of(ExitStatus::Bug, &error);
    if gallery.is_none() {
        let played = play(runbook, stage, scenario.clone(), seed, &observer).map_err(bug)?;
        return Ok((played, None));
    }
    let telling = Telling { story: Rc::default(), inner: observer };
    let played = play(runbook, stage, scenario.clone(), seed, &telling).map_err(bug)?;
    let story = telling.story.take();
    Ok((played, Some(story)))
}

impl<'a> Gallery<'a> {
    /// Returns an empty page.
    pub(super) fn new(path: &'a Path) -> Self {
        Self { path, runs: Vec::new() }
    }

    /// Adds what was played.
    pub(super) fn add(
        &mut self,
        row: &Row,
        scenario: &Scenario,
        (played, story): (&Played, Story),
    ) {
        self.runs.push(Rehearsed {
            about: scenario.description.clone(),
            row: row.clone(),
            plan: played.plan.clone(),
            problems: played.problems.clone(),
            story,
            anchor: format!("s{}-", self.runs.len() + 1),
        });
    }

    /// Writes the page and says where it is.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn write(
        &self,
        runbook: &Runbook,
        (args, seed): (&RunbookArgs, u64),
        printer: &mut Printer,
    ) -> Result<(), Fault> {
        let text = read(&args.runbook).ok().map(|source| source.text);
        let all: Vec<Rehearsal<'_>> =
            self.runs.iter().map(|run| run.told(self.runs.len() == 1)).collect();
        let page = rehearsals_html(&runbook.name, seed, text.as_deref(), &all);
        write_whole(self.path, page.as_bytes()).map_err(|error| unwritable(self.path, &error))?;
        printer.note(&format!("report: {}", self.path.display()));
        Ok(())
    }
}

impl Rehearsed {
    fn told(&self, alone: bool) -> Rehearsal<'_> {
        let Self { about, row, plan, problems, story, anchor } = self;
        let plan = plan.as_ref();
        Rehearsal {
            scenario: &row.scenario,
            about,
            outcome: &row.outcome,
            highest: row.highest_share,
            minutes_to_detect: row.minutes_to_detect,
            seconds_to_roll_back: row.seconds_to_roll_back,
            failed_requests: row.failed_requests,
            as_expected: row.as_expected,
            verdict: &row.verdict,
            case: Case { story, plan, runbook: None, audit: None, alive: false, anchor, alone },
            problems,
        }
    }
}

/// Gathers a rehearsal's story, and shows it to whoever watches as well.
#[derive(Clone)]
struct Telling<O> {
    story: Rc<RefCell<Story>>,
    inner: O,
}

impl<O: Observer> Observer for Telling<O> {
    fn record(&mut self, record: &Record) {
        self.story.borrow_mut().take_in(record);
        self.inner.record(record);
    }

    fn shows_views(&self) -> bool {
        self.inner.shows_views()
    }

    fn view(&mut self, view: &View) {
        self.inner.view(view);
    }

    fn notice(&mut self, text: &str) {
        self.inner.notice(text);
    }
}
