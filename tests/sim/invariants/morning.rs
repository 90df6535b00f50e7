//! What is asked when nobody is at work any more.

use cutover::{
    engine::{Engine, Event, Position},
    journal::Record,
    plan::{Pair, Plan, RecordSet, is_back_already, ours, safe, same_records},
};

use super::{Holds, of_pair, zone::same_weights};

/// Asks what can only be asked at the end.
pub(crate) fn in_the_morning(
    plan: &Plan,
    records: &[Record],
    live: &[RecordSet],
    replays: bool,
) -> Holds {
    if replays {
        every_prefix_of_the_journal_replays(plan, records)?;
    }
    a_rollback_reaches_the_baseline_or_says_stuck(plan, records, live)?;
    the_journal_explains_the_zone(plan, records, live)
}

fn every_prefix_of_the_journal_replays(plan: &Plan, records: &[Record]) -> Holds {
    let Some(first) = records.first() else { return Ok(()) };
    let mut engine = Engine::new(plan.clone(), first.run.clone());
    for record in records {
        // Whatever a process finds must not be beyond it.
        let _ = (engine.pending(), engine.deadline(record.at), engine.view(record.at));
        engine.apply(record.at, &record.event).map_err(|error| format!("replay: {error}"))?;
    }
    Ok(())
}

/// The weights that the journal tells of last are in the zone, where no line of it is lost.
pub(crate) fn zone_and_journal_agree(plan: &Plan, records: &[Record], live: &[RecordSet]) -> Holds {
    let drifted = records.iter().any(|r| matches!(r.event, Event::Drifted { .. }));
    let rolled_back = records.iter().any(|r| matches!(r.event, Event::RolledBack { .. }));
    let written = records.iter().rev().find_map(|record| {
        if let Event::WeightsWritten { records, .. } = &record.event { Some(records) } else { None }
    });
    match written {
        Some(written) if !drifted || rolled_back => same_weights(plan, written, live),
        Some(_) | None => Ok(()),
    }
}

/// Whoever has gone back is where the run began, or has told a person why not.
pub(crate) fn a_rollback_reaches_the_baseline_or_says_stuck(
    plan: &Plan,
    records: &[Record],
    live: &[RecordSet],
) -> Holds {
    let name = "a_rollback_reaches_the_baseline_or_says_stuck";
    let began = records.iter().rposition(|r| matches!(r.event, Event::RollbackStarted { .. }));
    let Some(began) = began else { return Ok(()) };
    let after = &records[began..];
    let gives_up = |r: &Record| {
        matches!(
            r.event,
            Event::Stuck { .. }
                | Event::Fenced { .. }
                | Event::Drifted { .. }
                | Event::Stopped { .. }
        )
    };
    if after.iter().any(gives_up) {
        return Ok(());
    }
    if !after.iter().any(|r| matches!(r.event, Event::RolledBack { .. })) {
        return Err(format!("{name}: it says neither"));
    }
    for pair in &plan.pairs {
        let seen = of_pair(pair, live);
        let untouched =
            pair.was_simple() && same_records(&seen, &pair.found) || is_back_already(pair, &seen);
        if !untouched && !same_records(&ours(pair, &seen), &pair.baseline) {
            return Err(format!("{name}: {} is {seen:?}", pair.name));
        }
    }
    Ok(())
}

/// Whatever has happened, what is in the zone is what the run last saw there, or what a batch makes of it that the run had
/// announced before it was sent.
pub(crate) fn the_journal_explains_the_zone(
    plan: &Plan,
    records: &[Record],
    live: &[RecordSet],
) -> Holds {
    for (index, pair) in plan.pairs.iter().enumerate() {
        let seen = of_pair(pair, live);
        let mut known = vec![pair.found.clone()];
        let mut announced = Vec::new();
        let add = |known: &mut Vec<Vec<RecordSet>>, state: Vec<RecordSet>| {
            if !known.iter().any(|other| same_records(other, &state)) {
                known.push(state);
            }
        };
        for record in records {
            if let Event::RecordsRead { zone, records } = &record.event
                && *zone == pair.zone
            {
                // A batch that was given up may arrive, and make something of what was read after it was announced.
                let found = of_pair(pair, records);
                let made = announced.iter().map(|to| leads_to(pair, plan, *to, &found));
                let states: Vec<_> = made.chain([found.clone()]).collect();
                states.into_iter().for_each(|state| add(&mut known, state));
            } else if let Event::WriteStarted { to, pairs, .. } = &record.event
                && pairs.contains(&index)
            {
                announced.push(*to);
                for from in known.clone() {
                    add(&mut known, leads_to(pair, plan, *to, &from));
                }
            }
        }
        let explained = known.iter().any(|state| same_records(state, &seen));
        if !explained && !is_back_already(pair, &seen) {
            return Err(format!("the_journal_explains_the_zone: {} is {seen:?}", pair.name));
        }
    }
    Ok(())
}

/// Returns what a batch to a position makes of a pair, beside which strangers stay.
fn leads_to(pair: &Pair, plan: &Plan, to: Position, from: &[RecordSet]) -> Vec<RecordSet> {
    let own = match to {
        Position::Prepared => pair.prepared(),
        Position::Shift(shift) => pair.at(plan.shifts[shift].weights),
        Position::Safe => safe(pair, from),
        Position::Baseline => pair.baseline.clone(),
        Position::Finished => pair.finished(plan.goal),
    };
    let ours = ours(pair, from);
    let strangers = from.iter().filter(|record| !ours.contains(record)).cloned();
    own.into_iter().chain(strangers).collect()
}
