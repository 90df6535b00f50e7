//! One limit of the `errors` gate: its two forms, the evidence against them, and the words for them.

use super::super::{
    counts::Pair,
    statistics::{Comparator, FAULTS, Mixture, ln_bar},
    words,
};
use crate::{runbook::model::ErrorLimit, unit::SignedDuration};

/// A limit on new's error rate, relative to legacy and, where there is one, absolute.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Limit {
    /// rho: how many times legacy's rate.
    times: f64,
    /// delta: and how much more.
    plus: f64,
    /// p0, the smallest of the absolute limits.
    pub(super) absolute: Option<Absolute>,
    /// The limit that legacy's own past gives, uncapped.
    pub(super) history: Option<f64>,
    /// ln(1 / alpha).
    pub(super) ln_bar: f64,
}

/// A limit that does not move with legacy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Absolute {
    /// p0.
    pub(super) rate: f64,
    /// Legacy's rate in the past and how long that past was, where it gives the limit.
    history: Option<(f64, SignedDuration)>,
}

/// Evidence against one limit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LimitEvidence {
    relative: Mixture<5>,
    absolute: Mixture<5>,
}

/// The form of a limit that there is most evidence against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Form {
    /// Legacy in the same minutes.
    Relative,
    /// A fixed rate.
    Absolute(Absolute),
}

impl LimitEvidence {
    /// Nothing seen.
    pub(super) const NOTHING: Self =
        Self { relative: Mixture::NOTHING, absolute: Mixture::NOTHING };
}

impl Limit {
    /// Resolves a runbook's limit; `legacy_rate` is legacy's mean failure rate over the limit's history.
    pub(super) fn new(rule: &ErrorLimit, legacy_rate: Option<f64>) -> Self {
        let (times, plus) = (rule.times_legacy, rule.plus.fraction());
        let past = rule.history.and_then(|span| Some((legacy_rate?, span)));
        let history = past.map(|(rate, _)| times * rate + plus);
        let fixed = rule.at_most.map(|rate| Absolute { rate: rate.fraction(), history: None });
        let frozen = history.map(|rate| Absolute { rate, history: past });
        let absolute = match (fixed, frozen) {
            (Some(fixed), Some(frozen)) => {
                Some(if frozen.rate <= fixed.rate { frozen } else { fixed })
            }
            (fixed, frozen) => fixed.or(frozen),
        };
        Self { times, plus, absolute, history, ln_bar: ln_bar(rule.false_alarm.fraction()) }
    }

    /// Returns the comparators of one minute: relative, absolute.
    pub(super) fn comparators(&self, pair: Pair, size: f64) -> [Option<Comparator>; 2] {
        [
            Comparator::relative(pair, self.times, self.plus, size),
            self.absolute.and_then(|limit| Comparator::absolute(pair, limit.rate, size)),
        ]
    }

    /// Returns ln e(r) of one minute against one form of the limit.
    pub(super) fn ln_factors(&self, form: Form, pair: Pair, size: f64) -> [f64; FAULTS.len()] {
        let [relative, absolute] = self.comparators(pair, size);
        let comparator = match form {
            Form::Relative => relative,
            Form::Absolute(_) => absolute,
        };
        Comparator::ln_factors(comparator, pair.new.errors, &FAULTS, size)
    }

    /// Takes one minute into the evidence. The cap C is the size k (gates.md, section 4).
    pub(super) fn advance(
        &self,
        evidence: &mut LimitEvidence,
        comparators: [Option<Comparator>; 2],
        errors: f64,
        start_weight: f64,
        size: f64,
    ) {
        let [relative, absolute] =
            comparators.map(|c| Comparator::ln_factors(c, errors, &FAULTS, size));
        evidence.relative.advance(start_weight, relative);
        if self.absolute.is_some() {
            evidence.absolute.advance(start_weight, absolute);
        }
    }

    /// Returns the largest ln E against the limit, and the form of it.
    pub(super) fn against(&self, evidence: &LimitEvidence) -> (f64, Form) {
        let (relative, absolute) = self.by_form(evidence);
        match self.absolute.zip(absolute) {
            Some((limit, absolute)) if absolute > relative => (absolute, Form::Absolute(limit)),
            Some(_) | None => (relative, Form::Relative),
        }
    }

    /// Returns ln E against the relative form of the limit, and against the absolute one where there is one.
    pub(super) fn by_form(&self, evidence: &LimitEvidence) -> (f64, Option<f64>) {
        let value = |mixture: &Mixture<5>| mixture.ln_value(FAULTS.len());
        (value(&evidence.relative), self.absolute.map(|_| value(&evidence.absolute)))
    }

    /// Returns the limit as a rate, given legacy's rate at the time.
    pub(super) fn rate(&self, form: Form, legacy_rate: f64) -> f64 {
        match form {
            Form::Relative => self.times * legacy_rate + self.plus,
            Form::Absolute(limit) => limit.rate,
        }
    }

    /// Returns the form that is narrower at this rate of legacy; without legacy only the absolute one counts.
    pub(super) fn narrower(&self, legacy_rate: Option<f64>) -> Form {
        let relative = legacy_rate.map(|rate| self.rate(Form::Relative, rate));
        match (self.absolute, relative) {
            (Some(limit), Some(relative)) if relative < limit.rate => Form::Relative,
            (Some(limit), _) => Form::Absolute(limit),
            (None, _) => Form::Relative,
        }
    }

    /// Returns the limit in words with where it comes from, such as `0.3% (2x legacy's 0.1% + 0.1%)`.
    pub(super) fn words(&self, form: Form, legacy_rate: f64) -> String {
        let rate = words::percent(self.rate(form, legacy_rate));
        let sum = |legacy: f64, when: &str| {
            let factor = words::times(self.times);
            let (legacy, plus) = (words::percent(legacy), words::percent(self.plus));
            format!("{rate} ({factor}x legacy's {legacy}{when} + {plus})")
        };
        match form {
            Form::Relative => sum(legacy_rate, ""),
            Form::Absolute(Absolute { history: Some((past, span)), .. }) => {
                sum(past, &format!(" of the last {}", words::hours(span)))
            }
            Form::Absolute(Absolute { history: None, .. }) => {
                format!("{rate}, whatever legacy does")
            }
        }
    }
}
