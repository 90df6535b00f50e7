//! What goes to stdout, what to stderr, and in which colours: decided once.
//!
//! This file alone has the two streams, so that nothing gets to a terminal that was not made safe for it.

use std::io::{self, IsTerminal as _, Write as _};

use super::{Fault, Globals, args::Colour};
use crate::report::{Format, Paint, Reporter, Settings, clean, clean_lines};

/// Prints for a command. Data goes to stdout, everything else to stderr.
#[derive(Debug)]
pub struct Printer {
    globals: Globals,
    stdout_colour: bool,
    stderr_colour: bool,
}

impl Printer {
    pub(super) fn new(globals: &Globals) -> Self {
        let coloured = |terminal: bool| match globals.color {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => terminal && !is_set("NO_COLOR") && !is_dumb(),
        };
        Self {
            stdout_colour: coloured(stdout().is_terminal()),
            stderr_colour: coloured(stderr().is_terminal()),
            globals: globals.clone(),
        }
    }

    /// Returns the options of every command.
    pub fn globals(&self) -> &Globals {
        &self.globals
    }

    /// Returns true when stdout is to hold JSON and nothing else.
    pub fn is_json(&self) -> bool {
        self.globals.output == Format::Json
    }

    /// Returns the paint for everything on stderr.
    pub fn paint(&self) -> Paint {
        Paint::new(self.stderr_colour)
    }

    /// Prints a line of data. Whatever its text holds, it stays one line and drives no terminal.
    ///
    /// # Errors
    /// Stdout cannot be written to.
    pub fn data(&mut self, text: &str) -> Result<(), Fault> {
        print(&clean(text))
    }

    /// Prints a text of several lines, such as a script; only its line breaks and tabs are obeyed.
    ///
    /// # Errors
    /// Stdout cannot be written to.
    pub fn page(&mut self, text: &str) -> Result<(), Fault> {
        print(&clean_lines(text.trim_end()))
    }

    /// Prints a line that helps a person and is no data, unless `--quiet`.
    pub fn note(&mut self, text: &str) {
        if !self.globals.quiet {
            say(text);
        }
    }

    /// Returns what prints a run's events to stdout. `options` are those that `resume` and `rollback` of the run need
    /// besides the run.
    pub fn reporter(&self, options: Vec<String>) -> Reporter {
        Reporter::new(self.report_settings(options), Box::new(stdout()))
    }

    fn report_settings(&self, options: Vec<String>) -> Settings {
        Settings {
            format: self.globals.output,
            quiet: self.globals.quiet,
            verbose: self.globals.verbose,
            colour: self.stdout_colour,
            terminal: self.is_drawable(),
            options,
        }
    }

    /// Returns true when somebody may want to see how far something long has come, and can.
    pub fn shows_progress(&self) -> bool {
        self.is_drawable() && !self.globals.quiet
    }

    fn is_drawable(&self) -> bool {
        stderr().is_terminal() && !is_dumb()
    }
}

/// Prints to stdout what is safe for a terminal.
fn print(safe: &str) -> Result<(), Fault> {
    let mut out = stdout().lock();
    writeln!(out, "{safe}").and_then(|()| out.flush()).map_err(|error| Fault::stdout(&error))
}

/// Prints a line on stderr. Whatever its text holds, it stays one line and drives no terminal.
pub(super) fn say(text: &str) {
    // What nobody can read is not worth failing for.
    let _ = writeln!(stderr().lock(), "{}", clean(text));
}

/// Prints a fault on stderr.
pub(super) fn complain(fault: &Fault, paint: Paint) {
    // Where stderr is gone, too, the exit code is all that is left to tell.
    let _ = stderr().lock().write_all(fault.render(paint).as_bytes());
}

/// Prints the help page that was asked for.
///
/// # Errors
/// Stdout cannot be written to.
pub(super) fn help(text: &str) -> Result<(), Fault> {
    print(&clean_lines(text.trim_end()))
}

/// Returns true where there is somebody on stderr to be asked.
pub(super) fn can_be_asked() -> bool {
    io::stdin().is_terminal() && stderr().is_terminal()
}

#[expect(clippy::disallowed_methods, reason = "the only file that has it")]
fn stdout() -> io::Stdout {
    io::stdout()
}

/// Returns stderr, for questions that a person answers.
#[expect(clippy::disallowed_methods, reason = "the only file that has it")]
pub(super) fn stderr() -> io::Stderr {
    io::stderr()
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// Returns true for terminals that cannot be redrawn.
fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|value| value == "dumb")
}
