//! From what is live to a pair, or to why not.

use super::*;
use crate::plan::{LEGACY_IDENTIFIER, NEW_IDENTIFIER, same_records};

#[test]
fn a_simple_record_becomes_a_pair_that_answers_the_same() {
    let simple = alias(LEGACY, Routing::Simple);
    let pair = pair(ALIAS, vec![simple.clone()]);
    assert_eq!(pair.legacy, alias(LEGACY, weighted(LEGACY_IDENTIFIER, 100)));
    assert_eq!(pair.new, alias(NEW, weighted(NEW_IDENTIFIER, 0)));
    assert_eq!(pair.found, [simple]);
    assert_eq!(pair.baseline, pair.prepared());
    assert_eq!(pair.share_before(), 0.0);
}

#[test]
fn a_simple_record_keeps_what_is_live_to_the_letter() {
    let mut simple = alias(&format!("dualstack.{LEGACY}"), Routing::Simple);
    simple.health_check = Some("hc-1".to_owned());
    if let Answer::Alias { evaluate_target_health, .. } = &mut simple.answer {
        *evaluate_target_health = true;
    }
    let pair = pair(ALIAS, vec![simple.clone()]);
    assert_eq!(pair.legacy.answer, simple.answer);
    assert_eq!(pair.legacy.health_check, simple.health_check);
}

#[test]
fn targets_are_known_whatever_their_case_dots_and_dualstack() {
    for live in [
        "API-OLD-123.us-west-2.elb.amazonaws.com",
        "dualstack.api-old-123.us-west-2.elb.amazonaws.com.",
        "Dualstack.Api-Old-123.us-west-2.elb.amazonaws.com",
    ] {
        assert!(pair(ALIAS, vec![alias(live, Routing::Simple)]).was_simple(), "{live}");
    }
    for live in ["OLD.example.net", "old.example.net."] {
        assert!(pair(CNAME, vec![cname(live, 60, Routing::Simple)]).was_simple(), "{live}");
    }
}

#[test]
fn a_weighted_pair_is_adopted_by_its_targets_and_kept() {
    let live = vec![alias(NEW, weighted("green", 3)), alias(LEGACY, weighted("blue", 97))];
    let pair = pair(ALIAS, live.clone());
    assert_eq!((&pair.legacy, &pair.new), (&live[1], &live[0]));
    assert!(same_records(&pair.baseline, &live) && same_records(&pair.prepared(), &live));
    assert_eq!(pair.share_before(), 0.03);
}

#[test]
fn a_weighted_record_without_a_new_member_gets_one_of_weight_0() {
    let live = vec![alias(LEGACY, weighted("blue", 10))];
    let pair = pair(ALIAS, live.clone());
    assert_eq!(pair.new, alias(NEW, weighted(NEW_IDENTIFIER, 0)));
    assert_eq!(pair.baseline, live, "a rollback removes the member that was made");
}

#[test]
fn a_member_that_is_made_takes_no_identifier_that_is_in_use() {
    // What was new in the migration before is legacy in this one.
    let live = vec![alias(LEGACY, weighted(NEW_IDENTIFIER, 100))];
    let pair = pair(ALIAS, live);
    assert_ne!(pair.new.set_identifier(), pair.legacy.set_identifier());
}

#[test]
fn a_member_of_neither_side_stops_it_and_is_shown() {
    let live = vec![
        alias(LEGACY, weighted("blue", 90)),
        alias("other-9.us-west-2.elb.amazonaws.com.", weighted("canary", 10)),
    ];
    let problem = problem(ALIAS, live);
    assert!(problem.contains("a member points to neither side"), "{problem}");
    assert!(problem.contains("weight 10 \"canary\" -> alias other-9"), "{problem}");
}

#[test]
fn two_members_of_one_side_stop_it() {
    let twice = |target| {
        let other = if target == LEGACY { NEW } else { LEGACY };
        vec![
            alias(target, weighted("a", 50)),
            alias(target, weighted("b", 50)),
            alias(other, weighted("c", 0)),
        ]
    };
    assert!(problem(ALIAS, twice(LEGACY)).contains("exactly one weighted member must point to"));
    assert!(problem(ALIAS, twice(NEW)).contains("more than one weighted member points to new"));
}

#[test]
fn another_routing_policy_and_a_traffic_policy_stop_it_and_are_shown() {
    for policy in ["latency us-west-2", "traffic policy instance 5c1e9a70", "multivalue answer"] {
        let set_identifier = Some("west".to_owned());
        let routing = Routing::Other { set_identifier, policy: policy.to_owned() };
        let problem = problem(ALIAS, vec![alias(LEGACY, routing)]);
        assert!(problem.contains(&format!("routed by another policy ({policy} -> ")), "{problem}");
        assert!(problem.contains("leave it out of `records`"), "{problem}");
    }
}

#[test]
fn l13_a_record_of_another_type_stops_a_cname_and_a_cname_stops_the_others() {
    let mut address = cname("192.0.2.1", 60, Routing::Simple);
    address.kind = RecordType::A;
    let live = vec![cname("old.example.net", 60, Routing::Simple), address];
    let told = problem(CNAME, live);
    assert!(told.contains("a A record stands at this name"), "{told}");

    let mut other = cname("old.example.net", 60, Routing::Simple);
    other.name = "api.example.com".parse().unwrap();
    let told = problem(ALIAS, vec![alias(LEGACY, Routing::Simple), other]);
    assert!(told.contains("a CNAME record stands at this name"), "{told}");
}

#[test]
fn another_type_beside_an_address_is_none_of_its_business() {
    let mut text = alias(LEGACY, Routing::Simple);
    text.kind = RecordType::Txt;
    pair(ALIAS, vec![alias(LEGACY, Routing::Simple), text]);
}

#[test]
fn l60_two_zeros_stop_it() {
    let live = vec![alias(LEGACY, weighted("blue", 0)), alias(NEW, weighted("green", 0))];
    assert!(problem(ALIAS, live).contains("all weights are 0"));
    let live = vec![alias(LEGACY, weighted("blue", 0))];
    assert!(problem(ALIAS, live).contains("all weights are 0"));
}

#[test]
fn what_points_elsewhere_or_to_new_already_stops_it() {
    assert!(problem(ALIAS, vec![alias(NEW, Routing::Simple)]).contains("points to new already"));
    let other = alias("other-9.us-west-2.elb.amazonaws.com.", Routing::Simple);
    assert!(
        problem(ALIAS, vec![other]).contains("does not point to legacy (simple -> alias other-9")
    );
    assert!(problem(ALIAS, Vec::new()).contains("no such record"));
}

#[test]
fn an_alias_of_the_same_name_in_another_hosted_zone_is_another_target() {
    let mut live = alias(LEGACY, Routing::Simple);
    if let Answer::Alias { zone_id, .. } = &mut live.answer {
        *zone_id = "ZOTHER".to_owned();
    }
    assert!(problem(ALIAS, vec![live]).contains("does not point to legacy"));
}

#[test]
fn simple_records_are_left_alone_where_the_runbook_says_so() {
    let rest = format!("{STEPS}prepare: {{ convert_simple: false }}\n");
    let problems = made(ALIAS, &rest, vec![alias(LEGACY, Routing::Simple)]).unwrap_err();
    assert!(problems[0].contains("prepare.convert_simple: true"), "{problems:?}");
    let live = vec![alias(LEGACY, weighted("blue", 100))];
    assert!(made(ALIAS, &rest, live).is_ok(), "what is weighted already is not converted");
}

#[test]
fn l12_both_members_get_the_shorter_of_the_live_ttl_and_the_one_that_is_wanted() {
    for (live, expected, waited) in [(3600, 60, Some(Ttl(3600))), (60, 60, None), (20, 20, None)] {
        let record = cname("old.example.net", live, Routing::Simple);
        let plan = made(CNAME, STEPS, vec![record]).unwrap().plan;
        let pair = &plan.pairs[0];
        assert_eq!((pair.legacy.ttl(), pair.new.ttl()), (Ttl(expected), Ttl(expected)), "{live}");
        assert_eq!(plan.old_ttl(), waited, "{live}");
    }
}

#[test]
fn l12_the_ttl_of_an_adopted_pair_is_lowered_and_the_baseline_has_the_old_one() {
    let live = vec![
        cname("old.example.net", 300, weighted("old", 100)),
        cname("new.example.net", 300, weighted("new", 0)),
    ];
    let pair = pair(CNAME, live.clone());
    assert_eq!((pair.legacy.ttl(), pair.new.ttl()), (Ttl(60), Ttl(60)));
    assert!(same_records(&pair.baseline, &live));
}

#[test]
fn a_first_step_below_what_new_has_already_stops_it() {
    let live = vec![alias(LEGACY, weighted("blue", 50)), alias(NEW, weighted("green", 50))];
    let told = problem(ALIAS, live);
    assert!(told.starts_with("new has 50% of the traffic already"), "{told}");
}

#[test]
fn shares_become_the_nearest_weights() {
    let table = [
        ("0.1%", "255/1"),
        ("0.5%", "199/1"),
        ("1%", "99/1"),
        ("5%", "95/5"),
        ("33.3333%", "2/1"),
        ("50%", "50/50"),
        ("99.5%", "1/199"),
        ("100%", "0/100"),
    ];
    for (share, weights) in table {
        let rest = format!("\nsteps: [ {{ weight: {share}, hold: 30m }} ]\n");
        let made = made(ALIAS, &rest, vec![alias(LEGACY, Routing::Simple)]).unwrap();
        assert_eq!(made.plan.shifts[0].weights.to_string(), weights, "{share}");
    }
}

#[test]
fn a_pair_is_as_busy_as_its_legacy_load_balancer() {
    let records = format!("{ALIAS}{CNAME}");
    let live = vec![alias(LEGACY, Routing::Simple), cname("old.example.net", 60, Routing::Simple)];
    let mut snapshot = snapshot(live);
    let plan = |snapshot: &Snapshot| {
        make(&runbook(&records, STEPS), snapshot, Standing::Refuse).unwrap().plan
    };
    let busy = |plan: &crate::plan::Plan| plan.pairs.iter().map(|p| p.busy).collect::<Vec<_>>();
    assert_eq!(busy(&plan(&snapshot)), [0, 0]);
    let name = BalancerName { kind: BalancerKind::Classic, name: "api-old".to_owned() };
    snapshot.busy.insert((Side::Legacy, name), 1200);
    snapshot.quota = Quota::GovCloud;
    let plan = plan(&snapshot);
    assert_eq!((busy(&plan), plan.quota), (vec![1200, 1200], Quota::GovCloud));
}
