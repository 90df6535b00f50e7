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
mod legal;
mod limits;
mod locks;
mod next;
mod reading;
mod records;
mod seen;
mod state;
mod steering;
mod steps;
mod tasks;
#[cfg(test)]
mod tests;
mod tuning;
mod view;
mod waves;
mod writes;

use std::collections::{BTreeMap, BTreeSet};

pub use action::{Action, backoff};
pub use advice::{Advice, at_end_of_hold, breach, holding, is_beyond_return, obstacle};
pub use event::{
    Asked, Difference, Event, IllegalEvent, LockChange, PairWeights, Position, Tuning, VERSION,
    Word, WriteFailure, beginning, started,
};
pub use seen::{Freshness, Limits, MinuteView, SideView, TREND_MINUTES};
pub use state::{Ending, Halt, Outcome};
pub use steps::{StepView, WaveView};
pub use tuning::{Origin, Rebuild, Refusal, Tune};
pub use view::{Question, View};

use crate::{
    gate::{Finding, Judge, StepSpan, Table},
    plan::{ChangeId, Governor, Plan, RecordSet, ZoneId},
    unit::{Minute, RecordName, RecordType, RunId, Timestamp},
};
use locks::{Fence, ZoneLock, locks_of};
use state::{Flight, Held, Phase};
use steering::Steering;
use writes::Failures;

/// A run, as far as its events tell.
#[derive(Debug, Clone)]
pub struct Engine {
    plan: Plan,
    run: RunId,
    phase: Phase,
    halt: Option<Halt>,
    records: Records,
    /// What each zone's lock is, as far as known; empty where the run works without.
    locks: BTreeMap<ZoneId, ZoneLock>,
    /// What the clock said at the newest event.
    clock: Option<Timestamp>,
    /// A lock was found to be somebody else's.
    fence: Option<Fence>,
    /// Tells this process from every other one, in the locks; and the processes of the run before it.
    owner: String,
    former_owners: BTreeSet<String>,
    /// This process was told to take over locks that are somebody else's.
    takes_over: bool,
    /// Batches that were announced and not answered, one in a zone (law L24).
    flights: BTreeMap<ZoneId, Flight>,
    writes: u32,
    failures: BTreeMap<ZoneId, Failures>,
    governor: Governor,
    /// Names that nobody may change, and whether it was tried to unprotect them.
    protections: BTreeMap<(ZoneId, RecordName, RecordType), bool>,
    changes: Vec<ChangeId>,
    /// The shifts of the wave under way that have begun.
    spans: Vec<StepSpan>,
    /// Index of the first shift of the wave under way.
    first_of_wave: usize,
    table: Table,
    judge: Judge,
    judged: Option<Judged>,
    last_read: Option<Timestamp>,
    /// Newest minute on record when everything was last read without a fault.
    whole_until: Option<Minute>,
    /// Another process took the run up, and what happened meanwhile is not judged yet.
    taken_up: bool,
    /// Gates whose warning has been told, so that it is told once.
    warned: BTreeSet<String>,
    held: Option<Held>,
    breached: Option<(Timestamp, Finding)>,
    rollback_began: Option<Timestamp>,
    /// When everybody was back, as read.
    safe_at: Option<Timestamp>,
    /// What `cutover rollback` asked for.
    asked: Option<Asked>,
    /// Limits that were changed, oldest first.
    tunings: Vec<Tuning>,
    /// Requests of which the journal tells that they were done.
    requests: BTreeSet<String>,
    /// What people have said, and what the run waits for beside the shares.
    steering: Steering,
}

/// What is known of the records.
#[derive(Debug, Clone, Default)]
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

/// The newest judgement.
#[derive(Debug, Clone)]
struct Judged {
    /// When what it looks at was read; what is judged again by other limits is no younger for it.
    read: Timestamp,
    minute: Minute,
    findings: Vec<Finding>,
}

impl Engine {
    /// Begins a run of this plan, before its first event. The run is who holds the zones' locks.
    pub fn new(plan: Plan, run: RunId) -> Self {
        let judge = waves::judge_of(&plan, 0);
        let live: Vec<_> = plan.pairs.iter().map(|pair| pair.found.clone()).collect();
        let former = live.clone();
        Self {
            phase: Phase::Blank,
            halt: None,
            records: Records { live, former, ..Records::default() },
            locks: locks_of(&plan),
            clock: None,
            fence: None,
            owner: String::new(),
            former_owners: BTreeSet::new(),
            takes_over: false,
            flights: BTreeMap::new(),
            writes: 0,
            failures: BTreeMap::new(),
            governor: Governor::new(plan.quota),
            protections: BTreeMap::new(),
            changes: Vec::new(),
            spans: Vec::new(),
            first_of_wave: 0,
            table: Table::default(),
            judge,
            judged: None,
            last_read: None,
            whole_until: None,
            taken_up: false,
            warned: BTreeSet::new(),
            held: None,
            breached: None,
            rollback_began: None,
            safe_at: None,
            asked: None,
            tunings: Vec::new(),
            requests: BTreeSet::new(),
            steering: Steering::default(),
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

    /// Returns true while batches have been announced and not answered: then nothing may interrupt.
    pub fn is_writing(&self) -> bool {
        !self.flights.is_empty()
    }

    /// Returns true once the way back has begun.
    pub fn is_rolling_back(&self) -> bool {
        self.rollback_began.is_some()
    }

    /// Returns true once a batch has been announced: from then on the records may not be as they were found.
    pub fn has_changed_anything(&self) -> bool {
        self.writes > 0
    }

    /// Returns how many writes to the zone of this one failed in a row; see [`backoff`].
    pub fn attempts(&self, write: u32) -> u32 {
        self.flight(write).map_or(0, |flight| self.failures_of(&flight.zone).attempts)
    }

    /// Returns everything that is wished for now; empty when only time can help. The answer may change with every
    /// [`Engine::apply`].
    pub fn pending(&self) -> Vec<Action> {
        if self.outcome().is_some() {
            return Vec::new();
        }
        let mut wishes: Vec<Action> =
            self.flights.values().map(|flight| self.change(flight)).collect();
        wishes.extend(self.unprotecting());
        wishes.extend(self.reads());
        if let (Phase::Syncing { .. }, true, false) =
            (self.phase, wishes.is_empty(), self.changes.is_empty())
        {
            wishes.push(Action::AwaitSync { changes: self.changes.clone() });
        }
        if let (true, Some(first)) = (self.phase.is_forward(), self.spans.first()) {
            let placing = matches!(self.phase, Phase::Placing { .. });
            let inspect = !placing && self.flights.is_empty() && self.is_read();
            wishes.push(Action::Watch { from: first.first, inspect });
        }
        wishes.extend(self.command());
        wishes
    }
}
