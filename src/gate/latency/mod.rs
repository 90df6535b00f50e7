//! The `latency` gate: how often new is slower than legacy allows, or than a fixed limit.
//!
//! A measured minute is bad or it is not; the e-value is against "at most eta of the minutes are bad":
//! `e(g) = g / eta` in a bad minute, `(1 - g) / (1 - eta)` in another one, for g in 0.3, 0.5, 0.8, 0.95 above eta, mixed
//! over the minute of the beginning as the error evidence is (gates.md, section 2). There is no proof of a pass by
//! evidence: that would take half an hour a step. A step passes when enough minutes were measured and hardly any was bad.

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
    scene::{Scene, finding, with_numbers},
    statistics::Mixture,
    table::{Row, SideRow},
    verdict::{Cause, Finding},
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
    step: Step,
}

/// What the gate has seen in the current step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Step {
    measured: u32,
    bad: u32,
    bad_warning: u32,
    newest: Option<(Minute, Measured)>,
    /// Requests of new and legacy in the newest minute that could not be measured.
    too_few: Option<[f64; 2]>,
}

impl LatencySeen {
    /// Nothing seen.
    pub(super) const NOTHING: Self = Self {
        critical: Mixture::NOTHING,
        warning: Mixture::NOTHING,
        step: Step { measured: 0, bad: 0, bad_warning: 0, newest: None, too_few: None },
    };
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
            seen.step = Step::default();
        }
        let measured = self.percentiles.measure(row);
        let bad = measured.and_then(|m| self.critical.is_bad(m));
        let bad_warning = measured.and_then(|m| self.warning.is_bad(m));
        seen.critical.advance(start_weight, self.critical.bad.ln_factors(bad));
        seen.warning.advance(start_weight, self.warning.bad.ln_factors(bad_warning));
        if bad.is_some() {
            seen.step.measured += 1;
            seen.step.newest = measured.map(|measured| (minute, measured));
        } else {
            let requests = |side| Counts::of(side).map_or(0.0, |counts| counts.requests);
            seen.step.too_few = Some([requests(&row.new), requests(&row.legacy)]);
        }
        seen.step.bad += u32::from(bad == Some(true));
        seen.step.bad_warning += u32::from(bad_warning == Some(true));
    }

    /// Says what to think of everything seen.
    pub(super) fn judge(&self, seen: &LatencySeen, scene: Scene<'_>) -> Finding {
        let evidence = self.critical.evidence(&seen.critical);
        let warning = self.warning.evidence(&seen.warning);
        let step = seen.step;
        let told = Told { step: &step, table: scene.table };
        let (cause, why) = if evidence >= self.critical.ln_bar {
            (
                Cause::OverCritical,
                sentences::slow(told, step.bad, "limit", &self.critical, evidence),
            )
        } else if let Some(found) = self.legacy_too(scene) {
            found
        } else if warning >= self.warning.ln_bar {
            let bad = step.bad_warning;
            (
                Cause::OverWarning,
                sentences::slow(told, bad, "warning limit", &self.warning, warning),
            )
        } else if let Some(silence) = scene.silence() {
            silence
        } else {
            // Until a minute of this step is closed, what is kept is the step before's.
            let nothing = Step::default();
            let step = if scene.seen.closed == 0 { &nothing } else { &step };
            self.unopposed(Told { step, ..told })
        };
        let found = with_numbers(
            finding("latency", cause, why),
            [
                ("minutes", f64::from(step.measured)),
                ("bad_minutes", f64::from(step.bad)),
                ("limit_times_legacy", self.critical.times),
            ],
        );
        let found = match step.newest.map(|(_, measured)| measured.told()) {
            Some(reading) => with_numbers(
                found,
                [
                    ("new_latency_seconds", reading.new),
                    ("legacy_latency_seconds", reading.legacy.unwrap_or(f64::NAN)),
                    ("percentile_percent", reading.percentile.percent),
                ],
            ),
            None => found,
        };
        Finding { evidence: Some(evidence), ..found }
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
    fn unopposed(&self, told: Told<'_>) -> (Cause, String) {
        let step = told.step;
        if step.measured < self.min_minutes {
            let why = sentences::too_few(step, &self.percentiles, self.min_minutes);
            return (Cause::TooFewRequests, why);
        }
        let allowed = (self.critical.bad.allowed() * f64::from(step.measured)).ceil();
        if f64::from(step.bad) <= allowed {
            (Cause::Proven, sentences::kept(told, &self.critical))
        } else {
            (Cause::Unproven, sentences::not_sure(told, &self.critical))
        }
    }
}
