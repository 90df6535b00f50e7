//! What a long run keeps in memory.
//!
//! The allocator counts all of the program's memory, so the tests of this program wait for each other. Bounds are of a debug
//! build as of a release build: what is kept is the same.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    error::Error,
    io,
    rc::Rc,
    sync::{Mutex, PoisonError},
};

use cutover::{
    driver::Observer,
    engine::{Action, Ending, Engine, Event, Outcome, View, beginning},
    gate::{Row, SideRow, TargetCount},
    journal::{Journal, Record, Store},
    plan::{ChangeAction, ChangeId, Plan, RecordSet},
    rehearse::{plan_offline, play, stage},
    report::{Format, Reporter, Settings},
    runbook::{Runbook, Source, validate},
    sim::Scenario,
    unit::{Minute, RunId, SignedDuration, Timestamp},
};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;
/// Held by the test that measures.
static TURN: Mutex<()> = Mutex::new(());

type TestResult = Result<(), Box<dyn Error>>;

/// Returns the shipped runbook with the default gates and these steps.
fn runbook(steps: &str) -> Result<Runbook, Box<dyn Error>> {
    let shipped = include_str!("../../runbooks/api.yaml");
    let (before, after) = shipped.split_once("steps:\n").ok_or("no steps")?;
    let (_, after) = after.split_once("\n\n").ok_or("nothing behind the steps")?;
    let text = format!("{before}steps:\n{steps}\n\n{after}");
    let source = Source { path: "api.yaml".to_owned(), text: text.into() };
    validate(&source, &BTreeMap::new())
        .map_err(|problems| format!("{problems:?}"))?
        .into_iter()
        .next()
        .ok_or_else(|| "no runbook".into())
}

/// Prints as the command does, to nobody.
fn reporter() -> Reporter {
    let settings = Settings {
        format: Format::Text,
        quiet: false,
        verbose: true,
        colour: true,
        terminal: None,
        breaks_lines: false,
        options: Vec::new(),
    };
    Reporter::new(settings, Box::new(io::sink()), Box::new(io::sink()))
}

/// A journal that keeps nothing: on a disk it is not in memory either.
struct Disk;

impl Store for Disk {
    fn append(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn lines(&mut self) -> io::Result<Box<dyn Iterator<Item = io::Result<String>> + '_>> {
        Ok(Box::new(std::iter::empty()))
    }
}

/// A run in which everything goes well, without a driver.
struct Run {
    engine: Engine,
    journal: Journal<Disk>,
    reporter: Reporter,
    now: Timestamp,
    live: Vec<RecordSet>,
    changes: u32,
}

impl Run {
    fn of(plan: Plan, hazards: &[String]) -> Result<Self, Box<dyn Error>> {
        let now: Timestamp = "2026-03-03T09:00:00Z".parse()?;
        let id = RunId::new("long", now, 1);
        let live = plan.pairs.iter().flat_map(|pair| pair.found.clone()).collect();
        let (journal, _) = Journal::open(Disk, id.clone())?;
        let first = beginning(&plan, "me", hazards);
        let engine = Engine::new(plan, id);
        let mut run = Self { engine, journal, reporter: reporter(), now, live, changes: 0 };
        for event in first {
            run.commit(event)?;
        }
        Ok(run)
    }

    /// Does what the driver does with an event.
    fn commit(&mut self, event: Event) -> TestResult {
        let record = self.journal.append(self.now, event)?;
        self.engine.apply(self.now, &record.event)?;
        self.reporter.record(&record);
        Ok(())
    }

    /// Takes the decisions that are due, and does what is wished for; returns false where only time helps.
    fn turn(&mut self) -> Result<bool, Box<dyn Error>> {
        while let Some(event) = self.engine.due(self.now) {
            self.commit(event)?;
        }
        let wishes = self.engine.pending();
        let Some(wish) = wishes.into_iter().find(|wish| !matches!(wish, Action::Watch { .. }))
        else {
            return Ok(false);
        };
        let event = match wish {
            Action::Change { write, batch, .. } => {
                for change in batch.changes {
                    let key = |r: &RecordSet| {
                        (r.name.clone(), r.kind.clone(), r.set_identifier().map(str::to_owned))
                    };
                    self.live.retain(|record| key(record) != key(&change.record));
                    if change.action != ChangeAction::Delete {
                        self.live.push(change.record);
                    }
                }
                self.changes += 1;
                Event::WriteAccepted { write, change: ChangeId(format!("C{}", self.changes)) }
            }
            Action::Read { zone, names } => {
                let here = self.live.iter().filter(|record| names.contains(&record.name));
                Event::RecordsRead { zone, records: here.cloned().collect() }
            }
            Action::AwaitSync { changes } => Event::InSync { changes },
            Action::Watch { .. } | Action::Unprotect { .. } | Action::Run { .. } => {
                return Err("there is nobody to do it".into());
            }
        };
        self.commit(event)?;
        Ok(true)
    }

    /// Lets a minute pass and takes in its metrics: traffic is shared as the weights say, and neither side is worse.
    fn minute(&mut self) -> TestResult {
        self.now = self.now.saturating_add(SignedDuration::from_mins(1))?;
        let closed = Minute::containing(self.now).offset(-2);
        let weight = |id: &str| {
            let of = |r: &RecordSet| r.set_identifier().is_some_and(|known| known.ends_with(id));
            self.live
                .iter()
                .filter(|r| of(r))
                .filter_map(RecordSet::weight)
                .map(|w| f64::from(w.0))
                .sum::<f64>()
        };
        let (legacy, new) = (weight("legacy"), weight("new"));
        let all = 60_000.0 + (closed.0 % 977) as f64;
        let side = |weight: f64| {
            let requests =
                if legacy + new > 0.0 { (all * weight / (legacy + new)).round() } else { 0.0 };
            SideRow {
                requests: Some(requests),
                errors: Some((requests * 0.001).round()),
                latency: Some(0.25),
                latency_p90: Some(0.125),
                ..SideRow::default()
            }
        };
        let row = Row { legacy: side(legacy), new: side(new), ..Row::default() };
        let rows = self.engine.fresh_rows([(closed, row)].into());
        let targets = Some(TargetCount { healthy: 4, registered: 4, of: None });
        self.commit(Event::MetricsRead {
            rows,
            targets,
            alarms: BTreeMap::new(),
            services: BTreeMap::new(),
            datadog: BTreeMap::new(),
            faults: Vec::new(),
        })
    }
}

/// Returns the bytes that each minute has added from one measurement to another.
fn of_a_minute((from, to): (usize, usize), minutes: usize) -> usize {
    to.saturating_sub(from) / minutes
}

const DAY: usize = 24 * 60;

/// The rows themselves are kept, because where a limit is tuned all of them are judged again: nearly all of it is theirs. In thirty
/// days that is 26 MB.
#[test]
fn a_run_of_thirty_days_keeps_less_than_600_bytes_of_each_of_its_minutes() -> TestResult {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let steps =
        ["10%", "50%", "100%"].map(|share| format!("  - {{ weight: {share}, hold: 240h }}"));
    let made =
        plan_offline(&runbook(&steps.join("\n"))?).map_err(|problems| problems.join("; "))?;
    let mut run = Run::of(made.plan, &made.hazards)?;
    let mut by_day = Vec::new();
    for minute in 0.. {
        while run.turn()? {}
        if run.engine.outcome().is_some() {
            break;
        }
        run.minute()?;
        if minute % DAY == 0 {
            by_day.push(MEMORY.current_usage());
        }
    }
    assert_eq!(run.engine.outcome(), Some(Outcome::Ended(Ending::Completed)));
    let days = by_day.len() - 1;
    assert!((30..32).contains(&days), "{days} days");
    let kept = of_a_minute((by_day[0], by_day[days]), days * DAY);
    eprintln!("{kept} bytes of a minute, {} kB in all", by_day[days] / 1000);
    assert!(kept < 600, "{kept} bytes of a minute");
    Ok(())
}

/// Shows what the command shows, and looks at the memory once a day.
#[derive(Clone)]
struct Watcher {
    reporter: Rc<RefCell<Reporter>>,
    by_day: Rc<RefCell<Vec<(Timestamp, usize)>>>,
}

impl Observer for Watcher {
    fn record(&mut self, record: &Record) {
        self.reporter.borrow_mut().record(record);
        let mut by_day = self.by_day.borrow_mut();
        let begins = |(at, _): &(Timestamp, usize)| {
            record.at.duration_since(*at) >= SignedDuration::from_hours(24)
        };
        if by_day.last().is_none_or(begins) {
            by_day.push((record.at, MEMORY.current_usage()));
        }
    }

    fn shows_views(&self) -> bool {
        true
    }

    fn view(&mut self, view: &View) {
        self.reporter.borrow_mut().view(view);
    }

    fn notice(&mut self, _: &str) {}
}

#[test]
fn the_driver_the_reporter_and_the_invented_aws_keep_less_than_1000_bytes_of_each_minute_beside_the_engine()
-> TestResult {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let runbook = runbook("  - { weight: 50%, hold: 48h }\n  - { weight: 100%, hold: 1h }")?;
    let (reporter, by_day) = (Rc::new(RefCell::new(reporter())), Rc::default());
    let watcher = Watcher { reporter, by_day: Rc::clone(&by_day) };
    let calm = Scenario::builtin("calm").ok_or("there is no calm")?;
    let played = play(&runbook, stage(std::slice::from_ref(&runbook)), calm, 1, &watcher)?;
    assert_eq!(played.outcome, Some(Outcome::Ended(Ending::Completed)));
    let by_day = by_day.borrow();
    let (first, last) = (by_day[1].1, by_day[by_day.len() - 1].1);
    let kept = of_a_minute((first, last), (by_day.len() - 2) * DAY);
    eprintln!("{kept} bytes of a minute");
    assert!(kept < 1000, "{kept} bytes of a minute");
    Ok(())
}
