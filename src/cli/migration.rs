//! A migration that is to end: what a run's folder tells of it, or a runbook.

use std::collections::BTreeMap;

use super::{
    ExitStatus, Fault, RunFolder, RunbookArgs,
    resume::refuse_dry,
    saved::Saved,
    source::load,
    taken_up::{Subject, look_at},
};
use crate::{
    cloud::Cloud,
    driver::{Clock, survey, unfollowable},
    engine::{Ending, Outcome},
    plan::{Plan, Questions, Snapshot, moved},
    runbook::{Runbook, Source, model::Environment},
};

/// What moved the traffic, as far as files tell of it.
pub(super) struct Migration {
    /// Its runbook's name.
    pub(super) name: String,
    /// How to reach the accounts.
    pub(super) environment: Environment,
    /// Variables that were set on the command line.
    pub(super) vars: BTreeMap<String, String>,
    /// The runbook as it is, or was.
    pub(super) source: Source,
    told: Told,
}

/// What tells its records.
enum Told {
    ByRun(Box<Plan>),
    ByRunbook(Box<Runbook>),
}

impl Migration {
    /// Takes it from a runbook.
    ///
    /// # Errors
    /// It cannot be read or is wrong.
    pub(super) fn of_runbook(args: &RunbookArgs) -> Result<Self, Fault> {
        let (source, runbook) = load(args)?;
        Ok(Self {
            name: runbook.name.clone(),
            environment: runbook.environment.clone(),
            vars: args.vars.map(),
            source,
            told: Told::ByRunbook(Box::new(runbook)),
        })
    }

    /// Returns what runs of it are of.
    pub(super) fn subject(&self) -> Subject<'_> {
        match &self.told {
            Told::ByRunbook(runbook) => Subject::of(runbook),
            Told::ByRun(plan) => Subject {
                runbook: &self.name,
                environment: self.environment.name.as_deref(),
                names: plan.pairs.iter().map(|pair| &pair.name).collect(),
            },
        }
    }

    /// Takes it from a run that is over.
    ///
    /// # Errors
    /// It is not over, was rolled back, or cannot be read.
    pub(super) fn of_run(folder: &RunFolder) -> Result<Self, Fault> {
        let taken = look_at(folder)?;
        let run = &folder.run;
        refuse_dry(&taken.saved.plan, folder, "finished")?;
        let (what, hint) = match taken.engine.outcome() {
            Some(Outcome::Ended(Ending::Completed)) => ("", String::new()),
            Some(Outcome::Ended(Ending::RolledBack)) => {
                ("was rolled back", "`cutover run RUNBOOK` moves the traffic again".to_owned())
            }
            Some(Outcome::Ended(Ending::Refused)) => {
                ("has changed nothing", "`cutover run RUNBOOK` moves the traffic".to_owned())
            }
            Some(Outcome::Halted(_)) | None => {
                ("is not over", format!("go on with it with `cutover resume {run}`"))
            }
        };
        if !what.is_empty() {
            let message =
                format!("run {run} {what}, so there is nothing to finish; nothing was changed");
            return Err(Fault::new(ExitStatus::Refused, message).hinted(hint));
        }
        let source = Saved::runbook_checked(&folder.path, &taken.checks).map_err(|why| {
            let message =
                format!("run {run} cannot be finished by what it left; nothing was changed");
            Fault::new(ExitStatus::Usage, message)
                .caused_by(why)
                .hinted("`cutover finish RUNBOOK` needs nothing of the run")
        })?;
        let Saved { plan, environment, vars } = taken.saved;
        Ok(Self {
            name: plan.runbook.clone(),
            environment,
            vars,
            source,
            told: Told::ByRun(Box::new(plan)),
        })
    }

    /// Returns what is known of it, from the run's own plan or from the runbook and the load balancers; and what is
    /// live now.
    ///
    /// # Errors
    /// Why that cannot be told, each in one sentence with what to do.
    pub(super) async fn told<C: Cloud>(&self, cloud: &C) -> Result<(Plan, Snapshot), Vec<String>> {
        let now = Clock::Real.now();
        match &self.told {
            Told::ByRun(plan) => {
                let mut snapshot = survey(cloud, &Questions::of_plan(plan), &plan.gates, now).await;
                snapshot.failures.extend(unfollowable(cloud).await);
                let known = (**plan).clone();
                if snapshot.failures.is_empty() {
                    Ok((known, snapshot))
                } else {
                    Err(snapshot.failures)
                }
            }
            Told::ByRunbook(runbook) => {
                let questions = Questions::of(runbook);
                let mut snapshot = survey(cloud, &questions, &runbook.gates, now).await;
                snapshot.failures.extend(unfollowable(cloud).await);
                Ok((moved(runbook, &snapshot)?, snapshot))
            }
        }
    }
}
