//! The `latency` gate: how often new is slower than legacy allows, or than a fixed limit.
//!
//! A measured minute is bad or it is not; the evidence is against "at most so many of the minutes are bad" (gates.md,
//! section 2; `statistics` has the formulas). There is no proof of a pass by evidence: that would take half an hour a step.
//! A step passes when enough minutes were measured and hardly any was bad.

mod limit;
mod percentiles;
mod sentences;

use limit::Limit;
pub use percentiles::samples_needed;
use percentiles::{Measured, Percentiles};
use sentences::Told;

use super::{
    both_sides::{self, Sickness},
    counts::Counts,
    reading::{Row, SideRow},
    scene::{LOOK_BACK, Scene, finding, with_numbers},
    statistics::{Mixture, likeliest_onset},
    verdict::{Cause, Finding},
    words,
};
use crate::{runbook::model::LatencyGate, unit::Minute};

/// The gate.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Latency {
    percentiles: Percentiles,
    critical: Limit,
    warning: Limit,
    min_minutes: u32,
}

/// What the gate has seen.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LatencySeen {
    critical: Mixture<4>,
    warning: Mixture<4>,
    /// Those of the current step.
    step: Minutes,
}

/// So many minutes, as far as they could be measured.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Minutes {
    measured: u32,
    /// Requests of new in the measured minutes.
    requests: f64,
    /// Measured minutes beyond the limit that is spoken of.
    bad: u32,
    newest: Option<(Minute, Measured)>,
    /// Requests of new and legacy in the newest minute that could not be measured.
    too_few: Option<[f64; 2]>,
}

impl LatencySeen {
    /// Nothing seen.
    pub(super) const NOTHING: Self = Self {
        critical: Mixture::NOTHING,
        warning: Mixture::NOTHING,
        step: Minutes { measured: 0, requests: 0.0, bad: 0, newest: None, too_few: None },
    };
}

impl Minutes {
    /// Takes in one minute: what could be measured of it, and whether it is bad.
    fn add(
        &mut self,
        (minute, row): (Minute, &Row),
        measured: Option<Measured>,
        bad: Option<bool>,
    ) {
        let requests = |side| Counts::of(side).map_or(0.0, |counts| counts.requests);
        let (new, legacy) = (requests(&row.new), requests(&row.legacy));
        if bad.is_some() {
            self.measured += 1;
            self.requests += new;
            self.newest = measured.map(|measured| (minute, measured));
        } else {
            self.too_few = Some([new, legacy]);
        }
        self.bad += u32::from(bad == Some(true));
    }
}

impl Latency {
    /// Resolves the runbook's gate; `min_minutes` is the pass rule's.
    pub(super) fn new(gate: &LatencyGate, min_minutes: u32) -> Self {
        Self {
            percentiles: Percentiles::new(gate.stat.percentile),
            critical: Limit::new(&gate.critical),
            warning: Limit::new(&gate.warning),
            min_minutes,
        }
    }

    /// Takes in one closed minute.
    pub(super) fn advance(
        &self,
        seen: &mut LatencySeen,
        (minute, row): (Minute, &Row),
        start_weight: f64,
        begins_step: bool,
    ) {
        if begins_step {
            seen.step = Minutes::default();
        }
        let measured = self.percentiles.measure(row);
        let bad = measured.and_then(|m| self.critical.is_bad(m));
        let bad_warning = measured.and_then(|m| self.warning.is_bad(m));
        seen.critical.advance(start_weight, self.critical.bad.ln_factors(bad));
        seen.warning.advance(start_weight, self.warning.bad.ln_factors(bad_warning));
        seen.step.add((minute, row), measured, bad);
    }

    /// Says what to think of everything seen.
    pub(super) fn judge(&self, seen: &LatencySeen, scene: Scene<'_>) -> Finding {
        // Until a minute of this step is closed, what is kept is the step before's.
        let step = if scene.seen.closed > 0 { seen.step } else { Minutes::default() };
        let said = |(cause, why)| numbers(finding("latency", cause, why), &step, &self.critical);
        let found = self
            .beyond(&self.critical, &seen.critical, Cause::OverCritical, scene)
            .or_else(|| self.legacy_too(scene).map(said))
            .or_else(|| self.beyond(&self.warning, &seen.warning, Cause::OverWarning, scene))
            .or_else(|| scene.silence().map(said))
            .unwrap_or_else(|| {
                said(self.unopposed(Told { minutes: &step, table: scene.table }, &seen.critical))
            });
        Finding { evidence: Some(self.critical.evidence(&seen.critical)), ..found }
    }

    /// Says that a limit is broken, when there is evidence enough.
    fn beyond(
        &self,
        limit: &Limit,
        evidence: &Mixture<4>,
        cause: Cause,
        scene: Scene<'_>,
    ) -> Option<Finding> {
        let evidence = limit.evidence(evidence);
        if evidence < limit.ln_bar {
            return None;
        }
        let minutes = self.likeliest_fault(limit, scene);
        let warns = cause == Cause::OverWarning;
        let how_sure = words::surely_beyond(evidence, limit.ln_bar, warns);
        let told = Told { minutes: &minutes, table: scene.table };
        let why = sentences::slow(told, limit, words::limit_name(warns), &how_sure);
        Some(numbers(finding("latency", cause, why), &minutes, limit))
    }

    /// Returns the minutes from the one on in which the slowness most likely began.
    fn likeliest_fault(&self, limit: &Limit, scene: Scene<'_>) -> Minutes {
        let judged = |(minute, row)| {
            let measured = self.percentiles.measure(row);
            ((minute, row), measured, measured.and_then(|m| limit.is_bad(m)))
        };
        let rows: Vec<_> = scene.newest_rows(LOOK_BACK).map(judged).collect();
        let factors = rows.iter().map(|(_, _, bad)| limit.bad.ln_factors(*bad));
        let lasted = likeliest_onset(factors).unwrap_or(rows.len());
        let mut minutes = Minutes::default();
        for (row, measured, bad) in rows[..lasted].iter().rev() {
            minutes.add(*row, *measured, *bad);
        }
        minutes
    }

    /// Says that legacy is too slow itself, alone or together with new. Only a fixed limit can tell.
    fn legacy_too(&self, scene: Scene<'_>) -> Option<(Cause, String)> {
        let limit = self.critical.at_most.or(self.warning.at_most)?;
        let slow =
            |side: &SideRow| self.percentiles.first(side).is_some_and(|latency| latency > limit);
        let Sickness { minutes, .. } = both_sides::in_trouble(scene, |row| slow(&row.legacy))?;
        let shared = both_sides::in_trouble(scene, |row| slow(&row.legacy) && slow(&row.new));
        let cause = if shared.is_some() { Cause::SharedCause } else { Cause::LegacySick };
        Some((cause, sentences::legacy_too(limit, minutes, shared.is_some())))
    }

    /// Says how far a step has come that nothing speaks against.
    fn unopposed(&self, told: Told<'_>, evidence: &Mixture<4>) -> (Cause, String) {
        let step = told.minutes;
        if step.measured < self.min_minutes {
            let why = sentences::too_few(step, &self.percentiles, self.min_minutes);
            return (Cause::TooFewRequests, why);
        }
        let allowed = (self.critical.bad.allowed() * f64::from(step.measured)).ceil();
        if f64::from(step.bad) <= allowed {
            return (Cause::Proven, sentences::kept(told, &self.critical));
        }
        let more = self.critical.bad_minutes_until(evidence);
        (Cause::Unproven, sentences::not_sure(told, &self.critical, more))
    }
}

/// Adds the numbers that all findings of the gate have.
fn numbers(finding: Finding, minutes: &Minutes, limit: &Limit) -> Finding {
    let reading = minutes.newest.map(|(_, measured)| measured.told());
    let or_none = |number: Option<f64>| number.unwrap_or(f64::NAN);
    with_numbers(
        finding,
        [
            ("minutes", f64::from(minutes.measured)),
            ("bad_minutes", f64::from(minutes.bad)),
            ("requests", minutes.requests),
            ("limit_times_legacy", limit.times),
            ("new_latency_seconds", or_none(reading.map(|r| r.new))),
            ("legacy_latency_seconds", or_none(reading.and_then(|r| r.legacy))),
            ("percentile_percent", or_none(reading.map(|r| r.percentile.percent))),
        ],
    )
}
