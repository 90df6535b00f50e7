//! Everything that is wrong with a file, in the order of place.

use std::fmt;

use crate::yaml::{Problem, excerpt};

/// Most problems that are printed: more are seldom read, and hostile files have hundreds of thousands.
const MOST_PRINTED: usize = 100;

/// Everything that is wrong with one file: at least one problem, no two the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    /// The file, as the user named it.
    pub path: String,
    /// What is wrong, in the order of place.
    pub list: Vec<Problem>,
}

impl Problems {
    /// Orders problems and drops repeated ones.
    pub(super) fn new(path: &str, mut list: Vec<Problem>) -> Self {
        list.sort();
        list.dedup();
        Self { path: path.to_owned(), list }
    }
}

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    /// Prints `path:line:column: message` for each, its hint indented below it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = shown_path(&self.path);
        for (index, problem) in self.list.iter().take(MOST_PRINTED).enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{path}:{problem}")?;
            if let Some(hint) = &problem.hint {
                write!(f, "\n  hint: {hint}")?;
            }
        }
        match self.list.len().saturating_sub(MOST_PRINTED) {
            0 => Ok(()),
            more => write!(f, "\n{path}: and {more} more"),
        }
    }
}

/// Returns a path whole, for it must be found again, but fit for a terminal.
pub(super) fn shown_path(path: &str) -> String {
    path.chars().map(|c| excerpt(&c.to_string())).collect()
}
