//! The `errors` gate: failed requests of new against legacy in the same minutes, and against a fixed limit.
//!
//! What it says, in this order: the catastrophe's fast path; a critical limit broken; trouble that legacy has too;
//! a warning limit broken; nothing known; proven; too few requests; unproven (gates.md, "Three outcomes").

mod catastrophe;
mod limit;
mod sentences;

use limit::{Form, Limit, LimitEvidence};

use super::{
    both_sides::{self, Sickness},
    counts::{Pair, Totals},
    scene::{Scene, finding, with_numbers},
    statistics::{Comparator, FAULTS, PASSES, Product, ln_bar, smallest_visible_rate},
    verdict::{Cause, Finding},
    watch::History,
};
use crate::runbook::model::{Catastrophe, ErrorsGate, Noise, PassRule};

/// How far back the beginning of a fault is looked for, to say how bad it is; in minutes.
const LOOK_BACK: i64 = 120;

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
    /// Evidence for the limit being kept in this step, relative and absolute.
    pass: [Product<4>; 2],
    /// Whether legacy could be compared with in the newest minute.
    relative_active: bool,
}

impl ErrorsSeen {
    /// Nothing seen.
    pub(super) const NOTHING: Self = Self {
        critical: LimitEvidence::NOTHING,
        warning: LimitEvidence::NOTHING,
        pass: [Product::NOTHING; 2],
        relative_active: false,
    };
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
            seen.pass = [Product::NOTHING; 2];
        }
        for (product, comparator) in seen.pass.iter_mut().zip(critical) {
            product.advance(Comparator::ln_factors(comparator, errors, &PASSES, size));
        }
        seen.relative_active = critical[0].is_some();
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
        let which = if cause == Cause::OverWarning { "warning limit" } else { "limit" };
        let why = sentences::beyond(totals, which, &limit.words(form, legacy_rate), evidence);
        Some(numbers(finding("errors", cause, why), totals, limit.rate(form, legacy_rate)))
    }

    /// Returns the sums from the minute on in which the fault most likely began.
    fn likeliest_fault(&self, limit: &Limit, form: Form, scene: Scene<'_>) -> Totals {
        let mut ln_ratio = [0.0; FAULTS.len()];
        let mut totals = Totals::default();
        let mut best = (0.0, scene.seen.step);
        for (_, row) in scene.newest_rows(LOOK_BACK) {
            let pair = Pair::of(row);
            totals.add(pair);
            let [relative, absolute] = limit.comparators(pair, self.size);
            let comparator = match form {
                Form::Relative => relative,
                Form::Absolute(_) => absolute,
            };
            let errors = pair.new.errors;
            let factors = Comparator::ln_factors(comparator, errors, &FAULTS, self.size);
            for (sum, factor) in ln_ratio.iter_mut().zip(factors) {
                *sum += factor;
                if *sum > best.0 {
                    best = (*sum, totals);
                }
            }
        }
        best.1
    }

    /// Says that legacy is in trouble, alone or together with new.
    fn legacy_too(&self, scene: Scene<'_>) -> Option<Finding> {
        let limit = self.legacy_limit?;
        let Sickness { totals, minutes, shared } = both_sides::failing(scene, limit)?;
        let cause = if shared { Cause::SharedCause } else { Cause::LegacySick };
        let why = sentences::legacy_too(totals, minutes, limit, shared);
        Some(numbers(finding("errors", cause, why), totals, limit))
    }

    /// Returns whether legacy is in trouble, alone or together with new: no place to go back to.
    pub(super) fn legacy_is_sick(&self, scene: Scene<'_>) -> bool {
        self.legacy_limit.is_some_and(|limit| both_sides::failing(scene, limit).is_some())
    }

    /// Says how far a step has come that nothing speaks against.
    fn unopposed(&self, seen: &ErrorsSeen, scene: Scene<'_>) -> Finding {
        let totals = scene.seen.step;
        let (new, legacy) = (totals.sum.new, totals.sum.legacy);
        let form = self.critical.narrower((legacy.requests > 0.0).then(|| legacy.rate()));
        let limit = self.critical.rate(form, legacy.rate());
        // Until a minute of this step is closed, what is kept is the step before's.
        let pass = if scene.seen.closed > 0 { self.pass_evidence(seen) } else { 0.0 };
        let enough = totals.minutes >= self.pass.min_minutes
            && new.requests >= self.pass.min_requests as f64;
        let words = self.critical.words(form, legacy.rate());
        let mut smallest = None;
        let (cause, why) = if !enough {
            (Cause::TooFewRequests, sentences::too_few(totals, &self.pass))
        } else if pass >= self.ln_pass_bar {
            (Cause::Proven, sentences::proven(totals, &words, pass))
        } else {
            smallest = smallest_visible_rate(new.requests, limit);
            (Cause::Unproven, sentences::unproven(totals, &words, smallest))
        };
        let found = numbers(finding("errors", cause, why), totals, limit);
        let smallest = smallest.unwrap_or(f64::NAN);
        with_numbers(found, [("pass_evidence_ln", pass), ("smallest_visible_rate", smallest)])
    }

    /// Returns ln E for the limit being kept: on the absolute limit and, while legacy can be compared with, on both.
    fn pass_evidence(&self, seen: &ErrorsSeen) -> f64 {
        let [relative, absolute] = seen.pass.map(|product| product.ln_value());
        match (self.critical.absolute, seen.relative_active) {
            (None, _) => relative,
            (Some(_), true) => relative.min(absolute),
            (Some(_), false) => absolute,
        }
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
