//! What is in the zone, and what is said of it.

use std::collections::{BTreeMap, BTreeSet};

use cutover::{
    engine::{Event, PairWeights},
    plan::{Plan, RecordSet, Routing, ZoneId, is_back_already, ours, same_records},
};

use super::{Holds, Scene, of_pair};

pub(super) fn rolled_back_means_baseline_exactly(scene: &Scene<'_>) -> Holds {
    let (Some(Event::RolledBack { .. }), Some(live)) = (scene.newest(), scene.live) else {
        return Ok(());
    };
    for pair in &scene.plan.pairs {
        let seen = of_pair(pair, live);
        // A record that was never made a pair is as it was found.
        let untouched = pair.was_simple() && same_records(&seen, &pair.found)
            || scene.edited && is_back_already(pair, &seen);
        // A member that was not there when the plan was made is a stranger's; one that has traffic makes the run stuck.
        let seen = if scene.edited { ours(pair, &seen) } else { seen };
        if !untouched && !same_records(&seen, &pair.baseline) {
            return Err(format!("{} is {seen:?}", pair.name));
        }
    }
    Ok(())
}

pub(super) fn no_member_is_missing(scene: &Scene<'_>) -> Holds {
    let Some(live) = scene.live.filter(|_| !scene.edited) else { return Ok(()) };
    for pair in &scene.plan.pairs {
        let seen = of_pair(pair, live);
        if let [only] = &seen[..]
            && only.routing == Routing::Simple
        {
            continue;
        }
        // The run of somebody else that died on its way back leaves it like that to whoever comes after it.
        if same_records(&seen, &pair.found) {
            continue;
        }
        let sum: u32 = seen.iter().filter_map(RecordSet::weight).map(|w| u32::from(w.0)).sum();
        // On the way back a member of new's may be gone for a while: everybody is sent to legacy.
        let back = scene.records.iter().any(|r| matches!(r.event, Event::RollbackStarted { .. }));
        let members = if back { 1..=2 } else { 2..=2 };
        if !members.contains(&seen.len()) || sum == 0 {
            return Err(format!("{} has {seen:?}", pair.name));
        }
    }
    Ok(())
}

pub(super) fn what_the_journal_says_is_in_the_zone(scene: &Scene<'_>) -> Holds {
    match (scene.newest(), scene.live) {
        (Some(Event::WeightsWritten { records, .. }), Some(live)) => {
            same_weights(scene.plan, records, live)
        }
        _ => Ok(()),
    }
}

/// After the last write to each zone that zone was read.
pub(super) fn l65_weights_are_read_before_they_are_told(scene: &Scene<'_>) -> Holds {
    let Some(Event::WeightsWritten { .. } | Event::Prepared { .. }) = scene.newest() else {
        return Ok(());
    };
    let mut open: BTreeMap<u32, ZoneId> = BTreeMap::new();
    let mut unread: BTreeSet<ZoneId> = BTreeSet::new();
    for record in scene.before() {
        if let Event::WriteStarted { write, zone, .. } = &record.event {
            open.insert(*write, zone.clone());
        } else if let Event::WriteAccepted { write, .. } = &record.event {
            unread.extend(open.remove(write));
        } else if let Event::RecordsRead { zone, .. } = &record.event {
            unread.remove(zone);
        }
    }
    match unread.first() {
        Some(zone) => Err(format!("zone {zone} was not read after it was written to")),
        None => Ok(()),
    }
}

pub(super) fn same_weights(plan: &Plan, written: &[PairWeights], live: &[RecordSet]) -> Holds {
    let of = |w: &PairWeights| ((w.name.to_string(), w.kind.to_string()), (w.legacy, w.new));
    let said: BTreeMap<_, _> = written.iter().map(of).collect();
    for pair in &plan.pairs {
        let seen = pair.weights_in(&of_pair(pair, live));
        let key = (pair.name.to_string(), pair.kind.to_string());
        if said.get(&key) != Some(&seen) {
            return Err(format!(
                "{} has {seen:?}, and the journal says {:?}",
                pair.name,
                said.get(&key)
            ));
        }
    }
    Ok(())
}
