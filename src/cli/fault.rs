//! What went wrong, for a person and for a script: the only place that renders errors and picks their exit code.

use std::{error::Error, io, path::Path};

use serde_json::{Value, json};

use super::{ExitStatus, printer::complain, state::StateError};
use crate::{
    report::{Format, Paint, Tone, clean},
    runbook::{ParseError, Problems},
};

/// A command that did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    status: ExitStatus,
    /// What stands above the error: places in files, each with its own path.
    places: Vec<String>,
    message: String,
    causes: Vec<String>,
    hints: Vec<String>,
    /// Nobody reads the output any more, so that there is nobody to tell.
    silent: bool,
}

impl Fault {
    /// Returns a fault with this text: lower case, no full stop, what was being done to what.
    pub fn new(status: ExitStatus, message: impl Into<String>) -> Self {
        Self {
            status,
            places: Vec::new(),
            message: message.into(),
            causes: Vec::new(),
            hints: Vec::new(),
            silent: false,
        }
    }

    /// Returns a fault with an error's text and those of all its sources.
    pub fn of(status: ExitStatus, error: &dyn Error) -> Self {
        let mut fault = Self::new(status, error.to_string());
        let mut source = error.source();
        while let Some(cause) = source {
            fault.causes.push(cause.to_string());
            source = cause.source();
        }
        fault
    }

    /// Returns the fault of a stdout that cannot be written to. A reader that has gone, as `head` does, is none.
    pub fn stdout(error: &io::Error) -> Self {
        let fault = Self::new(ExitStatus::Usage, "stdout cannot be written to")
            .caused_by(error.to_string());
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { status: ExitStatus::Done, silent: true, ..fault };
        }
        fault
    }

    /// Returns the fault of a file that was named on the command line and cannot be read.
    pub fn unreadable(path: &Path, error: &io::Error) -> Self {
        let fault = Self::new(ExitStatus::Usage, format!("`{}` cannot be read", path.display()))
            .caused_by(error.to_string());
        if error.kind() == io::ErrorKind::NotFound {
            return fault.hinted("paths are looked up in the folder that cutover is started in");
        }
        fault
    }

    /// Returns one fault that tells of several, of which the worst decides the exit status.
    pub fn sum_of(message: impl Into<String>, faults: Vec<Self>) -> Self {
        let worst = faults.iter().map(Self::status).max().unwrap_or(ExitStatus::Usage);
        faults.into_iter().fold(Self::new(worst, message), |sum, fault| {
            if fault.places.is_empty() {
                let texts: Vec<String> = [fault.message].into_iter().chain(fault.causes).collect();
                return sum.at(clean(&texts.join(": ")));
            }
            fault.places.iter().fold(sum, Self::at)
        })
    }

    /// Returns the fault with one more cause.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Returns the fault with one more thing to do about it.
    #[must_use]
    pub fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Returns the fault with one more place to look at; a text of several lines is several lines.
    #[must_use]
    pub fn at(mut self, place: impl AsRef<str>) -> Self {
        self.places.extend(place.as_ref().lines().map(str::to_owned));
        self
    }

    /// Returns what happened, in one line.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the exit status that it ends the program with.
    pub fn status(&self) -> ExitStatus {
        self.status
    }

    /// Returns its text, one thing a line, safe to show on a terminal.
    pub fn render(&self, paint: Paint) -> String {
        if self.silent {
            return String::new();
        }
        let mut text = String::new();
        for place in &self.places {
            text.push_str(&clean(place));
            text.push('\n');
        }
        let labelled = [(Tone::Bad, "error", std::slice::from_ref(&self.message))];
        let more =
            [(Tone::Plain, "cause", &self.causes[..]), (Tone::Good, "hint", &self.hints[..])];
        for (tone, label, texts) in labelled.into_iter().chain(more) {
            for line in texts {
                text.push_str(&paint.tone(tone, label));
                text.push_str(": ");
                text.push_str(&clean(line));
                text.push('\n');
            }
        }
        text
    }

    /// Returns it for programs; nothing where there is nobody to tell.
    pub fn object(&self) -> Option<Value> {
        let Self { status, places, message, causes, hints, silent } = self;
        let exit = *status as u8;
        (!silent).then(|| {
            json!({
                "error": message, "causes": causes, "hints": hints, "places": places, "exit": exit,
            })
        })
    }

    /// Prints it on stderr and returns its exit status.
    pub(super) fn print(&self, format: Format, paint: Paint) -> ExitStatus {
        complain(self, format, paint);
        self.status
    }
}

impl From<Problems> for Fault {
    fn from(problems: Problems) -> Self {
        let message = format!("`{}` is not a valid runbook", problems.path);
        let fault = Self::new(ExitStatus::Runbook, message).at(problems.to_string());
        match problems.list.len() {
            1 => fault,
            several => Self { message: format!("{}: {several} problems", fault.message), ..fault },
        }
    }
}

impl From<ParseError> for Fault {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::Invalid(problems) => problems.into(),
            ParseError::NeedsEnvironment { .. } | ParseError::NoSuchEnvironment { .. } => {
                Self::of(ExitStatus::Usage, &error)
            }
        }
    }
}

impl From<StateError> for Fault {
    fn from(error: StateError) -> Self {
        let fault = Self::of(ExitStatus::Usage, &error);
        error.hints().into_iter().fold(fault, Self::hinted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the journal of run api cannot be read")]
    struct Outer(#[source] io::Error);

    #[test]
    fn an_error_is_told_with_its_causes_and_hints_one_a_line() {
        let outer = Outer(io::Error::other("the disk is \u{1b}[31mgone"));
        let fault = Fault::of(ExitStatus::Stuck, &outer)
            .at("a.yaml:1:2: one\na.yaml:3:4: two")
            .hinted("look at the disk");
        let text = "a.yaml:1:2: one\na.yaml:3:4: two\nerror: the journal of run api cannot be read\n\
                    cause: the disk is \\u{1b}[31mgone\nhint: look at the disk\n";
        assert_eq!(fault.render(Paint::new(false)), text);
        assert!(fault.render(Paint::new(true)).contains("\u{1b}[1;31merror\u{1b}[0m: the journal"));
    }

    #[test]
    fn programs_read_the_same_as_people() {
        let fault = Fault::of(ExitStatus::Stuck, &Outer(io::Error::other("the disk is gone")));
        assert_eq!(
            fault.at("a.yaml:1:2: one").hinted("look at the disk").object().unwrap().to_string(),
            r#"{"error":"the journal of run api cannot be read","causes":["the disk is gone"],"hints":["look at the disk"],"places":["a.yaml:1:2: one"],"exit":6}"#
        );
    }

    #[test]
    fn a_reader_that_went_away_is_no_error() {
        let fault = Fault::stdout(&io::ErrorKind::BrokenPipe.into());
        assert_eq!(
            (fault.status(), fault.render(Paint::new(false))),
            (ExitStatus::Done, String::new())
        );
        let full = Fault::stdout(&io::ErrorKind::StorageFull.into());
        assert_eq!(full.status(), ExitStatus::Usage);
    }
}
