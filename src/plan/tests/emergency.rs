//! The way back from nothing but the runbook and the zone.

use std::collections::BTreeSet;

use super::*;
use crate::plan::{
    Cost, Emergency, LEGACY_IDENTIFIER, Move, NEW_IDENTIFIER, batch_of, batches, emergency,
    names_to_read, same_records,
};

fn plan(records: &str, live: Vec<RecordSet>) -> Emergency {
    let snapshot = snapshot(live);
    emergency(&runbook(records, STEPS), &snapshot.zones, &snapshot.records, false)
}

/// Returns the only pair of a way back.
fn only(records: &str, live: Vec<RecordSet>) -> Pair {
    let found = plan(records, live);
    assert_eq!(found.problems, Vec::<String>::new());
    let [pair] = &found.plan.pairs[..] else { panic!("{:?}", found.plan.pairs) };
    pair.clone()
}

fn problem(records: &str, live: Vec<RecordSet>) -> String {
    let found = plan(records, live);
    assert!(found.plan.pairs.is_empty(), "{:?}", found.plan.pairs);
    found.problems[0].clone()
}

#[test]
fn legacy_keeps_its_weight_and_new_gets_none() {
    let live = vec![alias(LEGACY, weighted("blue", 75)), alias(NEW, weighted("green", 25))];
    let pair = only(ALIAS, live.clone());
    assert_eq!(pair.baseline, [live[0].clone(), live[1].with_weight(Weight(0))]);
    assert_eq!(pair.found, live);
    // Only new's member has to change.
    let way = Move { pair: 0, zone: pair.zone.clone(), from: live, to: pair.baseline };
    let moves = [way];
    let group = batches(&moves, Cost::ZERO).remove(0);
    assert_eq!(batch_of(&group[0].zone, &group, None).changes.len(), 2);
}

#[test]
fn legacy_without_weight_gets_all_of_it() {
    let live = vec![alias(LEGACY, weighted("blue", 0)), alias(NEW, weighted("green", 100))];
    let pair = only(ALIAS, live);
    let weights: Vec<_> = pair.baseline.iter().filter_map(RecordSet::weight).collect();
    assert_eq!(weights, [Weight(100), Weight(0)]);
}

#[test]
fn two_zeros_give_everything_to_legacy() {
    let live = vec![alias(LEGACY, weighted("blue", 0)), alias(NEW, weighted("green", 0))];
    let weights: Vec<_> = only(ALIAS, live).baseline.iter().filter_map(RecordSet::weight).collect();
    assert_eq!(weights, [Weight(100), Weight(0)]);
}

#[test]
fn members_that_cutover_made_are_known_by_their_identifiers() {
    // The load balancers were made anew since, so their names tell nothing.
    let gone = "k8s-abc-1.us-west-2.elb.amazonaws.com.";
    let live = vec![
        alias(gone, weighted(NEW_IDENTIFIER, 100)),
        alias(gone, weighted(LEGACY_IDENTIFIER, 0)),
    ];
    let pair = only(ALIAS, live);
    assert_eq!(pair.legacy.set_identifier(), Some(LEGACY_IDENTIFIER));
    assert_eq!(pair.legacy.weight(), Some(Weight(100)));
    assert_eq!(pair.new.weight(), Some(Weight(0)));
}

#[test]
fn a_target_tells_more_than_an_identifier_from_the_migration_before() {
    // What was new then is legacy in this one.
    let live = vec![
        alias(LEGACY, weighted(NEW_IDENTIFIER, 10)),
        alias(NEW, weighted("cutover:new-2", 90)),
    ];
    let pair = only(ALIAS, live.clone());
    assert_eq!(pair.legacy, live[0]);
    assert_eq!(pair.new, live[1].with_weight(Weight(0)));
    assert_eq!(pair.baseline.len(), 2);

    let live = vec![alias(LEGACY, weighted(NEW_IDENTIFIER, 0))];
    let pair = only(ALIAS, live);
    assert_eq!(pair.baseline, [alias(LEGACY, weighted(NEW_IDENTIFIER, 100))]);
}

#[test]
fn identifiers_of_two_migrations_are_not_believed_where_targets_tell_nothing() {
    let gone = "k8s-abc-1.us-west-2.elb.amazonaws.com.";
    let live =
        vec![alias(gone, weighted(NEW_IDENTIFIER, 0)), alias(gone, weighted("cutover:new-2", 100))];
    assert!(problem(ALIAS, live).contains("no member is known to be legacy's"));
}

#[test]
fn a_load_balancer_does_not_claim_what_belongs_to_one_with_a_longer_name() {
    // `api` is new and `api-old` is legacy; both hosts begin with `api-`.
    let live = vec![alias(LEGACY, weighted("a", 10)), alias(NEW, weighted("b", 90))];
    let pair = only(ALIAS, live);
    assert_eq!(pair.legacy.set_identifier(), Some("a"));
    // The other way round.
    let records = ALIAS.replace("elb: api-old", "elb: api").replace("alb: api }", "alb: api-old }");
    let live = vec![alias(LEGACY, weighted("a", 10)), alias(NEW, weighted("b", 90))];
    assert_eq!(only(&records, live).legacy.set_identifier(), Some("b"));
}

#[test]
fn internal_dualstack_and_network_names_are_known() {
    for host in [
        "internal-api-old-123.us-west-2.elb.amazonaws.com.",
        "dualstack.api-old-123.us-west-2.elb.amazonaws.com.",
        "dualstack.internal-api-old-123.us-west-2.elb.amazonaws.com.",
        "API-OLD-123.us-west-2.elb.amazonaws.com",
    ] {
        let live = vec![alias(host, weighted("a", 1)), alias(NEW, weighted("b", 9))];
        assert_eq!(only(ALIAS, live).legacy.set_identifier(), Some("a"), "{host}");
    }
    let records = ALIAS.replace("elb: api-old", "nlb: api-old");
    let network = "api-old-0123456789abcdef.elb.us-west-2.amazonaws.com.";
    let live = vec![alias(network, weighted("a", 1)), alias(NEW, weighted("b", 9))];
    assert_eq!(only(&records, live.clone()).legacy.set_identifier(), Some("a"));
    assert!(problem(ALIAS, live).contains("no member is known to be legacy's"));
}

#[test]
fn values_are_known_whatever_their_case_and_dots() {
    let live = vec![
        cname("OLD.example.net.", 300, weighted("a", 0)),
        cname("new.example.net", 300, weighted("b", 255)),
    ];
    let pair = only(CNAME, live);
    assert_eq!(pair.legacy, cname("OLD.example.net.", 300, weighted("a", 100)));
}

#[test]
fn a_simple_record_of_legacy_needs_nothing_and_any_other_needs_a_person() {
    let found = plan(ALIAS, vec![alias(LEGACY, Routing::Simple)]);
    assert_eq!((found.plan.pairs.len(), found.problems.len()), (0, 0));
    assert!(
        problem(ALIAS, vec![alias(NEW, Routing::Simple)]).contains("simple record that is not")
    );
    assert!(problem(ALIAS, Vec::new()).contains("there is no record"));
}

#[test]
fn without_a_legacy_member_a_person_is_asked() {
    let live = vec![alias(NEW, weighted("green", 100))];
    assert!(problem(ALIAS, live).contains("no member is known to be legacy's"));
}

#[test]
fn without_a_new_member_legacy_alone_is_told_of() {
    let live = vec![alias(LEGACY, weighted("blue", 0))];
    let found = plan(ALIAS, live);
    let pair = &found.plan.pairs[0];
    assert_eq!(pair.baseline, [alias(LEGACY, weighted("blue", 100))]);
    assert_eq!(pair.weights_in(&pair.baseline), (Some(Weight(100)), None));
    assert_eq!(found.plan.share_before().to_string(), "0%");
}

#[test]
fn strangers_are_no_part_of_the_baseline_and_are_told_of() {
    let live = vec![
        alias(LEGACY, weighted("blue", 10)),
        alias(NEW, weighted("green", 90)),
        alias("other-9.us-west-2.elb.amazonaws.com.", weighted("canary", 10)),
    ];
    let found = plan(ALIAS, live.clone());
    let [problem] = &found.problems[..] else { panic!("{:?}", found.problems) };
    assert!(problem.contains("a member of neither side keeps its part"), "{problem}");
    let [pair] = &found.plan.pairs[..] else { panic!("{:?}", found.plan.pairs) };
    assert!(!same_records(&pair.baseline, &live));
    assert!(pair.baseline.iter().all(|record| record.set_identifier() != Some("canary")));
}

#[test]
fn a_name_that_cannot_be_brought_back_keeps_no_other_from_it() {
    let records = format!("{ALIAS}{CNAME}");
    let live = vec![
        alias(LEGACY, weighted("blue", 0)),
        alias(NEW, weighted("green", 100)),
        cname("elsewhere.example.net", 60, Routing::Simple),
    ];
    let found = plan(&records, live);
    assert_eq!((found.plan.pairs.len(), found.problems.len()), (1, 1));
    assert!(found.problems[0].starts_with("events.example.com CNAME"), "{:?}", found.problems);
}

fn lock(text: &str) -> RecordSet {
    RecordSet {
        name: "_cutover-lock.example.com".parse().unwrap(),
        kind: RecordType::Txt,
        answer: Answer::Values { ttl: Ttl(60), values: vec![format!("\"{text}\"")] },
        ..alias("", Routing::Simple)
    }
}

#[test]
fn the_lock_that_stands_in_the_zone_is_taken_over() {
    let names = BTreeSet::from(["api.example.com".parse().unwrap()]);
    let zone = snapshot(Vec::new()).zones.into_values().flatten().next().unwrap();
    let read: Vec<_> = names_to_read(&zone, &names).iter().map(ToString::to_string).collect();
    assert_eq!(read, ["api.example.com", "_cutover-lock.example.com"]);

    let held =
        lock("v=1 run=api-20261123T021400Z-9f3a epoch=7 owner=5c until=2026-11-23T05:00:00Z");
    let live = vec![alias(LEGACY, weighted("blue", 1)), held.clone()];
    let plan = plan(ALIAS, live).plan;
    assert!(plan.locked);
    assert_eq!(plan.found_locks.into_values().collect::<Vec<_>>(), [held]);
}

#[test]
fn a_simple_record_in_a_zone_that_a_run_has_locked_is_taken_care_of() {
    let held =
        lock("v=1 run=api-20261123T021400Z-9f3a epoch=1 owner=5c until=2026-11-23T05:00:00Z");
    let simple = alias(LEGACY, Routing::Simple);
    let pair = only(ALIAS, vec![simple.clone(), held]);
    assert_eq!((&pair.found, &pair.baseline), (&vec![simple.clone()], &vec![simple.clone()]));
    let weights: Vec<_> = pair.prepared().iter().filter_map(RecordSet::weight).collect();
    assert_eq!(weights, [Weight(100), Weight(0)]);
    let identifiers: Vec<_> =
        pair.prepared().iter().filter_map(|r| r.set_identifier().map(str::to_owned)).collect();
    assert_eq!(identifiers, [LEGACY_IDENTIFIER, NEW_IDENTIFIER]);
}

#[test]
fn without_a_lock_in_the_zone_none_is_needed() {
    let live = vec![alias(LEGACY, weighted("blue", 1)), lock("something else")];
    let plan = plan(ALIAS, live).plan;
    assert!(!plan.locked && plan.found_locks.is_empty());
}

#[test]
fn l23_the_quota_is_the_one_of_the_dns_account_s_region() {
    let live = snapshot(vec![alias(LEGACY, weighted("blue", 1))]);
    for (region, quota) in [("us-gov-west-1", Quota::GovCloud), ("us-west-2", Quota::Default)] {
        let mut runbook = runbook(ALIAS, STEPS);
        runbook.environment.dns.region = Some(region.to_owned());
        let found = emergency(&runbook, &live.zones, &live.records, false);
        assert_eq!(found.plan.quota, quota);
    }
}

/// Returns the way back to simple records.
fn simple(live: Vec<RecordSet>) -> Emergency {
    let snapshot = snapshot(live);
    emergency(&runbook(ALIAS, STEPS), &snapshot.zones, &snapshot.records, true)
}

#[test]
fn legacy_s_member_becomes_a_simple_record_that_answers_the_same() {
    let mut legacy = alias(LEGACY, weighted(LEGACY_IDENTIFIER, 0));
    legacy.health_check = Some("hc-1".to_owned());
    let found = simple(vec![legacy.clone(), alias(NEW, weighted("green", 100))]);
    assert_eq!(found.problems, Vec::<String>::new());
    let [pair] = &found.plan.pairs[..] else { panic!("{found:?}") };
    legacy.routing = Routing::Simple;
    assert_eq!(pair.baseline, [legacy]);
    assert_eq!(pair.legacy.weight(), Some(Weight(100)));
}

#[test]
fn l11_beside_a_stranger_there_is_no_simple_record() {
    let live = vec![
        alias(LEGACY, weighted(LEGACY_IDENTIFIER, 10)),
        alias(NEW, weighted("green", 90)),
        alias("other-9.us-west-2.elb.amazonaws.com.", weighted("canary", 0)),
    ];
    let found = simple(live);
    let [problem] = &found.problems[..] else { panic!("{:?}", found.problems) };
    assert!(problem.contains("stays a weighted group"), "{problem}");
    assert_eq!(found.plan.pairs[0].baseline.len(), 2);
}

#[test]
fn what_was_weighted_before_cutover_came_stays_weighted() {
    let found =
        simple(vec![alias(LEGACY, weighted("blue", 10)), alias(NEW, weighted("green", 90))]);
    assert_eq!(found.problems, Vec::<String>::new());
    assert_eq!(found.plan.pairs[0].baseline.len(), 2);
}

#[test]
fn what_stands_at_the_locks_name_and_is_no_lock_is_left_alone() {
    let mut junk = alias(LEGACY, Routing::Simple);
    junk.name = "_cutover-lock.example.com".parse().unwrap();
    junk.kind = RecordType::Txt;
    junk.answer = Answer::Values { ttl: Ttl(300), values: vec!["\"hello\"".to_owned()] };
    let live = vec![alias(LEGACY, weighted("blue", 75)), alias(NEW, weighted("green", 25)), junk];
    let found = plan(ALIAS, live);
    assert_eq!((found.plan.locked, found.plan.found_locks), (false, BTreeMap::new()));
}

#[test]
fn a_lock_under_another_name_is_not_this_zones() {
    let zone: crate::unit::RecordName = "example.com".parse().unwrap();
    let lock = crate::plan::Lock {
        run: "api-20261123T011400Z-9f3a".parse().unwrap(),
        epoch: 7,
        owner: "5c1e9a70".to_owned(),
        until: "2026-11-23T02:20:00Z".parse().unwrap(),
    };
    let own = lock.record(&crate::plan::lock_name(&zone).unwrap());
    let other = RecordSet { name: "api.example.com".parse().unwrap(), ..own.clone() };
    let pair = || vec![alias(LEGACY, weighted("blue", 75)), alias(NEW, weighted("green", 25))];
    let found = |lock: &RecordSet| {
        let live = pair().into_iter().chain([lock.clone()]).collect();
        plan(ALIAS, live).plan.found_locks.into_values().collect::<Vec<_>>()
    };
    assert_eq!(found(&own), std::slice::from_ref(&own));
    assert_eq!(found(&other), []);
}
