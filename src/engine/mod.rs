//! Facts in, wishes out: the state machine of a run.
//!
//! This room is pure: no IO, no clock, no async. Time is an argument. [`Engine::apply`] takes in one fact;
//! [`Engine::due`] names the decision that state and time imply, to be recorded and applied like any other fact;
//! [`Engine::pending`] says what is wished for. All three follow from the events alone, so resuming is replaying.

mod action;
mod advice;
mod apply;
mod due;
mod event;
mod reading;
mod records;
mod state;
#[cfg(test)]
mod tests;
mod view;

use std::collections::{BTreeMap, BTreeSet};

pub use action::{Action, backoff};
pub use event::{
    Asked, Difference, Event, IllegalEvent, LockChange, PairWeights, Position, VERSION,
    WriteFailure, beginning, started,
};
pub use state::{Ending, Halt, Outcome};
pub use view::{SideView, View};

use crate::{
    gate::{Finding, Judge, StepSpan, Table},
    plan::{ChangeId, Plan, RecordSet},
    unit::{Minute, RunId, Timestamp},
};
use state::{Flight, Held, Phase};

/// A run, as far as its events tell.
#[derive(Debug)]
pub struct Engine {
    plan: Plan,
    run: RunId,
    phase: Phase,
    halt: Option<Halt>,
    records: Records,
    flight: Option<Flight>,
    writes: u32,
    failures: Failures,
    changes: Vec<ChangeId>,
    spans: Vec<StepSpan>,
    table: Table,
    judge: Judge,
    judged: Option<Judged>,
    last_read: Option<Timestamp>,
    /// Another process took the run up, and what happened meanwhile is not judged yet.
    taken_up: bool,
    /// Gates whose warning has been told, so that it is told once.
    warned: BTreeSet<String>,
    held: Option<Held>,
    breached: Option<(Timestamp, Finding)>,
    rollback_began: Option<Timestamp>,
}

/// What is known of the records.
#[derive(Debug, Default)]
struct Records {
    /// What was last seen, or written, of each pair.
    live: Vec<Vec<RecordSet>>,
    /// Pairs that must be read before anything else is done to them.
    unread: BTreeSet<usize>,
    /// Pairs of which Route 53 said that it took their change, until they are read.
    accepted: BTreeSet<usize>,
    /// What each pair was before the changes that are not known to be everywhere: a lost change brings it back.
    former: Vec<Vec<RecordSet>>,
    /// A change was lost since the pairs were read.
    lost: bool,
    /// When a change was last found in the zone that Route 53 never confirmed, so that it cannot be asked for.
    unconfirmed: Option<Timestamp>,
    /// What somebody else changed.
    drift: Vec<Difference>,
    /// Where the records were last when all of them had been read.
    position: Option<Position>,
}

/// Failures of writes in a row.
#[derive(Debug, Default)]
struct Failures {
    attempts: u32,
    /// Failures that do not pass by themselves.
    refusals: u32,
    /// Successes that changed nothing (law L17).
    ignored: u32,
    message: String,
    retry_at: Option<Timestamp>,
    /// Pairs that wait until then; all of them where the account as a whole has to slow down.
    waiting: Option<Vec<usize>>,
    /// How often each pair was in a batch that was refused on the way back: one of them may spoil it for the others.
    refused: BTreeMap<usize, u32>,
    /// Most pairs in one batch, while it is looked for.
    most: Option<usize>,
}

/// The newest judgement.
#[derive(Debug, Clone)]
struct Judged {
    at: Timestamp,
    minute: Minute,
    findings: Vec<Finding>,
}

impl Engine {
    /// Begins a run of this plan, before its first event. The run is who holds the zones' locks.
    pub fn new(plan: Plan, run: RunId) -> Self {
        let judge = Judge::new(&plan.gates, &plan.history, &plan.planned_minutes());
        let live: Vec<_> = plan.pairs.iter().map(|pair| pair.found.clone()).collect();
        let former = live.clone();
        Self {
            phase: Phase::Blank,
            halt: None,
            records: Records { live, former, ..Records::default() },
            flight: None,
            writes: 0,
            failures: Failures::default(),
            changes: Vec::new(),
            spans: Vec::new(),
            table: Table::default(),
            judge,
            judged: None,
            last_read: None,
            taken_up: false,
            warned: BTreeSet::new(),
            held: None,
            breached: None,
            rollback_began: None,
            plan,
            run,
        }
    }

    /// Returns the plan of the run.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Returns how this process must leave the run, once nothing is left for it to do.
    pub fn outcome(&self) -> Option<Outcome> {
        match (self.phase, self.halt) {
            (Phase::Ended(ending), _) => Some(Outcome::Ended(ending)),
            (_, Some(halt)) => Some(Outcome::Halted(halt)),
            (_, None) => None,
        }
    }

    /// Returns true once the preflight has passed: before, nothing can have been written, and there is nothing to resume.
    pub fn has_begun(&self) -> bool {
        !matches!(self.phase, Phase::Blank | Phase::Starting)
    }

    /// Returns true while a batch has been announced and not answered: then nothing may interrupt.
    pub fn is_writing(&self) -> bool {
        self.flight.is_some()
    }

    /// Returns true once the way back has begun.
    pub fn is_rolling_back(&self) -> bool {
        self.rollback_began.is_some()
    }

    /// Returns true once a batch has been announced: from then on the records may not be as they were found.
    pub fn has_changed_anything(&self) -> bool {
        self.writes > 0
    }

    /// Returns how many writes failed in a row; see [`backoff`].
    pub fn attempts(&self) -> u32 {
        self.failures.attempts
    }

    /// Returns everything that is wished for now; empty when only time can help. The answer may change with every
    /// [`Engine::apply`].
    pub fn pending(&self) -> Vec<Action> {
        if self.outcome().is_some() {
            return Vec::new();
        }
        let mut wishes = Vec::new();
        if let Some(flight) = &self.flight {
            wishes.extend(self.change(flight));
        } else if self.must_read() {
            let unread = self.unread_names().into_iter();
            wishes.extend(unread.map(|(zone, names)| Action::Read { zone, names }));
        } else if let (Phase::Syncing { .. }, false) = (self.phase, self.changes.is_empty()) {
            wishes.push(Action::AwaitSync { changes: self.changes.clone() });
        }
        if let (true, Some(first)) = (self.phase.is_forward(), self.spans.first()) {
            let placing = matches!(self.phase, Phase::Placing { .. });
            let inspect = !placing && self.records.unread.is_empty();
            wishes.push(Action::Watch { from: first.first, inspect });
        }
        wishes
    }
}
