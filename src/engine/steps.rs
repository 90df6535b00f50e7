//! Where a run is in its runbook, for whoever looks on.

use std::ops::RangeInclusive;

use super::{Engine, Position, Question, next::without_an_answer};
use crate::{
    plan::{Hook, Task, TaskKind, Wave},
    unit::Share,
};

/// One entry of the runbook's `steps`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepView {
    /// It sets a share.
    Share(Share),
    /// It asks a person.
    Approval,
    /// It runs a command.
    Command,
}

/// One wave of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaveView {
    /// What the runbook calls it.
    pub name: String,
    /// Which it is, from 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
}

impl Engine {
    /// Returns the wave that moves, where the runbook has waves.
    pub(super) fn wave_view(&self) -> Option<WaveView> {
        let (wave, _) = self.wave_going_on()?;
        let name = self.plan.waves.get(wave)?.name.clone();
        Some(WaveView { name, number: wave + 1, of: self.plan.waves.len() })
    }

    /// Returns the index of the wave that moves, or is about to, and the numbers of its entries in the runbook.
    fn wave_going_on(&self) -> Option<(usize, RangeInclusive<usize>)> {
        let number = self.step_number().unwrap_or_default();
        let mut before = 0;
        for (wave, Wave { steps, .. }) in self.plan.waves.iter().enumerate() {
            let last = before + steps;
            if number <= last || wave + 1 == self.plan.waves.len() {
                return Some((wave, before + 1..=last));
            }
            before = last;
        }
        None
    }

    /// Returns all entries of the runbook's `steps`, those of the wave that moves where there are waves, and the index of
    /// the one that is going on.
    pub(super) fn steps(&self) -> (Vec<StepView>, Option<usize>) {
        let shifts =
            self.plan.shifts.iter().map(|shift| (shift.step, StepView::Share(shift.share)));
        let tasks = self.plan.tasks.iter().filter_map(|task| Some((task.step, own(task)?)));
        let own = self.wave_going_on().map(|(_, own)| own);
        let here = |number: usize| own.as_ref().is_none_or(|own| own.contains(&number));
        let mut steps: Vec<(usize, StepView)> =
            shifts.chain(tasks).filter(|(number, _)| here(*number)).collect();
        steps.sort_by_key(|(number, _)| *number);
        let current = self.step_number();
        let at = steps.iter().position(|(number, _)| Some(*number) == current);
        (steps.into_iter().map(|(_, step)| step).collect(), at)
    }

    /// Returns the number of the entry of the runbook's `steps` that is going on, from 1.
    pub fn step_number(&self) -> Option<usize> {
        let steering = &self.steering;
        let is_begun =
            steering.asked_until.is_some() || steering.running || steering.failed.is_some();
        if let Some(task) = self.open_task().filter(|_| is_begun) {
            return Some(task.step);
        }
        match self.heading() {
            Position::Shift(shift) => self.plan.shifts.get(shift).map(|shift| shift.step),
            Position::Prepared | Position::Safe | Position::Baseline | Position::Finished => None,
        }
    }

    /// Returns what a person is asked, with what happens without an answer.
    pub(super) fn asked_question(&self) -> Option<Question> {
        let ask = self.question()?.to_owned();
        match self.open_task()?.kind {
            TaskKind::Approve { on_timeout, .. } => {
                Some(Question { ask, otherwise: without_an_answer(on_timeout) })
            }
            TaskKind::Run { .. } => None,
        }
    }
}

/// Returns a task that is a step of its own; the hooks belong to steps that set a share.
fn own(task: &Task) -> Option<StepView> {
    match &task.kind {
        TaskKind::Approve { .. } => Some(StepView::Approval),
        TaskKind::Run { hook: Hook::Step, .. } => Some(StepView::Command),
        TaskKind::Run { .. } => None,
    }
}
