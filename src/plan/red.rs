//! Gates that are red before anything has moved.

use super::{Pair, Snapshot, pair::share_of};
use crate::{
    gate::{Beginning, Cause, DataFault, DataFaultKind, Finding, Verdict, red_before},
    runbook::Runbook,
    unit::{Account, Share, Side},
};

/// What speaks against beginning, and what is only worth a second thought.
#[derive(Debug, Default)]
pub(super) struct Red {
    pub(super) problems: Vec<String>,
    pub(super) hazards: Vec<String>,
}

/// Asks the gates of what was read right before the run.
pub(super) fn red(runbook: &Runbook, snapshot: &Snapshot, pairs: &[Pair]) -> Red {
    let share = share_of(pairs);
    let beginning = Beginning { at: snapshot.at, metric_lag: runbook.policy.metric_lag, share };
    let found = red_before(&runbook.gates, &snapshot.history, &snapshot.recent, &beginning);
    // Targets of which none is healthy are told of one by one.
    let dead = snapshot.recent.targets.as_ref().is_some_and(|targets| targets.healthy == 0);
    let found = found.iter().filter(|finding| finding.gate != "targets" || !dead);
    let hazards = unread(snapshot).into_iter().chain(weak_legacy(snapshot)).collect();
    let mut red = Red { hazards, problems: forbidden(snapshot) };
    for finding in found {
        match (finding.verdict(), finding.cause) {
            (Verdict::Breach, _) | (_, Cause::LegacySick | Cause::SharedCause) => {
                red.problems.push(problem(finding, share));
            }
            (_, _) => red.hazards.push(format!(
                "the gate `{}` warns before anything has moved, and would hold the first step: {}",
                finding.gate, finding.why
            )),
        }
    }
    red
}

fn problem(finding: &Finding, share: Share) -> String {
    let what = match finding.cause.advice() {
        Some(advice) => advice.to_owned(),
        // Where new has no traffic its load balancers' counts are not looked at, so these gates say nothing of it.
        None if matches!(finding.gate.as_str(), "errors" | "latency") => {
            format!(
                "new has {share} of the traffic already: mend it, or go back with `cutover rollback`"
            )
        }
        None => "mend that first".to_owned(),
    };
    format!(
        "the gate `{}` is red before anything has moved: {}; {what}; to begin all the same, take the gate out of the runbook",
        finding.gate, finding.why
    )
}

/// A rollback sends everybody onto the targets that legacy has left.
fn weak_legacy(snapshot: &Snapshot) -> Vec<String> {
    let of_legacy = snapshot.balancers.iter().filter(|((side, _), _)| *side == Side::Legacy);
    let weak = of_legacy.filter(|(_, (_, health))| 2 * health.healthy < health.registered);
    weak.map(|((_, name), (_, health))| {
        format!(
            "legacy {name}: {} of {} targets are healthy, and a rollback would send everybody onto them; bring more into service",
            health.healthy, health.registered
        )
    })
    .collect()
}

/// A run that may not read the metrics of an account would hold at its first step for as long as it may, and go back.
fn forbidden(snapshot: &Snapshot) -> Vec<String> {
    let told = |account: Account| {
        let fault = faults_of(account, snapshot).find(|fault| is_forbidden(fault))?;
        Some(format!(
            "the metrics of the {account} account may not be read: {}; allow `cloudwatch:GetMetricData`, or take the gates on \
             them out of the runbook",
            fault.message
        ))
    };
    Account::ALL.into_iter().filter_map(told).collect()
}

fn is_forbidden(fault: &DataFault) -> bool {
    fault.kind == DataFaultKind::Forbidden
}

fn faults_of(account: Account, snapshot: &Snapshot) -> impl Iterator<Item = &DataFault> {
    snapshot.recent.faults.iter().filter(move |fault| fault.account == account)
}

/// What cannot be read now may not be read at night either, and no step passes without it.
fn unread(snapshot: &Snapshot) -> Vec<String> {
    let told = |account: Account| {
        let fault = faults_of(account, snapshot).find(|fault| !is_forbidden(fault))?;
        Some(format!(
            "the metrics of the {account} account could not be read: {}; no step passes while that is so",
            fault.message
        ))
    };
    Account::ALL.into_iter().filter_map(told).collect()
}
