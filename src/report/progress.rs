//! Shows the screen on a terminal and keeps it below the lines: the only file that asks how large a terminal is, and the only
//! one that names indicatif, whose bars show how far something long has come.

use std::io::{self, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use terminal_size::{Height, Width, terminal_size_of};

use super::{
    Paint,
    screen::{Look, screen, width},
    sheet::Sheet,
};
use crate::engine::View;

/// Columns and lines of a terminal that does not say how many it has.
const USUAL: (usize, usize) = (80, 24);
/// Columns used of a wide terminal: longer lines are hard to read.
const WIDEST: usize = 160;

/// What a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// More than ASCII.
    pub unicode: bool,
    /// Colours.
    pub colour: bool,
    /// When it gets narrower, lines that are too long go on in the next row.
    pub wraps: bool,
}

impl Look {
    /// Returns how a screen is drawn on stdout, whose lines are not drawn anew: as wide as the terminal where there is one, as
    /// long as it likes, and below a line that says which run it is.
    pub fn of_stdout(terminal: Terminal) -> Self {
        let columns = columns_of_stdout().unwrap_or(USUAL.0).min(WIDEST).saturating_sub(1);
        let Terminal { unicode, colour, .. } = terminal;
        Self {
            columns,
            rows: usize::MAX,
            unicode,
            paint: Paint::new(colour),
            titled: false,
            answers: false,
        }
    }
}

/// The screen at the bottom of a terminal.
pub(super) struct Progress {
    out: Box<dyn Write>,
    terminal: Terminal,
    /// Whether what the run asks can be answered here.
    answers: bool,
    sheet: Sheet,
    /// The lines that were shown last, and what they say without their colours.
    lines: Vec<(String, usize)>,
}

impl Progress {
    /// Returns one that shows nothing yet, on a terminal that is behind stderr.
    pub(super) fn new(out: Box<dyn Write>, terminal: Terminal) -> Self {
        Self { out, terminal, answers: true, sheet: Sheet::new(terminal.wraps), lines: Vec::new() }
    }

    /// Shows this view in place of the one before; `headway` says how many records are back.
    pub(super) fn show(&mut self, view: &View, headway: Option<&str>) {
        let (columns, rows) = size();
        let Terminal { unicode, colour, .. } = self.terminal;
        // One column less than there is, because some terminals wrap after the last one.
        let columns_used = columns.min(WIDEST).saturating_sub(1);
        let paint = |colour| Look {
            columns: columns_used,
            rows: lines_of(rows),
            unicode,
            paint: Paint::new(colour),
            titled: true,
            answers: self.answers,
        };
        let plain = screen(view, headway, &paint(false));
        let drawn = if colour { screen(view, headway, &paint(true)) } else { plain.clone() };
        self.lines = drawn.into_iter().zip(plain.iter().map(|line| width(line))).collect();
        let bytes = self.sheet.draw(&self.lines, columns, self.answers && view.question.is_some());
        self.write(&bytes);
    }

    /// Shows a run that another process drives, where nothing can be answered here.
    pub(super) fn only_watches(&mut self) {
        self.answers = false;
    }

    /// Takes in that somebody has typed so many lines below the screen.
    pub(super) fn typed(&mut self, lines: usize) {
        self.sheet.typed(lines);
    }

    /// Takes the screen away while something else is printed.
    pub(super) fn aside<T>(&mut self, print: impl FnOnce() -> T) -> T {
        let was_shown = self.sheet.is_shown();
        self.clear();
        let printed = print();
        if was_shown {
            let bytes = self.sheet.draw(&self.lines, size().0, false);
            self.write(&bytes);
        }
        printed
    }

    /// Takes the screen away for good.
    pub(super) fn clear(&mut self) {
        let bytes = self.sheet.erase(size().0);
        self.write(&bytes);
    }

    fn write(&mut self, bytes: &str) {
        // A terminal that has gone away is no reason to end a run.
        let _ = self.out.write_all(bytes.as_bytes()).and_then(|()| self.out.flush());
    }
}

/// Returns the lines that the screen may take of a terminal with so many: some of what was told before stays in sight.
fn lines_of(rows: usize) -> usize {
    rows.saturating_sub((rows / 3).clamp(2, 12)).max(1)
}

/// Returns the columns and lines of the terminal behind stderr.
#[expect(clippy::disallowed_methods, reason = "nothing is written, its size is asked for")]
fn size() -> (usize, usize) {
    terminal_size_of(io::stderr())
        .map_or(USUAL, |(Width(columns), Height(rows))| (columns.into(), rows.into()))
}

/// Returns the columns that a line may take on the terminal behind stdout; nothing where there is none.
#[expect(clippy::disallowed_methods, reason = "nothing is written, its width is asked for")]
pub(super) fn columns_of_stdout() -> Option<usize> {
    terminal_size_of(io::stdout()).map(|(Width(columns), _)| columns.into())
}

/// How much of something long has been done, on stderr.
pub struct Bar(ProgressBar);

impl Bar {
    /// Returns a bar for so many things of this name.
    pub fn of(number: usize, things: &str) -> Self {
        let style = ProgressStyle::with_template("{bar:40} {pos} of {len} {msg}, {eta} to go")
            .expect("the template is a constant");
        let bar = ProgressBar::with_draw_target(Some(number as u64), ProgressDrawTarget::stderr());
        Self(bar.with_style(style).with_message(things.to_owned()))
    }

    /// Counts one more of them.
    pub fn one_more(&self) {
        self.0.inc(1);
    }

    /// Takes the bar away.
    pub fn clear(self) {
        self.0.finish_and_clear();
    }
}
