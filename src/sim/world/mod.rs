//! The invented AWS itself: hosted zones, load balancers, CloudWatch, and the users who are led from one to the other.
//!
//! It moves in ticks of ten seconds, in which resolvers ask again, connections are opened again and requests are
//! served, all of them in groups. Calls happen between ticks, at the moment that [`World::advance`] was last told. Users
//! and calls draw from different streams of the seed, so that the users of two runs differ only by what the runs did.
//! Start reading at [`World::advance`]; what an account can call is in `api` and
//! `zones`.

mod admission;
mod alarms;
mod answer;
mod api;
mod balancers;
mod batch;
mod cloudwatch;
mod dns;
mod faults;
mod history;
mod metrics;
mod noise;
mod operation;
mod peerings;
mod services;
mod serving;
mod station;
#[cfg(test)]
mod tests;
mod trail;
mod truth;
mod users;
mod zone;
mod zones;

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;

pub use alarms::Alarm;
pub use operation::Operation;
pub use services::EcsService;
pub(in crate::sim) use trail::Sender;
pub use truth::{Truth, TruthMinute};
pub(super) use zone::place;

use self::{
    admission::Admission,
    answer::Version,
    balancers::{Reserved, reserved},
    faults::Faults,
    history::MinuteFactors,
    noise::Purpose,
    station::{Station, Tally},
    users::Crowd,
    zone::HostedZone,
};
use super::{
    Scenario, Stage,
    policy::{Wanted, Who},
    scenario::FaultKind,
};
use crate::{
    audit::ZoneCall,
    cloud::CloudError,
    plan::ZoneId,
    unit::{Minute, SignedDuration, Timestamp},
};

/// Length of a tick.
const TICK_MS: i64 = 10_000;

/// An AWS with users.
#[derive(Debug, Clone)]
pub struct World {
    stage: Stage,
    scenario: Scenario,
    seed: u64,
    start: Timestamp,
    now: Timestamp,
    /// Everything before this has happened.
    ticked_ms: i64,
    users_rng: ChaCha8Rng,
    calls_rng: ChaCha8Rng,
    zones: BTreeMap<ZoneId, HostedZone>,
    admission: Admission,
    changes: BTreeMap<String, PendingChange>,
    /// One for each service of the stage, in its order.
    versions: Vec<Vec<Version>>,
    crowds: Vec<Crowd>,
    stations: Vec<Station>,
    /// What is reserved for each load balancer, in the order of the stage.
    reserved: Vec<Option<Reserved>>,
    /// Part of all requests that goes to each load balancer, and nowhere.
    flow: Flow,
    /// What the flow was before the world began.
    flow_before: Flow,
    faults: Faults,
    crash: Option<SignedDuration>,
    /// Factors of the minute that is being served.
    factors: MinuteFactors,
    /// What became of each minute, load balancer by load balancer: of all since the world began, and of those before it
    /// that somebody asked for.
    minutes: BTreeMap<Minute, Vec<Tally>>,
    truth: Truth,
    /// Batches of each account that were sent, oldest first.
    trail: Vec<(String, ZoneCall)>,
}

/// A change that was accepted.
#[derive(Debug, Clone)]
struct PendingChange {
    account: String,
    in_sync_ms: i64,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Flow {
    to: Vec<f64>,
    lost: f64,
}

impl World {
    /// Makes a world that begins at this moment; nothing in it depends on anything but the arguments.
    pub fn new(mut stage: Stage, scenario: Scenario, seed: u64, start: Timestamp) -> Self {
        scale_parts(&mut stage);
        let zones = std::mem::take(&mut stage.zones);
        let zones = zones.into_iter().map(|zone| (zone.zone.id.clone(), HostedZone::new(zone)));
        let stations = stage.balancers.iter().map(|b| Station::new(b.side, b.targets)).collect();
        let first = Minute::containing(start);
        let mut world = Self {
            start,
            now: start,
            ticked_ms: first.start().as_millisecond(),
            users_rng: noise::stream(seed, Purpose::Users, 0, 0),
            calls_rng: noise::stream(seed, Purpose::Calls, 0, 0),
            zones: zones.collect(),
            admission: Admission::new(scenario.route53.limits),
            changes: BTreeMap::new(),
            versions: Vec::new(),
            crowds: Vec::new(),
            stations,
            reserved: reserved(&stage, start),
            flow: Flow::default(),
            flow_before: Flow::default(),
            faults: Faults::new(&scenario.faults, start.as_millisecond()),
            crash: None,
            factors: MinuteFactors::of(seed, first.0, &scenario.noise),
            minutes: BTreeMap::new(),
            truth: Truth::default(),
            trail: Vec::new(),
            stage,
            scenario,
            seed,
        };
        world.settle_users();
        world
    }

    /// Returns the moment at which calls are answered.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Returns the moment at which the world began.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// Returns what stood in it when it began, without the zones, which have changed since.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Refuses a call that whoever makes it may not make.
    ///
    /// # Errors
    /// Their policies do not allow it.
    pub(in crate::sim) fn permit(&self, who: &Who, wanted: &Wanted) -> Result<(), CloudError> {
        self.stage.policies.judge(who, wanted).map_err(|why| wanted.denied(who, why))
    }

    /// Returns what happens in it.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Returns what really happened to the users so far.
    pub fn truth(&self) -> &Truth {
        &self.truth
    }

    /// Returns, once for each crash of the scenario, how long the process that runs the cutover stays dead; nothing while
    /// no crash is due.
    pub fn take_crash(&mut self) -> Option<SignedDuration> {
        self.crash.take()
    }

    /// Lets time pass. A moment that is not later changes nothing.
    pub fn advance(&mut self, to: Timestamp) {
        if to <= self.now {
            return;
        }
        while self.ticked_ms + TICK_MS <= to.as_millisecond() {
            self.tick();
        }
        self.now = to;
        self.happen(to.as_millisecond());
    }

    fn now_ms(&self) -> i64 {
        self.now.as_millisecond()
    }

    /// Lets all users go where DNS leads when the world begins, as if it had been so for long.
    fn settle_users(&mut self) {
        let now_ms = self.ticked_ms;
        let services = self.stage.services.len();
        for index in 0..services {
            let version = self.version(index, i64::MIN / 2, i64::MIN / 2);
            let part = self.stage.services[index].part;
            let traffic = &self.scenario.traffic;
            let known = (&version, now_ms);
            self.crowds.push(Crowd::new(part, services, traffic, known, &mut self.users_rng));
            self.versions.push(vec![version]);
        }
        self.sum_flow();
        self.flow_before = self.flow.clone();
        self.warm_up();
        self.share_changed();
    }

    /// Does what is due by now and happens only once.
    fn happen(&mut self, now_ms: i64) {
        for (kind, lasts) in self.faults.take_due(now_ms) {
            match kind {
                FaultKind::Crash => self.crash = Some(lasts.unwrap_or_default()),
                FaultKind::WeightsReset => self.reset_weights(now_ms),
                FaultKind::Errors { .. }
                | FaultKind::Latency { .. }
                | FaultKind::Outage { .. }
                | FaultKind::Unreachable { .. }
                | FaultKind::LeftOut { .. }
                | FaultKind::Metrics { .. }
                | FaultKind::Alarm { .. }
                | FaultKind::Deploys { .. }
                | FaultKind::Metric { .. }
                | FaultKind::Throttled
                | FaultKind::Route53Down
                | FaultKind::LostAnswers { .. }
                | FaultKind::InSyncStuck => {}
            }
        }
        if self.truth.first_fault.is_none() {
            let first = self.faults.first_ms(now_ms);
            self.truth.first_fault = first.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        }
    }
}

/// Makes the parts of all services sum to 1.
fn scale_parts(stage: &mut Stage) {
    let real = |part: f64| if part.is_finite() { part.max(0.0) } else { 0.0 };
    let sum: f64 = stage.services.iter().map(|service| real(service.part)).sum();
    let count = stage.services.len() as f64;
    for service in &mut stage.services {
        service.part = if sum > 0.0 { real(service.part) / sum } else { 1.0 / count };
    }
}
