//! Back from nothing but the runbook and the live zone.

use std::{cell::RefCell, collections::BTreeMap, path::Path, rc::Rc};

use super::{Wish, rolled_back};
use crate::{
    cli::{
        ExitStatus, Fault, Printer, RunFolder, RunbookArgs, VarArgs, aws,
        known::standing_locks,
        run::{finish, jitter_seed, left, new_owner, new_run, seat, what_moves},
        runtime,
        saved::Saved,
        seat::Seat,
        source::load,
    },
    cloud::{Cloud, CloudError},
    driver::{Clock, Driver, candidates},
    engine::{Engine, WriteFailure, backoff, started},
    journal::{FileStore, Journal, MemoryStore, Store},
    plan::{Emergency, Plan, Questions, emergency, lock_name},
    report::clean,
    runbook::{Runbook, Source},
    unit::{RecordName, RunId},
};

/// Goes back from the runbook that a run was begun with.
pub(super) fn from_its_runbook(
    wish: &Wish<'_>,
    folder: &RunFolder,
    printer: &mut Printer,
) -> Result<ExitStatus, Fault> {
    let saved = Saved::read(&folder.path)?;
    let args_of_run = RunbookArgs {
        runbook: Saved::runbook(&folder.path),
        env: wish.args.env.clone().or_else(|| saved.environment.name.clone()),
        vars: VarArgs { var: saved.vars.into_iter().collect() },
    };
    let (source, runbook) = load(&args_of_run)?;
    go(wish, &source, &runbook, printer)
}

pub(super) fn go(
    wish: &Wish<'_>,
    source: &Source,
    runbook: &Runbook,
    printer: &mut Printer,
) -> Result<ExitStatus, Fault> {
    runtime()?.block_on(async {
        let run = new_run(&runbook.name);
        let session = aws::session_of(&run);
        let cloud = aws::connect(&runbook.environment, printer.globals(), &session).await?;
        let found = look_until_seen(wish, &cloud, runbook, printer).await?;
        if let Some(end) = nothing_to_do(&found, printer) {
            return end;
        }
        let what = what_moves(&found.plan);
        wish.agreed(&format!("give all traffic of {what} to legacy?"))?;
        let saved = Saved {
            plan: found.plan,
            environment: runbook.environment.clone(),
            vars: BTreeMap::new(),
        };
        let seat = seat(printer, &wish.state);
        let recorded = record(&saved, &source.text, &wish.state.of(&run).path);
        let status = drive_recorded(wish, &cloud, saved.plan, recorded, run, seat, printer).await?;
        Ok(if found.problems.is_empty() { rolled_back(status) } else { ExitStatus::Stuck })
    })
}

/// Tells what cannot be brought back by itself; returns the end of a rollback that has nothing to do.
fn nothing_to_do(found: &Emergency, printer: &mut Printer) -> Option<Result<ExitStatus, Fault>> {
    if found.plan.pairs.is_empty() && !found.problems.is_empty() {
        return Some(Err(nothing_by_itself(&found.problems)));
    }
    for problem in &found.problems {
        printer.note(&format!("cannot be brought back by itself: {}", clean(problem)));
    }
    found.plan.pairs.is_empty().then(|| {
        printer.note("every record answers with legacy already; there is nothing to go back from");
        Ok(ExitStatus::Done)
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

/// Looks again while AWS fails in a way that passes by itself, because users wait to be brought back. Ctrl-C ends it, and
/// so does the deadline.
async fn look_until_seen<C: Cloud>(
    wish: &Wish<'_>,
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
        let now = Clock::Real.now();
        let next = now.saturating_add(wait).unwrap_or(now);
        if wish.deadline.is_some_and(|deadline| next >= deadline) {
            return Err(Fault::new(
                ExitStatus::Stuck,
                "the zone could not be read before the deadline; nothing was changed",
            )
            .caused_by(clean(&error.to_string())));
        }
        printer.note(&format!(
            "the zone is read again (failed {looks}x): {}",
            clean(&error.to_string())
        ));
        Clock::Real.sleep_until(next).await;
        looks += 1;
    }
}

/// Reads the live records and the zones' locks, and nothing else.
async fn look<C: Cloud>(cloud: &C, runbook: &Runbook) -> Result<Emergency, CloudError> {
    let (mut zones, mut records) = (BTreeMap::new(), BTreeMap::new());
    for (choice, names) in Questions::of(runbook).names {
        let found = candidates(cloud, &choice).await?;
        for zone in &found {
            let lock = lock_name(&zone.name);
            let names: Vec<RecordName> = names.iter().cloned().chain(lock).collect();
            let live = cloud.records_at(&zone.id, &names).await?;
            records.entry(zone.id.clone()).or_insert_with(Vec::new).extend(live);
        }
        zones.insert(choice, found);
    }
    let mut found = emergency(runbook, &zones, &records);
    // Whoever holds a lock has to be kept from writing, whatever this runbook says of locks.
    found.plan.found_locks = standing_locks(&found.plan, &records);
    found.plan.locked |= !found.plan.found_locks.is_empty();
    Ok(found)
}

/// Makes a folder and a journal for what is about to be done. Going back must work when the disk does not, and must not wait
/// for one that is slow: without them what was done is on the screen alone.
pub(super) fn record(saved: &Saved, runbook: &[u8], folder: &Path) -> Option<FileStore> {
    let files = saved.lay_down(folder, runbook).ok()?;
    FileStore::create_in_a_hurry(folder, files).ok()
}

/// Drives a rollback with a run and a journal of its own; in memory where there is no other.
pub(super) async fn drive_recorded<C: Cloud>(
    wish: &Wish<'_>,
    cloud: &C,
    plan: Plan,
    recorded: Option<FileStore>,
    run: RunId,
    seat: Rc<RefCell<Seat>>,
    printer: &mut Printer,
) -> Result<ExitStatus, Fault> {
    match recorded {
        Some(store) => drive(wish, cloud, plan, store, run, seat).await,
        None => {
            printer.note("this rollback cannot be recorded on disk; it goes ahead all the same");
            drive(wish, cloud, plan, MemoryStore::default(), run, seat).await
        }
    }
}

async fn drive<C: Cloud, S: Store>(
    wish: &Wish<'_>,
    cloud: &C,
    plan: Plan,
    store: S,
    run: RunId,
    seat: Rc<RefCell<Seat>>,
) -> Result<ExitStatus, Fault> {
    let owner = new_owner();
    let (journal, _) =
        Journal::open(store, run.clone()).map_err(|e| Fault::of(ExitStatus::Stopped, &e))?;
    let first = started(&plan, &owner);
    let engine = Engine::new(plan, run);
    let mut driver =
        Driver::new(cloud, engine, journal, Rc::clone(&seat), Clock::Real, jitter_seed());
    for event in [first, wish.requested(owner)] {
        driver.commit(event).map_err(|error| left(&error))?;
    }
    finish(&mut driver, &seat).await
}
