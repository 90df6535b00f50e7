//! The break-glass card in a run's folder: the way back for when cutover itself cannot run.

use super::{ExitStatus, Fault, Printer, StateFolder, saved::private_file};
use crate::{
    plan::{Plan, break_glass},
    unit::RunId,
};

/// Name of the card in the run's folder.
const FILE: &str = "break-glass.sh";

/// Leaves the card of a run in its folder, which exists, and says where it is.
///
/// # Errors
/// It cannot be written.
pub(super) fn leave(
    plan: &Plan,
    run: &RunId,
    state: &StateFolder,
    printer: &mut Printer,
) -> Result<(), Fault> {
    let path = state.of(run).path.join(FILE);
    let card = private_file(&path, break_glass(run, plan).as_bytes(), 0o700);
    card.and_then(|file| file.sync_all()).map_err(|error| {
        Fault::new(
            ExitStatus::Refused,
            format!("break-glass card `{}` cannot be written", path.display()),
        )
        .caused_by(error.to_string())
        .hinted("nothing was changed; `--state DIR` keeps runs in another place")
    })?;
    printer.note(&format!(
        "break-glass card: `{}` brings everybody back with the aws CLI alone",
        path.display()
    ));
    Ok(())
}
