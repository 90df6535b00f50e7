//! Whose a record is, told from where it points and from its identifier.

use super::*;
use crate::plan::{Emergency, LEGACY_IDENTIFIER, NEW_IDENTIFIER, emergency};

fn alias(identifier: Option<(&str, u8)>, balancer: &str) -> RecordSet {
    RecordSet {
        name: "api.example.com".parse().unwrap(),
        kind: RecordType::A,
        routing: identifier.map_or(Routing::Simple, |(identifier, weight)| Routing::Weighted {
            set_identifier: identifier.to_owned(),
            weight: Weight(weight),
        }),
        answer: Answer::Alias {
            dns_name: format!("{balancer}-1000104729.us-west-2.elb.amazonaws.com."),
            zone_id: "Z1H1FL5HABSF5".to_owned(),
            evaluate_target_health: false,
        },
        health_check: None,
    }
}

/// Plans the way back of `api.example.com` from an `elb` to an `alb` of these names.
fn planned(elb: &str, alb: &str, live: &[RecordSet]) -> Emergency {
    let text = format!(
        "version: 1\nname: api\nrecords:\n  - name: api.example.com\n    zone: example.com\n    \
         legacy: {{ elb: {elb} }}\n    new: {{ alb: {alb} }}\nsteps: [{{ weight: 5%, hold: 10m }}]\n"
    );
    let source = Source { path: "api.yaml".to_owned(), text: text.into_bytes() };
    let runbook = parse(&source, &Choice::default()).unwrap();
    let id = ZoneId("Z1".to_owned());
    let zone = Zone { id: id.clone(), name: "example.com".parse().unwrap(), private: false };
    let zones = BTreeMap::from([(runbook.records[0].zone.clone(), vec![zone])]);
    emergency(&runbook, &zones, &BTreeMap::from([(id, live.to_vec())]), false)
}

/// Returns the baseline of the only pair.
fn baseline(found: &Emergency) -> &[RecordSet] {
    assert_eq!(found.problems, Vec::<String>::new());
    &found.plan.pairs[0].baseline
}

#[test]
fn members_that_cutover_made_are_told_apart_even_when_both_load_balancers_have_one_name() {
    let live =
        [alias(Some((LEGACY_IDENTIFIER, 0)), "api"), alias(Some((NEW_IDENTIFIER, 100)), "api")];
    let back = [live[0].with_weight(Weight(100)), live[1].with_weight(Weight(0))];
    assert_eq!(baseline(&planned("api", "api", &live)), back);
    let turned = [live[1].clone(), live[0].clone()];
    assert_eq!(baseline(&planned("api", "api", &turned)), back);
}

#[test]
fn adopted_members_are_told_apart_by_where_they_point() {
    let live = [alias(Some(("green", 255)), "api-new"), alias(Some(("blue", 3)), "api")];
    let back = [live[1].clone(), live[0].with_weight(Weight(0))];
    assert_eq!(baseline(&planned("api", "api-new", &live)), back);
}

#[test]
fn an_adopted_member_of_the_same_name_is_the_one_that_the_other_side_leaves() {
    let live = [alias(Some(("blue", 0)), "api"), alias(Some((NEW_IDENTIFIER, 100)), "api")];
    let back = [live[0].with_weight(Weight(100)), live[1].with_weight(Weight(0))];
    assert_eq!(baseline(&planned("api", "api", &live)), back);
}

#[test]
fn a_stranger_s_member_that_points_to_new_keeps_nobody_from_going_back() {
    for alb in ["api", "api-new"] {
        let live = [
            alias(Some(("a-stranger", 5)), alb),
            alias(Some((LEGACY_IDENTIFIER, 0)), "api"),
            alias(Some((NEW_IDENTIFIER, 100)), alb),
        ];
        let pair = &planned("api", alb, &live).plan.pairs[0];
        assert_eq!(
            pair.baseline,
            [live[1].with_weight(Weight(100)), live[2].with_weight(Weight(0))],
            "{alb}"
        );
    }
}

#[test]
fn members_that_cannot_be_told_apart_are_left_to_a_person() {
    let live = [alias(Some(("blue", 0)), "api"), alias(Some(("green", 100)), "api")];
    let found = planned("api", "api", &live);
    assert_eq!(found.plan.pairs, []);
    assert!(found.problems[0].contains("cannot be told from their names"), "{found:?}");
    let simple = planned("api", "api", &[alias(None, "api")]);
    assert!(simple.problems[0].contains("does not tell whose this simple record is"), "{simple:?}");
}

#[test]
fn a_simple_record_of_legacy_s_needs_no_way_back() {
    let found = planned("api", "api-new", &[alias(None, "api")]);
    assert_eq!((found.plan.pairs, found.problems), (vec![], vec![]));
}

#[test]
fn what_is_not_there_is_a_problem_of_its_own() {
    let found = planned("api", "api-new", &[]);
    assert!(found.problems[0].contains("there is no record"), "{found:?}");
    let foreign = RecordSet {
        answer: Answer::Values { ttl: Ttl(60), values: vec!["192.0.2.1".to_owned()] },
        ..alias(Some(("blue", 1)), "")
    };
    let found = planned("api", "api-new", &[foreign]);
    assert!(found.problems[0].contains("no member is known to be legacy's"), "{found:?}");
}

#[test]
fn what_was_prepared_elsewhere_tells_whose_a_simple_record_is() {
    // A run was stopped after it had prepared one name of two, and both load balancers have one name.
    let ready = |identifier| RecordSet {
        name: "web.example.com".parse().unwrap(),
        ..alias(Some((identifier, 100)), "api")
    };
    let live = [alias(None, "api"), ready(LEGACY_IDENTIFIER)];
    let found = planned("api", "api", &live);
    assert_eq!((found.plan.pairs, found.problems), (vec![], vec![]));
    // Elsewhere means the same load balancer, made for legacy.
    let other = alias(None, "api-x");
    let found = planned("api-x", "api-x", &[other, ready(LEGACY_IDENTIFIER)]);
    assert!(found.problems[0].contains("does not tell whose this simple record is"), "{found:?}");
    let found = planned("api", "api", &[alias(None, "api"), ready(NEW_IDENTIFIER)]);
    assert!(found.problems[0].contains("does not tell whose this simple record is"), "{found:?}");
}
