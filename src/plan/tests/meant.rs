//! What is known to be meant for each of new's load balancers.

use super::*;
use crate::plan::meant::meant_for;

/// Returns what is meant for new's load balancers by records that lead from one load balancer to another, of which
/// legacy's have so many requests a minute.
fn meant(records: &[(&str, &str)], busy: &[(&str, u64)]) -> Vec<(String, f64)> {
    let record = |(number, (legacy, new)): (usize, &(&str, &str))| {
        format!(
            "  - {{ name: n{number}.example.com, zone: example.com, legacy: {{ elb: {legacy} }}, new: {{ alb: {new} }} }}\n"
        )
    };
    let records: String = records.iter().enumerate().map(record).collect();
    let busy = busy.iter().map(|(name, busy)| {
        let name = BalancerName { kind: BalancerKind::Classic, name: (*name).to_owned() };
        ((Side::Legacy, name), *busy)
    });
    let snapshot = Snapshot { busy: busy.collect(), ..snapshot(Vec::new()) };
    meant_for(&runbook(&format!("\n{records}"), STEPS), &snapshot).into_iter().collect()
}

#[test]
fn each_gets_what_legacy_s_beside_it_had() {
    let found = meant(&[("a", "x"), ("b", "y"), ("c", "y")], &[("a", 100), ("b", 20), ("c", 3)]);
    assert_eq!(found, [("alb x".to_owned(), 100.0), ("alb y".to_owned(), 23.0)]);
}

#[test]
fn what_one_of_legacy_s_had_for_several_of_new_is_not_known_of_each() {
    let found = meant(&[("a", "x"), ("a", "y"), ("b", "z")], &[("a", 100), ("b", 20)]);
    assert_eq!(found, [("alb z".to_owned(), 20.0)]);
    assert_eq!(meant(&[("a", "x"), ("b", "y")], &[("a", 100)]), [("alb x".to_owned(), 100.0)]);
}

#[test]
fn a_single_one_gets_everything_and_needs_no_telling() {
    assert_eq!(meant(&[("a", "x"), ("b", "x")], &[("a", 100), ("b", 20)]), []);
}
