//! A run taken up from its folder: the plan, the journal, and an engine that stands where the journal ends.

use std::collections::BTreeSet;

use super::{
    ExitStatus, Fault, RunFolder, StateError, StateFolder,
    saved::{Checks, Saved, checks_in},
};
use crate::{
    engine::{Engine, Outcome},
    journal::{FileStore, Journal, JournalError, Record, parse, replay},
    runbook::Runbook,
    unit::RecordName,
};

/// A run as its folder tells it.
pub(super) struct TakenUp {
    pub(super) saved: Saved,
    pub(super) engine: Engine,
    pub(super) records: Vec<Record>,
}

impl TakenUp {
    /// Returns true for a run that another process can go on with.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.engine.outcome(), Some(Outcome::Ended(_)))
    }

    /// Returns the checks of the files that lie beside its journal.
    pub(super) fn checks(&self) -> Checks {
        checks_in(&self.records)
    }
}

/// Takes up a run to go on with it; nobody else can while the journal is held.
///
/// # Errors
/// Another process holds it, or its files cannot be read or believed.
pub(super) fn take_up(folder: &RunFolder) -> Result<(TakenUp, Journal<FileStore>), Fault> {
    let store = FileStore::open(&folder.path).map_err(|source| {
        let busy = source.kind() == std::io::ErrorKind::WouldBlock;
        let run = folder.run.clone();
        let fault =
            Fault::of(ExitStatus::Usage, &JournalError::Io { run, doing: "opened", source });
        if busy {
            fault.hinted(format!("`cutover status {}` shows what it does", folder.run))
        } else {
            fault
        }
    })?;
    let (journal, records) =
        Journal::open(store, folder.run.clone()).map_err(|e| unreadable(folder, &e))?;
    Ok((replayed(folder, records)?, journal))
}

/// Looks at a run without holding it.
///
/// # Errors
/// Its files cannot be read or believed.
pub(super) fn look_at(folder: &RunFolder) -> Result<TakenUp, Fault> {
    let run = folder.run.clone();
    let lines = FileStore::peek(&folder.path).map_err(|source| {
        unreadable(folder, &JournalError::Io { run: run.clone(), doing: "read", source })
    })?;
    let records = parse(&run, &lines).map_err(|error| unreadable(folder, &error))?;
    replayed(folder, records)
}

fn replayed(folder: &RunFolder, records: Vec<Record>) -> Result<TakenUp, Fault> {
    // Where nothing was recorded nothing was done, and the plan is only looked at.
    let saved = match &records[..] {
        [] => Saved::read(&folder.path)?,
        _ => Saved::read_checked(&folder.path, &checks_in(&records))?,
    };
    let mut engine = Engine::new(saved.plan.clone(), folder.run.clone());
    replay(&mut engine, &records).map_err(|error| unreadable(folder, &error))?;
    Ok(TakenUp { saved, engine, records })
}

/// Returns the fault of a journal that cannot be gone by, with where it is and the ways that need none.
fn unreadable(folder: &RunFolder, error: &JournalError) -> Fault {
    let (path, run) = (FileStore::path(&folder.path), &folder.run);
    let fault = Fault::of(ExitStatus::Usage, error);
    let fault = match error {
        JournalError::Newer { theirs, .. } => {
            fault.hinted(format!("go on with the run with cutover {theirs}, or a newer one"))
        }
        JournalError::Line { .. } => fault.hinted(
            "the line is as it was written, so another version wrote it: go on with the run with that one",
        ),
        JournalError::Unchecked { .. } | JournalError::Edited { .. } => {
            fault.hinted(format!("put `{}` back as it was, where there is a copy", path.display()))
        }
        JournalError::Io { .. }
        | JournalError::OutOfOrder { .. }
        | JournalError::Impossible { .. } => {
            fault.hinted(format!("the journal is `{}`", path.display()))
        }
    };
    fault.hinted(format!(
        "`cutover rollback RUNBOOK` goes back without the journal; `cutover rollback {run}` does so with the runbook in the run's folder"
    ))
}

/// Returns true for runs that another process can go on with.
pub(super) fn is_open(folder: &RunFolder) -> bool {
    look_at(folder).is_ok_and(|run| run.is_open())
}

/// Returns the run that is to be gone on with: the one that is named, or the only one that is not over. Where there is none
/// but one that cannot be read, that one is meant, so that what is wrong with it is told.
///
/// # Errors
/// None is meant, or more than one can be.
pub(super) fn to_go_on_with(
    wanted: Option<&str>,
    state: &StateFolder,
) -> Result<RunFolder, StateError> {
    let none = match state.find(wanted, is_open) {
        Err(none @ StateError::None { wanted: None, .. }) => none,
        found => return found,
    };
    match state.find(None, |folder| look_at(folder).is_err()) {
        Err(StateError::None { .. }) => Err(none),
        found => found,
    }
}

/// What runs are of: a runbook, in an environment, with some names. Other variables may make other names of a runbook.
pub(super) struct Subject<'a> {
    pub(super) runbook: &'a str,
    pub(super) environment: Option<&'a str>,
    pub(super) names: BTreeSet<&'a RecordName>,
}

impl<'a> Subject<'a> {
    pub(super) fn of(runbook: &'a Runbook) -> Self {
        Self {
            runbook: &runbook.name,
            environment: runbook.environment.name.as_deref(),
            names: runbook.records.iter().map(|record| &record.name).collect(),
        }
    }

    fn is_of(&self, saved: &Saved) -> bool {
        saved.plan.runbook == self.runbook
            && saved.environment.name.as_deref() == self.environment
            && saved.plan.pairs.iter().any(|pair| self.names.contains(&pair.name))
    }
}

/// Returns the newest run of this that has written something and is not over.
pub(super) fn unfinished(subject: &Subject<'_>, state: &StateFolder) -> Option<RunFolder> {
    let is_in_the_way = |folder: &RunFolder| {
        look_at(folder).is_ok_and(|run| {
            run.is_open() && subject.is_of(&run.saved) && run.engine.has_changed_anything()
        })
    };
    state.runs().ok()?.into_iter().find(is_in_the_way)
}

/// Refuses an environment that is named and is not the run's: somebody means another run.
///
/// # Errors
/// It is another one. Where the run's plan cannot be read nobody knows, and what follows says so.
pub(super) fn refuse_other_environment(
    folder: &RunFolder,
    named: Option<&str>,
) -> Result<(), Fault> {
    let (Some(named), Ok(saved)) = (named, Saved::read(&folder.path)) else { return Ok(()) };
    let own = saved.environment.name.as_deref();
    if own == Some(named) {
        return Ok(());
    }
    let of = own.map_or_else(|| "no environment".to_owned(), |own| format!("environment `{own}`"));
    Err(Fault::new(
        ExitStatus::Usage,
        format!("run {} is of {of}, not of `{named}`; nothing was changed", folder.run),
    )
    .hinted("leave `--env` out, or name a run of that environment"))
}
