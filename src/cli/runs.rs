//! `cutover runs`: all runs that are kept in a folder.

use super::{
    ExitStatus, Fault, Printer, StateArgs, StateError, StateFolder,
    listed::{Listed, damage, table},
    state::DEFAULT_FOLDER,
};
use crate::report::json;

/// List the runs that are kept here, the newest first
///
/// Reads their folders and asks nobody. A run whose files cannot be read is listed as damaged.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    state: StateArgs,
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let state = StateFolder::new(&args.state.state);
    let folders = match state.runs() {
        // A folder that was named and is not there is a typing error; without a name, nothing was ever run here.
        Err(none @ StateError::Absent { .. }) if state.path() == DEFAULT_FOLDER => {
            printer.note(&none.to_string());
            return Ok(ExitStatus::Done);
        }
        folders => folders?,
    };
    if folders.is_empty() {
        printer.note(&format!("folder `{}` holds no runs", state.path().display()));
        return Ok(ExitStatus::Done);
    }
    let runs: Vec<Listed> = folders.iter().map(Listed::of).collect();
    show(&runs, printer)?;
    Ok(ExitStatus::Done)
}

/// Prints a list of runs.
pub(super) fn show(runs: &[Listed], printer: &mut Printer) -> Result<(), Fault> {
    if printer.is_json() {
        return runs.iter().try_for_each(|run| printer.data(&json(&run.object())));
    }
    table(runs).iter().try_for_each(|line| printer.data(line))?;
    damage(runs).for_each(|line| printer.note(&line));
    Ok(())
}
