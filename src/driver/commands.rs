//! The commands of a runbook: who runs them, and what the loop makes of how they end.

use std::{
    fmt,
    future::Future,
    path::{Path, PathBuf},
    pin::Pin,
};

use super::{Driver, Observer, Task, perform::Fact};
use crate::{
    cloud::Cloud,
    engine::{Action, Event},
    hook::{self, variable},
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

/// Runs commands, and keeps what they write in a run's folder.
#[derive(Debug)]
pub struct InFolder {
    folder: PathBuf,
}

/// Name of the folder, in a run's, of what commands have written.
const OUTPUTS: &str = "outputs";

impl InFolder {
    /// Returns whoever runs the commands of the run that is kept here.
    pub fn of(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }
}

impl Commands for InFolder {
    fn begin(&self, errand: Errand) -> Running {
        let step = errand.step.map(|step| step.to_string()).unwrap_or_default();
        let of_step = errand.step.map_or(String::new(), |step| format!("step-{step}-"));
        let output = format!("{OUTPUTS}/{of_step}{}.log", errand.hook.name());
        let variables = [
            (variable::RUN, errand.run.to_string()),
            (variable::STEP, step),
            (variable::SHARE, errand.share.to_string()),
            (variable::EVENT, errand.hook.name().to_owned()),
            (variable::DRY_RUN, errand.dry_run.to_string()),
        ];
        let program = errand.command.first().cloned().unwrap_or_default();
        let command = hook::Command {
            argv: errand.command,
            variables: variables.map(|(name, value)| (name.to_owned(), value)).into(),
            timeout: errand.timeout,
            output: self.folder.join(&output),
        };
        Box::pin(async move {
            let outcome = hook::run(&command).await;
            let failure = (!outcome.is_success()).then(|| format!("`{program}` {outcome}"));
            Ended { failure, output: Some(output) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errand(script: &str) -> Errand {
        Errand {
            run: "api-20261123T021400Z-9f3a".parse().unwrap(),
            hook: Hook::BeforeStep,
            step: Some(3),
            share: "5%".parse().unwrap(),
            dry_run: true,
            command: ["sh", "-c", script].map(str::to_owned).to_vec(),
            timeout: SignedDuration::from_secs(60),
        }
    }

    #[tokio::test]
    async fn a_command_is_told_what_it_is_run_for_and_what_it_says_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let said = "echo $CUTOVER_RUN $CUTOVER_STEP $CUTOVER_SHARE $CUTOVER_EVENT $CUTOVER_DRY_RUN";
        let ended = InFolder::of(folder.path()).begin(errand(said)).await;
        let output = Some("outputs/step-3-before_step.log".to_owned());
        assert_eq!(ended, Ended { failure: None, output });
        let kept = std::fs::read_to_string(folder.path().join("outputs/step-3-before_step.log"));
        assert_eq!(kept.unwrap(), "api-20261123T021400Z-9f3a 3 5% before_step true\n");
    }

    #[tokio::test]
    async fn a_command_that_fails_says_how() {
        let folder = tempfile::tempdir().unwrap();
        let ended = InFolder::of(folder.path()).begin(errand("exit 3")).await;
        assert_eq!(ended.failure.as_deref(), Some("`sh` failed with exit status 3"));
    }
}
