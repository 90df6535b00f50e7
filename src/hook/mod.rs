//! Commands that a runbook names: its `run:` steps, its hooks, and whoever it tells by a command.
//!
//! This room starts one program, keeps what it says, and sees to it that it ends in time. It knows neither runs nor events:
//! whoever calls it says what is started, with which variables, and decides what follows from the [`Outcome`]. Start with
//! [`run`].

mod group;
mod outcome;
mod output;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use tokio::{process, time::timeout};

pub use outcome::Outcome;

use crate::unit::SignedDuration;
use group::Group;
use output::Output;

/// Variables that tell a command what it is run for.
pub mod variable {
    /// The run's id.
    pub const RUN: &str = "CUTOVER_RUN";
    /// Number of the entry in the runbook's `steps`, from 1; empty before the first.
    pub const STEP: &str = "CUTOVER_STEP";
    /// Part of the traffic meant for new, such as `5%`.
    pub const SHARE: &str = "CUTOVER_SHARE";
    /// What happened, as the journal names it, or the hook that is run.
    pub const EVENT: &str = "CUTOVER_EVENT";
    /// `true` in a run that writes nothing, else `false`.
    pub const DRY_RUN: &str = "CUTOVER_DRY_RUN";
}

/// One program to run. It inherits the environment and the current directory; nothing of it goes through a shell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Program and arguments. A program without a slash is looked for in `PATH`.
    pub argv: Vec<String>,
    /// Variables that it gets besides those that are inherited.
    pub variables: BTreeMap<String, String>,
    /// How long it may take.
    pub timeout: SignedDuration,
    /// The file that what it writes, to stdout and to stderr, is added to. It is made, with its folder, where it is
    /// missing, and only the operator may read it.
    pub output: PathBuf,
}

/// How long a command that was told to end may take to do so.
const GRACE: Duration = Duration::from_secs(5);

/// Runs a command to its end, or to its timeout.
///
/// On the timeout it and all that it has started (its process group) are asked to end, with SIGTERM, and killed 5 seconds
/// later. Dropping the future kills them at once. What a command that has ended leaves running in the background goes on,
/// but is heard no more.
pub async fn run(command: &Command) -> Outcome {
    let limit = Duration::try_from(command.timeout).unwrap_or(Duration::ZERO);
    let over = async {
        let _ = timeout(limit, std::future::pending::<()>()).await;
    };
    run_until(command, over, GRACE).await
}

/// Runs a command to its end, or until its time is over; then it has this long to end by itself.
async fn run_until(command: &Command, over: impl Future<Output = ()>, grace: Duration) -> Outcome {
    let (mut child, mut output) = match start(command) {
        Ok(started) => started,
        Err(why) => return Outcome::NotStarted { why },
    };
    let Some(group) = Group::of(&child) else {
        return Outcome::NotStarted { why: "it has no process id".to_owned() };
    };
    let ended = tokio::select! {
        biased;
        ended = hearing(&mut output, child.wait()) => Some(ended),
        () = over => None,
    };
    let outcome = match ended {
        Some(Ok(status)) => {
            group.leave();
            outcome_of(status)
        }
        Some(Err(error)) => {
            Outcome::NotStarted { why: format!("it cannot be waited for: {error}") }
        }
        None => {
            hearing(&mut output, group.end(&mut child, grace)).await;
            Outcome::TimedOut
        }
    };
    output.finish();
    outcome
}

/// Starts the program at the head of a process group of its own, so that all of it can be ended and Ctrl-C at cutover's
/// terminal is not meant for it. The error is a sentence.
fn start(command: &Command) -> Result<(process::Child, Output), String> {
    let Some((program, arguments)) = command.argv.split_first() else {
        return Err("it names no program".to_owned());
    };
    let (output, [stdout, stderr]) = Output::open(&command.output)
        .map_err(|error| format!("{} cannot be written: {error}", command.output.display()))?;
    let child = process::Command::new(program)
        .args(arguments)
        .envs(&command.variables)
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(stderr)
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("`{program}` cannot be started: {error}"))?;
    Ok((child, output))
}

/// Takes in what the command writes for as long as something else takes, so that a full pipe does not keep it waiting.
async fn hearing<T>(output: &mut Output, until: impl Future<Output = T>) -> T {
    tokio::select! {
        biased;
        done = until => done,
        never = output.keep() => match never {},
    }
}

fn outcome_of(status: ExitStatus) -> Outcome {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(0), _) => Outcome::Succeeded,
        (Some(status), _) => Outcome::Failed { status },
        (None, Some(signal)) => Outcome::Killed { signal },
        // Only a process that has ended is waited for, and it ended in one of the two ways.
        (None, None) => Outcome::NotStarted { why: format!("its end is unclear: {status}") },
    }
}
