//! `cutover status --watch`: what another process does, as it does it.

use std::{cell::RefCell, rc::Rc};

use super::{
    ExitStatus, Fault, Printer, RunFolder, StateFolder,
    run::seat,
    runtime,
    seat::Seat,
    status::{status, ways_on},
    taken_up::Watched,
};
use crate::{
    driver::{Asks, Clock, Observer as _},
    journal::FileStore,
    unit::{SignedDuration, Timestamp},
};

/// How often it is looked whether anything has happened.
const EVERY: SignedDuration = SignedDuration::from_secs(1);

/// Shows a run until it is over or its process has ended. What was recorded before is not told again.
pub(super) fn watch(
    folder: &RunFolder,
    state: &StateFolder,
    printer: &mut Printer,
) -> Result<ExitStatus, Fault> {
    let seat = seat(printer, state);
    seat.borrow_mut().only_watches();
    let mut watched = Watched::open(folder)?;
    watched.look(|record| seat.borrow_mut().replay(record))?;
    let watching = runtime()?.block_on(follow(folder, &mut watched, Rc::clone(&seat)));
    seat.borrow_mut().finish();
    if watching? == End::LookedAway {
        printer.note(&format!("run {} goes on", folder.run));
        return Ok(ExitStatus::Done);
    }
    let Some(taken) = watched.taken() else { return Ok(ExitStatus::Stopped) };
    if taken.engine.outcome().is_none() {
        let ways_on = ways_on(taken, folder, state);
        printer.note(&format!("its process has ended without a word; {ways_on}"));
    }
    Ok(status(taken, false))
}

/// Why watching ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// No process drives the run any more.
    Over,
    /// Whoever looked has seen enough.
    LookedAway,
}

async fn follow(
    folder: &RunFolder,
    watched: &mut Watched<'_>,
    mut seat: Rc<RefCell<Seat>>,
) -> Result<End, Fault> {
    let mut asks = Asks::from_signals().map_err(|error| {
        Fault::new(ExitStatus::Usage, "signals cannot be listened to").caused_by(error.to_string())
    })?;
    loop {
        // Asked first: what its process wrote before it ended is read after.
        let alive = FileStore::is_held(&folder.path);
        watched.look(|record| seat.record(record))?;
        if !alive {
            return Ok(End::Over);
        }
        let now = Clock::Real.now();
        if let Some(taken) = watched.taken().filter(|_| seat.shows_views()) {
            seat.view(&taken.engine.view(now));
        }
        tokio::select! {
            _ = asks.next() => return Ok(End::LookedAway),
            () = Clock::Real.sleep_until(now.saturating_add(EVERY).unwrap_or(Timestamp::MAX)) => {}
        }
    }
}
