//! What goes to stdout, what to stderr, and in which colours: decided once.

use std::io::{self, IsTerminal as _, Write as _};

use super::{Fault, Globals, args::Colour};
use crate::report::{Format, Paint, Settings};

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
            stdout_colour: coloured(io::stdout().is_terminal()),
            stderr_colour: coloured(io::stderr().is_terminal()),
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

    /// Returns the paint for data on stdout.
    pub fn data_paint(&self) -> Paint {
        Paint::new(self.stdout_colour)
    }

    /// Returns the paint for everything on stderr.
    pub fn paint(&self) -> Paint {
        Paint::new(self.stderr_colour)
    }

    /// Prints a line of data.
    ///
    /// # Errors
    /// Stdout cannot be written to.
    pub fn data(&mut self, text: &str) -> Result<(), Fault> {
        let mut out = io::stdout().lock();
        writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| Fault::stdout(&error))
    }

    /// Prints a line that helps a person and is no data, unless `--quiet`.
    pub fn note(&mut self, text: &str) {
        if !self.globals.quiet {
            // A note that nobody can read is not worth failing for.
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }

    /// Returns what a reporter of a run's events has to know. `options` are those that `resume` and `rollback` of the
    /// run need besides the run.
    pub fn report_settings(&self, options: Vec<String>) -> Settings {
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
        io::stderr().is_terminal() && !is_dumb()
    }
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// Returns true for terminals that cannot be redrawn.
fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|value| value == "dumb")
}
