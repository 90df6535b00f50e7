//! Back while another process goes on with the run: its journal is read and left alone, the plan is its own, and what is
//! done is recorded in a journal of its own. The first batch takes the lock of its zone, so that the other one stops.

use super::{Wish, alone, own::Own};
use crate::{
    cli::{
        ExitStatus, Fault, Printer, RunFolder, aws,
        known::Known,
        resume::refuse_dry,
        run::{new_run, what_moves},
        runtime,
        saved::Saved,
        source,
        taken_up::{TakenUp, look_at},
    },
    plan::{Pair, Plan, RecordSet},
};

pub(super) fn go(
    wish: &Wish<'_>,
    folder: &RunFolder,
    printer: &mut Printer,
) -> Result<ExitStatus, Fault> {
    let Ok(taken) = look_at(folder) else {
        let why = format!("the journal of run {} cannot be read", folder.run);
        return alone::from_its_runbook(wish, folder, &why, printer);
    };
    if !taken.engine.has_changed_anything() {
        return Err(Fault::new(
            ExitStatus::Refused,
            format!(
                "run {} is going on in another process and has changed nothing yet; there is nothing to go back from",
                folder.run
            ),
        )
        .hinted("Ctrl-C in its terminal stops it"));
    }
    printer.note(&format!(
        "run {} is going on in another process; it stops by itself when its lock is taken or its records change",
        folder.run
    ));
    to_baseline(wish, folder, taken, printer)
}

/// Goes back to the baseline of a run whose journal is only read.
pub(super) fn to_baseline(
    wish: &Wish<'_>,
    folder: &RunFolder,
    taken: TakenUp,
    printer: &mut Printer,
) -> Result<ExitStatus, Fault> {
    refuse_dry(&taken.saved.plan, folder, "rolled back")?;
    let what = what_moves(&taken.saved.plan);
    wish.agreed(&format!("roll run {} back: {what}?", folder.run))?;
    runtime()?.block_on(back(wish, folder, taken, printer))
}

async fn back(
    wish: &Wish<'_>,
    folder: &RunFolder,
    taken: TakenUp,
    printer: &mut Printer,
) -> Result<ExitStatus, Fault> {
    let run = new_run(&taken.saved.plan.runbook);
    let session = aws::session_of(&run);
    let cloud =
        aws::connect_to_go_back(&taken.saved.environment, printer.globals(), &session).await?;
    // The runbook is only kept for people to read.
    let source = source::read(&Saved::runbook(&folder.path));
    let runbook = source.map(|source| source.text).unwrap_or_default();
    let plan = way_back(taken.saved.plan, taken.known, wish.args.to_simple);
    let saved = Saved { plan, ..taken.saved };
    Own { run, saved, runbook }.drive(wish, &cloud, printer).await
}

/// Returns a plan that only goes back, from where the journal last knew the records to the baseline of the run's plan.
fn way_back(mut plan: Plan, known: Known, to_simple: bool) -> Plan {
    for (pair, live) in plan.pairs.iter_mut().zip(known.records) {
        pair.baseline = baseline(pair, to_simple);
        pair.found = live;
    }
    plan.locked |= !known.locks.is_empty();
    plan.found_locks = known.locks;
    plan.shifts.clear();
    plan.feeds.clear();
    plan.steps = 0;
    plan
}

/// What the run found is no longer what is found here, so a simple record has to be named as the baseline.
fn baseline(pair: &Pair, to_simple: bool) -> Vec<RecordSet> {
    if to_simple && pair.was_simple() { pair.found.clone() } else { pair.baseline.clone() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        cli::known::tests::{lock, members, plan, zone},
        plan::Routing,
    };

    fn known() -> Known {
        let lock = lock(7).record(&"_cutover-lock.example.com".parse().unwrap());
        Known { records: vec![members(75, 25)], locks: BTreeMap::from([(zone().id, lock)]) }
    }

    #[test]
    fn the_baseline_is_the_run_s_and_the_records_are_as_its_journal_knows_them() {
        let of_run = plan(members(100, 0));
        let back = way_back(of_run.clone(), known(), false);
        assert_eq!(back.pairs[0].baseline, of_run.pairs[0].baseline);
        assert_eq!(back.pairs[0].found, members(75, 25));
        assert_eq!((back.found_locks, back.locked), (known().locks, true));
        assert_eq!((back.steps, back.shifts), (0, vec![]));
    }

    #[test]
    fn a_simple_record_comes_back_only_where_it_is_asked_for() {
        let mut of_run = plan(members(100, 0));
        let simple = RecordSet { routing: Routing::Simple, ..of_run.pairs[0].legacy.clone() };
        of_run.pairs[0].found = vec![simple.clone()];
        assert_eq!(way_back(of_run.clone(), known(), true).pairs[0].baseline, [simple]);
        assert_eq!(way_back(of_run, known(), false).pairs[0].baseline, members(100, 0));
    }
}
