//! `cutover audit`: who changed a run's records while it went on.

use std::fs;

use super::{
    ExitStatus, Fault, Printer, RunFolder, StateArgs, StateFolder, aws,
    report::{leave, meant, unwritable, write_whole},
    runtime,
    taken_up::look_through,
};
use crate::{
    audit::{Audit, Scope},
    cloud::Cloud,
    driver::Clock,
    engine::Event,
    report::{audit_lines, json},
    unit::{SignedDuration, Timestamp},
};

/// Name of the file, in a run's folder, that has what was found last.
const AUDIT: &str = "audit.json";
/// CloudTrail's clock and the run's need not agree.
const MARGIN: SignedDuration = SignedDuration::from_mins(1);

/// Say who changed a run's records while it went on, from CloudTrail
///
/// The run's own batches are told from those of others by the journal's changes, or by session and comment. What is found is
/// left in the run's folder, and in its report. Changes of others are data, and no failure: the exit code is 0.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The run, or the beginning of its id; may be left out when only one can be meant
    run: Option<String>,
    #[command(flatten)]
    state: StateArgs,
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let state = StateFolder::new(&args.state.state);
    let folder = meant(args.run.as_deref(), &state)?;
    let mut written = Vec::new();
    let (mut first, mut last) = (None, Timestamp::MIN);
    let taken = look_through(&folder, |record| {
        first = first.or(Some(record.at));
        last = record.at;
        if let Event::WriteAccepted { change, .. } = &record.event {
            written.push(change.0.clone());
        }
    })?;
    let now = Clock::Real.now();
    let Some(first) = first else {
        let message =
            format!("the journal of run {} is empty, so nothing is known of its time", folder.run);
        return Err(Fault::new(ExitStatus::Refused, message));
    };
    let from = first.saturating_sub(MARGIN).unwrap_or(first);
    let ended = last.saturating_add(MARGIN).unwrap_or(now);
    let until = if taken.is_open() { now } else { ended.min(now) };
    let plan = &taken.saved.plan;
    let mut scope = Scope::of(plan, folder.run.clone(), (from, until));
    scope.written.extend(written);
    let trail = runtime()?.block_on(async {
        let session = format!("cutover-audit-{}", plan.runbook);
        let cloud = aws::connect(&taken.saved.environment, printer.globals(), &session).await?;
        cloud.trail(from, until).await.map_err(|error| aws::refused(&error))
    })?;
    let audit = Audit::of(&scope, trail, now);
    keep(&audit, &folder)?;
    leave(&folder, printer);
    if printer.is_json() {
        printer.data(&json(&audit))?;
    } else {
        audit_lines(&audit).iter().try_for_each(|line| printer.data(line))?;
    }
    Ok(ExitStatus::Done)
}

fn keep(audit: &Audit, folder: &RunFolder) -> Result<(), Fault> {
    let path = folder.path.join(AUDIT);
    write_whole(&path, json(audit).as_bytes()).map_err(|error| unwritable(&path, &error))
}

/// Returns what the last audit of a run has left in its folder. One that cannot be read is none: it can be made again.
pub(super) fn left(folder: &RunFolder) -> Option<Audit> {
    serde_json::from_slice(&fs::read(folder.path.join(AUDIT)).ok()?).ok()
}
