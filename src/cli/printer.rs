//! What goes to stdout, what to stderr, and in which colours: decided once.
//!
//! This file alone has the two streams, so that nothing gets to a terminal that was not made safe for it.

use std::io::{self, IsTerminal as _, Write as _};

use super::{Fault, Globals, args::Colour};
use crate::report::{Format, Look, Paint, Reporter, Settings, Terminal, clean, clean_lines, json};

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
            say(self.globals.output, text);
        }
    }

    /// Returns what prints a run's events to stdout. `options` are those that `resume` and `rollback` of the run need
    /// besides the run.
    pub fn reporter(&self, options: Vec<String>) -> Reporter {
        Reporter::new(self.report_settings(options), Box::new(stdout()), Box::new(stderr()))
    }

    fn report_settings(&self, options: Vec<String>) -> Settings {
        Settings {
            format: self.globals.output,
            quiet: self.globals.quiet,
            verbose: self.globals.verbose,
            colour: self.stdout_colour,
            terminal: self.is_drawable().then(|| self.terminal()),
            breaks_lines: stdout().is_terminal(),
            options,
        }
    }

    /// Returns true when somebody may want to see how far something long has come, and can.
    pub fn shows_progress(&self) -> bool {
        self.is_drawable() && !self.globals.quiet
    }

    /// Returns what the terminal behind stderr can show.
    fn terminal(&self) -> Terminal {
        Terminal { unicode: speaks_unicode(), colour: self.stderr_colour, wraps: !cuts_lines() }
    }

    /// Returns how a screen is drawn that is printed once, as data.
    pub fn look(&self) -> Look {
        let terminal = Terminal { colour: self.stdout_colour, ..self.terminal() };
        Look::of_stdout(terminal)
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

/// Prints a line on stderr, for programs as an object `{"note": ...}`. Whatever its text holds, it stays one line and drives
/// no terminal.
pub(super) fn say(format: Format, text: &str) {
    let line = match format {
        Format::Text => clean(text),
        Format::Json => {
            let note = text.strip_prefix("note: ").unwrap_or(text);
            json(&serde_json::json!({ "note": note })).into()
        }
    };
    // What nobody can read is not worth failing for.
    let _ = writeln!(stderr().lock(), "{line}");
}

/// Prints a fault on stderr.
pub(super) fn complain(fault: &Fault, format: Format, paint: Paint) {
    let text = match format {
        Format::Text => fault.render(paint),
        Format::Json => fault.object().map_or(String::new(), |object| json(&object) + "\n"),
    };
    // Where stderr is gone, too, the exit code is all that is left to tell.
    let _ = stderr().lock().write_all(text.as_bytes());
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

/// Returns true for terminals that show block characters, each in one column: those of a UTF-8 locale, but for the console of
/// Linux, whose font may lack them, and for languages in which they may be as wide as two.
fn speaks_unicode() -> bool {
    let is_console = std::env::var_os("TERM").is_some_and(|term| term == "linux");
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find(|name| is_set(name));
    let locale = locale.and_then(std::env::var_os).unwrap_or_default();
    let locale = locale.to_string_lossy().to_ascii_lowercase();
    let is_utf8 = locale.contains("utf-8") || locale.contains("utf8");
    let has_wide = ["zh", "ja", "ko"].iter().any(|language| locale.starts_with(language));
    is_utf8 && !is_console && !has_wide
}

/// Returns true for terminals that cut lines off when they get narrower: xterm, GNU screen and the console of Linux.
fn cuts_lines() -> bool {
    let term = std::env::var_os("TERM").unwrap_or_default();
    let is_screen = term.to_string_lossy().starts_with("screen") && !is_set("TMUX");
    is_set("XTERM_VERSION") || term == "linux" || is_screen
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// Returns true for terminals that cannot be redrawn.
fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|value| value == "dumb")
}
