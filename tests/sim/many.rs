//! Plays the nights of many seeds, on as many threads as there are processors, and counts what happened.
//!
//! Four numbers in the environment choose which: `CUTOVER_SEED` plays one night alone; `CUTOVER_SEEDS` says how many are
//! played, `CUTOVER_FROM` the first of them, `CUTOVER_THREADS` on how many threads.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use crate::tally::Tally;

/// Nights between two lines of progress.
const TELLS_EVERY: u64 = 10_000;
/// Failures that are told in full.
const SHOWN: usize = 5;

/// A kind of night.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nights {
    /// Name of the test that plays them.
    pub(crate) test: &'static str,
    /// How many are played where nobody says.
    pub(crate) seeds: u64,
    pub(crate) play: fn(u64) -> Result<Tally, String>,
}

/// Returns a number that somebody set in the environment.
#[expect(clippy::disallowed_methods, reason = "a person chooses which nights are played")]
pub(crate) fn chosen(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().and_then(|text| text.parse().ok())
}

impl Nights {
    /// Plays them all, or those that somebody has chosen.
    ///
    /// # Errors
    /// What went wrong, and how to play it again.
    pub(crate) fn play(self) -> Result<Tally, String> {
        if let Some(seed) = chosen("CUTOVER_SEED") {
            let tally = self.night(seed)?;
            eprintln!("{tally}");
            return Ok(tally);
        }
        let seeds = chosen("CUTOVER_SEEDS").unwrap_or(self.seeds);
        let from = chosen("CUTOVER_FROM").unwrap_or(0);
        let processors = thread::available_parallelism().map_or(1, |count| count.get() as u64);
        let threads = chosen("CUTOVER_THREADS").unwrap_or(processors);
        let (next, all) = (AtomicU64::new(0), Mutex::new((Tally::default(), Vec::new())));
        thread::scope(|scope| {
            for _ in 0..threads.max(1) {
                scope.spawn(|| self.some(from, seeds, &next, &all));
            }
        });
        let (tally, failures) = all.into_inner().unwrap_or_else(PoisonError::into_inner);
        eprintln!("{}: {tally}", self.test);
        if failures.is_empty() {
            return Ok(tally);
        }
        let shown = failures[..failures.len().min(SHOWN)].join("\n");
        Err(format!("{} of {seeds} seeds fail, among them:\n{shown}", failures.len()))
    }

    /// Plays nights until none is left.
    fn some(self, from: u64, seeds: u64, next: &AtomicU64, all: &Mutex<(Tally, Vec<String>)>) {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= seeds {
                return;
            }
            let night = self.night(from + number);
            let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
            match night {
                Ok(night) => all.0.add(night),
                Err(why) => {
                    eprintln!("{why}");
                    all.1.push(why);
                }
            }
            let played = all.0.nights + all.1.len() as u64;
            if played.is_multiple_of(TELLS_EVERY) {
                let (events, failed) = (all.0.events, all.1.len());
                eprintln!("{played} of {seeds} nights, {events} events, {failed} failed");
            }
        }
    }

    fn night(self, seed: u64) -> Result<Tally, String> {
        let why = match catch_unwind(AssertUnwindSafe(|| (self.play)(seed))) {
            Ok(Ok(tally)) => return Ok(tally),
            Ok(Err(why)) => why,
            Err(_) => "panicked".to_owned(),
        };
        let test = self.test;
        let again = format!("CUTOVER_SEED={seed} cargo test --test sim {test} -- --nocapture");
        Err(format!("seed {seed}: {why}\n  again: {again}"))
    }
}
