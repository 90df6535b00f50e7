//! A rollback with a run and a journal of its own.

use std::{cell::RefCell, path::Path, rc::Rc};

use super::{Wish, rolled_back};
use crate::{
    cli::{
        ExitStatus, Fault, Printer,
        run::{finish, jitter_seed, left, new_owner, seat},
        saved::Saved,
        seat::Seat,
    },
    cloud::Cloud,
    driver::{Clock, Driver},
    engine::{Engine, started},
    journal::{FileStore, Journal, MemoryStore, Store},
    plan::{Lock, Pair, Plan, is_back_already, same_records},
    unit::RunId,
};

/// What is about to be done, and what is kept of it.
pub(super) struct Own {
    pub(super) run: RunId,
    pub(super) saved: Saved,
    /// The runbook's file as it is.
    pub(super) runbook: Vec<u8>,
}

impl Own {
    /// Goes back, and says whose run may go on all the same.
    ///
    /// # Errors
    /// Somebody may have to be stopped by hand, or what is done cannot be recorded.
    pub(super) async fn drive<C: Cloud>(
        self,
        wish: &Wish<'_>,
        cloud: &C,
        printer: &mut Printer,
    ) -> Result<ExitStatus, Fault> {
        let unnoticed = unnoticed(&self.saved.plan);
        let status = self.recorded(wish, cloud, printer).await?;
        match unnoticed {
            Some(fault) if status == ExitStatus::Done => Err(fault),
            Some(_) | None => Ok(status),
        }
    }

    /// That must work when the disk does not: then what was done is on the screen alone.
    async fn recorded<C: Cloud>(
        self,
        wish: &Wish<'_>,
        cloud: &C,
        printer: &mut Printer,
    ) -> Result<ExitStatus, Fault> {
        let seat = seat(printer, &wish.state);
        match self.record(&wish.state.of(&self.run).path) {
            Some(store) => self.with(wish, cloud, store, seat).await,
            None => {
                printer
                    .note("this rollback cannot be recorded on disk; it goes ahead all the same");
                self.with(wish, cloud, MemoryStore::default(), seat).await
            }
        }
    }

    /// Makes a folder and a journal, where the disk takes them; nobody waits for one that is slow.
    fn record(&self, folder: &Path) -> Option<FileStore> {
        let files = self.saved.lay_down(folder, &self.runbook).ok()?;
        FileStore::create_in_a_hurry(folder, files).ok()
    }

    async fn with<C: Cloud, S: Store>(
        self,
        wish: &Wish<'_>,
        cloud: &C,
        store: S,
        seat: Rc<RefCell<Seat>>,
    ) -> Result<ExitStatus, Fault> {
        let Self { run, saved, .. } = self;
        let owner = new_owner();
        let (journal, _) =
            Journal::open(store, run.clone()).map_err(|e| Fault::of(ExitStatus::Stopped, &e))?;
        let first = started(&saved.plan, &owner);
        let engine = Engine::new(saved.plan, run);
        let mut driver =
            Driver::new(cloud, engine, journal, Rc::clone(&seat), Clock::Real, jitter_seed());
        for event in [first, wish.requested(owner)] {
            driver.commit(event).map_err(|error| left(&error))?;
        }
        Ok(rolled_back(finish(&mut driver, &seat).await?))
    }
}

/// Returns what to say where a lock stands and nothing has to be changed: without a batch nobody is fenced, so that
/// whoever holds the lock goes on.
pub(super) fn unnoticed(plan: &Plan) -> Option<Fault> {
    let is_back = |pair: &Pair| {
        same_records(&pair.found, &pair.baseline) || is_back_already(pair, &pair.found)
    };
    let moves = !plan.pairs.iter().all(is_back);
    let holder = plan.found_locks.values().find_map(Lock::read).filter(|_| !moves)?;
    let fault = Fault::new(
        ExitStatus::Stuck,
        format!("nothing had to be changed, so that run {} is not kept from going on", holder.run),
    );
    Some(fault.caused_by(format!("the zone's lock is held by {holder}")).hinted(format!(
        "if it is alive, stop it with Ctrl-C where it was started; `cutover status {}` there says whether it is",
        holder.run
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::known::tests::{lock, members, plan, zone},
        report::Paint,
    };

    #[test]
    fn a_rollback_that_changes_nothing_does_not_pretend_that_a_live_run_has_noticed() {
        let mut quiet = plan(members(100, 0));
        assert_eq!(unnoticed(&quiet), None, "nobody holds a lock");
        let held = lock(7).record(&"_cutover-lock.example.com".parse().unwrap());
        quiet.found_locks.insert(zone().id, held.clone());
        let text = unnoticed(&quiet).unwrap().render(Paint::new(false));
        assert!(text.contains("run api-20261123T021400Z-9f3a is not kept from going on"), "{text}");
        let mut moving = plan(members(75, 25));
        moving.found_locks.insert(zone().id, held);
        assert_eq!(unnoticed(&moving), None, "its first batch takes the lock");
    }
}
