//! `cutover status`: where a run stands, from its folder alone.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    ExitStatus, Fault, Printer, RunFolder, StateArgs, StateError, StateFolder,
    listed::{Listed, outcome},
    runs,
    taken_up::{TakenUp, is_open, look_at},
    watch::watch,
};
use crate::{
    driver::Clock,
    engine::{Halt, Outcome, SideView, View},
    gate::Finding,
    journal::FileStore,
    plan::{Lock, ZoneId},
    report::{json as json_line, screen},
    unit::RunId,
};

/// Show where a run stands
///
/// Reads the run's folder and asks nobody. The exit code is that of the run, and 0 while it goes on.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes: 0 while a process drives the run, and once it has completed; 4 rolled back; 5 stopped, or no process \
drives it; 6 stuck; 7 refused before it began; 2 there is no such run, or several can be meant.

Examples:
  cutover status
  cutover status api-2026 --watch
  while cutover status --quiet; do sleep 60; done     # ends when the run does not go on, whatever the reason
  cutover status --output json | jq .share")]
pub(super) struct Args {
    /// The run, or the beginning of its id; may be left out when only one can be meant
    run: Option<String>,
    /// Go on showing it until it is over or its process has ended: the screen on a terminal, else every event as it comes
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    state: StateArgs,
}

/// Returns the run that is meant: the one that is not over, or the newest where all are. Of several that are not over,
/// nobody knows, and they are listed.
fn meant(
    wanted: Option<&str>,
    state: &StateFolder,
    printer: &mut Printer,
) -> Result<RunFolder, Fault> {
    // Whether the only one is over is known once it has been read, which is once enough.
    if let (None, [only]) = (wanted, &state.runs()?[..]) {
        return Ok(only.clone());
    }
    match state.find(wanted, is_open) {
        Err(StateError::None { wanted: None, runs, .. }) if !runs.is_empty() => {
            Ok(state.of(&runs[0]))
        }
        Err(several @ StateError::Several { wanted: None, .. }) => {
            let StateError::Several { runs, .. } = &several else { return Err(several.into()) };
            let open: Vec<Listed> = runs.iter().map(|run| Listed::of(&state.of(run))).collect();
            runs::show(&open, printer)?;
            Err(several.into())
        }
        found => Ok(found?),
    }
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let state = StateFolder::new(&args.state.state);
    let folder = meant(args.run.as_deref(), &state, printer)?;
    if args.watch && FileStore::is_held(&folder.path) {
        return watch(&folder, &state, printer);
    }
    let taken = look_at(&folder)?;
    let alive = FileStore::is_held(&folder.path);
    show(&taken, alive, &folder, printer)?;
    if !alive && taken.is_open() {
        printer.note(&ways_on(&taken, &folder, &state));
    }
    Ok(status(&taken, alive))
}

/// Returns the exit status that a run ends `status` with.
pub(super) fn status(taken: &TakenUp, alive: bool) -> ExitStatus {
    match taken.engine.outcome() {
        Some(outcome) => super::run::status(outcome),
        None if alive => ExitStatus::Done,
        None => ExitStatus::Stopped,
    }
}

fn show(
    taken: &TakenUp,
    alive: bool,
    folder: &RunFolder,
    printer: &mut Printer,
) -> Result<(), Fault> {
    let mut view = taken.engine.view(Clock::Real.now());
    if !alive {
        // Nobody counts down, and nobody waits for an answer.
        (view.until, view.question) = (None, None);
    }
    if printer.is_json() {
        return printer.data(&json_line(&object(taken, &view, alive, folder)));
    }
    if taken.last.is_none() && !alive {
        return printer.data(&format!("run {}: nothing is known of it", folder.run));
    }
    let life = if alive { "going on" } else { "no process is running it" };
    printer.data(&format!("run {}: {}, {life}", folder.run, view.phase))?;
    for line in screen(&view, None, &printer.look()) {
        printer.data(&line)?;
    }
    for (zone, lock) in taken.known.holders() {
        printer.data(&lock_line(&folder.run, zone, &lock))?;
    }
    if let Some(last) = &taken.last {
        printer.data(&format!("last event: {} at {}", last.event.name(), last.at))?;
    }
    Ok(())
}

/// Returns where a run stands for programs.
fn object(taken: &TakenUp, view: &View, alive: bool, folder: &RunFolder) -> Value {
    let side = |side: &SideView| {
        let SideView { requests, error_rate, latency } = side;
        json!({
            "requests_per_minute": requests,
            "error_rate": error_rate,
            "latency_seconds": latency,
        })
    };
    let gate = |finding: &Finding| {
        let (verdict, why) = (finding.verdict(), &finding.why);
        json!({ "gate": finding.gate, "verdict": verdict, "why": why })
    };
    json!({
        "run": folder.run,
        "runbook": view.runbook,
        "environment": view.environment,
        "alive": alive,
        "phase": view.phase,
        "outcome": taken.engine.outcome().map(outcome),
        "share": view.share,
        "step": taken.engine.step_number(),
        "steps": taken.engine.plan().steps,
        "waiting_for": view.waiting_for,
        "until": view.until,
        "question": view.question.as_ref().map(|question| &question.ask),
        "paused_by": view.paused.as_ref().map(|word| &word.by),
        "legacy": side(&view.legacy),
        "new": side(&view.new),
        "gates": view.findings.iter().map(gate).collect::<Vec<_>>(),
        "data_age_seconds": view.freshness.age().map(|age| age.as_secs()),
        "data_is_late": view.freshness.is_late() || view.freshness.behind().is_some(),
        "time_to_safe_seconds": view.time_to_safe.as_secs(),
        "kept_on_new_seconds": view.kept_on_new.map(|kept| kept.as_secs()),
        "tuned": view.tunings,
        "locks": taken.known.holders().collect::<BTreeMap<_, _>>(),
        "last_event": taken.last,
    })
}

/// Returns who holds a zone's lock, as the journal last knew.
fn lock_line(run: &RunId, zone: &ZoneId, lock: &Lock) -> String {
    let whose = if lock.run == *run { "this run's" } else { "another run's" };
    format!("lock         zone {zone}: {whose}, when last looked at: {lock}")
}

pub(super) fn ways_on(taken: &TakenUp, folder: &RunFolder, state: &StateFolder) -> String {
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
