//! The table of what was found, for people and for programs.

use serde_json::{Value, json};

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Ok,
    /// Worth a second thought, and no reason not to begin.
    Note,
    NotTried,
    Failed,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::NotTried => "not tried",
            Self::Failed => "FAILED",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::NotTried => "not_tried",
            Self::Failed => "failed",
        }
    }
}

/// One check of one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    side: String,
    check: String,
    pub(super) verdict: Verdict,
    pub(super) found: String,
    todo: Option<String>,
}

impl Row {
    fn of(side: &str, check: impl Into<String>, verdict: Verdict, found: String) -> Self {
        Self { side: side.to_owned(), check: check.into(), verdict, found, todo: None }
    }

    pub(super) fn ok(side: &str, check: impl Into<String>, found: impl Into<String>) -> Self {
        Self::of(side, check, Verdict::Ok, found.into())
    }

    pub(super) fn note(side: &str, check: impl Into<String>, found: impl Into<String>) -> Self {
        Self::of(side, check, Verdict::Note, found.into())
    }

    pub(super) fn not_tried(side: &str, check: impl Into<String>, why: &str) -> Self {
        Self::of(side, check, Verdict::NotTried, why.to_owned())
    }

    pub(super) fn failed(
        side: &str,
        check: impl Into<String>,
        found: impl Into<String>,
        todo: impl Into<String>,
    ) -> Self {
        let row = Self::of(side, check, Verdict::Failed, found.into());
        Self { todo: Some(todo.into()), ..row }
    }

    /// Returns it for programs.
    pub(super) fn object(&self) -> Value {
        let Self { side, check, verdict, found, todo } = self;
        json!({ "side": side, "check": check, "result": verdict.name(), "found": found, "todo": todo })
    }

    fn cells(&self) -> [&str; 3] {
        [&self.side, &self.check, self.verdict.word()]
    }
}

/// Returns the lines of the table. What to do about a failure stands below it.
pub(super) fn lines(rows: &[Row]) -> Vec<String> {
    let head = ["side", "check", "result"];
    let cells = || std::iter::once(head).chain(rows.iter().map(Row::cells));
    let widest = |at: usize| cells().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let width: [usize; 3] = std::array::from_fn(widest);
    let line = |cells: [&str; 3], last: &str| {
        let cells = cells.iter().zip(width).map(|(cell, width)| format!("{cell:<width$}  "));
        (cells.collect::<String>() + last).trim_end().to_owned()
    };
    let mut lines = vec![line(head, "found")];
    for row in rows {
        lines.push(line(row.cells(), &row.found));
        lines.extend(row.todo.iter().map(|todo| line(["", "", ""], &format!("-> {todo}"))));
    }
    lines
}
