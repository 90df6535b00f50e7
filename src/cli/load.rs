//! A runbook from a file, or the fault that says why not.

use std::{fs, path::Path};

use super::{ExitStatus, Fault, RunbookArgs};
use crate::runbook::{Choice, ParseError, Runbook, Source, parse};

/// A runbook with the text that it was read from.
#[derive(Debug, Clone)]
pub(super) struct Loaded {
    /// The file.
    pub source: Source,
    /// What it says, in one environment.
    pub runbook: Runbook,
}

/// Reads a runbook for the environment that was chosen.
///
/// # Errors
/// The file cannot be read, the runbook is invalid, or the environment has to be chosen.
pub(super) fn load(args: &RunbookArgs) -> Result<Loaded, Fault> {
    let source = read(&args.runbook)?;
    let choice = Choice { environment: args.env.clone(), vars: args.vars.map() };
    let runbook = parse(&source, &choice).map_err(|error| fault(&error))?;
    Ok(Loaded { source, runbook })
}

/// Reads a file as the text of a runbook.
///
/// # Errors
/// It cannot be read.
pub(super) fn read(path: &Path) -> Result<Source, Fault> {
    let text = fs::read(path).map_err(|error| {
        let fault =
            Fault::new(ExitStatus::Usage, format!("runbook `{}` cannot be read", path.display()));
        fault.caused_by(error.to_string())
    })?;
    Ok(Source { path: path.display().to_string(), text })
}

fn fault(error: &ParseError) -> Fault {
    match error {
        ParseError::Invalid(problems) => invalid(problems),
        ParseError::NeedsEnvironment { .. } | ParseError::NoSuchEnvironment { .. } => {
            Fault::of(ExitStatus::Usage, error)
        }
    }
}

/// Returns the fault of a runbook with these problems.
pub(super) fn invalid(problems: &crate::runbook::Problems) -> Fault {
    let count = problems.list.len();
    let noun = if count == 1 { "problem" } else { "problems" };
    Fault::new(ExitStatus::Runbook, format!("the runbook is invalid: {count} {noun}"))
        .at(problems.to_string())
}
