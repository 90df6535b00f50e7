//! How much a rollback has to send, and how long Route 53 takes to take it (section 9 of the laws).

use std::collections::BTreeMap;

use super::{Answer, Governor, MAX_CHARACTERS, MAX_ELEMENTS, Pair, Plan, RecordSet, Shift, ZoneId};
use crate::unit::{SignedDuration, Timestamp};

/// Changes that a lock adds to a batch.
const LOCK: usize = 2;
/// Characters of the two values of a lock; each has less than 255.
const LOCK_CHARACTERS: usize = 2 * 255;

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
        let ways = plan.shifts.iter().map(|shift| Self::from(plan, shift));
        let nothing =
            Self { exact: true, batches: 1, in_a_row: 1, changes: 0, wait: SignedDuration::ZERO };
        ways.max_by_key(|way| (way.wait, way.in_a_row, way.batches)).unwrap_or(nothing)
    }

    /// The exact baseline where that is one batch in each zone for which the bucket has the tokens; else the cheapest
    /// changes that bring the traffic back.
    fn from(plan: &Plan, shift: &Shift) -> Self {
        let exact = |pair: &Pair| Load::between(&pair.at(shift.weights), &pair.baseline);
        let way = Self::of(plan, true, exact);
        if way.in_a_row <= 1 && way.wait.is_zero() {
            return way;
        }
        Self::of(plan, false, |pair| Load::of_traffic(pair, shift))
    }

    fn of(plan: &Plan, exact: bool, load: impl Fn(&Pair) -> Load) -> Self {
        let own = if plan.locked { Load(LOCK, LOCK_CHARACTERS) } else { Load(0, 0) };
        let mut zones: BTreeMap<&ZoneId, Vec<Load>> = BTreeMap::new();
        for pair in &plan.pairs {
            let (batches, load) = (zones.entry(&pair.zone).or_default(), load(pair));
            match batches.last_mut() {
                Some(last) if last.plus(load).fits() => *last = last.plus(load),
                Some(_) | None => batches.push(own.plus(load)),
            }
        }
        let changes = || zones.values().flatten().map(|batch| batch.0);
        Self {
            exact,
            batches: changes().count(),
            in_a_row: zones.values().map(Vec::len).max().unwrap_or_default(),
            changes: changes().sum(),
            wait: wait(plan, changes()),
        }
    }
}

/// Returns how long these batches wait for tokens, sent as soon as they can be.
fn wait(plan: &Plan, batches: impl Iterator<Item = usize>) -> SignedDuration {
    let start = Timestamp::UNIX_EPOCH;
    let (mut governor, mut now) = (Governor::new(plan.quota), start);
    for tokens in batches {
        now = governor.ready_at(now, tokens);
        governor.spend(now, tokens);
    }
    now.duration_since(start)
}

/// What changes weigh: how many they are, each of one value or alias, and the characters of their values (laws L03, L04).
#[derive(Debug, Clone, Copy)]
struct Load(usize, usize);

impl Load {
    fn of(record: &RecordSet) -> Self {
        match &record.answer {
            Answer::Alias { .. } => Self(1, 0),
            Answer::Values { values, .. } => {
                Self(1, values.iter().map(|value| value.chars().count()).sum())
            }
        }
    }

    /// What is there goes, what shall be there comes, and what is both stays.
    fn between(from: &[RecordSet], to: &[RecordSet]) -> Self {
        let stays = |record: &RecordSet, others: &[RecordSet]| {
            others.iter().any(|other| other.is_same_as(record))
        };
        let gone = from.iter().filter(|record| !stays(record, to));
        let come = to.iter().filter(|record| !stays(record, from));
        gone.chain(come).map(Self::of).fold(Self(0, 0), Self::plus)
    }

    /// Without the new member all traffic is on legacy where that has a weight; where not, it gets one.
    fn of_traffic(pair: &Pair, shift: &Shift) -> Self {
        let (new, legacy) = (Self::of(&pair.new), Self::of(&pair.legacy));
        if shift.weights.legacy.0 > 0 { new } else { new.plus(legacy).plus(legacy) }
    }

    fn plus(self, other: Self) -> Self {
        Self(self.0 + other.0, self.1 + other.1)
    }

    fn fits(self) -> bool {
        self.0 <= MAX_ELEMENTS && self.1 <= MAX_CHARACTERS
    }
}
