//! A journal that dies: before a line is durable, after it, or in the middle of it.

use std::{
    cell::RefCell,
    fs::OpenOptions,
    io::{self, Write as _},
    path::PathBuf,
    rc::Rc,
};

use cutover::journal::{FileStore, MemoryStore, Store};
use tokio::sync::Notify;

use crate::tally::{Fault, Tally};

/// How a process ends at an append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    /// The line is not there.
    Before,
    /// The line is there, and nothing was done about it.
    After,
    /// Half of the line is there.
    Torn,
}

/// How a process ends at a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtChange {
    BeforeItsEffect,
    AfterItsEffect,
}

/// When the process ends, and whether it has.
#[derive(Debug, Default)]
pub(crate) struct Fate {
    /// Appends that succeeded, over all processes of the run.
    pub(crate) appended: usize,
    /// Dies at the append with this number, from 0.
    pub(crate) dies_at: Option<(usize, Death)>,
    /// It has died: nothing may happen any more.
    pub(crate) dead: bool,
    /// Changes that took effect, over all processes of the run.
    pub(crate) changes: usize,
    /// Dies at the change with this number, from 0.
    pub(crate) dies_at_change: Option<(usize, AtChange)>,
    /// Is told when it dies at a change.
    pub(crate) killed: Rc<Notify>,
    /// Deaths at an append.
    pub(crate) tally: Tally,
}

/// Where the journal of a run is kept from one process to the next.
#[derive(Debug, Clone)]
pub(crate) enum Shelf {
    Memory(MemoryStore),
    Folder(PathBuf),
}

impl Shelf {
    /// Takes the journal up, as a process that begins does.
    pub(crate) fn open(&self, fate: &Rc<RefCell<Fate>>) -> io::Result<Mortal> {
        let (inner, path): (Box<dyn Store>, _) = match self {
            Self::Memory(store) => (Box::new(store.clone()), None),
            Self::Folder(folder) => {
                let path = folder.join("journal.jsonl");
                let store = if path.exists() {
                    FileStore::open(folder)?
                } else {
                    FileStore::create(folder)?
                };
                (Box::new(store), Some(path))
            }
        };
        Ok(Mortal { inner, path, fate: Rc::clone(fate) })
    }
}

/// A store that dies when it is fated to.
pub(crate) struct Mortal {
    inner: Box<dyn Store>,
    path: Option<PathBuf>,
    fate: Rc<RefCell<Fate>>,
}

impl Store for Mortal {
    fn append(&mut self, line: &str) -> io::Result<()> {
        let mut fate = self.fate.borrow_mut();
        assert!(!fate.dead, "a dead process appends: {line}");
        let death = fate.dies_at.filter(|(at, _)| *at == fate.appended).map(|(_, death)| death);
        match death {
            None => {
                self.inner.append(line)?;
                fate.appended += 1;
                return Ok(());
            }
            // A disk that is full does not tell itself from one that fails.
            Some(Death::Before) => fate.tally.bites(Fault::DiskFull),
            Some(Death::After) => {
                self.inner.append(line)?;
                fate.appended += 1;
                fate.tally.bites(Fault::DiesAfterAnAppend);
            }
            Some(Death::Torn) => {
                if let Some(path) = &self.path {
                    fate.tally.bites(Fault::TornTail);
                    let mut file = OpenOptions::new().append(true).open(path)?;
                    file.write_all(&line.as_bytes()[..line.len() / 2])?;
                }
            }
        }
        fate.dies_at = None;
        fate.dead = true;
        Err(io::Error::other("the disk is gone"))
    }

    fn lines(&mut self) -> io::Result<Vec<String>> {
        self.inner.lines()
    }
}
