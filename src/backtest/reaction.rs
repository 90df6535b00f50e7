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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::plan::Plan;

    fn policy() -> Policy {
        Plan::blank().policy
    }

    /// A run that is judged now and then; its hold is over after ten minutes.
    struct Run {
        policy: Policy,
        standing: Standing,
    }

    impl Run {
        fn of(policy: Policy) -> Self {
            Self { policy, standing: Standing::default() }
        }

        fn after(&mut self, minutes: i64, causes: &[(&str, Cause)]) -> Reaction {
            let finding = |(gate, cause): &(&str, Cause)| Finding {
                gate: (*gate).to_owned(),
                cause: *cause,
                why: String::new(),
                evidence: None,
                numbers: BTreeMap::new(),
            };
            let findings: Vec<Finding> = causes.iter().map(finding).collect();
            let now = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes);
            let moment = Moment {
                policy: &self.policy,
                share: "50%".parse().unwrap(),
                now,
                hold_ended: minutes >= 10,
                findings: &findings,
            };
            self.standing.react(&moment)
        }
    }

    fn back(gate: &str, waited: bool) -> Reaction {
        Reaction::RollBack { gates: [gate.to_owned()].into(), waited }
    }

    fn hold(gate: &str) -> Reaction {
        Reaction::Hold([gate.to_owned()].into())
    }

    #[test]
    fn a_breach_acts_at_once_and_a_warning_at_the_end_of_the_hold() {
        let mut run = Run::of(policy());
        assert_eq!(run.after(3, &[("errors", Cause::OverWarning)]), Reaction::Watch);
        assert_eq!(run.after(10, &[("errors", Cause::OverWarning)]), hold("errors"));
        assert_eq!(run.after(11, &[("errors", Cause::Proven)]), Reaction::Pass);
        assert_eq!(run.after(12, &[("latency", Cause::OverCritical)]), back("latency", false));
    }

    #[test]
    fn nobody_goes_back_onto_a_sick_legacy_but_does_when_it_is_well_again() {
        let mut run = Run::of(policy());
        let sick = [("errors", Cause::LegacySick), ("latency", Cause::OverCritical)];
        assert!(matches!(run.after(3, &sick), Reaction::Hold(_)));
        assert_eq!(run.after(4, &[("latency", Cause::Proven)]), back("latency", false));
    }

    #[test]
    fn who_waits_for_too_long_goes_back_or_stops() {
        let few = [("errors", Cause::TooFewRequests)];
        let mut run = Run::of(policy());
        assert_eq!(run.after(10, &few), hold("errors"));
        assert_eq!(run.after(129, &few), hold("errors"));
        assert_eq!(run.after(130, &few), back("errors", true));
        let mut run = Run::of(Policy { hold_limit_then: Fallback::Stop, ..policy() });
        assert_eq!([10, 130].map(|m| run.after(m, &few)), [hold("errors"), Reaction::Stop]);
    }

    #[test]
    fn where_the_policy_says_hold_a_breach_holds() {
        let mut run = Run::of(Policy { breach: OnBreach::Hold, ..policy() });
        assert_eq!(run.after(3, &[("errors", Cause::OverCritical)]), hold("errors"));
        assert_eq!(run.after(4, &[("errors", Cause::Proven)]), Reaction::Watch);
        let point_of_no_return = Some("50%".parse().unwrap());
        let mut run = Run::of(Policy { point_of_no_return, ..policy() });
        assert_eq!(run.after(3, &[("errors", Cause::OverCritical)]), hold("errors"));
    }
}
