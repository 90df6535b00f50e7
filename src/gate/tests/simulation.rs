//! How often a healthy cutover is accused, and how soon a sick one is found, over invented traffic with fixed seeds.
//!
//! The margins are wide: gates.md has the exact numbers from ten thousand runs each.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Gamma, Poisson};

use super::*;
use crate::gate::Verdict;

const SHARES: [(u32, &str); 7] =
    [(10, "1%"), (10, "5%"), (10, "10%"), (10, "25%"), (10, "50%"), (10, "75%"), (10, "98%")];

/// An environment whose legacy side fails one request in a thousand.
struct World {
    requests_per_minute: f64,
    /// Coefficients of variation of the failure rates: of both sides together, of each on its own.
    shared_noise: f64,
    own_noise: f64,
    /// Failure rate of new, and the step from which on it has it.
    fault: (f64, usize),
}

impl World {
    fn calm(requests_per_minute: f64) -> Self {
        Self { requests_per_minute, shared_noise: 0.0, own_noise: 0.0, fault: (0.001, 0) }
    }

    fn noisy(requests_per_minute: f64) -> Self {
        Self { shared_noise: 0.5, own_noise: 0.3, ..Self::calm(requests_per_minute) }
    }

    /// Plays one cutover and returns the minute of the breach, if there is one.
    fn play(&self, seed: u64) -> Option<i64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut run = Run::errors(&SHARES);
        run.lag = SignedDuration::ZERO;
        for minute in 0..70 {
            let step = minute as usize / 10;
            let share = SHARES[step].1.trim_end_matches('%').parse::<f64>().unwrap() / 100.0;
            let shared = noise(self.shared_noise, &mut rng);
            let new_rate = if step >= self.fault.1 { self.fault.0 } else { 0.001 };
            let mut side = |part: f64, rate: f64| {
                let requests = poisson(part * self.requests_per_minute, &mut rng);
                let rate = rate * shared * noise(self.own_noise, &mut rng);
                (requests, poisson(requests * rate, &mut rng).min(requests))
            };
            let (n, x) = side(share, new_rate);
            let (m, y) = side(1.0 - share, 0.001);
            if run.minute(minute, row(n, x, m, y))[0].verdict() == Verdict::Breach {
                return Some(minute);
            }
        }
        None
    }

    fn breaches(&self, runs: u64) -> Vec<i64> {
        (0..runs).filter_map(|seed| self.play(seed)).collect()
    }
}

fn poisson(mean: f64, rng: &mut ChaCha8Rng) -> f64 {
    if mean > 0.0 { Poisson::new(mean).unwrap().sample(rng) } else { 0.0 }
}

/// Draws a factor of mean 1.
fn noise(variation: f64, rng: &mut ChaCha8Rng) -> f64 {
    if variation == 0.0 {
        return 1.0;
    }
    let shape = 1.0 / (variation * variation);
    Gamma::new(shape, 1.0 / shape).unwrap().sample(rng)
}

#[test]
fn healthy_cutovers_are_accused_about_once_in_a_hundred_at_most() {
    for requests in [600.0, 60_000.0, 6_000_000.0] {
        let calm = World::calm(requests).breaches(150).len();
        assert!(calm <= 3, "{calm} of 150 calm runs at {requests} requests a minute");
        let noisy = World::noisy(requests).breaches(150).len();
        assert!(noisy <= 6, "{noisy} of 150 noisy runs at {requests} requests a minute");
    }
}

#[test]
fn a_fault_of_one_percent_is_found_in_every_busy_run() {
    let world = World { fault: (0.01, 0), ..World::noisy(60_000.0) };
    let mut minutes = world.breaches(50);
    assert_eq!(minutes.len(), 50);
    minutes.sort_unstable();
    assert!(minutes[25] <= 8, "half of the runs take more than {} minutes", minutes[25]);
}

#[test]
fn a_fault_that_begins_at_a_late_step_is_not_buried_under_healthy_minutes() {
    let world = World { fault: (0.01, 5), ..World::noisy(60_000.0) };
    let minutes = world.breaches(50);
    assert!(
        minutes.iter().filter(|minute| (50..58).contains(*minute)).count() >= 45,
        "{minutes:?}"
    );
}
