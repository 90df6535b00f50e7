//! What happens, in order.

use serde::{Deserialize, Serialize};

use crate::unit::{Share, SignedDuration};

/// One entry of `steps`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// Sets a share and watches.
    Shift {
        /// Part of the traffic meant for new from here on.
        share: Share,
        /// How long it is watched once it has settled.
        hold: SignedDuration,
        /// Whether the share may be lower than the step's before.
        back: bool,
    },
    /// Asks a person.
    Approve {
        /// The question.
        ask: String,
        /// How long an answer is waited for.
        timeout: SignedDuration,
        /// What happens without one.
        on_timeout: Fallback,
    },
    /// Runs a command.
    Run {
        /// Program and arguments; never through a shell.
        command: Vec<String>,
        /// How long it may take.
        timeout: SignedDuration,
    },
}

/// What happens when something was waited for in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fallback {
    /// Stop, resumable.
    Stop,
    /// Go back to the baseline.
    Rollback,
}
