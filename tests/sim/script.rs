//! What is played in a night of the driver: who dies when, and what else goes wrong.

use cutover::{journal::MemoryStore, runbook::Runbook, sim::Scenario, unit::SignedDuration};

use crate::{
    journal::{AtChange, Death, Shelf},
    saboteur::Trouble,
};

/// What is played.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    pub(crate) runbook: Runbook,
    pub(crate) scenario: Scenario,
    pub(crate) seed: u64,
    pub(crate) trouble: Trouble,
    /// Trouble is over so long after the beginning.
    pub(crate) trouble_for: SignedDuration,
    pub(crate) shelf: Shelf,
    /// The processes that die, in their order; the one after the last of them lives.
    pub(crate) lives: Vec<Life>,
    /// When somebody presses Ctrl-C, after the beginning.
    pub(crate) interrupts: Vec<SignedDuration>,
}

/// A process that dies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Life {
    pub(crate) ends: End,
    /// How long nobody notices.
    pub(crate) down: SignedDuration,
    pub(crate) then: Comeback,
}

/// How a process dies.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End {
    /// At its nth append, from 0.
    AtAppend(usize, Death),
    /// At its nth change that takes effect, from 0.
    AtChange(usize, AtChange),
    /// So long after it began.
    After(SignedDuration),
}

/// What the next process does with the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comeback {
    Begin,
    Resume,
    Rollback,
}

impl Script {
    /// A night in which nothing goes wrong but what the scenario says.
    pub(crate) fn new(runbook: Runbook, scenario: Scenario, seed: u64) -> Self {
        Self {
            runbook,
            scenario,
            seed,
            trouble: Trouble::default(),
            trouble_for: SignedDuration::ZERO,
            shelf: Shelf::Memory(MemoryStore::default()),
            lives: Vec::new(),
            interrupts: Vec::new(),
        }
    }
}
