//! `cutover status`: where a run stands, from its folder alone.

use std::collections::BTreeMap;

use super::{
    ExitStatus, Fault, Printer, RunFolder, StateArgs, StateError, StateFolder,
    taken_up::{TakenUp, is_open, look_at},
};
use crate::{
    driver::Clock,
    engine::{Halt, Outcome},
    journal::FileStore,
    plan::{Lock, ZoneId},
    report::{json, screen},
    unit::RunId,
};

/// Show where a run stands
///
/// Reads the run's folder and asks nobody. The exit code is that of the run, and 0 while it goes on.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The run, or the beginning of its id; may be left out when only one can be meant
    run: Option<String>,
    #[command(flatten)]
    state: StateArgs,
}

/// Returns the run that is meant: the one that is not over, or the newest where all are.
fn meant(wanted: Option<&str>, state: &StateFolder) -> Result<RunFolder, Fault> {
    // Whether the only one is over is known once it has been read, which is once enough.
    if let (None, [only]) = (wanted, &state.runs()?[..]) {
        return Ok(only.clone());
    }
    match state.find(wanted, is_open) {
        Err(StateError::None { wanted: None, runs, .. }) if !runs.is_empty() => {
            Ok(state.of(&runs[0]))
        }
        found => Ok(found?),
    }
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let state = StateFolder::new(&args.state.state);
    let folder = meant(args.run.as_deref(), &state)?;
    let taken = look_at(&folder)?;
    let alive = FileStore::is_held(&folder.path);
    let view = taken.engine.view(Clock::Real.now());
    let (last, known) = (&taken.last, &taken.known);
    if printer.is_json() {
        printer.data(&json(&serde_json::json!({
            "run": folder.run,
            "alive": alive,
            "phase": view.phase,
            "share": view.share,
            "waiting_for": view.waiting_for,
            "until": view.until,
            "tuned": view.tunings,
            "locks": known.holders().collect::<BTreeMap<_, _>>(),
            "last_event": last,
        })))?;
    } else {
        let life = if alive { "going on" } else { "no process is running it" };
        printer.data(&format!("run {}: {}, {life}", folder.run, view.phase))?;
        for line in screen(&view, None, &printer.look()) {
            printer.data(&line)?;
        }
        for (zone, lock) in known.holders() {
            printer.data(&lock_line(&folder.run, zone, &lock))?;
        }
        if let Some(last) = last {
            printer.data(&format!("last event: {} at {}", last.event.name(), last.at))?;
        }
        if !alive && taken.is_open() {
            printer.note(&ways_on(&taken, &folder, &state));
        }
    }
    Ok(match taken.engine.outcome() {
        Some(outcome) => super::run::status(outcome),
        None if alive => ExitStatus::Done,
        None => ExitStatus::Stopped,
    })
}

/// Returns who holds a zone's lock, as the journal last knew.
fn lock_line(run: &RunId, zone: &ZoneId, lock: &Lock) -> String {
    let whose = if lock.run == *run { "this run's" } else { "another run's" };
    format!("lock         zone {zone}: {whose}, when last looked at: {lock}")
}

fn ways_on(taken: &TakenUp, folder: &RunFolder, state: &StateFolder) -> String {
    let options = state.to_repeat().iter().fold(String::new(), |all, one| all + " " + one);
    let run = &folder.run;
    if taken.last.is_none() {
        return format!(
            "its journal is empty: it died before it had begun, or its journal was emptied, and what it changed is not known; `cutover rollback {run}{options}` looks at the live records"
        );
    }
    match taken.engine.outcome() {
        Some(Outcome::Halted(Halt::Fenced)) => format!(
            "this run has lost the zone: `cutover status` in the folder of the run that has it says where that is; take it back with `cutover resume {run}{options} --take-over`"
        ),
        Some(Outcome::Halted(Halt::Stopped | Halt::Stuck) | Outcome::Ended(_)) | None => format!(
            "go on with `cutover resume {run}{options}`, or go back with `cutover rollback {run}{options}`"
        ),
    }
}
