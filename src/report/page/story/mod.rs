//! A run as a report tells it: everything that the page says of it, gathered from its records in one pass.
//!
//! A journal may have a hundred thousand records. Of each only what the page shows is kept, and where there may be very
//! many of one kind, the first and the last of them. Nothing here knows HTML, and the plan is not needed either: whoever renders
//! the story brings it along.

mod between;
mod deeds;
mod end;
mod marks;
mod minutes;
mod steps;
mod told;
mod writes;

pub(super) use between::{Between, What};
pub(super) use deeds::Deed;
pub(super) use end::{Back, End};
pub(super) use marks::{Mark, Meaning};
pub(super) use minutes::{Minutes, Point};
pub(super) use steps::{How, Judged, Step};
pub(super) use told::Told;
pub(super) use writes::{Change, Fate, Write, Writes};

use self::steps::Steps;
use crate::{
    engine::Event,
    gate::Finding,
    journal::Record,
    plan::{Gates, Mode},
    unit::{RunId, Share, SignedDuration, Timestamp},
};

/// Most entries of one kind that are kept where there is no natural end to them.
const MOST: usize = 2_000;
/// A run that is driven records something every few minutes.
const QUIET: SignedDuration = SignedDuration::from_mins(30);

/// What a run's records tell. Show it every record in order with [`Story::take_in`].
#[derive(Debug, Clone, Default)]
pub struct Story {
    /// The run; nothing before its first record.
    pub(super) run: Option<RunId>,
    /// Name of the runbook.
    pub(super) runbook: String,
    /// Environment that it ran in.
    pub(super) environment: Option<String>,
    /// How it differs from a run that moves production.
    pub(super) mode: Mode,
    /// Entries of the runbook's `steps`.
    pub(super) entries: usize,
    /// Record pairs that move.
    pub(super) pairs: usize,
    /// Versions of cutover that drove it, with the moment from which on they did.
    pub(super) versions: Vec<(Timestamp, String)>,
    /// When its first record was made.
    pub(super) began: Option<Timestamp>,
    /// When its last one was.
    pub(super) last: Option<Timestamp>,
    /// Times in which nothing was recorded, because no process drove it.
    pub(super) quiet: Vec<(Timestamp, Timestamp)>,
    /// Records in its journal.
    pub(super) records: u64,
    /// Whether it got past the preflight.
    pub(super) passed_preflight: bool,
    /// What the preflight found worth a second thought.
    pub(super) hazards: Vec<String>,
    /// Why the preflight refused.
    pub(super) problems: Vec<String>,
    /// How it ended, as far as it has.
    pub(super) end: End,
    /// Ways back that were begun, in order.
    pub(super) backs: Vec<Back>,
    /// The steps that were begun.
    pub(super) steps: Steps,
    /// What was written, and what was there before and after.
    pub(super) writes: Writes,
    /// Minutes of metrics.
    pub(super) minutes: Minutes,
    /// Shares that were read back from the zone, and when.
    pub(super) shares: Vec<(Timestamp, Share)>,
    /// What people did.
    pub(super) deeds: Vec<Deed>,
    /// Approvals, commands and windows.
    pub(super) between: Vec<Between>,
    /// What is marked in the charts.
    pub(super) marks: Vec<Mark>,
    /// Breaches, in order.
    pub(super) breaches: Vec<(Timestamp, Finding)>,
    /// Warnings, counted.
    pub(super) warnings: usize,
    /// Gates as they were changed on the way.
    pub(super) tuned: Vec<(Timestamp, Gates)>,
    /// Times that another process went on with the run.
    pub(super) resumes: usize,
    /// Everything that means something, in words.
    pub(super) told: Told,
}

impl Story {
    /// Returns the story of these records.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut story = Self::default();
        records.into_iter().for_each(|record| story.take_in(record));
        story
    }

    /// Takes in the run's next record.
    pub fn take_in(&mut self, record: &Record) {
        let at = record.at;
        self.run.get_or_insert_with(|| record.run.clone());
        self.began.get_or_insert(at);
        if let Some(last) = self.last.filter(|last| at.duration_since(*last) > QUIET) {
            keep(&mut self.quiet, Some((last, at)));
        }
        self.last = Some(at);
        self.records += 1;
        self.told.take_in(record);
        self.writes.take_in(at, &record.event);
        self.steps.take_in(at, &record.event);
        keep(&mut self.deeds, Deed::of(at, &record.event));
        Mark::take_in(&mut self.marks, at, &record.event);
        Between::take_in(&mut self.between, at, &record.event);
        Back::take_in(&mut self.backs, at, &record.event);
        self.facts(at, &record.event);
    }

    fn facts(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::RunStarted { runbook, environment, steps, records, version, mode, .. } => {
                self.mode = *mode;
                self.runbook.clone_from(runbook);
                self.environment.clone_from(environment);
                (self.entries, self.pairs) = (*steps, *records);
                self.versions.push((at, version.clone()));
            }
            Event::Resumed { version, .. } => self.resumed(at, version),
            Event::PreflightPassed { hazards } => {
                self.passed_preflight = true;
                self.hazards.clone_from(hazards);
            }
            Event::PreflightFailed { problems } => {
                self.problems.clone_from(problems);
                self.end = End::Refused;
            }
            Event::WeightsWritten { share, .. } => keep(&mut self.shares, Some((at, *share))),
            Event::MetricsRead { rows, .. } => self.minutes.read(rows),
            Event::MinuteJudged { minute, findings } => self.minutes.judged(*minute, findings),
            Event::Breached { finding, .. } => {
                keep(&mut self.breaches, Some((at, finding.clone())));
            }
            Event::Warned { .. } => self.warnings += 1,
            Event::Tuned { gates, .. } => {
                keep(&mut self.tuned, Some((at, Gates::clone(gates))));
            }
            Event::RunCompleted { share } => self.end = End::Completed(*share),
            Event::RollbackStarted { .. } => self.end = End::GoingBack,
            Event::RolledBack { .. } => self.end = End::RolledBack,
            Event::Stopped { reason } => self.end = End::Stopped(reason.clone()),
            Event::Drifted { differences } => self.end = End::Drifted(differences.len()),
            Event::Fenced { why, .. } => self.end = End::Fenced(why.clone()),
            Event::Stuck { why } => self.end = End::Stuck(why.clone()),
            Event::LockTaken { .. }
            | Event::LockReleased { .. }
            | Event::LockLeft { .. }
            | Event::Prepared { .. }
            | Event::StepStarted { .. }
            | Event::WriteStarted { .. }
            | Event::WriteAccepted { .. }
            | Event::WriteFailed { .. }
            | Event::ProtectionsRemoved { .. }
            | Event::RecordsRead { .. }
            | Event::InSync { .. }
            | Event::ChangeLost { .. }
            | Event::Settled { .. }
            | Event::Held { .. }
            | Event::WindowClosed { .. }
            | Event::ApprovalAsked { .. }
            | Event::Approved { .. }
            | Event::Paused(_)
            | Event::Unpaused(_)
            | Event::Skipped { .. }
            | Event::Aborted(_)
            | Event::CommandStarted { .. }
            | Event::CommandEnded { .. }
            | Event::StepPassed { .. } => {}
        }
    }

    fn resumed(&mut self, at: Timestamp, version: &str) {
        self.resumes += 1;
        self.end = End::Open;
        if self.versions.last().is_none_or(|(_, known)| known != version) {
            keep(&mut self.versions, Some((at, version.to_owned())));
        }
    }

    /// Returns the highest share that was read back from the zone.
    pub(super) fn highest(&self) -> Share {
        self.shares.iter().map(|(_, share)| *share).max().unwrap_or(Share::ZERO)
    }

    /// Returns the gates as they were at a moment, beginning with those of the plan.
    pub(super) fn gates_at<'a>(&'a self, of_plan: &'a Gates, at: Timestamp) -> &'a Gates {
        let before = self.tuned.iter().take_while(|(since, _)| *since <= at);
        before.last().map_or(of_plan, |(_, gates)| gates)
    }
}

/// Keeps one more, unless there are too many already.
fn keep<T>(all: &mut Vec<T>, one: Option<T>) {
    if all.len() < MOST {
        all.extend(one);
    }
}
