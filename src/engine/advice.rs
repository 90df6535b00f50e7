//! What the policy says about what the gates say.

use crate::{
    gate::{Cause, Finding, Verdict},
    plan::{OnBreach, OnUnproven, OnWarning, Policy},
    unit::Share,
};

/// What to do at the end of a planned hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Advice {
    /// Go on.
    Pass {
        /// Whether the errors gate shows that its limit is kept.
        proven: bool,
        /// What it says, in words.
        why: String,
    },
    /// Wait for this to clear.
    Hold {
        /// What holds, in words.
        why: String,
    },
    /// Go back.
    Rollback {
        /// What leads back, in words.
        why: String,
    },
}

/// Returns what to do with these findings once the hold is over. The gravest advice wins.
pub fn at_end_of_hold(findings: &[Finding], policy: &Policy) -> Advice {
    let mut hold = Vec::new();
    for finding in findings {
        match reaction(finding, findings, policy) {
            Reaction::Continue => {}
            Reaction::Hold => hold.push(finding),
            Reaction::Rollback => return Advice::Rollback { why: told(finding) },
        }
    }
    if findings.is_empty() {
        return Advice::Hold { why: "nothing has been judged yet".to_owned() };
    }
    if !hold.is_empty() {
        return Advice::Hold { why: all_told(hold) };
    }
    let proven = findings.iter().any(|f| f.gate == "errors" && f.cause == Cause::Proven);
    Advice::Pass { proven, why: on_passing(findings) }
}

/// Returns what to do at the end of the hold of a step that nobody was sent to: that nobody arrives is no reason to wait.
pub(super) fn without_traffic(findings: &[Finding], policy: &Policy) -> Advice {
    let of_nobody = |finding: &&Finding| {
        matches!(
            finding.cause,
            Cause::Unproven
                | Cause::TooFewRequests
                | Cause::NoTraffic
                | Cause::Stale
                | Cause::InsufficientData
                | Cause::DatadogSilent
                | Cause::ShareOff
                | Cause::NobodyArrives
                | Cause::TrafficMissing
        )
    };
    let rest: Vec<Finding> = findings.iter().filter(|f| !of_nobody(f)).cloned().collect();
    if rest.is_empty() && !findings.is_empty() {
        let why = "dry run: nobody is sent to new, so nothing is shown of it".to_owned();
        return Advice::Pass { proven: false, why };
    }
    at_end_of_hold(&rest, policy)
}

/// Returns what is told of a step that passes: what its main gate has seen, and what other gates do not know.
fn on_passing(findings: &[Finding]) -> String {
    let main = findings.iter().position(|f| f.gate == "errors").unwrap_or_default();
    let (before, rest) = findings.split_at(main);
    let others = before.iter().chain(rest.iter().skip(1));
    let open = others.filter(|finding| finding.verdict() != Verdict::Pass);
    all_told(rest.iter().take(1).chain(open))
}

/// Returns the findings that keep a step from passing, or would at the end of its hold.
pub fn holding<'a>(
    findings: &'a [Finding],
    policy: &'a Policy,
) -> impl Iterator<Item = &'a Finding> {
    findings.iter().filter(move |f| !matches!(reaction(f, findings, policy), Reaction::Continue))
}

enum Reaction {
    Continue,
    Hold,
    Rollback,
}

fn reaction(finding: &Finding, all: &[Finding], policy: &Policy) -> Reaction {
    let vouched = all.iter().any(|other| other.gate == "errors");
    match finding.cause {
        Cause::Proven => Reaction::Continue,
        Cause::Unproven => unproven(policy),
        // Latency and share are silent where there is nothing to compare with, as at 100 %, where legacy is idle; that
        // there is traffic enough to judge by is for the errors gate to say.
        Cause::TooFewRequests | Cause::NoTraffic
            if vouched && (finding.gate == "latency" || finding.gate == "share") =>
        {
            Reaction::Continue
        }
        Cause::TooFewRequests
        | Cause::NoTraffic
        | Cause::Stale
        | Cause::Forbidden
        | Cause::Partial
        | Cause::ProviderError
        | Cause::InsufficientData
        | Cause::Unread
        | Cause::DatadogUnread
        | Cause::DatadogSilent => on_breach(policy.unknown),
        Cause::OverWarning => match policy.warning {
            OnWarning::Hold => Reaction::Hold,
            OnWarning::Continue => Reaction::Continue,
        },
        // Neither is new's fault, or it is not known to be: nobody is accused, and nobody is moved.
        Cause::SharedCause
        | Cause::LegacySick
        | Cause::ShareOff
        | Cause::NobodyArrives
        | Cause::EverybodyArrives
        | Cause::TrafficMissing
        | Cause::Deploying
        | Cause::Unsteady => Reaction::Hold,
        Cause::OverCritical | Cause::Catastrophe => on_breach(policy.breach),
    }
}

fn unproven(policy: &Policy) -> Reaction {
    match policy.unproven {
        OnUnproven::Continue => Reaction::Continue,
        OnUnproven::Hold => Reaction::Hold,
        OnUnproven::Rollback => Reaction::Rollback,
    }
}

fn on_breach(policy: OnBreach) -> Reaction {
    match policy {
        OnBreach::Hold => Reaction::Hold,
        OnBreach::Rollback => Reaction::Rollback,
    }
}

/// Returns the finding that breaches, if one does.
pub fn breach(findings: &[Finding]) -> Option<&Finding> {
    findings.iter().find(|finding| finding.verdict() == Verdict::Breach)
}

/// Returns true from the share on from which nothing goes back by itself.
pub fn is_beyond_return(policy: &Policy, share: Share) -> bool {
    policy.point_of_no_return.is_some_and(|point| share >= point)
}

/// Returns what speaks against going back without being asked to, if anything does.
pub fn obstacle(policy: &Policy, share: Share, findings: &[Finding]) -> Option<&'static str> {
    let unfit = |f: &Finding| {
        matches!(f.cause, Cause::LegacySick | Cause::SharedCause | Cause::EverybodyArrives)
    };
    if is_beyond_return(policy, share) {
        Some("the point of no return has been passed")
    } else if findings.iter().any(unfit) {
        Some("legacy is not fit to take the traffic back")
    } else {
        None
    }
}

/// Returns what these findings say; what several gates say is said once.
fn all_told<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> String {
    let mut said: Vec<(String, &str)> = Vec::new();
    for finding in findings {
        match said.iter_mut().find(|(_, why)| *why == finding.why) {
            Some((gates, _)) => *gates = format!("{gates}, {}", finding.gate),
            None => said.push((finding.gate.clone(), &finding.why)),
        }
    }
    said.iter().map(|(gates, why)| format!("{gates}: {why}")).collect::<Vec<_>>().join("; ")
}

/// Returns what one finding says.
pub(super) fn told(finding: &Finding) -> String {
    format!("{}: {}", finding.gate, finding.why)
}
