//! What happened, durably.
//!
//! This room knows files and the events of a run, and nothing of AWS. An event is in the journal before anything is done
//! about it; a journal that cannot be written stops everything, because a change that nobody can explain is worse
//! than a run that stands still. A journal is believed only where every line is as it was written (see [`Record`]) and only
//! by a version that understands all of it. A last line without its end is one that a crash has cut: it counts as never
//! written. One that has its end and does not fit its check is no such line, because a line is appended in one write, of
//! which a crash leaves the beginning; so it was damaged later, and the journal is refused. Beside it lies what other processes ask of the run: see [`Requests`].

mod beside;
mod read;
mod record;
mod request;
mod requests;
mod store;
mod tail;

use std::io;

pub use read::{parse, replay};
pub use record::Record;
pub use request::{Answer, Demand, InvalidRequestId, InvalidWhy, Request, RequestId, Why};
pub use requests::{Requests, Taken};
pub use store::{FileStore, MemoryStore, Store};
pub use tail::Tail;

use crate::{
    engine::{Event, IllegalEvent, VERSION},
    unit::{Check, Misread, RunId, Timestamp},
};

/// The one writer of a run's journal.
#[derive(Debug)]
pub struct Journal<S> {
    store: S,
    run: RunId,
    /// Number and check of the last record.
    last: Option<(u64, Check)>,
    failed: bool,
}

/// A journal that cannot be written, or cannot be believed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Writing or reading failed.
    #[error("the journal of run {run} could not be {doing}")]
    Io {
        /// The run.
        run: RunId,
        /// What was being done, in a past participle.
        doing: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A line does not end with its check.
    #[error(
        "line {line} of the journal of run {run} has no `check`: it was edited, or an old version wrote it"
    )]
    Unchecked {
        /// The run.
        run: RunId,
        /// Its number, from 1.
        line: usize,
    },
    /// A line does not fit its check.
    #[error(
        "line {line} of the journal of run {run} does not fit its `check`: it was edited, or a line before it was removed, added or moved"
    )]
    Edited {
        /// The run.
        run: RunId,
        /// Its number, from 1.
        line: usize,
    },
    /// A newer version has begun or gone on with the run.
    #[error(
        "line {line} of the journal of run {run} was written by cutover {theirs}, and this is {VERSION}"
    )]
    Newer {
        /// The run.
        run: RunId,
        /// Its number, from 1.
        line: usize,
        /// The newer version.
        theirs: String,
    },
    /// A line is as it was written, and this version does not understand it.
    #[error("line {line} of the journal of run {run} cannot be understood by cutover {VERSION}")]
    Line {
        /// The run.
        run: RunId,
        /// Its number, from 1.
        line: usize,
        /// Why.
        #[source]
        source: Misread,
    },
    /// A line is of another run.
    #[error("line {line} of the journal of run {run} is record {seq} of run {other}")]
    OutOfOrder {
        /// The run.
        run: RunId,
        /// Its number, from 1.
        line: usize,
        /// The record's number.
        seq: u64,
        /// The record's run.
        other: RunId,
    },
    /// A line tells something that cannot have happened.
    #[error("record {seq} of the journal of run {run} cannot be true")]
    Impossible {
        /// The run.
        run: RunId,
        /// The record's number.
        seq: u64,
        /// Why.
        #[source]
        source: IllegalEvent,
    },
}

impl JournalError {
    /// Returns the error of a journal that cannot be read.
    pub(crate) fn unread(run: &RunId, source: io::Error) -> Self {
        Self::Io { run: run.clone(), doing: "read", source }
    }
}

impl<S: Store> Journal<S> {
    /// Takes up the journal of a run, and returns what is in it.
    ///
    /// # Errors
    /// It cannot be read or believed.
    pub fn open(store: S, run: RunId) -> Result<(Self, Vec<Record>), JournalError> {
        let mut records = Vec::new();
        let journal = Self::open_through(store, run, |record| {
            records.push(record);
            Ok::<(), JournalError>(())
        })?;
        Ok((journal, records))
    }

    /// Takes up the journal of a run that may be long: each of its records is shown to `each` and dropped.
    ///
    /// # Errors
    /// It cannot be read or believed, or `each` fails.
    pub fn open_through<E: From<JournalError>>(
        mut store: S,
        run: RunId,
        mut each: impl FnMut(Record) -> Result<(), E>,
    ) -> Result<Self, E> {
        let mut last = None;
        let lines = store.lines().map_err(|source| JournalError::unread(&run, source))?;
        for record in parse(&run, lines) {
            let record = record?;
            last = Some((record.seq, record.check));
            each(record)?;
        }
        Ok(Self { store, run, last, failed: false })
    }

    /// Records an event durably. After a failure nothing can be recorded any more.
    ///
    /// # Errors
    /// It could not be written; nothing must be done about the event.
    pub fn append(&mut self, at: Timestamp, event: Event) -> Result<Record, JournalError> {
        let failure =
            |run: &RunId, source| JournalError::Io { run: run.clone(), doing: "written", source };
        if self.failed {
            let earlier = io::Error::other("an earlier line could not be written");
            return Err(failure(&self.run, earlier));
        }
        let (seq, before) = self.last.map_or((1, None), |(seq, check)| (seq + 1, Some(check)));
        let written = Record::following(before, seq, at, self.run.clone(), event)
            .map_err(io::Error::from)
            .and_then(|(record, line)| self.store.append(&line).map(|()| record));
        match written {
            Ok(record) => {
                self.last = Some((record.seq, record.check));
                Ok(record)
            }
            Err(source) => {
                self.failed = true;
                Err(failure(&self.run, source))
            }
        }
    }

    /// Returns the run.
    pub fn run(&self) -> &RunId {
        &self.run
    }
}

impl Journal<FileStore> {
    /// Lets nothing wait for the disk any more: see [`FileStore::hurry`].
    pub fn hurry(&mut self) {
        self.store.hurry();
    }
}
