//! Back from nothing but the runbook and the live zone.

use std::collections::BTreeMap;

use super::{Wish, own::Own};
use crate::{
    cli::{
        ExitStatus, Fault, Printer, RunFolder, RunbookArgs, VarArgs, aws,
        run::{new_run, what_moves},
        runtime,
        saved::Saved,
        source::load,
    },
    cloud::{Cloud, CloudError, aws::AwsCloud},
    driver::{Clock, candidates},
    engine::{WriteFailure, backoff},
    plan::{Emergency, Goal, Questions, emergency, names_to_read},
    runbook::{Runbook, Source},
    unit::RunId,
};

/// Goes back from the runbook that a run was begun with, and tells why its journal is not gone by.
pub(super) fn from_its_runbook(
    wish: &Wish<'_>,
    folder: &RunFolder,
    why: &str,
    printer: &mut Printer,
) -> Result<ExitStatus, Fault> {
    printer.note(why);
    let saved = Saved::read(&folder.path)?;
    refuse_a_finish(&saved, folder)?;
    let args_of_run = RunbookArgs {
        runbook: Saved::runbook(&folder.path),
        env: wish.args.env.clone().or_else(|| saved.environment.name.clone()),
        vars: VarArgs { var: saved.vars.into_iter().collect() },
    };
    let (source, runbook) = load(&args_of_run)?;
    printer.note("going back from its runbook and the live records");
    go(wish, &source, &runbook, printer)
}

/// A finish begins when everybody is on new, and going back from it leaves them there. Its runbook knows only the way to
/// legacy, which may be gone by now.
fn refuse_a_finish(saved: &Saved, folder: &RunFolder) -> Result<(), Fault> {
    if saved.plan.goal == Goal::Move {
        return Ok(());
    }
    let message = format!(
        "run {} finished a migration, and going back from its runbook would give all traffic to legacy; nothing was changed",
        folder.run
    );
    Err(Fault::new(ExitStatus::Refused, message)
        .hinted("if that is what you want, `cutover rollback RUNBOOK` does it"))
}

pub(super) fn go(
    wish: &Wish<'_>,
    source: &Source,
    runbook: &Runbook,
    printer: &mut Printer,
) -> Result<ExitStatus, Fault> {
    runtime()?.block_on(async {
        let (run, cloud, found) = find(wish, runbook, printer).await?;
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
        let own = Own { run, saved, runbook: source.text.clone() };
        let status = own.drive(wish, &cloud, printer).await?;
        Ok(if found.problems.is_empty() { status } else { ExitStatus::Stuck })
    })
}

/// Connects as a new run, and finds the way back from what is live.
pub(super) async fn find(
    wish: &Wish<'_>,
    runbook: &Runbook,
    printer: &mut Printer,
) -> Result<(RunId, AwsCloud, Emergency), Fault> {
    let run = new_run(&runbook.name);
    let session = aws::session_of(&run);
    let cloud = aws::connect_to_go_back(&runbook.environment, printer.globals(), &session).await?;
    let found = look_until_seen(wish, &cloud, runbook, printer).await?;
    Ok((run, cloud, found))
}

/// Tells what cannot be brought back by itself; returns the end of a rollback that has nothing to do.
pub(super) fn nothing_to_do(
    found: &Emergency,
    printer: &mut Printer,
) -> Option<Result<ExitStatus, Fault>> {
    if found.plan.pairs.is_empty() && !found.problems.is_empty() {
        return Some(Err(nothing_by_itself(&found.problems)));
    }
    for problem in &found.problems {
        printer.note(&format!("cannot be brought back by itself: {problem}"));
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
    problems.iter().fold(fault, Fault::caused_by)
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
        let error = match look(cloud, runbook, wish.args.to_simple).await {
            Ok(found) => return Ok(found),
            Err(error) if error.passes_by_itself() => error,
            Err(error) => return Err(aws::refused(&error)),
        };
        let wait = backoff(WriteFailure::Unclear, looks, 0.5);
        let now = Clock::Real.now();
        if wish.deadline.is_some_and(|deadline| now >= deadline) {
            return Err(Fault::new(
                ExitStatus::Stuck,
                "the zone could not be read before the deadline; nothing was changed",
            )
            .caused_by(error.to_string())
            .hinted("`break-glass.sh` in the run's folder goes back with the aws CLI alone, from wherever AWS answers"));
        }
        let next = now.saturating_add(wait).unwrap_or(now);
        let next = wish.deadline.map_or(next, |deadline| next.min(deadline));
        printer.note(&format!("the zone is read again (failed {looks}x): {error}"));
        Clock::Real.sleep_until(next).await;
        looks += 1;
    }
}

/// Reads the live records and the zones' locks, and nothing else.
async fn look<C: Cloud>(
    cloud: &C,
    runbook: &Runbook,
    to_simple: bool,
) -> Result<Emergency, CloudError> {
    let (mut zones, mut records) = (BTreeMap::new(), BTreeMap::new());
    for (choice, names) in Questions::of(runbook).names {
        let found = candidates(cloud, &choice).await?;
        for zone in &found {
            let live = cloud.records_at(&zone.id, &names_to_read(zone, &names)).await?;
            records.entry(zone.id.clone()).or_insert_with(Vec::new).extend(live);
        }
        zones.insert(choice, found);
    }
    Ok(emergency(runbook, &zones, &records, to_simple))
}
