//! Shows the screen on a terminal and keeps it below the lines: the only file that knows how a terminal is redrawn.

use std::io;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use terminal_size::{Width, terminal_size_of};

use super::screen;
use crate::engine::View;

/// Columns of a terminal that does not say how many it has.
const USUAL_WIDTH: usize = 80;
/// Columns used of a wide terminal: longer lines are hard to read.
const WIDEST: usize = 160;

/// The display at the bottom of a terminal, on stderr.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Returns a display that shows nothing yet.
    pub(super) fn new() -> Self {
        let style = ProgressStyle::with_template("{msg}").expect("the template is a constant");
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        Self { bar: bar.with_style(style) }
    }

    /// Shows this view in place of the one before; `headway` says how many records are back.
    pub(super) fn show(&self, view: &View, headway: Option<&str>) {
        self.bar.set_message(screen(view, headway, width()).join("\n"));
    }

    /// Takes the display away while something else is printed.
    pub(super) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    /// Takes the display away for good.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }
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

/// Returns how many columns may be used now: one less than there are, because some terminals wrap after the last one.
#[expect(clippy::disallowed_methods, reason = "nothing is written, its width is asked for")]
fn width() -> usize {
    let columns =
        terminal_size_of(io::stderr()).map_or(USUAL_WIDTH, |(Width(columns), _)| columns.into());
    columns.min(WIDEST).saturating_sub(1)
}
