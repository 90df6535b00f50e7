//! From where records are to where they shall be, as batches that Route 53 takes.

use super::{Answer, Batch, Change, ChangeAction, RecordSet, ZoneId, pair::same_records};
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

    fn deletions(&self) -> impl Iterator<Item = &RecordSet> {
        self.from.iter().filter(|record| !self.to.iter().any(|other| other.is_same_as(record)))
    }

    fn creations(&self) -> impl Iterator<Item = &RecordSet> {
        self.to.iter().filter(|record| !self.from.iter().any(|other| other.is_same_as(record)))
    }

    fn cost(&self) -> Cost {
        self.deletions().chain(self.creations()).map(Cost::of).fold(Cost::default(), Cost::plus)
    }
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
    fn of(record: &RecordSet) -> Self {
        match &record.answer {
            Answer::Alias { .. } => Self { elements: 1, characters: 0 },
            Answer::Values { values, .. } => Self {
                elements: values.len(),
                characters: values.iter().map(|value| value.chars().count()).sum(),
            },
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            elements: self.elements + other.elements,
            characters: self.characters + other.characters,
        }
    }

    fn fits(self) -> bool {
        self.elements <= MAX_ELEMENTS && self.characters <= MAX_CHARACTERS
    }
}

/// Returns one batch of these moves, deletions first (law L10). They must be of one zone.
pub fn batch_of(zone: &ZoneId, moves: &[&Move]) -> Batch {
    let change = |action| move |record: &RecordSet| Change { action, record: record.clone() };
    let deletions = moves.iter().flat_map(|m| m.deletions()).map(change(ChangeAction::Delete));
    let creations = moves.iter().flat_map(|m| m.creations()).map(change(ChangeAction::Create));
    Batch { zone: zone.clone(), changes: deletions.chain(creations).collect() }
}

/// Groups what is not done yet into batches that each keep the limits of Route 53: zones in their order, pairs in
/// theirs, no pair split, no zone mixed.
pub fn batches(moves: &[Move]) -> Vec<Vec<&Move>> {
    let mut groups: Vec<(Cost, Vec<&Move>)> = Vec::new();
    for next in moves.iter().filter(|next| !next.is_done()) {
        let cost = next.cost();
        let open = groups.iter_mut().find(|(filled, group)| {
            group.first().is_some_and(|first| first.zone == next.zone) && filled.plus(cost).fits()
        });
        match open {
            Some((filled, group)) => {
                *filled = filled.plus(cost);
                group.push(next);
            }
            None => groups.push((cost, vec![next])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
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
        let batch = batch_of(&ZoneId("Z1".to_owned()), &moves.iter().collect::<Vec<_>>());
        let actions: Vec<_> = batch.changes.iter().map(|c| c.action).collect();
        assert_eq!(actions[..4], [ChangeAction::Delete; 4]);
        assert_eq!(actions[4..], [ChangeAction::Create; 4]);
    }

    #[test]
    fn l03_no_batch_has_more_than_1000_elements() {
        let moves = moves(1000, "o.example.net");
        let groups = batches(&moves);
        assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [250, 250, 250, 250]);
    }

    #[test]
    fn l04_no_batch_has_more_than_32000_characters() {
        let long = "x".repeat(200);
        let moves = moves(300, &long);
        for group in batches(&moves) {
            let batch = batch_of(&ZoneId("Z1".to_owned()), &group);
            let cost =
                batch.changes.iter().map(|c| Cost::of(&c.record)).fold(Cost::default(), Cost::plus);
            assert!(cost.fits(), "{cost:?}");
        }
    }

    #[test]
    fn a_pair_is_never_split_and_none_is_lost() {
        let moves = moves(613, "old.example.net");
        let seen: usize = batches(&moves).iter().map(Vec::len).sum();
        assert_eq!(seen, 613);
    }

    #[test]
    fn what_is_there_already_needs_no_change() {
        let mut moves = moves(1, "old.example.net");
        moves[0].to = moves[0].from.clone();
        assert!(batches(&moves).is_empty());
    }

    #[test]
    fn a_member_that_stays_is_not_touched() {
        let mut moves = moves(1, "old.example.net");
        moves[0].to[0] = moves[0].from[0].clone();
        let batch = batch_of(&ZoneId("Z1".to_owned()), &moves.iter().collect::<Vec<_>>());
        assert_eq!(batch.changes.len(), 2);
    }
}
