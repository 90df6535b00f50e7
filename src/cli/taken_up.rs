//! A run taken up from its folder: the plan, the journal, and an engine that stands where the journal ends.

use super::{ExitStatus, Fault, RunFolder, StateFolder, saved::Saved};
use crate::{
    engine::{Engine, Outcome},
    journal::{FileStore, Journal, JournalError, Record, parse, replay},
    plan::Plan,
    runbook::Runbook,
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
        Journal::open(store, folder.run.clone()).map_err(|e| unreadable(&e))?;
    Ok((replayed(folder, records)?, journal))
}

/// Looks at a run without holding it.
///
/// # Errors
/// Its files cannot be read or believed.
pub(super) fn look_at(folder: &RunFolder) -> Result<TakenUp, Fault> {
    let run = folder.run.clone();
    let lines = FileStore::peek(&folder.path).map_err(|source| {
        unreadable(&JournalError::Io { run: run.clone(), doing: "read", source })
    })?;
    let records = parse(&run, &lines).map_err(|error| unreadable(&error))?;
    replayed(folder, records)
}

fn replayed(folder: &RunFolder, records: Vec<Record>) -> Result<TakenUp, Fault> {
    let saved = Saved::read(&folder.path)?;
    let mut engine = Engine::new(saved.plan.clone(), folder.run.clone());
    replay(&mut engine, &records).map_err(|error| unreadable(&error))?;
    Ok(TakenUp { saved, engine, records })
}

fn unreadable(error: &JournalError) -> Fault {
    Fault::of(ExitStatus::Usage, error).hinted(
        "`cutover rollback RUNBOOK` goes back without the journal; the run's folder has its runbook.yaml",
    )
}

/// Returns true for runs that another process can go on with.
pub(super) fn is_open(folder: &RunFolder) -> bool {
    look_at(folder).is_ok_and(|run| run.is_open())
}

/// Returns the newest run of this runbook, in its environment and of one of its names, that has written something and is
/// not over. Other variables may make other names of the same runbook.
pub(super) fn unfinished(runbook: &Runbook, state: &StateFolder) -> Option<RunFolder> {
    let environment = runbook.environment.name.as_deref();
    unfinished_of(&runbook.name, environment, state, |plan| {
        plan.pairs.iter().any(|pair| runbook.records.iter().any(|record| record.name == pair.name))
    })
}

/// Returns the newest run with this runbook and environment and with such a plan that has written something and is not
/// over.
pub(super) fn unfinished_of(
    runbook: &str,
    environment: Option<&str>,
    state: &StateFolder,
    is_of_it: impl Fn(&Plan) -> bool,
) -> Option<RunFolder> {
    let is_open = |folder: &RunFolder| {
        look_at(folder).is_ok_and(|run| {
            run.is_open()
                && run.saved.plan.runbook == runbook
                && run.saved.environment.name.as_deref() == environment
                && is_of_it(&run.saved.plan)
                && run.engine.has_changed_anything()
        })
    };
    state.runs().ok()?.into_iter().find(is_open)
}
