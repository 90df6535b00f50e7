//! One night from its first event to its last: a queue of what happens next.

use std::{collections::BTreeMap, rc::Rc};

use cutover::{
    engine::{Action, Asked, Event, Halt, Outcome, VERSION, beginning, started},
    journal::Record,
    unit::{RunId, SignedDuration, Timestamp},
};

use super::{
    draw::{Act, End, Life, Script},
    prepared::{Prepared, prepared, start},
    process::{Fact, Process},
    sky::Sky,
};
use crate::{
    saboteur::later,
    tally::{Fault, Tally},
};

/// Once trouble is over, a night ends within this time: a whole run, two holds up to their limit, and what it takes until
/// somebody comes back three times.
const ENDS_WITHIN: SignedDuration = SignedDuration::from_hours(8);
/// Most events of a night: more means that something turns in circles.
pub(super) const MOST_EVENTS: usize = 20_000;
/// How long it takes until a line that was written in a hurry is on the disk, at most.
const HURRY: SignedDuration = SignedDuration::from_millis(500);
/// A person goes on with a run that has stopped, and goes back once it has stopped so often.
const HALTS_UNTIL_BACK: usize = 2;
/// What happens at a moment.
#[derive(Debug)]
pub(super) enum Happening {
    Lands { process: usize, life: u32, call: u64, index: usize, action: Box<Action> },
    Answers { process: usize, life: u32, call: u64, fact: Box<Fact> },
    LandsLate { process: usize, index: usize, action: Box<Action> },
    Wakes { process: usize, life: u32 },
    Killed { process: usize, life: u32 },
    Comes { process: usize, back: Comeback },
    Acts(Act),
}

/// What a process does that takes a run up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comeback {
    Begin,
    Resume { take_over: bool },
    GoBack,
}

/// The process is dead.
#[derive(Debug)]
pub(super) struct Died;

/// A night that is going on.
pub(super) struct Night {
    pub(super) script: Script,
    pub(super) prepared: Rc<Prepared>,
    pub(super) sky: Sky,
    pub(super) processes: Vec<Process>,
    queue: BTreeMap<(Timestamp, u64), Happening>,
    next: u64,
    until: Timestamp,
    lives: std::vec::IntoIter<Life>,
    /// A stranger has changed something.
    pub(super) edited: bool,
    pub(super) broken: Vec<String>,
    pub(super) events: usize,
}

/// Plays a night and asks every invariant on the way.
///
/// # Errors
/// In words: which invariant does not hold, or why the night has no end.
pub(crate) fn play(script: Script) -> Result<Tally, String> {
    let mut night = played(script)?;
    let mut tally = std::mem::take(&mut night.sky.tally);
    tally.nights = 1;
    tally.events = night.events as u64;
    for process in &night.processes {
        tally.ended(format!("{} {:?}", process.who, process.over));
    }
    Ok(tally)
}

/// Plays a night, for those who look closer at it.
///
/// # Errors
/// As [`play`].
pub(super) fn played(script: Script) -> Result<Night, String> {
    let mut night = Night::new(script);
    let played = night.play();
    played.map_err(|why| format!("{why}\n{}", night.last_events()))?;
    Ok(night)
}

impl Night {
    fn new(script: Script) -> Self {
        let prepared = prepared(script.runbook);
        let plan = Rc::clone(&prepared.plan);
        let sky = Sky::new(&script, &prepared, &plan);
        let until = later(start(), script.trouble_for);
        let run = RunId::new("night", start(), script.seed as u16);
        let first = Process::new("first", plan, run, Vec::new(), script.seed);
        let lives = script.lives.clone().into_iter();
        let (broken, queue, processes) = (Vec::new(), BTreeMap::new(), vec![first]);
        let mut night = Self {
            script,
            prepared,
            sky,
            processes,
            queue,
            next: 0,
            until,
            lives,
            edited: false,
            broken,
            events: 0,
        };
        night.at(start(), Happening::Comes { process: 0, back: Comeback::Begin });
        for (after, act) in night.script.acts.clone() {
            night.at(later(start(), after), Happening::Acts(act));
        }
        night
    }

    pub(super) fn at(&mut self, at: Timestamp, what: Happening) {
        self.next += 1;
        self.queue.insert((at, self.next), what);
    }

    pub(super) fn after(&mut self, wait: SignedDuration, what: Happening) {
        self.at(later(self.sky.now(), wait), what);
    }

    fn play(&mut self) -> Result<(), String> {
        while self.processes.iter().any(|process| process.over.is_none()) {
            let Some(((at, _), what)) = self.queue.pop_first() else {
                return Err("once_faults_stop_the_run_ends: nothing happens any more".to_owned());
            };
            if at > later(self.until, ENDS_WITHIN) {
                return Err(format!("once_faults_stop_the_run_ends: it goes on at {at}"));
            }
            self.sky.advance(at);
            self.happens(what)?;
            if let Some(first) = self.broken.first() {
                return Err(first.clone());
            }
            if self.events > MOST_EVENTS {
                return Err(format!("{MOST_EVENTS} events: it turns in circles"));
            }
        }
        self.in_the_morning()
    }

    fn happens(&mut self, what: Happening) -> Result<(), String> {
        match what {
            Happening::Lands { process, life, call, index, action } => {
                self.lands(process, life, call, index, *action);
            }
            Happening::LandsLate { process, index, action } => {
                self.lands_late(process, index, *action);
            }
            Happening::Answers { process, life, call, fact } => {
                self.answers(process, life, call, *fact);
            }
            Happening::Wakes { process, life } => {
                let it = &self.processes[process];
                if it.life == life && it.wakes_at <= self.sky.now() {
                    self.processes[process].wakes_at = Timestamp::MAX;
                    self.turn(process);
                }
            }
            Happening::Killed { process, life } => {
                if self.processes[process].life == life && self.processes[process].alive {
                    self.sky.tally.bites(Fault::DiesAtAnyMoment);
                    self.died(process);
                }
            }
            Happening::Comes { process, back } => self.comes(process, back)?,
            Happening::Acts(act) => self.acts(act)?,
        }
        Ok(())
    }

    pub(super) fn clock(&self, process: usize) -> Timestamp {
        later(self.sky.now(), self.processes[process].ahead)
    }

    /// A process is dead. What of its journal was not on the disk goes with the machine.
    pub(super) fn died(&mut self, process: usize) {
        let now = self.clock(process);
        let it = &mut self.processes[process];
        it.ends();
        let fate = it.fate.take();
        self.explains(process);
        let it = &mut self.processes[process];
        let Some(life) = fate else {
            self.broken.push("it died without being killed".to_owned());
            return;
        };
        if life.machine && it.hurries {
            let before = it.ledger.len();
            let lost = |record: &Record| {
                record.at <= now && now.duration_since(record.at) < HURRY && record.seq > 2
            };
            while it.ledger.last().is_some_and(lost) {
                it.ledger.pop();
            }
            if it.ledger.len() < before {
                it.forgot = true;
                self.sky.tally.bites(Fault::LostTail);
            }
        }
        let back =
            if life.goes_back { Comeback::GoBack } else { Comeback::Resume { take_over: false } };
        self.after(life.down, Happening::Comes { process, back });
    }

    /// A process has nothing left to do.
    pub(super) fn left(&mut self, process: usize, outcome: Outcome) {
        let alone = self.processes.len() == 1;
        let it = &mut self.processes[process];
        it.ends();
        it.fate = None;
        let fenced = outcome == Outcome::Halted(Halt::Fenced);
        if matches!(outcome, Outcome::Ended(_)) || fenced && !alone {
            it.over = Some(outcome);
            return;
        }
        it.halts += 1;
        let back = match it.halts {
            HALTS_UNTIL_BACK => Comeback::GoBack,
            1 => Comeback::Resume { take_over: fenced },
            // What a stranger has put beside the pair only a person can judge.
            _ if outcome == Outcome::Halted(Halt::Stuck) && self.edited => {
                it.over = Some(outcome);
                return;
            }
            _ => {
                self.broken.push(format!("once_faults_stop_the_run_ends: {outcome:?} again"));
                return;
            }
        };
        let at = later(self.until.max(self.sky.now()), SignedDuration::from_mins(3));
        self.at(at, Happening::Comes { process, back });
    }

    /// A process takes a run up.
    fn comes(&mut self, process: usize, back: Comeback) -> Result<(), String> {
        let fate = if process == 0 { self.lives.next() } else { None };
        let clock = self.clock(process);
        let it = &mut self.processes[process];
        // A run that died before its preflight had passed is not resumed: another one is begun, with a journal of its own.
        if it.ledger.len() == 1 && back != Comeback::GoBack {
            it.ledger.clear();
        }
        it.begins(clock, fate)?;
        let life = self.processes[process].life;
        if let Some(End::After(time)) = fate.map(|life| life.ends) {
            self.after(time, Happening::Killed { process, life });
        }
        for event in self.first_events(process, back) {
            if self.commit(process, event).is_err() {
                self.died(process);
                return Ok(());
            }
        }
        self.turn(process);
        Ok(())
    }

    fn first_events(&mut self, process: usize, back: Comeback) -> Vec<Event> {
        let hazards = self.prepared.hazards.clone();
        let it = &mut self.processes[process];
        let known = it.ledger.len();
        let owner = format!("{}-{}", it.who, it.life);
        let over = matches!(it.engine.outcome(), Some(Outcome::Ended(_)));
        // Whoever has gone back, and finds that the journal has lost it together with the machine, goes back again.
        let lost = it.halts >= HALTS_UNTIL_BACK && !over && !it.engine.is_rolling_back();
        let back = if lost { Comeback::GoBack } else { back };
        match back {
            // Who goes back with nothing but the runbook has a plan of its own, and needs no preflight.
            Comeback::GoBack if known == 0 => vec![started(&it.plan, &owner), went_back(owner)],
            _ if known == 0 => beginning(&it.plan, &owner, &hazards).to_vec(),
            Comeback::Begin => Vec::new(),
            // Whoever finds that the run is over leaves it alone.
            Comeback::Resume { .. } if over => Vec::new(),
            Comeback::Resume { take_over } => {
                vec![Event::Resumed { version: VERSION.to_owned(), owner, take_over }]
            }
            Comeback::GoBack => {
                it.hurries = true;
                vec![went_back(owner)]
            }
        }
    }
}

/// Returns the event of a process that begins to go back.
fn went_back(owner: String) -> Event {
    let asked = Some(Asked { owner, to_simple: false, deadline: None });
    Event::RollbackStarted { reason: "asked".to_owned(), breached_at: None, asked }
}
