//! Many cutovers over one history: with nothing wrong, and with every fault that begins at every step.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
    thread::ScopedJoinHandle,
};

use super::{
    cutover::{Cutover, Turn},
    deal::{Fault, Weather},
    past::Past,
    setting::Setting,
};
use crate::{
    plan::Plan,
    unit::{Minute, SignedDuration, words},
};

/// Of so many cutovers each fault at each step is played in one: what is asked of faults needs fewer of them than how
/// rare false alarms are.
const FAULTS_IN_ONE_OF: usize = 5;

fn in_words(minutes: i64) -> String {
    words(SignedDuration::from_mins(minutes))
}

/// What to play.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Cutovers with nothing wrong, in each weather.
    pub cutovers: usize,
    /// Seed of all chance.
    pub seed: u64,
    /// Threads that play them. What comes of it does not depend on how many there are.
    pub threads: usize,
}

/// Recorded traffic that is shorter than the cutover.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the history is {} long, and the cutover takes {}", in_words(*.recorded), in_words(*.needed)
)]
pub struct TooShort {
    /// Minutes from the first to the last.
    pub recorded: i64,
    /// Minutes that a cutover takes when nothing holds it.
    pub needed: i64,
}

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

/// Plays all of them, and returns them with the minutes that each takes when nothing holds it, in an order that depends on nothing but the arguments. `done` is called once for each cutover, from
/// any thread.
///
/// # Errors
/// The history is too short for one.
pub(super) fn play(
    plan: &Plan,
    past: &Past,
    settings: &Settings,
    done: &(dyn Fn() + Sync),
) -> Result<(Vec<Played>, i64), TooShort> {
    let setting = Setting::new(plan, past);
    let starts = Starts::of(&setting)?;
    let faults = visible_faults(&setting);
    let next = AtomicUsize::new(0);
    let one = |index| {
        let start = starts.of_cutover(index, settings.cutovers);
        let faults = if index % FAULTS_IN_ONE_OF == 0 { &faults[..] } else { &[] };
        let both = [Weather::Even, Weather::Uneven].map(|weather| {
            let stream = 2 * index as u64 + weather as u64;
            let cutover = Cutover::new(&setting, weather, start, (settings.seed, stream));
            one_cutover(cutover, weather, faults)
        });
        done();
        (index, both)
    };
    let several = || {
        let take = || Some(next.fetch_add(1, Ordering::Relaxed));
        let indices = std::iter::from_fn(take).take_while(|index| *index < settings.cutovers);
        indices.map(one).collect::<Vec<_>>()
    };
    let mut played = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..settings.threads.max(1)).map(|_| scope.spawn(several)).collect();
        let join = |thread: ScopedJoinHandle<'_, _>| match thread.join() {
            Ok(played) => played,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        threads.into_iter().flat_map(join).collect::<Vec<_>>()
    });
    played.sort_by_key(|(index, _)| *index);
    Ok((played.into_iter().flat_map(|(_, both)| both).collect(), setting.minutes()))
}

impl Faulty {
    /// Returns true when the cutover acted by the end of this shift.
    pub(super) fn is_seen_by(&self, shift: usize) -> bool {
        self.seen.is_some_and(|(_, seen)| seen <= shift)
    }
}

/// Plays a cutover to its end with nothing wrong, and from the beginning of each step on with each fault.
fn one_cutover(mut cutover: Cutover<'_>, weather: Weather, faults: &[Fault]) -> Played {
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

/// Returns the faults that there is something to see of: a gate that looks, and data that it could show in.
fn visible_faults(setting: &Setting<'_>) -> Vec<Fault> {
    let errors = setting.gates.errors.is_some();
    let latency = setting.gates.latency.is_some() && setting.past.has_latency();
    let visible = |fault: &Fault| match fault {
        Fault::Errors(_) => errors,
        Fault::Latency(_) => latency,
    };
    FAULTS.into_iter().filter(visible).collect()
}

/// The minutes at which a cutover can begin.
struct Starts {
    first: Minute,
    count: i64,
}

impl Starts {
    /// Leaves as much of the past before the first one as the limits are made from, if there is room for that.
    fn of(setting: &Setting<'_>) -> Result<Self, TooShort> {
        let (first, last) = setting.past.ends();
        let (recorded, needed) = (last.0 - first.0 + 1, setting.minutes());
        let spare = recorded - needed;
        if spare < 0 {
            return Err(TooShort { recorded, needed });
        }
        let before = setting.minutes_before().min(spare);
        Ok(Self { first: first.offset(before), count: spare - before + 1 })
    }

    /// Spreads so many cutovers evenly over them.
    fn of_cutover(&self, index: usize, cutovers: usize) -> Minute {
        let (index, cutovers) = (index as i128, cutovers.max(1) as i128);
        let after = index * i128::from(self.count) / cutovers;
        self.first.offset(i64::try_from(after).unwrap_or_default())
    }
}
