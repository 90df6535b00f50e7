//! One load balancer with its targets: what it carries, what it refuses and how fast it grows (law L67).

use rand_chacha::ChaCha8Rng;

use super::{answer::Fitness, faults::SideWeather, noise};
use crate::unit::Side;

/// A load balancer at work.
#[derive(Debug, Clone)]
pub(super) struct Station {
    pub(super) side: Side,
    pub(super) targets: u32,
    /// Requests per minute that it carries at once, whatever came before.
    floor: f64,
    /// Requests per minute that it carries at the moment.
    capacity: f64,
}

/// What became of one minute's requests at one load balancer, so far.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Tally {
    /// Requests that reached a target.
    pub(super) served: u64,
    /// Those of them that failed.
    pub(super) failed: u64,
    /// Requests that the load balancer refused: nowhere to send them.
    pub(super) refused: u64,
    /// Sum of the factors by which the served requests took longer than they should.
    pub(super) slowness: f64,
    pub(super) healthy: u32,
    pub(super) registered: u32,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Self) {
        self.served += other.served;
        self.failed += other.failed;
        self.refused += other.refused;
        self.slowness += other.slowness;
        self.healthy = other.healthy;
        self.registered = other.registered;
    }

    /// Returns how many times as long as it should a served request took on average.
    pub(super) fn latency_times(&self) -> f64 {
        if self.served == 0 { 1.0 } else { self.slowness / self.served as f64 }
    }
}

/// A load balancer wants room for this many times its load.
const HEADROOM: f64 = 2.0;
/// It grows by half in five minutes.
const GROWTH_PER_MINUTE: f64 = 0.081_093;
/// It forgets a load that is gone over hours.
const SHRINKAGE_PER_MINUTE: f64 = 1.0 / 120.0;

impl Station {
    pub(super) fn new(side: Side, targets: u32) -> Self {
        Self { side, targets, floor: 0.0, capacity: 0.0 }
    }

    /// Raises what it carries at once to this many requests per minute.
    pub(super) fn warm_to(&mut self, floor: f64) {
        self.floor = self.floor.max(floor);
        self.capacity = self.capacity.max(self.floor);
    }

    pub(super) fn is_healthy(&self, weather: &SideWeather) -> bool {
        self.targets > 0 && !weather.outage
    }

    /// Returns whether Route 53 has reason to answer with it.
    pub(super) fn fitness(&self, weather: &SideWeather) -> Fitness {
        match (weather.left_out, self.is_healthy(weather)) {
            (true, _) => Fitness::LeftOut,
            (false, true) => Fitness::Healthy,
            (false, false) => Fitness::Unhealthy,
        }
    }

    /// Serves the requests of a part of a minute, of which a part of `error_rate` fails.
    pub(super) fn serve(
        &mut self,
        (requests, minutes): (u64, f64),
        error_rate: f64,
        weather: &SideWeather,
        rng: &mut ChaCha8Rng,
    ) -> Tally {
        let per_minute = requests as f64 / minutes;
        let fit = self.is_healthy(weather);
        let room = if fit { (self.capacity * minutes).ceil() as u64 } else { 0 };
        let served = requests.min(room);
        let use_of_capacity = if fit { per_minute / self.capacity.max(1.0) } else { 0.0 };
        // Queues build up before anything is refused.
        let queueing = 1.0 + 2.0 * ((use_of_capacity - 0.8) / 0.2).clamp(0.0, 1.0);
        self.scale(per_minute, minutes);
        Tally {
            served,
            failed: noise::binomial(rng, served, error_rate.min(1.0)),
            refused: requests - served,
            slowness: served as f64 * queueing * weather.latency_times,
            healthy: if fit { self.targets } else { 0 },
            registered: self.targets,
        }
    }

    fn scale(&mut self, load_per_minute: f64, minutes: f64) {
        let wanted = (load_per_minute * HEADROOM).max(self.floor);
        if wanted > self.capacity {
            self.capacity = (self.capacity * (1.0 + GROWTH_PER_MINUTE * minutes)).min(wanted);
        } else {
            self.capacity += (wanted - self.capacity) * SHRINKAGE_PER_MINUTE * minutes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::world::noise::{Purpose, stream};

    fn refused_part(warm: f64, minutes: u32, load: u64) -> f64 {
        let mut station = Station::new(Side::New, 2);
        station.warm_to(warm);
        let mut rng = stream(1, Purpose::Users, 0, 0);
        let weather = SideWeather::default();
        let refused: u64 =
            (0..minutes).map(|_| station.serve((load, 1.0), 0.0, &weather, &mut rng).refused).sum();
        refused as f64 / (u64::from(minutes) * load) as f64
    }

    #[test]
    fn l67_a_cold_load_balancer_sheds_what_grows_faster_than_it_scales() {
        assert!(refused_part(1000.0, 1, 10_000) > 0.85);
        assert!(refused_part(1000.0, 5, 10_000) > 0.8, "half as much again in five minutes");
        assert_eq!(refused_part(10_000.0, 30, 10_000), 0.0);
    }

    #[test]
    fn l67_it_grows_by_half_in_five_minutes_and_shrinks_over_hours() {
        let mut station = Station::new(Side::New, 2);
        station.warm_to(1000.0);
        for _ in 0..30 {
            station.scale(1e9, 1.0 / 6.0);
        }
        assert!((1450.0..1510.0).contains(&station.capacity), "{}", station.capacity);
        for _ in 0..60 {
            station.scale(0.0, 1.0);
        }
        assert!((1200.0..1400.0).contains(&station.capacity), "{}", station.capacity);
    }

    #[test]
    fn without_healthy_targets_everything_is_refused() {
        let mut rng = stream(1, Purpose::Users, 0, 0);
        let outage = SideWeather { outage: true, ..SideWeather::default() };
        for (targets, weather) in [(0, SideWeather::default()), (4, outage)] {
            let mut station = Station::new(Side::New, targets);
            station.warm_to(1e6);
            let tally = station.serve((600, 1.0), 0.001, &weather, &mut rng);
            assert_eq!((tally.served, tally.refused, tally.healthy), (0, 600, 0));
        }
    }
}
