//! What the run never showed, so that nobody takes it for tried.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::{Case, between, steps::unreached, story::End};
use crate::{
    gate::{Cause, Verdict},
    plan::{Gates, Goal},
    report::words as say,
};

pub(super) fn section(case: &Case<'_>) -> Markup {
    let never = never(case);
    html! {
        section.unexercised {
            h2 { "Never exercised" }
            @if never.is_empty() { p.none { "Everything that the plan has was used." } }
            @else { ul { @for line in &never { li { (line) } } } }
        }
    }
}

/// Returns what was never exercised, each in one sentence.
pub(super) fn never(case: &Case<'_>) -> Vec<String> {
    let story = case.story;
    let mut never = Vec::new();
    if let Some(plan) = case.plan.filter(|plan| plan.goal == Goal::Move) {
        never.extend(steps(case));
        if !plan.shifts.is_empty() {
            never.extend(plan.by_wave().iter().flat_map(|wave| gates(case, &wave.gates)));
            let mut seen = BTreeSet::new();
            never.retain(|sentence| seen.insert(sentence.clone()));
        }
    }
    if case.is_dry() {
        never.push(
            "Every write: this was a dry run, and new got none of the traffic by it.".to_owned(),
        );
    }
    let unused = between::never(case);
    if !unused.is_empty() {
        never.push(format!(
            "Approvals and commands that never had their turn: {}.",
            unused.join("; ")
        ));
    }
    if story.backs.is_empty() {
        never.push("The rollback: nothing went back in this run.".to_owned());
    } else if story.backs.iter().all(|back| back.done.is_none()) {
        never.push(
            "The end of the rollback: it was begun and never reached the baseline.".to_owned(),
        );
    } else if story.backs.iter().all(|back| back.breached_at.is_none()) {
        never.push("A rollback after a breach: this one was asked for.".to_owned());
    }
    if matches!(story.end, End::RolledBack | End::Refused) && story.steps.all().is_empty() {
        never.push("The way forward: no step was begun.".to_owned());
    }
    if story.breaches.is_empty() {
        never.push("A breach: no gate was beyond its critical limit.".to_owned());
    }
    if story.resumes == 0 {
        never.push("Going on with another process: the run was never resumed.".to_owned());
    }
    never
}

fn steps(case: &Case<'_>) -> Vec<String> {
    let missing = unreached(case);
    let unproven: Vec<String> = case
        .story
        .steps
        .all()
        .iter()
        .filter(|step| step.how.is_unproven())
        .map(|step| format!("step {} ({})", step.number, step.share))
        .collect();
    let mut said = Vec::new();
    if !missing.is_empty() {
        let named: Vec<String> =
            missing.iter().map(|(number, share)| format!("step {number} ({share})")).collect();
        said.push(format!(
            "{} never begun: {}.",
            say::count(missing.len(), "step"),
            named.join(", ")
        ));
    }
    if !unproven.is_empty() {
        said.push(format!(
            "Proof in {}: nothing spoke against new, and the traffic was too little to show that the limits are kept.",
            unproven.join(", ")
        ));
    }
    said
}

/// Returns the gates that are off, and those that never had enough data to say anything.
fn gates(case: &Case<'_>, gates: &Gates) -> Vec<String> {
    let mut on: Vec<String> = Vec::new();
    let mut off: Vec<&str> = Vec::new();
    let own = [
        ("errors", gates.errors.is_some()),
        ("latency", gates.latency.is_some()),
        ("share", gates.share.is_some()),
        ("targets", gates.targets.is_some()),
    ];
    for (name, is_on) in own {
        if is_on { on.push(name.to_owned()) } else { off.push(name) }
    }
    on.extend(gates.metrics.iter().map(|gate| gate.name.clone()));
    on.extend(gates.alarms.iter().map(crate::plan::AlarmGate::gate_name));
    on.extend(gates.datadog.iter().map(crate::plan::DatadogGate::gate_name));
    let judged = case.story.steps.all().iter().flat_map(|step| &step.gates);
    let spoke = judged.filter(|judged| {
        judged.worst.1.verdict() != Verdict::Unknown
            || judged.counts[0] > 0
            || judged.worst.1.cause == Cause::Unproven
    });
    let spoke: BTreeSet<&str> = spoke.map(|judged| judged.last.gate.as_str()).collect();
    let mute: Vec<&String> = on.iter().filter(|name| !spoke.contains(name.as_str())).collect();
    let mut said: Vec<String> = mute
        .into_iter()
        .map(|gate| {
            format!("The gate {gate}: it never had enough data to say anything but unknown.")
        })
        .collect();
    if !off.is_empty() {
        said.push(format!("Switched off in the runbook: {}.", off.join(", ")));
    }
    said
}
