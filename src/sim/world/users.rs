//! The users: how many there are at each minute of the week, and which load balancer their resolvers and their open
//! connections lead them to.

use std::sync::LazyLock;

use rand_chacha::ChaCha8Rng;

use super::{
    answer::{Fitness, Route, Version},
    noise,
};
use crate::sim::scenario::Traffic;

/// Requests of a real load balancer over a week; see `data/README.md`.
const WEEK: &str = include_str!("../data/elb_week.csv");

const MINUTES_OF_WEEK: usize = 7 * 24 * 60;

/// Load in each minute of the week from Monday 00:00 UTC, as a part of its peak.
static SHAPE: LazyLock<Vec<f64>> = LazyLock::new(|| shape(WEEK));

/// Minutes on either side of one over which the shape is smoothed: a small load balancer's five minutes are far more
/// uneven than those of the large ones that it stands for.
const SMOOTHED: usize = 60;

fn shape(csv: &str) -> Vec<f64> {
    let points: Vec<(usize, f64)> = csv
        .lines()
        .filter_map(|line| line.split_once(','))
        .filter_map(|(minute, count)| Some((minute.parse().ok()?, count.parse().ok()?)))
        .collect();
    let mut each = Vec::with_capacity(MINUTES_OF_WEEK);
    for pair in points.windows(2) {
        let ((from, low), (until, high)) = (pair[0], pair[1]);
        while each.len() < until {
            let way = each.len().saturating_sub(from) as f64 / (until - from).max(1) as f64;
            each.push(low + (high - low) * way.clamp(0.0, 1.0));
        }
    }
    each.resize(MINUTES_OF_WEEK, points.last().map_or(1.0, |(_, count)| *count));
    let window = 2 * SMOOTHED + 1;
    let at = |index: usize| each[index % MINUTES_OF_WEEK];
    let mut sum: f64 = (0..window).map(at).sum();
    let mut smooth = vec![0.0; MINUTES_OF_WEEK];
    for start in 0..MINUTES_OF_WEEK {
        smooth[(start + SMOOTHED) % MINUTES_OF_WEEK] = sum;
        sum += at(start + window) - at(start);
    }
    let peak = smooth.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    smooth.iter().map(|value| value / peak).collect()
}

/// Returns the mean load in a minute since the Unix epoch, as a part of the week's peak.
pub(super) fn load(minute: i64) -> f64 {
    // The epoch was a Thursday.
    let of_week = (minute + 3 * 24 * 60).rem_euclid(MINUTES_OF_WEEK as i64);
    SHAPE[of_week as usize]
}

/// Resolver groups of all services together: enough for a smooth share, few enough for a fast one.
const GROUPS: usize = 120;
/// Fewest groups of one service.
const FEWEST_GROUPS: usize = 4;
/// Resolvers that all groups of the world stand for. It sets how far the share of requests strays from that of the
/// weights: a third of a percent of all traffic, at an even split.
const RESOLVERS: f64 = 24_000.0;
/// Cohorts of open connections, each of which asks again at its own moment.
const COHORTS: usize = 12;

/// Resolvers that fetch at the same moment.
#[derive(Debug, Clone)]
struct Group {
    /// Part of the service's requests.
    size: f64,
    /// Caches that each hold an answer of their own.
    caches: u64,
    /// Shortest time for which they keep an answer, whatever its TTL (law L42).
    at_least_ms: i64,
    expires_ms: i64,
}

/// The users of one name and type.
#[derive(Debug, Clone)]
pub(super) struct Crowd {
    /// Part of all traffic.
    pub(super) part: f64,
    /// Where an answer ever led.
    routes: Vec<Route>,
    groups: Vec<Group>,
    /// Part of each group's caches that lead to each route, group by group.
    held: Vec<f64>,
    /// Part of the requests that DNS leads to each route.
    dns: Vec<f64>,
    /// The same for each cohort of open connections, as DNS was when they were opened, cohort by cohort.
    opened: Vec<f64>,
    keep_alive: f64,
    keep_alive_ms: i64,
    /// Part of the requests that really go to each route.
    flow: Vec<f64>,
}

/// Longest time for which a resolver keeps an answer whatever its TTL: a common cap.
const AT_MOST_MS: i64 = 24 * 3600 * 1000;

impl Crowd {
    /// Makes the users of one of `services` names, all of whose resolvers have known this version for long.
    pub(super) fn new(
        part: f64,
        services: usize,
        traffic: &Traffic,
        (version, now_ms): (&Version, i64),
        rng: &mut ChaCha8Rng,
    ) -> Self {
        let count = (GROUPS / services.max(1)).max(FEWEST_GROUPS);
        let sizes: Vec<f64> = (0..count).map(|_| noise::factor(rng, 1.0)).collect();
        let sum: f64 = sizes.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let mut patient = 0.0;
        let mut groups = Vec::with_capacity(count);
        for size in sizes.iter().map(|size| size / sum) {
            let ignores = patient + size / 2.0 < traffic.ignore_ttl;
            patient += if ignores { size } else { 0.0 };
            let longest = traffic.ignore_ttl_for.as_millis().min(i64::MAX as i128) as f64;
            let at_least = if ignores { noise::between(rng, longest / 2.0, longest) } else { 0.0 };
            let kept = keeps(version, at_least as i64);
            groups.push(Group {
                size,
                caches: (size * RESOLVERS).ceil() as u64,
                at_least_ms: at_least as i64,
                expires_ms: now_ms + noise::between(rng, 0.0, kept as f64) as i64,
            });
        }
        let answers = version.answers(|_| Fitness::Healthy);
        let flow: Vec<f64> = answers.iter().map(|(_, part)| *part).collect();
        Self {
            part,
            routes: answers.iter().map(|(route, _)| *route).collect(),
            held: flow.repeat(count),
            groups,
            dns: flow.clone(),
            opened: flow.repeat(COHORTS),
            keep_alive: traffic.keep_alive,
            keep_alive_ms: traffic.keep_alive_for.as_millis().clamp(1, i128::from(i64::MAX)) as i64,
            flow,
        }
    }

    /// Returns what part of the requests really goes where.
    pub(super) fn flow(&self) -> impl Iterator<Item = (Route, f64)> {
        self.routes.iter().copied().zip(self.flow.iter().copied())
    }

    /// Lets all resolvers whose answers expire before `until_ms` ask again, and the connections that end before then be
    /// opened again. Returns whether anybody goes elsewhere.
    pub(super) fn advance(
        &mut self,
        (from_ms, until_ms): (i64, i64),
        versions: &[Version],
        fitness: impl Fn(usize) -> Fitness,
        rng: &mut ChaCha8Rng,
    ) -> bool {
        let mut fresh: Option<Vec<Vec<f64>>> = None;
        let mut changed = false;
        for index in 0..self.groups.len() {
            while self.groups[index].expires_ms < until_ms {
                let asked_ms = self.groups[index].expires_ms;
                let chances = fresh.get_or_insert_with(|| self.chances(versions, &fitness));
                changed |= self.fetch((index, asked_ms), versions, chances, rng);
            }
        }
        if changed {
            self.sum_up();
        }
        let moved = self.reopen(from_ms, until_ms);
        if changed || moved {
            let opened_share = self.keep_alive / COHORTS as f64;
            let routes = self.routes.len();
            for route in 0..routes {
                let opened: f64 = self.opened.iter().skip(route).step_by(routes).sum();
                self.flow[route] =
                    (1.0 - self.keep_alive) * self.dns[route] + opened_share * opened;
            }
        }
        changed || moved
    }

    /// One group asks a server of its choice, and each of its caches keeps an answer of its own.
    fn fetch(
        &mut self,
        (index, asked_ms): (usize, i64),
        versions: &[Version],
        chances: &[Vec<f64>],
        rng: &mut ChaCha8Rng,
    ) -> bool {
        let server = noise::between(rng, 0.0, 1.0);
        let known = versions.iter().rposition(|version| version.reached(server, asked_ms));
        let known = known.unwrap_or(0);
        let Some((version, chances)) = versions.get(known).zip(chances.get(known)) else {
            self.groups[index].expires_ms += AT_MOST_MS;
            return false;
        };
        let group = &mut self.groups[index];
        group.expires_ms += keeps(version, group.at_least_ms);
        let (mut left, mut chance_left, mut changed) = (group.caches, 1.0, false);
        let caches = group.caches as f64;
        let routes = self.routes.len();
        for (held, chance) in self.held[index * routes..][..routes].iter_mut().zip(chances) {
            // The chance of this route among those that have not been drawn.
            let share = if chance_left > 1e-12 { (chance / chance_left).min(1.0) } else { 0.0 };
            let drawn = noise::binomial(rng, left, share);
            (left, chance_left) = (left - drawn, chance_left - chance);
            let part = drawn as f64 / caches;
            changed |= part != *held;
            *held = part;
        }
        changed
    }

    /// Returns each version's answers in the order of the routes, which grow by those that are named for the first time.
    fn chances(
        &mut self,
        versions: &[Version],
        fitness: impl Fn(usize) -> Fitness,
    ) -> Vec<Vec<f64>> {
        let answers: Vec<_> = versions.iter().map(|version| version.answers(&fitness)).collect();
        for (route, _) in answers.iter().flatten() {
            if !self.routes.contains(route) {
                self.add(*route);
            }
        }
        let part = |answers: &[(Route, f64)], route: &Route| {
            answers.iter().filter(|(to, _)| to == route).map(|(_, part)| part).sum()
        };
        let row = |one: &Vec<_>| self.routes.iter().map(|route| part(one, route)).collect();
        answers.iter().map(row).collect()
    }

    fn add(&mut self, route: Route) {
        let routes = self.routes.len();
        let widen = |table: &[f64]| -> Vec<f64> {
            table.chunks(routes).flat_map(|row| row.iter().copied().chain([0.0])).collect()
        };
        self.held = widen(&self.held);
        self.opened = widen(&self.opened);
        self.dns.push(0.0);
        self.flow.push(0.0);
        self.routes.push(route);
    }

    fn sum_up(&mut self) {
        self.dns.fill(0.0);
        for (group, held) in self.groups.iter().zip(self.held.chunks(self.routes.len())) {
            for (sum, part) in self.dns.iter_mut().zip(held) {
                *sum += group.size * part;
            }
        }
    }

    /// Lets every cohort whose connections end within the time open them where DNS leads then.
    fn reopen(&mut self, from_ms: i64, until_ms: i64) -> bool {
        let (life, routes) = (self.keep_alive_ms, self.routes.len());
        let mut changed = false;
        for (cohort, opened) in self.opened.chunks_mut(routes).enumerate() {
            let phase = life / COHORTS as i64 * cohort as i64;
            let ends = |at_ms: i64| (at_ms + phase).div_euclid(life);
            if ends(from_ms) != ends(until_ms) && opened != self.dns.as_slice() {
                opened.copy_from_slice(&self.dns);
                changed = true;
            }
        }
        changed
    }
}

/// Returns how long a resolver keeps an answer of this version (law L42).
fn keeps(version: &Version, at_least_ms: i64) -> i64 {
    // Never less than a second: an answer with TTL 0 is shared by those who ask at the same moment.
    (i64::from(version.ttl.0) * 1000).min(AT_MOST_MS).max(at_least_ms).max(1000)
}
