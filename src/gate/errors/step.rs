//! How far a step has come that nothing speaks against: proven, too little seen, or unproven and what it would take.

use super::{
    super::{
        counts::{Pair, Totals},
        scene::{Scene, finding, with_numbers},
        statistics::{
            Comparator, PASSES, PLAIN_FAULT, Product, minutes_needed, smallest_visible_rate,
        },
        verdict::{Cause, Finding},
    },
    Errors, ErrorsSeen, numbers, sentences,
};

/// What has been seen of requests in the current step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct StepSeen {
    /// Sums over its minutes, without those left out.
    pub(super) totals: Totals,
    /// Minutes in which both sides failed more than they may: they say nothing about new, and would be most of what is
    /// told of it.
    pub(super) left_out: u32,
}

/// Evidence that a limit is kept in the current step: relative, absolute.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Proof {
    products: [Product<4>; 2],
    /// Whether legacy could be compared with in the newest minute.
    relative_active: bool,
}

/// What more minutes of a step that proves nothing would show.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Outlook {
    /// Smallest failure rate that would have been seen; nothing where even a total failure would not.
    pub(super) smallest: Option<f64>,
    /// Minutes until a plain fault would be seen, where it would not have been yet.
    pub(super) plain_fault: Option<f64>,
    /// Minutes like those seen until the limit is shown to be kept, where they would ever show it.
    pub(super) proof: Option<f64>,
}

impl StepSeen {
    /// Takes in one minute; `limit` is the fixed limit, where there is one.
    pub(super) fn advance(&mut self, pair: Pair, limit: Option<f64>) {
        if limit.is_some_and(|limit| pair.legacy.breaks(limit) && pair.new.breaks(limit)) {
            self.left_out += 1;
        } else {
            self.totals.add(pair);
        }
    }

    /// Returns this, or the sums over all minutes where nothing but what was left out has been seen.
    fn or_all(self, all: Totals) -> Self {
        if self.totals.minutes > 0 { self } else { Self { totals: all, left_out: 0 } }
    }
}

impl Proof {
    /// Nothing seen.
    pub(super) const NOTHING: Self =
        Self { products: [Product::NOTHING; 2], relative_active: false };

    /// Takes in one minute's comparators, relative and absolute, and new's errors.
    pub(super) fn advance(&mut self, comparators: [Option<Comparator>; 2], errors: f64, size: f64) {
        for (product, comparator) in self.products.iter_mut().zip(comparators) {
            product.advance(Comparator::ln_factors(comparator, errors, &PASSES, size));
        }
        self.relative_active = comparators[0].is_some();
    }

    /// Returns the evidence that counts: on the absolute limit, if there is one, and on legacy while it can be compared
    /// with.
    fn counted(&self, has_absolute: bool) -> impl Iterator<Item = &Product<4>> {
        let counts = [self.is_relative(has_absolute), has_absolute];
        self.products.iter().zip(counts).filter_map(|(p, counts)| counts.then_some(p))
    }

    /// Returns whether the limit relative to legacy is among those that count.
    fn is_relative(&self, has_absolute: bool) -> bool {
        self.relative_active || !has_absolute
    }

    fn ln_value(&self, has_absolute: bool) -> f64 {
        self.counted(has_absolute).map(Product::ln_value).fold(f64::INFINITY, f64::min)
    }

    /// Returns how many times as many minutes like these it takes, where they ever prove it.
    fn times_until(&self, ln_bar: f64, has_absolute: bool) -> Option<f64> {
        self.counted(has_absolute).try_fold(1.0, |most: f64, product| {
            product.times_until(ln_bar).map(|times| times.max(most))
        })
    }
}

impl Errors {
    /// Says how far a step has come that nothing speaks against.
    pub(super) fn unopposed(&self, seen: &ErrorsSeen, scene: Scene<'_>) -> Finding {
        let all = scene.seen.step;
        let enough = all.minutes >= self.pass.min_minutes
            && all.sum.new.requests >= self.pass.min_requests as f64;
        if !enough {
            let why = sentences::too_few(all, &self.pass);
            let (_, limit) = self.limit_to_prove(all, &seen.proof);
            return numbers(finding("errors", Cause::TooFewRequests, why), all, limit);
        }
        let (step, proof) = (seen.step.or_all(all), seen.proof);
        let (words, limit) = self.limit_to_prove(step.totals, &proof);
        let evidence = proof.ln_value(self.critical.absolute.is_some());
        if evidence >= self.ln_pass_bar {
            let why = sentences::proven(step, &words, (evidence, self.ln_pass_bar));
            let found = numbers(finding("errors", Cause::Proven, why), step.totals, limit);
            return with_numbers(found, [("pass_evidence_ln", evidence)]);
        }
        let outlook = self.outlook(step.totals, &proof, limit);
        let why = sentences::unproven(step, &words, outlook);
        let found = numbers(finding("errors", Cause::Unproven, why), step.totals, limit);
        let smallest = outlook.smallest.unwrap_or(f64::NAN);
        with_numbers(found, [("pass_evidence_ln", evidence), ("smallest_visible_rate", smallest)])
    }

    /// Returns the narrower of the limits that have to be shown to be kept, in words and as a rate.
    fn limit_to_prove(&self, totals: Totals, proof: &Proof) -> (String, f64) {
        let legacy = totals.sum.legacy;
        let compared = legacy.requests > 0.0 && proof.is_relative(self.critical.absolute.is_some());
        let form = self.critical.narrower(compared.then(|| legacy.rate()));
        (self.critical.words(form, legacy.rate()), self.critical.rate(form, legacy.rate()))
    }

    fn outlook(&self, totals: Totals, proof: &Proof, limit: f64) -> Outlook {
        let (requests, minutes) = (totals.sum.new.requests, f64::from(totals.minutes));
        let smallest = smallest_visible_rate(requests, limit);
        let hidden = smallest.is_none_or(|rate| rate > PLAIN_FAULT) && limit < PLAIN_FAULT;
        let needed = minutes_needed(PLAIN_FAULT, limit, requests / minutes.max(1.0));
        let times = proof.times_until(self.ln_pass_bar, self.critical.absolute.is_some());
        Outlook {
            smallest,
            plain_fault: hidden.then_some(needed - minutes),
            proof: times.map(|times| (times - 1.0) * minutes),
        }
    }
}
