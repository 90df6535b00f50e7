//! Many cutovers over one history, on all cores.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread::ScopedJoinHandle,
};

use super::{
    cutover::Cutover,
    deal::Weather,
    past::Past,
    setting::Setting,
    starts::{Starts, TooShort},
    trial::{Played, trial, visible_faults},
};
use crate::plan::Plan;

/// Of so many cutovers each fault at each step is played in one: what is asked of faults needs fewer of them than how
/// rare false alarms are.
const FAULTS_IN_ONE_OF: usize = 5;

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

/// What became of all of them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trials {
    /// Those that began, in the order of their beginning; each in both weathers.
    pub(super) played: Vec<Played>,
    /// How many would not have begun, because a gate was red before anything had moved.
    pub(super) refused: usize,
    /// Minutes that a cutover takes when nothing holds it.
    pub(super) minutes: i64,
}

/// Plays them. What comes of it depends on nothing but the plan, the past, their number and the seed. `done` is called once
/// for each cutover, from any thread.
///
/// # Errors
/// The history is too short for one.
pub(super) fn play(
    plan: &Plan,
    past: &Past,
    settings: &Settings,
    done: &(dyn Fn() + Sync),
) -> Result<Trials, TooShort> {
    let setting = Setting::new(plan, past);
    let starts = Starts::of(&setting)?;
    let faults = visible_faults(&setting);
    let one = |index: usize| {
        let start = starts.of_cutover(index, settings.cutovers);
        let faults = if index.is_multiple_of(FAULTS_IN_ONE_OF) { &faults[..] } else { &[] };
        let both = [Weather::Even, Weather::Uneven].map(|weather| {
            let stream = 2 * index as u64 + weather as u64;
            let cutover = Cutover::begin(&setting, weather, start, (settings.seed, stream))?;
            Some(trial(cutover, weather, faults))
        });
        done();
        both
    };
    let both: Vec<_> = in_parallel(settings.cutovers, settings.threads, one);
    let refused = both.iter().filter(|both| both[0].is_none()).count();
    let played = both.into_iter().flatten().flatten().collect();
    Ok(Trials { played, refused, minutes: setting.minutes() })
}

/// Does something so many times on so many threads, and returns the results in order.
fn in_parallel<T: Send>(times: usize, threads: usize, one: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let some = || {
        let take = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|index| *index < times);
        std::iter::from_fn(take).map(|index| (index, one(index))).collect::<Vec<_>>()
    };
    let mut all: Vec<(usize, T)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(some)).collect();
        let join = |thread: ScopedJoinHandle<'_, _>| match thread.join() {
            Ok(results) => results,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        threads.into_iter().flat_map(join).collect()
    });
    all.sort_by_key(|(index, _)| *index);
    all.into_iter().map(|(_, result)| result).collect()
}
