//! A run taken up from its folder: the plan, the journal, and an engine that stands where the journal ends.

use std::collections::BTreeSet;

use super::{
    ExitStatus, Fault, RunFolder, StateError, StateFolder,
    known::Known,
    saved::{Checks, Saved, checks_in},
};
use crate::{
    engine::{Engine, Outcome},
    journal::{FileStore, Journal, JournalError, Record, Tail, parse, replay},
    plan::Mode,
    runbook::Runbook,
    unit::RecordName,
};

/// A run as its folder tells it. A journal may have a hundred thousand records, so none is kept but the last.
pub(super) struct TakenUp {
    pub(super) saved: Saved,
    pub(super) engine: Engine,
    /// What the journal last knew of the live zones.
    pub(super) known: Known,
    /// Of the files that lie beside the journal.
    pub(super) checks: Checks,
    /// The journal's last record; nothing where nothing was recorded.
    pub(super) last: Option<Record>,
}

impl TakenUp {
    /// Returns the run as it is before its first record, which says what its files were.
    fn before(first: Option<&Record>, folder: &RunFolder) -> Result<Self, Fault> {
        let checks = checks_in(first);
        // Where nothing was recorded nothing was done, and the plan is only looked at.
        let saved = match first {
            None => Saved::read(&folder.path)?,
            Some(_) => Saved::read_checked(&folder.path, &checks)?,
        };
        let engine = Engine::new(saved.plan.clone(), folder.run.clone());
        let known = Known::found(&saved.plan);
        Ok(Self { saved, engine, known, checks, last: None })
    }

    fn take_in(&mut self, record: Record) -> Result<(), JournalError> {
        replay(&mut self.engine, [&record])?;
        self.known.learn(&self.saved.plan, &record.event);
        self.last = Some(record);
        Ok(())
    }

    /// Returns true for a run that another process can go on with.
    pub(super) fn is_open(&self) -> bool {
        !matches!(self.engine.outcome(), Some(Outcome::Ended(_)))
    }
}

/// Why a run cannot be taken up.
enum Obstacle {
    Journal(JournalError),
    Plan(Fault),
}

impl From<JournalError> for Obstacle {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl Obstacle {
    fn fault(self, folder: &RunFolder) -> Fault {
        match self {
            Self::Journal(error) => unreadable(folder, &error),
            Self::Plan(fault) => fault,
        }
    }
}

/// A run that another process drives, looked at again and again; only what is new is read.
pub(super) struct Watched<'a> {
    folder: &'a RunFolder,
    tail: Tail,
    /// The run, once anything is recorded of it.
    taken: Option<TakenUp>,
}

impl<'a> Watched<'a> {
    /// Begins to look at a run, before its first record.
    ///
    /// # Errors
    /// It has no journal that can be read.
    pub(super) fn open(folder: &'a RunFolder) -> Result<Self, Fault> {
        let tail = Tail::open(&folder.path, folder.run.clone())
            .map_err(|error| unreadable(folder, &error))?;
        Ok(Self { folder, tail, taken: None })
    }

    /// Takes in the records that have come since, each of which is shown to `each`.
    ///
    /// # Errors
    /// They cannot be read or believed.
    pub(super) fn look(&mut self, mut each: impl FnMut(&Record)) -> Result<(), Fault> {
        let mut reading =
            Reading { folder: self.folder, each: &mut each, taken: self.taken.take() };
        let mut next = || self.tail.next_record().map_err(Obstacle::Journal);
        let mut read = || match next()? {
            Some(record) => reading.take_in(record).map(|()| true),
            None => Ok(false),
        };
        let all = loop {
            match read() {
                Ok(true) => {}
                Ok(false) => break Ok(()),
                Err(obstacle) => break Err(obstacle.fault(self.folder)),
            }
        };
        self.taken = reading.taken;
        all
    }

    /// Returns the run as it is known.
    pub(super) fn taken(&self) -> Option<&TakenUp> {
        self.taken.as_ref()
    }
}

/// A journal that is being read, record by record.
struct Reading<'a, F> {
    folder: &'a RunFolder,
    /// Is shown each record.
    each: F,
    taken: Option<TakenUp>,
}

impl<'a, F: FnMut(&Record)> Reading<'a, F> {
    fn of(folder: &'a RunFolder, each: F) -> Self {
        Self { folder, each, taken: None }
    }

    fn take_in(&mut self, record: Record) -> Result<(), Obstacle> {
        let taken = match &mut self.taken {
            Some(taken) => taken,
            none => {
                none.insert(TakenUp::before(Some(&record), self.folder).map_err(Obstacle::Plan)?)
            }
        };
        (self.each)(&record);
        Ok(taken.take_in(record)?)
    }

    fn end(self) -> Result<TakenUp, Fault> {
        self.taken.map_or_else(|| TakenUp::before(None, self.folder), Ok)
    }
}

/// Takes up a run to go on with it; nobody else can while the journal is held. Each record is shown to `each`.
///
/// # Errors
/// Another process holds it, or its files cannot be read or believed.
pub(super) fn take_up(
    folder: &RunFolder,
    each: impl FnMut(&Record),
) -> Result<(TakenUp, Journal<FileStore>), Fault> {
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
    let mut reading = Reading::of(folder, each);
    let journal =
        Journal::open_through(store, folder.run.clone(), |record| reading.take_in(record))
            .map_err(|obstacle| obstacle.fault(folder))?;
    Ok((reading.end()?, journal))
}

/// Looks at a run without holding it.
///
/// # Errors
/// Its files cannot be read or believed.
pub(super) fn look_at(folder: &RunFolder) -> Result<TakenUp, Fault> {
    look_through(folder, |_| {})
}

/// Looks at a run without holding it. Each record is shown to `each`.
///
/// # Errors
/// Its files cannot be read or believed.
pub(super) fn look_through(
    folder: &RunFolder,
    each: impl FnMut(&Record),
) -> Result<TakenUp, Fault> {
    let run = &folder.run;
    let lines = FileStore::peek(&folder.path)
        .map_err(|source| unreadable(folder, &JournalError::unread(run, source)))?;
    let mut reading = Reading::of(folder, each);
    for record in parse(run, lines) {
        let taken = record.map_err(Obstacle::Journal).and_then(|record| reading.take_in(record));
        taken.map_err(|obstacle| obstacle.fault(folder))?;
    }
    reading.end()
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
            let wrote = run.saved.plan.mode != Mode::DryRun && run.engine.has_changed_anything();
            run.is_open() && subject.is_of(&run.saved) && wrote
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
