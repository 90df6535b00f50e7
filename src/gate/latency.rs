//! The `latency` gate: how often new is slower than legacy allows, or than a fixed limit.
//!
//! A measured minute is bad or it is not; the e-value is against "at most eta of the minutes are bad":
//! `e(g) = g / eta` in a bad minute, `(1 - g) / (1 - eta)` in another one, for g in 0.3, 0.5, 0.8, 0.95 above eta, mixed
//! over the minute of the beginning as the error evidence is (gates.md, section 2). There is no proof of a pass by
//! evidence: that would take half an hour a step. A step passes when enough minutes were measured and hardly any was bad.

use super::{
    both_sides::{self, Sickness},
    counts::Counts,
    scene::{Scene, finding, with_numbers},
    statistics::{BadMinutes, Mixture, ln_bar},
    table::{Row, SideRow},
    verdict::{Cause, Finding},
    words,
};
use crate::runbook::model::{LatencyGate, LatencyLimit};

/// The percentile that takes over where there are too few requests for the gate's own.
const FALLBACK: f64 = 90.0;

/// The gate.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Latency {
    /// The gate's percentile, then the one that takes over, where it differs.
    percentiles: [Option<Percentile>; 2],
    critical: Limit,
    warning: Limit,
    min_minutes: u32,
}

/// A percentile and the requests a minute that it takes.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Percentile {
    percent: f64,
    /// CloudWatch's own rule: 10 / (1 - q), and 10 / q below the median.
    samples: f64,
    fallback: bool,
}

/// A limit of the gate.
#[derive(Debug, Clone, PartialEq)]
struct Limit {
    times: f64,
    /// In seconds.
    at_most: Option<f64>,
    bad: BadMinutes,
    /// ln(1 / alpha).
    ln_bar: f64,
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
    newest: Option<Measured>,
    /// Requests of new and legacy in the newest minute that could not be measured.
    too_few: Option<[f64; 2]>,
}

/// One minute as far as it can be compared.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Measured {
    /// At the percentile for which both sides have enough requests.
    both: Option<Reading>,
    /// At the percentile for which new has; legacy's is there if it has enough too.
    new: Reading,
}

/// Latencies in seconds at one percentile.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Reading {
    percentile: Percentile,
    new: f64,
    legacy: Option<f64>,
}

impl LatencySeen {
    /// Nothing seen.
    pub(super) const NOTHING: Self = Self {
        critical: Mixture::NOTHING,
        warning: Mixture::NOTHING,
        step: Step { measured: 0, bad: 0, bad_warning: 0, newest: None, too_few: None },
    };
}

impl Percentile {
    fn new(percent: f64, fallback: bool) -> Self {
        let rarer = (100.0 - percent).min(percent);
        // Rounded, because 100 - 99.9 is not quite a tenth.
        Self { percent, samples: (1000.0 / rarer).round(), fallback }
    }

    /// Returns a side's latency where it has enough requests to mean something.
    fn read(self, side: &SideRow) -> Option<f64> {
        let requests = Counts::of(side)?.requests;
        let latency = if self.fallback { side.latency_p90 } else { side.latency };
        latency.filter(|l| requests >= self.samples && l.is_finite() && *l >= 0.0)
    }

    fn name(self) -> String {
        format!("p{}", self.percent)
    }
}

impl Limit {
    fn new(rule: &LatencyLimit) -> Self {
        Self {
            times: rule.times_legacy,
            at_most: rule.at_most.map(|limit| limit.as_secs_f64()),
            bad: BadMinutes::new(rule.bad_minutes.fraction()),
            ln_bar: ln_bar(rule.false_alarm.fraction()),
        }
    }

    /// Returns whether a minute is bad; nothing where it says nothing. What is too slow on both sides says nothing
    /// about new, unless new is also slower than legacy allows.
    fn is_bad(&self, measured: Measured) -> Option<bool> {
        let slower = measured.both.and_then(|r| Some(r.new > self.times * r.legacy?));
        let Some(at_most) = self.at_most else { return slower };
        let beyond = measured.new.new > at_most;
        if beyond && measured.new.legacy.is_some_and(|legacy| legacy > at_most) {
            return slower.filter(|slower| *slower);
        }
        Some(beyond || slower.unwrap_or(false))
    }

    fn evidence(&self, evidence: &Mixture<4>) -> f64 {
        evidence.ln_value(self.bad.alternatives())
    }

    fn words(&self) -> String {
        let times = words::times(self.times);
        match self.at_most {
            Some(limit) => format!("{times}x legacy or {}", words::latency(limit)),
            None => format!("{times}x legacy"),
        }
    }
}

impl Latency {
    /// Resolves the runbook's gate; `min_minutes` is the pass rule's.
    pub(super) fn new(gate: &LatencyGate, min_minutes: u32) -> Self {
        let percent = gate.stat.percentile;
        let fallback = (percent > FALLBACK).then(|| Percentile::new(FALLBACK, true));
        Self {
            percentiles: [Some(Percentile::new(percent, false)), fallback],
            critical: Limit::new(&gate.critical),
            warning: Limit::new(&gate.warning),
            min_minutes,
        }
    }

    /// Takes in one closed minute.
    pub(super) fn advance(
        &self,
        seen: &mut LatencySeen,
        row: &Row,
        start_weight: f64,
        begins_step: bool,
    ) {
        if begins_step {
            seen.step = Step::default();
        }
        let measured = self.measure(row);
        let bad = measured.and_then(|m| self.critical.is_bad(m));
        let bad_warning = measured.and_then(|m| self.warning.is_bad(m));
        seen.critical.advance(start_weight, self.critical.bad.ln_factors(bad));
        seen.warning.advance(start_weight, self.warning.bad.ln_factors(bad_warning));
        if bad.is_some() {
            seen.step.measured += 1;
            seen.step.newest = measured;
        } else {
            let requests = |side| Counts::of(side).map_or(0.0, |counts| counts.requests);
            seen.step.too_few = Some([requests(&row.new), requests(&row.legacy)]);
        }
        seen.step.bad += u32::from(bad == Some(true));
        seen.step.bad_warning += u32::from(bad_warning == Some(true));
    }

    fn measure(&self, row: &Row) -> Option<Measured> {
        let mut readings = self.percentiles.iter().flatten().filter_map(|percentile| {
            let new = percentile.read(&row.new)?;
            Some(Reading { percentile: *percentile, new, legacy: percentile.read(&row.legacy) })
        });
        let new = readings.next()?;
        let both =
            if new.legacy.is_some() { Some(new) } else { readings.find(|r| r.legacy.is_some()) };
        Some(Measured { both, new })
    }

    /// Says what to think of everything seen.
    pub(super) fn judge(&self, seen: &LatencySeen, scene: Scene<'_>) -> Finding {
        let evidence = self.critical.evidence(&seen.critical);
        let warning = self.warning.evidence(&seen.warning);
        let step = seen.step;
        let (cause, why) = if evidence >= self.critical.ln_bar {
            (Cause::OverCritical, slow(&step, step.bad, &self.critical, "limit", evidence))
        } else if let Some(found) = self.legacy_too(scene) {
            found
        } else if warning >= self.warning.ln_bar {
            let bad = step.bad_warning;
            (Cause::OverWarning, slow(&step, bad, &self.warning, "warning limit", warning))
        } else if let Some(silence) = scene.silence() {
            silence
        } else {
            // Until a minute of this step is closed, what is kept is the step before's.
            self.unopposed(&if scene.seen.closed == 0 { Step::default() } else { step })
        };
        let found = with_numbers(
            finding("latency", cause, why),
            [
                ("minutes", f64::from(step.measured)),
                ("bad_minutes", f64::from(step.bad)),
                ("limit_times_legacy", self.critical.times),
            ],
        );
        let found = match step.newest.map(|newest| newest.both.unwrap_or(newest.new)) {
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
        let slow = |side: &SideRow| {
            let mut readings = self.percentiles.iter().flatten().filter_map(|p| p.read(side));
            readings.next().is_some_and(|latency| latency > limit)
        };
        let Sickness { minutes, .. } = both_sides::in_trouble(scene, |row| slow(&row.legacy))?;
        let shared = both_sides::in_trouble(scene, |row| slow(&row.legacy) && slow(&row.new));
        let limit = words::latency(limit);
        let window = both_sides::WINDOW;
        Some(if shared.is_some() {
            let why = format!(
                "both sides are slow alike: beyond {limit} in {minutes} of the last {window} min; this is not new's \
                 doing, and going back would not help"
            );
            (Cause::SharedCause, why)
        } else {
            let why = format!(
                "legacy is slow and new is not: legacy was beyond {limit} in {minutes} of the last {window} min; \
                 going back would do harm"
            );
            (Cause::LegacySick, why)
        })
    }

    /// Says how far a step has come that nothing speaks against.
    fn unopposed(&self, step: &Step) -> (Cause, String) {
        let Step { measured, bad, .. } = *step;
        if measured < self.min_minutes {
            return (Cause::TooFewRequests, self.too_few(step));
        }
        let allowed = (self.critical.bad.allowed() * f64::from(measured)).ceil();
        let seen = format!(
            "{}; {bad} of {measured} measured min were beyond {}",
            newest_words(step),
            self.critical.words()
        );
        let part = words::percent(self.critical.bad.allowed());
        if f64::from(bad) <= allowed {
            (Cause::Proven, format!("{seen}, and {part} of them may be"))
        } else {
            (Cause::Unproven, format!("{seen}, which is more than {part} but may be chance"))
        }
    }

    fn too_few(&self, step: &Step) -> String {
        let needs: Vec<String> = self
            .percentiles
            .iter()
            .flatten()
            .map(|p| format!("{} takes {}", p.name(), words::count(p.samples)))
            .collect();
        let seen =
            format!("{} of {} min needed could be measured", step.measured, self.min_minutes);
        match step.too_few {
            Some([new, legacy]) => format!(
                "{seen}: {} requests a minute on each side, and the last minute left out had {} on new and {} on \
                 legacy",
                needs.join(" or "),
                words::count(new),
                words::count(legacy),
            ),
            None => seen,
        }
    }
}

/// Returns the words for a broken limit.
fn slow(step: &Step, bad: u32, limit: &Limit, which: &str, evidence: f64) -> String {
    format!(
        "{}; {bad} of {} measured min of this step were beyond the {which} of {}, and {} of them may be; if new were \
         within it, this would be a {} surprise",
        newest_words(step),
        step.measured,
        limit.words(),
        words::percent(limit.bad.allowed()),
        words::odds(evidence),
    )
}

/// Returns the words for the newest measured minute, with the percentile that was used.
fn newest_words(step: &Step) -> String {
    let Some(newest) = step.newest else {
        return "no minute of this step was measured".to_owned();
    };
    let reading = newest.both.unwrap_or(newest.new);
    let name = reading.percentile.name();
    let new = words::latency(reading.new);
    let legacy = match reading.legacy {
        Some(legacy) => format!("legacy's {}", words::latency(legacy)),
        None => "legacy's unknown".to_owned(),
    };
    let instead =
        if reading.percentile.fallback { " (too few requests for the gate's own)" } else { "" };
    format!("new's {name}{instead} is {new}, {legacy}")
}
