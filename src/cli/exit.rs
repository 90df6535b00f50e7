//! The exit codes, which scripts and other people's runbooks rely on.

use std::process::ExitCode;

/// How a command ended. The number of each is its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ExitStatus {
    /// Completed, or there was nothing to do.
    Done = 0,
    /// A bug in cutover.
    Bug = 1,
    /// The command line asks for something that cannot be done.
    Usage = 2,
    /// The runbook is invalid.
    Runbook = 3,
    /// Rolled back, after a breach or by request during a run.
    RolledBack = 4,
    /// Stopped and resumable.
    Stopped = 5,
    /// Only a person can go on; the message says what to do.
    Stuck = 6,
    /// AWS or the preflight refused before anything was changed.
    Refused = 7,
    /// The runbook would not protect its users.
    Unprotected = 8,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}
