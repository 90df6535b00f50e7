//! `cutover pause`, `unpause`, `approve`, `skip` and `abort`: what people say to a run that another process drives.

use super::{
    ExitStatus, Fault, Printer, RunFolder, StateArgs, StateFolder,
    desk::{Desk, Done},
    operator::operator,
    run::seat,
    runtime,
    taken_up::{look_at, to_go_on_with},
};
use crate::{
    driver::{Clock, Observer as _},
    engine::{Engine, Event, Origin, Refusal},
    journal::{Demand, FileStore, Request, Why},
};

/// Options of what may be said without a reason.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The run, or the beginning of its id; may be left out when only one can be meant
    run: Option<String>,
    /// Why, in your words; it stands in the journal and in the report
    #[arg(long, value_name = "TEXT")]
    why: Option<Why>,
    #[command(flatten)]
    state: StateArgs,
}

/// Options of what may not be said without a reason.
#[derive(Debug, clap::Args)]
pub(super) struct SkipArgs {
    /// The run, or the beginning of its id; may be left out when only one can be meant
    run: Option<String>,
    /// Why, in your words; it stands in the journal and in the report
    #[arg(long, value_name = "TEXT")]
    why: Why,
    #[command(flatten)]
    state: StateArgs,
}

impl From<SkipArgs> for Args {
    fn from(SkipArgs { run, why, state }: SkipArgs) -> Self {
        Self { run, why: Some(why), state }
    }
}

/// Says something to a run, and shows what it made of it.
pub(super) fn run(demand: Demand, args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let state = StateFolder::new(&args.state.state);
    let folder = to_go_on_with(args.run.as_deref(), &state)?;
    let looked = look_at(&folder)?;
    let what = verb(&demand);
    if !FileStore::is_held(&folder.path) {
        return Err(nobody_drives(what, &folder, &state));
    }
    let why = args.why.clone();
    let (by, at) = (operator(), Clock::Real.now());
    let origin = Origin { by: by.clone(), why: why.clone().map(Into::into), request: None };
    // What the run would refuse is refused without asking it.
    said(&demand, &looked.engine, &origin).map_err(|refusal| refused(what, &refusal, &folder))?;
    let desk = Desk::of(&folder, &looked.saved, &looked.checks);
    let request = Request { at, by, why, demand };
    let in_vain = |_: &Engine, _: &Origin| {
        Err(Refusal::NoUse("its process has ended in the meantime".to_owned()))
    };
    match runtime()?.block_on(desk.ask(&folder, &request, &in_vain))? {
        Ok(done) => {
            show(&done, &state, printer);
            Ok(ExitStatus::Done)
        }
        Err(refusal) => Err(refused(what, &refusal, &folder)),
    }
}

/// Returns what the run would record of it.
fn said(demand: &Demand, engine: &Engine, origin: &Origin) -> Result<(), Refusal> {
    let event = match demand {
        Demand::Pause => engine.pause(origin),
        Demand::Unpause => engine.unpause(origin),
        Demand::Approve => engine.approve(origin),
        Demand::Skip => engine.skip(origin),
        Demand::Abort => engine.abort(origin),
        Demand::Tune(_) => return Ok(()),
    };
    event.map(|_: Event| ())
}

fn verb(demand: &Demand) -> &'static str {
    match demand {
        Demand::Pause => "paused",
        Demand::Unpause => "unpaused",
        Demand::Approve => "approved",
        Demand::Skip => "skipped",
        Demand::Abort => "aborted",
        Demand::Tune(_) => "tuned",
    }
}

fn show(done: &Done, state: &StateFolder, printer: &Printer) {
    let mut seat = seat(printer, state);
    seat.record(&done.record);
    seat.borrow_mut().finish();
}

fn refused(what: &str, refusal: &Refusal, folder: &RunFolder) -> Fault {
    let run = &folder.run;
    let message = format!("run {run} cannot be {what}: {refusal}; nothing was changed");
    Fault::new(ExitStatus::Refused, message)
        .hinted(format!("`cutover status {run}` shows what it does"))
}

fn nobody_drives(what: &str, folder: &RunFolder, state: &StateFolder) -> Fault {
    let run = &folder.run;
    let options = state.to_repeat().iter().fold(String::new(), |all, one| all + " " + one);
    let message =
        format!("no process drives run {run}, so it cannot be {what}; nothing was changed");
    Fault::new(ExitStatus::Refused, message)
        .hinted(format!("`cutover resume {run}{options}` goes on with it"))
        .hinted(format!("`cutover rollback {run}{options}` goes back"))
}
