//! `cutover tune`: limits are changed while a run goes on.

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
    engine::{Engine, Origin, Refusal, Tune},
    journal::{Demand, Request, Why},
    runbook::{Change, InvalidChange},
};

/// Change limits of a run under way, when its gates cry wolf or see too little
///
/// All minutes are judged again by the new limits; a breach that was seen stands. A limit is named as the runbook has it
/// below `gates`, such as errors.critical.times_legacy=3 or metrics.replica-lag.critical.above=40.
#[derive(Debug, clap::Args)]
#[command(override_usage = "cutover tune [RUN] LIMIT=VALUE... --why TEXT [OPTIONS]")]
pub(super) struct Args {
    /// The run, or the beginning of its id, which may be left out when only one can be meant; then limits and values
    #[arg(value_name = "[RUN] LIMIT=VALUE", required = true)]
    what: Vec<String>,
    /// Why, in your words; it stands in the journal and in the report
    #[arg(long, value_name = "TEXT")]
    why: Why,
    /// Let new be worse than before
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    state: StateArgs,
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let (wanted, tune) = typed(args)?;
    let state = StateFolder::new(&args.state.state);
    let folder = to_go_on_with(wanted, &state)?;
    let looked = look_at(&folder)?;
    let desk = Desk::of(&folder, &looked.saved, &looked.checks);
    let request = Request {
        at: Clock::Real.now(),
        by: operator(),
        why: Some(args.why.clone()),
        demand: Demand::Tune(tune.clone()),
    };
    let event = |engine: &Engine, origin: &Origin| engine.tune(&tune, origin, desk.rebuild());
    let origin =
        Origin { by: request.by.clone(), why: Some(args.why.clone().into()), request: None };
    // What the run would refuse is refused without asking it.
    let answer = match event(&looked.engine, &origin) {
        Ok(_) => runtime()?.block_on(desk.ask(&folder, &request, &event))?,
        Err(refusal) => Err(refusal),
    };
    match answer {
        Ok(done) => show(&done, &folder, &state, printer),
        Err(refusal) => refused(&refusal, &folder, printer),
    }
}

/// Tells the run from the limits, which have a `=`.
fn typed(args: &Args) -> Result<(Option<&str>, Tune), Fault> {
    let (run, changes) = match args.what.split_first() {
        Some((first, rest)) if !first.contains('=') => (Some(first.as_str()), rest),
        Some(_) | None => (None, &args.what[..]),
    };
    let change = |text: &String| text.parse::<Change>().map(|change| (change.limit, change.to));
    let limits: Result<Vec<_>, InvalidChange> = changes.iter().map(change).collect();
    let limits = limits.map_err(|error| Fault::of(ExitStatus::Usage, &error))?;
    if limits.is_empty() {
        return Err(Fault::new(ExitStatus::Usage, "no limit is named")
            .hinted("such as `errors.critical.times_legacy=3`"));
    }
    Ok((run, Tune { limits, force: args.force }))
}

fn show(
    done: &Done,
    folder: &RunFolder,
    state: &StateFolder,
    printer: &mut Printer,
) -> Result<ExitStatus, Fault> {
    let mut seat = seat(printer, state);
    seat.record(&done.record);
    seat.borrow_mut().finish();
    if !done.alive {
        let options = state.to_repeat().iter().fold(String::new(), |all, one| all + " " + one);
        let run = &folder.run;
        printer.note(&format!(
            "no process drives the run; this takes effect with `cutover resume {run}{options}`"
        ));
    }
    Ok(ExitStatus::Done)
}

fn refused(
    refusal: &Refusal,
    folder: &RunFolder,
    printer: &mut Printer,
) -> Result<ExitStatus, Fault> {
    let faults = |status, what: &str| Fault::new(status, format!("{what}; nothing was changed"));
    Err(match refusal {
        Refusal::Unchanged => {
            printer.note(&format!("{refusal}; nothing was changed"));
            return Ok(ExitStatus::Done);
        }
        Refusal::NoUse(why) => {
            let run = &folder.run;
            faults(ExitStatus::Refused, &format!("limits of run {run} cannot be changed: {why}"))
        }
        Refusal::Wrong(wrong) => {
            let fault = faults(ExitStatus::Usage, "the limits cannot be set so");
            wrong.iter().fold(fault, Fault::caused_by)
        }
        Refusal::Looser(limits) => {
            let fault = faults(ExitStatus::Refused, "this would let new be worse than before");
            let looser =
                |fault: Fault, limit: &String| fault.caused_by(format!("{limit} is looser"));
            limits
                .iter()
                .fold(fault, looser)
                .hinted("if that is what you want, pass `--force`; the journal says that it was")
        }
    })
}
