//! What must hold when several work in one zone; one function each, named after its claim.

use std::{cell::RefCell, collections::BTreeSet, rc::Rc};

use cutover::{
    engine::Event,
    journal::Record,
    plan::{
        Batch, Lock, Pair, Plan, RecordSet, Routing, ZoneId, is_back_already, ours, same_records,
    },
    unit::{RecordType, Timestamp},
};

use crate::arena::{Book, Taken};

/// Somebody who writes, as far as it matters to the others.
#[derive(Debug, Clone)]
pub(crate) struct Party {
    pub(crate) name: &'static str,
    /// What its journal says, at the times of the world.
    pub(crate) ledger: Rc<RefCell<Vec<Record>>>,
    pub(crate) plan: Option<Rc<Plan>>,
}

type Holds = Result<(), String>;
type Invariant = fn(&Book, &[Party]) -> Holds;

const ALL: [(&str, Invariant); 7] = [
    (
        "between_two_steps_of_a_run_nobody_else_writes",
        between_two_steps_of_a_run_nobody_else_writes,
    ),
    ("two_runs_never_move_traffic_in_turns", two_runs_never_move_traffic_in_turns),
    ("whoever_is_fenced_writes_nothing_after", whoever_is_fenced_writes_nothing_after),
    (
        "l60_l61_l62_no_group_is_ever_empty_or_all_zero",
        l60_l61_l62_no_group_is_ever_empty_or_all_zero,
    ),
    ("every_batch_forward_finds_the_lock_its_own", every_batch_forward_finds_the_lock_its_own),
    ("two_writers_never_both_hold_a_zone", two_writers_never_both_hold_a_zone),
    ("nothing_lands_on_top_of_a_rollback", nothing_lands_on_top_of_a_rollback),
];

/// Asks everything that must hold however a race went.
pub(crate) fn after_a_race(book: &Book, parties: &[Party]) -> Holds {
    for (name, holds) in ALL {
        holds(book, parties).map_err(|why| format!("{name}: {why}"))?;
    }
    Ok(())
}

/// Returns the names of everything that is asked after a race.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(name, _)| *name)
}

/// Returns the names of what does not hold.
pub(crate) fn broken(book: &Book, parties: &[Party]) -> Vec<&'static str> {
    ALL.iter().filter(|(_, holds)| holds(book, parties).is_err()).map(|(name, _)| *name).collect()
}

fn is_lock(record: &RecordSet) -> bool {
    record.kind == RecordType::Txt && record.name.as_str().starts_with("_cutover-lock.")
}

/// A batch of records, not of a lock alone.
fn moves_records(batch: &Batch) -> bool {
    batch.changes.iter().any(|change| !is_lock(&change.record))
}

fn zones(book: &Book) -> BTreeSet<&ZoneId> {
    book.taken.iter().map(|taken| &taken.batch.zone).collect()
}

/// A writer whose person has told it to take over what is somebody else's may come again.
fn in_turns<'a>(
    parties: &[Party],
    batches: impl Iterator<Item = &'a Taken>,
    counts: fn(&Taken) -> bool,
) -> Holds {
    let batches: Vec<&Taken> = batches.collect();
    for (index, last) in batches.iter().enumerate().filter(|(_, taken)| counts(taken)) {
        let Some(other) = batches[..index].iter().rposition(|taken| taken.who != last.who) else {
            continue;
        };
        let before = batches[..other].iter().any(|taken| taken.who == last.who && counts(taken));
        if before && !takes_over(parties, last.who, batches[other], last.at) {
            return Err(format!(
                "{} writes to {} at {}, after {} did at {}",
                last.who, last.batch.zone, last.at, batches[other].who, batches[other].at
            ));
        }
    }
    Ok(())
}

/// Returns true where a person has told it to take over what the other one wrote. That lasts until it holds the zone's lock:
/// what the other one writes between the two is taken over as well.
fn takes_over(parties: &[Party], who: &str, other: &Taken, until: Timestamp) -> bool {
    parties.iter().filter(|party| party.name == who).any(|party| {
        let ledger = party.ledger.borrow();
        let told = ledger.iter().rposition(|record| {
            record.at <= until && matches!(record.event, Event::Resumed { take_over: true, .. })
        });
        told.is_some_and(|told| {
            let held_before = |record: &Record| {
                record.at < other.at
                    && matches!(&record.event, Event::LockTaken { zone, .. } if *zone == other.batch.zone)
            };
            !ledger[told..].iter().any(held_before)
        })
    })
}

fn between_two_steps_of_a_run_nobody_else_writes(book: &Book, parties: &[Party]) -> Holds {
    for zone in zones(book) {
        let here = book.taken.iter().filter(|taken| taken.batch.zone == *zone);
        in_turns(parties, here, |taken| !taken.back && moves_records(&taken.batch))?;
    }
    Ok(())
}

fn two_runs_never_move_traffic_in_turns(book: &Book, parties: &[Party]) -> Holds {
    let forward = |taken: &&Taken| !taken.back && moves_records(&taken.batch);
    in_turns(parties, book.taken.iter().filter(forward), |_| true)
}

/// Unless somebody tells it to.
fn whoever_is_fenced_writes_nothing_after(book: &Book, parties: &[Party]) -> Holds {
    for party in parties {
        let ledger = party.ledger.borrow();
        let told = |at: Timestamp| {
            let told = ledger.iter().rev().filter(|record| record.at <= at).find(|record| {
                matches!(
                    record.event,
                    Event::Fenced { .. } | Event::Resumed { .. } | Event::RollbackStarted { .. }
                )
            });
            told.filter(|record| record.at < at)
        };
        let mine = book.taken.iter().filter(|taken| taken.who == party.name);
        for taken in mine.filter(|taken| moves_records(&taken.batch)) {
            // What was on its way to a zone whose lock nobody else has taken arrives there.
            if let Some(fenced) = told(taken.at)
                && matches!(&fenced.event, Event::Fenced { zone, holder, .. }
                    if *zone == taken.batch.zone
                        && holder.as_ref().is_none_or(|held| held.run != fenced.run))
            {
                return Err(format!(
                    "{} was fenced at {} and writes at {}",
                    party.name, fenced.at, taken.at
                ));
            }
        }
    }
    Ok(())
}

/// After every batch that Route 53 took.
fn l60_l61_l62_no_group_is_ever_empty_or_all_zero(book: &Book, parties: &[Party]) -> Holds {
    for taken in &book.taken {
        for pair in pairs(parties).filter(|pair| pair.zone == taken.batch.zone) {
            if !taken.batch.changes.iter().any(|change| pair.owns(&change.record)) {
                continue;
            }
            let live = pair.own(&taken.after);
            let simple = matches!(&live[..], [only] if only.routing == Routing::Simple);
            let sum: u32 = live.iter().filter_map(RecordSet::weight).map(|w| u32::from(w.0)).sum();
            if !simple && sum == 0 {
                return Err(format!("{} at {}: {live:?}", pair.name, taken.at));
            }
        }
    }
    Ok(())
}

/// Law L09: with the lock in the batch Route 53 itself sees to it; here, that it is in each of them.
fn every_batch_forward_finds_the_lock_its_own(book: &Book, _: &[Party]) -> Holds {
    for taken in book.taken.iter().filter(|t| !t.back && moves_records(&t.batch)) {
        let locks: Vec<Lock> =
            taken.batch.changes.iter().filter_map(|change| Lock::read(&change.record)).collect();
        match &locks[..] {
            [was, is] if was.run == is.run && was.owner == is.owner && was.epoch < is.epoch => {}
            other => return Err(format!("{} at {} swaps {other:?}", taken.who, taken.at)),
        }
    }
    Ok(())
}

/// A batch forward lands only where the lock that the batch before it left is its sender's own.
fn two_writers_never_both_hold_a_zone(book: &Book, _: &[Party]) -> Holds {
    for zone in zones(book) {
        let mut stands: Option<Lock> = None;
        for taken in book.taken.iter().filter(|taken| taken.batch.zone == *zone) {
            let now = taken.after.iter().find_map(Lock::read);
            let forward = !taken.back && moves_records(&taken.batch);
            if let (true, Some(stands), Some(own)) = (forward, &stands, &now)
                && (&stands.run, &stands.owner) != (&own.run, &own.owner)
            {
                return Err(format!(
                    "{} writes to {zone} at {} as {}, while {} holds it",
                    taken.who, taken.at, own.owner, stands.owner
                ));
            }
            stands = now;
        }
    }
    Ok(())
}

/// The epoch sees to it that a batch that was sent before a rollback and arrives after it is refused (law L25).
fn nothing_lands_on_top_of_a_rollback(book: &Book, parties: &[Party]) -> Holds {
    for zone in zones(book) {
        let here: Vec<&Taken> =
            book.taken.iter().filter(|taken| taken.batch.zone == *zone).collect();
        for (index, first) in here.iter().enumerate().filter(|(_, taken)| taken.back) {
            let lands = |taken: &&&Taken| {
                !taken.back && taken.who != first.who && moves_records(&taken.batch)
            };
            if let Some(late) = here[index..].iter().find(lands)
                && !began_after(parties, late.who, first)
                && !had_not_looked(parties, late.who, first)
            {
                return Err(format!(
                    "{} writes to {zone} at {}, {} had gone back at {}",
                    late.who, late.at, first.who, first.at
                ));
            }
        }
    }
    Ok(())
}

/// Returns true where a person began the run, or took it up, after somebody else had gone back. Of a run that died between
/// its first line and its preflight nobody can tell from a new one: the preflight is its beginning. Who resumes a run that knew
/// of a lock of its own says so with `--take-over`; one that had written nothing begins like any other.
fn began_after(parties: &[Party], who: &str, other: &Taken) -> bool {
    parties.iter().filter(|party| party.name == who).any(|party| {
        let ledger = party.ledger.borrow();
        let (before, after): (Vec<&Record>, Vec<&Record>) =
            ledger.iter().partition(|record| record.at <= other.at);
        let held = before.iter().any(|record| matches!(record.event, Event::LockTaken { .. }));
        after.iter().any(|record| {
            matches!(record.event, Event::RunStarted { .. } | Event::PreflightPassed { .. })
                || matches!(record.event, Event::Resumed { take_over, .. } if take_over || !held)
        })
    })
}

/// Returns true where a person has told it to take over, and it had not looked at the zone when somebody else went back there:
/// what it finds then is what it takes over.
fn had_not_looked(parties: &[Party], who: &str, other: &Taken) -> bool {
    parties.iter().filter(|party| party.name == who).any(|party| {
        let ledger = party.ledger.borrow();
        let before: Vec<&Record> = ledger.iter().filter(|record| record.at <= other.at).collect();
        let told = before.iter().rposition(|r| matches!(r.event, Event::Resumed { .. }));
        let looks = |record: &&Record| matches!(&record.event, Event::RecordsRead { zone, .. } if *zone == other.batch.zone);
        told.is_some_and(|told| {
            matches!(before[told].event, Event::Resumed { take_over: true, .. })
                && !before[told..].iter().any(looks)
        })
    })
}

fn pairs(parties: &[Party]) -> impl Iterator<Item = &Pair> {
    parties.iter().filter_map(|party| party.plan.as_deref()).flat_map(|plan| &plan.pairs)
}

/// After a rollback nobody is sent to new, whichever names the rollback knew.
pub(crate) fn everybody_is_on_legacy(book: &Book, plan: &Plan) -> Holds {
    for pair in &plan.pairs {
        let live = pair.own(book.zones.get(&pair.zone).map_or(&[][..], Vec::as_slice));
        let weight = |r: &RecordSet| r.weight().map_or(0, |weight| weight.0);
        let at_legacy = |r: &&RecordSet| r.answer.points_where(&pair.legacy.answer, &pair.kind);
        let answers = |r: &&RecordSet| r.routing == Routing::Simple || weight(r) > 0;
        let answering: Vec<&RecordSet> = live.iter().filter(answers).collect();
        if answering.is_empty() || !answering.iter().all(at_legacy) {
            return Err(format!("everybody_is_on_legacy: {} has {live:?}", pair.name));
        }
    }
    Ok(())
}

/// What a rollback leaves is its baseline to the letter. Of a record that was no pair when it looked it is enough that it
/// answers as before: a run that has not seen yet that it is fenced may still prepare it in a zone that it locks later.
pub(crate) fn the_zone_is_at_the_baseline(book: &Book, plan: &Plan) -> Holds {
    for pair in plan.pairs.iter().filter(|pair| !pair.was_simple()) {
        let live = pair.own(book.zones.get(&pair.zone).map_or(&[][..], Vec::as_slice));
        if !is_back_already(pair, &live) && !same_records(&ours(pair, &live), &pair.baseline) {
            return Err(format!("the_zone_is_at_the_baseline: {} has {live:?}", pair.name));
        }
    }
    Ok(())
}

/// Whoever is done has taken its locks away.
pub(crate) fn no_lock_is_left(book: &Book) -> Holds {
    match book.zones.values().flatten().find(|record| is_lock(record)) {
        Some(lock) => Err(format!("no_lock_is_left: {lock:?}")),
        None => Ok(()),
    }
}
