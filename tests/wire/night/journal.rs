//! Journals, and what is printed: one event a line.

use std::{fs, path::Path};

use serde_json::Value;

use super::process::Result;

/// Events that come as often as time passes, calls fail or a process takes the locks, and say nothing of the order of a
/// night.
const REPEATED: [&str; 11] = [
    "metrics_read",
    "minute_judged",
    "write_started",
    "write_accepted",
    "write_failed",
    "records_read",
    "in_sync",
    "warned",
    "held",
    "lock_taken",
    "lock_released",
];

/// One event.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) event: String,
    fields: Value,
}

impl Line {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let fields: Value = serde_json::from_str(text).map_err(|e| format!("{e}: {text}"))?;
        let event = fields["event"].as_str().ok_or_else(|| format!("no event: {text}"))?;
        Ok(Self { event: event.to_owned(), fields })
    }

    /// Returns a field's value.
    pub(super) fn field(&self, name: &str) -> &Value {
        &self.fields[name]
    }

    /// Returns all of it.
    pub(super) fn whole(&self) -> &Value {
        &self.fields
    }

    /// Returns a field's text; nothing when it is of another kind.
    pub(super) fn text(&self, name: &str) -> &str {
        self.fields[name].as_str().unwrap_or_default()
    }
}

/// Returns the lines of a run's journal, after checking that they are numbered from 1 without a gap and of one run.
pub(super) fn journal(folder: &Path) -> Result<Vec<Line>> {
    let text = fs::read_to_string(folder.join("journal.jsonl"))?;
    let lines = text.lines().map(Line::parse).collect::<Result<Vec<_>>>()?;
    let run = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    for (number, line) in (1_u64..).zip(&lines) {
        assert_eq!((line.field("seq").as_u64(), line.text("run")), (Some(number), run), "{line:?}");
    }
    Ok(lines)
}

/// Returns the names of the events that make the order of a night.
pub(super) fn story(lines: &[Line]) -> Vec<&str> {
    let names = lines.iter().map(|line| line.event.as_str());
    names.filter(|name| !REPEATED.contains(name)).collect()
}

/// Returns the only event of this name.
pub(super) fn the<'a>(lines: &'a [Line], event: &str) -> &'a Line {
    let found: Vec<_> = lines.iter().filter(|line| line.event == event).collect();
    let [only] = found[..] else { panic!("{} of `{event}` in {:?}", found.len(), story(lines)) };
    only
}
