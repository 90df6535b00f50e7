//! Validity of whole runs: bets that are followed through with invented counts and fixed seeds, new being exactly at its
//! limit. The margins are wide; what is checked exactly is the bet of one minute.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Poisson};

use super::{super::*, pair};

const RUNS: u64 = 1_000;
/// Planned minutes of each step.
const STEPS: [u32; 3] = [10, 10, 10];

/// What became of many bets.
#[derive(Debug)]
struct Outcome {
    /// Mean of E at the end of the runs.
    mean: f64,
    /// Parts of the runs in which E ever came to 20, and to 100.
    ever: [f64; 2],
}

/// Follows the bets of many runs; `play` has ln e(r) of one minute of a step.
fn follow<const R: usize>(
    alternatives: usize,
    play: impl Fn(usize, &mut ChaCha8Rng) -> [f64; R],
) -> Outcome {
    let schedule = Schedule::new(&STEPS);
    let mut outcome = Outcome { mean: 0.0, ever: [0.0; 2] };
    for seed in 0..RUNS {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut evidence = Mixture::<R>::NOTHING;
        let mut highest = 0.0_f64;
        for (step, planned) in STEPS.into_iter().enumerate() {
            for minute in 0..i64::from(planned) {
                let start_weight = schedule.start_weight(step, minute, planned);
                evidence.advance(start_weight, play(step, &mut rng));
                highest = highest.max(evidence.ln_value(alternatives));
            }
        }
        outcome.mean += evidence.ln_value(alternatives).exp() / RUNS as f64;
        for (ever, bar) in outcome.ever.iter_mut().zip([0.05, 0.01].map(ln_bar)) {
            *ever += f64::from(u8::from(highest >= bar)) / RUNS as f64;
        }
    }
    outcome
}

/// Returns the requests of new and of legacy in a minute of a step.
fn requests(step: usize) -> (f64, f64) {
    [(600.0, 5_400.0), (1_500.0, 4_500.0), (3_000.0, 3_000.0)][step]
}

fn poisson(mean: f64, rng: &mut ChaCha8Rng) -> f64 {
    if mean > 0.0 { Poisson::new(mean).unwrap().sample(rng) } else { 0.0 }
}

/// Plays minutes in which new is at a part of its limit of twice legacy's rate, which is another one in every minute, plus
/// so much.
fn relative(part: f64, plus: f64, size: f64) -> Outcome {
    follow(FAULTS.len(), |step, rng| {
        let (n, m) = requests(step);
        let rate = rng.random_range(0.0..0.01);
        let (x, y) = (poisson(part * n * (2.0 * rate + plus), rng), poisson(m * rate, rng));
        let comparator = Comparator::relative(pair([n, x, m, y]), 2.0, plus, size);
        Comparator::ln_factors(comparator, x, &FAULTS, size)
    })
}

/// Plays minutes in which new is at a part of its limit of 0.3 %.
fn absolute(part: f64, size: f64) -> Outcome {
    follow(FAULTS.len(), |step, rng| {
        let (n, m) = requests(step);
        let x = poisson(part * n * 0.003, rng);
        let comparator = Comparator::absolute(pair([n, x, m, 0.0]), 0.003, size);
        Comparator::ln_factors(comparator, x, &FAULTS, size)
    })
}

/// Plays minutes that are bad with this probability, where one of ten may be.
fn bad_minutes(probability: f64) -> Outcome {
    let limit = BadMinutes::new(0.1);
    follow(limit.alternatives(), |_, rng| limit.ln_factors(Some(rng.random_bool(probability))))
}

/// Ville's inequality, with what a thousand runs can be off by.
fn keeps_its_promise(outcome: &Outcome) {
    assert!(outcome.mean <= 1.15, "{outcome:?}");
    assert!(outcome.ever[0] <= 0.05 + 0.015, "{outcome:?}");
    assert!(outcome.ever[1] <= 0.01 + 0.008, "{outcome:?}");
}

#[test]
fn a_side_at_the_limit_is_accused_no_more_often_than_promised() {
    keeps_its_promise(&relative(1.0, 0.0, f64::INFINITY));
    keeps_its_promise(&relative(1.0, 0.001, f64::INFINITY));
    keeps_its_promise(&absolute(1.0, 1e12));
    keeps_its_promise(&bad_minutes(0.1));
}

#[test]
fn a_side_at_the_limit_is_accused_no_more_often_than_promised_at_the_default_size() {
    keeps_its_promise(&relative(1.0, 0.0, 5.0));
    keeps_its_promise(&relative(1.0, 0.001, 5.0));
    keeps_its_promise(&absolute(1.0, 5.0));
}

#[test]
fn a_side_far_beyond_the_limit_is_nearly_always_accused() {
    for outcome in [
        relative(4.0, 0.0, f64::INFINITY),
        relative(4.0, 0.001, 5.0),
        absolute(4.0, 5.0),
        bad_minutes(0.6),
    ] {
        assert!(outcome.ever[1] >= 0.95, "{outcome:?}");
    }
}
