//! How a command ended.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a command ended. In words it goes on after the command's name: `./warm.sh failed with exit status 3`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It ended with exit status 0.
    Succeeded,
    /// It ended with another exit status.
    Failed {
        /// The exit status, from 1 to 255.
        status: i32,
    },
    /// A signal that cutover did not send ended it.
    Killed {
        /// Number of the signal.
        signal: i32,
    },
    /// It took longer than it may, and was ended.
    TimedOut,
    /// It was never started.
    NotStarted {
        /// Why not, in words.
        why: String,
    },
}

impl Outcome {
    /// Returns true where the command did what it was started for.
    pub fn is_success(&self) -> bool {
        *self == Self::Succeeded
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Succeeded => write!(f, "succeeded"),
            Self::Failed { status: 126 } => {
                write!(f, "failed with exit status 126, as of a program that cannot be executed")
            }
            Self::Failed { status: 127 } => {
                write!(f, "failed with exit status 127, as of a program that was not found")
            }
            Self::Failed { status } => write!(f, "failed with exit status {status}"),
            Self::Killed { signal } => write!(f, "was killed by signal {}", name(*signal)),
            Self::TimedOut => write!(f, "took longer than its timeout and was ended"),
            Self::NotStarted { why } => write!(f, "was not started: {why}"),
        }
    }
}

/// Returns the signal's number, with its name where it is one that usually ends programs.
fn name(signal: i32) -> String {
    let name = match signal {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        6 => "SIGABRT",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        _ => return signal.to_string(),
    };
    format!("{signal} ({name})")
}
