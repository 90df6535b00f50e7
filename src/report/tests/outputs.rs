//! What goes where: lines, JSON, and an output that breaks.

use std::{cell::RefCell, io, rc::Rc};

use super::*;
use crate::report::{Format, Reporter, Settings, Terminal};

/// A stdout that a test can read, or that breaks.
#[derive(Clone, Default)]
struct Out {
    text: Rc<RefCell<Vec<u8>>>,
    broken: bool,
}

impl io::Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.broken {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.text.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn reported(change: impl FnOnce(&mut Settings)) -> String {
    let mut settings = Settings {
        format: Format::Text,
        quiet: false,
        verbose: false,
        colour: false,
        terminal: None,
        breaks_lines: false,
        options: Vec::new(),
    };
    change(&mut settings);
    let out = Out::default();
    let mut reporter = Reporter::new(settings, Box::new(out.clone()), Box::new(io::sink()));
    reporter.replay(&started());
    for record in [step_started("02:14:07"), stopped("02:15:00")] {
        reporter.record(&record);
    }
    reporter.finish();
    let text = out.text.borrow().clone();
    String::from_utf8(text).unwrap()
}

#[test]
fn a_replayed_record_is_not_printed_but_remembered() {
    let text = reported(|_| {});
    assert!(!text.contains("started"), "{text}");
    assert!(text.contains("step 2 of 7"), "{text}");
}

#[test]
fn quiet_keeps_what_somebody_may_have_to_act_on() {
    let text = reported(|settings| settings.quiet = true);
    assert!(text.contains("stopped") && !text.contains("step 2"), "{text}");
}

#[test]
fn json_is_one_object_a_line_whatever_else_was_asked_for() {
    let text = reported(|settings| {
        settings.format = Format::Json;
        settings.quiet = true;
        settings.terminal = Some(Terminal { unicode: true, colour: true, wraps: true });
    });
    let events: Vec<Record> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events, [step_started("02:14:07"), stopped("02:15:00")]);
}

#[test]
fn a_reader_that_goes_away_does_not_end_the_run() {
    let settings = Settings {
        format: Format::Json,
        quiet: false,
        verbose: false,
        colour: false,
        terminal: None,
        breaks_lines: false,
        options: Vec::new(),
    };
    let out = Out { broken: true, ..Out::default() };
    let mut reporter = Reporter::new(settings, Box::new(out), Box::new(io::sink()));
    reporter.record(&started());
    reporter.record(&stopped("02:15:00"));
    assert!(reporter.out_is_gone());
}
