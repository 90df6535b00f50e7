//! Approvals, commands and windows: what was waited for beside the shares, and how it ended.

use maud::{Markup, html};

use super::{
    Case,
    story::{Between, What},
};
use crate::plan::{Task, TaskKind};

pub(super) fn section(case: &Case<'_>) -> Markup {
    let all = &case.story.between;
    html! {
        @if !all.is_empty() {
            section.between {
                h2 { "Approvals, commands and windows" }
                div.scroll {
                    table {
                        thead { tr { th { "when, UTC" } th { "step" } th { "what" } th { "end" } } }
                        tbody { @for one in all { (row(case, one)) } }
                    }
                }
            }
        }
    }
}

fn row(case: &Case<'_>, one: &Between) -> Markup {
    html! {
        tr {
            td.time { (case.clock(one.at)) }
            td { @if let Some(step) = one.step { (step) } }
            td { (kind(one.what)) ": " (one.text) }
            td {
                @match &one.end {
                    None => span.badge { "never ended" },
                    Some((at, how, well)) => {
                        span.badge.(if *well { "good" } else { "warn" }) { (case.clock(*at)) } " " (how)
                    }
                }
                @if let Some(output) = &one.output { div.note { "output: " (output) " in the run's folder" } }
            }
        }
    }
}

fn kind(what: What) -> String {
    match what {
        What::Approval => "approval".to_owned(),
        What::Command(hook) => hook.name().to_owned(),
        What::Window => "window".to_owned(),
    }
}

/// Returns the approvals and commands of the plan that never had their turn, each in a few words.
pub(super) fn never(case: &Case<'_>) -> Vec<String> {
    let Some(plan) = case.plan else { return Vec::new() };
    let mut never: Vec<String> = Vec::new();
    let had_its_turn =
        |what, step| case.story.between.iter().any(|one| one.what == what && one.step == step);
    for Task { step, kind, .. } in &plan.tasks {
        let (what, text) = match kind {
            TaskKind::Approve { ask, .. } => (What::Approval, ask.clone()),
            TaskKind::Run { hook, command, .. } => (What::Command(*hook), command.join(" ")),
        };
        if !had_its_turn(what, Some(*step)) {
            never.push(format!("{} of step {step}: {text}", self::kind(what)));
        }
    }
    let hooks = &plan.hooks;
    let beside = [
        (crate::plan::Hook::OnBreach, &hooks.on_breach),
        (crate::plan::Hook::AfterRollback, &hooks.after_rollback),
        (crate::plan::Hook::OnComplete, &hooks.on_complete),
    ];
    for (hook, command) in beside {
        let Some(command) = command else { continue };
        let begun = |one: &Between| one.what == What::Command(hook);
        if !case.story.between.iter().any(begun) {
            never.push(format!("{}: {}", hook.name(), command.command.join(" ")));
        }
    }
    never
}
