//! Validity, one minute at a time: what the bet of a minute is expected to be worth while new is at its limit, summed
//! over every count that can come.

use super::{super::*, pair};

/// Chances that are left out of a sum.
const NEGLIGIBLE: f64 = 1e-12;

/// Returns the chance of each count from 0 on, where the rate itself varies by this coefficient from minute to minute:
/// Poisson for 0, else negative binomial.
fn chances(mean: f64, variation: f64) -> Vec<f64> {
    // Far beyond the mean, because the bet lives on counts that are rare.
    let reach = 12.0 * mean.sqrt() + 40.0 * mean * variation;
    let most = (mean + reach + 10.0).ceil() as usize;
    let size = variation.powi(-2);
    let (mut chance, odds) = if variation == 0.0 {
        ((-mean).exp(), mean)
    } else {
        ((size / (size + mean)).powf(size), mean / (size + mean))
    };
    let mut all = vec![chance];
    for count in 0..most {
        let count = count as f64;
        let grows = if variation == 0.0 { 1.0 } else { count + size };
        chance *= odds * grows / (count + 1.0);
        all.push(chance);
    }
    all
}

/// A minute at a part of the relative limit: requests of new, of legacy, and legacy's failure rate.
struct Minute {
    new: f64,
    legacy: f64,
    rate: f64,
    /// Coefficient of variation that each side's rate has by itself.
    variation: f64,
}

const TIMES: f64 = 2.0;
const PLUS: f64 = 0.001;

/// Returns the largest expected e(r) of a minute in which new is at this part of its limit, among all r.
fn worst_relative(minute: &Minute, part: f64, (times, plus): (f64, f64), size: f64) -> f64 {
    let limit = times * minute.rate + plus;
    let of_new = chances(part * limit * minute.new, minute.variation);
    let of_legacy = chances(minute.rate * minute.legacy, minute.variation);
    let mut expected = [0.0; FAULTS.len()];
    for (y, legacy_chance) in of_legacy.iter().enumerate() {
        let counts = pair([minute.new, 0.0, minute.legacy, y as f64]);
        let comparator = Comparator::relative(counts, times, plus, size);
        for (x, new_chance) in of_new.iter().enumerate() {
            // What is so rare is worth nothing: a factor is at most e^5, or as rare as its count.
            if legacy_chance * new_chance < NEGLIGIBLE {
                continue;
            }
            let factors = Comparator::ln_factors(comparator, x as f64, &FAULTS, size);
            for (sum, factor) in expected.iter_mut().zip(factors) {
                *sum += legacy_chance * new_chance * factor.exp();
            }
        }
    }
    expected.into_iter().fold(0.0, f64::max)
}

fn minutes(variation: f64) -> impl Iterator<Item = Minute> {
    let sizes =
        [(30.0, 570.0), (300.0, 300.0), (600.0, 5_400.0), (3_000.0, 27_000.0), (9_000.0, 1_000.0)];
    sizes.into_iter().flat_map(move |(new, legacy)| {
        [0.0002, 0.001, 0.005].map(|rate| Minute { new, legacy, rate, variation })
    })
}

#[test]
fn the_textbook_bet_against_legacy_is_fair_at_the_limit_whatever_legacys_rate() {
    for minute in minutes(0.0) {
        // Without `plus` it is exactly fair; with it, what legacy is given beforehand is a loss.
        let fair = worst_relative(&minute, 1.0, (TIMES, 0.0), f64::INFINITY);
        assert!((0.98..1.000_01).contains(&fair), "{fair} at {} {}", minute.new, minute.rate);
        let given = worst_relative(&minute, 1.0, (TIMES, PLUS), f64::INFINITY);
        assert!(given < 1.000_01, "{given} at {} {}", minute.new, minute.rate);
    }
}

#[test]
fn the_bet_of_the_default_size_is_at_most_three_percent_better_than_fair_at_the_limit() {
    let worst = |part| {
        minutes(0.0)
            .map(|minute| worst_relative(&minute, part, (TIMES, PLUS), 5.0))
            .fold(0.0, f64::max)
    };
    let at_the_limit = worst(1.0);
    assert!((0.9..1.035).contains(&at_the_limit), "{at_the_limit}");
    let below = worst(0.9);
    assert!(below <= 1.0, "{below} at 90% of the limit");
}

#[test]
fn with_rates_that_vary_by_themselves_the_bet_is_fair_well_below_the_limit() {
    for (variation, part) in [(0.3, 0.8), (0.5, 0.4)] {
        for minute in minutes(variation) {
            let worst = worst_relative(&minute, part, (TIMES, PLUS), 5.0);
            assert!(worst <= 1.0, "{worst} at {} {}, {variation}", minute.new, minute.rate);
        }
    }
}

/// Returns the expected e(r) against a fixed limit, of a side at it whose rate varies so much.
fn absolute(requests: f64, limit: f64, variation: f64, size: f64, cap: f64) -> [f64; FAULTS.len()] {
    let comparator = Comparator::absolute(pair([requests, 0.0, 0.0, 0.0]), limit, size);
    let mut expected = [0.0; FAULTS.len()];
    for (x, chance) in chances(requests * limit, variation).iter().enumerate() {
        let factors = Comparator::ln_factors(comparator, x as f64, &FAULTS, cap);
        for (sum, factor) in expected.iter_mut().zip(factors) {
            *sum += chance * factor.exp();
        }
    }
    expected
}

#[test]
fn the_bet_against_a_fixed_limit_is_fair_for_counts_that_vary_as_its_size_says() {
    for requests in [100.0, 1_000.0, 10_000.0] {
        for expected in &absolute(requests, 0.003, 5_f64.powf(-0.5), 5.0, f64::INFINITY)[..3] {
            assert!((0.98..1.000_01).contains(expected), "{expected} at {requests}");
        }
        for (variation, size) in [(5_f64.powf(-0.5), 5.0), (0.0, 5.0), (0.0, 1e9)] {
            for expected in absolute(requests, 0.003, variation, size, f64::INFINITY) {
                assert!(expected < 1.000_01, "{expected} at {requests}, {variation} {size}");
            }
        }
    }
}

#[test]
fn a_bet_on_bad_minutes_is_fair_when_as_many_are_bad_as_may_be() {
    for allowed in [1e-9, 0.1, 0.2, 0.6] {
        let limit = BadMinutes::new(allowed);
        let [bad, good] = [true, false].map(|bad| limit.ln_factors(Some(bad)));
        for (bad, good) in bad.into_iter().zip(good).filter(|(bad, _)| bad.is_finite()) {
            let expected = allowed * bad.exp() + (1.0 - allowed) * good.exp();
            assert!((expected - 1.0).abs() < 1e-6, "{expected} at {allowed}");
        }
    }
}

#[test]
fn the_bet_that_a_step_may_pass_is_fair_at_the_limit() {
    for requests in [100.0, 3_000.0] {
        let comparator = Comparator::absolute(pair([requests, 0.0, 0.0, 0.0]), 0.003, 5.0);
        let mut expected = [0.0; PASSES.len()];
        for (x, chance) in chances(requests * 0.003, 5_f64.powf(-0.5)).iter().enumerate() {
            let factors = Comparator::ln_factors(comparator, x as f64, &PASSES, 5.0);
            for (sum, factor) in expected.iter_mut().zip(factors) {
                *sum += chance * factor.exp();
            }
        }
        assert!(expected.iter().all(|e| (0.95..1.000_01).contains(e)), "{expected:?}");
    }
}
