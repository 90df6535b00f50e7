//! What an event says of itself: its name, who steered the run by it, and which request asked for it.

use super::{Event, Word};

impl Event {
    /// Returns the request that asked for it, where one did.
    pub fn request(&self) -> Option<&str> {
        if let Self::Tuned { request, .. } = self {
            return request.as_deref();
        }
        self.word().and_then(|word| word.request.as_deref())
    }

    /// Returns who steered the run by it, where somebody did.
    pub fn word(&self) -> Option<&Word> {
        if let Self::Paused(word)
        | Self::Unpaused(word)
        | Self::Aborted(word)
        | Self::Approved { word, .. }
        | Self::Skipped { word, .. } = self
        {
            Some(word)
        } else {
            None
        }
    }

    /// Returns the event's name, as the journal has it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::RunStarted { .. } => "run_started",
            Self::LockTaken { .. } => "lock_taken",
            Self::LockReleased { .. } => "lock_released",
            Self::LockLeft { .. } => "lock_left",
            Self::Fenced { .. } => "fenced",
            Self::ProtectionsRemoved { .. } => "protections_removed",
            Self::PreflightPassed { .. } => "preflight_passed",
            Self::PreflightFailed { .. } => "preflight_failed",
            Self::Prepared { .. } => "prepared",
            Self::StepStarted { .. } => "step_started",
            Self::WriteStarted { .. } => "write_started",
            Self::WriteAccepted { .. } => "write_accepted",
            Self::WriteFailed { .. } => "write_failed",
            Self::RecordsRead { .. } => "records_read",
            Self::WeightsWritten { .. } => "weights_written",
            Self::InSync { .. } => "in_sync",
            Self::ChangeLost { .. } => "change_lost",
            Self::Settled { .. } => "settled",
            Self::MetricsRead { .. } => "metrics_read",
            Self::MinuteJudged { .. } => "minute_judged",
            Self::Warned { .. } => "warned",
            Self::Tuned { .. } => "tuned",
            Self::Breached { .. } => "breached",
            Self::Held { .. } => "held",
            Self::WindowClosed { .. } => "window_closed",
            Self::ApprovalAsked { .. } => "approval_asked",
            Self::Approved { .. } => "approved",
            Self::Paused(_) => "paused",
            Self::Unpaused(_) => "unpaused",
            Self::Skipped { .. } => "skipped",
            Self::Aborted(_) => "aborted",
            Self::CommandStarted { .. } => "command_started",
            Self::CommandEnded { .. } => "command_ended",
            Self::StepPassed { .. } => "step_passed",
            Self::RollbackStarted { .. } => "rollback_started",
            Self::RolledBack { .. } => "rolled_back",
            Self::Drifted { .. } => "drifted",
            Self::Stopped { .. } => "stopped",
            Self::Resumed { .. } => "resumed",
            Self::Stuck { .. } => "stuck",
            Self::RunCompleted { .. } => "run_completed",
        }
    }
}

/// An event that cannot happen in the state that the run is in: the journal is not this run's, or has been edited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the event `{event}` cannot happen {state}")]
pub struct IllegalEvent {
    /// Name of the event.
    pub event: String,
    /// The state, in words that follow "cannot happen".
    pub state: String,
}
