//! `cutover rollback`: back to the baseline, from a run's journal or from nothing but the runbook and the live zone.

use std::{cell::RefCell, collections::BTreeMap, path::Path, rc::Rc};

use super::{
    ExitStatus, Fault, Printer, RunFolder, RunbookArgs, StateArgs, StateFolder, VarArgs, Yes, aws,
    confirm,
    run::{finish, jitter_seed, left, new_owner, new_run, seat, what_moves},
    runtime,
    saved::Saved,
    seat::Seat,
    source::load,
    taken_up::{TakenUp, is_open, take_up},
};
use crate::{
    cloud::{Cloud, CloudError},
    driver::{Clock, Driver, candidates},
    engine::{Asked, Ending, Engine, Event, Outcome, WriteFailure, backoff, started},
    journal::{FileStore, Journal, MemoryStore, Store},
    plan::{Emergency, Questions, emergency},
    report::clean,
    runbook::{Runbook, Source},
    unit::{RecordName, RunId},
};

/// Go back to the baseline, now
///
/// Asks Route 53 for nothing but the records and tells it nothing but the baseline: no metrics, no load balancers. With a
/// run the baseline is the one of its plan. With a runbook no run is needed: legacy gets the traffic, new gets none.
#[derive(Debug, clap::Args)]
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
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let state = StateFolder::new(&args.state.state);
    match &args.what {
        Some(what) if is_file(what) => {
            let runbook = RunbookArgs {
                runbook: what.into(),
                env: args.env.clone(),
                vars: args.vars.clone(),
            };
            let (source, runbook) = load(&runbook)?;
            without_journal(args, &source, &runbook, &state, printer)
        }
        what => {
            let folder = state.find(what.as_deref(), is_open)?;
            if FileStore::is_held(&folder.path) {
                return beside_a_live_run(args, &folder, &state, printer);
            }
            with_journal(args, &folder, &state, printer)
        }
    }
}

fn is_file(what: &str) -> bool {
    let path = Path::new(what);
    path.is_file() || path.extension().is_some_and(|end| end == "yaml" || end == "yml")
}

fn agreed(args: &Args, question: &str) -> Result<(), Fault> {
    if args.yes || confirm(question)? == Yes::Yes {
        return Ok(());
    }
    Err(Fault::new(ExitStatus::Refused, "nothing was changed: the answer was no"))
}

fn with_journal(
    args: &Args,
    folder: &RunFolder,
    state: &StateFolder,
    printer: &mut Printer,
) -> Result<ExitStatus, Fault> {
    let (taken, journal) = take_up(folder)?;
    if taken.records.is_empty() {
        printer.note(&format!(
            "the journal of run {} is empty; going back from its runbook and the live records",
            folder.run
        ));
        return from_its_runbook(args, folder, state, printer);
    }
    if taken.engine.outcome() == Some(Outcome::Ended(Ending::Refused)) {
        printer.note(&format!(
            "run {} has changed nothing; there is nothing to go back from",
            folder.run
        ));
        return Ok(ExitStatus::Done);
    }
    let what = what_moves(&taken.saved.plan);
    agreed(args, &format!("roll run {} back: {what}?", folder.run))?;
    runtime()?.block_on(async {
        let session = aws::session_of(&folder.run);
        let cloud = aws::connect(&taken.saved.environment, printer.globals(), &session).await?;
        let TakenUp { engine, records, .. } = taken;
        let seat = seat(printer, state);
        seat.borrow_mut().replay(&records);
        let mut driver =
            Driver::new(&cloud, engine, journal, Rc::clone(&seat), Clock::Real, jitter_seed());
        driver.commit(requested(new_owner())).map_err(|error| left(&error))?;
        Ok(rolled_back(finish(&mut driver, &seat).await?))
    })
}

/// The process that runs it holds the journal; it will see the records change and stop by itself.
fn beside_a_live_run(
    args: &Args,
    folder: &RunFolder,
    state: &StateFolder,
    printer: &mut Printer,
) -> Result<ExitStatus, Fault> {
    printer.note(&format!(
        "run {} is going on in another process; it stops by itself when it sees that the records have changed",
        folder.run
    ));
    from_its_runbook(args, folder, state, printer)
}

/// Goes back from the runbook that a run was begun with.
fn from_its_runbook(
    args: &Args,
    folder: &RunFolder,
    state: &StateFolder,
    printer: &mut Printer,
) -> Result<ExitStatus, Fault> {
    let saved = Saved::read(&folder.path)?;
    let args_of_run = RunbookArgs {
        runbook: Saved::runbook(&folder.path),
        env: args.env.clone().or_else(|| saved.environment.name.clone()),
        vars: VarArgs { var: saved.vars.into_iter().collect() },
    };
    let (source, runbook) = load(&args_of_run)?;
    without_journal(args, &source, &runbook, state, printer)
}

fn without_journal(
    args: &Args,
    source: &Source,
    runbook: &Runbook,
    state: &StateFolder,
    printer: &mut Printer,
) -> Result<ExitStatus, Fault> {
    runtime()?.block_on(async {
        let run = new_run(runbook);
        let session = aws::session_of(&run);
        let cloud = aws::connect(&runbook.environment, printer.globals(), &session).await?;
        let found = look_until_seen(&cloud, runbook, printer).await?;
        if found.plan.pairs.is_empty() && !found.problems.is_empty() {
            return Err(nothing_by_itself(&found.problems));
        }
        for problem in &found.problems {
            printer.note(&format!("cannot be brought back by itself: {}", clean(problem)));
        }
        if found.plan.pairs.is_empty() && found.problems.is_empty() {
            printer
                .note("every record answers with legacy already; there is nothing to go back from");
            return Ok(ExitStatus::Done);
        }
        let what = what_moves(&found.plan);
        agreed(args, &format!("give all traffic of {what} to legacy?"))?;
        let seat = seat(printer, state);
        let status = match record(&found, source, runbook, &state.of(&run).path) {
            Some(store) => drive(&cloud, &found, store, run, seat).await?,
            None => {
                printer
                    .note("this rollback cannot be recorded on disk; it goes ahead all the same");
                drive(&cloud, &found, MemoryStore::default(), run, seat).await?
            }
        };
        Ok(if found.problems.is_empty() { status } else { ExitStatus::Stuck })
    })
}

/// Returns the fault of a rollback that finds no record that a program should change.
fn nothing_by_itself(problems: &[String]) -> Fault {
    let fault = Fault::new(
        ExitStatus::Stuck,
        "no record can be brought back by itself; nothing was changed",
    );
    problems.iter().map(|problem| clean(problem)).fold(fault, Fault::caused_by)
}

/// Looks again while AWS fails in a way that passes by itself, because users wait to be brought back. Ctrl-C ends it.
async fn look_until_seen<C: Cloud>(
    cloud: &C,
    runbook: &Runbook,
    printer: &mut Printer,
) -> Result<Emergency, Fault> {
    let mut looks = 1;
    loop {
        let error = match look(cloud, runbook).await {
            Ok(found) => return Ok(found),
            Err(error) if error.passes_by_itself() => error,
            Err(error) => return Err(aws::refused(&error)),
        };
        let wait = backoff(WriteFailure::Unclear, looks, 0.5);
        printer.note(&format!(
            "the zone is read again (failed {looks}x): {}",
            clean(&error.to_string())
        ));
        let now = Clock::Real.now();
        Clock::Real.sleep_until(now.saturating_add(wait).unwrap_or(now)).await;
        looks += 1;
    }
}

/// Reads the live records, and nothing else.
async fn look<C: Cloud>(cloud: &C, runbook: &Runbook) -> Result<Emergency, CloudError> {
    let (mut zones, mut records) = (BTreeMap::new(), BTreeMap::new());
    for (choice, names) in Questions::of(runbook).names {
        let found = candidates(cloud, &choice).await?;
        let names: Vec<RecordName> = names.into_iter().collect();
        for zone in &found {
            let live = cloud.records_at(&zone.id, &names).await?;
            records.entry(zone.id.clone()).or_insert_with(Vec::new).extend(live);
        }
        zones.insert(choice, found);
    }
    Ok(emergency(runbook, &zones, &records, false))
}

/// Makes a folder and a journal for what is about to be done. Going back must work when the disk does not: without them
/// what was done is on the screen alone.
fn record(
    found: &Emergency,
    source: &Source,
    runbook: &Runbook,
    folder: &Path,
) -> Option<FileStore> {
    let saved = Saved {
        plan: found.plan.clone(),
        environment: runbook.environment.clone(),
        vars: BTreeMap::new(),
    };
    saved.write(folder, &source.text).ok()?;
    FileStore::create(folder).ok()
}

async fn drive<C: Cloud, S: Store>(
    cloud: &C,
    found: &Emergency,
    store: S,
    run: RunId,
    seat: Rc<RefCell<Seat>>,
) -> Result<ExitStatus, Fault> {
    let owner = new_owner();
    let (journal, _) =
        Journal::open(store, run.clone()).map_err(|e| Fault::of(ExitStatus::Stopped, &e))?;
    let engine = Engine::new(found.plan.clone(), run);
    let mut driver =
        Driver::new(cloud, engine, journal, Rc::clone(&seat), Clock::Real, jitter_seed());
    for event in [started(&found.plan, &owner), requested(owner.clone())] {
        driver.commit(event).map_err(|error| left(&error))?;
    }
    Ok(rolled_back(finish(&mut driver, &seat).await?))
}

fn requested(owner: String) -> Event {
    Event::RollbackStarted {
        reason: "asked for with `cutover rollback`".to_owned(),
        breached_at: None,
        asked: Some(Asked { owner, to_simple: false, deadline: None }),
    }
}

/// What is a bad end of a run is the aim of this command.
fn rolled_back(status: ExitStatus) -> ExitStatus {
    if status == ExitStatus::RolledBack { ExitStatus::Done } else { status }
}
