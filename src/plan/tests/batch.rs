//! Moves become batches that Route 53 takes.

use super::*;
use crate::plan::{
    ChangeAction, Cost, Move, batch_of, batches, by_traffic, overwrite, overwrites, tokens,
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
        let cost = batch.changes.iter().map(|c| Cost::of(&c.record)).fold(Cost::ZERO, Cost::plus);
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
        wave: 0,
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

#[test]
fn l03_what_overwrites_counts_twice() {
    let moves = moves(600, "old.example.net");
    let groups = overwrites(&moves, Cost { elements: 2, characters: 514 });
    assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [249, 249, 102]);
}
