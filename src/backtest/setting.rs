//! What all cutovers of a backtest have in common.

use super::{past::Past, scope::replayed};
use crate::{
    gate::{Beginning, Cause, History, Reading, Verdict, red_before},
    plan::{Gates, Plan, Shift},
    unit::{Minute, Share, SignedDuration},
};

/// How much of the past the limits are made from where no gate says, as in a run.
const USUAL_PAST: SignedDuration = SignedDuration::from_hours(24);
/// Minutes before a run that tell how much usually comes.
const HOUR: i64 = 60;
const WEEK: i64 = 7 * 24 * 60;
/// Longest run, in minutes, all of which has its like of a week ago in its plan.
const MOST_USUAL: i64 = 24 * 60;
/// Percentile of latencies where no gate looks at them.
const USUAL_PERCENTILE: f64 = 99.0;
const ALMOST_A_MINUTE: SignedDuration = SignedDuration::from_secs(59);

/// What all cutovers have in common.
#[derive(Debug)]
pub(super) struct Setting<'a> {
    pub(super) plan: &'a Plan,
    /// The gates that a history feeds.
    pub(super) gates: Gates,
    pub(super) past: &'a Past,
    /// Planned minutes of every step.
    pub(super) planned: Vec<u32>,
    /// How long a step takes to settle.
    pub(super) settle: SignedDuration,
}

impl<'a> Setting<'a> {
    pub(super) fn new(plan: &'a Plan, past: &'a Past) -> Self {
        let (planned, settle) = (plan.planned_minutes(), plan.usual_settle());
        Self { plan, gates: replayed(&plan.gates), past, planned, settle }
    }

    /// Returns the minutes that a cutover takes when nothing holds it. Each step begins with a minute.
    pub(super) fn minutes(&self) -> i64 {
        let whole = |shift: &Shift| (self.settle + shift.hold + ALMOST_A_MINUTE).as_secs() / 60;
        self.plan.shifts.iter().map(whole).sum()
    }

    /// Returns the minutes that it may last: with one hold up to its limit.
    pub(super) fn longest(&self) -> i64 {
        self.minutes() + self.plan.policy.hold_limit.as_secs() / 60
    }

    /// Returns the minutes of the past that limits are made from.
    pub(super) fn minutes_before(&self) -> i64 {
        let errors = self.gates.errors.as_ref();
        errors.and_then(|gate| gate.critical.history).unwrap_or(USUAL_PAST).as_secs() / 60
    }

    /// Returns what a run that begins at this minute knows of the time before it.
    pub(super) fn history(&self, start: Minute) -> History {
        let legacy = self.past.between(start.offset(-self.minutes_before()), start);
        let ahead = self.longest().min(MOST_USUAL);
        History {
            usual: self.past.requests((start.offset(-HOUR), start.offset(ahead)), WEEK),
            before: self.past.requests((start.offset(-HOUR), start), 0),
            ..legacy
        }
    }

    /// Returns true where a run would refuse to begin, because a gate is red before anything has moved.
    pub(super) fn refuses(&self, history: &History, start: Minute) -> bool {
        let rows = self.past.rows((start.offset(-HOUR), start));
        let recent = Reading { rows, ..Reading::default() };
        let metric_lag = self.plan.policy.metric_lag;
        let beginning = Beginning { at: start.start(), metric_lag, share: Share::ZERO };
        let red = red_before(&self.gates, history, &recent, &beginning);
        red.iter().any(|finding| {
            finding.verdict() == Verdict::Breach
                || matches!(finding.cause, Cause::LegacySick | Cause::SharedCause)
        })
    }

    /// Returns the percentile of the latencies in the history, in percent.
    pub(super) fn percentile(&self) -> f64 {
        self.gates.latency.as_ref().map_or(USUAL_PERCENTILE, |gate| gate.stat.percentile)
    }
}
