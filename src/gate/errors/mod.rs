//! The `errors` gate: failed requests of new against legacy in the same minutes, and against a fixed limit.
//!
//! What it says, in this order: the catastrophe's fast path; a critical limit broken; trouble that legacy has too;
//! a warning limit broken; nothing known; proven; too few requests; unproven (gates.md, "Three outcomes").

mod catastrophe;
mod limit;
mod sentences;
mod step;

use limit::{Form, Limit, LimitEvidence};
use step::{Proof, StepSeen};

use super::{
    both_sides::{self, Sickness},
    counts::{Pair, Totals},
    scene::{LOOK_BACK, Scene, finding, with_numbers},
    statistics::{likeliest_onset, ln_bar},
    verdict::{Cause, Finding},
    watch::History,
    words,
};
use crate::runbook::model::{Catastrophe, ErrorsGate, Noise, PassRule};

/// The gate.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Errors {
    critical: Limit,
    warning: Limit,
    catastrophe: Option<Catastrophe>,
    /// k and C of gates.md.
    size: f64,
    pass: PassRule,
    /// ln(1 / beta).
    ln_pass_bar: f64,
    /// Rate above which legacy itself is sick.
    legacy_limit: Option<f64>,
}

/// What the gate has seen.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ErrorsSeen {
    critical: LimitEvidence,
    warning: LimitEvidence,
    step: StepSeen,
    /// Evidence for the critical limit being kept in this step.
    proof: Proof,
}

impl ErrorsSeen {
    /// Nothing seen.
    pub(super) fn nothing() -> Self {
        Self {
            critical: LimitEvidence::NOTHING,
            warning: LimitEvidence::NOTHING,
            step: StepSeen::default(),
            proof: Proof::NOTHING,
        }
    }
}

impl Errors {
    /// Resolves the runbook's gate.
    pub(super) fn new(gate: &ErrorsGate, noise: Noise, pass: &PassRule, history: &History) -> Self {
        let legacy_rate = history.legacy_error_rate;
        let critical = Limit::new(&gate.critical, legacy_rate);
        let warning = Limit::new(&gate.warning, legacy_rate);
        // Legacy is held against its own past where that is known: a service that always fails at 2% is not sick.
        let legacy_limit = critical
            .history
            .or(warning.history)
            .or(critical.absolute.or(warning.absolute).map(|limit| limit.rate))
            .or(gate.catastrophe.as_ref().map(|c| c.rate.fraction()));
        Self {
            critical,
            warning,
            catastrophe: gate.catastrophe.clone(),
            size: match noise {
                Noise::Low => 20.0,
                Noise::Normal => 5.0,
                Noise::High => 2.0,
            },
            pass: pass.clone(),
            ln_pass_bar: ln_bar(1.0 - pass.proof.fraction()),
            legacy_limit,
        }
    }

    /// Takes in one closed minute.
    pub(super) fn advance(
        &self,
        seen: &mut ErrorsSeen,
        pair: Pair,
        start_weight: f64,
        begins_step: bool,
    ) {
        let errors = pair.new.errors;
        let size = self.size;
        let critical = self.critical.comparators(pair, size);
        self.critical.advance(&mut seen.critical, critical, errors, start_weight, size);
        let warning = self.warning.comparators(pair, size);
        self.warning.advance(&mut seen.warning, warning, errors, start_weight, size);
        if begins_step {
            (seen.step, seen.proof) = (StepSeen::default(), Proof::NOTHING);
        }
        seen.step.advance(pair, self.critical.absolute.map(|limit| limit.rate));
        seen.proof.advance(critical, errors, size);
    }

    /// Says what to think of everything seen.
    pub(super) fn judge(&self, seen: &ErrorsSeen, scene: Scene<'_>) -> Finding {
        let (evidence, form) = self.critical.against(&seen.critical);
        let found = self
            .catastrophe(scene)
            .or_else(|| self.beyond(&self.critical, (evidence, form), Cause::OverCritical, scene))
            .or_else(|| self.legacy_too(scene))
            .or_else(|| {
                let against = self.warning.against(&seen.warning);
                self.beyond(&self.warning, against, Cause::OverWarning, scene)
            })
            .or_else(|| scene.silence().map(|(cause, why)| finding("errors", cause, why)))
            .unwrap_or_else(|| self.unopposed(seen, scene));
        let (relative, absolute) = self.critical.by_form(&seen.critical);
        let absolute = absolute.unwrap_or(f64::NAN);
        let by_form = [("relative_evidence_ln", relative), ("absolute_evidence_ln", absolute)];
        let found = with_numbers(found, by_form);
        Finding { evidence: Some(evidence), ..found }
    }

    /// Looks for a minute that is enough by itself.
    fn catastrophe(&self, scene: Scene<'_>) -> Option<Finding> {
        let rule = self.catastrophe.as_ref()?;
        let (minute, pair) = catastrophe::newest(rule, self.legacy_limit, scene)?;
        let why = sentences::catastrophe(rule, minute, pair);
        let totals = Totals { minutes: 1, sum: pair };
        let limit = rule.rate.fraction().max(rule.times_legacy * pair.legacy.rate());
        Some(numbers(finding("errors", Cause::Catastrophe, why), totals, limit))
    }

    /// Says that a limit is broken, when there is evidence enough.
    fn beyond(
        &self,
        limit: &Limit,
        (evidence, form): (f64, Form),
        cause: Cause,
        scene: Scene<'_>,
    ) -> Option<Finding> {
        if evidence < limit.ln_bar {
            return None;
        }
        let totals = self.likeliest_fault(limit, form, scene);
        let legacy_rate = totals.sum.legacy.rate();
        let warns = cause == Cause::OverWarning;
        let name = words::limit_name(warns);
        let broken = format!("{name} is {}", limit.words(form, legacy_rate));
        let how_sure = words::surely_beyond(evidence, limit.ln_bar, warns);
        let why = sentences::beyond(totals, &broken, &how_sure);
        Some(numbers(finding("errors", cause, why), totals, limit.rate(form, legacy_rate)))
    }

    /// Returns the sums from the minute on in which the fault most likely began.
    fn likeliest_fault(&self, limit: &Limit, form: Form, scene: Scene<'_>) -> Totals {
        let minutes = scene.newest_rows(LOOK_BACK).map(|(_, row)| Pair::of(row));
        let minutes: Vec<Pair> = minutes.collect();
        let factors = minutes.iter().map(|pair| limit.ln_factors(form, *pair, self.size));
        likeliest_onset(factors).map_or(scene.seen.step, |lasted| Totals::of(&minutes[..lasted]))
    }

    /// Says that legacy is in trouble, alone or together with new.
    fn legacy_too(&self, scene: Scene<'_>) -> Option<Finding> {
        let limit = self.legacy_limit?;
        let Sickness { totals, minutes, shared } = both_sides::failing(scene, limit)?;
        let cause = if shared { Cause::SharedCause } else { Cause::LegacySick };
        let why = sentences::legacy_too(totals, minutes, limit, shared);
        Some(numbers(finding("errors", cause, why), totals, limit))
    }
}

/// Adds the numbers that most findings of the gate have.
fn numbers(finding: Finding, totals: Totals, limit: f64) -> Finding {
    let (new, legacy) = (totals.sum.new, totals.sum.legacy);
    with_numbers(
        finding,
        [
            ("new_rate", new.rate()),
            ("legacy_rate", if legacy.requests > 0.0 { legacy.rate() } else { f64::NAN }),
            ("limit_rate", limit),
            ("requests", new.requests),
            ("legacy_requests", legacy.requests),
            ("minutes", f64::from(totals.minutes)),
        ],
    )
}
