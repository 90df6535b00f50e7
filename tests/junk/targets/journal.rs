//! A run's folder: the plan in the first line, the journal in the others, through replay into everything that looks at it.

use std::{cell::RefCell, rc::Rc, sync::OnceLock};

use cutover::{
    driver::Observer,
    engine::{Engine, View},
    journal::{Journal, MemoryStore, Record, parse, replay},
    plan::Plan,
    rehearse::{play, stage},
    report::{Look, Paint, Rank, Teller, json, screen},
    runbook::{Choice, Source, parse as parse_runbook},
    sim::Scenario,
    unit::{RunId, SignedDuration, Timestamp},
};

use serde_json::{Map, Value};

use super::{RUNBOOK, assert_ours};

/// Reads a run's folder.
pub(crate) fn target(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (plan, lines) = text.split_once('\n').unwrap_or((&text, ""));
    let lines: Vec<String> = lines.lines().map(str::to_owned).collect();
    let run = run_of(&lines);
    if let Some(Err(error)) = parse(&run, lines.iter().map(Ok)).find(Result::is_err) {
        assert_ours(&told(&error));
    }
    look_at(&run, plan, &recorded(&run, &lines));
}

/// Returns the events of these lines as cutover itself would have recorded them: what was edited does not fit its check,
/// and would be refused before anybody looks at what it says.
fn recorded(run: &RunId, lines: &[String]) -> Vec<Record> {
    let opened = Journal::open(MemoryStore::default(), run.clone());
    let (mut journal, _) = opened.expect("an empty journal can be begun");
    let event = |line: &String| {
        let mut fields: Map<String, Value> = serde_json::from_str(line).ok()?;
        let at = fields.remove("at")?.as_str()?.parse().ok()?;
        for own in ["seq", "run", "check"] {
            fields.remove(own);
        }
        Some((at, serde_json::from_value(Value::Object(fields)).ok()?))
    };
    let events = lines.iter().filter_map(event);
    events.map(|(at, event)| journal.append(at, event).expect("memory")).collect()
}

/// Returns an error with its causes.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// Returns the run of the first line that names one, as a folder's name would.
fn run_of(lines: &[String]) -> RunId {
    let first = lines.first().and_then(|line| serde_json::from_str::<Record>(line).ok());
    first.map_or_else(|| RunId::new("short", Timestamp::UNIX_EPOCH, 1), |record| record.run)
}

fn look_at(run: &RunId, plan: &str, records: &[Record]) {
    let mut teller = Teller::new(&[]);
    for record in records {
        if let Some(line) = teller.tell(record, Rank::Verbose) {
            assert_harmless(&line.painted(Paint::new(false), Some(60)));
        }
        assert_harmless(&json(record));
    }
    let Ok(plan) = serde_json::from_str::<Plan>(plan) else { return };
    let mut engine = Engine::new(plan, run.clone());
    if let Err(error) = replay(&mut engine, records) {
        assert_ours(&told(&error));
    }
    let now = records.last().map_or(Timestamp::UNIX_EPOCH, |record| record.at);
    for later in [0, 1, 600, 90_000] {
        let now = now.saturating_add(SignedDuration::from_secs(later)).unwrap_or(Timestamp::MAX);
        let _ = engine.pending();
        show(&engine.view(now));
        let _ = engine.due(now);
    }
}

fn show(view: &View) {
    let look = Look {
        columns: 79,
        rows: 40,
        unicode: true,
        paint: Paint::new(false),
        titled: true,
        answers: true,
    };
    for line in screen(view, None, &look) {
        assert_harmless(&line);
    }
}

/// Asserts that a terminal obeys nothing in it but line breaks.
fn assert_harmless(text: &str) {
    let harmful = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!text.contains(harmful), "{text:?}");
}

/// Returns the folders of a run that went through and of one that went back, and one of a run that was left.
pub(crate) fn corpus() -> Vec<Vec<u8>> {
    static FOLDERS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    let made = || {
        let calm = played("");
        let back = played("faults: [ { from_share: 50%, side: new, errors: 10% } ]\n");
        let lines: Vec<&[u8]> = calm.split_inclusive(|byte| *byte == b'\n').collect();
        let left = lines[..lines.len() / 2].concat();
        vec![left, back, calm]
    };
    FOLDERS.get_or_init(made).clone()
}

/// Keeps every record.
#[derive(Clone, Default)]
struct All(Rc<RefCell<Vec<Record>>>);

impl Observer for All {
    fn record(&mut self, record: &Record) {
        self.0.borrow_mut().push(record.clone());
    }

    fn shows_views(&self) -> bool {
        false
    }

    fn view(&mut self, _: &View) {}

    fn notice(&mut self, _: &str) {}
}

fn played(faults: &str) -> Vec<u8> {
    let source = Source { path: "runbook.yaml".to_owned(), text: RUNBOOK.into() };
    let runbook = parse_runbook(&source, &Choice::default()).expect("it is right");
    let scenario = Scenario::parse(&format!("description: x\n{faults}")).expect("it is right");
    let stage = stage(std::slice::from_ref(&runbook));
    let all = All::default();
    let played = play(&runbook, stage, scenario, 7, &all).expect("it goes to its end");
    let plan = serde_json::to_string(&played.plan).expect("it has a form");
    let records = all.0.borrow();
    let lines = records.iter().map(|record| serde_json::to_string(record).expect("it has a form"));
    let all: Vec<String> = [plan].into_iter().chain(lines).collect();
    (all.join("\n") + "\n").into()
}
