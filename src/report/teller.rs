//! One line for every event that means something to a person at night, and none for what happens every tick.

use super::{Line, Rank, headway::Headway, live::Live, said::Said, words as say};
use crate::{
    engine::{Event, PairWeights, Position, WriteFailure},
    journal::Record,
    plan::Mode,
    unit::{Share, Timestamp},
};

/// Tells a run's records in words. It remembers of earlier records only what later lines refer to.
#[derive(Debug, Clone)]
pub struct Teller {
    /// Options that `resume` and `rollback` of this run need as well, as typed in a shell, with a space before each.
    options: String,
    steps: Option<usize>,
    step: usize,
    live: Live,
    /// Where the write goes that was begun last.
    target: Option<Position>,
    /// Whether that write may be in the zone, or come to be, without having been read back.
    pending: bool,
    /// Whether a part of it surely or possibly is.
    touched: bool,
    /// Whether somebody else changed records since they were read back, or may have.
    drifted: bool,
    /// What the way back is counted from.
    back_since: &'static str,
    headway: Headway,
    said: Said,
    last: Option<Timestamp>,
    /// Nothing is written in this run.
    dry: bool,
}

impl Teller {
    /// Returns one that has been told nothing. `options` are what `cutover resume` and `cutover rollback` need besides
    /// the run, such as `--state` and its folder.
    pub fn new(options: &[String]) -> Self {
        Self {
            options: options.iter().map(|option| format!(" {}", quoted(option))).collect(),
            steps: None,
            step: 0,
            live: Live::Untouched,
            target: None,
            pending: false,
            touched: false,
            drifted: false,
            back_since: "it began",
            headway: Headway::default(),
            said: Said::default(),
            last: None,
            dry: false,
        }
    }

    /// Returns what there is to say about the next record of the run: nothing for ticks and details, and nothing that
    /// matters less than `least`.
    pub fn tell(&mut self, record: &Record, least: Rank) -> Option<Line> {
        self.replay(record);
        let line = self.line(record).filter(|line| line.rank() >= least)?;
        let line = if self.dry && is_of_a_write(&record.event) { line.unwritten() } else { line };
        self.said.remember(record);
        let day = |at: Timestamp| at.as_second().div_euclid(86_400);
        let same_day = self.last.is_some_and(|last| day(last) == day(record.at));
        self.last = Some(record.at);
        Some(if same_day { line } else { line.opening_a_day() })
    }

    /// Takes in a record that was told before.
    pub fn replay(&mut self, record: &Record) {
        self.remember(&record.event);
    }

    /// Returns how many records are back, such as `600 of 1000 records back`, during a rollback of several batches.
    pub(super) fn headway(&self) -> Option<String> {
        self.headway.words()
    }

    fn remember(&mut self, event: &Event) {
        self.headway.remember(event);
        match event {
            Event::RunStarted { steps, mode, .. } => {
                self.steps = Some(*steps);
                self.dry = *mode == Mode::DryRun;
            }
            Event::StepStarted { step, .. } => self.step = *step,
            Event::WriteStarted { to, pairs, .. } => {
                self.target = Some(*to);
                // A write of the lock alone leaves the records where they are.
                self.pending |= !pairs.is_empty();
            }
            Event::WriteAccepted { .. } => self.touched |= self.pending,
            Event::WriteFailed { failure, .. } => {
                self.touched |= *failure == WriteFailure::Unclear;
                self.pending = self.touched;
            }
            Event::WeightsWritten { position, share, records } => {
                let (position, share, records) = (*position, *share, records.clone());
                self.live = Live::Verified { position, share, records };
                self.pending = false;
                self.touched = false;
                self.drifted = false;
            }
            Event::Drifted { .. } | Event::Fenced { .. } => self.drifted = true,
            Event::RollbackStarted { breached_at, asked, .. } => {
                self.back_since = match (breached_at, asked) {
                    (Some(_), _) => "the breach",
                    (None, Some(_)) => "the request",
                    (None, None) => "it began",
                };
            }
            Event::PreflightPassed { .. }
            | Event::PreflightFailed { .. }
            | Event::LockTaken { .. }
            | Event::LockReleased { .. }
            | Event::LockLeft { .. }
            | Event::ProtectionsRemoved { .. }
            | Event::Prepared { .. }
            | Event::RecordsRead { .. }
            | Event::InSync { .. }
            | Event::ChangeLost { .. }
            | Event::Settled { .. }
            | Event::MetricsRead { .. }
            | Event::MinuteJudged { .. }
            | Event::Warned { .. }
            | Event::Breached { .. }
            | Event::Tuned { .. }
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
            | Event::StepPassed { .. }
            | Event::RolledBack { .. }
            | Event::Stopped { .. }
            | Event::Resumed { .. }
            | Event::Stuck { .. }
            | Event::RunCompleted { .. } => {}
        }
    }

    fn line(&self, record: &Record) -> Option<Line> {
        let at = record.at;
        Some(match &record.event {
            Event::RunStarted { .. } => return say::started(record),
            Event::PreflightPassed { hazards } => say::preflight_passed(at, hazards),
            Event::PreflightFailed { problems } => say::preflight_failed(at, problems),
            Event::Prepared { changed } => say::prepared(at, *changed),
            Event::StepStarted { step, wave, share, weights, hold, .. } => {
                let step = say::StepOf { number: *step, all: self.steps, wave: wave.as_deref() };
                say::step_started(at, step, *share, *weights, *hold)
            }
            Event::LockTaken { zone, .. } if self.target.is_some_and(Position::is_back) => {
                say::locks::taken_from_another(at, zone)
            }
            Event::LockTaken { zone, .. } => say::locks::taken(at, zone),
            Event::LockReleased { zone } => say::locks::released(at, zone),
            Event::LockLeft { zone, why } => say::locks::left(at, zone, why),
            Event::Fenced { holder, why, .. } => {
                say::locks::fenced(record, holder.as_ref(), why, &self.live.words(), &self.options)
            }
            Event::ProtectionsRemoved { zone, records, failure } => {
                say::back::protections_removed(at, zone, records, failure.as_deref())
            }
            // Every write ends in `WeightsWritten` or `WriteFailed`; what is between is for the journal.
            Event::WriteStarted { overwrite: true, pairs, .. } => say::back::overwriting(at, pairs),
            Event::WriteAccepted { .. } => say::back::batch_accepted(at, &self.headway()?),
            Event::WriteStarted { .. } | Event::RecordsRead { .. } => return None,
            Event::WriteFailed { failure, message, retry_at, .. } => {
                say::write_failed(at, &self.write_words(), *failure, message, *retry_at)
            }
            Event::WeightsWritten { position, share, records } => {
                return placed(at, *position, *share, records);
            }
            Event::InSync { .. } => say::in_sync(at),
            Event::ChangeLost { change } => say::change_lost(at, change),
            Event::Settled { hold_until } => say::settled(at, *hold_until),
            Event::MetricsRead { .. } => return None,
            Event::MinuteJudged { minute, findings } => {
                say::judged::minute_judged(at, *minute, findings)
            }
            Event::Warned { finding, next } => say::judged::warned(at, finding, next),
            Event::Breached { finding, next } => say::judged::breached(at, finding, next),
            Event::Tuned { changes, loosens, why, by, .. } => {
                say::judged::tuned(at, changes, *loosens, why, by)
            }
            Event::Held { why, until, next } => say::judged::held(at, why, *until, next),
            Event::WindowClosed { .. }
            | Event::ApprovalAsked { .. }
            | Event::Approved { .. }
            | Event::Paused(_)
            | Event::Unpaused(_)
            | Event::Skipped { .. }
            | Event::Aborted(_)
            | Event::CommandStarted { .. }
            | Event::CommandEnded { .. } => return say::people::line(record),
            Event::StepPassed { step, share, proven, why, next, .. } => {
                say::judged::step_passed(at, *step, *share, *proven, (why, next))
            }
            Event::RollbackStarted { reason, asked, .. } => {
                say::back::started(at, &self.said.shortened(at, reason), asked.as_ref())
            }
            Event::RolledBack { seconds_from_breach, clients_back_by } => {
                self.rolled_back(at, *seconds_from_breach, *clients_back_by)
            }
            Event::Drifted { differences } => {
                self.with_ways_on(say::drifted(at, differences), record)
            }
            Event::Stopped { reason } => self.stopped(record, reason),
            Event::Resumed { version, take_over, .. } => self.resumed(at, version, *take_over),
            Event::Stuck { why } => self.with_ways_on(say::stuck(at, why), record),
            Event::RunCompleted { share } => say::completed(at, *share),
        })
    }

    fn stopped(&self, record: &Record, reason: &str) -> Line {
        let reason = self.said.shortened(record.at, reason);
        self.with_ways_on(say::stopped(record.at, &reason), record)
    }

    fn resumed(&self, at: Timestamp, version: &str, take_over: bool) -> Line {
        say::resumed(at, version, take_over).detail(self.live_words())
    }

    fn rolled_back(&self, at: Timestamp, seconds: f64, clients_back_by: Timestamp) -> Line {
        say::back::done(at, seconds, self.back_since, clients_back_by, self.live.share_left())
    }

    /// Returns the line with what is live and how to go on or back from here.
    fn with_ways_on(&self, line: Line, record: &Record) -> Line {
        let (run, options) = (&record.run, &self.options);
        let line = line
            .detail(format!(
                "{} {}",
                if self.drifted { "left:     " } else { "live:     " },
                self.live_words()
            ))
            .command(format!("go on:     cutover resume {run}{options}"));
        let nothing_to_undo = matches!(self.live, Live::Untouched) && !self.pending;
        if nothing_to_undo {
            line
        } else {
            line.command(format!("roll back: cutover rollback {run}{options}"))
        }
    }

    /// Returns what is in the zone, as far as it is known.
    pub(super) fn live_words(&self) -> String {
        let known = self.live.words();
        let drift = if self.drifted { "; somebody else has changed it since" } else { "" };
        if self.pending {
            let write = self.write_words();
            format!("{known}{drift}; {write} was not read back and may be there too")
        } else {
            format!("{known}{drift}")
        }
    }

    /// Returns the write that was begun last, in words.
    fn write_words(&self) -> String {
        match self.target {
            Some(Position::Prepared) => "the preparing write".to_owned(),
            Some(Position::Shift(_)) => format!("the write of step {}", self.step),
            Some(Position::Finished) => "the finishing write".to_owned(),
            Some(Position::Safe | Position::Baseline) => "the rollback's write".to_owned(),
            None => "a write".to_owned(),
        }
    }
}

/// Returns what is said of records that are where they should be; `Prepared` and `RolledBack` say the rest.
fn placed(
    at: Timestamp,
    position: Position,
    share: Share,
    records: &[PairWeights],
) -> Option<Line> {
    match position {
        Position::Shift(_) => Some(say::weights_written(at, records)),
        Position::Safe => Some(say::back::safe(at, share)),
        Position::Finished => Some(say::finished(at, records)),
        Position::Prepared | Position::Baseline => None,
    }
}

/// Returns true for an event that tells of something in the zones.
fn is_of_a_write(event: &Event) -> bool {
    matches!(
        event,
        Event::LockTaken { .. }
            | Event::LockReleased { .. }
            | Event::Prepared { .. }
            | Event::WeightsWritten { .. }
            | Event::ProtectionsRemoved { .. }
            | Event::RolledBack { .. }
    )
}

/// Returns the text as a shell takes it for one word.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
