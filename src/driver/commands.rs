//! The commands of a runbook: who runs them, and what the loop makes of how they end.

use std::{fmt, future::Future, pin::Pin};

use super::{Driver, Observer, Task, perform::Fact};
use crate::{
    cloud::Cloud,
    engine::{Action, Event},
    journal::Store,
    plan::{Hook, Mode},
    unit::{RunId, Share, SignedDuration},
};

/// A command that is to be run.
#[derive(Debug, Clone, PartialEq)]
pub struct Errand {
    /// The run.
    pub run: RunId,
    /// Where in the runbook the command stands.
    pub hook: Hook,
    /// Number of the entry in the runbook's `steps`, from 1, where it belongs to one.
    pub step: Option<usize>,
    /// Part of the traffic meant for new, as last verified.
    pub share: Share,
    /// Whether the run writes nothing.
    pub dry_run: bool,
    /// Program and arguments; never through a shell.
    pub command: Vec<String>,
    /// How long it may take.
    pub timeout: SignedDuration,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// Why it counts as failed, in words; nothing where it ended well.
    pub failure: Option<String>,
    /// Name of the file in the run's folder that has its output.
    pub output: Option<String>,
}

/// A command on its way; dropping it kills the command.
pub type Running = Pin<Box<dyn Future<Output = Ended>>>;

/// Whoever runs commands.
pub trait Commands: fmt::Debug {
    /// Begins to run a command.
    fn begin(&self, errand: Errand) -> Running;
}

/// Runs nothing: for runs whose plan has no commands, and for tests of everything else.
#[derive(Debug)]
pub(super) struct NoCommands;

impl Commands for NoCommands {
    fn begin(&self, _: Errand) -> Running {
        let failure = Some("this process runs no commands".to_owned());
        Box::pin(std::future::ready(Ended { failure, output: None }))
    }
}

impl<'a, C: Cloud, S: Store, O: Observer> Driver<'a, C, S, O> {
    /// Returns the driver with somebody who runs commands.
    #[must_use]
    pub fn with_commands(mut self, commands: Box<dyn Commands>) -> Self {
        self.commands = commands;
        self
    }

    /// Returns the future of a command.
    pub(super) fn run(&self, action: Action) -> Pin<Box<dyn Future<Output = Fact> + 'a>> {
        let Action::Run { hook, step, command, timeout } = action else {
            unreachable!("only commands are run")
        };
        let now = self.clock.now();
        let view = self.engine.view(now);
        let plan = self.engine.plan();
        let begun = self.commands.begin(Errand {
            run: self.journal.run().clone(),
            hook,
            step,
            share: view.share,
            dry_run: plan.mode == Mode::DryRun,
            command,
            timeout,
        });
        let clock = self.clock;
        Box::pin(async move {
            let Ended { failure, output } = begun.await;
            let seconds = clock.now().duration_since(now).as_secs_f64();
            Fact::Run { hook, step, failure, output, seconds }
        })
    }

    /// Begins the commands that nothing waits for, after everything else that is wished for.
    pub(super) fn run_beside(
        &mut self,
        tasks: &mut Vec<Task<'a>>,
    ) -> Result<(), super::DriveError> {
        for action in std::mem::take(&mut self.beside) {
            if let Action::Run { hook, step, command, .. } = &action {
                let (hook, step, command) = (*hook, *step, command.clone());
                self.commit(Event::CommandStarted { hook, step, command })?;
            }
            let future = self.run(action.clone());
            tasks.push((action, future));
        }
        Ok(())
    }
}

/// Returns true for a command that nothing waits for: it goes on whatever else is wished for.
pub(super) fn is_beside(action: &Action) -> bool {
    matches!(action, Action::Run { hook, .. } if hook.is_beside())
}
