//! Back from the journal of a run that no process goes on with. Where the journal can be read and not written, as on a disk
//! that is mounted read-only, it still tells the baseline.

use std::rc::Rc;

use super::{Wish, alone, beside, rolled_back};
use crate::{
    cli::{
        ExitStatus, Fault, Printer, RunFolder, aws, report,
        resume::refuse_dry,
        run::{finish, jitter_seed, left, new_owner, seat, what_moves},
        runtime,
        taken_up::{look_at, take_up},
    },
    driver::{Clock, Driver, InFolder},
    engine::{Ending, Outcome},
    plan::Goal,
};

pub(super) fn go(
    wish: &Wish<'_>,
    folder: &RunFolder,
    printer: &mut Printer,
) -> Result<ExitStatus, Fault> {
    let seat = seat(printer, &wish.state);
    let taken = take_up(folder, |record| seat.borrow_mut().replay(record));
    let (taken, mut journal) = match taken {
        Ok(taken) => taken,
        Err(fault) => {
            let looked = look_at(folder).ok();
            if let Some(taken) = looked.filter(|run| run.engine.has_changed_anything()) {
                printer
                    .note(&format!("{}; going back to the baseline of its plan", fault.message()));
                return beside::to_baseline(wish, folder, taken, printer);
            }
            // Users wait to be brought back; what the journal would have told stands in the zone, too.
            return alone::from_its_runbook(wish, folder, fault.message(), printer);
        }
    };
    refuse_dry(&taken.saved.plan, folder, "rolled back")?;
    journal.hurry();
    let (unrecorded, moves) = (taken.last.is_none(), taken.saved.plan.goal == Goal::Move);
    if unrecorded && moves {
        let why = format!("the journal of run {} is empty", folder.run);
        return alone::from_its_runbook(wish, folder, &why, printer);
    }
    if unrecorded || taken.engine.outcome() == Some(Outcome::Ended(Ending::Refused)) {
        printer.note(&format!(
            "run {} has changed nothing; there is nothing to go back from",
            folder.run
        ));
        return Ok(ExitStatus::Done);
    }
    if !moves {
        printer.note(&format!(
            "run {} finished a migration: going back makes its weighted records again, with {} of the traffic on new, whatever was done since",
            folder.run,
            taken.saved.plan.share_before()
        ));
    }
    let what = what_moves(&taken.saved.plan);
    wish.agreed(&format!("roll run {} back: {what}?", folder.run))?;
    let status = runtime()?.block_on(async {
        let session = aws::session_of(&folder.run);
        let cloud =
            aws::connect_to_go_back(&taken.saved.environment, printer.globals(), &session).await?;
        seat.borrow_mut().tell_others(&taken.saved.plan, &folder.path);
        let mut driver = Driver::new(
            &cloud,
            taken.engine,
            journal,
            Rc::clone(&seat),
            Clock::Real,
            jitter_seed(),
        )
        .with_commands(Box::new(InFolder::of(&folder.path)));
        driver.commit(wish.requested(new_owner())).map_err(|error| left(&error))?;
        Ok::<_, Fault>(rolled_back(finish(&mut driver, &seat, None).await?))
    })?;
    report::leave(folder, printer);
    Ok(status)
}
