//! How much a rollback has to send, and how long Route 53 takes to take it (section 9 of the laws).

use std::collections::BTreeMap;

use super::{Cost, Governor, LOCK_ROOM, Move, Pair, Plan, RecordSet, ZoneId, batches, safe};
use crate::unit::{SignedDuration, Timestamp};

/// The batches of a rollback, until everybody is safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WayBack {
    /// Whether they bring the exact baseline; else they bring the traffic, and the exact baseline comes after them.
    pub(super) exact: bool,
    /// All of them.
    pub(super) batches: usize,
    /// Those of the zone that has the most; zones are written side by side, batches of a zone one after another.
    pub(super) in_a_row: usize,
    /// Changes in all of them.
    pub(super) changes: usize,
    /// How long Route 53 has no tokens for them, from a full bucket (law L21).
    pub(super) wait: SignedDuration,
}

impl WayBack {
    /// Returns the longest way back that the plan can need.
    pub(super) fn longest(plan: &Plan) -> Self {
        let ways = (0..plan.shifts.len()).map(|shift| Self::from(plan, shift));
        let nothing =
            Self { exact: true, batches: 1, in_a_row: 1, changes: 0, wait: SignedDuration::ZERO };
        ways.max_by_key(|way| (way.wait, way.in_a_row, way.batches)).unwrap_or(nothing)
    }

    /// The exact baseline where that is one batch in each zone for which the bucket has the tokens; else the cheapest
    /// changes that bring the traffic back.
    fn from(plan: &Plan, shift: usize) -> Self {
        let way = Self::of(plan, shift, true, |pair| pair.baseline.clone());
        if way.in_a_row <= 1 && way.wait.is_zero() {
            return way;
        }
        Self::of(plan, shift, false, |pair| safe(pair, &plan.placed(pair, shift)))
    }

    fn of(plan: &Plan, shift: usize, exact: bool, to: impl Fn(&Pair) -> Vec<RecordSet>) -> Self {
        let spare = if plan.locked { LOCK_ROOM } else { Cost::ZERO };
        let way = |(index, pair): (usize, &Pair)| Move {
            pair: index,
            zone: pair.zone.clone(),
            from: plan.placed(pair, shift),
            to: to(pair),
        };
        let moves: Vec<Move> = plan.pairs.iter().enumerate().map(way).collect();
        let batches = batches(&moves, spare);
        let mut zones: BTreeMap<&ZoneId, usize> = BTreeMap::new();
        for first in batches.iter().filter_map(|batch| batch.first()) {
            *zones.entry(&first.zone).or_default() += 1;
        }
        let tokens = |batch: &Vec<&Move>| {
            batch.iter().map(|next| next.tokens()).sum::<usize>() + spare.elements
        };
        Self {
            exact,
            batches: batches.len(),
            in_a_row: zones.values().copied().max().unwrap_or_default(),
            changes: batches.iter().map(tokens).sum(),
            wait: Governor::new(plan.quota).wait(Timestamp::UNIX_EPOCH, batches.iter().map(tokens)),
        }
    }
}
