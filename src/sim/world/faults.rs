//! When a scenario's faults begin and end, and what they come to at one moment.

use crate::{
    plan::{AlarmState, MetricQuery, SeriesStatus},
    sim::scenario::{Blackout, Fault, FaultKind, Sides, Trigger},
    unit::{Side, SignedDuration},
};

/// A fault and when it runs.
#[derive(Debug, Clone)]
struct Run {
    fault: Fault,
    begins_ms: Option<i64>,
    /// Whether what happens only once has happened.
    done: bool,
}

impl Run {
    fn ends_ms(&self) -> i64 {
        match (self.begins_ms, self.fault.lasts) {
            (Some(begins), Some(lasts)) => begins.saturating_add(millis(lasts)),
            (Some(_), None) | (None, _) => i64::MAX,
        }
    }

    fn is_on(&self, at_ms: i64) -> bool {
        self.begins_ms.is_some_and(|begins| begins <= at_ms) && at_ms < self.ends_ms()
    }
}

/// All faults of a scenario.
#[derive(Debug, Clone)]
pub(super) struct Faults {
    runs: Vec<Run>,
}

/// Everything that is wrong at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Weather {
    sides: [SideWeather; 2],
    pub(super) throttled: bool,
    pub(super) route53_down: bool,
    /// Part of the changes whose answer is lost.
    pub(super) lost_answers: f64,
    /// Until when changes stay PENDING.
    pub(super) stuck_until_ms: Option<i64>,
}

/// What became of the deployments of a side's ECS services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct ServiceWeather {
    /// Deployments that are done.
    pub(super) ended: usize,
    /// Somebody is deploying.
    pub(super) deploying: bool,
    /// A deployment failed and has not been taken away.
    pub(super) failed: bool,
}

/// What is wrong on one side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SideWeather {
    pub(super) errors: f64,
    pub(super) latency_times: f64,
    pub(super) outage: bool,
    /// Part of the requests that do not get as far as a load balancer.
    pub(super) unreachable: f64,
    pub(super) left_out: bool,
    pub(super) late_ms: i64,
    pub(super) status: SeriesStatus,
}

impl Default for SideWeather {
    fn default() -> Self {
        Self {
            errors: 0.0,
            latency_times: 1.0,
            outage: false,
            unreachable: 0.0,
            left_out: false,
            late_ms: 0,
            status: SeriesStatus::Complete,
        }
    }
}

impl Weather {
    pub(super) fn side(&self, side: Side) -> &SideWeather {
        &self.sides[index(side)]
    }
}

impl Faults {
    pub(super) fn new(faults: &[Fault], start_ms: i64) -> Self {
        let begins = |fault: &Fault| match fault.trigger {
            Trigger::At(at) => Some(start_ms.saturating_add(millis(at))),
            Trigger::FromShare { .. } => None,
        };
        let run =
            |fault: &Fault| Run { fault: fault.clone(), begins_ms: begins(fault), done: false };
        Self { runs: faults.iter().map(run).collect() }
    }

    /// Takes note of the share of new that the weights are set to.
    pub(super) fn share_set(&mut self, share: f64, now_ms: i64) {
        for run in self.runs.iter_mut().filter(|run| run.begins_ms.is_none()) {
            if let Trigger::FromShare { share: wanted, after } = run.fault.trigger {
                // A pair of weights may lie this far below the share that it stands for.
                if share > 0.0 && share + 0.002 >= wanted.fraction() {
                    run.begins_ms = Some(now_ms.saturating_add(millis(after)));
                }
            }
        }
    }

    /// Returns what happens only once and is due, once, with its length.
    pub(super) fn take_due(&mut self, now_ms: i64) -> Vec<(FaultKind, Option<SignedDuration>)> {
        let mut due = Vec::new();
        for run in &mut self.runs {
            let once = matches!(run.fault.kind, FaultKind::WeightsReset | FaultKind::Crash);
            if once && !run.done && run.begins_ms.is_some_and(|begins| begins <= now_ms) {
                run.done = true;
                due.push((run.fault.kind.clone(), run.fault.lasts));
            }
        }
        due
    }

    /// Returns when the first fault began, if one has; a crash is none of the users' business.
    pub(super) fn first_ms(&self, now_ms: i64) -> Option<i64> {
        let theirs = self.runs.iter().filter(|run| run.fault.kind != FaultKind::Crash);
        theirs.filter_map(|run| run.begins_ms).filter(|begins| *begins <= now_ms).min()
    }

    /// Returns true when the datapoint of the minute that begins then was never made.
    pub(super) fn is_gone(&self, minute_ms: i64, side: Side) -> bool {
        self.runs.iter().any(|run| {
            if let FaultKind::Metrics { sides, blackout: Blackout::Gone } = run.fault.kind {
                sides.has(side) && run.is_on(minute_ms)
            } else {
                false
            }
        })
    }

    /// Returns what an alarm says, and since when; nothing since no fault was on it. Of several faults the one that
    /// began last decides.
    pub(super) fn alarm(&self, side: Side, alarm: &str, at_ms: i64) -> (AlarmState, Option<i64>) {
        let (mut state, mut newest, mut since) = (AlarmState::Ok, i64::MIN, None);
        for run in &self.runs {
            let FaultKind::Alarm { sides, name, state: says } = &run.fault.kind else { continue };
            let Some(begins) = run.begins_ms.filter(|begins| *begins <= at_ms) else { continue };
            if !sides.has(side) || name != alarm {
                continue;
            }
            let changed = if run.is_on(at_ms) { begins } else { run.ends_ms() };
            since = since.max(Some(changed));
            if run.is_on(at_ms) && begins >= newest {
                (state, newest) = (*says, begins);
            }
        }
        (state, since)
    }

    /// Returns what became of the deployments of a side's services.
    pub(super) fn service(&self, side: Side, at_ms: i64) -> ServiceWeather {
        let mut weather = ServiceWeather::default();
        for run in &self.runs {
            let FaultKind::Deploys { sides, fails } = run.fault.kind else { continue };
            let begun = run.begins_ms.is_some_and(|begins| begins <= at_ms);
            if !sides.has(side) || !begun {
                continue;
            }
            match (run.is_on(at_ms), fails) {
                (true, false) => weather.deploying = true,
                (true, true) => weather.failed = true,
                (false, false) => weather.ended += 1,
                // What failed is gone when it is over: the service is as it was.
                (false, true) => {}
            }
        }
        weather
    }

    /// Returns what the fault that began last makes a metric be in the minute that begins then.
    pub(super) fn metric(&self, query: &MetricQuery, minute_ms: i64) -> Option<f64> {
        let value = |run: &Run| {
            let FaultKind::Metric { metric, value } = &run.fault.kind else { return None };
            metric.is_asked_by(query).then_some((run.begins_ms, *value))
        };
        let on = self.runs.iter().filter(|run| run.is_on(minute_ms));
        on.filter_map(value).max_by_key(|(begins, _)| *begins).map(|(_, value)| value)
    }

    /// Returns everything that is wrong at a moment.
    pub(super) fn weather(&self, at_ms: i64) -> Weather {
        let mut weather = Weather::default();
        for run in self.runs.iter().filter(|run| run.is_on(at_ms)) {
            weather.add(&run.fault.kind, run.ends_ms());
        }
        weather
    }
}

/// How long changes stay PENDING where nothing ends it: long enough for every run to have ended.
const STUCK_MS: i64 = 24 * 3600 * 1000;

impl Weather {
    fn add(&mut self, kind: &FaultKind, ends_ms: i64) {
        match *kind {
            FaultKind::Errors { sides, rate } => self.on(sides, |side| side.errors += rate),
            FaultKind::Latency { sides, times } => {
                self.on(sides, |side| side.latency_times *= times);
            }
            FaultKind::Unreachable { sides, part } => self.on(sides, |side| {
                side.unreachable = side.unreachable.max(part);
            }),
            FaultKind::LeftOut { sides } => self.on(sides, |side| side.left_out = true),
            FaultKind::Outage { sides } => self.on(sides, |side| side.outage = true),
            FaultKind::Metrics { sides, blackout } => self.on(sides, |side| match blackout {
                Blackout::Late(late) => side.late_ms = side.late_ms.max(millis(late)),
                Blackout::Gone => {}
                Blackout::Forbidden => side.status = SeriesStatus::Forbidden,
                Blackout::Partial => side.status = SeriesStatus::Partial,
                Blackout::InternalError => side.status = SeriesStatus::InternalError,
            }),
            FaultKind::Throttled => self.throttled = true,
            FaultKind::Route53Down => self.route53_down = true,
            FaultKind::LostAnswers { part } => self.lost_answers = self.lost_answers.max(part),
            FaultKind::InSyncStuck => {
                self.stuck_until_ms =
                    Some(self.stuck_until_ms.map_or(ends_ms, |until| until.max(ends_ms)));
            }
            FaultKind::Alarm { .. }
            | FaultKind::Deploys { .. }
            | FaultKind::Metric { .. }
            | FaultKind::WeightsReset
            | FaultKind::Crash => {}
        }
    }

    fn on(&mut self, sides: Sides, what: impl Fn(&mut SideWeather)) {
        for side in Side::BOTH.into_iter().filter(|side| sides.has(*side)) {
            what(&mut self.sides[index(side)]);
        }
    }

    /// Returns until when a change that is made now stays PENDING because of a fault.
    pub(super) fn pending_until_ms(&self, now_ms: i64) -> Option<i64> {
        self.stuck_until_ms.map(|until| until.min(now_ms.saturating_add(STUCK_MS)))
    }
}

pub(super) fn index(side: Side) -> usize {
    match side {
        Side::Legacy => 0,
        Side::New => 1,
    }
}

/// Returns a duration in milliseconds; durations of scenarios are at most a year.
pub(super) fn millis(duration: SignedDuration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
