//! Where people leave requests for a run: files in its folder, each with its answer beside it.
//!
//! `ID.json` waits to be taken up; the process that drives the run renames it to `ID.taken.json` before it does anything
//! about it, and writes `ID.answer.json` afterwards. Whoever asked can withdraw it as long as it waits. What has been taken
//! up and has no answer when the process dies is taken up by the next one, which knows from the journal what was done.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use serde::{Serialize, de::DeserializeOwned};

use super::{Answer, Request, RequestId, store::private};
use crate::unit::Misread;

/// Name of the folder in a run's.
const FOLDER: &str = "requests";
const TAKEN: &str = ".taken.json";
const ANSWER: &str = ".answer.json";
const WAITING: &str = ".json";

/// Most bytes of a request. One for every limit of a large runbook has a tenth of it.
const MOST_BYTES: u64 = 64 * 1024;

/// The requests of one run.
#[derive(Debug, Clone)]
pub struct Requests {
    folder: PathBuf,
}

/// A request that was taken up.
#[derive(Debug)]
pub struct Taken {
    /// Its name.
    pub id: RequestId,
    /// What it says, or why it cannot be read.
    pub content: Result<Request, String>,
}

impl Requests {
    /// Returns those of the run that is kept in this folder. Nothing is made before there is one.
    pub fn of(run: &Path) -> Self {
        Self { folder: run.join(FOLDER) }
    }

    /// Leaves a request, durably.
    ///
    /// # Errors
    /// It cannot be written; then there is none.
    pub fn leave(&self, id: &RequestId, request: &Request) -> io::Result<()> {
        private_folder(&self.folder)?;
        self.write(id, WAITING, request)
    }

    /// Takes a request back; returns false where it was taken up already.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn withdraw(&self, id: &RequestId) -> io::Result<bool> {
        existed(fs::remove_file(self.path(id, WAITING)))
    }

    /// Takes up all requests that wait, and those that were taken up before and have no answer, in the order of their names.
    /// What is not named like a request is somebody else's and left alone.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn take(&self) -> io::Result<Vec<Taken>> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let names = entries.map(|entry| Ok(entry?.file_name()));
        let names: Vec<String> = names
            .filter_map(|name: io::Result<_>| name.map(|name| name.into_string().ok()).transpose())
            .collect::<io::Result<_>>()?;
        let open = |name: &String| {
            let stem = name.strip_suffix(TAKEN).or_else(|| name.strip_suffix(WAITING))?;
            let id: RequestId = stem.parse().ok()?;
            let answer = format!("{id}{ANSWER}");
            (!names.contains(&answer)).then_some(id)
        };
        let mut ids: Vec<RequestId> = names.iter().filter_map(open).collect();
        ids.sort();
        ids.dedup();
        ids.into_iter().filter_map(|id| self.take_one(id).transpose()).collect()
    }

    /// Takes up one request, unless it has been withdrawn.
    fn take_one(&self, id: RequestId) -> io::Result<Option<Taken>> {
        let taken = self.path(&id, TAKEN);
        if !taken.exists() && !existed(fs::rename(self.path(&id, WAITING), &taken))? {
            return Ok(None);
        }
        let content = read(&taken).map_err(|error| error.to_string());
        Ok(Some(Taken { id, content }))
    }

    /// Answers a request, durably.
    ///
    /// # Errors
    /// The answer cannot be written.
    pub fn answer(&self, id: &RequestId, answer: &Answer) -> io::Result<()> {
        self.write(id, ANSWER, answer)
    }

    /// Returns the answer to a request, once there is one.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn answered(&self, id: &RequestId) -> io::Result<Option<Answer>> {
        match fs::read(self.path(id, ANSWER)) {
            Ok(text) => as_json(&text).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn path(&self, id: &RequestId, end: &str) -> PathBuf {
        self.folder.join(format!("{id}{end}"))
    }

    /// Writes a file as a whole or not at all.
    fn write(&self, id: &RequestId, end: &str, content: &impl Serialize) -> io::Result<()> {
        let unfinished = self.folder.join(format!(".{id}{end}"));
        let mut file = private(OpenOptions::new().create(true).truncate(true).write(true))
            .open(&unfinished)?;
        file.write_all(&serde_json::to_vec(content)?)?;
        file.sync_all()?;
        fs::rename(&unfinished, self.path(id, end))?;
        File::open(&self.folder)?.sync_all()
    }
}

fn private_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.recursive(true).create(path)
}

/// Tells what is not there from what cannot be done.
fn existed(done: io::Result<()>) -> io::Result<bool> {
    match done {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reads a request. Only a plain file is opened: reading a pipe would wait for whoever writes to it.
fn read(path: &Path) -> io::Result<Request> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut text = Vec::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MOST_BYTES {
        return Err(io::Error::other(format!("it has more than {MOST_BYTES} bytes")));
    }
    as_json(&text)
}

fn as_json<T: DeserializeOwned>(text: &[u8]) -> io::Result<T> {
    serde_json::from_slice(text)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, Misread::of(&error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        engine::Tune,
        journal::{Demand, Why},
    };

    fn request() -> Request {
        let limits = vec![("noise".to_owned(), "high".to_owned())];
        Request {
            at: "2026-11-23T02:14:00Z".parse().unwrap(),
            by: "alice@laptop".to_owned(),
            why: "a \u{1b}[2J backup".parse().ok(),
            demand: Demand::Tune(Tune { limits, force: false }),
        }
    }

    fn id(text: &str) -> RequestId {
        text.parse().unwrap()
    }

    fn taken(requests: &Requests) -> Vec<(String, bool)> {
        let taken = requests.take().unwrap().into_iter();
        taken.map(|taken| (taken.id.to_string(), taken.content.is_ok())).collect()
    }

    #[test]
    fn requests_are_taken_up_in_order_until_they_are_answered() {
        let run = tempfile::tempdir().unwrap();
        let requests = Requests::of(run.path());
        assert!(requests.take().unwrap().is_empty(), "no folder is no request");
        for name in ["b", "a"] {
            requests.leave(&id(name), &request()).unwrap();
        }
        let all = requests.take().unwrap();
        assert_eq!(all[0].content.as_ref(), Ok(&request()));
        let both = [("a".to_owned(), true), ("b".to_owned(), true)];
        assert_eq!(taken(&requests), both, "a process that died leaves them to the next");
        requests.answer(&id("a"), &Answer::Done).unwrap();
        assert_eq!(taken(&requests), both[1..]);
        assert_eq!(requests.answered(&id("a")).unwrap(), Some(Answer::Done));
        assert_eq!(requests.answered(&id("b")).unwrap(), None);
    }

    #[test]
    fn a_request_can_be_withdrawn_while_it_waits_and_no_longer() {
        let run = tempfile::tempdir().unwrap();
        let requests = Requests::of(run.path());
        requests.leave(&id("a"), &request()).unwrap();
        assert!(requests.withdraw(&id("a")).unwrap());
        assert!(taken(&requests).is_empty());
        requests.leave(&id("b"), &request()).unwrap();
        assert_eq!(taken(&requests).len(), 1);
        assert!(!requests.withdraw(&id("b")).unwrap());
    }

    #[test]
    fn what_is_torn_or_hostile_is_told_and_kept_and_what_is_somebody_else_s_left_alone() {
        let run = tempfile::tempdir().unwrap();
        let requests = Requests::of(run.path());
        requests.leave(&id("fine"), &request()).unwrap();
        let folder = run.path().join(FOLDER);
        let long = format!("{{\"why\":\"{}\"}}", "x".repeat(100_000));
        let no_reason = serde_json::to_string(&request()).unwrap().replace("backup", &long);
        for (name, text) in [
            ("torn.json", "{\"at\":\"2026"),
            ("empty.json", ""),
            ("long.json", &long),
            ("unknown.json", "{\"ask\":\"dance\"}"),
            ("no-reason.json", &no_reason),
            (".unfinished.json", "{"),
            ("..json", "{"),
            ("notes.txt", "mine"),
        ] {
            fs::write(folder.join(name), text).unwrap();
        }
        fs::create_dir(folder.join("folder.json")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", folder.join("link.json")).unwrap();
        let bad = ["empty", "folder", "link", "long", "no-reason", "torn", "unknown"];
        let mut expected: Vec<_> = bad.iter().map(|name| ((*name).to_owned(), false)).collect();
        expected.insert(1, ("fine".to_owned(), true));
        assert_eq!(taken(&requests), expected);
        assert!(folder.join("notes.txt").exists() && folder.join(".unfinished.json").exists());
    }

    #[test]
    fn only_their_owner_reads_requests_and_answers() {
        use std::os::unix::fs::PermissionsExt as _;
        let run = tempfile::tempdir().unwrap();
        let requests = Requests::of(run.path());
        requests.leave(&id("a"), &request()).unwrap();
        requests.answer(&id("a"), &Answer::Done).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&requests.folder), 0o700);
        assert_eq!(mode(&requests.path(&id("a"), WAITING)), 0o600);
        assert_eq!(mode(&requests.path(&id("a"), ANSWER)), 0o600);
    }

    #[test]
    fn a_request_is_json_that_a_person_can_read() {
        assert_eq!(
            serde_json::to_string(&request()).unwrap(),
            r#"{"at":"2026-11-23T02:14:00Z","by":"alice@laptop","why":"a \u001b[2J backup","ask":"tune","limits":[["noise","high"]],"force":false}"#
        );
    }

    #[test]
    fn a_reason_is_not_empty_and_not_a_book() {
        assert_eq!("  because \n".parse::<Why>().unwrap().as_str(), "because");
        for text in ["", " \n", &"x".repeat(501)] {
            assert!(text.parse::<Why>().is_err());
        }
    }
}
