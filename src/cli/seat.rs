//! Where the operator sits: a run's events and views to the terminal.

use std::{cell::RefCell, path::Path, rc::Rc, sync::Arc};

use tokio::sync::mpsc::UnboundedSender;

use super::{
    Printer,
    keyboard::{Keyboard, Typed},
    notify::{self, Notices},
    operator::operator,
    printer::say,
};
use crate::{
    driver::{Ask, Asks, Observer},
    engine::{Event, View},
    journal::Record,
    notify::{Context, Notifier},
    plan::Plan,
    report::{Format, Reporter},
};

/// Shows a run to the operator.
pub struct Seat {
    reporter: Reporter,
    keyboard: Keyboard,
    /// Where answers go that are typed here.
    answers: Option<UnboundedSender<Ask>>,
    quiet: bool,
    format: Format,
    /// What was last said of something that is tried again, so that it is said once.
    last_notice: String,
    /// The run, as messages refer to it.
    context: Context,
    /// Tells those who sit elsewhere.
    notifier: Option<Notifier>,
    notices: Notices,
    /// Whether an earlier process has shown something of the run.
    replayed: bool,
}

impl Seat {
    /// Returns the seat of a run; `options` are what `resume` and `rollback` need besides the run.
    pub fn new(printer: &Printer, options: Vec<String>) -> Self {
        let quiet = printer.globals().quiet;
        Self {
            reporter: printer.reporter(options),
            keyboard: Keyboard::default(),
            answers: None,
            quiet,
            format: printer.globals().output,
            last_notice: String::new(),
            context: Context::default(),
            notifier: None,
            notices: Notices::default(),
            replayed: false,
        }
    }

    /// Lets what the run asks be answered here.
    pub fn answer_to(&mut self, asks: &Asks) {
        self.answers = Some(asks.sender());
        self.notices.go_to(asks.sender());
    }

    /// Lets those whom the plan names know of all that happens from now on; `folder` is the run's.
    pub(super) fn tell_others(&mut self, plan: &Plan, folder: &Path) {
        if !plan.notify.is_empty() {
            let again = self.replayed;
            self.notifier = Some(notify::open(&plan.notify, folder, again, &self.notices));
        }
    }

    /// Shows what another process drives: what it asks is answered elsewhere.
    pub fn only_watches(&mut self) {
        self.reporter.only_watches();
    }

    /// Waits for an answer to be typed.
    fn ask(&mut self, record: &Record) {
        let Some(answers) = self.answers.clone() else { return };
        let run = record.run.clone();
        self.keyboard.ask(true);
        self.keyboard.listen(move |typed| {
            let ask = match typed {
                Typed::Yes => Ask::Approve { by: operator() },
                Typed::Unclear => Ask::Notice(format!(
                    "type `yes` and Enter to approve; `cutover abort {run}` sends everybody back"
                )),
            };
            // Once the run is over, nobody is asked any more.
            let _ = answers.send(ask);
        });
    }

    /// Returns what prints and draws, which knows of every line that was typed meanwhile.
    fn reporter(&mut self) -> &mut Reporter {
        self.reporter.typed(self.keyboard.entered());
        &mut self.reporter
    }

    /// Takes in what an earlier process showed.
    pub fn replay(&mut self, record: &Record) {
        self.reporter.replay(record);
        self.context.remember(record);
        self.replayed = true;
    }

    /// Takes the display away.
    pub fn finish(&mut self) {
        self.reporter().finish();
        self.keyboard.show(true);
        let Some(notifier) = self.notifier.take() else { return };
        let (quiet, format) = (self.quiet, self.format);
        let note = |text: &str| {
            if !quiet {
                say(format, text);
            }
        };
        let long = || note("waiting for those who are told of this run, for 10 seconds at most");
        notifier.close(long).iter().for_each(|untold| note(untold));
    }
}

impl Observer for Rc<RefCell<Seat>> {
    fn record(&mut self, record: &Record) {
        let mut seat = self.borrow_mut();
        seat.reporter().record(record);
        seat.context.remember(record);
        if let Some(notifier) = &seat.notifier
            && let Some(message) = seat.context.message(record)
        {
            notifier.tell(&Arc::new(message));
        }
        if matches!(record.event, Event::ApprovalAsked { .. }) {
            seat.ask(record);
        }
    }

    fn shows_views(&self) -> bool {
        self.borrow().reporter.shows_views()
    }

    fn view(&mut self, view: &View) {
        let mut seat = self.borrow_mut();
        if seat.reporter.shows_views() {
            let answers = seat.answers.is_some() && view.question.is_some();
            seat.keyboard.show(answers);
        }
        seat.keyboard.ask(view.question.is_some());
        seat.reporter().view(view);
    }

    fn notice(&mut self, text: &str) {
        let mut seat = self.borrow_mut();
        if seat.quiet || seat.last_notice == text {
            return;
        }
        text.clone_into(&mut seat.last_notice);
        let format = seat.format;
        seat.reporter().aside(|| say(format, text));
    }
}
