//! What a run waits for between two steps: a window, an approval, a command of the runbook.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "only what is between the operator and the run is looked for"
)]

use super::{
    Action, Ending, Engine, Event, Outcome, Phase, advice::obstacle, state::later,
    steering::Steering,
};
use crate::{
    gate::{Cause, Finding},
    plan::{Fallback, Hook, Mode, OnBreach, Task, TaskKind},
    unit::{Timestamp, words},
};

/// Name of the gate that is red on purpose.
pub(super) const EXERCISE: &str = "exercise";

impl Engine {
    /// Returns the next task, where what comes next waits for it.
    pub(super) fn open_task(&self) -> Option<&Task> {
        let next = match self.phase {
            Phase::Ready { next, .. } => next,
            Phase::Finishing => self.plan.shifts.len(),
            Phase::Blank
            | Phase::Starting
            | Phase::Placing { .. }
            | Phase::Syncing { .. }
            | Phase::Settling { .. }
            | Phase::Holding { .. }
            | Phase::Returned
            | Phase::Unlocking { .. }
            | Phase::Ended(_) => return None,
        };
        self.plan.tasks.get(self.steering.done).filter(|task| task.before <= next)
    }

    /// Returns what is due of the next task; nothing where it has to be waited for.
    pub(super) fn task_due(&self, now: Timestamp, task: &Task) -> Option<Event> {
        match &task.kind {
            TaskKind::Approve { ask, timeout, on_timeout } => match self.steering.asked_until {
                None => Some(Event::ApprovalAsked {
                    step: task.step,
                    ask: ask.clone(),
                    until: later(now, *timeout),
                    next: self.after_asking(*on_timeout),
                }),
                Some(until) if now >= until => {
                    let reason = format!("nobody answered within {}: {ask}", words(*timeout));
                    Some(self.waited_in_vain(reason, *on_timeout))
                }
                Some(_) => None,
            },
            TaskKind::Run { hook, command, .. } => match &self.steering.failed {
                Some(failed) => self.command_failed(now, failed),
                None if self.steering.running => None,
                None => Some(Event::CommandStarted {
                    hook: *hook,
                    step: Some(task.step),
                    command: command.clone(),
                }),
            },
        }
    }

    fn command_failed(&self, now: Timestamp, failed: &str) -> Option<Event> {
        if self.plan.policy.hook_failed == OnBreach::Rollback {
            return Some(self.waited_in_vain(failed.to_owned(), Fallback::Rollback));
        }
        match &self.held {
            Some(held) if now >= held.until => Some(self.hold_limit_reached(&held.why)),
            Some(_) => None,
            None => Some(Event::Held {
                why: failed.to_owned(),
                until: later(now, self.plan.policy.hold_limit),
                next: self.after_a_failed_command(),
            }),
        }
    }

    /// Returns the wish for the command that is on its way.
    pub(super) fn command(&self) -> Option<Action> {
        if !self.steering.running {
            return None;
        }
        let task = self.open_task()?;
        let TaskKind::Run { hook, command, timeout } = &task.kind else { return None };
        Some(Action::Run {
            hook: *hook,
            step: Some(task.step),
            command: command.clone(),
            timeout: *timeout,
        })
    }

    /// Returns the wish for a command that nothing waits for, once what it is for has happened.
    pub fn beside(&self, event: &Event) -> Option<Action> {
        let hooks = &self.plan.hooks;
        let (hook, command) = match event {
            Event::Breached { .. } => (Hook::OnBreach, &hooks.on_breach),
            Event::RolledBack { .. } => (Hook::AfterRollback, &hooks.after_rollback),
            Event::RunCompleted { .. } => (Hook::OnComplete, &hooks.on_complete),
            _ => return None,
        };
        let command = command.clone()?;
        Some(Action::Run { hook, step: None, command: command.command, timeout: command.timeout })
    }

    /// Returns true for an event about a command that can happen now.
    pub(super) fn can_be_run(&self, event: &Event) -> bool {
        let (hook, step, running) = match event {
            Event::CommandStarted { hook, step, .. } => (hook, step, false),
            Event::CommandEnded { hook, step, .. } => (hook, step, true),
            _ => return false,
        };
        if hook.is_beside() {
            return self.phase != Phase::Blank;
        }
        let fits = |task: &Task| match &task.kind {
            TaskKind::Run { hook: own, .. } => own == hook && Some(task.step) == *step,
            TaskKind::Approve { .. } => false,
        };
        self.halt.is_none()
            && self.steering.running == running
            && self.steering.failed.is_none()
            && self.open_task().is_some_and(fits)
    }

    /// Whoever is asked is asked inside the windows.
    pub(super) fn asked(&mut self, until: Timestamp) {
        let Steering { asked_until, opens, .. } = &mut self.steering;
        (*asked_until, *opens) = (Some(until), None);
    }

    pub(super) fn command_started(&mut self, hook: Hook) {
        if !hook.is_beside() {
            let Steering { running, opens, .. } = &mut self.steering;
            (*running, *opens) = (true, None);
        }
    }

    pub(super) fn command_ended(&mut self, hook: Hook, failure: Option<&String>) {
        if hook.is_beside() {
            return;
        }
        self.steering.running = false;
        match failure {
            Some(failure) => self.steering.failed = Some(failure.clone()),
            None => self.task_done(),
        }
    }

    pub(super) fn task_done(&mut self) {
        let Steering { done, asked_until, running, failed, .. } = &mut self.steering;
        *done += 1;
        (*asked_until, *running, *failed) = (None, false, None);
    }

    /// What another process begins, it begins from the start: a question is asked again, a command is run again.
    pub(super) fn tasks_resumed(&mut self) {
        let Steering { asked_until, running, failed, opens, .. } = &mut self.steering;
        (*asked_until, *running, *failed, *opens) = (None, false, None, None);
    }

    /// Returns what the windows say of a step that begins now, where they do not let it.
    pub(super) fn closed_window(&self, now: Timestamp) -> Option<Option<Event>> {
        if self.steering.window_waived || self.plan.windows.is_open(now) {
            return None;
        }
        if self.steering.opens.is_some_and(|opens| now < opens) {
            return Some(None);
        }
        let why = format!("steps start {}", self.plan.windows.in_words());
        Some(Some(match self.plan.windows.opens(now) {
            Some(opens) => Event::WindowClosed { opens, why },
            None => Event::Stopped { reason: format!("{why}, and none of them opens again") },
        }))
    }

    /// Returns true for a run that went back because it was broken on purpose, and for no other reason.
    pub fn was_exercised(&self) -> bool {
        self.breached.as_ref().is_some_and(|(_, finding)| finding.gate == EXERCISE)
            && self.outcome() == Some(Outcome::Ended(Ending::RolledBack))
    }

    /// Returns the breach that is made on purpose, and what follows it, once the last step that can be gone back from has
    /// passed.
    pub(super) fn exercise(&self, now: Timestamp) -> Option<Event> {
        if self.plan.mode != Mode::ExerciseRollback || self.is_rolling_back() {
            return None;
        }
        let passed = match self.phase {
            Phase::Ready { next, .. } => next,
            Phase::Finishing => self.plan.shifts.len(),
            _ => return None,
        };
        if passed <= self.plan.exercised() {
            return None;
        }
        let findings = self.judged.as_ref().map_or(&[][..], |judged| &judged.findings);
        let broken = self.breached.as_ref().filter(|(_, finding)| finding.gate == EXERCISE);
        let Some((breached_at, finding)) = broken else {
            let finding = Finding {
                gate: EXERCISE.to_owned(),
                cause: Cause::OverCritical,
                why: "red on purpose, to use the way back (`--exercise-rollback`)".to_owned(),
                evidence: None,
                numbers: std::collections::BTreeMap::new(),
            };
            return Some(Event::Breached { finding, next: self.after_the_exercise() });
        };
        match obstacle(&self.plan.policy, self.reached(), findings) {
            None => Some(Event::RollbackStarted {
                reason: format!("{}: {}", finding.gate, finding.why),
                breached_at: Some(*breached_at),
                asked: None,
            }),
            Some(obstacle) => self.hold_or_end(now, format!("{EXERCISE}: {obstacle}")),
        }
    }
}
