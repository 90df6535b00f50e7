//! Shows the screen on a terminal and keeps it below the lines: the only file that knows how a terminal is redrawn.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::screen;
use crate::engine::View;

/// Columns used: one less than the narrowest usual terminal has, because some wrap after the last one.
const WIDTH: usize = 79;

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

    /// Shows this view in place of the one before.
    pub(super) fn show(&self, view: &View) {
        self.bar.set_message(screen(view, WIDTH).join("\n"));
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
