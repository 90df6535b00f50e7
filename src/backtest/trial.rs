//! One cutover played to its end: with nothing wrong, and with every fault from the beginning of every step on.

use std::collections::BTreeSet;

use super::{
    cutover::{Cutover, Turn},
    deal::{Fault, Weather},
    setting::Setting,
};
use crate::unit::SignedDuration;

/// The faults that are played, in the order in which they are told of.
const FAULTS: [Fault; 7] = [
    Fault::Errors(0.002),
    Fault::Errors(0.005),
    Fault::Errors(0.01),
    Fault::Errors(0.05),
    Fault::Errors(0.5),
    Fault::Latency(1.3),
    Fault::Latency(2.0),
];

/// What became of one cutover in one weather.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Played {
    pub(super) weather: Weather,
    /// Gates that made it wait though nothing was wrong.
    pub(super) held_by: BTreeSet<String>,
    /// Gates that made it go back though nothing was wrong; empty where it did not.
    pub(super) rolled_back_by: BTreeSet<String>,
    /// Whether it went back only because it had waited for too long.
    pub(super) waited_in_vain: bool,
    /// What becomes of it with faults; empty where none were played.
    pub(super) faulty: Vec<Faulty>,
}

/// What becomes of a cutover in which new gets worse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Faulty {
    pub(super) fault: Fault,
    /// Index of the shift with which it began.
    pub(super) shift: usize,
    /// How long it took until the cutover acted, and in which shift it did.
    pub(super) seen: Option<(SignedDuration, usize)>,
    /// Requests that failed because of it until then, or to the end of the cutover.
    pub(super) failed: u64,
    /// Whether another gate sent it back first: then it says nothing about the fault.
    pub(super) ended_otherwise: bool,
}

/// Returns the faults that there is something to see of: a gate that looks, and data that it could show in.
pub(super) fn visible_faults(setting: &Setting<'_>) -> Vec<Fault> {
    let errors = setting.gates.errors.is_some();
    let latency = setting.gates.latency.is_some() && setting.past.has_latency();
    let visible = |fault: &Fault| match fault {
        Fault::Errors(_) => errors,
        Fault::Latency(_) => latency,
    };
    FAULTS.into_iter().filter(visible).collect()
}

impl Faulty {
    /// Returns true when the cutover acted by the end of this shift.
    pub(super) fn is_seen_by(&self, shift: usize) -> bool {
        self.seen.is_some_and(|(_, seen)| seen <= shift)
    }
}

/// Plays a cutover to its end with nothing wrong, and from the beginning of each step on with each fault.
pub(super) fn trial(mut cutover: Cutover<'_>, weather: Weather, faults: &[Fault]) -> Played {
    let mut faulty = Vec::new();
    let mut shift = 0;
    let mut begins = true;
    loop {
        if begins {
            faulty.extend(faults.iter().map(|fault| one_fault(&cutover, shift, *fault)));
        }
        let turn = cutover.minute();
        if turn == Turn::Over {
            break;
        }
        begins = turn == Turn::NextStep;
        shift += usize::from(begins);
    }
    Played {
        weather,
        held_by: cutover.held_by,
        rolled_back_by: cutover.rolled_back_by,
        waited_in_vain: cutover.waited_in_vain,
        faulty,
    }
}

fn one_fault(cutover: &Cutover<'_>, shift: usize, fault: Fault) -> Faulty {
    let mut cutover = cutover.with(fault);
    while cutover.seen().is_none() && cutover.minute() != Turn::Over {}
    let seen = cutover.seen();
    let back = !cutover.rolled_back_by.is_empty() && !cutover.waited_in_vain;
    let ended_otherwise = back && seen.is_none();
    Faulty { fault, shift, seen, failed: cutover.failed, ended_otherwise }
}
