//! What every kind of gate is shown at the moment of judging, and the reasons for knowing nothing they share.

use super::{
    counts::{Pair, Totals},
    reading::{DataFaultKind, Row},
    table::Table,
    verdict::{Cause, Finding},
    watch::StepSpan,
};
use crate::unit::{Account, Minute, SignedDuration};

/// Minutes without a datapoint after which what there was is stale.
pub(super) const STALE_AFTER: i64 = 3;

/// How far back the beginning of a fault is looked for, to say how bad it is; in minutes.
pub(super) const LOOK_BACK: i64 = 120;

/// What has been seen of requests up to the newest closed minute.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Seen {
    /// Closed minutes of the current step, with traffic or without.
    pub(super) closed: u32,
    /// Sums over the closed minutes of the current step.
    pub(super) step: Totals,
    /// Newest closed minute of the run in which new had requests.
    pub(super) newest: Option<Minute>,
}

impl Seen {
    /// Takes in one closed minute.
    pub(super) fn advance(&mut self, minute: Minute, begins_step: bool, pair: Pair) {
        if begins_step {
            self.begin_step();
        }
        self.closed += 1;
        self.step.add(pair);
        if pair.new.requests > 0.0 {
            self.newest = Some(minute);
        }
    }

    /// Forgets the step before.
    pub(super) fn begin_step(&mut self) {
        (self.closed, self.step) = (0, Totals::default());
    }
}

/// The moment of judging. All that gates say is a function of this and of what they have seen, so two moments that
/// are alike here lead to the same findings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene<'a> {
    /// Everything read.
    pub(super) table: &'a Table,
    /// Newest closed minute.
    pub(super) closed: Minute,
    /// First minute that is evidence, once a step has begun.
    pub(super) first: Option<Minute>,
    /// The current step.
    pub(super) span: Option<&'a StepSpan>,
    /// Whether its hold is over.
    pub(super) hold_ended: bool,
    /// Requests seen so far.
    pub(super) seen: &'a Seen,
}

impl<'a> Scene<'a> {
    /// Returns the closed minutes of the run that have a row, among the newest so many, newest first.
    pub(super) fn newest_rows(self, minutes: i64) -> impl Iterator<Item = (Minute, &'a Row)> {
        let from = self.first.map(|first| first.max(self.closed.offset(1 - minutes)));
        from.into_iter()
            .filter(move |from| *from <= self.closed)
            .flat_map(move |from| self.table.rows().range(from..=self.closed).rev())
            .map(|(minute, row)| (*minute, row))
    }

    /// Returns what is wrong with the newest reading of these accounts, if anything is.
    pub(super) fn fault(self, accounts: &[Account]) -> Option<(Cause, String)> {
        let fault = self.table.faults().iter().find(|f| accounts.contains(&f.account))?;
        let (cause, what) = match fault.kind {
            DataFaultKind::Forbidden => (Cause::Forbidden, "may not be read"),
            DataFaultKind::Partial => (Cause::Partial, "answered only in part"),
            DataFaultKind::ProviderError => (Cause::ProviderError, "could not be read"),
        };
        Some((
            cause,
            format!("the {} account's CloudWatch {what}: {}", fault.account, fault.message),
        ))
    }

    /// Returns why nothing can be said of new's requests, if nothing can: faults, silence, or old data.
    pub(super) fn silence(self) -> Option<(Cause, String)> {
        if self.span.is_none() {
            return Some((Cause::TooFewRequests, "no step has begun yet".to_owned()));
        }
        if let Some(fault) = self.fault(&[Account::New, Account::Legacy]) {
            return Some(fault);
        }
        match self.seen.newest {
            Some(newest) if self.closed.0 - newest.0 >= STALE_AFTER => {
                let minutes = self.closed.0 - newest.0;
                let why = format!(
                    "no requests of new are on record for the last {minutes} min, though it had some until {newest}"
                );
                Some((Cause::Stale, why))
            }
            Some(_) => None,
            None if self.seen.closed == 0 => {
                Some((Cause::TooFewRequests, "no minute of this step is closed yet".to_owned()))
            }
            None => {
                let why = format!(
                    "no requests of new are on record in the {} min of this step that are closed",
                    self.seen.closed
                );
                Some((Cause::NoTraffic, why))
            }
        }
    }

    /// Returns the first minute that lies wholly behind the step's settling and so much more.
    pub(super) fn settled_for(self, after: SignedDuration) -> Option<Minute> {
        let at = self.span?.settled?.checked_add(after).ok()?;
        Some(Minute::starting_from(at))
    }
}

/// Begins a finding of a gate.
pub(super) fn finding(gate: &str, cause: Cause, why: String) -> Finding {
    let numbers = std::collections::BTreeMap::new();
    Finding { gate: gate.to_owned(), cause, why, evidence: None, numbers }
}

/// Adds numbers to a finding; what is not finite has no place in JSON and is left out.
pub(super) fn with_numbers<const N: usize>(
    mut finding: Finding,
    numbers: [(&str, f64); N],
) -> Finding {
    let finite = numbers.into_iter().filter(|(_, value)| value.is_finite());
    finding.numbers.extend(finite.map(|(name, value)| (name.to_owned(), value)));
    finding
}
