//! `cutover resume`: another process goes on with a run that was stopped, or that died.

use std::rc::Rc;

use super::{
    ExitStatus, Fault, Printer, RunFolder, StateArgs, StateFolder, attestation, aws, datadog,
    desk::Desk,
    report,
    run::{finish, jitter_seed, left, new_owner, seat},
    runtime,
    taken_up::{take_up, to_go_on_with},
};
use crate::{
    driver::{Clock, Driver},
    engine::{Ending, Event, Outcome, VERSION},
    plan::{Mode, Plan},
};

/// Go on with a run that was stopped, or whose process died
///
/// The records are read and the gates are judged before anything moves.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The run, or the beginning of its id; may be left out when only one can be meant
    run: Option<String>,
    /// Take over the zones' locks where somebody else holds them by now: whoever does is kept from writing
    #[arg(long)]
    take_over: bool,
    #[command(flatten)]
    state: StateArgs,
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let state = StateFolder::new(&args.state.state);
    let folder = to_go_on_with(args.run.as_deref(), &state)?;
    let seat = seat(printer, &state);
    let (taken, journal) = take_up(&folder, |record| seat.borrow_mut().replay(record))?;
    if let Some(Outcome::Ended(ending)) = taken.engine.outcome() {
        let how = match ending {
            Ending::Completed => "completed",
            Ending::RolledBack => "was rolled back",
            Ending::Refused => "was refused by the preflight",
        };
        printer.note(&format!("run {} {how}; there is nothing to resume", folder.run));
        return Ok(ExitStatus::Done);
    }
    if taken.last.is_none() {
        return Err(Fault::new(
            ExitStatus::Refused,
            format!("the journal of run {} is empty: it died before it had begun, or its journal was emptied", folder.run),
        )
        .hinted(format!("`cutover rollback {}` looks at the live records; where nothing was changed, `cutover run RUNBOOK` begins a new run", folder.run)));
    }
    if !taken.engine.has_begun() {
        return Err(Fault::new(
            ExitStatus::Refused,
            format!("run {} died before it had begun; it has changed nothing", folder.run),
        )
        .hinted("`cutover run RUNBOOK` begins a new one"));
    }
    refuse_dry(&taken.saved.plan, &folder, "resumed")?;
    let status = runtime()?.block_on(async {
        let session = aws::session_of(&folder.run);
        let cloud = aws::connect(&taken.saved.environment, printer.globals(), &session).await?;
        let desk = Desk::of(&folder, &taken.saved, &taken.checks);
        seat.borrow_mut().tell_others(&taken.saved.plan, &folder.path);
        let datadog = datadog::client(&taken.saved.plan.all_datadog());
        let mut driver = Driver::new(
            &cloud,
            taken.engine,
            journal,
            Rc::clone(&seat),
            Clock::Real,
            jitter_seed(),
        )
        .with_commands(desk.commands())
        .with_datadog(datadog);
        let (version, take_over) = (VERSION.to_owned(), args.take_over);
        let event = Event::Resumed { version, owner: new_owner(), take_over };
        driver.commit(event).map_err(|error| left(&error))?;
        finish(&mut driver, &seat, Some(&desk)).await
    });
    attestation::leave(&folder, printer);
    report::leave(&folder, printer);
    status
}

/// What a dry run would have written is gone with its process.
///
/// # Errors
/// The run is one.
pub(super) fn refuse_dry(plan: &Plan, folder: &RunFolder, what: &str) -> Result<(), Fault> {
    if plan.mode != Mode::DryRun {
        return Ok(());
    }
    let message =
        format!("run {} was a dry run: it has written nothing, and cannot be {what}", folder.run);
    Err(Fault::new(ExitStatus::Refused, message).hinted("begin anew with `cutover run RUNBOOK`"))
}
