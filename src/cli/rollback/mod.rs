//! `cutover rollback`: back to the baseline, from a run's journal, from that of a run that goes on in another process, or
//! from nothing but the runbook and the live zone.

mod alone;
mod beside;
mod journaled;
mod own;
mod print;

use super::{
    ExitStatus, Fault, Printer, RunFolder, RunbookArgs, StateArgs, StateFolder, VarArgs, Yes,
    confirm,
    source::{is_runbook, load},
    taken_up::{Subject, is_open, refuse_other_environment, unfinished},
};
use crate::{
    driver::Clock,
    engine::{Asked, Event},
    journal::FileStore,
    unit::{SignedDuration, Timestamp, parse_duration},
};

/// Go back to the baseline, now
///
/// Asks Route 53 for nothing but the records and tells it nothing but the baseline: no metrics, no load balancers. With a
/// run the baseline is the one of its plan. With a runbook no run is needed: legacy gets the traffic, new gets none.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A run that goes on in another process, or on another machine, sees that its lock was taken and stops by itself.

Examples:
  cutover rollback runbooks/api.yaml --env production
  cutover rollback api-20261123T021400Z-9f3a --yes
  cutover rollback runbooks/api.yaml --env production --deadline 10m --yes
  cutover rollback runbooks/api.yaml --env production --print > back.sh")]
pub(super) struct Args {
    /// The runbook, a YAML file; or the run, or the beginning of its id
    #[arg(value_name = "RUNBOOK|RUN")]
    what: Option<String>,
    /// Environment of the runbook; may be left out when there is only one
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
    #[command(flatten)]
    vars: VarArgs,
    #[command(flatten)]
    state: StateArgs,
    /// Give names that had a simple record before the run that record back, not a pair that answers the same
    #[arg(long)]
    to_simple: bool,
    /// Give up after this long, such as 10m; without it, it is tried until it works
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    deadline: Option<SignedDuration>,
    /// Change nothing: print the way back as a shell script that needs only the aws CLI
    #[arg(long, conflicts_with_all = ["to_simple", "yes"])]
    print: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// A rollback as it was asked for.
struct Wish<'a> {
    args: &'a Args,
    state: StateFolder,
    /// When to give up.
    deadline: Option<Timestamp>,
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let now = Clock::Real.now();
    let deadline = args.deadline.map(|after| now.saturating_add(after).unwrap_or(Timestamp::MAX));
    let wish = Wish { args, state: StateFolder::new(&args.state.state), deadline };
    match &args.what {
        Some(what) if is_runbook(what) => wish.of_runbook(what, printer),
        what => {
            let folder = wish.state.find(what.as_deref(), is_open)?;
            wish.of_run(&folder, printer)
        }
    }
}

impl Wish<'_> {
    /// Goes back from a runbook. A run of it that is not over knows the baseline to the letter, so its plan comes first.
    fn of_runbook(&self, what: &str, printer: &mut Printer) -> Result<ExitStatus, Fault> {
        let args = RunbookArgs {
            runbook: what.into(),
            env: self.args.env.clone(),
            vars: self.args.vars.clone(),
        };
        let (source, runbook) = load(&args)?;
        let Some(folder) = unfinished(&Subject::of(&runbook), &self.state) else {
            if self.args.print {
                return print::of_runbook(self, &runbook, printer);
            }
            return alone::go(self, &source, &runbook, printer);
        };
        printer.note(&format!(
            "run {} of this runbook is not over: going back to the baseline of its plan",
            folder.run
        ));
        self.of_run(&folder, printer)
    }

    fn of_run(&self, folder: &RunFolder, printer: &mut Printer) -> Result<ExitStatus, Fault> {
        refuse_other_environment(folder, self.args.env.as_deref())?;
        if self.args.print {
            print::of_run(folder, printer)
        } else if FileStore::is_held(&folder.path) {
            beside::go(self, folder, printer)
        } else {
            journaled::go(self, folder, printer)
        }
    }

    fn agreed(&self, question: &str) -> Result<(), Fault> {
        if self.args.yes || confirm(question)? == Yes::Yes {
            return Ok(());
        }
        Err(Fault::new(ExitStatus::Refused, "nothing was changed: the answer was no"))
    }

    /// Returns the event of a process that begins to go back.
    fn requested(&self, owner: String) -> Event {
        let (to_simple, deadline) = (self.args.to_simple, self.deadline);
        Event::RollbackStarted {
            reason: "asked for with `cutover rollback`".to_owned(),
            breached_at: None,
            asked: Some(Asked { owner, to_simple, deadline }),
        }
    }
}

/// What is a bad end of a run is the aim of this command.
fn rolled_back(status: ExitStatus) -> ExitStatus {
    if status == ExitStatus::RolledBack { ExitStatus::Done } else { status }
}
