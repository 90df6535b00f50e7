//! Minutes of metrics as the charts need them: newest reading of each.

use std::collections::BTreeMap;

use crate::{
    gate::{Finding, Row, SideRow},
    unit::{Minute, Side},
};

/// Gates of other metrics whose values are kept; a runbook with more is told in words alone.
const METRICS: usize = 8;

/// What was measured in the run's minutes.
#[derive(Debug, Clone, Default)]
pub(in crate::report::page) struct Minutes {
    points: BTreeMap<Minute, Point>,
    /// Newest minute that was closed when the gates last looked.
    closed: Option<Minute>,
    /// Values of other metrics by the name of their gate.
    metrics: BTreeMap<String, BTreeMap<Minute, f64>>,
}

/// One minute.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(in crate::report::page) struct Point {
    /// The legacy side.
    pub(in crate::report::page) legacy: SidePoint,
    /// The new side.
    pub(in crate::report::page) new: SidePoint,
    /// The error rate beyond which it was a breach, as the gate last said when this was the newest minute.
    pub(in crate::report::page) error_limit: Option<f64>,
}

/// One side of a minute; see [`SideRow`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(in crate::report::page) struct SidePoint {
    /// Requests.
    pub(in crate::report::page) requests: Option<f64>,
    /// Failed ones.
    pub(in crate::report::page) errors: Option<f64>,
    /// Latency in seconds.
    pub(in crate::report::page) latency: Option<f64>,
}

impl SidePoint {
    fn of(row: &SideRow) -> Self {
        let sane = |value: Option<f64>| value.filter(|v| v.is_finite() && *v >= 0.0);
        Self { requests: sane(row.requests), errors: sane(row.errors), latency: sane(row.latency) }
    }

    /// Returns the part of the requests that failed. No datapoint of errors means that none did (law L50).
    pub(in crate::report::page) fn error_rate(&self) -> Option<f64> {
        let requests = self.requests.filter(|requests| *requests > 0.0)?;
        Some((self.errors.unwrap_or(0.0) / requests).min(1.0))
    }
}

impl Point {
    /// Returns one side.
    pub(in crate::report::page) fn side(&self, side: Side) -> &SidePoint {
        match side {
            Side::Legacy => &self.legacy,
            Side::New => &self.new,
        }
    }

    /// Returns the part of both sides' requests that reached new.
    pub(in crate::report::page) fn share(&self) -> Option<f64> {
        let (new, legacy) = (self.new.requests, self.legacy.requests);
        let all = new.unwrap_or(0.0) + legacy.unwrap_or(0.0);
        (all > 0.0).then(|| new.unwrap_or(0.0) / all)
    }
}

impl Minutes {
    /// Takes in rows that were read.
    pub(super) fn read(&mut self, rows: &[(Minute, Row)]) {
        for (minute, row) in rows {
            let point = self.points.entry(*minute).or_default();
            (point.legacy, point.new) = (SidePoint::of(&row.legacy), SidePoint::of(&row.new));
            for (gate, value) in &row.metrics {
                if !self.metrics.contains_key(gate) && self.metrics.len() >= METRICS {
                    continue;
                }
                let values = self.metrics.entry(gate.clone()).or_default();
                if value.is_finite() {
                    values.insert(*minute, *value);
                }
            }
        }
    }

    /// Takes in what the gates said when this was the newest minute.
    pub(super) fn judged(&mut self, minute: Minute, findings: &[Finding]) {
        self.closed = self.closed.max(Some(minute));
        let limit = |finding: &Finding| finding.numbers.get("limit_rate").copied();
        let errors = findings.iter().find(|finding| finding.gate == "errors");
        if let Some(limit) = errors.and_then(limit).filter(|limit| limit.is_finite()) {
            self.points.entry(minute).or_default().error_limit = Some(limit);
        }
    }

    /// Returns the minutes from one to another, oldest first; the last is included. Those that were never closed are
    /// left out where one side's requests had not come yet: they would look like a fall.
    pub(in crate::report::page) fn between(
        &self,
        first: Minute,
        last: Minute,
    ) -> impl Iterator<Item = (Minute, &Point)> {
        let range = if first <= last { Some(self.points.range(first..=last)) } else { None };
        let is_whole = |(minute, point): &(&Minute, &Point)| {
            self.closed.is_none_or(|closed| **minute <= closed)
                || (point.new.requests.is_some() && point.legacy.requests.is_some())
        };
        range.into_iter().flatten().filter(is_whole).map(|(minute, point)| (*minute, point))
    }

    /// Returns the values of other metrics by the name of their gate.
    pub(in crate::report::page) fn metrics(&self) -> &BTreeMap<String, BTreeMap<Minute, f64>> {
        &self.metrics
    }

    /// Returns requests and failed requests of a side from one minute to another.
    pub(in crate::report::page) fn sum(
        &self,
        side: Side,
        first: Minute,
        last: Minute,
    ) -> (f64, f64) {
        self.between(first, last).fold((0.0, 0.0), |(requests, errors), (_, point)| {
            let of = point.side(side);
            (requests + of.requests.unwrap_or(0.0), errors + of.errors.unwrap_or(0.0))
        })
    }
}
