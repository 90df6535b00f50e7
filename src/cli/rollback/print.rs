//! The way back as a shell script, for people to read, to keep or to run. Nothing is changed.

use super::{Wish, alone};
use crate::{
    cli::{ExitStatus, Fault, Printer, RunFolder, runtime, saved::Saved, taken_up::look_at},
    plan::{Batch, Move, Pair, Plan, batch_of, batches, break_glass, by_traffic, card, ours},
    report::json,
    runbook::Runbook,
    unit::RunId,
};

/// Prints the card of a run: it works whatever is live, so that nobody has to be asked. It is read before it is used, so
/// a plan that the journal does not vouch for is better than none.
pub(super) fn of_run(folder: &RunFolder, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let saved = match look_at(folder) {
        Ok(taken) => taken.saved,
        Err(fault) => {
            let saved = Saved::read(&folder.path)?;
            printer.note(&format!(
                "{}; read this way back before you use it: it is by a plan that may have been changed",
                fault.message()
            ));
            saved
        }
    };
    print(&folder.run, &break_glass(&folder.run, &saved.plan), printer)
}

/// Prints the way back from what is live now.
pub(super) fn of_runbook(
    wish: &Wish<'_>,
    runbook: &Runbook,
    printer: &mut Printer,
) -> Result<ExitStatus, Fault> {
    runtime()?.block_on(async {
        let (run, _, found) = alone::find(wish, runbook, printer).await?;
        if let Some(end) = alone::nothing_to_do(&found, printer) {
            return end;
        }
        let script = card(&run, &found.plan, &exact(&found.plan));
        let printed = print(&run, &script, printer)?;
        Ok(if found.problems.is_empty() { printed } else { ExitStatus::Stuck })
    })
}

fn print(run: &RunId, script: &str, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    if printer.is_json() {
        printer.data(&json(&serde_json::json!({ "run": run, "script": script })))?;
    } else {
        printer.page(script)?;
    }
    Ok(ExitStatus::Done)
}

/// Returns the batches from exactly what was found to the baseline, busiest names first. The first one of a zone deletes
/// the zone's lock, so that a run that still goes on is refused and stops.
fn exact(plan: &Plan) -> Vec<Batch> {
    let way = |(index, pair): (usize, &Pair)| Move {
        pair: index,
        zone: pair.zone.clone(),
        from: ours(pair, &pair.found),
        to: pair.baseline.clone(),
    };
    let mut moves: Vec<Move> = plan.pairs.iter().enumerate().map(way).collect();
    by_traffic(&mut moves, &plan.pairs, true);
    let mut locks = plan.found_locks.clone();
    let batch = |group: Vec<&Move>| {
        let zone = group.first().map(|first| first.zone.clone())?;
        let lock = locks.remove(&zone).map(|held| (Some(held), None));
        Some(batch_of(&zone, &group, lock))
    };
    batches(&moves, plan.spare()).into_iter().filter_map(batch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::known::tests::{lock, members, plan, zone},
        plan::{ChangeAction, Lock},
    };

    #[test]
    fn a_printed_way_back_takes_the_lock_away_in_its_first_batch() {
        let mut plan = plan(members(75, 25));
        let held = lock(7).record(&"_cutover-lock.example.com".parse().unwrap());
        plan.found_locks.insert(zone().id, held);
        plan.locked = true;
        let [batch] = &exact(&plan)[..] else { panic!("one batch") };
        let first = &batch.changes[0];
        assert_eq!(first.action, ChangeAction::Delete);
        assert_eq!(Lock::read(&first.record), Some(lock(7)));
        assert_eq!(batch.changes.iter().filter(|c| c.action == ChangeAction::Create).count(), 1);
    }

    #[test]
    fn where_everybody_is_back_there_is_nothing_to_print() {
        assert_eq!(exact(&plan(members(100, 0))), []);
    }
}
