//! From where records are to where they shall be, as batches that Route 53 takes.

use std::collections::BTreeMap;

use super::{Answer, Batch, Change, ChangeAction, Pair, RecordSet, ZoneId, pair::same_records};
use crate::unit::{RecordName, Weight};

/// Most values and aliases that one batch may name (law L03).
pub(super) const MAX_ELEMENTS: usize = 1000;
/// Most characters that the values of one batch may have together (law L04).
pub(super) const MAX_CHARACTERS: usize = 32_000;

/// The way of one pair: what is there, and what shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Index of the pair in the plan.
    pub pair: usize,
    /// Its zone.
    pub zone: ZoneId,
    /// Exactly what is there.
    pub from: Vec<RecordSet>,
    /// Exactly what shall be there.
    pub to: Vec<RecordSet>,
}

impl Move {
    /// Returns true when nothing has to be done.
    pub fn is_done(&self) -> bool {
        same_records(&self.from, &self.to)
    }

    /// Returns what it weighs against the limits of a batch.
    pub fn cost(&self) -> Cost {
        self.deletions().chain(self.creations()).map(Cost::of).fold(Cost::ZERO, Cost::plus)
    }

    /// Returns the change tokens that it takes: one for each record set that goes or comes (law L21).
    pub fn tokens(&self) -> usize {
        self.deletions().count() + self.creations().count()
    }

    fn deletions(&self) -> impl Iterator<Item = &RecordSet> {
        self.from.iter().filter(|record| !self.to.iter().any(|other| other.is_same_as(record)))
    }

    fn creations(&self) -> impl Iterator<Item = &RecordSet> {
        self.to.iter().filter(|record| !self.from.iter().any(|other| other.is_same_as(record)))
    }

    /// Returns what brings it about without deleting anything: who would go stays without weight.
    fn overwritten(&self) -> impl Iterator<Item = RecordSet> {
        let stays = |id| self.to.iter().any(|other| other.set_identifier() == id);
        let leaving = self.from.iter().filter(move |record| !stays(record.set_identifier()));
        self.creations().cloned().chain(leaving.map(|record| record.with_weight(Weight(0))))
    }

    /// Returns the name whose answers change; nothing for a move of no records.
    fn name(&self) -> Option<&RecordName> {
        self.from.first().or(self.to.first()).map(|record| &record.name)
    }
}

/// Returns the change tokens that these moves take together (law L21).
pub fn tokens(moves: &[Move]) -> usize {
    moves.iter().map(Move::tokens).sum()
}

/// What changes weigh against the limits of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Values and aliases (law L03).
    pub elements: usize,
    /// Characters of the values (law L04).
    pub characters: usize,
}

impl Cost {
    /// Nothing.
    pub const ZERO: Self = Self { elements: 0, characters: 0 };

    /// Returns what one change of this record set weighs, unless it overwrites: that counts twice.
    pub fn of(record: &RecordSet) -> Self {
        match &record.answer {
            Answer::Alias { .. } => Self { elements: 1, characters: 0 },
            Answer::Values { values, .. } => Self {
                elements: values.len(),
                characters: values.iter().map(|value| value.chars().count()).sum(),
            },
        }
    }

    /// Returns both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            elements: self.elements + other.elements,
            characters: self.characters + other.characters,
        }
    }

    /// Returns true when one batch holds so much.
    pub fn fits(self) -> bool {
        self.elements <= MAX_ELEMENTS && self.characters <= MAX_CHARACTERS
    }
}

/// Returns one batch of these moves, deletions first (law L10). They must be of one zone.
///
/// With `lock`, which is what the zone's lock is now and what it shall be, Route 53 takes the batch only while the lock
/// is as given.
pub fn batch_of(
    zone: &ZoneId,
    moves: &[&Move],
    lock: Option<(Option<RecordSet>, Option<RecordSet>)>,
) -> Batch {
    let (held, next) = lock.unwrap_or_default();
    let change = |action| move |record: RecordSet| Change { action, record };
    let gone = held.into_iter().chain(moves.iter().flat_map(|m| m.deletions()).cloned());
    let made = next.into_iter().chain(moves.iter().flat_map(|m| m.creations()).cloned());
    let changes = gone.map(change(ChangeAction::Delete));
    let changes = changes.chain(made.map(change(ChangeAction::Create))).collect();
    Batch { zone: zone.clone(), changes }
}

/// Returns one batch that brings these moves about whatever is live, for when nothing else is taken. It deletes nothing,
/// so members that shall go get weight 0, and it turns no simple record into a group nor a group into a simple record
/// (law L11). [`overwrites`] says how many fit.
pub fn overwrite(zone: &ZoneId, moves: &[&Move]) -> Batch {
    let change = |record| Change { action: ChangeAction::Upsert, record };
    let records = moves.iter().flat_map(|next| next.overwritten());
    Batch { zone: zone.clone(), changes: records.map(change).collect() }
}

/// Groups what is not done yet into batches that each keep the limits of Route 53 with this much to spare, which is what
/// the lock needs. The moves of a zone keep their order, those of one name stand together (law L49), and no zone is mixed.
pub fn batches(moves: &[Move], spare: Cost) -> Vec<Vec<&Move>> {
    grouped(moves, spare, Move::cost)
}

/// Groups what is not done yet as [`batches`] does, into batches that [`overwrite`].
pub fn overwrites(moves: &[Move], spare: Cost) -> Vec<Vec<&Move>> {
    // Each change counts twice (laws L03, L04).
    grouped(moves, spare, |next| {
        next.overwritten().map(|r| Cost::of(&r)).fold(Cost::ZERO, |sum, c| sum.plus(c).plus(c))
    })
}

fn grouped(moves: &[Move], spare: Cost, cost: impl Fn(&Move) -> Cost) -> Vec<Vec<&Move>> {
    let of = |unit: &[&Move]| unit.iter().map(|next| cost(next)).fold(Cost::ZERO, Cost::plus);
    let mut groups: Vec<(Cost, Vec<&Move>)> = Vec::new();
    let mut open: BTreeMap<&ZoneId, usize> = BTreeMap::new();
    // A name that no batch can hold is taken apart, because only then does anything of it move.
    let apart = |unit: Vec<_>| match unit.len() {
        2.. if !of(&unit).plus(spare).fits() => unit.into_iter().map(|next| vec![next]).collect(),
        _ => vec![unit],
    };
    for unit in of_one_name(moves).into_iter().flat_map(apart) {
        let Some(first) = unit.first() else { continue };
        let more = of(&unit);
        let last = open.get(&first.zone).and_then(|index| groups.get_mut(*index));
        match last {
            Some((filled, group)) if filled.plus(more).plus(spare).fits() => {
                *filled = filled.plus(more);
                group.extend(unit);
            }
            Some(_) | None => {
                open.insert(&first.zone, groups.len());
                groups.push((more, unit));
            }
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Returns what is not done yet, by names in the order in which they come first.
fn of_one_name(moves: &[Move]) -> Vec<Vec<&Move>> {
    let mut units: Vec<Vec<&Move>> = Vec::new();
    let mut known: BTreeMap<(&ZoneId, Option<&RecordName>), usize> = BTreeMap::new();
    for next in moves.iter().filter(|next| !next.is_done()) {
        let index = *known.entry((&next.zone, next.name())).or_insert(units.len());
        match units.get_mut(index) {
            Some(unit) => unit.push(next),
            None => units.push(vec![next]),
        }
    }
    units
}

/// Sorts moves by how busy their names were before the run, names that were alike as they stand, and the types of one
/// name together (law L49): quietest first for the way forward, busiest first for the way back.
pub fn by_traffic(moves: &mut [Move], pairs: &[Pair], busiest_first: bool) {
    let of = |next: &Move| pairs.get(next.pair).map(|pair| (&pair.zone, &pair.name));
    let mut names: BTreeMap<(&ZoneId, &RecordName), (u64, usize)> = BTreeMap::new();
    for (index, next) in moves.iter().enumerate() {
        let Some(name) = of(next) else { continue };
        let (busy, _) = names.entry(name).or_insert((0, index));
        *busy = pairs.get(next.pair).map_or(*busy, |pair| pair.busy.max(*busy));
    }
    moves.sort_by_cached_key(|next| {
        let known = of(next).and_then(|name| names.get(&name)).copied();
        let (busy, first) = known.unwrap_or_default();
        (if busiest_first { u64::MAX - busy } else { busy }, first)
    });
}

/// Prints a record's answer as people read it, weight first.
pub fn in_words(record: &RecordSet) -> String {
    let answer = match &record.answer {
        Answer::Alias { dns_name, evaluate_target_health, .. } => {
            let health = if *evaluate_target_health { ", evaluates target health" } else { "" };
            format!("alias {}{health}", dns_name.trim_end_matches('.'))
        }
        Answer::Values { ttl, values } => format!("{} (TTL {ttl})", values.join(" ")),
    };
    let routing = match &record.routing {
        super::Routing::Simple => "simple".to_owned(),
        super::Routing::Weighted { set_identifier, weight } => {
            format!("weight {weight} \"{set_identifier}\"")
        }
        super::Routing::Other { policy, .. } => policy.clone(),
    };
    let check =
        record.health_check.as_ref().map_or(String::new(), |id| format!(", health check {id}"));
    format!("{routing} -> {answer}{check}")
}
