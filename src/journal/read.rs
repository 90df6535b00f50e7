//! From lines to what they say: nothing is believed that is not exactly as it was written, and nothing is half understood.

use std::io;

use semver::Version;
use serde::{Deserialize as _, de::Error as _};
use serde_json::Value;

use super::{JournalError, Record, record};
use crate::{
    engine::{Engine, Event, VERSION},
    unit::{Check, Misread, RunId},
};

/// Reads lines as the records of a run, one after another: a line is dropped once it is read. Behind the first error nothing
/// is to be believed.
///
/// # Errors
/// A line cannot be read, is not as it was written, was written by a newer version, is not a record, or is not the one that
/// must follow.
pub fn parse<L: AsRef<str>>(
    run: &RunId,
    lines: impl Iterator<Item = io::Result<L>>,
) -> impl Iterator<Item = Result<Record, JournalError>> {
    let mut sequence = Sequence::default();
    lines.map(move |text| {
        let text = text.map_err(|source| JournalError::unread(run, source))?;
        sequence.read(run, text.as_ref())
    })
}

/// How far the lines of a journal have been read, each of which must follow the one before.
#[derive(Debug, Clone, Default)]
pub(super) struct Sequence {
    before: Option<Check>,
    line: usize,
}

impl Sequence {
    /// Reads the next line.
    ///
    /// # Errors
    /// As [`parse`].
    pub(super) fn read(&mut self, run: &RunId, text: &str) -> Result<Record, JournalError> {
        self.line += 1;
        let record = follower(run, self.before, self.line, text)?;
        self.before = Some(record.check);
        Ok(record)
    }
}

/// Reads the line that follows the one with this check.
fn follower(
    run: &RunId,
    before: Option<Check>,
    line: usize,
    text: &str,
) -> Result<Record, JournalError> {
    let run = || run.clone();
    let unread = |error| {
        let source = Misread::of::<serde_json::Error>(&error);
        JournalError::Line { run: run(), line, source }
    };
    let Some((bytes, check)) = record::checked(text) else {
        return Err(JournalError::Unchecked { run: run(), line });
    };
    if record::check(before, bytes) != check {
        return Err(JournalError::Edited { run: run(), line });
    }
    let record = match as_written(text) {
        Some(record) => record,
        None => {
            let read: Value = serde_json::from_str(text).map_err(unread)?;
            if let Some(theirs) = newer_version(&read).map_err(unread)? {
                return Err(JournalError::Newer { run: run(), line, theirs });
            }
            let record = Record::deserialize(&read).map_err(unread)?;
            refuse_unknown(&read, &record).map_err(unread)?;
            record
        }
    };
    if record.run != run() || record.seq != line as u64 {
        let (seq, other) = (record.seq, record.run);
        return Err(JournalError::OutOfOrder { run: run(), line, seq, other });
    }
    Ok(record)
}

/// Returns the record of a line that is, to the byte, what this version would write, which nearly all are: then nothing in it is
/// unknown. A line that tells of a version is looked at more closely.
fn as_written(text: &str) -> Option<Record> {
    let record: Record = serde_json::from_str(text).ok()?;
    let tells_version = matches!(record.event, Event::RunStarted { .. } | Event::Resumed { .. });
    let again = serde_json::to_string(&record).ok()?;
    (!tells_version && again == text).then_some(record)
}

/// Returns the version of a process that begins or goes on with a run, where it is newer than this one.
fn newer_version(line: &Value) -> serde_json::Result<Option<String>> {
    let taking_up = ["run_started", "resumed"].map(Value::from);
    let theirs = line["version"].as_str().filter(|_| taking_up.contains(&line["event"]));
    let Some(theirs) = theirs else { return Ok(None) };
    let version = |text| Version::parse(text).map_err(serde_json::Error::custom);
    Ok((version(theirs)? > version(VERSION)?).then(|| theirs.to_owned()))
}

/// Refuses a line that says more than this version understands: a newer one wrote it.
fn refuse_unknown(line: &Value, record: &Record) -> serde_json::Result<()> {
    match unknown_field(line, &serde_json::to_value(record)?) {
        Some(field) => Err(serde_json::Error::custom(format!("unknown field `{field}`"))),
        None => Ok(()),
    }
}

/// Returns the first field that was read and has not been understood, however deep. One that says nothing may be missing:
/// older versions wrote empty lists that are left out now.
fn unknown_field(read: &Value, understood: &Value) -> Option<String> {
    match (read, understood) {
        (Value::Object(read), Value::Object(understood)) => {
            read.iter().find_map(|(name, value)| match understood.get(name) {
                Some(known) => unknown_field(value, known),
                None => (!says_nothing(value)).then(|| name.clone()),
            })
        }
        (Value::Array(read), Value::Array(understood)) => {
            read.iter().zip(understood).find_map(|(read, known)| unknown_field(read, known))
        }
        (_, _) => None,
    }
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Brings an engine to where these records leave it.
///
/// # Errors
/// A record cannot be true.
pub fn replay<'a>(
    engine: &mut Engine,
    records: impl IntoIterator<Item = &'a Record>,
) -> Result<(), JournalError> {
    for record in records {
        engine.apply(record.at, &record.event).map_err(|source| JournalError::Impossible {
            run: record.run.clone(),
            seq: record.seq,
            source,
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{error::Error as _, fs};

    use proptest::prelude::*;

    use super::*;
    use crate::journal::{FileStore, Journal, MemoryStore, Store as _};

    fn run() -> RunId {
        "api-20261123T021400Z-9f3a".parse().unwrap()
    }

    fn written() -> Vec<String> {
        let mut store = MemoryStore::default();
        let (mut journal, _) = Journal::open(store.clone(), run()).unwrap();
        let stopped = |reason: &str| Event::Stopped { reason: reason.to_owned() };
        let (version, owner) = (VERSION.to_owned(), "me".to_owned());
        for event in [
            Event::PreflightPassed { hazards: vec!["a \u{1b} b \u{2028} \u{e9}".to_owned()] },
            stopped("Ctrl-C"),
            Event::Resumed { version, owner, take_over: false },
            stopped("SIGTERM"),
        ] {
            journal.append("2026-11-23T02:14:00Z".parse().unwrap(), event).unwrap();
        }
        kept(&mut store)
    }

    fn kept(store: &mut MemoryStore) -> Vec<String> {
        store.lines().unwrap().collect::<io::Result<_>>().unwrap()
    }

    /// Reads all lines.
    fn read(run: &RunId, lines: &[String]) -> Result<Vec<Record>, JournalError> {
        parse(run, lines.iter().map(Ok)).collect()
    }

    /// Returns a line whose check is right, which follows no other.
    fn first(fields: &str) -> Vec<String> {
        let bytes = format!(
            r#"{{"seq":1,"at":"2026-11-23T02:14:00Z","run":"api-20261123T021400Z-9f3a",{fields}"#
        );
        vec![format!(r#"{bytes},"check":"{}"}}"#, record::check(None, &bytes))]
    }

    /// Returns why lines are refused.
    fn refused(lines: &[String]) -> String {
        let error = read(&run(), lines).unwrap_err();
        let causes = error.source().map_or(String::new(), |cause| format!(": {cause}"));
        format!("{error}{causes}").replace(run().as_str(), "R")
    }

    #[test]
    fn a_journal_reads_back_and_goes_on_from_where_it_ended() {
        let lines = written();
        assert_eq!(read(&run(), &lines).unwrap().len(), 4);
        let mut store = MemoryStore::default();
        lines[..2].iter().for_each(|line| store.append(line).unwrap());
        let (mut journal, records) = Journal::open(store.clone(), run()).unwrap();
        assert_eq!(records.len(), 2);
        let event = read(&run(), &lines).unwrap().remove(2).event;
        journal.append("2026-11-23T02:14:00Z".parse().unwrap(), event).unwrap();
        assert_eq!(kept(&mut store), lines[..3]);
    }

    #[test]
    fn a_line_that_was_edited_is_named() {
        let mut lines = written();
        lines[1] = lines[1].replace("Ctrl-C", "Ctrl-D");
        assert_eq!(
            refused(&lines),
            "line 2 of the journal of run R does not fit its `check`: it was edited, or a line before it was removed, added or moved"
        );
    }

    #[test]
    fn a_last_line_that_has_its_end_is_no_torn_one() {
        let mut lines = written();
        lines[3] = lines[3].replace("SIGTERM", "Ctrl-C");
        assert!(refused(&lines).starts_with("line 4 of the journal of run R does not fit"));
    }

    #[test]
    fn a_line_without_its_check_is_refused_and_told() {
        let mut lines = written();
        lines[2] = r#"{"seq":3,"at":"2026-11-23T02:14:00Z"}"#.to_owned();
        assert_eq!(
            refused(&lines),
            "line 3 of the journal of run R has no `check`: it was edited, or an old version wrote it"
        );
    }

    #[test]
    fn a_line_that_is_missing_doubled_or_moved_is_found() {
        let lines = written();
        for at in 0..lines.len() {
            let mut doubled = lines.clone();
            doubled.insert(at, lines[at].clone());
            assert!(refused(&doubled).starts_with(&format!("line {} ", at + 2)), "{at}");
        }
        for at in 0..lines.len() - 1 {
            let (mut without, mut swapped) = (lines.clone(), lines.clone());
            without.remove(at);
            swapped.swap(at, at + 1);
            for wrong in [without, swapped] {
                assert!(refused(&wrong).starts_with(&format!("line {} ", at + 1)), "{at}");
            }
        }
    }

    #[test]
    fn a_journal_of_another_run_is_refused() {
        let other = "api-20261123T021400Z-9f3b".parse().unwrap();
        let error = read(&other, &written()).unwrap_err();
        assert!(matches!(error, JournalError::OutOfOrder { line: 1, .. }), "{error}");
    }

    #[test]
    fn a_newer_version_is_named_with_this_one_even_where_its_line_says_nothing_else_that_is_known()
    {
        for version in ["99.0.0", "99.0.0-beta.1"] {
            let fields = format!(r#""event":"resumed","version":"{version}","lock":{{}}"#);
            assert_eq!(
                refused(&first(&fields)),
                format!(
                    "line 1 of the journal of run R was written by cutover {version}, and this is {VERSION}"
                )
            );
        }
    }

    #[test]
    fn what_is_not_understood_is_refused_however_deep_it_stands() {
        let cannot =
            format!("line 1 of the journal of run R cannot be understood by cutover {VERSION}: ");
        for (fields, why) in [
            (r#""event":"danced","with":"me""#, "unknown variant `danced`"),
            (r#""event":"stopped","reason":"x","where":"here""#, "unknown field `where`"),
            (
                r#""event":"metrics_read","rows":[],"targets":{"healthy":1,"registered":2,"draining":1},"faults":[]"#,
                "unknown field `draining`",
            ),
            (r#""event":"resumed","version":"next","owner":"me""#, "unexpected character 'n'"),
        ] {
            let refused = refused(&first(fields));
            assert!(refused.starts_with(&format!("{cannot}{why}")), "{refused}");
        }
    }

    #[test]
    fn lines_of_older_versions_that_say_less_or_say_nothing_in_more_words_are_read() {
        for fields in [
            r#""event":"write_started","write":1,"to":"prepared","zone":"Z1","pairs":[0]"#,
            r#""event":"run_completed","share":"100%","notes":[],"more":null,"links":{}"#,
            r#""event":"resumed","version":"0.0.9","owner":"me""#,
        ] {
            let read = read(&run(), &first(fields));
            assert!(read.is_ok(), "{fields}: {read:?}");
        }
    }

    proptest! {
        #[test]
        fn any_byte_that_was_changed_is_found(at in any::<prop::sample::Index>(), to: u8) {
            let text = written().join("\n") + "\n";
            // Without its last byte the last line is torn, and counts as never written.
            let at = at.index(text.len() - 1);
            prop_assume!(text.as_bytes()[at] != to);
            let folder = tempfile::tempdir().unwrap();
            let mut bytes = text.into_bytes();
            bytes[at] = to;
            fs::write(FileStore::path(folder.path()), bytes).unwrap();
            let lines = FileStore::peek(folder.path()).unwrap();
            prop_assert!(parse(&run(), lines).any(|record| record.is_err()));
        }
    }
}
