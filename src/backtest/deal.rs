//! Deals the requests of a minute to the two sides, as chance, the weather and a fault would have it.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_distr::{Binomial, Distribution as _, Gamma, StandardNormal};
use serde::Serialize;

use super::past::Total;
use crate::gate::{Row, SideRow};

/// What makes the two sides differ though both are healthy. A recorded history has only what they would have shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weather {
    /// Chance alone decides which side a request that fails falls to.
    Even,
    /// Besides, each side's error rate and latency vary on their own from minute to minute.
    Uneven,
}

impl Weather {
    /// Returns its name, as people are told it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Even => "even",
            Self::Uneven => "uneven",
        }
    }
}

/// How much an error rate varies on its own in uneven weather: "moderate" of gates.md, section 3. The spread around the
/// mean, as a part of it.
pub(super) const UNEVEN_ERRORS: f64 = 0.3;
/// The same of a latency. At 0.3 one healthy minute in six would be beyond 1.5x of the other side, so that no gate that
/// compares them could ever be right.
pub(super) const UNEVEN_LATENCY: f64 = 0.1;

/// How steeply latencies rise towards the slowest requests: the latency that a part q of the requests exceeds goes as
/// q to the power of minus this, as that of a log-normal spread of 0.7 does from p90 to p99.
const TAIL: f64 = 0.3;
/// Part of the requests that is slower than p90.
const SLOWER_THAN_P90: f64 = 0.1;

/// What is wrong with new.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// Of the requests that would have succeeded, this part fails.
    Errors(f64),
    /// All requests take so many times as long.
    Latency(f64),
}

impl Fault {
    /// Returns the name of the gate that should see it.
    pub(super) fn gate(self) -> &'static str {
        match self {
            Self::Errors(_) => "errors",
            Self::Latency(_) => "latency",
        }
    }
}

/// How minutes are dealt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Dealer {
    pub(super) weather: Weather,
    /// Percentile of the latency gate, in percent.
    pub(super) percentile: f64,
}

/// One minute of both sides.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dealt {
    pub(super) row: Row,
    /// Requests that failed because of the fault.
    pub(super) failed: u64,
}

impl Dealer {
    /// Deals a minute's requests, of which new gets this share. Together the sides get all of them.
    pub(super) fn deal(
        self,
        total: &Total,
        share: f64,
        fault: Option<Fault>,
        rng: &mut ChaCha8Rng,
    ) -> Dealt {
        let (bad, good) = (total.errors, total.requests - total.errors);
        let bad_on_new = binomial(bad, share, rng);
        let on_new = bad_on_new + binomial(good, share, rng);
        let rate = bad as f64 / (total.requests as f64).max(1.0);
        let mut side = |requests, errors| {
            let errors = self.uneven(requests, errors, rate, rng);
            (requests, errors, self.slowness(requests, rng))
        };
        let (n, x, slow) = side(on_new, bad_on_new);
        let (m, y, usual) = side(total.requests - on_new, bad - bad_on_new);
        let (failed, slower) = match fault {
            Some(Fault::Errors(part)) => (binomial(n - x, part, rng), 1.0),
            Some(Fault::Latency(times)) => (0, times),
            None => (0, 1.0),
        };
        let new = self.row(total, (n, x + failed), slow.map(|slow| slow * slower));
        let legacy = self.row(total, (m, y), usual);
        Dealt { row: Row { legacy, new, metrics: BTreeMap::new() }, failed }
    }

    /// Returns the errors of a side whose rate strays on its own: some are spared, or others fail too.
    fn uneven(self, requests: u64, errors: u64, rate: f64, rng: &mut ChaCha8Rng) -> u64 {
        if self.weather == Weather::Even {
            return errors;
        }
        let factor = factor(UNEVEN_ERRORS, rng);
        if factor < 1.0 {
            binomial(errors, factor, rng)
        } else {
            errors + binomial(requests - errors, (factor - 1.0) * rate, rng)
        }
    }

    /// Returns how far a side's latency at the gate's percentile and at p90 lies from the history's, as factors. A
    /// percentile of few requests is that of few slow ones.
    fn slowness(self, requests: u64, rng: &mut ChaCha8Rng) -> [f64; 2] {
        let own = match self.weather {
            Weather::Even => 1.0,
            Weather::Uneven => factor(UNEVEN_LATENCY, rng),
        };
        let draw: f64 = StandardNormal.sample(rng);
        [self.slower_part(), SLOWER_THAN_P90].map(|part| {
            let slow = (requests as f64 * part).max(1.0);
            own * (TAIL / slow.sqrt() * draw).exp()
        })
    }

    fn row(self, total: &Total, (requests, errors): (u64, u64), slowness: [f64; 2]) -> SideRow {
        let p90 = |latency: f64| latency * (self.slower_part() / SLOWER_THAN_P90).powf(TAIL);
        let at =
            |latency: Option<f64>, factor| latency.filter(|_| requests > 0).map(|l| l * factor);
        SideRow {
            requests: Some(requests as f64),
            errors: Some(errors as f64),
            latency: at(total.latency, slowness[0]),
            latency_p90: at(total.latency_p90.or(total.latency.map(p90)), slowness[1]),
            ..SideRow::default()
        }
    }

    fn slower_part(self) -> f64 {
        1.0 - self.percentile / 100.0
    }
}

/// Draws how many of n happen when each does with this probability.
fn binomial(n: u64, probability: f64, rng: &mut ChaCha8Rng) -> u64 {
    Binomial::new(n, probability.clamp(0.0, 1.0)).map_or(0, |draw| draw.sample(rng))
}

/// Draws a factor with mean 1 that varies by this part of it.
fn factor(variation: f64, rng: &mut ChaCha8Rng) -> f64 {
    let shape = 1.0 / (variation * variation);
    Gamma::new(shape, 1.0 / shape).map_or(1.0, |draw| draw.sample(rng))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    const EVEN: Dealer = Dealer { weather: Weather::Even, percentile: 99.0 };
    const UNEVEN: Dealer = Dealer { weather: Weather::Uneven, percentile: 99.0 };

    fn total(requests: u64, errors: u64) -> Total {
        Total { requests, errors, latency: Some(0.3), latency_p90: None }
    }

    /// Deals many minutes.
    fn dealt(dealer: Dealer, total: &Total, share: f64, fault: Option<Fault>) -> Vec<Dealt> {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        (0..2000).map(|_| dealer.deal(total, share, fault, &mut rng)).collect()
    }

    fn mean(minutes: &[Dealt], of: impl Fn(&Dealt) -> f64) -> f64 {
        minutes.iter().map(of).sum::<f64>() / minutes.len() as f64
    }

    fn variation(minutes: &[Dealt], of: impl Fn(&Dealt) -> f64) -> f64 {
        let mean_of = mean(minutes, &of);
        mean(minutes, |minute| (of(minute) - mean_of).powi(2)).sqrt() / mean_of
    }

    fn new_errors(minute: &Dealt) -> f64 {
        minute.row.new.errors.unwrap()
    }

    #[test]
    fn together_the_sides_get_all_that_there_was() {
        for (all, share) in
            [(total(0, 0), 0.5), (total(7, 7), 0.25), (total(6_000_000, 6_000), 1.0)]
        {
            for minute in dealt(EVEN, &all, share, None) {
                let Row { new, legacy, .. } = minute.row;
                let both =
                    |of: fn(&SideRow) -> Option<f64>| of(&new).unwrap() + of(&legacy).unwrap();
                assert_eq!(both(|side| side.requests), all.requests as f64);
                assert_eq!(both(|side| side.errors), all.errors as f64);
            }
        }
    }

    #[test]
    fn new_gets_its_share_of_the_good_and_of_the_bad() {
        let minutes = dealt(EVEN, &total(60_000, 600), 0.05, None);
        assert!((mean(&minutes, |m| m.row.new.requests.unwrap()) - 3_000.0).abs() < 5.0);
        assert!((mean(&minutes, new_errors) - 30.0).abs() < 0.5);
    }

    #[test]
    fn a_fault_fails_its_part_of_what_would_have_succeeded_and_nothing_of_legacys() {
        let all = total(60_000, 6_000);
        let minutes = dealt(EVEN, &all, 0.5, Some(Fault::Errors(0.05)));
        assert!((mean(&minutes, |m| m.failed as f64) - 27_000.0 * 0.05).abs() < 5.0);
        assert!((mean(&minutes, |m| m.row.legacy.errors.unwrap()) - 3_000.0).abs() < 5.0);
        assert!((mean(&minutes, new_errors) - 3_000.0 - 1_350.0).abs() < 8.0);
    }

    #[test]
    fn in_uneven_weather_error_rates_keep_their_mean_and_vary_by_three_tenths() {
        let all = total(6_000_000, 60_000);
        let minutes = dealt(UNEVEN, &all, 0.5, None);
        assert!((mean(&minutes, new_errors) / 30_000.0 - 1.0).abs() < 0.03);
        assert!((variation(&minutes, new_errors) - UNEVEN_ERRORS).abs() < 0.03);
        assert!(variation(&dealt(EVEN, &all, 0.5, None), new_errors) < 0.01);
    }

    #[test]
    fn the_fewer_requests_the_more_a_percentile_varies() {
        let spread = |dealer, requests| {
            let minutes = dealt(dealer, &total(requests, 0), 0.5, None);
            variation(&minutes, |minute| minute.row.new.latency.unwrap())
        };
        // At p99 a thousand requests have ten slow ones, a million ten thousand.
        assert!((spread(EVEN, 2_000) - TAIL / 10_f64.sqrt()).abs() < 0.01);
        assert!(spread(EVEN, 2_000_000) < 0.005);
        assert!((spread(UNEVEN, 2_000_000) - UNEVEN_LATENCY).abs() < 0.01);
    }

    #[test]
    fn a_slow_side_is_slow_at_every_percentile_and_fails_nothing() {
        let minutes = dealt(EVEN, &total(2_000_000, 0), 0.5, Some(Fault::Latency(2.0)));
        let mean_of = |of: fn(&Row) -> Option<f64>| mean(&minutes, |m| of(&m.row).unwrap());
        let ratio = mean_of(|row| row.new.latency) / mean_of(|row| row.legacy.latency);
        assert!((ratio - 2.0).abs() < 0.01, "{ratio}");
        let ratio = mean_of(|row| row.new.latency_p90) / mean_of(|row| row.legacy.latency_p90);
        assert!((ratio - 2.0).abs() < 0.01, "{ratio}");
        assert!(mean_of(|row| row.legacy.latency_p90) < mean_of(|row| row.legacy.latency));
        assert_eq!(mean(&minutes, |minute| minute.failed as f64), 0.0);
    }

    #[test]
    fn a_side_without_requests_has_no_latency() {
        let minute = &dealt(UNEVEN, &total(1_000, 1), 1.0, None)[0];
        assert_eq!(minute.row.legacy.latency, None);
        assert!(minute.row.new.latency.is_some());
    }
}
