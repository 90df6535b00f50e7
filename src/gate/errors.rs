//! The `errors` gate: failed requests of new against legacy in the same minutes, and against a fixed limit.
//!
//! What it says, in this order: the catastrophe's fast path; a critical limit broken; trouble that legacy has too;
//! a warning limit broken; nothing known; proven; too few requests; unproven (gates.md, "Three outcomes").

use super::{
    both_sides::{self, Sickness},
    counts::{Counts, Pair, Totals},
    limit::{Form, Limit, LimitEvidence},
    scene::{Scene, finding, with_numbers},
    statistics::{Comparator, FAULTS, PASSES, Product, ln_bar, smallest_visible_rate},
    verdict::{Cause, Finding},
    watch::History,
    words,
};
use crate::runbook::model::{Catastrophe, ErrorsGate, Noise, PassRule};

/// Closed minutes, newest ones, in which a catastrophe still counts. More than one, because a minute can be late.
const CATASTROPHE_MINUTES: i64 = 5;
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
        Finding { evidence: Some(evidence), ..found }
    }

    /// Looks for a minute so bad that it alone is enough, open ones included (laws L51, L52).
    fn catastrophe(&self, scene: Scene<'_>) -> Option<Finding> {
        let rule = self.catastrophe.as_ref()?;
        let from = scene.first?.max(scene.closed.offset(1 - CATASTROPHE_MINUTES));
        let legacy_has_traffic = scene
            .newest_rows(CATASTROPHE_MINUTES)
            .any(|(_, row)| Pair::of(row).legacy.requests > 0.0);
        let legacy_is_sick =
            self.legacy_limit.is_some_and(|limit| both_sides::failing(scene, limit).is_some());
        let (minute, pair) = scene.table.rows().range(from..).rev().find_map(|(minute, row)| {
            let pair = Pair::of(row);
            // While a count of an open minute is still to come, trouble of both sides would look like new's alone,
            // and the first failures like all there is. A count that is missing there is not zero (law L52).
            let legacy_to_come = row.legacy.requests.is_none() || row.legacy.errors.is_none();
            let to_come = row.new.requests.is_none() || (legacy_has_traffic && legacy_to_come);
            // The counts that have come are not all there is either: with legacy in trouble, too, their unevenness would
            // decide.
            let shared = self.legacy_limit.is_some_and(|limit| pair.legacy.breaks(limit));
            let waits = *minute > scene.closed && (to_come || legacy_is_sick || shared);
            (!waits && is_catastrophe(rule, pair)).then_some((*minute, pair))
        })?;
        let (new, legacy) = (pair.new, pair.legacy);
        let beside = if legacy.requests > 0.0 {
            format!("legacy {} of {}", words::percent(legacy.rate()), words::count(legacy.requests))
        } else {
            "legacy had none".to_owned()
        };
        let why = format!(
            "new fails {} of {} requests in the one minute of {minute}, {beside}; from {} on, and {}x legacy, one \
             minute is enough",
            words::percent(new.rate()),
            words::count(new.requests),
            words::percent(rule.rate.fraction()),
            words::times(rule.times_legacy),
        );
        let totals = Totals { minutes: 1, sum: pair };
        let limit = rule.rate.fraction().max(rule.times_legacy * legacy.rate());
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
        let legacy = totals.sum.legacy;
        let which = if cause == Cause::OverWarning { "warning limit" } else { "limit" };
        let why = format!(
            "new fails {} of {}, legacy {}; the {which} is {}; if new were within it, this would be a {} surprise",
            words::percent(totals.sum.new.rate()),
            on_requests(totals.sum.new.requests, totals.minutes),
            words::percent(legacy.rate()),
            limit.words(form, legacy.rate()),
            words::odds(evidence),
        );
        Some(numbers(finding("errors", cause, why), totals, limit.rate(form, legacy.rate())))
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
        let (new, legacy) = (totals.sum.new, totals.sum.legacy);
        let side = |counts: Counts| {
            if counts.requests == 0.0 {
                return "had no requests".to_owned();
            }
            let (rate, requests) = (words::percent(counts.rate()), words::count(counts.requests));
            format!("fails {rate} of {requests} requests")
        };
        let seen = format!(
            "in {minutes} of the last {} min new {} and legacy {}; legacy's own limit is {}",
            both_sides::WINDOW,
            side(new),
            side(legacy),
            words::percent(limit),
        );
        let (cause, why) = if shared {
            let end = "this is not new's doing, and going back would not help";
            (Cause::SharedCause, format!("both sides fail alike: {seen}; {end}"))
        } else {
            (Cause::LegacySick, format!("legacy is sick: {seen}; going back would do harm"))
        };
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
        let (rate, on) = (words::percent(new.rate()), on_requests(new.requests, totals.minutes));
        let enough = totals.minutes >= self.pass.min_minutes
            && new.requests >= self.pass.min_requests as f64;
        let mut smallest = None;
        let (cause, why) = if !enough {
            let why = format!(
                "too little has been seen to judge: new has had {on} in this step, and {} min and {} requests are needed",
                self.pass.min_minutes,
                words::count(self.pass.min_requests as f64),
            );
            (Cause::TooFewRequests, why)
        } else if pass >= self.ln_pass_bar {
            let why = format!(
                "new fails {rate} of {on}; the limit of {} is kept: if new were at it, this would be a {} surprise",
                self.critical.words(form, legacy.rate()),
                words::odds(pass),
            );
            (Cause::Proven, why)
        } else {
            smallest = smallest_visible_rate(new.requests, limit);
            let why = format!(
                "new fails {rate} of {on}; nothing speaks against it, but it is not proven that the limit of {} is \
                 kept; {}",
                self.critical.words(form, legacy.rate()),
                match smallest {
                    Some(rate) => {
                        let rate = words::percent(rate);
                        format!("the smallest fault that would have been seen is {rate}")
                    }
                    None => "not even a total failure would have been seen".to_owned(),
                },
            );
            (Cause::Unproven, why)
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

/// Returns true for a minute in which so much of new fails that no other is needed.
fn is_catastrophe(rule: &Catastrophe, pair: Pair) -> bool {
    let (new, legacy) = (pair.new, pair.legacy);
    new.errors >= rule.min_errors as f64
        && new.requests > 0.0
        && new.rate() >= rule.rate.fraction()
        && new.rate() >= rule.times_legacy * legacy.rate()
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

/// Returns a count of requests and minutes in words, such as `3,120 requests over 3 min`.
fn on_requests(requests: f64, minutes: u32) -> String {
    let noun = if requests == 1.0 { "request" } else { "requests" };
    format!("{} {noun} over {minutes} min", words::count(requests))
}
