//! From where records are to where they shall be, as batches that Route 53 takes.

use std::collections::BTreeMap;

use super::{Answer, Batch, Change, ChangeAction, Pair, RecordSet, ZoneId, pair::same_records};
use crate::unit::{RecordName, Weight};

/// Most values and aliases that one batch may name (law L03).
pub const MAX_ELEMENTS: usize = 1000;
/// Most characters that the values of one batch may have together (law L04).
pub const MAX_CHARACTERS: usize = 32_000;

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

    /// Returns the members that would go: nothing that shall be there has their identifiers.
    fn leaving(&self) -> impl Iterator<Item = &RecordSet> {
        let stays = |id| self.to.iter().any(|other| other.set_identifier() == id);
        self.from.iter().filter(move |record| !stays(record.set_identifier()))
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
/// (law L11). Each change counts twice (laws L03, L04, L21): 250 pairs always fit where they have one value each.
pub fn overwrite(zone: &ZoneId, moves: &[&Move]) -> Batch {
    let of = |next: &&Move| -> Vec<RecordSet> {
        let quiet = next.leaving().map(|record| record.with_weight(Weight(0)));
        next.creations().cloned().chain(quiet).collect()
    };
    let change = |record| Change { action: ChangeAction::Upsert, record };
    Batch { zone: zone.clone(), changes: moves.iter().flat_map(of).map(change).collect() }
}

/// Groups what is not done yet into batches that each keep the limits of Route 53 with this much to spare, which is what
/// the lock needs. The moves of a zone keep their order, those of one name stand together (law L49), and no zone is mixed.
pub fn batches(moves: &[Move], spare: Cost) -> Vec<Vec<&Move>> {
    let mut groups: Vec<(Cost, Vec<&Move>)> = Vec::new();
    let mut open: BTreeMap<&ZoneId, usize> = BTreeMap::new();
    for unit in of_one_name(moves, spare) {
        let Some(first) = unit.first() else { continue };
        let cost = unit.iter().map(|next| next.cost()).fold(Cost::ZERO, Cost::plus);
        let last = open.get(&first.zone).and_then(|index| groups.get_mut(*index));
        match last {
            Some((filled, group)) if filled.plus(cost).plus(spare).fits() => {
                *filled = filled.plus(cost);
                group.extend(unit);
            }
            Some(_) | None => {
                open.insert(&first.zone, groups.len());
                groups.push((cost, unit));
            }
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Returns what is not done yet, by names in the order in which they come first. A name that no batch can hold is taken
/// apart, because only then does anything of it move.
fn of_one_name(moves: &[Move], spare: Cost) -> Vec<Vec<&Move>> {
    let mut units: Vec<Vec<&Move>> = Vec::new();
    let mut known: BTreeMap<(&ZoneId, Option<&RecordName>), usize> = BTreeMap::new();
    for next in moves.iter().filter(|next| !next.is_done()) {
        let index = *known.entry((&next.zone, next.name())).or_insert(units.len());
        match units.get_mut(index) {
            Some(unit) => unit.push(next),
            None => units.push(vec![next]),
        }
    }
    let fits = |unit: &[&Move]| unit.iter().map(|next| next.cost()).fold(spare, Cost::plus).fits();
    let apart = |unit: Vec<_>| match unit.len() {
        2.. if !fits(&unit) => unit.into_iter().map(|next| vec![next]).collect(),
        _ => vec![unit],
    };
    units.into_iter().flat_map(apart).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        plan::Routing,
        unit::{RecordType, Ttl, Weight},
    };

    fn member(name: &str, id: &str, weight: u8, value: &str) -> RecordSet {
        RecordSet {
            name: name.parse().unwrap(),
            kind: RecordType::Cname,
            routing: Routing::Weighted { set_identifier: id.to_owned(), weight: Weight(weight) },
            answer: Answer::Values { ttl: Ttl(60), values: vec![value.to_owned()] },
            health_check: None,
        }
    }

    fn moves(count: usize, value: &str) -> Vec<Move> {
        let of = |pair: usize| {
            let name = format!("s{pair}.example.com");
            let both = |old, new| {
                vec![member(&name, "old", old, value), member(&name, "new", new, "new.example.net")]
            };
            Move { pair, zone: ZoneId("Z1".to_owned()), from: both(100, 0), to: both(95, 5) }
        };
        (0..count).map(of).collect()
    }

    #[test]
    fn l10_deletions_come_first() {
        let moves = moves(2, "old.example.net");
        let batch = batch_of(&ZoneId("Z1".to_owned()), &moves.iter().collect::<Vec<_>>(), None);
        let actions: Vec<_> = batch.changes.iter().map(|c| c.action).collect();
        assert_eq!(actions[..4], [ChangeAction::Delete; 4]);
        assert_eq!(actions[4..], [ChangeAction::Create; 4]);
    }

    #[test]
    fn l03_no_batch_has_more_than_1000_elements() {
        let moves = moves(1000, "o.example.net");
        let groups = batches(&moves, Cost::ZERO);
        assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [250, 250, 250, 250]);
    }

    #[test]
    fn l04_no_batch_has_more_than_32000_characters() {
        let long = "x".repeat(200);
        let moves = moves(300, &long);
        for group in batches(&moves, Cost::ZERO) {
            let batch = batch_of(&ZoneId("Z1".to_owned()), &group, None);
            let cost =
                batch.changes.iter().map(|c| Cost::of(&c.record)).fold(Cost::ZERO, Cost::plus);
            assert!(cost.fits(), "{cost:?}");
        }
    }

    #[test]
    fn a_pair_is_never_split_and_none_is_lost() {
        let moves = moves(613, "old.example.net");
        let seen: usize = batches(&moves, Cost::ZERO).iter().map(Vec::len).sum();
        assert_eq!(seen, 613);
    }

    #[test]
    fn what_is_there_already_needs_no_change() {
        let mut moves = moves(1, "old.example.net");
        moves[0].to = moves[0].from.clone();
        assert!(batches(&moves, Cost::ZERO).is_empty());
    }

    #[test]
    fn a_member_that_stays_is_not_touched() {
        let mut moves = moves(1, "old.example.net");
        moves[0].to[0] = moves[0].from[0].clone();
        let batch = batch_of(&ZoneId("Z1".to_owned()), &moves.iter().collect::<Vec<_>>(), None);
        assert_eq!(batch.changes.len(), 2);
    }

    #[test]
    fn l10_the_lock_is_swapped_with_the_deletions_first() {
        let moves = moves(1, "old.example.net");
        let lock = |value| member("_cutover-lock.example.com", "lock", 1, value);
        let swap = (Some(lock("one")), Some(lock("two")));
        let zone = ZoneId("Z1".to_owned());
        let batch = batch_of(&zone, &moves.iter().collect::<Vec<_>>(), Some(swap));
        let (deleted, created) = batch.changes.split_at(3);
        assert!(deleted.iter().all(|c| c.action == ChangeAction::Delete));
        assert!(created.iter().all(|c| c.action == ChangeAction::Create));
        assert_eq!((&deleted[0].record, &created[0].record), (&lock("one"), &lock("two")));
        let release = batch_of(&zone, &[], Some((Some(lock("one")), None)));
        assert_eq!(release.changes.len(), 1);
    }

    #[test]
    fn l03_the_lock_has_room_in_every_batch() {
        let moves = moves(1000, "o.example.net");
        let groups = batches(&moves, Cost { elements: 2, characters: 514 });
        assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [249, 249, 249, 249, 4]);
    }

    #[test]
    fn l21_a_token_is_taken_for_each_record_that_goes_or_comes() {
        let mut moves = moves(2, "old.example.net");
        assert_eq!(tokens(&moves), 8);
        // New's member only goes.
        moves[1].to = moves[1].from[..1].to_vec();
        assert_eq!((tokens(&moves), moves[1].tokens(), moves[1].cost().elements), (5, 1, 1));
    }

    /// Makes the moves of one type follow those of the other, as a plan may list them.
    fn both_types(count: usize) -> Vec<Move> {
        let one = moves(count, "old.example.net");
        let again = one.clone().into_iter().map(|next| Move { pair: next.pair + count, ..next });
        one.iter().cloned().chain(again).collect()
    }

    #[test]
    fn l49_the_types_of_a_name_move_in_one_batch() {
        let moves = both_types(301);
        let groups = batches(&moves, Cost::ZERO);
        assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [250, 250, 102]);
        for group in groups {
            for next in &group {
                let together = group.iter().filter(|other| other.from[0].name == next.from[0].name);
                assert_eq!(together.count(), 2);
            }
        }
    }

    #[test]
    fn l49_a_name_that_no_batch_can_hold_moves_type_by_type() {
        let mut moves = both_types(1);
        let many = Answer::Values { ttl: Ttl(60), values: vec!["192.0.2.1".to_owned(); 400] };
        for next in &mut moves {
            next.from = vec![RecordSet { answer: many.clone(), ..next.from[0].clone() }];
            next.to = vec![RecordSet { answer: many.clone(), ..next.to[0].clone() }];
        }
        assert_eq!(batches(&moves, Cost::ZERO).len(), 2);
    }

    #[test]
    fn the_order_of_moves_is_the_order_of_batches() {
        let mut moves = moves(600, "old.example.net");
        moves.reverse();
        // A small one that comes late does not slip into an earlier batch.
        moves[599].to = moves[599].from[..1].to_vec();
        let order: Vec<usize> =
            batches(&moves, Cost::ZERO).into_iter().flatten().map(|next| next.pair).collect();
        assert_eq!(order, (0..600).rev().collect::<Vec<_>>());
    }

    fn sorted(busy: &[(usize, u64)], busiest_first: bool) -> Vec<usize> {
        let mut moves = moves(busy.len(), "old.example.net");
        let of = |(next, (name, busy)): (&Move, &(usize, u64))| Pair {
            name: format!("s{name}.example.com").parse().unwrap(),
            kind: RecordType::Cname,
            zone: next.zone.clone(),
            found: next.from.clone(),
            baseline: next.from.clone(),
            busy: *busy,
            legacy: next.from[0].clone(),
            new: next.from[1].clone(),
        };
        let pairs: Vec<Pair> = moves.iter().zip(busy).map(of).collect();
        by_traffic(&mut moves, &pairs, busiest_first);
        moves.iter().map(|next| next.pair).collect()
    }

    #[test]
    fn what_is_quiet_moves_first_and_what_is_busy_goes_back_first() {
        let busy = [(0, 5), (1, 900), (2, 5), (3, 40)];
        assert_eq!(sorted(&busy, false), [0, 2, 3, 1]);
        assert_eq!(sorted(&busy, true), [1, 3, 0, 2]);
        // Nothing is known of any of them.
        assert_eq!(sorted(&[(0, 0), (1, 0), (2, 0)], true), [0, 1, 2]);
    }

    #[test]
    fn l49_the_types_of_a_name_are_sorted_together_by_the_busier() {
        assert_eq!(sorted(&[(0, 0), (1, 7), (0, 900)], false), [1, 0, 2]);
        assert_eq!(sorted(&[(0, 0), (1, 7), (0, 900)], true), [0, 2, 1]);
    }

    #[test]
    fn overwriting_deletes_nothing() {
        let mut moves = moves(2, "old.example.net");
        // The safe form has no member of new's; overwritten, it keeps one without weight.
        moves[1].to = moves[1].from[..1].to_vec();
        moves[1].from[1] = moves[1].from[1].with_weight(Weight(9));
        let batch = overwrite(&ZoneId("Z1".to_owned()), &moves.iter().collect::<Vec<_>>());
        assert!(batch.changes.iter().all(|change| change.action == ChangeAction::Upsert));
        let records: Vec<_> = batch.changes.iter().map(|change| change.record.clone()).collect();
        let quiet = moves[1].from[1].with_weight(Weight(0));
        assert_eq!(records, [moves[0].to[0].clone(), moves[0].to[1].clone(), quiet]);
    }
}
