//! One tick: resolvers ask again, connections are opened again, and requests are served.

use rand_chacha::ChaCha8Rng;

use super::{
    Flow, TICK_MS, World,
    answer::Fitness,
    cloudwatch, dns,
    faults::Weather,
    history::MinuteFactors,
    noise,
    station::{Station, Tally},
    users,
};
use crate::{
    sim::{Scenario, Truth, TruthMinute},
    unit::{Minute, Side, Timestamp},
};

/// Part of a minute that a tick is.
const TICK_MINUTES: f64 = TICK_MS as f64 / 60_000.0;
/// Slower answers than this count as slow.
const SLOW_MS: f64 = 1000.0;

impl World {
    pub(super) fn tick(&mut self) {
        let (from_ms, until_ms) = (self.ticked_ms, self.ticked_ms + TICK_MS);
        self.happen(from_ms);
        let weather = self.faults.weather(from_ms);
        let stations = &self.stations;
        let fitness = |index: usize| {
            stations.get(index).map_or(Fitness::Unhealthy, |s| s.fitness(weather.side(s.side)))
        };
        let mut changed = false;
        for (crowd, versions) in self.crowds.iter_mut().zip(&mut self.versions) {
            dns::forget_old(versions, from_ms);
            let time = (from_ms, until_ms);
            changed |= crowd.advance(time, versions, fitness, &mut self.users_rng);
        }
        if changed {
            self.sum_flow();
        }
        self.warm_reserved();
        self.serve(from_ms, &weather);
        self.ticked_ms = until_ms;
    }

    pub(super) fn sum_flow(&mut self) {
        let mut flow = Flow { to: vec![0.0; self.stations.len()], lost: 0.0 };
        for crowd in &self.crowds {
            for (route, part) in crowd.flow() {
                match route {
                    Some(index) => flow.to[index] += crowd.part * part,
                    None => flow.lost += crowd.part * part,
                }
            }
        }
        self.flow = flow;
    }

    /// Makes and serves the requests of one tick.
    fn serve(&mut self, from_ms: i64, weather: &Weather) {
        let minute = Minute(from_ms.div_euclid(60_000));
        if self.factors.minute != minute.0 {
            self.factors = MinuteFactors::of(self.seed, minute.0, &self.scenario.noise);
        }
        let mean = self.scenario.traffic.peak * users::load(minute.0) * self.factors.load;
        let all = if self.crowds.is_empty() {
            0
        } else {
            noise::poisson(&mut self.users_rng, mean * TICK_MINUTES)
        };
        let count = self.stations.len();
        let tallies = self.minutes.entry(minute).or_insert_with(|| vec![Tally::default(); count]);
        let tick = Tick { scenario: &self.scenario, weather, factors: &self.factors };
        let mut seen = TruthMinute::default();
        let (mut left, mut part_left, mut unreached) = (all, 1.0, 0);
        for (index, station) in self.stations.iter_mut().enumerate() {
            let share = share_of(self.flow.to[index], part_left);
            let requests = noise::binomial(&mut self.users_rng, left, share);
            (left, part_left) = (left - requests, part_left - self.flow.to[index]);
            let part_lost = weather.side(station.side).unreachable;
            let lost = noise::binomial(&mut self.users_rng, requests, part_lost);
            unreached += lost;
            self.truth.failures_by_cutover += tick.blame_unreached(station.side, lost);
            let tally = tick.serve(station, requests - lost, &mut self.users_rng);
            tallies[index].add(&tally);
            tick.tell(station, requests - lost, &tally, (&mut self.truth, &mut seen));
        }
        if self.truth.first_fault.is_none() && tallies.iter().any(|tally| tally.refused > 0) {
            self.truth.first_fault = Timestamp::from_millisecond(from_ms).ok();
        }
        seen.lost_requests = left + unreached;
        self.truth.requests += all;
        self.truth.failures += left + unreached;
        self.truth.failures_by_cutover += left as f64;
        self.truth.minutes.entry(minute).or_default().add(&seen);
    }
}

/// What holds for everybody during one tick.
struct Tick<'a> {
    scenario: &'a Scenario,
    weather: &'a Weather,
    factors: &'a MinuteFactors,
}

impl Tick<'_> {
    fn serve(&self, station: &mut Station, requests: u64, rng: &mut ChaCha8Rng) -> Tally {
        let weather = self.weather.side(station.side);
        let usual = self.scenario.side(station.side).errors.fraction();
        let rate = usual * self.factors.errors(station.side) + weather.errors;
        station.serve((requests, TICK_MINUTES), rate, weather, rng)
    }

    /// Adds what became of the requests to the truth.
    fn tell(
        &self,
        station: &Station,
        requests: u64,
        tally: &Tally,
        (truth, minute): (&mut Truth, &mut TruthMinute),
    ) {
        let failures = tally.failed + tally.refused;
        truth.failures += failures;
        truth.failures_by_cutover += self.blame(station, tally);
        let median_ms = self.scenario.side(station.side).latency_ms * tally.latency_times();
        truth.slow += tally.served as f64 * slower(median_ms, SLOW_MS);
        match station.side {
            Side::Legacy => {
                minute.legacy_requests += requests;
                minute.legacy_failures += failures;
            }
            Side::New => {
                minute.new_requests += requests;
                minute.new_failures += failures;
            }
        }
    }

    /// Returns how many of the failures would not have been without the cutover.
    fn blame(&self, station: &Station, tally: &Tally) -> f64 {
        let (served, refused) = (tally.served as f64, tally.refused as f64);
        let without = self.failing(Side::Legacy);
        let dead = !station.is_healthy(self.weather.side(station.side));
        match (station.side, dead) {
            (Side::Legacy, true) => 0.0,
            (Side::Legacy, false) => refused,
            (Side::New, true) => refused * (1.0 - without),
            (Side::New, false) => refused + served * (self.failing(Side::New) - without).max(0.0),
        }
    }

    /// Returns how many of the requests that did not get as far as a side's load balancer would have been answered
    /// without the cutover.
    fn blame_unreached(&self, side: Side, lost: u64) -> f64 {
        let legacy = self.weather.side(Side::Legacy);
        match side {
            Side::Legacy => 0.0,
            Side::New => {
                lost as f64 * (1.0 - legacy.unreachable) * (1.0 - self.failing(Side::Legacy))
            }
        }
    }

    /// Returns the part of a side's requests that is expected to fail.
    fn failing(&self, side: Side) -> f64 {
        let weather = self.weather.side(side);
        let rate = self.scenario.side(side).errors.fraction() + weather.errors;
        if weather.outage { 1.0 } else { rate.min(1.0) }
    }
}

/// Returns the part of requests with this median latency that takes longer than a limit.
fn slower(median_ms: f64, limit_ms: f64) -> f64 {
    1.0 - noise::below((limit_ms / median_ms).ln() / cloudwatch::SPREAD)
}

fn share_of(part: f64, of: f64) -> f64 {
    if of > 1e-12 { (part / of).clamp(0.0, 1.0) } else { 0.0 }
}
