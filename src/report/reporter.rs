//! Decides which output goes where.

use std::io::Write;

use super::{
    Paint, Rank, Teller, Terminal, json,
    progress::{Progress, columns_of_stdout},
};
use crate::{engine::View, journal::Record};

/// In which form the records are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Lines for people.
    Text,
    /// One JSON object per record, the same as in the journal.
    Json,
}

/// What was asked for on the command line.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Form of the records.
    pub format: Format,
    /// Only lines that somebody may have to act on, and no progress display. Text only.
    pub quiet: bool,
    /// Also a line for every minute judged. Text only.
    pub verbose: bool,
    /// Whether lines may be coloured.
    pub colour: bool,
    /// What the terminal behind stderr can show, where there is one that a screen can be drawn on.
    pub terminal: Option<Terminal>,
    /// Whether stdout is a terminal, so that lines are broken where it is too narrow for them.
    pub breaks_lines: bool,
    /// Options that `cutover resume` and `cutover rollback` of this run need besides the run, such as `--state` and
    /// its folder; printed where the run stops.
    pub options: Vec<String>,
}

/// Prints a run's records to `out`, and its views on the screen where there is a terminal for it.
pub struct Reporter {
    settings: Settings,
    out: Box<dyn Write>,
    teller: Teller,
    progress: Option<Progress>,
    /// Set when `out` cannot be written to any more. The run goes on without it: whoever reads the output may have
    /// gone, the users whose traffic moves have not.
    out_is_gone: bool,
}

impl Reporter {
    /// Returns a reporter that prints records to `out` and draws on `screen`, which are stdout and stderr except in tests.
    pub fn new(settings: Settings, out: Box<dyn Write>, screen: Box<dyn Write>) -> Self {
        let is_drawn = !settings.quiet && settings.format == Format::Text;
        let terminal = settings.terminal.filter(|_| is_drawn);
        Self {
            teller: Teller::new(&settings.options),
            progress: terminal.map(|terminal| Progress::new(screen, terminal)),
            settings,
            out,
            out_is_gone: false,
        }
    }

    /// Takes in a record that an earlier process printed, so that later ones make sense. Prints nothing.
    pub fn replay(&mut self, record: &Record) {
        self.teller.replay(record);
    }

    /// Prints what there is to say about the run's next record.
    pub fn record(&mut self, record: &Record) {
        let text = match self.settings.format {
            Format::Json => Some(json(record)),
            Format::Text => self.text(record),
        };
        if let Some(text) = text {
            self.print(&text);
        }
    }

    /// Returns true when views are shown, so that they are worth taking about once a second.
    pub fn shows_views(&self) -> bool {
        self.progress.is_some()
    }

    /// Shows the run as it is, where there is a terminal for it.
    pub fn view(&mut self, view: &View) {
        if let Some(progress) = &mut self.progress {
            progress.show(view, self.teller.headway().as_deref());
        }
    }

    /// Shows a run that another process drives, where nothing can be answered here.
    pub fn only_watches(&mut self) {
        if let Some(progress) = &mut self.progress {
            progress.only_watches();
        }
    }

    /// Takes in that somebody has typed so many lines below the screen.
    pub fn typed(&mut self, lines: usize) {
        if let Some(progress) = &mut self.progress {
            progress.typed(lines);
        }
    }

    /// Runs `ask` with the display out of its way, as a question on the terminal needs it.
    pub fn aside<T>(&mut self, ask: impl FnOnce() -> T) -> T {
        match &mut self.progress {
            Some(progress) => progress.aside(ask),
            None => ask(),
        }
    }

    /// Returns true when nobody can read `out` any more.
    #[cfg(test)]
    pub(super) fn out_is_gone(&self) -> bool {
        self.out_is_gone
    }

    /// Takes the display away. Nothing else is held back: every line is flushed as it is printed.
    pub fn finish(&mut self) {
        if let Some(mut progress) = self.progress.take() {
            progress.clear();
        }
    }

    fn text(&mut self, record: &Record) -> Option<String> {
        let least = match (self.settings.quiet, self.settings.verbose) {
            (true, _) => Rank::Essential,
            (false, true) => Rank::Verbose,
            (false, false) if self.progress.is_some() => Rank::Normal,
            (false, false) => Rank::Progress,
        };
        let line = self.teller.tell(record, least)?;
        let columns = self.settings.breaks_lines.then(columns_of_stdout).flatten();
        Some(line.painted(Paint::new(self.settings.colour), columns))
    }

    fn print(&mut self, text: &str) {
        if self.out_is_gone {
            return;
        }
        let out = &mut self.out;
        let mut print = || writeln!(out, "{text}").and_then(|()| out.flush());
        let printed = match &mut self.progress {
            Some(progress) => progress.aside(print),
            None => print(),
        };
        self.out_is_gone = printed.is_err();
    }
}
