//! The forms of a rollback (section 9 of the laws): exactly the baseline, or first whatever brings everybody back for the
//! fewest change tokens.

use super::{Move, Pair, RecordSet, Routing};
use crate::unit::Weight;

/// Returns those of the live records that are the run's to change: its members, and a simple record in their place.
/// A stranger's member keeps its part of the traffic.
pub fn ours(pair: &Pair, live: &[RecordSet]) -> Vec<RecordSet> {
    live.iter().filter(|record| is_ours(pair, record)).cloned().collect()
}

/// Returns what shall stand in place of [`ours`], so that everybody is answered as in the baseline, for the fewest change
/// tokens.
///
/// Where the baseline gives new no weight, legacy's member does all of it: new's goes, and legacy's gets its weight back
/// only where it has none. Where new has a weight in the baseline, or members of the pair are not as cutover leaves
/// them, it is exactly the baseline. Whatever it is, its weights are not all zero (laws L60 to L62), and once it is there
/// nothing more is asked for.
pub fn safe(pair: &Pair, live: &[RecordSet]) -> Vec<RecordSet> {
    let ours = ours(pair, live);
    if is_back_already(pair, live) {
        return ours;
    }
    let Some(safe) = legacy_alone(pair, live) else { return pair.baseline.clone() };
    let tokens = |to: &[RecordSet]| way(pair, &ours, to).tokens();
    if tokens(&pair.baseline) <= tokens(&safe) { pair.baseline.clone() } else { safe }
}

pub(super) fn way(pair: &Pair, from: &[RecordSet], to: &[RecordSet]) -> Move {
    Move { pair: 0, zone: pair.zone.clone(), from: from.to_vec(), to: to.to_vec() }
}

/// Returns the members by which legacy answers everybody; nothing where that is not as in the baseline.
fn legacy_alone(pair: &Pair, live: &[RecordSet]) -> Option<Vec<RecordSet>> {
    let weight = |record: &RecordSet| record.weight().unwrap_or_default();
    let find = |records: &[RecordSet], member: &RecordSet| {
        records.iter().find(|r| r.set_identifier() == member.set_identifier()).cloned()
    };
    // A baseline that is a simple record is legacy's.
    let before = find(&pair.baseline, &pair.legacy).unwrap_or_else(|| pair.legacy.clone());
    let new_before = find(&pair.baseline, &pair.new);
    if weight(&before) == Weight(0) || new_before.iter().any(|new| weight(new) > Weight(0)) {
        return None;
    }
    let legacy = find(live, &pair.legacy)?;
    let unchanged = legacy.weight().is_some()
        && legacy.health_check == before.health_check
        && legacy.answer.points_where(&before.answer, &pair.kind);
    if !unchanged {
        return None;
    }
    // Beside a stranger legacy's part of the traffic depends on how much weight it has.
    let shared = live.iter().any(|r| !is_ours(pair, r) && weight(r) > Weight(0));
    let enough = weight(&legacy) > Weight(0) && !shared;
    let restored = if enough { legacy } else { legacy.with_weight(weight(&before)) };
    // Without weight new answers only while legacy is unhealthy (law L45), as it did before if it was there before.
    let quiet = |new: &RecordSet| new_before.is_some() && new.weight() == Some(Weight(0));
    Some(std::iter::once(restored).chain(find(live, &pair.new).filter(quiet)).collect())
}

pub(super) fn is_ours(pair: &Pair, record: &RecordSet) -> bool {
    let known = [&pair.legacy, &pair.new]
        .into_iter()
        .any(|member| member.set_identifier() == record.set_identifier());
    record.routing == Routing::Simple || known
}

/// Somebody who made the pair a simple record again that points to legacy has brought everybody back.
pub fn is_back_already(pair: &Pair, live: &[RecordSet]) -> bool {
    match live {
        [only] => {
            only.routing == Routing::Simple
                && only.answer.points_where(&pair.legacy.answer, &pair.kind)
        }
        _ => false,
    }
}
