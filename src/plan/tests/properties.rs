//! What holds of every plan: batches that fit, that undo each other, and that leave no name without an answer.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    plan::{Batch, ChangeAction, Cost, Plan},
    unit::{RecordName, Share, Weights},
};

/// How one name is found.
#[derive(Debug, Clone)]
enum Found {
    Simple { ttl: u32 },
    LegacyOnly { ttl: u32, weight: u8 },
    Both { ttl: u32, legacy: u8, new: u8 },
}

fn found() -> impl Strategy<Value = Found> {
    let ttl = || prop_oneof![Just(20_u32), Just(60), Just(300)];
    prop_oneof![
        ttl().prop_map(|ttl| Found::Simple { ttl }),
        (ttl(), 1..=255_u8).prop_map(|(ttl, weight)| Found::LegacyOnly { ttl, weight }),
        (ttl(), 100..=255_u8, 0..=5_u8).prop_map(|(ttl, legacy, new)| Found::Both {
            ttl,
            legacy,
            new
        }),
    ]
}

fn records(found: &[Found]) -> Vec<RecordSet> {
    let mut live = Vec::new();
    for (index, found) in found.iter().enumerate() {
        let mut add = |value: &str, ttl, routing| {
            let mut record = cname(value, ttl, routing);
            record.name = format!("s{index}.example.com").parse().unwrap();
            live.push(record);
        };
        match found {
            Found::Simple { ttl } => add("old.example.net", *ttl, Routing::Simple),
            Found::LegacyOnly { ttl, weight } => {
                add("old.example.net", *ttl, weighted("old", *weight));
            }
            Found::Both { ttl, legacy, new } => {
                add("Old.example.net.", *ttl, weighted("old", *legacy));
                add("new.example.net", *ttl, weighted("new", *new));
            }
        }
    }
    live
}

fn plan(found: &[Found], shares: &[u8]) -> Plan {
    let record = |index: usize| CNAME.replace("events.", &format!("s{index}."));
    let text: String = (0..found.len()).map(record).collect();
    let steps = shares.iter().map(|share| format!("  - {{ weight: {share}%, hold: 30m }}\n"));
    let rest = format!("\nsteps:\n{}", steps.collect::<String>());
    made(&text, &rest, records(found)).unwrap().plan
}

/// A zone as strict as Route 53.
#[derive(Debug, Clone, PartialEq)]
struct ModelZone(BTreeMap<(RecordName, String), RecordSet>);

impl ModelZone {
    fn new(records: Vec<RecordSet>) -> Self {
        Self(records.into_iter().map(|record| (key(&record), record)).collect())
    }

    /// Makes a batch, and holds it to the laws.
    fn make(&mut self, batch: &Batch) {
        let cost = cost(batch);
        assert!(cost.elements <= 1000 && cost.characters <= 32_000, "l03, l04: {cost:?}");
        for change in &batch.changes {
            let known = self.0.get(&key(&change.record));
            match change.action {
                ChangeAction::Delete => {
                    assert_eq!(known, Some(&change.record), "l05: to the letter");
                    self.0.remove(&key(&change.record));
                }
                ChangeAction::Create => {
                    assert_eq!(known, None, "l07");
                    self.0.insert(key(&change.record), change.record.clone());
                }
                ChangeAction::Upsert => panic!("cutover overwrites nothing"),
            }
        }
        self.check();
    }

    fn check(&self) {
        let mut groups: BTreeMap<&RecordName, Vec<&RecordSet>> = BTreeMap::new();
        for record in self.0.values() {
            groups.entry(&record.name).or_default().push(record);
        }
        for (name, group) in &groups {
            let simple = group.iter().filter(|r| r.routing == Routing::Simple).count();
            assert!(simple == 0 || group.len() == 1, "l11: {name}");
            let sum: u32 = group.iter().filter_map(|r| r.weight()).map(|w| u32::from(w.0)).sum();
            assert!(simple == 1 || sum > 0, "l60, l61: {name}");
            assert!(group.iter().all(|r| r.ttl() == group[0].ttl()), "l12: {name}");
        }
    }

    fn names(&self) -> usize {
        self.0.values().map(|record| &record.name).collect::<std::collections::BTreeSet<_>>().len()
    }
}

fn key(record: &RecordSet) -> (RecordName, String) {
    (record.name.clone(), record.set_identifier().unwrap_or_default().to_owned())
}

fn cost(batch: &Batch) -> Cost {
    let values = batch.changes.iter().filter_map(|change| match &change.record.answer {
        Answer::Values { values, .. } => Some(values),
        Answer::Alias { .. } => None,
    });
    let characters = values.flatten().map(|value| value.chars().count()).sum();
    Cost { elements: batch.changes.len(), characters }
}

/// Goes forward to a shift and back again.
fn there_and_back(found: &[Found], shares: &[u8], turn: usize) {
    let plan = plan(found, shares);
    let mut zone = ModelZone::new(records(found));
    let names = zone.names();
    let make = |zone: &mut ModelZone, batches: Vec<Batch>| {
        for batch in batches {
            zone.make(&batch);
            assert_eq!(zone.names(), names, "l62: no name is ever without a record");
        }
    };
    make(&mut zone, plan.preparation());
    for shift in 0..=turn {
        make(&mut zone, plan.forward(shift));
        for pair in &plan.pairs {
            for member in pair.at(plan.shifts[shift].weights) {
                assert_eq!(zone.0.get(&key(&member)), Some(&member));
            }
        }
    }
    make(&mut zone, plan.rollback(turn));
    let baseline = plan.pairs.iter().flat_map(|pair| pair.baseline.clone()).collect();
    assert_eq!(zone, ModelZone::new(baseline), "byte for byte");
    for (found, pair) in found.iter().zip(&plan.pairs) {
        match found {
            Found::Simple { .. } => assert_eq!(pair.share_before(), 0.0),
            Found::LegacyOnly { .. } | Found::Both { .. } => assert_eq!(pair.baseline, pair.found),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn forward_and_back_is_where_it_began(
        found in prop::collection::vec(found(), 1..12),
        steps in prop::collection::btree_set(6..=100_u8, 1..5),
        turn in 0..5_usize,
    ) {
        let shares: Vec<u8> = steps.into_iter().collect();
        there_and_back(&found, &shares, turn.min(shares.len() - 1));
    }

    #[test]
    fn the_weights_of_a_share_are_never_farther_from_it_than_one_weight_is(parts in 0..=1_000_000_u32) {
        let share = Share::from_fraction(f64::from(parts) / 1e6);
        let got = Weights::nearest(share).fraction();
        // Between 0 and 1/256 there is nothing: a share above nothing never becomes nothing.
        prop_assert!((got - share.fraction()).abs() <= 1.0 / 256.0, "{share}: {got}");
    }
}

#[test]
fn a_thousand_pairs_go_forward_and_back_in_batches_that_fit() {
    let shapes = [
        Found::Simple { ttl: 300 },
        Found::LegacyOnly { ttl: 60, weight: 7 },
        Found::Both { ttl: 20, legacy: 200, new: 1 },
    ];
    let found: Vec<Found> = shapes.iter().cycle().take(1000).cloned().collect();
    there_and_back(&found, &[10, 100], 1);
}
