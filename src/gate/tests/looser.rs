//! Which limits let new be worse than others.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::{
    gate::{limits, looser},
    runbook::{Change, Choice, Source, tuned},
};

const RUNBOOK: &str = "
version: 1
name: api
records:
  - { name: api.example.com, zone: example.com, legacy: { elb: api }, new: { alb: api } }
steps:
  - { weight: 100%, hold: 1h }
gates:
  errors:
    critical: { times_legacy: 2.5, at_most: 2%, false_alarm: 1% }
    warning: { times_legacy: 1.5, plus: 0.02%, at_most: 1%, history: 24h }
  latency:
    critical: { at_most: 800ms }
    warning: { at_most: 400ms }
  metrics:
    - { name: lag, side: new, namespace: AWS/RDS, metric: ReplicaLag, stat: Maximum,
        warning: { above: 10 }, critical: { above: 30, minutes: 3 of 5 } }
    - { name: free space, side: new, namespace: AWS/RDS, metric: FreeStorageSpace, stat: Minimum,
        warning: { below: 500 }, critical: { below: 100 } }
";

/// Every limit, looser and then tighter than in the runbook.
const EACH: &[(&str, &str, &str)] = &[
    ("noise", "high", "low"),
    ("errors.critical.times_legacy", "3", "2"),
    ("errors.critical.plus", "0.2%", "0.05%"),
    ("errors.critical.at_most", "off", "1.5%"),
    ("errors.critical.false_alarm", "0.5%", "2%"),
    ("errors.warning.times_legacy", "1.9", "1"),
    ("errors.warning.plus", "0.04%", "0%"),
    ("errors.warning.at_most", "1.2%", "0.1%"),
    ("errors.warning.false_alarm", "4%", "6%"),
    ("errors.catastrophe.rate", "30%", "20%"),
    ("errors.catastrophe.min_errors", "11", "9"),
    ("errors.catastrophe.times_legacy", "6", "4"),
    ("latency.critical.times_legacy", "1.6", "1.4"),
    ("latency.critical.at_most", "801ms", "799ms"),
    ("latency.critical.bad_minutes", "11%", "9%"),
    ("latency.critical.false_alarm", "0.1%", "5%"),
    ("latency.warning.times_legacy", "1.3", "1.1"),
    ("latency.warning.at_most", "off", "399ms"),
    ("latency.warning.bad_minutes", "30%", "1%"),
    ("latency.warning.false_alarm", "1%", "50%"),
    ("share.within", "80%", "10%"),
    ("share.after", "10m", "0s"),
    ("targets.critical.below", "40%", "60%"),
    ("metrics.lag.warning.above", "11", "9"),
    ("metrics.lag.warning.minutes", "2 of 2", "1 of 2"),
    ("metrics.lag.critical.above", "40", "20"),
    ("metrics.lag.critical.minutes", "3 of 4", "2 of 4"),
    ("metrics.free space.warning.below", "400", "600"),
    ("metrics.free space.warning.minutes", "2 of 3", "1 of 60"),
    ("metrics.free space.critical.below", "50", "150"),
    ("metrics.free space.critical.minutes", "2 of 3", "1 of 60"),
    ("pass.min_minutes", "4", "6"),
    ("pass.min_requests", "1", "1000"),
    ("pass.proof", "90%", "99%"),
];

fn gates() -> Gates {
    with(&[])
}

fn with(changes: &[(&str, &str)]) -> Gates {
    let source = Source { path: "api.yaml".to_owned(), text: RUNBOOK.into() };
    let change = |(limit, to): &(&str, &str)| Change { limit: (*limit).into(), to: (*to).into() };
    let changes: Vec<Change> = changes.iter().map(change).collect();
    tuned(&source, &Choice::default(), 0, &changes).unwrap()
}

/// The limits that are looser with these changes, without their values.
fn loosened(changes: &[(&str, &str)]) -> BTreeSet<String> {
    let loosened = looser(&gates(), &with(changes)).into_iter();
    loosened.map(|text| text.split('`').nth(1).unwrap().to_owned()).collect()
}

#[test]
fn every_limit_has_a_direction() {
    let paths: Vec<String> = limits(&gates()).into_iter().map(|limit| limit.path).collect();
    let told: Vec<&str> = EACH.iter().map(|(limit, ..)| *limit).collect();
    let of_the_past = ["errors.critical.history", "errors.warning.history"];
    let rest: Vec<_> = paths.iter().filter(|path| !of_the_past.contains(&path.as_str())).collect();
    assert_eq!(rest, told);
    for (limit, up, down) in EACH {
        assert_eq!(loosened(&[(limit, up)]), BTreeSet::from([(*limit).to_owned()]), "{up}");
        assert_eq!(loosened(&[(limit, down)]), BTreeSet::new(), "{limit}={down}");
    }
}

#[test]
fn a_limit_set_to_what_it_is_called_is_the_same() {
    for limit in limits(&gates()) {
        assert_eq!(with(&[(&limit.path, &limit.words)]), gates(), "{limit:?}");
    }
}

#[test]
fn it_says_from_what_to_what() {
    let after = with(&[
        ("errors.critical.times_legacy", "3"),
        ("errors.warning.history", "off"),
        ("latency.critical.at_most", "2s"),
        ("metrics.lag.critical.minutes", "5 of 5"),
    ]);
    assert_eq!(
        looser(&gates(), &after),
        [
            "`errors.critical.times_legacy` from 2.5 to 3",
            "`errors.warning.history` from 24h to off",
            "`latency.critical.at_most` from 800ms to 2s",
            "`metrics.lag.critical.minutes` from 3 of 5 to 5 of 5",
        ]
    );
}

#[test]
fn a_limit_that_was_not_there_is_no_looser_and_one_that_is_gone_is() {
    let mut fewer = gates();
    fewer.targets = None;
    fewer.metrics[0].critical = None;
    assert_eq!(looser(&fewer, &gates()), Vec::<String>::new());
    assert_eq!(
        looser(&gates(), &fewer),
        [
            "`targets.critical.below` from 50% to none",
            "`metrics.lag.critical.above` from 30 to none",
            "`metrics.lag.critical.minutes` from 3 of 5 to none",
        ]
    );
}

#[test]
fn fewer_bad_minutes_of_fewer_are_looser_only_where_some_could_be_out_of_sight() {
    // Three bad ones of five leave at least one among the newest three.
    for (minutes, is_looser) in
        [("1 of 3", false), ("2 of 3", true), ("3 of 60", false), ("4 of 60", true)]
    {
        let limit = "metrics.lag.critical.minutes";
        assert_eq!(!loosened(&[(limit, minutes)]).is_empty(), is_looser, "{minutes}");
    }
}

proptest! {
    #[test]
    fn of_many_changes_those_that_loosen_are_named_and_no_others(
        which in prop::collection::vec(0..3_u8, EACH.len()),
    ) {
        let chosen = EACH.iter().zip(&which).filter(|(_, which)| **which > 0);
        let changes: Vec<(&str, &str)> = chosen
            .map(|((limit, up, down), which)| (*limit, if *which == 1 { *up } else { *down }))
            .collect();
        let up = EACH.iter().zip(&which).filter(|(_, which)| **which == 1);
        let expected: BTreeSet<String> = up.map(|((limit, ..), _)| (*limit).to_owned()).collect();
        prop_assert_eq!(loosened(&changes), expected);
    }
}
