//! Where a journal is kept: lines, appended one after another and never changed.

use std::{
    cell::RefCell,
    fs::{File, OpenOptions, TryLockError},
    io::{self, BufRead as _, BufReader, Read, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    rc::Rc,
};

use super::beside::Beside;

/// A place for the lines of one run. Whoever holds it is its only writer.
pub trait Store {
    /// Appends a line durably: when it returns, the line survives a crash. (A [`FileStore`] that was told to hurry is
    /// durable against the end of the process at once, and against that of the machine a moment later.)
    ///
    /// # Errors
    /// The line may or may not be there; nothing more must be appended.
    fn append(&mut self, line: &str) -> io::Result<()>;

    /// Returns all whole lines, one after another, so that a long journal need not be held as a whole.
    ///
    /// # Errors
    /// They cannot be read.
    fn lines(&mut self) -> io::Result<Box<dyn Iterator<Item = io::Result<String>> + '_>>;
}

/// A file, locked against other writers for as long as it is open.
#[derive(Debug)]
pub struct FileStore {
    file: File,
    /// Length of the whole lines, where a crash has left the beginning of another one behind them.
    torn: Option<u64>,
    beside: Option<Beside>,
}

/// Name of the journal in a run's folder.
const FILE: &str = "journal.jsonl";

impl FileStore {
    /// Creates the journal of a new run in a folder that exists.
    ///
    /// # Errors
    /// There is one already, or the folder cannot be written.
    pub fn create(folder: &Path) -> io::Result<Self> {
        let store = Self::begin(folder)?;
        // The name of the file must survive a crash too, not only its content.
        File::open(folder)?.sync_all()?;
        Ok(store)
    }

    /// Like [`FileStore::create`], and hurries from the beginning. `others` are files of the folder that have been written
    /// and are brought to the disk first.
    ///
    /// # Errors
    /// As [`FileStore::create`].
    pub fn create_in_a_hurry(folder: &Path, mut others: Vec<File>) -> io::Result<Self> {
        let mut store = Self::begin(folder)?;
        others.push(File::open(folder)?);
        store.beside = Some(Beside::start(&store.file, others)?);
        Ok(store)
    }

    fn begin(folder: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file =
            private(options.create_new(true).read(true).append(true)).open(Self::path(folder))?;
        lock(&file)?;
        Ok(Self { file, torn: None, beside: None })
    }

    /// Lets nothing wait for the disk any more. From now on a line is handed to the operating system, where it survives the
    /// end of this process, and a thread brings it to the disk, where it survives that of the machine. A failure to do so
    /// shows with a later line.
    ///
    /// It is for going back: users wait, a disk may take longer than Route 53, and a rollback whose last lines are lost
    /// finds out from the records how far it was (law L64).
    pub fn hurry(&mut self) {
        // Where there can be no thread, it goes on as before.
        self.beside = Beside::start(&self.file, Vec::new()).ok();
    }

    /// Opens the journal of a run to go on with it. A line that a crash left unfinished is cut off before the next one is
    /// written, so that a journal that is refused stays as it is.
    ///
    /// # Errors
    /// There is none, it cannot be written, or another process holds it (`WouldBlock`).
    pub fn open(folder: &Path) -> io::Result<Self> {
        let path = Self::path(folder);
        refuse_other_than_a_file(&path)?;
        let file = OpenOptions::new().read(true).append(true).open(path)?;
        lock(&file)?;
        let torn = torn(&file)?;
        Ok(Self { file, torn, beside: None })
    }

    /// Returns where the journal of the run with this folder is.
    pub fn path(folder: &Path) -> PathBuf {
        folder.join(FILE)
    }

    /// Returns the whole lines of a run's journal without locking it, so that a run can be looked at while it goes on.
    ///
    /// # Errors
    /// There is none, or it cannot be read.
    pub fn peek(folder: &Path) -> io::Result<impl Iterator<Item = io::Result<String>>> {
        let path = Self::path(folder);
        refuse_other_than_a_file(&path)?;
        let file = File::open(path)?;
        // What its process writes from now on is not read: it may be about to cut off a torn line.
        let length = file.metadata()?.len();
        Ok(Lines::of(file.take(length)))
    }

    /// Returns true while another process holds the journal.
    pub fn is_held(folder: &Path) -> bool {
        let open = OpenOptions::new().read(true).append(true).open(folder.join(FILE));
        open.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }
}

/// To open a pipe waits for whoever writes into it, which may be nobody.
fn refuse_other_than_a_file(path: &Path) -> io::Result<()> {
    let metadata = path.metadata()?;
    if metadata.is_file() || metadata.is_dir() {
        // Of a folder the system says so itself.
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a pipe or a device, and no file"))
}

impl Store for FileStore {
    fn append(&mut self, line: &str) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(line.len() + 1);
        bytes.extend_from_slice(line.as_bytes());
        bytes.push(b'\n');
        if let Some(whole) = self.torn {
            self.file.set_len(whole)?;
            self.file.sync_all()?;
            self.torn = None;
        }
        // One write, so that a crash leaves a whole line or a torn last one, never a torn middle.
        self.file.write_all(&bytes)?;
        match &mut self.beside {
            Some(beside) => beside.wish(),
            None => self.file.sync_data(),
        }
    }

    fn lines(&mut self) -> io::Result<Box<dyn Iterator<Item = io::Result<String>> + '_>> {
        self.file.seek(SeekFrom::Start(0))?;
        Ok(Box::new(Lines::of(&self.file)))
    }
}

/// Opens files so that only their owner can read them: records and findings are nobody else's business.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

fn lock(file: &File) -> io::Result<()> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => {
            io::Error::new(io::ErrorKind::WouldBlock, "another cutover process is running it")
        }
        TryLockError::Error(error) => error,
    })
}

/// Returns the length of the whole lines, where the beginning of another one lies behind them.
fn torn(file: &File) -> io::Result<Option<u64>> {
    let mut reader = BufReader::new(file);
    let (mut whole, mut line) = (0, Vec::new());
    while reader.read_until(b'\n', &mut line)? > 0 {
        if line.last() != Some(&b'\n') {
            return Ok(Some(whole));
        }
        whole += line.len() as u64;
        line.clear();
    }
    Ok(None)
}

/// The whole lines of a journal from its beginning, of which one is held at a time.
struct Lines<R> {
    reader: BufReader<R>,
    read: usize,
}

impl<R: Read> Lines<R> {
    fn of(file: R) -> Self {
        Self { reader: BufReader::new(file), read: 0 }
    }
}

impl<R: Read> Iterator for Lines<R> {
    type Item = io::Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        // Not `lines`, which would forgive that a line ends as on Windows, or not at all: nothing here has ended one so.
        let mut line = Vec::new();
        if let Err(error) = self.reader.read_until(b'\n', &mut line) {
            return Some(Err(error));
        }
        line.pop_if(|last| *last == b'\n')?;
        self.read += 1;
        let text = String::from_utf8(line).map_err(|error| {
            let told = format!("line {} is not text: {}", self.read, error.utf8_error());
            io::Error::new(io::ErrorKind::InvalidData, told)
        });
        Some(text)
    }
}

/// Lines in memory, for rehearsals. Clones share them, so that a run can be taken up again after its driver is gone.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    lines: Rc<RefCell<Vec<String>>>,
}

impl Store for MemoryStore {
    fn append(&mut self, line: &str) -> io::Result<()> {
        self.lines.borrow_mut().push(line.to_owned());
        Ok(())
    }

    fn lines(&mut self) -> io::Result<Box<dyn Iterator<Item = io::Result<String>> + '_>> {
        let lines = &self.lines;
        Ok(Box::new((0..).map_while(|at| lines.borrow().get(at).cloned().map(Ok))))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn peeked(folder: &tempfile::TempDir) -> io::Result<Vec<String>> {
        FileStore::peek(folder.path())?.collect()
    }

    fn lines(store: &mut FileStore) -> Vec<String> {
        store.lines().unwrap().collect::<io::Result<_>>().unwrap()
    }

    #[test]
    fn a_torn_last_line_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = FileStore::create(folder.path()).unwrap();
        store.append("one").unwrap();
        store.file.write_all(b"tw").unwrap();
        drop(store);
        assert_eq!(peeked(&folder).unwrap(), ["one"]);
        let mut store = FileStore::open(folder.path()).unwrap();
        let path = folder.path().join(FILE);
        assert_eq!(
            fs::read(&path).unwrap(),
            b"one\ntw",
            "it stays until there is something to write"
        );
        store.append("three").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\nthree\n");
        assert_eq!(lines(&mut store), ["one", "three"]);
    }

    #[test]
    fn a_line_that_is_not_text_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), b"one\ntw\xff\nthree\n").unwrap();
        let error = peeked(&folder).unwrap_err().to_string();
        assert!(error.starts_with("line 2 is not text"), "{error}");
    }

    #[test]
    fn no_byte_of_a_line_is_forgiven() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), b"one\r\n\n").unwrap();
        assert_eq!(peeked(&folder).unwrap(), ["one\r", ""]);
    }

    #[test]
    fn lines_written_in_a_hurry_are_there_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let other = File::create(folder.path().join("plan.json")).unwrap();
        let mut store = FileStore::create_in_a_hurry(folder.path(), vec![other]).unwrap();
        store.append("one").unwrap();
        assert_eq!(peeked(&folder).unwrap(), ["one"]);
        drop(store);
        let mut store = FileStore::open(folder.path()).unwrap();
        store.hurry();
        store.append("two").unwrap();
        assert_eq!(lines(&mut store), ["one", "two"]);
    }

    #[test]
    fn a_second_writer_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let _first = FileStore::create(folder.path()).unwrap();
        assert!(FileStore::is_held(folder.path()));
        let second = FileStore::open(folder.path()).unwrap_err();
        assert_eq!(second.kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn a_journal_is_created_once_and_only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        drop(FileStore::create(folder.path()).unwrap());
        assert!(FileStore::create(folder.path()).is_err());
        let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
