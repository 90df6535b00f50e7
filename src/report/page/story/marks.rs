//! What is marked in the charts.

use super::keep;
use crate::{engine::Event, unit::Timestamp};

/// One mark at a moment.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report::page) struct Mark {
    /// When; of several alike, the first.
    pub(in crate::report::page) at: Timestamp,
    /// Of several alike in a row, how many there were, and when the last was.
    pub(in crate::report::page) times: usize,
    pub(in crate::report::page) last: Timestamp,
    /// In few words.
    pub(in crate::report::page) what: String,
    /// What kind.
    pub(in crate::report::page) meaning: Meaning,
}

/// Kinds of marks, from the one that matters least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::report::page) enum Meaning {
    /// The run waits, or its process stopped or began.
    Wait,
    /// As hoped.
    Good,
    /// A person did something.
    Person,
    /// Somebody should look.
    Warning,
    /// Not as hoped.
    Bad,
}

impl Mark {
    /// Returns the mark of an event, where it has one.
    fn of(at: Timestamp, event: &Event) -> Option<Self> {
        let (what, meaning) = match event {
            Event::Warned { finding, .. } => {
                (format!("warning of {}", finding.gate), Meaning::Warning)
            }
            Event::Breached { finding, .. } => {
                (format!("breach of {}", finding.gate), Meaning::Bad)
            }
            Event::Held { .. } => ("held".to_owned(), Meaning::Wait),
            Event::RollbackStarted { .. } => ("going back".to_owned(), Meaning::Bad),
            Event::RolledBack { .. } => ("back at the baseline".to_owned(), Meaning::Good),
            Event::Tuned { loosens: true, .. } => ("limits loosened".to_owned(), Meaning::Person),
            Event::Tuned { .. } => ("limits changed".to_owned(), Meaning::Person),
            Event::Drifted { .. } => ("records changed by others".to_owned(), Meaning::Bad),
            Event::Fenced { .. } => ("the zone was taken".to_owned(), Meaning::Bad),
            Event::Stopped { .. } => ("stopped".to_owned(), Meaning::Wait),
            Event::Resumed { .. } => ("resumed".to_owned(), Meaning::Wait),
            Event::Stuck { .. } => ("stuck".to_owned(), Meaning::Bad),
            Event::WriteFailed { .. } => ("a write failed".to_owned(), Meaning::Warning),
            Event::RunCompleted { .. } => ("completed".to_owned(), Meaning::Good),
            Event::PreflightFailed { .. } => ("refused".to_owned(), Meaning::Bad),
            Event::WindowClosed { .. } => ("waits for a window".to_owned(), Meaning::Wait),
            Event::ApprovalAsked { .. } => ("approval asked for".to_owned(), Meaning::Wait),
            Event::Approved { .. } => ("approved".to_owned(), Meaning::Person),
            Event::Paused(_) => ("paused".to_owned(), Meaning::Person),
            Event::Unpaused(_) => ("unpaused".to_owned(), Meaning::Person),
            Event::Skipped { .. } => ("skipped".to_owned(), Meaning::Person),
            Event::Aborted(_) => ("aborted".to_owned(), Meaning::Person),
            Event::CommandEnded { failure: Some(_), hook, .. } => {
                (format!("command {} failed", hook.name()), Meaning::Warning)
            }
            Event::CommandStarted { .. }
            | Event::CommandEnded { .. }
            | Event::RunStarted { .. }
            | Event::LockTaken { .. }
            | Event::LockReleased { .. }
            | Event::LockLeft { .. }
            | Event::PreflightPassed { .. }
            | Event::Prepared { .. }
            | Event::StepStarted { .. }
            | Event::WriteStarted { .. }
            | Event::WriteAccepted { .. }
            | Event::ProtectionsRemoved { .. }
            | Event::RecordsRead { .. }
            | Event::WeightsWritten { .. }
            | Event::InSync { .. }
            | Event::ChangeLost { .. }
            | Event::Settled { .. }
            | Event::MetricsRead { .. }
            | Event::MinuteJudged { .. }
            | Event::StepPassed { .. } => return None,
        };
        Some(Self { at, times: 1, last: at, what, meaning })
    }

    /// Adds the mark of an event, where it has one. The same again and again is one mark: a warning may come and go for days.
    pub(super) fn take_in(all: &mut Vec<Self>, at: Timestamp, event: &Event) {
        let Some(mark) = Self::of(at, event) else { return };
        let alike = |last: &&mut Self| last.what == mark.what && last.meaning == mark.meaning;
        match all.last_mut().filter(alike) {
            Some(last) => {
                last.times += 1;
                last.last = at;
            }
            None => keep(all, Some(mark)),
        }
    }
}
