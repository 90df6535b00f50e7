//! What people do to a run under way: they pause it, go past what it waits for, say yes, or send everybody back.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "only what is between the operator and the run is looked for"
)]

use super::{Engine, Event, Origin, Phase, Refusal, Word, state::later};
use crate::{
    plan::{Mode, Task, TaskKind},
    unit::Timestamp,
};

/// What people have said, and how far the run is with what it waits for beside the shares.
#[derive(Debug, Clone, Default)]
pub(super) struct Steering {
    /// Since when no further step is begun, and who said so.
    pub(super) paused: Option<(Timestamp, Word)>,
    /// Somebody wants everybody back, in words.
    pub(super) aborted: Option<String>,
    /// Why the gates keep the run no longer from its next step, in words.
    pub(super) skipped: Option<String>,
    /// When the windows open, where the run waits for them.
    pub(super) opens: Option<Timestamp>,
    /// The windows keep the run no longer from its next step.
    pub(super) window_waived: bool,
    /// How many of the plan's tasks are done.
    pub(super) done: usize,
    /// Until when an answer is waited for, where somebody was asked.
    pub(super) asked_until: Option<Timestamp>,
    /// A command of the next task is on its way.
    pub(super) running: bool,
    /// How the command of the next task failed, in words.
    pub(super) failed: Option<String>,
}

/// What can be gone past.
enum Waits<'a> {
    Window,
    Task(&'a Task),
    Gates,
    Hold { step: usize },
}

impl Engine {
    /// Returns the event that keeps further steps from being begun.
    ///
    /// # Errors
    /// The run cannot be paused.
    pub fn pause(&self, origin: &Origin) -> Result<Event, Refusal> {
        self.refuse_steering()?;
        match &self.steering.paused {
            Some((_, Word { by, .. })) => no_use(format!("{by} has paused it already")),
            None => Ok(Event::Paused(word(origin))),
        }
    }

    /// Returns the event that lets steps be begun again.
    ///
    /// # Errors
    /// The run is not paused.
    pub fn unpause(&self, origin: &Origin) -> Result<Event, Refusal> {
        self.refuse_steering()?;
        match self.steering.paused {
            Some(_) => Ok(Event::Unpaused(word(origin))),
            None => no_use("it is not paused"),
        }
    }

    /// Returns the event that says yes to what the run asks.
    ///
    /// # Errors
    /// It asks nothing.
    pub fn approve(&self, origin: &Origin) -> Result<Event, Refusal> {
        self.refuse_steering()?;
        match (self.steering.asked_until, self.open_task()) {
            (Some(_), Some(Task { step, .. })) => {
                Ok(Event::Approved { step: *step, word: word(origin) })
            }
            _ => no_use("it asks for no approval now"),
        }
    }

    /// Returns the event that goes past what the run waits for: the rest of a hold, what its gates hold it for, an
    /// approval, a command, a window. A breach is never gone past.
    ///
    /// # Errors
    /// There is nothing that can be gone past.
    pub fn skip(&self, origin: &Origin) -> Result<Event, Refusal> {
        self.refuse_steering()?;
        if self.is_breaching() {
            return no_use("a gate breaches, and a breach is never skipped");
        }
        let what = match self.wait_to_skip() {
            None => {
                let doing = self.phase.in_words();
                return no_use(format!("{doing} there is nothing to skip"));
            }
            Some(Waits::Window) => "the wait for a window".to_owned(),
            Some(Waits::Gates) => "what the gates hold the next step for".to_owned(),
            Some(Waits::Hold { step }) => format!("the rest of the hold of step {step}"),
            Some(Waits::Task(Task { step, kind: TaskKind::Approve { .. }, .. })) => {
                format!("the approval of step {step}")
            }
            Some(Waits::Task(Task { step, kind: TaskKind::Run { hook, .. }, .. })) => {
                format!("the command `{}` of step {step}", hook.name())
            }
        };
        Ok(Event::Skipped { what, word: word(origin) })
    }

    /// Returns the event that sends everybody back.
    ///
    /// # Errors
    /// The run goes back already, or is over.
    pub fn abort(&self, origin: &Origin) -> Result<Event, Refusal> {
        self.refuse_steering()?;
        Ok(Event::Aborted(word(origin)))
    }

    /// Returns who paused the run and why, while it is.
    pub fn paused(&self) -> Option<&Word> {
        self.steering.paused.as_ref().map(|(_, word)| word)
    }

    /// Returns the question that waits for an answer, while one does.
    pub fn question(&self) -> Option<&str> {
        self.steering.asked_until?;
        match &self.open_task()?.kind {
            TaskKind::Approve { ask, .. } => Some(ask),
            TaskKind::Run { .. } => None,
        }
    }

    /// Steps are steered from the preflight on until the run is over or goes back.
    pub(super) fn can_be_steered(&self) -> bool {
        self.refuse_steering().is_ok()
    }

    fn refuse_steering(&self) -> Result<(), Refusal> {
        let over = matches!(self.phase, Phase::Ended(_) | Phase::Unlocking { .. });
        if over {
            no_use("it is over")
        } else if self.is_rolling_back() || self.steering.aborted.is_some() {
            no_use("it goes back already")
        } else if !self.has_begun() {
            no_use("it has not begun")
        } else if self.plan.shifts.is_empty() {
            no_use("it has no steps")
        } else {
            Ok(())
        }
    }

    /// Returns true for an event between the operator and the run that can happen now.
    pub(super) fn can_be_said(&self, event: &Event) -> bool {
        let asks = |step: &usize| {
            self.open_task().is_some_and(|task| {
                task.step == *step && matches!(task.kind, TaskKind::Approve { .. })
            })
        };
        let asked = self.steering.asked_until.is_some();
        let fits = match event {
            Event::WindowClosed { .. } => matches!(self.phase, Phase::Ready { .. }),
            Event::ApprovalAsked { step, .. } => !asked && asks(step),
            Event::Approved { step, .. } => asked && asks(step),
            _ => self.can_be_ordered(event),
        };
        fits && self.can_be_steered()
    }

    fn can_be_ordered(&self, event: &Event) -> bool {
        match event {
            Event::Paused(_) => self.steering.paused.is_none(),
            Event::Unpaused(_) => self.steering.paused.is_some(),
            Event::Skipped { .. } => !self.is_breaching() && self.wait_to_skip().is_some(),
            Event::Aborted(_) => true,
            _ => false,
        }
    }

    /// Takes in what passed between the operator and the run.
    pub(super) fn steered(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::WindowClosed { opens, .. } => self.steering.opens = Some(*opens),
            Event::ApprovalAsked { until, .. } => self.asked(*until),
            Event::Paused(word) => self.steering.paused = Some((at, word.clone())),
            Event::Unpaused(_) => self.unpaused(at),
            Event::Approved { .. } => self.task_done(),
            Event::Skipped { word, .. } => self.go_past(word),
            Event::Aborted(word) => {
                self.steering.aborted = Some(format!("asked for by {}", in_words(word)));
            }
            Event::CommandStarted { hook, .. } => self.command_started(*hook),
            Event::CommandEnded { hook, failure, .. } => {
                self.command_ended(*hook, failure.as_ref());
            }
            _ => {}
        }
        self.requests.extend(event.request().map(str::to_owned));
    }

    /// Whoever was asked has as long as they had when the run was paused.
    fn unpaused(&mut self, at: Timestamp) {
        let Some((since, _)) = self.steering.paused.take() else { return };
        let for_so_long = at.duration_since(since);
        let until = &mut self.steering.asked_until;
        *until = until.map(|until| later(until, for_so_long));
    }

    fn go_past(&mut self, word: &Word) {
        match self.wait_to_skip() {
            Some(Waits::Window) => self.steering.window_waived = true,
            Some(Waits::Task(_)) => self.task_done(),
            Some(Waits::Gates | Waits::Hold { .. }) => {
                self.steering.skipped = Some(format!("skipped by {}", in_words(word)));
            }
            None => {}
        }
        self.held = None;
    }

    /// Returns what the run waits for, of what can be gone past.
    fn wait_to_skip(&self) -> Option<Waits<'_>> {
        match self.phase {
            Phase::Holding { shift, .. } => {
                let step = self.plan.shifts.get(shift)?.step;
                self.steering.skipped.is_none().then_some(Waits::Hold { step })
            }
            Phase::Ready { .. } | Phase::Finishing => {
                let Steering { asked_until, running, failed, .. } = &self.steering;
                let at_task = asked_until.is_some() || *running || failed.is_some();
                if self.steering.opens.is_some() && !self.steering.window_waived {
                    Some(Waits::Window)
                } else if at_task {
                    self.open_task().map(Waits::Task)
                } else {
                    self.held.as_ref().map(|_| Waits::Gates)
                }
            }
            Phase::Blank
            | Phase::Starting
            | Phase::Placing { .. }
            | Phase::Syncing { .. }
            | Phase::Settling { .. }
            | Phase::Returned
            | Phase::Unlocking { .. }
            | Phase::Ended(_) => None,
        }
    }

    /// What was gone past was gone past for one step.
    pub(super) fn next_step_begins(&mut self) {
        let Steering { skipped, opens, window_waived, .. } = &mut self.steering;
        (*skipped, *opens, *window_waived) = (None, None, false);
    }

    /// Returns the way back that somebody asked for.
    pub(super) fn aborting(&self) -> Option<Event> {
        let reason = self.steering.aborted.clone()?;
        Some(Event::RollbackStarted { reason, breached_at: None, asked: None })
    }

    /// Returns true where nobody waits for evidence from new, because nobody is sent there.
    pub(super) fn is_dry(&self) -> bool {
        self.plan.mode == Mode::DryRun
    }
}

fn word(Origin { by, why, request }: &Origin) -> Word {
    Word { by: by.clone(), why: why.clone(), request: request.clone() }
}

/// Returns who, and why where they said.
fn in_words(Word { by, why, .. }: &Word) -> String {
    match why {
        Some(why) => format!("{by}: {why}"),
        None => by.clone(),
    }
}

fn no_use<T>(why: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::NoUse(why.into()))
}
