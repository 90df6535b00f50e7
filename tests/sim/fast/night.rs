//! One night from its first event to its last: a queue of what happens next.

use std::{collections::BTreeMap, rc::Rc};

use cutover::{
    engine::{Action, Asked, Ending, Event, Halt, Outcome, VERSION, beginning, started},
    journal::Record,
    plan::{ChangeId, Plan, RecordSet, ZoneId},
    unit::{RunId, SignedDuration, Timestamp},
};

use super::{
    draw::{Act, End, Life, Script},
    prepared::{Prepared, prepared, start},
    process::{Fact, Going, Process, Stopping},
    sky::{Landed, Sky},
};
use crate::{
    fences::{Party, after_a_race},
    invariants::{self, Scene},
    saboteur::{Sent, announced, later},
    tally::{Fault, Tally},
};

/// Once trouble is over, a night ends within this time: a whole run, two holds up to their limit, and what it takes until
/// somebody comes back three times.
const ENDS_WITHIN: SignedDuration = SignedDuration::from_hours(8);
/// Most events of a night: more means that something turns in circles.
const MOST_EVENTS: usize = 20_000;
/// How long a sender waits for an answer before it gives up.
const PATIENCE: SignedDuration = SignedDuration::from_secs(5);
/// How long after a first Ctrl-C a second one still asks for a rollback.
const GRACE: SignedDuration = SignedDuration::from_secs(3);
/// How long it takes until a line that was written in a hurry is on the disk, at most.
const HURRY: SignedDuration = SignedDuration::from_millis(500);
/// When the driver looks up even if nothing has happened.
const REFRESH: SignedDuration = SignedDuration::from_secs(60);

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
    broken: Vec<String>,
    events: usize,
}

/// Plays a night and asks every invariant on the way.
///
/// # Errors
/// In words: which invariant does not hold, or why the night has no end.
pub(crate) fn play(script: Script) -> Result<Tally, String> {
    let mut night = Night::new(script);
    let played = night.play();
    played.map_err(|why| format!("{why}\n{}", night.last_events()))?;
    let mut tally = night.sky.tally;
    tally.nights = 1;
    tally.events = night.events as u64;
    for process in &night.processes {
        tally.ended(format!("{} {:?}", process.who, process.over));
    }
    Ok(tally)
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

    /// Records an event, applies it and asks every invariant.
    pub(super) fn commit(&mut self, process: usize, event: Event) -> Result<(), Died> {
        let at = self.clock(process);
        let it = &mut self.processes[process];
        let fate = it.fate.map(|life| life.ends);
        let nth = it.appended;
        it.appended += 1;
        if fate == Some(End::DiskFull(nth)) {
            self.sky.tally.bites(Fault::DiskFull);
            return Err(Died);
        }
        if fate == Some(End::BeforeAppend(nth)) {
            self.sky.tally.bites(Fault::DiesBeforeAnAppend);
            return Err(Died);
        }
        let seq = it.ledger.len() as u64 + 1;
        let record = Record { seq, at, run: it.run.clone(), event, check: it.check };
        self.events += 1;
        if fate == Some(End::AfterAppend(nth)) {
            it.ledger.push(record);
            self.sky.tally.bites(Fault::DiesAfterAnAppend);
            return Err(Died);
        }
        if let Err(illegal) = it.engine.apply(at, &record.event) {
            self.broken.push(format!("contradiction: {illegal}"));
            return Err(Died);
        }
        chronicle(it, &record, self.sky.now());
        if let Event::WeightsWritten { .. } = record.event {
            it.placed_at = self.sky.now();
        }
        it.ledger.push(record);
        self.check(process);
        Ok(())
    }

    fn check(&mut self, process: usize) {
        let it = &self.processes[process];
        let Some(newest) = it.ledger.last() else { return };
        let looks = matches!(
            newest.event,
            Event::WriteAccepted { .. }
                | Event::WriteFailed { .. }
                | Event::RecordsRead { .. }
                | Event::WeightsWritten { .. }
                | Event::RolledBack { .. }
        );
        let live = (looks && self.is_alone(process)).then(|| self.live(&it.plan));
        let settled = matches!(newest.event, Event::Settled { .. });
        let pending = if settled { self.pending(&it.sent) } else { Vec::new() };
        let scene = Scene {
            plan: &it.plan,
            records: &it.ledger,
            sent: &it.sent,
            live: live.as_deref(),
            pending: &pending,
            steady: it.ahead.is_zero(),
            edited: self.edited,
        };
        self.broken.extend(invariants::after_an_event(&scene));
    }

    /// Returns true where nobody else has written to a zone since this process saw it.
    fn is_alone(&self, process: usize) -> bool {
        let it = &self.processes[process];
        it.plan.zones.iter().all(|zone| {
            let others = self.sky.others_wrote(&zone.id, it.who);
            others.is_none_or(|wrote| it.saw.get(&zone.id).is_some_and(|saw| wrote < *saw))
        })
    }

    fn live(&self, plan: &Plan) -> Vec<RecordSet> {
        let all = plan.zones.iter().flat_map(|zone| self.sky.standing(&zone.id));
        all.filter(|record| plan.pairs.iter().any(|pair| pair.owns(record))).cloned().collect()
    }

    fn pending(&self, sent: &[Sent]) -> Vec<ChangeId> {
        let clients = sent.iter().filter(|sent| sent.concerns_clients());
        let effects = clients.filter_map(|sent| sent.effect.clone());
        effects.filter(|change| !self.sky.is_everywhere(change)).collect()
    }

    /// Does what the driver does between two things that happen to it.
    pub(super) fn turn(&mut self, process: usize) {
        if !self.processes[process].alive {
            return;
        }
        match self.advance(process) {
            Err(Died) => self.died(process),
            Ok(Some(outcome)) => self.left(process, outcome),
            Ok(None) => {}
        }
    }

    fn advance(&mut self, process: usize) -> Result<Option<Outcome>, Died> {
        self.stop_if_asked(process)?;
        let now = self.clock(process);
        while let Some(event) = self.processes[process].engine.due(now) {
            if self.defers(process, &event) {
                break;
            }
            self.commit(process, event)?;
            if self.events > MOST_EVENTS {
                return Err(Died);
            }
        }
        if let Some(outcome) = self.processes[process].engine.outcome() {
            return Ok(Some(outcome));
        }
        self.keep_up(process)?;
        let it = &self.processes[process];
        let stop = if let Some(Stopping::Stop { at }) = it.stopping { Some(at) } else { None };
        let wakes = [it.engine.deadline(now), stop].into_iter().flatten().filter(|at| *at > now);
        let wait = wakes.min().map_or(REFRESH, |at| at.duration_since(now)).min(REFRESH);
        self.processes[process].wakes_at = later(self.sky.now(), wait);
        let life = self.processes[process].life;
        self.after(wait, Happening::Wakes { process, life });
        Ok(None)
    }

    fn stop_if_asked(&mut self, process: usize) -> Result<(), Died> {
        let now = self.clock(process);
        let it = &mut self.processes[process];
        if it.engine.is_writing() || it.engine.outcome().is_some() {
            return Ok(());
        }
        let event = match it.stopping {
            Some(Stopping::Rollback) => {
                let reason = "asked for with a second Ctrl-C".to_owned();
                Event::RollbackStarted { reason, breached_at: None, asked: None }
            }
            Some(Stopping::Stop { at }) if now >= at => {
                Event::Stopped { reason: "asked for with Ctrl-C".to_owned() }
            }
            Some(Stopping::Stop { .. }) | None => return Ok(()),
        };
        it.stopping = None;
        self.commit(process, event)
    }

    fn defers(&self, process: usize, event: &Event) -> bool {
        let it = &self.processes[process];
        let stops = match it.stopping {
            Some(Stopping::Rollback) => true,
            Some(Stopping::Stop { at }) => self.clock(process) >= at,
            None => false,
        };
        stops && it.engine.is_writing() && matches!(event, Event::WriteStarted { .. })
    }

    pub(super) fn interrupt(&mut self, process: usize) {
        let now = self.clock(process);
        let it = &mut self.processes[process];
        let back = it.engine.is_rolling_back();
        let (fault, stopping) = match it.stopping {
            Some(_) if !back => (Fault::InterruptedTwice, Stopping::Rollback),
            Some(_) => (Fault::InterruptedTwice, Stopping::Stop { at: now }),
            None if back => (Fault::Interrupted, Stopping::Stop { at: Timestamp::MAX }),
            None => (Fault::Interrupted, Stopping::Stop { at: later(now, GRACE) }),
        };
        it.stopping = Some(stopping);
        self.sky.tally.bites(fault);
        self.turn(process);
    }

    /// Begins what is wished for and not going on yet, and gives up what is no longer wished for.
    fn keep_up(&mut self, process: usize) -> Result<(), Died> {
        let wishes = self.processes[process].engine.pending();
        self.processes[process].calls.retain(|going| wishes.contains(&going.action));
        for action in wishes {
            let calls = &self.processes[process].calls;
            if calls.iter().all(|going| going.action != action) {
                self.begins(process, action)?;
            }
        }
        Ok(())
    }

    fn begins(&mut self, process: usize, action: Action) -> Result<(), Died> {
        let (now, clock) = (self.sky.now(), self.clock(process));
        let it = &mut self.processes[process];
        if it.fate.map(|life| life.ends) == Some(End::BeforeCall(it.called)) {
            self.sky.tally.bites(Fault::DiesBeforeACallHasEffect);
            return Err(Died);
        }
        it.called += 1;
        it.next_call += 1;
        let (call, life, index) = (it.next_call, it.life, it.sent.len());
        if let Action::Change { batch, .. } = &action {
            let in_flight = |going: &Going| matches!(&going.action, Action::Change { batch: other, .. } if other.zone == batch.zone);
            if it.calls.iter().any(in_flight) {
                self.broken.push("at_most_one_change_in_flight: two in one zone".to_owned());
            }
            let announced = announced(&it.ledger, &batch.zone);
            it.sent.push(Sent { at: clock, batch: batch.clone(), effect: None, announced });
        }
        let waits = it.not_before(&action).duration_since(clock).max(SignedDuration::ZERO);
        it.calls.push(Going { id: call, action: action.clone() });
        let takes = waits + self.sky.latency();
        let action = Box::new(action);
        self.at(later(now, takes), Happening::Lands { process, life, call, index, action });
        Ok(())
    }

    /// A call arrives. A change does so even where its sender is no more.
    fn lands(&mut self, process: usize, life: u32, call: u64, index: usize, action: Action) {
        let it = &self.processes[process];
        let awaited = it.life == life && it.calls.iter().any(|going| going.id == call);
        let fact = match &action {
            Action::Change { write, batch, to } => {
                let back = to.is_back();
                match self.sky.change(it.who, batch, back) {
                    Landed::Answered { effect, answer } => {
                        self.takes_effect(process, index, effect);
                        Fact::Changed { write: *write, answer }
                    }
                    Landed::Late(by) => {
                        let late =
                            Happening::LandsLate { process, index, action: Box::new(action) };
                        self.after(by, late);
                        self.give_up(process, life, call);
                        return;
                    }
                }
            }
            _ if !awaited => return,
            Action::Read { zone, names } => {
                let answer = self.sky.records_at(zone, names.iter());
                if answer.is_ok() {
                    self.saw(process, zone);
                }
                Fact::Read { zone: zone.clone(), answer }
            }
            Action::AwaitSync { changes } => {
                let status = |change: &ChangeId| {
                    self.sky.change_status(change).map(|status| (change.clone(), status))
                };
                Fact::Polled(changes.iter().map(status).collect())
            }
            Action::Watch { from, inspect } => {
                let from = it.engine.read_from(*from);
                let names = inspect.then(|| it.engine.names());
                let told = self.sky.metrics(from);
                let records = names.and_then(|names| self.inspect(&names));
                Fact::Watched { told, records }
            }
            Action::Unprotect { .. } => return,
        };
        if awaited {
            let (wait, fact) = (self.sky.latency(), Box::new(fact));
            self.after(wait, Happening::Answers { process, life, call, fact });
            let it = &self.processes[process];
            if let Some(End::AfterCall(nth)) = it.fate.map(|life| life.ends)
                && it.called > nth
            {
                self.sky.tally.bites(Fault::DiesAfterACallHadEffect);
                self.died(process);
            }
        }
    }

    fn give_up(&mut self, process: usize, life: u32, call: u64) {
        let it = &self.processes[process];
        let going = it.calls.iter().find(|going| going.id == call && it.life == life);
        if let Some(Going { action: Action::Change { write, .. }, .. }) = going {
            let kind = cutover::cloud::CloudErrorKind::Unclear;
            let answer = Err(crate::saboteur::failure("ChangeResourceRecordSets", kind));
            let fact = Box::new(Fact::Changed { write: *write, answer });
            self.after(PATIENCE, Happening::Answers { process, life, call, fact });
        }
    }

    fn inspect(
        &mut self,
        names: &BTreeMap<ZoneId, std::collections::BTreeSet<cutover::unit::RecordName>>,
    ) -> Option<Vec<RecordSet>> {
        let mut all = Vec::new();
        for (zone, names) in names {
            all.extend(self.sky.records_at(zone, names.iter()).ok()?);
        }
        Some(all)
    }

    fn saw(&mut self, process: usize, zone: &ZoneId) {
        let now = self.sky.now();
        self.processes[process].saw.insert(zone.clone(), now);
    }

    fn takes_effect(&mut self, process: usize, index: usize, effect: Option<ChangeId>) {
        if effect.is_some() {
            // Who lost lines of the journal has forgotten what it sent as well.
            if let Some(sent) = self.processes[process].sent.get_mut(index) {
                sent.effect = effect;
            }
            let plan = Rc::clone(&self.prepared.plan);
            self.sky.weigh(&plan);
        }
    }

    fn lands_late(&mut self, process: usize, index: usize, action: Action) {
        let Action::Change { batch, to, .. } = &action else { return };
        let who = self.processes[process].who;
        match self.sky.take(who, batch, to.is_back()) {
            Ok(change) => self.takes_effect(process, index, Some(change)),
            Err(error) if error.passes_by_itself() => {
                let soon = SignedDuration::from_millis(300);
                let action = Box::new(action);
                self.after(soon, Happening::LandsLate { process, index, action });
            }
            Err(_) => {}
        }
    }

    fn answers(&mut self, process: usize, life: u32, call: u64, fact: Fact) {
        let now = self.clock(process);
        let it = &mut self.processes[process];
        let Some(at) = it.calls.iter().position(|going| going.id == call) else { return };
        if it.life != life {
            return;
        }
        it.calls.remove(at);
        if let Some(event) = it.learn(now, fact)
            && self.commit(process, event).is_err()
        {
            self.died(process);
            return;
        }
        self.turn(process);
    }

    /// A process is dead. What of its journal was not on the disk goes with the machine.
    pub(super) fn died(&mut self, process: usize) {
        let now = self.clock(process);
        let it = &mut self.processes[process];
        it.ends();
        let Some(life) = it.fate.take() else {
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
                self.sky.tally.bites(Fault::LostTail);
            }
        }
        let back =
            if life.goes_back { Comeback::GoBack } else { Comeback::Resume { take_over: false } };
        self.after(life.down, Happening::Comes { process, back });
    }

    /// A process has nothing left to do.
    fn left(&mut self, process: usize, outcome: Outcome) {
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
            1 => Comeback::Resume { take_over: fenced },
            2 => Comeback::GoBack,
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
        self.processes[process].begins(clock, fate)?;
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
        match back {
            // Who goes back with nothing but the runbook has a plan of its own, and needs no preflight.
            Comeback::GoBack if known == 0 => vec![started(&it.plan, &owner), went_back(owner)],
            _ if known == 0 || known == 1 && back != Comeback::GoBack => {
                beginning(&it.plan, &owner, &hazards)[known..].to_vec()
            }
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

    fn in_the_morning(&mut self) -> Result<(), String> {
        let parties: Vec<Party> = self.processes.iter().map(Process::party).collect();
        after_a_race(&self.sky.book, &parties)?;
        for it in &self.processes {
            let since = |zone: &ZoneId| self.sky.others_wrote(zone, it.who) >= Some(it.placed_at);
            if !it.plan.zones.iter().any(|zone| since(&zone.id)) {
                invariants::in_the_morning(&it.plan, &it.ledger, &self.live(&it.plan))?;
            }
            let back = it.ledger.iter().any(|r| matches!(r.event, Event::RollbackStarted { .. }));
            if back && it.over == Some(Outcome::Ended(Ending::Completed)) {
                return Err(
                    "a_rollback_reaches_the_baseline_or_says_stuck: it completes".to_owned()
                );
            }
        }
        Ok(())
    }

    fn last_events(&self) -> String {
        let dull = ["metrics_read", "minute_judged"];
        let mut told: Vec<(Timestamp, String)> = Vec::new();
        for it in &self.processes {
            let told_of = it.ledger.iter().filter(|r| !dull.contains(&r.event.name()));
            told.extend(told_of.map(|r| {
                let text = format!("  {} {} {} {:?}", it.who, r.seq, r.at, r.event);
                (r.at, text.chars().take(230).collect())
            }));
        }
        told.sort_by_key(|(at, _)| *at);
        let texts: Vec<String> = told.into_iter().map(|(_, text)| text).collect();
        texts[texts.len().saturating_sub(40)..].join("\n")
    }
}

/// Returns the event of a process that begins to go back.
fn went_back(owner: String) -> Event {
    let asked = Some(Asked { owner, to_simple: false, deadline: None });
    Event::RollbackStarted { reason: "asked".to_owned(), breached_at: None, asked }
}

/// Writes down what matters to others, at the time of the world.
fn chronicle(it: &Process, record: &Record, now: Timestamp) {
    let matters = matches!(
        record.event,
        Event::RunStarted { .. }
            | Event::LockTaken { .. }
            | Event::Fenced { .. }
            | Event::Resumed { .. }
            | Event::RollbackStarted { .. }
    );
    if matters {
        it.chronicle.borrow_mut().push(Record { at: now, ..record.clone() });
    }
}
