//! The states of a run.

use crate::{
    engine::{LockChange, Position},
    plan::ZoneId,
    unit::{SignedDuration, Timestamp},
};

/// What the run is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nothing has been recorded.
    Blank,
    /// The plan is accepted, the preflight is not.
    Starting,
    /// The records are on their way to a position.
    Placing { to: Position, since: Timestamp },
    /// The records are where they should be; Route 53's servers are following.
    Syncing { at: Position, since: Timestamp },
    /// Everything is ready for the next shift, from this moment on.
    Ready { next: usize, from: Timestamp },
    /// Clients and metrics are following.
    Settling { shift: usize, until: Timestamp },
    /// The step is watched.
    Holding { shift: usize, began: Timestamp, until: Timestamp },
    /// The last step has passed.
    Finishing,
    /// The baseline is back and read; the event that says so is due.
    Returned,
    /// The last word is said; the zones' locks are released, from this moment on.
    Unlocking { ending: Ending, from: Timestamp },
    /// Over.
    Ended(Ending),
}

/// How a run can be over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All steps are done.
    Completed,
    /// The baseline is back.
    RolledBack,
    /// The preflight spoke against beginning.
    Refused,
}

/// Why a process does not go on with a run that is not over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halt {
    /// It was stopped, or somebody else changed a record; it can be resumed.
    Stopped,
    /// Somebody else holds a zone's lock.
    Fenced,
    /// Only a person can go on.
    Stuck,
}

/// How a process leaves a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The run is over.
    Ended(Ending),
    /// The run can be resumed.
    Halted(Halt),
}

/// One batch between its announcement and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flight {
    pub(super) write: u32,
    pub(super) to: Position,
    pub(super) zone: ZoneId,
    pub(super) pairs: Vec<usize>,
    pub(super) lock: LockChange,
    pub(super) overwrite: bool,
}

/// A hold that was not planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) why: String,
    pub(super) until: Timestamp,
}

impl Phase {
    /// Returns where the records are on their way to, and since when, while they are.
    pub(super) fn placing(self) -> Option<(Position, Timestamp)> {
        if let Self::Placing { to, since } = self { Some((to, since)) } else { None }
    }

    /// Returns the phase in words that follow "cannot happen".
    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::Blank => "before a run has started",
            Self::Starting => "before the preflight has passed",
            Self::Placing { .. } => "while records are being written",
            Self::Syncing { .. } => "while changes are becoming INSYNC",
            Self::Ready { .. } => "between two steps",
            Self::Settling { .. } => "while a step settles",
            Self::Holding { .. } => "while a step is held",
            Self::Finishing => "after the last step",
            Self::Returned | Self::Unlocking { .. } | Self::Ended(_) => "after the end of the run",
        }
    }

    /// Returns true while gates are judged: from the first write of the first step until the end or the way back.
    /// What has passed is not over before the run says so: a process may die in between.
    pub(super) fn is_forward(self) -> bool {
        match self {
            Self::Placing { to, .. } | Self::Syncing { at: to, .. } => !to.is_back(),
            Self::Ready { .. } | Self::Settling { .. } | Self::Holding { .. } | Self::Finishing => {
                true
            }
            Self::Blank
            | Self::Starting
            | Self::Returned
            | Self::Unlocking { .. }
            | Self::Ended(_) => false,
        }
    }

    /// Returns true when the hold of the step under way is over by this moment, and after it until the next step begins.
    pub(super) fn hold_is_over(self, at: Timestamp) -> bool {
        match self {
            Self::Holding { until, .. } => at >= until,
            Self::Ready { .. } | Self::Finishing => true,
            Self::Blank
            | Self::Starting
            | Self::Placing { .. }
            | Self::Syncing { .. }
            | Self::Settling { .. }
            | Self::Returned
            | Self::Unlocking { .. }
            | Self::Ended(_) => false,
        }
    }
}

/// Adds to a moment, held at the end of jiff's range of years.
pub(super) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}
