//! Where the operator sits: a run's events and views to the terminal.

use std::{cell::RefCell, rc::Rc};

use super::{Printer, keyboard::Keyboard, printer::say};
use crate::{driver::Observer, engine::View, journal::Record, report::Reporter};

/// Shows a run to the operator.
pub struct Seat {
    reporter: Reporter,
    keyboard: Keyboard,
    quiet: bool,
    /// What was last said of something that is tried again, so that it is said once.
    last_notice: String,
}

impl Seat {
    /// Returns the seat of a run; `options` are what `resume` and `rollback` need besides the run.
    pub fn new(printer: &Printer, options: Vec<String>) -> Self {
        let quiet = printer.globals().quiet;
        let (reporter, keyboard) = (printer.reporter(options), Keyboard::new());
        Self { reporter, keyboard, quiet, last_notice: String::new() }
    }

    /// Takes in what an earlier process showed.
    pub fn replay(&mut self, record: &Record) {
        self.reporter.replay(record);
    }

    /// Takes the display away.
    pub fn finish(&mut self) {
        self.reporter.finish();
        self.keyboard.show(true);
    }
}

impl Observer for Rc<RefCell<Seat>> {
    fn record(&mut self, record: &Record) {
        self.borrow_mut().reporter.record(record);
    }

    fn shows_views(&self) -> bool {
        self.borrow().reporter.shows_views()
    }

    fn view(&mut self, view: &View) {
        let mut seat = self.borrow_mut();
        if seat.reporter.shows_views() {
            seat.keyboard.show(view.question.is_some());
        }
        seat.reporter.view(view);
    }

    fn notice(&mut self, text: &str) {
        let mut seat = self.borrow_mut();
        if seat.quiet || seat.last_notice == text {
            return;
        }
        text.clone_into(&mut seat.last_notice);
        seat.reporter.aside(|| say(text));
    }
}
