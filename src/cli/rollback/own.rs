//! A rollback with a run and a journal of its own.

use std::{cell::RefCell, path::Path, rc::Rc};

use super::{Wish, rolled_back};
use crate::{
    cli::{
        ExitStatus, Fault, Printer, report,
        run::{finish, jitter_seed, left, new_owner, seat},
        saved::{Checks, Saved},
        seat::Seat,
    },
    cloud::Cloud,
    driver::{Clock, Driver, InFolder},
    engine::{Engine, started},
    journal::{FileStore, Journal, MemoryStore, Store},
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
    /// Goes back. That must work when the disk does not: then what was done is on the screen alone.
    ///
    /// # Errors
    /// What is done cannot be recorded.
    pub(super) async fn drive<C: Cloud>(
        self,
        wish: &Wish<'_>,
        cloud: &C,
        printer: &mut Printer,
    ) -> Result<ExitStatus, Fault> {
        let seat = seat(printer, &wish.state);
        let folder = wish.state.of(&self.run);
        match self.record(&folder.path) {
            Some((store, checks)) => {
                let status = self.with(wish, cloud, (store, checks), seat).await?;
                report::leave(&folder, printer);
                Ok(status)
            }
            None => {
                printer
                    .note("this rollback cannot be recorded on disk; it goes ahead all the same");
                self.with(wish, cloud, (MemoryStore::default(), Checks::new()), seat).await
            }
        }
    }

    /// Makes a folder and a journal, where the disk takes them; nobody waits for one that is slow.
    fn record(&self, folder: &Path) -> Option<(FileStore, Checks)> {
        let (files, checks) = self.saved.lay_down(folder, &self.runbook).ok()?;
        Some((FileStore::create_in_a_hurry(folder, files).ok()?, checks))
    }

    async fn with<C: Cloud, S: Store>(
        self,
        wish: &Wish<'_>,
        cloud: &C,
        (store, checks): (S, Checks),
        seat: Rc<RefCell<Seat>>,
    ) -> Result<ExitStatus, Fault> {
        let Self { run, saved, .. } = self;
        let owner = new_owner();
        let (journal, _) =
            Journal::open(store, run.clone()).map_err(|e| Fault::of(ExitStatus::Stopped, &e))?;
        let first = started(&saved.plan, &owner).with_files(checks);
        let commands = InFolder::of(&wish.state.of(&run).path);
        let engine = Engine::new(saved.plan, run);
        let mut driver =
            Driver::new(cloud, engine, journal, Rc::clone(&seat), Clock::Real, jitter_seed())
                .with_commands(Box::new(commands));
        for event in [first, wish.requested(owner)] {
            driver.commit(event).map_err(|error| left(&error))?;
        }
        Ok(rolled_back(finish(&mut driver, &seat, None).await?))
    }
}
