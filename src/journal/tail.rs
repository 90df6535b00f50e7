//! A journal that somebody else writes, read as it grows.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, Seek as _, SeekFrom},
    path::Path,
};

use super::{FileStore, JournalError, Record, read::Sequence};
use crate::unit::RunId;

/// Reads the records of a run one after another, and later those that have come since.
#[derive(Debug)]
pub struct Tail {
    run: RunId,
    reader: BufReader<File>,
    /// Where the first line begins that was not read as a whole.
    position: u64,
    sequence: Sequence,
}

impl Tail {
    /// Begins with the first record of the run that is kept in this folder. Nothing is locked.
    ///
    /// # Errors
    /// There is no journal, or it cannot be read.
    pub fn open(folder: &Path, run: RunId) -> Result<Self, JournalError> {
        let file = File::open(FileStore::path(folder))
            .map_err(|source| JournalError::unread(&run, source))?;
        let reader = BufReader::new(file);
        Ok(Self { run, reader, position: 0, sequence: Sequence::default() })
    }

    /// Returns the next record; nothing where it has not been written yet. A line that is not whole is being written, or a
    /// crash has cut it and the next process removes it; it is read again.
    ///
    /// # Errors
    /// It cannot be read or believed; so is nothing behind it.
    pub fn next_record(&mut self) -> Result<Option<Record>, JournalError> {
        let run = self.run.clone();
        let Some(line) = self.line().map_err(|source| JournalError::unread(&run, source))? else {
            return Ok(None);
        };
        self.sequence.read(&run, &line).map(Some)
    }

    fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        self.reader.read_until(b'\n', &mut line)?;
        let length = line.len() as u64;
        if line.pop_if(|last| *last == b'\n').is_none() {
            self.reader.seek(SeekFrom::Start(self.position))?;
            return Ok(None);
        }
        self.position += length;
        let text = String::from_utf8(line);
        text.map(Some).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

#[cfg(test)]
mod tests {
    use std::{fs::OpenOptions, io::Write as _};

    use super::*;
    use crate::{
        engine::Event,
        journal::{Journal, Store as _},
    };

    fn stopped(reason: &str) -> Event {
        Event::Stopped { reason: reason.to_owned() }
    }

    fn read(tail: &mut Tail) -> Vec<Event> {
        std::iter::from_fn(|| tail.next_record().unwrap()).map(|record| record.event).collect()
    }

    #[test]
    fn records_are_read_once_as_they_come_and_a_torn_line_never() {
        let folder = tempfile::tempdir().unwrap();
        let run: RunId = "api-20261123T021400Z-9f3a".parse().unwrap();
        let at = "2026-11-23T02:14:00Z".parse().unwrap();
        let store = FileStore::create(folder.path()).unwrap();
        let (mut journal, _) = Journal::open(store, run.clone()).unwrap();
        let mut tail = Tail::open(folder.path(), run.clone()).unwrap();
        assert_eq!(read(&mut tail), []);
        for reason in ["a", "b"] {
            journal.append(at, stopped(reason)).unwrap();
        }
        assert_eq!(read(&mut tail), [stopped("a"), stopped("b")]);
        drop(journal);
        let path = FileStore::path(folder.path());
        let mut file = OpenOptions::new().append(true).open(path).unwrap();
        file.write_all(b"{\"seq\":3,\"at\":\"2026-11-").unwrap();
        assert_eq!(read(&mut tail), []);
        let store = FileStore::open(folder.path()).unwrap();
        let (mut journal, _) = Journal::open(store, run).unwrap();
        journal.append(at, stopped("c")).unwrap();
        assert_eq!(read(&mut tail), [stopped("c")]);
    }

    #[test]
    fn a_line_that_was_edited_is_refused_where_it_stands() {
        let folder = tempfile::tempdir().unwrap();
        let run: RunId = "api-20261123T021400Z-9f3a".parse().unwrap();
        let mut store = FileStore::create(folder.path()).unwrap();
        store.append("{}").unwrap();
        let error = Tail::open(folder.path(), run).unwrap().next_record().unwrap_err();
        assert!(matches!(error, JournalError::Unchecked { line: 1, .. }), "{error}");
    }
}
