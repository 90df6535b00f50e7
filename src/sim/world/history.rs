//! What is true of a minute whatever happens in it: how uneven it is, and what it was before the world began.

use super::{
    World,
    noise::{self, Purpose},
    station::Tally,
    users,
};
use crate::{
    sim::scenario::Noise,
    unit::{Minute, Side},
};

/// How a minute differs from the mean.
#[derive(Debug, Clone, Copy)]
pub(super) struct MinuteFactors {
    /// In minutes since the Unix epoch.
    pub(super) minute: i64,
    /// Of the number of requests.
    pub(super) load: f64,
    shared: f64,
    own: [f64; 2],
}

/// Coefficient of variation of the number of requests, beyond what chance makes of independent users.
const UNEVEN_LOAD: f64 = 0.03;

impl MinuteFactors {
    pub(super) fn of(seed: u64, minute: i64, noise: &Noise) -> Self {
        let mut rng = noise::stream(seed, Purpose::Minute, minute, 0);
        Self {
            minute,
            load: noise::factor(&mut rng, UNEVEN_LOAD),
            shared: noise::factor(&mut rng, noise.shared),
            own: [noise::factor(&mut rng, noise.own), noise::factor(&mut rng, noise.own)],
        }
    }

    /// Returns the factor of the error rate on a side.
    pub(super) fn errors(&self, side: Side) -> f64 {
        self.shared * self.own[super::faults::index(side)]
    }
}

impl World {
    /// Works out what became of the minutes from one to another that lie before the start of the world, unless that was
    /// done before.
    pub(super) fn remember(&mut self, (from, until): (Minute, Minute)) {
        let until = until.min(Minute::containing(self.start));
        for minute in (from.0..until.0).map(Minute) {
            if !self.minutes.contains_key(&minute) {
                let factors = MinuteFactors::of(self.seed, minute.0, &self.scenario.noise);
                let tally = |index| self.tally_before(&factors, index);
                let tallies = (0..self.stations.len()).map(tally).collect();
                self.minutes.insert(minute, tallies);
            }
        }
    }

    /// Returns what became of the requests to a load balancer in a minute before the world began.
    fn tally_before(&self, factors: &MinuteFactors, balancer: usize) -> Tally {
        let station = &self.stations[balancer];
        // A fault may have begun before the world.
        let weather = self.faults.weather(Minute(factors.minute).start().as_millisecond());
        let weather = weather.side(station.side);
        let fit = station.is_healthy(weather);
        let healthy = if fit { station.targets } else { 0 };
        let idle = Tally { healthy, registered: station.targets, ..Tally::default() };
        let part = self.flow_before.to[balancer];
        if part == 0.0 {
            return idle;
        }
        let mut rng = noise::stream(self.seed, Purpose::History, factors.minute, balancer as u64);
        let mean = self.scenario.traffic.peak * users::load(factors.minute) * factors.load;
        let requests = noise::poisson(&mut rng, mean * part * (1.0 - weather.unreachable));
        let usual = self.scenario.side(station.side).errors.fraction();
        let rate = (usual * factors.errors(station.side) + weather.errors).min(1.0);
        let served = if fit { requests } else { 0 };
        Tally {
            served,
            failed: noise::binomial(&mut rng, served, rate),
            refused: requests - served,
            slowness: served as f64 * weather.latency_times,
            ..idle
        }
    }
}
