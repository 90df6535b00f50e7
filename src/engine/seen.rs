//! What was seen of both sides' traffic, for whoever looks on.

use super::{Engine, Phase};
use crate::{
    gate::{Row, SideRow},
    unit::{Minute, Side, SignedDuration, Timestamp},
};

/// Minutes that a trend goes back.
pub const TREND_MINUTES: i64 = 30;

/// How much older than the metrics' usual lag the newest data may be: CloudWatch is asked every 30 s, a minute is 60 s long.
const LATENESS: SignedDuration = SignedDuration::from_mins(3);

/// Percentile that takes over where there are too few requests for the gate's.
const LOW: f64 = 90.0;

/// One side in one minute.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SideView {
    /// Requests in the minute.
    pub requests: Option<f64>,
    /// Part of them that failed, 0 to 1.
    pub error_rate: Option<f64>,
    /// Latency in seconds, at the percentile that is judged.
    pub latency: Option<f64>,
}

/// Both sides in one minute; what has no datapoint is missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MinuteView {
    /// The minute.
    pub minute: Minute,
    /// The legacy side.
    pub legacy: SideView,
    /// The new side.
    pub new: SideView,
}

impl MinuteView {
    /// Returns one side of the minute.
    pub fn side(&self, side: Side) -> &SideView {
        match side {
            Side::Legacy => &self.legacy,
            Side::New => &self.new,
        }
    }
}

/// What new is judged by at the moment, as far as it is a number.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Limits {
    /// Largest part of new's requests that may fail, 0 to 1.
    pub error_rate: Option<f64>,
    /// Longest latency of new in seconds, at the percentile that is judged.
    pub latency: Option<f64>,
}

/// How fresh the metrics are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Freshness {
    /// Whether the metrics are being read: they are from the first write until the end, or until the way back begins.
    pub watched: bool,
    /// Age of legacy's newest minute with a datapoint.
    pub legacy: Option<SignedDuration>,
    /// Age of new's newest minute with a datapoint.
    pub new: Option<SignedDuration>,
    /// Age beyond which something is wrong with the metrics.
    pub late_after: SignedDuration,
}

impl Freshness {
    /// Returns the age of the newest minute in which either side has a datapoint.
    pub fn age(&self) -> Option<SignedDuration> {
        [self.legacy, self.new].into_iter().flatten().min()
    }

    /// Returns true where newer data should have come, so that what is shown may be of the past.
    pub fn is_late(&self) -> bool {
        self.watched && self.age().is_some_and(|age| age > self.late_after)
    }

    /// Returns the side of which nothing comes any more while the other's data go on.
    pub fn behind(&self) -> Option<(Side, SignedDuration)> {
        let (legacy, new) = (self.legacy?, self.new?);
        let behind = |side, age: SignedDuration, other| {
            (age > self.late_after && age > other + LATENESS).then_some((side, age))
        };
        let behind = behind(Side::Legacy, legacy, new).or_else(|| behind(Side::New, new, legacy));
        behind.filter(|_| self.watched && !self.is_late())
    }
}

impl Engine {
    /// Returns both sides in the newest minute that was judged.
    pub(super) fn newest_seen(&self) -> Option<MinuteView> {
        let minute = self.judged.as_ref()?.minute;
        let low = self.judges_low();
        self.table.rows().get(&minute).map(|row| MinuteView::of(minute, row, low))
    }

    /// Returns the minutes up to the newest that is closed, oldest first and without gaps: one that was not read is there,
    /// and empty. They begin with the first one that was read.
    pub(super) fn trend(&self, now: Timestamp) -> Vec<MinuteView> {
        let rows = self.table.rows();
        let settled = now.checked_sub(self.plan.policy.metric_lag).unwrap_or(Timestamp::MIN);
        let newest = Minute::containing(settled).offset(-1);
        let Some((first, _)) = rows.range(newest.offset(1 - TREND_MINUTES)..=newest).next() else {
            return Vec::new();
        };
        let low = self.judges_low();
        let view = |minute| match rows.get(&minute) {
            Some(row) => MinuteView::of(minute, row, low),
            None => MinuteView::empty(minute),
        };
        (first.0..=newest.0).map(|minute| view(Minute(minute))).collect()
    }

    /// Returns the limits that the newest findings name.
    pub(super) fn limits(&self) -> Limits {
        let number = |gate: &str, name: &str| self.number(gate, name);
        let times = number("latency", "limit_times_legacy");
        let relative = times.zip(number("latency", "legacy_latency_seconds")).map(|(n, s)| n * s);
        let gate = self.plan.gates.latency.as_ref();
        let cap = gate.and_then(|gate| gate.critical.at_most).map(|cap| cap.as_secs_f64());
        Limits {
            error_rate: number("errors", "limit_rate"),
            latency: [relative, cap].into_iter().flatten().reduce(f64::min),
        }
    }

    /// Returns the percentile that latencies are judged by at the moment, where a gate watches them.
    pub(super) fn percentile(&self) -> Option<f64> {
        let gate = self.plan.gates.latency.as_ref()?;
        Some(self.number("latency", "percentile_percent").unwrap_or(gate.stat.percentile))
    }

    /// Returns true where there are too few requests for the gate's percentile, so that p90 is judged in its place.
    fn judges_low(&self) -> bool {
        let gate = self.plan.gates.latency.as_ref();
        self.percentile() == Some(LOW) && gate.is_some_and(|gate| gate.stat.percentile > LOW)
    }

    /// Returns a number of the newest finding of a gate.
    fn number(&self, gate: &str, name: &str) -> Option<f64> {
        let findings = &self.judged.as_ref()?.findings;
        let of_gate = findings.iter().find(|finding| finding.gate == gate)?;
        of_gate.numbers.get(name).copied().filter(|number| number.is_finite())
    }

    /// Returns how fresh the metrics are.
    pub(super) fn freshness(&self, now: Timestamp) -> Freshness {
        let age = |side| {
            let has_data = |row: &Row| row.side(side).requests.is_some();
            let newest = self.table.rows().iter().rev().find(|(_, row)| has_data(row));
            newest.map(|(minute, _)| now.duration_since(minute.end()))
        };
        let is_going_on = self.outcome().is_none();
        Freshness {
            watched: is_going_on && self.phase.is_forward() && !self.spans.is_empty(),
            legacy: age(Side::Legacy),
            new: age(Side::New),
            late_after: self.plan.policy.metric_lag.saturating_add(LATENESS),
        }
    }

    /// Returns since when it does what it does, where that has no end that is known.
    pub(super) fn since(&self) -> Option<Timestamp> {
        match self.phase {
            _ if self.halt.is_some() || self.held.is_some() => None,
            Phase::Placing { to, since } | Phase::Syncing { at: to, since } => {
                let began = self.rollback_began.filter(|_| to.is_back());
                Some(began.unwrap_or(since))
            }
            Phase::Blank
            | Phase::Starting
            | Phase::Ready { .. }
            | Phase::Settling { .. }
            | Phase::Holding { .. }
            | Phase::Finishing
            | Phase::Returned
            | Phase::Unlocking { .. }
            | Phase::Ended(_) => None,
        }
    }
}

impl MinuteView {
    fn of(minute: Minute, row: &Row, low: bool) -> Self {
        let side = |row| SideView::of(row, low);
        Self { minute, legacy: side(&row.legacy), new: side(&row.new) }
    }

    fn empty(minute: Minute) -> Self {
        Self { minute, legacy: SideView::default(), new: SideView::default() }
    }
}

impl SideView {
    fn of(row: &SideRow, low: bool) -> Self {
        let rate = |requests: f64| row.errors.unwrap_or_default() / requests;
        Self {
            requests: row.requests,
            error_rate: row.requests.filter(|requests| *requests > 0.0).map(rate),
            latency: if low { row.latency_p90 } else { row.latency },
        }
    }
}
