//! Everything that a state of the exploration is: one zone, the time, the process, and the batches
//! that are on their way to Route 53.

use std::{
    fmt::{self, Write as _},
    hash::{DefaultHasher, Hash, Hasher},
};

use cutover::{
    engine::Engine,
    plan::{Batch, ChangeAction, Plan, RecordSet},
    unit::Timestamp,
};

/// When every exploration begins.
pub(crate) const START: &str = "2026-03-03T09:00:00Z";

/// What is explored, and how far.
#[derive(Debug)]
pub(crate) struct Cutover {
    pub(crate) plan: Plan,
    pub(crate) bounds: Bounds,
}

/// How often each thing may happen on one way through the states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Bounds {
    /// Batches that are throttled, or of which the answer is lost, or that are given up and may arrive at any later time.
    pub(crate) faults: u8,
    /// Processes that die between any two of their acts, and are taken up again.
    pub(crate) crashes: u8,
    /// Times that the gates say something else than that all is well.
    pub(crate) judgements: u8,
}

/// One state.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) zone: Vec<RecordSet>,
    pub(crate) processes: Vec<Process>,
    pub(crate) under_way: Vec<Call>,
    /// Batches that Route 53 took.
    pub(crate) taken: u32,
    pub(crate) left: Bounds,
    /// Weight of new when the way back had reached the zone for the first time.
    pub(crate) turned_back_at: Option<u8>,
    /// A promise that was broken by the move that led here.
    pub(crate) broken: Option<&'static str>,
}

/// One process and what it knows; what it knows is what its journal says.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) engine: Engine,
    /// Stands for the engine where states are compared.
    print: u64,
    pub(crate) alive: bool,
    /// When the gates were last asked, and whether all was well.
    pub(crate) judged: Option<(Timestamp, bool)>,
}

/// A batch between its sender and Route 53.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub(crate) process: usize,
    pub(crate) write: u32,
    pub(crate) batch: Batch,
    pub(crate) back: bool,
    /// Whether the sender still waits for the answer.
    pub(crate) awaited: bool,
}

impl World {
    /// Compares and swaps, all or nothing (laws L01, L09). Returns whether Route 53 took the batch.
    pub(crate) fn swap(&mut self, batch: &Batch) -> bool {
        let mut zone = self.zone.clone();
        let key = |record: &RecordSet| {
            let identifier = record.set_identifier().map(str::to_owned);
            (record.name.clone(), record.kind.clone(), identifier)
        };
        for change in &batch.changes {
            let at = zone.iter().position(|record| key(record) == key(&change.record));
            match (change.action, at) {
                (ChangeAction::Delete, Some(at)) if zone[at] == change.record => {
                    zone.remove(at);
                }
                (ChangeAction::Create, None) | (ChangeAction::Upsert, None) => {
                    zone.push(change.record.clone());
                }
                (ChangeAction::Upsert, Some(at)) => zone[at] = change.record.clone(),
                (ChangeAction::Delete, _) | (ChangeAction::Create, Some(_)) => return false,
            }
        }
        self.zone = zone;
        self.taken += 1;
        true
    }

    /// Returns the members of the name that moves.
    pub(crate) fn members<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = &'a RecordSet> {
        self.zone.iter().filter(|record| record.name == plan.pairs[0].name)
    }

    /// Returns the weight of new's member, 0 where it has none.
    pub(crate) fn weight_of_new(&self, plan: &Plan) -> u8 {
        plan.pairs[0].weights_in(&self.zone).1.map_or(0, |weight| weight.0)
    }
}

impl Process {
    pub(crate) fn new(engine: Engine) -> Self {
        let mut process = Self { engine, print: 0, alive: true, judged: None };
        process.changed();
        process
    }

    /// Takes in that the engine is not as it was. Engines are told apart by all that they hold, which their debug form shows
    /// in full.
    pub(crate) fn changed(&mut self) {
        let mut hasher = DefaultHasher::new();
        // Writing to a hasher cannot fail.
        let _ = write!(Into(&mut hasher), "{:?}", self.engine);
        self.print = hasher.finish();
    }

    fn key(&self) -> (u64, bool, Option<(Timestamp, bool)>) {
        (self.print, self.alive, self.judged)
    }
}

/// Text on its way into a hasher.
struct Into<'a, H>(&'a mut H);

impl<H: Hasher> fmt::Write for Into<'_, H> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

impl World {
    fn key(&self) -> impl Hash + PartialEq + use<> {
        let processes: Vec<_> = self.processes.iter().map(Process::key).collect();
        let Self { now, zone, under_way, taken, left, turned_back_at, broken, .. } = self;
        (
            processes,
            format!("{zone:?} {under_way:?}"),
            *now,
            *taken,
            *left,
            *turned_back_at,
            *broken,
        )
    }
}

impl PartialEq for World {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Hash for World {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}
