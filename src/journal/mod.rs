//! What happened, durably.
//!
//! This room knows files and the events of a run, and nothing of AWS. An event is in the journal before anything is done
//! about it; a journal that cannot be written stops everything, because a change that nobody can explain is worse
//! than a run that stands still. Beside it lies what other processes ask of the run: see [`Requests`].

mod beside;
mod record;
mod request;
mod requests;
mod store;

use std::io;

pub use record::Record;
pub use request::{Answer, Demand, InvalidRequestId, InvalidWhy, Request, RequestId, Why};
pub use requests::{Requests, Taken};
pub use store::{FileStore, MemoryStore, Store};

use crate::{
    engine::{Engine, Event, IllegalEvent},
    unit::{RunId, Timestamp},
};

/// The one writer of a run's journal.
#[derive(Debug)]
pub struct Journal<S> {
    store: S,
    run: RunId,
    next: u64,
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
    /// A line is not a record.
    #[error("line {line} of the journal of run {run} cannot be read")]
    Line {
        /// The run.
        run: RunId,
        /// Its number, from 1.
        line: usize,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A line is missing, doubled or of another run.
    #[error(
        "line {line} of the journal of run {run} is record {seq} of run {other}: lines are missing or were edited"
    )]
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

impl<S: Store> Journal<S> {
    /// Takes up the journal of a run, and returns what is in it.
    ///
    /// # Errors
    /// It cannot be read or believed.
    pub fn open(mut store: S, run: RunId) -> Result<(Self, Vec<Record>), JournalError> {
        let lines = store.lines().map_err(|source| JournalError::Io {
            run: run.clone(),
            doing: "read",
            source,
        })?;
        let records = parse(&run, &lines)?;
        let next = records.last().map_or(1, |record| record.seq + 1);
        Ok((Self { store, run, next, failed: false }, records))
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
        let record = Record { seq: self.next, at, run: self.run.clone(), event };
        let written = serde_json::to_string(&record)
            .map_err(io::Error::from)
            .and_then(|line| self.store.append(&line));
        match written {
            Ok(()) => {
                self.next += 1;
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

/// Reads lines as the records of a run.
///
/// # Errors
/// A line is not a record, or not the one that must follow.
pub fn parse(run: &RunId, lines: &[String]) -> Result<Vec<Record>, JournalError> {
    let read =
        |(index, line): (usize, &String)| {
            let record: Record = serde_json::from_str(line).map_err(|source| {
                JournalError::Line { run: run.clone(), line: index + 1, source }
            })?;
            if record.run != *run || record.seq != index as u64 + 1 {
                return Err(JournalError::OutOfOrder {
                    run: run.clone(),
                    line: index + 1,
                    seq: record.seq,
                    other: record.run,
                });
            }
            Ok(record)
        };
    lines.iter().enumerate().map(read).collect()
}

/// Brings an engine to where these records leave it.
///
/// # Errors
/// A record cannot be true.
pub fn replay(engine: &mut Engine, records: &[Record]) -> Result<(), JournalError> {
    for record in records {
        engine.apply(record.at, &record.event).map_err(|source| JournalError::Impossible {
            run: record.run.clone(),
            seq: record.seq,
            source,
        })?;
    }
    Ok(())
}
