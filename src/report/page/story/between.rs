//! What the run waited for beside its shares: approvals, commands of the runbook, windows.

use super::keep;
use crate::{engine::Event, plan::Hook, unit::Timestamp};

/// One thing that was waited for, or was done beside the steps.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report::page) struct Between {
    /// When it began.
    pub(in crate::report::page) at: Timestamp,
    /// Number of the entry in the runbook's `steps` that it belongs to.
    pub(in crate::report::page) step: Option<usize>,
    /// What it is.
    pub(in crate::report::page) what: What,
    /// What it asks, runs or says.
    pub(in crate::report::page) text: String,
    /// When and how it ended, and whether well.
    pub(in crate::report::page) end: Option<(Timestamp, String, bool)>,
    /// Name of the file in the run's folder that has its output.
    pub(in crate::report::page) output: Option<String>,
}

/// What can be waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report::page) enum What {
    /// A person's yes.
    Approval,
    /// A command of the runbook.
    Command(Hook),
    /// A window that opens.
    Window,
}

impl Between {
    pub(super) fn take_in(all: &mut Vec<Self>, at: Timestamp, event: &Event) {
        let begun = |what, step, text: &str| Self {
            at,
            step,
            what,
            text: text.to_owned(),
            end: None,
            output: None,
        };
        if let Event::ApprovalAsked { step, ask, .. } = event {
            keep(all, Some(begun(What::Approval, Some(*step), ask)));
        } else if let Event::Approved { step, word } = event {
            let open = open(all, What::Approval, Some(*step));
            end(open, (at, format!("approved by {}", word.by), true), None);
        } else if let Event::WindowClosed { why, .. } = event {
            keep(all, Some(begun(What::Window, None, why)));
        } else if let Event::CommandStarted { hook, step, command } = event {
            keep(all, Some(begun(What::Command(*hook), *step, &command.join(" "))));
        } else if let Event::CommandEnded { hook, step, failure, seconds, output, .. } = event {
            let (how, well) = match failure {
                None => (format!("done in {seconds:.1} s"), true),
                Some(failure) => (format!("failed after {seconds:.1} s: {failure}"), false),
            };
            end(open(all, What::Command(*hook), *step), (at, how, well), output.clone());
        } else if let Event::StepStarted { .. } = event {
            end(open(all, What::Window, None), (at, "opened".to_owned(), true), None);
        } else if let Event::Skipped { word, .. } = event {
            let waiting = |one: &&mut Self| one.end.is_none() && !one.is_beside();
            let open = all.iter_mut().rev().find(waiting);
            end(open, (at, format!("skipped by {}", word.by), false), None);
        }
    }

    /// Returns true for a command that nothing waits for.
    fn is_beside(&self) -> bool {
        matches!(self.what, What::Command(hook) if hook.is_beside())
    }
}

fn open(all: &mut [Between], what: What, step: Option<usize>) -> Option<&mut Between> {
    let same = |one: &&mut Between| one.what == what && one.step == step && one.end.is_none();
    all.iter_mut().rev().find(same)
}

fn end(one: Option<&mut Between>, how: (Timestamp, String, bool), output: Option<String>) {
    if let Some(one) = one {
        one.end = Some(how);
        one.output = output;
    }
}
