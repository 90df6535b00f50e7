//! Everything that a state of the exploration is: one zone, the time, the processes, and the batches that are on their way
//! to Route 53.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use cutover::{
    engine::{Engine, Event},
    plan::{Batch, ChangeAction, Lock, Plan, RecordSet},
    unit::Timestamp,
};

use crate::{
    ends::Ways,
    moves::Happens,
    operators::Visit,
    plan::Setting,
    print::{Marks, Print},
};

/// When every exploration begins.
pub(crate) const START: &str = "2026-03-03T09:00:00Z";

/// What is explored, and how far.
#[derive(Debug)]
pub(crate) struct Cutover {
    pub(crate) setting: Setting,
    pub(crate) bounds: Bounds,
    /// What other operators may come for.
    pub(crate) visits: Vec<Visit>,
    /// Breaks the world or an engine on purpose, so that a claim can be seen to fail.
    pub(crate) broken: Option<Breakage>,
    pub(crate) ways: Ways,
}

/// How often each thing may happen on one way through the states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Bounds {
    /// Batches that are throttled, or that are given up and may arrive at any later time or never.
    pub(crate) faults: u8,
    /// Processes that die between any two of their acts, and are taken up again.
    pub(crate) crashes: u8,
    /// Times that the gates say something else than that all is well.
    pub(crate) judgements: u8,
    /// Operators who come from elsewhere.
    pub(crate) visits: u8,
    /// Times that somebody changes the zone by hand.
    pub(crate) edits: u8,
    /// Times that an operator goes on, in any way, with a run whose process is over or dead.
    pub(crate) returns: u8,
    /// Whether operators who come look at one moment and begin at any later one.
    pub(crate) hesitate: bool,
}

/// What can be broken on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breakage {
    /// Route 53 takes deletions of what is not as it should be.
    NothingIsCompared,
    /// Route 53 forgets what it was to create, but for locks.
    NothingIsCreated,
    /// Batches are sent that are in no journal.
    NothingIsAnnounced,
    /// A process does not act on what it knows to be due.
    NobodyActs,
    /// Route 53 throttles for ever.
    EverythingIsThrottled,
    /// Whoever reads sees what was there when all began.
    OnlyThePastIsRead,
    /// Somebody changes a record just before a run says that it is done, and nobody takes any notice.
    AnEditIsUnseen,
    /// What the gates say against new is forgotten as soon as it is told.
    BreachesAreForgotten,
    /// Whoever is on the way back stops.
    NobodyGoesBack,
}

/// One state.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) zone: Arc<Zone>,
    pub(crate) processes: Vec<Arc<Process>>,
    pub(crate) under_way: Vec<Arc<Call>>,
    /// Batches that Route 53 took.
    pub(crate) taken: u32,
    pub(crate) left: Bounds,
    /// What there is to know of each process that ever began, by its number. Who goes on with a run is another one.
    pub(crate) facts: Vec<Facts>,
    /// Who last took the lock.
    pub(crate) holder: Option<usize>,
    /// A promise that was broken by the move that led here.
    pub(crate) broken: Option<&'static str>,
    /// What can happen next.
    pub(crate) next: Arc<Vec<Happens>>,
    /// Stands for the state.
    print: u64,
}

/// All record sets of the one zone.
#[derive(Debug)]
pub(crate) struct Zone {
    pub(crate) records: Vec<RecordSet>,
    print: Print,
}

/// What claims have to know of a process.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Facts {
    /// Newest write that is in its journal.
    pub(crate) announced: u32,
    /// Route 53 took a batch from it that changed a record.
    pub(crate) moved: bool,
    /// It has heard that the lock is its own. Whoever has not can take it again where it is gone: nothing was moved.
    pub(crate) holds: bool,
    /// Somebody else took the lock from it, which it knew that it held.
    pub(crate) lost: bool,
    /// A way back has reached the zone since it moved anything, or has taken its lock.
    pub(crate) barred: bool,
    /// Its gates have breached.
    pub(crate) breached: bool,
    /// Somebody else changed the zone since it looked for the first time.
    pub(crate) disturbed: bool,
    /// Somebody else changed the zone since it last read.
    pub(crate) stale: bool,
}

/// One process and what it knows; what it knows is what its journal says.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) engine: Engine,
    /// Its number among all that ever began.
    pub(crate) number: usize,
    pub(crate) alive: bool,
    /// What it begins with, where it has looked and not begun.
    pub(crate) waits: Vec<Event>,
    /// What it decides now.
    pub(crate) due: Option<Event>,
    /// When the gates were last asked, and whether all was well.
    pub(crate) judged: Option<(Timestamp, bool)>,
    /// The plan does not change.
    plan: Arc<Print>,
    print: Print,
}

/// A batch between its sender and Route 53.
#[derive(Debug)]
pub(crate) struct Call {
    /// Index of the process.
    pub(crate) process: usize,
    /// Number of the process that sent it.
    pub(crate) number: usize,
    pub(crate) write: u32,
    pub(crate) batch: Batch,
    pub(crate) back: bool,
    /// Whether the sender still waits for the answer.
    pub(crate) awaited: bool,
    print: Print,
}

impl Zone {
    pub(crate) fn new(records: Vec<RecordSet>) -> Arc<Self> {
        let print = Print::of(&records);
        Arc::new(Self { records, print })
    }

    /// Compares and swaps, all or nothing (laws L01, L09). Returns what is there afterwards, where Route 53 takes the batch.
    pub(crate) fn after(&self, batch: &Batch, broken: Option<Breakage>) -> Option<Vec<RecordSet>> {
        let compares = broken != Some(Breakage::NothingIsCompared);
        let mut zone = self.records.clone();
        let creates = |record: &RecordSet| {
            broken != Some(Breakage::NothingIsCreated) || Lock::read(record).is_some()
        };
        let key = |record: &RecordSet| {
            let identifier = record.set_identifier().map(str::to_owned);
            (record.name.clone(), record.kind.clone(), identifier)
        };
        for change in &batch.changes {
            let at = zone.iter().position(|record| key(record) == key(&change.record));
            match (change.action, at) {
                (ChangeAction::Delete, Some(at)) if !compares || zone[at] == change.record => {
                    zone.remove(at);
                }
                (ChangeAction::Create, None) | (ChangeAction::Upsert, None) => {
                    zone.extend(creates(&change.record).then(|| change.record.clone()));
                }
                (ChangeAction::Upsert, Some(at)) => zone[at] = change.record.clone(),
                (ChangeAction::Delete, None) | (ChangeAction::Create, Some(_)) if !compares => {}
                (ChangeAction::Delete, _) | (ChangeAction::Create, Some(_)) => return None,
            }
        }
        Some(zone)
    }
}

impl Process {
    pub(crate) fn new(engine: Engine, number: usize) -> Self {
        let (plan, rest) = words_of(&engine);
        let plan = Arc::new(Print::of_words(&plan));
        let print = Print::of_words(&rest);
        let (waits, due, judged) = (Vec::new(), None, None);
        Self { engine, number, alive: true, waits, due, judged, plan, print }
    }

    /// Returns a process that begins where another one is.
    pub(crate) fn copied(&self, number: usize) -> Self {
        Self { number, alive: true, due: None, judged: None, ..self.clone() }
    }

    /// Takes in that the engine is not as it was.
    pub(crate) fn changed(&mut self, now: Timestamp) {
        self.print = Print::of_words(&words_of(&self.engine).1);
        self.look_up(now);
    }

    /// Takes in that time has passed.
    pub(crate) fn look_up(&mut self, now: Timestamp) {
        self.due = (self.alive && self.waits.is_empty()).then(|| self.engine.due(now)).flatten();
    }

    pub(crate) fn is_over(&self) -> bool {
        self.engine.outcome().is_some()
    }
}

/// Returns all that an engine holds, which its debug form shows in full: its plan, and everything else.
fn words_of(engine: &Engine) -> (String, String) {
    let mut plan = format!("{engine:?}");
    let end = plan.find(", run: ").expect("the run comes after the plan");
    let rest = plan.split_off(end);
    (plan, rest)
}

impl Call {
    pub(crate) fn new(process: usize, number: usize, write: u32, batch: Batch, back: bool) -> Self {
        let print = Print::of(&batch);
        Self { process, number, write, batch, back, awaited: true, print }
    }

    /// Returns the same batch with nobody waiting for its answer.
    pub(crate) fn given_up(&self) -> Self {
        let (batch, print) = (self.batch.clone(), self.print.clone());
        Self { batch, print, awaited: false, ..*self }
    }
}

impl World {
    pub(crate) fn beginning(setting: &Setting, left: Bounds) -> Self {
        let zone = setting.plan.pairs.iter().flat_map(|pair| pair.found.clone()).collect();
        Self {
            now: START.parse().expect("the start is a moment"),
            zone: Zone::new(zone),
            processes: Vec::new(),
            under_way: Vec::new(),
            taken: 0,
            left,
            facts: Vec::new(),
            holder: None,
            broken: None,
            next: Arc::default(),
            print: 0,
        }
    }

    /// Returns the members of the name that moves.
    pub(crate) fn members<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = &'a RecordSet> {
        self.zone.records.iter().filter(|record| record.name == plan.pairs[0].name)
    }

    /// Returns the weight of new's member, 0 where it has none.
    pub(crate) fn weight_of_new(&self, plan: &Plan) -> u8 {
        weight_of_new(&self.zone.records, plan)
    }

    pub(crate) fn process(&mut self, index: usize) -> &mut Process {
        Arc::make_mut(&mut self.processes[index])
    }

    pub(crate) fn facts(&mut self, index: usize) -> &mut Facts {
        &mut self.facts[self.processes[index].number]
    }

    /// Forgets batches that can never be taken any more: what they delete is gone, and nobody can make it again.
    pub(crate) fn forget_what_cannot_arrive(&mut self, marks: &Marks) {
        let made = |record: &RecordSet| {
            let creates = self.under_way.iter().flat_map(|call| &call.batch.changes);
            let mut creates = creates.filter(|change| change.action != ChangeAction::Delete);
            creates.any(|change| change.record == *record)
        };
        let lost = |call: &&Arc<Call>| {
            let mut changes = call.batch.changes.iter();
            let gone = |record: &RecordSet| {
                let until = crate::print::until_of(record);
                let again = until.is_none_or(|until| marks.can_be_written_again(until));
                !again && !self.zone.records.contains(record) && !made(record)
            };
            !call.awaited && changes.any(|c| c.action == ChangeAction::Delete && gone(&c.record))
        };
        let keep: Vec<_> = self.under_way.iter().filter(|call| !lost(call)).cloned().collect();
        self.under_way = keep;
    }

    /// Works out what stands for the state.
    pub(crate) fn take_print(&mut self, plan: &Plan) {
        let mut marks = Marks::new(self.now, plan);
        self.forget_what_cannot_arrive(&marks);
        // The order of batches that are under way means nothing.
        self.under_way.sort_by_key(|call| (call.awaited, call.process, call.print.rank()));
        let mut state = DefaultHasher::new();
        marks.add(&self.zone.print, &mut state);
        for process in &self.processes {
            marks.add(&process.plan, &mut state);
            marks.add(&process.print, &mut state);
            let judged = process.judged.map(|(at, well)| (at == self.now, well));
            (process.alive, process.waits.len(), judged).hash(&mut state);
            self.facts_of(process.number).hash(&mut state);
        }
        for call in &self.under_way {
            marks.add(&call.print, &mut state);
            (call.process, call.awaited, call.back, self.facts_of(call.number)).hash(&mut state);
        }
        (self.left, self.broken).hash(&mut state);
        self.print = state.finish();
    }

    fn facts_of(&self, number: usize) -> impl Hash {
        let Facts { announced: _, moved, holds, lost, barred, breached, disturbed, stale } =
            self.facts[number];
        ([moved, holds, lost, barred, breached, disturbed, stale], self.holder == Some(number))
    }

    pub(crate) fn print(&self) -> u64 {
        self.print
    }
}

/// Returns the weight of new's member among these, 0 where it has none.
pub(crate) fn weight_of_new(records: &[RecordSet], plan: &Plan) -> u8 {
    plan.pairs[0].weights_in(records).1.map_or(0, |weight| weight.0)
}

impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        self.print == other.print
    }
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.print.hash(state);
    }
}
