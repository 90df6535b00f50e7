//! What the engine would do about a judgement: the runbook's policy, by the engine's own rules.

use std::collections::BTreeSet;

use crate::{
    engine::{Advice, at_end_of_hold, breach, holding, is_beyond_return, obstacle},
    gate::{Cause, Finding},
    plan::{Fallback, OnBreach, Policy},
    unit::{Share, SignedDuration, Timestamp},
};

/// One judgement, and when it was made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment<'a> {
    pub(super) policy: &'a Policy,
    pub(super) share: Share,
    pub(super) now: Timestamp,
    /// Whether the planned hold of the step is over.
    pub(super) hold_ended: bool,
    pub(super) findings: &'a [Finding],
}

/// What is done about it. Gates are those that led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reaction {
    /// Nothing: it is watched on.
    Watch,
    /// The step has passed.
    Pass,
    /// It waits longer than planned.
    Hold(BTreeSet<String>),
    /// It goes back.
    RollBack {
        /// The gates that led to it.
        gates: BTreeSet<String>,
        /// Whether that is only because it waited for too long.
        waited: bool,
    },
    /// It waited for too long, and may not go back by itself.
    Stop,
}

/// What a run keeps in mind from one judgement to the next.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    /// Until when it may wait, while it waits.
    held_until: Option<Timestamp>,
    /// The gate that breached. It stays breached, though it may be that the run cannot go back yet.
    breached: Option<String>,
}

impl Moment<'_> {
    /// Returns true where a gate of this name says that new is worse than it may be, and the policy acts on it.
    pub(super) fn accuses(&self, gate: &str) -> bool {
        let accuses = |finding: &Finding| {
            finding.gate == gate
                && matches!(
                    finding.cause,
                    Cause::OverWarning | Cause::OverCritical | Cause::Catastrophe
                )
        };
        holding(self.findings, self.policy).any(accuses)
    }

    /// Returns the gates that keep the step from passing.
    fn against(&self) -> BTreeSet<String> {
        holding(self.findings, self.policy).map(|finding| finding.gate.clone()).collect()
    }

    fn can_go_back(&self) -> bool {
        obstacle(self.policy, self.share, self.findings).is_none()
    }
}

impl Standing {
    /// Begins another step.
    pub(super) fn next_step(&mut self) {
        self.held_until = None;
    }

    /// Does what the engine does: a breach acts at once, and the policy is asked when the hold is over.
    pub(super) fn react(&mut self, moment: &Moment<'_>) -> Reaction {
        let breaching = breach(moment.findings).map(|finding| finding.gate.clone());
        if breaching.is_some() {
            self.breached.clone_from(&breaching);
        }
        let returns = moment.policy.breach == OnBreach::Rollback
            && !is_beyond_return(moment.policy, moment.share);
        let standing = self.breached.clone().filter(|_| returns);
        if let Some(gate) = breaching.or(standing) {
            if returns && moment.can_go_back() {
                return Reaction::RollBack { gates: [gate].into(), waited: false };
            }
            return self.hold(moment);
        }
        if !moment.hold_ended {
            self.held_until = None;
            return Reaction::Watch;
        }
        match at_end_of_hold(moment.findings, moment.policy) {
            Advice::Pass { .. } => Reaction::Pass,
            Advice::Rollback { .. } if moment.can_go_back() => {
                Reaction::RollBack { gates: moment.against(), waited: false }
            }
            Advice::Hold { .. } | Advice::Rollback { .. } => self.hold(moment),
        }
    }

    fn hold(&mut self, moment: &Moment<'_>) -> Reaction {
        let limit = later(moment.now, moment.policy.hold_limit);
        let until = *self.held_until.get_or_insert(limit);
        if moment.now < until {
            return Reaction::Hold(moment.against());
        }
        match moment.policy.hold_limit_then {
            Fallback::Rollback if moment.can_go_back() => {
                Reaction::RollBack { gates: moment.against(), waited: true }
            }
            Fallback::Rollback | Fallback::Stop => Reaction::Stop,
        }
    }
}

/// Adds to a moment, held at the end of jiff's range of years.
pub(super) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}
