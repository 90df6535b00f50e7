//! Nights that seeds draw.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

use cutover::unit::SignedDuration;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::{
    journal::Death,
    night::{Comeback, End, Life, Night, Script, play},
    saboteur::Trouble,
    stage::{NERVOUS, TWO_ZONES, runbook, scenario},
};

/// Nights that every test run plays; about a minute of a debug build.
const SEEDS: u64 = 300;

/// What goes wrong in the world, by the luck of the draw.
const WORLDS: [&str; 14] = [
    "",
    "",
    "",
    "faults: [ { from_share: 50%, side: new, errors: 10% } ]",
    "faults: [ { from_share: 5%, side: new, errors: 40% } ]",
    "faults: [ { from_share: 50%, after: 2m, for: 4m, side: new, errors: 60% } ]",
    "faults: [ { from_share: 50%, side: new, outage: true } ]",
    "faults: [ { from_share: 5%, for: 20m, side: new, metrics: gone } ]",
    "faults: [ { from_share: 5%, for: 9m, side: legacy, metrics: forbidden } ]",
    "faults: [ { from_share: 50%, after: 1m, for: 15m, side: legacy, errors: 20% } ]",
    "faults: [ { from_share: 50%, after: 3m, weights_reset: true } ]",
    "faults: [ { from_share: 50%, for: 12m, side: both, unreachable: 80% } ]",
    "faults: [ { from_share: 5%, for: 12m, side: legacy, left_out: true } ]",
    "faults: [ { from_share: 50%, for: 12m, lost_answers: 60% }, { from_share: 100%, for: 10m, route53_down: true } ]",
];

/// Draws a night.
fn draw(seed: u64) -> Script {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let text = if rng.random::<f64>() < 0.25 { NERVOUS } else { TWO_ZONES };
    let world = WORLDS[rng.random_range(0..WORLDS.len())];
    let mut script = Script::new(runbook(text), scenario(world), seed);
    let minutes =
        |rng: &mut ChaCha8Rng, most: i64| SignedDuration::from_mins(rng.random_range(0..=most));
    let mut part = |often: f64, most: f64| {
        if rng.random::<f64>() < often { rng.random::<f64>() * most } else { 0.0 }
    };
    script.trouble = Trouble {
        before: part(0.3, 0.4),
        after: part(0.4, 0.6),
        throttled: part(0.3, 0.4),
        busy: part(0.3, 0.4),
        refused: part(0.15, 0.3),
        ignored: part(0.15, 0.4),
        lost: part(0.25, 0.5),
        reads: part(0.4, 0.4),
        ..Trouble::default()
    };
    if rng.random::<f64>() < 0.2 {
        script.trouble.late = minutes(&mut rng, 12);
    }
    if rng.random::<f64>() < 0.2 {
        let from = minutes(&mut rng, 25);
        script.trouble.denied = Some((from, from + minutes(&mut rng, 6)));
    }
    script.trouble_for = minutes(&mut rng, 60);
    for _ in 0..rng.random_range(0..4_usize) {
        let ends = if rng.random::<f64>() < 0.7 {
            let deaths = [Death::Before, Death::After, Death::Torn];
            End::AtAppend(rng.random_range(0..60), deaths[rng.random_range(0..deaths.len())])
        } else {
            End::After(SignedDuration::from_millis(rng.random_range(0..900_000)))
        };
        let then = if rng.random::<f64>() < 0.15 { Comeback::Rollback } else { Comeback::Resume };
        script.lives.push(Life { ends, down: minutes(&mut rng, 90), then });
    }
    if rng.random::<f64>() < 0.2 {
        let at = SignedDuration::from_millis(rng.random_range(0..2_400_000));
        script.interrupts.push(at);
        if rng.random::<f64>() < 0.5 {
            script.interrupts.push(at + SignedDuration::from_millis(800));
        }
    }
    script
}

/// Plays the night of a seed.
///
/// # Errors
/// What went wrong, and how to play it again.
fn night(seed: u64) -> Result<Night, String> {
    let why = match catch_unwind(AssertUnwindSafe(|| play(draw(seed)))) {
        Ok(Ok(night)) => return Ok(night),
        Ok(Err(why)) => why,
        Err(_) => "panicked".to_owned(),
    };
    Err(format!("seed {seed}: {why}\n  again: CUTOVER_SEED={seed} cargo test --test sim seeds"))
}

/// Returns a number that somebody set in the environment.
#[expect(clippy::disallowed_methods, reason = "a person chooses which nights are played")]
pub(crate) fn chosen(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().and_then(|text| text.parse().ok())
}

#[test]
fn whatever_goes_wrong_the_invariants_hold_and_the_run_ends() {
    if let Some(seed) = chosen("CUTOVER_SEED") {
        match night(seed) {
            Ok(night) => eprintln!("{:?} after {} halts", night.outcome, night.halts),
            Err(why) => panic!("{why}"),
        }
        return;
    }
    let (mut outcomes, mut failures) = (BTreeMap::new(), Vec::new());
    for seed in 0..chosen("CUTOVER_SEEDS").unwrap_or(SEEDS) {
        match night(seed) {
            Ok(night) => *outcomes.entry(format!("{:?}", night.outcome)).or_insert(0_u32) += 1,
            Err(why) => failures.push(why),
        }
    }
    assert!(failures.is_empty(), "{} seeds fail:\n{}", failures.len(), failures.join("\n"));
    // A draw in which nothing ever completes, or never rolls back, would prove little.
    assert!(outcomes.len() == 2 && outcomes.values().all(|count| *count > 20), "{outcomes:?}");
}
