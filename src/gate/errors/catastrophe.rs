//! The fast path: a minute so bad that it alone is enough, open ones included (laws L51, L52).

use super::super::{both_sides, counts::Pair, scene::Scene};
use crate::{runbook::model::Catastrophe, unit::Minute};

/// Closed minutes, newest ones, in which a catastrophe still counts. More than one, because a minute can be late.
const MINUTES: i64 = 5;

/// Returns the newest minute in which so much of new fails that no other is needed, if there is one. `legacy_limit` is
/// the rate above which legacy itself is sick.
pub(super) fn newest(
    rule: &Catastrophe,
    legacy_limit: Option<f64>,
    scene: Scene<'_>,
) -> Option<(Minute, Pair)> {
    let from = scene.first?.max(scene.closed.offset(1 - MINUTES));
    let legacy_has_traffic =
        scene.newest_rows(MINUTES).any(|(_, row)| Pair::of(row).legacy.requests > 0.0);
    let legacy_is_sick =
        legacy_limit.is_some_and(|limit| both_sides::failing(scene, limit).is_some());
    scene.table.rows().range(from..).rev().find_map(|(minute, row)| {
        let pair = Pair::of(row);
        // While a count of an open minute is still to come, trouble of both sides would look like new's alone,
        // and the first failures like all there is. A count that is missing there is not zero (law L52).
        let legacy_to_come = row.legacy.requests.is_none() || row.legacy.errors.is_none();
        let to_come = row.new.requests.is_none() || (legacy_has_traffic && legacy_to_come);
        // The counts that have come are not all there is either: with legacy in trouble, too, their unevenness would
        // decide.
        let shared = legacy_limit.is_some_and(|limit| pair.legacy.breaks(limit));
        let waits = *minute > scene.closed && (to_come || legacy_is_sick || shared);
        (!waits && is_one(rule, pair)).then_some((*minute, pair))
    })
}

fn is_one(rule: &Catastrophe, pair: Pair) -> bool {
    let (new, legacy) = (pair.new, pair.legacy);
    new.errors >= rule.min_errors as f64
        && new.requests > 0.0
        && new.rate() >= rule.rate.fraction()
        && new.rate() >= rule.times_legacy * legacy.rate()
}
