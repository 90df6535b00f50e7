//! The cheapest way back brings everybody back.

use proptest::prelude::*;

use super::*;
use crate::plan::{
    Change, ChangeAction, batch_of,
    form::{is_ours, ours, safe, way},
    same_records,
};

const LEGACY: &str = "old.example.net";
const NEW: &str = "new.example.net";

fn record(routing: Routing, value: &str) -> RecordSet {
    RecordSet {
        name: "api.example.com".parse().unwrap(),
        kind: RecordType::Cname,
        routing,
        answer: Answer::Values { ttl: Ttl(60), values: vec![value.to_owned()] },
        health_check: None,
    }
}

fn member(id: &str, weight: u8, value: &str) -> RecordSet {
    let routing = Routing::Weighted { set_identifier: id.to_owned(), weight: Weight(weight) };
    record(routing, value)
}

fn legacy(weight: u8) -> RecordSet {
    member("old", weight, LEGACY)
}

fn new(weight: u8) -> RecordSet {
    member("new", weight, NEW)
}

fn simple() -> RecordSet {
    record(Routing::Simple, LEGACY)
}

fn pair(baseline: Vec<RecordSet>) -> Pair {
    let is_old = |record: &&RecordSet| record.set_identifier() == Some("old");
    Pair {
        name: "api.example.com".parse().unwrap(),
        kind: RecordType::Cname,
        zone: ZoneId("Z1".to_owned()),
        found: baseline.clone(),
        busy: 0,
        wave: 0,
        legacy: baseline.iter().find(is_old).cloned().unwrap_or(legacy(100)),
        new: new(0),
        baseline,
    }
}

fn assert_safe(live: Vec<RecordSet>, wanted: Vec<RecordSet>, tokens: usize) {
    let pair = pair(vec![legacy(100), new(0)]);
    assert_eq!(safe(&pair, &live), wanted, "{live:?}");
    assert_eq!(way(&pair, &ours(&pair, &live), &wanted).tokens(), tokens, "{live:?}");
}

#[test]
fn where_legacy_has_weight_it_is_enough_that_new_goes() {
    assert_safe(vec![legacy(95), new(5)], vec![legacy(95)], 1);
    assert_safe(vec![legacy(1), new(255)], vec![legacy(1)], 1);
}

#[test]
fn l60_where_legacy_has_none_it_gets_its_own_back() {
    assert_safe(vec![legacy(0), new(100)], vec![legacy(100)], 3);
    assert_safe(vec![legacy(0), new(0)], vec![legacy(100), new(0)], 2);
    assert_safe(vec![legacy(0)], vec![legacy(100)], 2);
}

#[test]
fn what_is_safe_already_costs_nothing() {
    for live in [vec![legacy(95)], vec![legacy(95), new(0)], vec![legacy(100), new(0)]] {
        assert_safe(live.clone(), live, 0);
    }
    assert_safe(vec![simple()], vec![simple()], 0);
}

#[test]
fn where_members_are_not_as_cutover_leaves_them_the_baseline_is_sent() {
    let baseline = vec![legacy(100), new(0)];
    assert_safe(vec![], baseline.clone(), 2);
    assert_safe(vec![new(100)], baseline.clone(), 3);
    assert_safe(vec![record(Routing::Simple, NEW)], baseline.clone(), 3);
    assert_safe(vec![member("old", 9, "elsewhere.example.net"), new(9)], baseline.clone(), 4);
    let checked = RecordSet { health_check: Some("hc-1".to_owned()), ..legacy(9) };
    assert_safe(vec![checked, new(9)], baseline, 4);
}

#[test]
fn what_else_was_changed_of_legacy_s_member_stays_as_it_is() {
    let mut live = legacy(0);
    live.answer = Answer::Values { ttl: Ttl(30), values: vec!["OLD.example.net.".to_owned()] };
    assert_safe(vec![live.clone(), new(100)], vec![live.with_weight(Weight(100))], 3);
}

#[test]
fn a_part_that_new_had_before_the_run_it_gets_back() {
    let baseline = vec![legacy(90), new(10)];
    assert_eq!(safe(&pair(baseline.clone()), &[legacy(0), new(100)]), baseline);
}

#[test]
fn beside_a_stranger_legacy_gets_its_own_weight_back_and_the_stranger_stays() {
    let live = |stranger| vec![legacy(1), new(99), member("canary", stranger, "c.example.net")];
    assert_safe(live(10), vec![legacy(100)], 3);
    assert_safe(live(0), vec![legacy(1)], 1);
}

#[test]
fn on_the_way_to_a_simple_record_legacy_alone_is_safe_too() {
    let pair = pair(vec![simple()]);
    assert_eq!(safe(&pair, &[legacy(50), new(50)]), [legacy(50)]);
    assert_eq!(safe(&pair, &[legacy(100)]), [legacy(100)]);
    // Three tokens make the simple record as well.
    assert_eq!(safe(&pair, &[legacy(0), new(100)]), [simple()]);
}

fn weight() -> impl Strategy<Value = u8> {
    prop_oneof![Just(0), Just(100), 0..=255_u8]
}

/// Any group that a person, another tool or a half done run may leave.
fn group() -> impl Strategy<Value = Vec<RecordSet>> {
    let value = |own: &'static str| prop_oneof![9 => Just(own), 1 => Just("x.example.net")];
    let ours = move |id: &'static str, own| {
        let one = (weight(), value(own)).prop_map(move |(w, value)| member(id, w, value));
        prop::option::weighted(0.8, one)
    };
    let stranger = prop::option::weighted(0.2, weight());
    let weighted =
        (ours("old", LEGACY), ours("new", NEW), stranger).prop_map(|(legacy, new, stranger)| {
            let stranger = stranger.map(|w| member("canary", w, "c.example.net"));
            legacy.into_iter().chain(new).chain(stranger).collect()
        });
    prop_oneof![
        9 => weighted,
        1 => prop_oneof![Just(simple()), Just(record(Routing::Simple, NEW))].prop_map(|r| vec![r]),
    ]
}

/// Any baseline that a plan may have.
fn baseline() -> impl Strategy<Value = Vec<RecordSet>> {
    prop_oneof![
        (1..=255_u8).prop_map(|w| vec![legacy(w)]),
        (1..=255_u8, weight()).prop_map(|(w, v)| vec![legacy(w), new(v)]),
        Just(vec![legacy(0), new(10)]),
        Just(vec![simple()]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn l60_l61_l62_a_safe_group_is_never_empty_nor_all_zero(baseline in baseline(), live in group()) {
        let safe = safe(&pair(baseline), &live);
        let lone = safe.len() == 1 && safe[0].routing == Routing::Simple;
        prop_assert!(lone || safe.iter().any(|r| r.weight() > Some(Weight(0))), "{:?}", safe);
    }

    #[test]
    fn the_safe_form_costs_no_more_than_the_baseline_and_the_baseline_follows_from_it(
        baseline in baseline(), live in group(),
    ) {
        let pair = pair(baseline.clone());
        let ours = ours(&pair, &live);
        let first = safe(&pair, &live);
        let way_to = |from: &[RecordSet], to: &[RecordSet]| way(&pair, from, to);
        prop_assert!(way_to(&ours, &first).tokens() <= way_to(&ours, &baseline).tokens());
        // Once there, nothing more is asked for.
        let strangers = live.iter().filter(|r| !is_ours(&pair, r)).cloned();
        let after: Vec<_> = first.iter().cloned().chain(strangers).collect();
        prop_assert!(way_to(&first, &safe(&pair, &after)).is_done(), "{:?}", after);
        // What was safe is deleted to the letter, and nothing is created twice (laws L05, L07).
        let changes = batch_of(&pair.zone, &[&way_to(&first, &baseline)], None).changes;
        let mut stood = first.clone();
        for Change { action, record } in changes {
            let key = |other: &RecordSet| other.set_identifier() == record.set_identifier();
            match action {
                ChangeAction::Delete => {
                    prop_assert!(stood.contains(&record));
                    stood.retain(|other| *other != record);
                }
                ChangeAction::Create => {
                    prop_assert!(!stood.iter().any(key));
                    stood.push(record);
                }
                ChangeAction::Upsert => prop_assert!(false, "cutover overwrites nothing"),
            }
        }
        prop_assert!(same_records(&stood, &baseline), "{:?}", stood);
        // New answers nobody unless it did so before the run.
        let new_after = first.iter().filter(|r| r.answer.points_where(&new(0).answer, &r.kind));
        if baseline.iter().all(|r| r.set_identifier() != Some("new") || r.weight() == Some(Weight(0))) {
            for record in new_after {
                prop_assert_eq!(record.weight(), Some(Weight(0)));
            }
        }
    }
}
