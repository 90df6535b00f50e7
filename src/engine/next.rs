//! What happens after a decision, in words: every breach, warning, hold and pass says it, so that nobody has to know the
//! policy by heart at night.

use std::cmp::Reverse;

use super::{
    Engine,
    advice::{holding, obstacle},
};
use crate::{
    gate::{Cause, Finding},
    plan::{Fallback, OnBreach, OnWarning},
    unit::words,
};

impl Engine {
    /// Says what follows a breach.
    pub(super) fn after_a_breach(&self, findings: &[Finding]) -> String {
        let policy = &self.plan.policy;
        if let Some(obstacle) = obstacle(policy, self.reached(), findings) {
            return format!("nothing goes back by itself, because {obstacle}; {}", self.by_hand());
        }
        match policy.breach {
            OnBreach::Rollback => "everybody is sent back to legacy now".to_owned(),
            OnBreach::Hold => {
                format!("nobody else is moved (`policy.breach: hold`); {}", self.by_hand())
            }
        }
    }

    /// Says what follows a warning.
    pub(super) fn after_a_warning(&self, finding: &Finding) -> String {
        if finding.cause == Cause::OverWarning && self.plan.policy.warning == OnWarning::Continue {
            return "the run goes on all the same (`policy.warning: continue`)".to_owned();
        }
        let next = "nobody else is moved while this lasts; it goes on by itself when it has passed";
        with_advice(next.to_owned(), finding.cause.advice())
    }

    /// Says what follows a hold, and what can be done about what holds.
    pub(super) fn after_a_hold(&self) -> String {
        let findings = self.judged.as_ref().map_or(&[][..], |judged| &judged.findings);
        // What is graver is more likely the reason for the rest.
        let mut holding: Vec<&Finding> = holding(findings, &self.plan.policy).collect();
        holding.sort_by_key(|finding| Reverse(finding.verdict()));
        let advice = holding.into_iter().find_map(|finding| finding.cause.advice());
        let then = match self.plan.policy.hold_limit_then {
            Fallback::Rollback => "rolls back, if legacy is fit for it",
            Fallback::Stop => "stops where it is",
        };
        let limit = words(self.plan.policy.hold_limit);
        let next = format!("it goes on by itself when this has passed; after {limit} it {then}");
        with_advice(next, advice)
    }

    /// Says what follows a question that nobody answers.
    pub(super) fn after_asking(&self, then: Fallback) -> String {
        format!("`cutover approve {}` goes on; {}", self.run, without_an_answer(then))
    }

    /// Says what follows a command of the runbook that failed.
    pub fn after_a_failed_command(&self) -> String {
        if self.plan.policy.hook_failed == OnBreach::Rollback {
            return "everybody is sent back, if legacy is fit for it".to_owned();
        }
        let run = &self.run;
        let then = match self.plan.policy.hold_limit_then {
            Fallback::Rollback => "rolls back, if legacy is fit for it",
            Fallback::Stop => "stops where it is",
        };
        let limit = words(self.plan.policy.hold_limit);
        format!(
            "`cutover skip {run} --why TEXT` goes on without it, `cutover abort {run}` goes back; after {limit} it {then}"
        )
    }

    /// Says what follows the breach that is made on purpose.
    pub(super) fn after_the_exercise(&self) -> String {
        "everybody is sent back to legacy now, as in an emergency".to_owned()
    }

    /// Says what follows a step that has passed.
    pub(super) fn after_a_step(&self, shift: usize, findings: &[Finding]) -> String {
        let next = match self.plan.shifts.get(shift + 1) {
            Some(next) => format!("step {}, {} to new", next.step, next.share),
            None => "that was the last step".to_owned(),
        };
        let unproven = findings.iter().any(|finding| finding.cause == Cause::Unproven);
        if unproven { format!("{next} (`policy.unproven: continue`)") } else { next }
    }

    fn by_hand(&self) -> String {
        format!("`cutover rollback {}` goes back", self.run)
    }
}

/// Says what follows a question that nobody answers in time.
pub(super) fn without_an_answer(then: Fallback) -> String {
    let then = match then {
        Fallback::Rollback => "everybody is sent back to legacy",
        Fallback::Stop => "the run stops where it is",
    };
    format!("without an answer {then}")
}

fn with_advice(next: String, advice: Option<&str>) -> String {
    match advice {
        Some(advice) => format!("{next}; {advice}"),
        None => next,
    }
}
