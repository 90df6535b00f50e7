//! Where chance comes from: ChaCha streams of one seed, and the few distributions that the world draws from.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution as _, Gamma, Poisson, StandardNormal};

/// What a stream is for. Each purpose has its own, so that one more API call does not change the users.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Users = 1,
    Calls = 2,
    Minute = 3,
    History = 4,
    Published = 5,
    Latency = 6,
    Series = 7,
}

/// Returns the stream for a purpose; `at` and `of` tell streams of the same purpose apart.
pub(super) fn stream(seed: u64, purpose: Purpose, at: i64, of: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&(purpose as u64).to_le_bytes());
    key[16..24].copy_from_slice(&at.to_le_bytes());
    key[24..].copy_from_slice(&of.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// Returns a number from 0 to 1 that depends on nothing but the arguments. It is much cheaper than a stream, for the
/// thousands of datapoints of one answer (the mixing function of splitmix64).
pub(super) fn fraction(seed: u64, purpose: Purpose, at: i64, of: u64) -> f64 {
    let mut bits = seed ^ (purpose as u64).rotate_left(56);
    for part in [at.cast_unsigned(), of] {
        bits = bits.wrapping_add(part).wrapping_add(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
    }
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// Returns a draw from the standard normal distribution that depends on nothing but the arguments.
pub(super) fn normal(seed: u64, purpose: Purpose, at: i64, of: u64) -> f64 {
    // The logistic distribution's quantile, scaled to the normal's variance: near enough, and one logarithm.
    let p = fraction(seed, purpose, at, of).clamp(1e-4, 1.0 - 1e-4);
    (p / (1.0 - p)).ln() * 3.0_f64.sqrt() / std::f64::consts::PI
}

/// Returns how often something happened that happens `mean` times on average.
pub(super) fn poisson(rng: &mut ChaCha8Rng, mean: f64) -> u64 {
    // Nobody can tell the normal distribution from Poisson's beyond this, and it takes a third of the time.
    if mean > 2000.0 {
        let draw: f64 = StandardNormal.sample(rng);
        return (mean + draw * mean.sqrt()).round().max(0.0) as u64;
    }
    Poisson::new(mean).map_or(0, |poisson| poisson.sample(rng) as u64)
}

/// Returns how many of `n` fall to a part of `p`, each by itself.
pub(super) fn binomial(rng: &mut ChaCha8Rng, n: u64, p: f64) -> u64 {
    if n == 0 || p <= 0.0 {
        return 0;
    }
    if p >= 1.0 {
        return n;
    }
    let variance = n as f64 * p * (1.0 - p);
    if variance > 500.0 {
        let draw: f64 = StandardNormal.sample(rng);
        return ((n as f64 * p + draw * variance.sqrt()).round().max(0.0) as u64).min(n);
    }
    Binomial::new(n, p).map_or(0, |binomial| binomial.sample(rng))
}

/// Returns a factor with mean 1 and this coefficient of variation.
pub(super) fn factor(rng: &mut ChaCha8Rng, variation: f64) -> f64 {
    let shape = 1.0 / (variation * variation);
    if !shape.is_finite() {
        return 1.0;
    }
    Gamma::new(shape, 1.0 / shape).map_or(1.0, |gamma| gamma.sample(rng))
}

/// Returns a number from `least` to `most`, each equally likely.
pub(super) fn between(rng: &mut ChaCha8Rng, least: f64, most: f64) -> f64 {
    least + (most - least) * rng.random::<f64>()
}

/// Returns the part of a standard normal distribution that lies below `z` (Abramowitz and Stegun 26.2.17, good to 1e-7).
pub(super) fn below(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let poly = t
        * (0.319_381_530
            + t * (-0.356_563_782
                + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * poly;
    if z >= 0.0 { 1.0 - tail } else { tail }
}

/// Returns the standard normal quantile of `p` (Abramowitz and Stegun 26.2.23, good to 5e-4), for `p` within 0 to 1.
pub(super) fn quantile(p: f64) -> f64 {
    let tail = p.min(1.0 - p).max(1e-12);
    let t = (-2.0 * tail.ln()).sqrt();
    let z = t
        - (2.515_517 + t * (0.802_853 + t * 0.010_328))
            / (1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308)));
    if p < 0.5 { -z } else { z }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_of(draws: usize, mut draw: impl FnMut(&mut ChaCha8Rng) -> f64) -> f64 {
        let mut rng = stream(7, Purpose::Users, 0, 0);
        (0..draws).map(|_| draw(&mut rng)).sum::<f64>() / draws as f64
    }

    #[test]
    fn streams_depend_on_every_part_of_their_key() {
        let first = |seed, purpose, at, of| stream(seed, purpose, at, of).random::<u64>();
        let base = first(1, Purpose::Users, 2, 3);
        assert_eq!(base, first(1, Purpose::Users, 2, 3));
        for other in [
            first(2, Purpose::Users, 2, 3),
            first(1, Purpose::Calls, 2, 3),
            first(1, Purpose::Users, 3, 3),
            first(1, Purpose::Users, 2, 4),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn draws_have_the_means_they_should() {
        for mean in [0.5, 40.0, 5000.0] {
            let seen = mean_of(4000, |rng| poisson(rng, mean) as f64);
            assert!((seen - mean).abs() < 5.0 * (mean / 4000.0).sqrt(), "{mean}: {seen}");
        }
        for (n, p) in [(10, 0.3), (60_000, 0.001), (60_000, 0.5)] {
            let (mean, seen) = (n as f64 * p, mean_of(4000, |rng| binomial(rng, n, p) as f64));
            assert!((seen - mean).abs() < 5.0 * (mean / 4000.0).sqrt(), "{n} {p}: {seen}");
        }
        assert!((mean_of(20_000, |rng| factor(rng, 0.5)) - 1.0).abs() < 0.02);
        assert!((mean_of(10, |rng| factor(rng, 0.0)) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_normal_distribution_and_its_quantile_undo_each_other() {
        for p in [0.001, 0.01, 0.3, 0.5, 0.9, 0.99, 0.999] {
            assert!((below(quantile(p)) - p).abs() < 3e-4, "{p}");
        }
    }

    #[test]
    fn cheap_fractions_are_even() {
        let mean = (0..10_000).map(|at| fraction(3, Purpose::Published, at, 1)).sum::<f64>() / 1e4;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
    }
}
