//! What is true of a minute whatever happens in it: how uneven it is, and what it was before the world began.

use super::{
    World,
    noise::{self, Purpose},
    station::Tally,
    users,
};
use crate::{sim::scenario::Noise, unit::Side};

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
    /// Returns what became of the requests to a load balancer in a minute before the world began.
    pub(super) fn tally_before(&self, minute: i64, balancer: usize) -> Tally {
        let station = &self.stations[balancer];
        let factors = MinuteFactors::of(self.seed, minute, &self.scenario.noise);
        let mut rng = noise::stream(self.seed, Purpose::History, minute, balancer as u64);
        let mean = self.scenario.traffic.peak * users::load(minute) * factors.load;
        let requests = noise::poisson(&mut rng, mean * self.flow_before.to[balancer]);
        let rate = self.scenario.side(station.side).errors.fraction();
        let served = if station.targets > 0 { requests } else { 0 };
        Tally {
            served,
            failed: noise::binomial(
                &mut rng,
                served,
                (rate * factors.errors(station.side)).min(1.0),
            ),
            refused: requests - served,
            slowness: served as f64,
            healthy: station.targets,
            registered: station.targets,
        }
    }
}
