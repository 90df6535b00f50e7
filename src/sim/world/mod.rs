//! The invented AWS itself: hosted zones, load balancers, CloudWatch, and the users who are led from one to the other.
//!
//! It moves in ticks of ten seconds, in which resolvers ask again, connections are opened again and requests are
//! served, all of them in groups. Calls happen between ticks, at the moment that [`World::advance`] was last told. Users
//! and calls draw from different streams of the seed, so that the users of two runs differ only by what the runs did.
//! Start reading at [`World::advance`]; what an account can call is in `api`.

mod admission;
mod answer;
mod api;
mod batch;
mod cloudwatch;
mod faults;
mod history;
mod noise;
mod operation;
mod station;
#[cfg(test)]
mod tests;
mod truth;
mod users;
mod zone;

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;

pub use operation::Operation;
pub use truth::{Truth, TruthMinute};

use self::{
    admission::Admission,
    answer::{Member, Route, Version},
    faults::{Faults, Weather},
    history::MinuteFactors,
    noise::Purpose,
    station::{Station, Tally},
    users::Crowd,
    zone::HostedZone,
};
use super::{Scenario, Stage, scenario::FaultKind};
use crate::{
    plan::{Change, ChangeAction, RecordSet, ZoneId},
    unit::{Minute, RecordName, RecordType, Side, SignedDuration, Timestamp, Ttl, Weight},
};

/// Length of a tick.
const TICK_MS: i64 = 10_000;
const TICKS_PER_MINUTE: f64 = 60_000.0 / TICK_MS as f64;
/// Slower answers than this count as slow.
const SLOW_MS: f64 = 1000.0;

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
    /// Part of all requests that goes to each load balancer, and nowhere.
    flow: Flow,
    /// What the flow was before the world began.
    flow_before: Flow,
    faults: Faults,
    crash: Option<SignedDuration>,
    /// Factors of the minute that is being served.
    factors: MinuteFactors,
    /// What became of each minute since the world began, load balancer by load balancer.
    minutes: BTreeMap<Minute, Vec<Tally>>,
    truth: Truth,
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
            flow: Flow::default(),
            flow_before: Flow::default(),
            faults: Faults::new(&scenario.faults, start.as_millisecond()),
            crash: None,
            factors: MinuteFactors::of(seed, first.0, &scenario.noise),
            minutes: BTreeMap::new(),
            truth: Truth::default(),
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

    fn tick(&mut self) {
        let (from_ms, until_ms) = (self.ticked_ms, self.ticked_ms + TICK_MS);
        self.happen(from_ms);
        let weather = self.faults.weather(from_ms);
        let stations = &self.stations;
        let healthy =
            |index: usize| stations.get(index).is_some_and(|s| s.is_healthy(weather.side(s.side)));
        let mut changed = false;
        for (crowd, versions) in self.crowds.iter_mut().zip(&mut self.versions) {
            forget_old(versions, from_ms);
            let time = (from_ms, until_ms);
            changed |= crowd.advance(time, versions, healthy, &mut self.users_rng);
        }
        if changed {
            self.sum_flow();
        }
        self.serve(from_ms, &weather);
        self.ticked_ms = until_ms;
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
                | FaultKind::Metrics { .. }
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

    /// Somebody sets the first service's weights back to legacy alone.
    fn reset_weights(&mut self, now_ms: i64) {
        let Some(service) = self.stage.services.first() else { return };
        let Some(zone) = self.zones.get(&service.zone) else { return };
        let members = zone.at(&service.name).filter(|record| record.kind == service.kind);
        let reset = |record: &RecordSet| {
            let route = Member::of(record, |target| self.route(target)).routes;
            let new = route.iter().any(|route| self.side(*route) == Some(Side::New));
            let record = record.with_weight(Weight(if new { 0 } else { 100 }));
            Change { action: ChangeAction::Upsert, record }
        };
        let changes: Vec<Change> =
            members.filter(|record| record.weight().is_some()).map(reset).collect();
        let id = service.zone.clone();
        if let Some(zone) = self.zones.get_mut(&id)
            && zone.apply(&changes).is_ok()
        {
            self.publish(&id, &changes, now_ms, now_ms + 30_000);
        }
    }

    /// Takes note that these changes were accepted: DNS servers learn of them until `in_sync_ms`.
    fn publish(&mut self, zone: &ZoneId, changes: &[Change], now_ms: i64, in_sync_ms: i64) {
        let touched: BTreeMap<&RecordName, ()> =
            changes.iter().map(|change| (&change.record.name, ())).collect();
        for index in 0..self.stage.services.len() {
            let service = &self.stage.services[index];
            if service.zone == *zone && touched.contains_key(&service.name) {
                let version = self.version(index, now_ms, in_sync_ms);
                self.versions[index].push(version);
            }
        }
        self.warm_up();
        self.share_changed();
    }

    /// Returns what the zone says of a service.
    fn version(&self, service: usize, accepted_ms: i64, in_sync_ms: i64) -> Version {
        let service = &self.stage.services[service];
        let here: Vec<&RecordSet> = self
            .zones
            .get(&service.zone)
            .into_iter()
            .flat_map(|zone| zone.at(&service.name))
            .collect();
        let of_kind = |kind: &RecordType| -> Vec<&RecordSet> {
            here.iter().copied().filter(|record| record.kind == *kind).collect()
        };
        let mut records = of_kind(&service.kind);
        if records.is_empty() {
            records = of_kind(&RecordType::Cname);
        }
        Version {
            accepted_ms,
            in_sync_ms,
            // What does not exist is remembered for a while too.
            ttl: records.first().map_or(Ttl(60), |record| record.ttl()),
            members: records
                .iter()
                .map(|record| Member::of(record, |target| self.route(target)))
                .collect(),
        }
    }

    /// Returns the load balancer that a value or an alias target leads to.
    fn route(&self, target: &str) -> Route {
        let target = zone::bare(target);
        let leads = |dns_name: &str| zone::bare(dns_name) == target;
        let by_name = self.stage.balancers.iter().position(|b| leads(&b.balancer.dns_name));
        let host =
            || self.stage.hosts.iter().find(|(host, _)| leads(host)).map(|(_, index)| *index);
        by_name.or_else(host).filter(|index| *index < self.stations.len())
    }

    fn side(&self, route: Route) -> Option<Side> {
        route.and_then(|index| self.stations.get(index)).map(|station| station.side)
    }

    /// Keeps every load balancer warm for the services whose records lead to it.
    fn warm_up(&mut self) {
        let mut parts = vec![0.0; self.stations.len()];
        for (service, versions) in self.stage.services.iter().zip(&self.versions) {
            let members = versions.last().into_iter().flat_map(|version| &version.members);
            let mut routes: Vec<usize> =
                members.flat_map(|member| member.routes.iter().copied().flatten()).collect();
            routes.sort_unstable();
            routes.dedup();
            for route in routes {
                parts[route] += service.part;
            }
        }
        for (station, part) in self.stations.iter_mut().zip(parts) {
            let warm = self.scenario.side(station.side).warm;
            station.warm_to(warm * self.scenario.traffic.peak * part);
        }
    }

    /// Takes note of the share of new that the weights are set to.
    fn share_changed(&mut self) {
        let mut share = 0.0;
        for (service, versions) in self.stage.services.iter().zip(&self.versions) {
            let answers = versions.last().map(|version| version.answers(|_| true));
            for (route, part) in answers.unwrap_or_default() {
                if self.side(route) == Some(Side::New) {
                    share += part * service.part;
                }
            }
        }
        self.truth.highest_share = self.truth.highest_share.max(share);
        self.faults.share_set(share, self.now_ms());
    }

    fn sum_flow(&mut self) {
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
        let all = noise::poisson(&mut self.users_rng, mean / TICKS_PER_MINUTE);
        let tallies = self
            .minutes
            .entry(minute)
            .or_insert_with(|| vec![Tally::default(); self.stations.len()]);
        let truth = self.truth.minutes.entry(minute).or_default();
        let legacy_rate = failing(&self.scenario, weather, Side::Legacy);
        let (mut left, mut part_left) = (all, 1.0);
        for (index, station) in self.stations.iter_mut().enumerate() {
            let part = self.flow.to[index];
            let requests = noise::binomial(&mut self.users_rng, left, share_of(part, part_left));
            (left, part_left) = (left - requests, part_left - part);
            let (side, on_side) = (station.side, weather.side(station.side));
            let health = self.scenario.side(side);
            let rate = health.errors.fraction() * self.factors.errors(side) + on_side.errors;
            let time = (requests, 1.0 / TICKS_PER_MINUTE);
            let tally = station.serve(time, rate, on_side, &mut self.users_rng);
            tallies[index].add(&tally);
            let failures = tally.failed + tally.refused;
            match side {
                Side::Legacy => {
                    truth.legacy_requests += requests;
                    truth.legacy_failures += failures;
                }
                Side::New => {
                    truth.new_requests += requests;
                    truth.new_failures += failures;
                }
            }
            self.truth.failures += failures;
            let dead = !station.is_healthy(on_side);
            let (served, refused) = (tally.served as f64, tally.refused as f64);
            self.truth.failures_by_cutover += match (side, dead) {
                (Side::New, true) => refused * (1.0 - legacy_rate),
                (Side::New, false) => {
                    refused
                        + served * (failing(&self.scenario, weather, side) - legacy_rate).max(0.0)
                }
                (Side::Legacy, true) => 0.0,
                (Side::Legacy, false) => refused,
            };
            if refused > 0.0 && self.truth.first_fault.is_none() {
                self.truth.first_fault = Timestamp::from_millisecond(from_ms).ok();
            }
            self.truth.slow += served * slower(health.latency_ms * tally.latency_times(), SLOW_MS);
        }
        truth.lost_requests += left;
        self.truth.failures += left;
        self.truth.failures_by_cutover += left as f64;
        self.truth.requests += all;
    }
}

/// Returns the part of a side's requests that is expected to fail.
fn failing(scenario: &Scenario, weather: &Weather, side: Side) -> f64 {
    let on_side = weather.side(side);
    let rate = scenario.side(side).errors.fraction() + on_side.errors;
    if on_side.outage { 1.0 } else { rate.min(1.0) }
}

/// Returns the part of requests with this median latency that takes longer than a limit.
fn slower(median_ms: f64, limit_ms: f64) -> f64 {
    1.0 - noise::below((limit_ms / median_ms).ln() / cloudwatch::SPREAD)
}

fn share_of(part: f64, of: f64) -> f64 {
    if of > 1e-12 { (part / of).clamp(0.0, 1.0) } else { 0.0 }
}

/// Drops the versions that no server answers with any more.
fn forget_old(versions: &mut Vec<Version>, now_ms: i64) {
    if versions.len() > 1
        && let Some(known) = versions.iter().rposition(|version| version.in_sync_ms <= now_ms)
    {
        versions.drain(..known);
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
