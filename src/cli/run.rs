//! `cutover run`: the night itself.

use super::ExitStatus;
use crate::{
    engine::{Ending, Event, Halt, Outcome},
    plan::Made,
};

/// Version of the program, as runs record it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Returns the first events of a run with this plan.
pub fn beginning(made: &Made) -> [Event; 2] {
    [
        Event::RunStarted {
            runbook: made.plan.runbook.clone(),
            environment: made.plan.environment.clone(),
            steps: made.plan.steps,
            records: made.plan.pairs.len(),
            version: VERSION.to_owned(),
        },
        Event::PreflightPassed { hazards: made.hazards.clone() },
    ]
}

/// Returns the exit status of a process that leaves a run like this.
pub fn status(outcome: Outcome) -> ExitStatus {
    match outcome {
        Outcome::Ended(Ending::Completed) => ExitStatus::Done,
        Outcome::Ended(Ending::RolledBack) => ExitStatus::RolledBack,
        Outcome::Ended(Ending::Refused) => ExitStatus::Refused,
        Outcome::Halted(Halt::Stopped) => ExitStatus::Stopped,
        Outcome::Halted(Halt::Stuck) => ExitStatus::Stuck,
    }
}
