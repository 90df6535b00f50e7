//! What a run waits for between its shares: approvals, and commands of the runbook.

use serde::{Deserialize, Serialize};

use crate::{
    runbook::{
        Runbook,
        model::{Fallback, HookCommand, Step},
    },
    unit::SignedDuration,
};

/// One thing that has to be done before a share is set, or before the run is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Number of the entry in the runbook's `steps`, from 1: its own, or the step's that a hook belongs to.
    pub step: usize,
    /// Index of the shift that waits for it; the number of all shifts where the end of the run does.
    pub before: usize,
    /// What it is.
    pub kind: TaskKind,
}

/// What has to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// A person says yes.
    Approve {
        /// The question.
        ask: String,
        /// How long an answer is waited for.
        timeout: SignedDuration,
        /// What happens without one.
        on_timeout: Fallback,
    },
    /// A command ends well.
    Run {
        /// Where in the runbook it stands.
        hook: Hook,
        /// Program and arguments; never through a shell.
        command: Vec<String>,
        /// How long it may take.
        timeout: SignedDuration,
    },
}

/// Where in a runbook a command stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hook {
    /// A `run` step.
    Step,
    /// `hooks.before_step`.
    BeforeStep,
    /// `hooks.after_step`.
    AfterStep,
    /// `hooks.on_breach`.
    OnBreach,
    /// `hooks.after_rollback`.
    AfterRollback,
    /// `hooks.on_complete`.
    OnComplete,
}

impl Hook {
    /// Returns its name, as the runbook has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Step => "run",
            Self::BeforeStep => "before_step",
            Self::AfterStep => "after_step",
            Self::OnBreach => "on_breach",
            Self::AfterRollback => "after_rollback",
            Self::OnComplete => "on_complete",
        }
    }

    /// Returns true for a command that nothing waits for.
    pub fn is_beside(self) -> bool {
        match self {
            Self::Step | Self::BeforeStep | Self::AfterStep => false,
            Self::OnBreach | Self::AfterRollback | Self::OnComplete => true,
        }
    }
}

/// Returns the tasks of a runbook, in the order in which they are done.
pub(super) fn tasks(runbook: &Runbook) -> Vec<Task> {
    let mut tasks = Vec::new();
    let mut shift = 0;
    for (index, step) in runbook.steps.iter().enumerate() {
        let number = index + 1;
        let kind = match step {
            Step::Shift { .. } => {
                tasks.extend(of_hook(&runbook.hooks.before_step, Hook::BeforeStep, number, shift));
                shift += 1;
                tasks.extend(of_hook(&runbook.hooks.after_step, Hook::AfterStep, number, shift));
                continue;
            }
            Step::Approve { ask, timeout, on_timeout } => {
                TaskKind::Approve { ask: ask.clone(), timeout: *timeout, on_timeout: *on_timeout }
            }
            Step::Run { command, timeout } => {
                TaskKind::Run { hook: Hook::Step, command: command.clone(), timeout: *timeout }
            }
        };
        tasks.push(Task { step: number, before: shift, kind });
    }
    tasks
}

fn of_hook(command: &Option<HookCommand>, hook: Hook, step: usize, before: usize) -> Option<Task> {
    let HookCommand { command, timeout } = command.clone()?;
    Some(Task { step, before, kind: TaskKind::Run { hook, command, timeout } })
}
