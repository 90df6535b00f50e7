//! Laws L01 to L34 and L40: batches, quotas, lists.

use super::*;
use crate::{
    cloud::{ChangeId, ChangeStatus},
    sim::Operation,
};

#[test]
fn l01_a_batch_with_one_bad_change_changes_nothing() {
    let mut world = world(pair(100, 0), "");
    let good = values("a.example.com", "TXT", 60, &["\"x\""]);
    let messages = refusal(&mut world, &[create(&good), delete(&weighted("old", 99))]);
    assert_eq!(messages.len(), 1);
}

#[test]
fn l02_zones_know_nothing_of_each_other() {
    let mut stage = pair(100, 0);
    let mut other = stage.zones[0].clone();
    other.zone.id = ZoneId("Z2".to_owned());
    stage.zones.push(other);
    let mut world = world(stage, "");
    submit(&mut world, &[delete(&weighted("old", 100))]).unwrap();
    let untouched = world.records(DNS, &ZoneId("Z2".to_owned())).unwrap();
    assert_eq!(untouched.len(), 2);
    // L24: and one is not busy because the other is.
    let id = ZoneId("Z2".to_owned());
    assert!(world.change(DNS, &id, &[delete(&weighted("old", 100))], "").is_ok());
}

#[test]
fn l03_a_thousand_elements_fit_and_an_upsert_counts_twice() {
    let many = |count: usize, action: fn(&RecordSet) -> Change| -> Vec<Change> {
        (0..count)
            .map(|n| action(&values(&format!("n{n}.example.com"), "A", 60, &["192.0.2.1"])))
            .collect()
    };
    let full = "Number of records limit of 1000 exceeded.";
    let mut world = world(pair(100, 0), "");
    assert_eq!(refusal(&mut world, &many(1001, create)), [full]);
    // A refused batch has its price in change tokens, too.
    world.advance(start() + minutes(1));
    assert_eq!(submit(&mut world, &many(1000, create)), Ok(()));
    world.advance(start() + minutes(2));
    assert_eq!(refusal(&mut world, &many(501, upsert)), [full]);
    world.advance(start() + minutes(3));
    assert_eq!(submit(&mut world, &many(500, upsert)), Ok(()));
}

#[test]
fn l04_values_have_32000_characters_and_an_alias_none() {
    let text = format!("\"{}\"", "x".repeat(198));
    let txt = |n: usize| values(&format!("n{n}.example.com"), "TXT", 60, &[&text]);
    let mut world = world(pair(100, 0), "");
    let too_many: Vec<Change> = (0..161).map(|n| create(&txt(n))).collect();
    let full = "RDATA character limit of 32000 exceeded.";
    assert_eq!(refusal(&mut world, &too_many), [full]);
    let upserts: Vec<Change> = (0..81).map(|n| upsert(&txt(n))).collect();
    assert_eq!(refusal(&mut world, &upserts), [full]);
    let mut fits: Vec<Change> = (0..160).map(|n| create(&txt(n))).collect();
    fits.push(upsert(&weighted("old", 99)));
    assert_eq!(submit(&mut world, &fits), Ok(()));
}

#[test]
fn l05_delete_must_match_every_field() {
    let stored = RecordSet {
        health_check: Some("hc-1".to_owned()),
        ..member(&values("api.example.com", "A", 60, &["192.0.2.1"]), "old", 10)
    };
    let mut world = world(stage(vec![stored.clone(), weighted("new", 1)]), "");
    let edited = |edit: fn(&mut RecordSet)| {
        let mut record = stored.clone();
        edit(&mut record);
        record
    };
    for wrong in [
        stored.with_weight(Weight(11)),
        edited(|record| record.health_check = None),
        edited(|record| {
            record.answer = Answer::Values { ttl: Ttl(61), values: vec!["192.0.2.1".to_owned()] };
        }),
        edited(|record| {
            record.answer = Answer::Values { ttl: Ttl(60), values: vec!["192.0.2.2".to_owned()] };
        }),
        member(&weighted("old", 10), "old", 10),
    ] {
        let messages = refusal(&mut world, &[delete(&wrong)]);
        assert_eq!(
            messages,
            [
                "Tried to delete resource record set [name='api.example.com.', type='A', set-identifier='old'] but the \
              values provided do not match the current values"
            ]
        );
    }
    let mut alias = weighted("new", 1);
    if let Answer::Alias { evaluate_target_health, .. } = &mut alias.answer {
        *evaluate_target_health = true;
    }
    assert!(refusal(&mut world, &[delete(&alias)])[0].contains("do not match"));
    assert_eq!(submit(&mut world, &[delete(&stored)]), Ok(()));
}

#[test]
fn l05_values_are_a_set() {
    let stored = values("a.example.com", "A", 60, &["192.0.2.1", "192.0.2.2"]);
    let mut world = world(stage(vec![stored]), "");
    let turned = values("a.example.com", "A", 60, &["192.0.2.2", "192.0.2.1"]);
    assert_eq!(submit(&mut world, &[delete(&turned)]), Ok(()));
}

#[test]
fn l06_delete_of_what_is_not_there() {
    let mut world = world(pair(100, 0), "");
    let missing = values("x.example.com", "A", 60, &["192.0.2.1"]);
    assert_eq!(
        refusal(&mut world, &[delete(&missing)]),
        [
            "Tried to delete resource record set [name='x.example.com.', type='A'] but it was not found"
        ]
    );
}

#[test]
fn l07_create_of_what_is_there() {
    let mut world = world(pair(100, 0), "");
    assert_eq!(
        refusal(&mut world, &[create(&weighted("new", 5))]),
        [
            "Tried to create resource record set [name='api.example.com.', type='A', set-identifier='new'] but it \
          already exists"
        ]
    );
}

#[test]
fn l05_l07_a_simple_record_is_named_without_an_identifier() {
    let stored = values("*.example.com", "CNAME", 60, &["x.example.net"]);
    let mut world = world(stage(vec![stored.clone()]), "");
    let what = "resource record set [name='\\052.example.com.', type='CNAME']";
    let other = values("*.example.com", "CNAME", 60, &["y.example.net"]);
    assert_eq!(
        refusal(&mut world, &[delete(&other)]),
        [format!("Tried to delete {what} but the values provided do not match the current values")]
    );
    assert_eq!(
        refusal(&mut world, &[create(&stored)]),
        [format!("Tried to create {what} but it already exists")]
    );
}

#[test]
fn l08_the_same_key_twice() {
    let mut world = world(pair(100, 0), "");
    let twice = "The request contains an invalid set of changes for a resource record set 'A api.example.com.'";
    let old = weighted("old", 100);
    assert_eq!(refusal(&mut world, &[delete(&old), delete(&old)]), [twice]);
    assert_eq!(refusal(&mut world, &[delete(&old), upsert(&old)]), [twice]);
}

#[test]
fn l09_delete_and_create_is_compare_and_swap() {
    let mut world = world(pair(100, 0), "");
    let swap = |from, to| [delete(&weighted("new", from)), create(&weighted("new", to))];
    assert_eq!(submit(&mut world, &swap(0, 5)), Ok(()));
    assert!(refusal(&mut world, &swap(0, 9))[0].contains("do not match"));
    assert!(records(&world).contains(&weighted("new", 5)));
}

#[test]
fn l10_deletions_count_first_wherever_they_stand() {
    let mut world = world(pair(100, 0), "");
    let swap = [create(&weighted("new", 5)), delete(&weighted("new", 0))];
    assert_eq!(submit(&mut world, &swap), Ok(()));
}

#[test]
fn l11_weighted_and_simple_never_stand_together() {
    let simple = alias("old", Routing::Simple);
    let mut plain = world(stage(vec![simple.clone()]), "");
    assert_eq!(
        refusal(&mut plain, &[create(&weighted("new", 1))]),
        [
            "RRSet with DNS name api.example.com., type A, SetIdentifier new cannot be created as a non-weighted set exists \
          with the same name and type."
        ]
    );
    let conversion = [delete(&simple), create(&weighted("old", 100)), create(&weighted("new", 0))];
    assert_eq!(submit(&mut plain, &conversion), Ok(()));
    assert_eq!(
        refusal(&mut plain, &[create(&simple)]),
        [
            "RRSet with DNS name api.example.com., type A cannot be created as other RRSets exist with the same name and \
          type."
        ]
    );
}

#[test]
fn l11_a_simple_cname_does_not_stand_beside_weighted_ones() {
    let plain = values("w.example.com", "CNAME", 60, &["x.example.net"]);
    let mut world = world(stage(vec![member(&plain, "a", 1)]), "");
    assert_eq!(
        refusal(&mut world, &[create(&plain)]),
        [
            "RRSet with DNS name w.example.com., type CNAME cannot be created as other RRSets exist with the same name \
          and type."
        ]
    );
}

#[test]
fn l12_a_weighted_group_has_one_ttl() {
    let one = values("w.example.com", "A", 60, &["192.0.2.1"]);
    let (a, b) = (member(&one, "a", 1), member(&one, "b", 1));
    let slow = |id| member(&values("w.example.com", "A", 300, &["192.0.2.1"]), id, 1);
    let mut world = world(stage(vec![a.clone(), b.clone()]), "");
    assert_eq!(
        refusal(&mut world, &[delete(&b), create(&slow("b"))]),
        [
            "RRSet with DNS name w.example.com. and type A, SetIdentifier b cannot be created as weighted sets must \
          contain the same TTL."
        ]
    );
    let all = [delete(&a), delete(&b), create(&slow("a")), create(&slow("b"))];
    assert_eq!(submit(&mut world, &all), Ok(()));
}

#[test]
fn l13_a_cname_stands_alone_and_never_at_the_apex() {
    let mut world = world(pair(100, 0), "");
    assert_eq!(
        refusal(&mut world, &[create(&values("api.example.com", "CNAME", 60, &["x.example.net"]))]),
        [
            "RRSet of type CNAME with DNS name api.example.com. is not permitted because a conflicting RRSet of type A with \
          the same DNS name already exists in zone example.com."
        ]
    );
    let cname = values("c.example.com", "CNAME", 60, &["x.example.net"]);
    submit(&mut world, &[create(&cname)]).unwrap();
    assert_eq!(
        refusal(&mut world, &[create(&values("c.example.com", "A", 60, &["192.0.2.1"]))]),
        [
            "RRSet of type A with DNS name c.example.com. is not permitted because a conflicting RRSet of type CNAME with \
          the same DNS name already exists in zone example.com."
        ]
    );
    let apex = values("example.com", "CNAME", 60, &["x.example.net"]);
    assert!(refusal(&mut world, &[create(&apex)])[0].contains("at apex"));
}

#[test]
fn l14_identifiers_groups_and_values_have_limits() {
    let one = values("w.example.com", "A", 60, &["192.0.2.1"]);
    let two = values("w.example.com", "A", 60, &["192.0.2.1", "192.0.2.2"]);
    let mut world = world(pair(100, 0), "");
    for (record, why) in [
        (member(&one, "", 1), "SetIdentifier"),
        (member(&one, &"x".repeat(129), 1), "SetIdentifier"),
        (member(&two, "a", 1), "only one value"),
    ] {
        assert!(refusal(&mut world, &[create(&record)])[0].contains(why));
    }
    let group: Vec<Change> = (0..101).map(|n| create(&member(&one, &n.to_string(), 1))).collect();
    assert!(refusal(&mut world, &group)[0].contains("more than 100"));
    assert_eq!(submit(&mut world, &group[..100]), Ok(()));
}

#[test]
fn l15_all_that_is_wrong_comes_at_once_in_the_order_of_the_changes() {
    let mut world = world(pair(100, 0), "");
    let missing = values("x.example.com", "A", 60, &["192.0.2.1"]);
    let messages = refusal(
        &mut world,
        &[create(&weighted("new", 5)), delete(&missing), delete(&weighted("old", 7))],
    );
    let order = ["already exists", "not found", "do not match"];
    assert_eq!(messages.len(), order.len());
    for (message, part) in messages.iter().zip(order) {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn l16_a_protected_name_and_type_is_not_touched() {
    let mut stage = pair(100, 0);
    stage.zones[0].protected.push(("api.example.com".parse().unwrap(), "A".into()));
    let mut world = world(stage, "");
    assert!(refusal(&mut world, &[delete(&weighted("new", 0))])[0].contains("protected"));
}

#[test]
fn l17_only_the_first_change_of_a_mere_final_dot_takes_effect() {
    let cname = |name: &str, value: &str| values(name, "CNAME", 60, &[value]);
    let old = |n| cname(&format!("c{n}.example.com"), "x.example.net");
    let dotted = |n| cname(&format!("c{n}.example.com"), "x.example.net.");
    let mut world = world(stage(vec![old(1), old(2)]), "");
    let changes = [upsert(&dotted(1)), delete(&old(2)), create(&dotted(2))];
    assert_eq!(submit(&mut world, &changes), Ok(()));
    assert_eq!(records(&world), [dotted(1), old(2)]);
}

#[test]
fn l18_a_full_zone_takes_no_more_but_lets_itself_be_changed() {
    let record = |n: usize| values(&format!("n{n}.example.com"), "A", 60, &["192.0.2.1"]);
    let mut world = world(stage((0..10_000).map(record).collect()), "");
    assert!(refusal(&mut world, &[create(&record(10_001))])[0].contains("10000"));
    let swap = [delete(&record(1)), create(&record(10_001))];
    assert_eq!(submit(&mut world, &swap), Ok(()));
}

#[test]
fn l20_an_empty_bucket_throttles_and_nothing_is_done() {
    let mut world = world(pair(100, 0), "route53: { other_tools: 0 }");
    for _ in 0..50 {
        world.records(DNS, &zone_id()).unwrap();
    }
    let error = world.change(DNS, &zone_id(), &[delete(&weighted("new", 0))], "").unwrap_err();
    assert_eq!(error.kind, CloudErrorKind::Throttled);
    assert_eq!(error.code.as_deref(), Some("Throttling"));
    assert_eq!(error.message, "Rate exceeded");
    assert_eq!(records(&world).len(), 2);
}

#[test]
fn l24_a_zone_is_busy_for_less_than_a_second_after_a_change() {
    let mut world = world(pair(100, 0), "");
    set(&mut world, 99, 1);
    let error = world.change(DNS, &zone_id(), &[delete(&weighted("new", 1))], "").unwrap_err();
    assert_eq!(error.kind, CloudErrorKind::Busy);
    assert_eq!(error.code.as_deref(), Some("PriorRequestNotComplete"));
    world.advance(world.now() + seconds(1));
    assert!(world.change(DNS, &zone_id(), &[delete(&weighted("new", 1))], "").is_ok());
}

#[test]
fn l25_a_lost_answer_leaves_the_change_made() {
    let mut world = world(pair(100, 0), "faults: [{ at: 0s, lost_answers: 100% }]");
    let changes = [upsert(&weighted("new", 7))];
    assert_eq!(submit(&mut world, &changes), Err(CloudErrorKind::Unclear));
    assert!(records(&world).contains(&weighted("new", 7)));
}

#[test]
fn l26_a_swap_that_is_sent_twice_is_made_once() {
    let mut world = world(pair(100, 0), "faults: [{ at: 0s, lost_answers: 100% }]");
    let swap = [delete(&weighted("new", 0)), create(&weighted("new", 7))];
    assert_eq!(submit(&mut world, &swap), Err(CloudErrorKind::Unclear));
    assert_eq!(refusal(&mut world, &swap).len(), 2, "what was made is in its own way");
    assert!(records(&world).contains(&weighted("new", 7)));
}

#[test]
fn l30_a_list_shows_what_is_pending() {
    let mut world = world(pair(100, 0), "");
    let id = world.change(DNS, &zone_id(), &[upsert(&weighted("new", 7))], "").unwrap();
    assert_eq!(world.change_status(DNS, &id), Ok(ChangeStatus::Pending));
    assert!(world.records(DNS, &zone_id()).unwrap().contains(&weighted("new", 7)));
}

#[test]
fn l31_lists_are_ordered_by_labels_from_the_right_then_by_type() {
    let record = |name: &str, kind: &str| values(name, kind, 60, &["x"]);
    let names = [
        ("example.com", "NS"),
        ("example.com", "SOA"),
        ("*.example.com", "A"),
        ("a.example.com", "A"),
        ("a.example.com", "AAAA"),
        ("z.a.example.com", "A"),
        ("a-b.example.com", "A"),
        ("b.example.com", "A"),
    ];
    let mut turned: Vec<RecordSet> = names.iter().map(|(n, k)| record(n, k)).collect();
    turned.reverse();
    let mut world = world(stage(turned), "");
    let listed = world.records(DNS, &zone_id()).unwrap();
    let listed: Vec<_> = listed.iter().map(|r| (r.name.as_str(), r.kind.as_str())).collect();
    // A wildcard is `\052`, and `\` (0x5C) comes before letters; `-` (0x2D) comes before `.` (0x2E).
    assert_eq!(listed, [0, 1, 2, 6, 3, 4, 5, 7].map(|index| names[index]));
}

#[test]
fn l31_a_page_has_300_record_sets() {
    let record = |n: usize| values(&format!("n{n:03}.example.com"), "A", 60, &["192.0.2.1"]);
    let mut world = world(stage((0..650).map(record).collect()), "");
    let mut pages = (0..4).map(|page| world.records_page(DNS, &zone_id(), page).unwrap());
    let sizes: Vec<usize> = pages.by_ref().map(|page| page.len()).collect();
    assert_eq!(sizes, [300, 300, 50, 0]);
    assert_eq!(world.pages(&zone_id()), 3);
    assert_eq!(world.records_page(DNS, &zone_id(), 1).unwrap()[0], record(300));
}

#[test]
fn l32_alias_targets_are_listed_in_lower_case_with_a_final_dot() {
    let mut record = alias("old", Routing::Simple);
    if let Answer::Alias { dns_name, .. } = &mut record.answer {
        *dns_name = "DualStack.Old-1.us-west-2.elb.amazonaws.com".to_owned();
    }
    let mut world = world(stage(vec![record]), "");
    let listed = world.records_at(DNS, &zone_id(), &"api.example.com".parse().unwrap()).unwrap();
    let Answer::Alias { dns_name, .. } = &listed[0].answer else { panic!("{listed:?}") };
    assert_eq!(dns_name, "dualstack.old-1.us-west-2.elb.amazonaws.com.");
    assert_eq!(world.flow.to, [1.0, 0.0], "and lead where they did");
}

#[test]
fn l33_pages_around_a_change_show_a_zone_that_never_was() {
    let record = |n: usize| values(&format!("n{n:03}.example.com"), "A", 60, &["192.0.2.1"]);
    let mut world = world(stage((0..400).map(record).collect()), "");
    let first = world.records_page(DNS, &zone_id(), 0).unwrap();
    let later = |n| values(&format!("n{n:03}.example.com"), "A", 60, &["192.0.2.2"]);
    let changes =
        [delete(&record(1)), create(&later(1)), delete(&record(399)), create(&later(399))];
    submit(&mut world, &changes).unwrap();
    let second = world.records_page(DNS, &zone_id(), 1).unwrap();
    assert!(first.contains(&record(1)) && second.contains(&later(399)));
}

#[test]
fn l34_names_and_values_are_compared_in_one_form() {
    let stored = values("a.example.com", "A", 60, &["192.0.2.1", "192.0.2.2"]);
    let mut alias = weighted("old", 100);
    let mut world = world(stage(vec![stored, alias.clone()]), "");
    let same = values("A.Example.COM.", "A", 60, &["192.0.2.2", "192.0.2.1"]);
    if let Answer::Alias { dns_name, .. } = &mut alias.answer {
        *dns_name = "OLD-1.us-west-2.elb.amazonaws.com".to_owned();
    }
    assert_eq!(submit(&mut world, &[delete(&same), delete(&alias)]), Ok(()));
}

#[test]
fn l40_a_change_is_insync_within_a_minute_unless_the_scenario_says_otherwise() {
    for (yaml, least, most) in [
        ("", 5, 60),
        ("route53: { in_sync_slow: 100% }", 300, 1800),
        ("faults: [{ at: 0s, for: 3h, in_sync_stuck: true }]", 10_798, 10_800),
    ] {
        let mut world = world(pair(100, 0), yaml);
        let id = world.change(DNS, &zone_id(), &[upsert(&weighted("new", 7))], "").unwrap();
        world.advance(start() + seconds(least - 1));
        assert_eq!(world.change_status(DNS, &id), Ok(ChangeStatus::Pending), "{yaml}");
        world.advance(start() + seconds(most));
        assert_eq!(world.change_status(DNS, &id), Ok(ChangeStatus::InSync), "{yaml}");
        let unknown = ChangeId("C9".to_owned());
        assert_eq!(world.change_status(DNS, &unknown), Ok(ChangeStatus::Lost));
    }
}

#[test]
fn another_account_cannot_touch_the_zone() {
    let mut world = world(pair(100, 0), "");
    let error = world.change(NEW, &zone_id(), &[delete(&weighted("new", 0))], "").unwrap_err();
    assert_eq!(error.kind, CloudErrorKind::Denied);
    let error = world.records(DNS, &ZoneId("Z9".to_owned())).unwrap_err();
    assert_eq!(error.kind, CloudErrorKind::NotFound);
    assert!(world.zones(NEW).unwrap().is_empty());
    assert_eq!(world.zones(DNS).unwrap().len(), 1);
}

#[test]
fn while_the_control_plane_is_down_nothing_is_done_and_calls_take_long() {
    let mut world = world(pair(100, 0), "faults: [{ at: 0s, for: 5m, route53_down: true }]");
    assert_eq!(submit(&mut world, &[upsert(&weighted("new", 7))]), Err(CloudErrorKind::Unclear));
    assert!(world.latency(Operation::GetChange) >= seconds(10));
    assert!(
        world
            .target_health(NEW, &balancer(Side::New, BalancerKind::Application).balancer.name)
            .is_ok()
    );
    world.advance(start() + minutes(5));
    assert!(!records(&world).contains(&weighted("new", 7)));
    assert_eq!(submit(&mut world, &[upsert(&weighted("new", 7))]), Ok(()));
}

#[test]
fn calls_take_exactly_as_long_as_the_scenario_says() {
    let mut world = world(pair(100, 0), "route53: { answer_ms: 30, change_ms: 50.5 }");
    let mut took = |operation| world.latency(operation).as_secs_f64() * 1000.0;
    assert_eq!(took(Operation::ListResourceRecordSets), 30.0);
    assert_eq!(took(Operation::GetChange), 30.0);
    assert_eq!(took(Operation::ChangeResourceRecordSets), 50.5);
    assert!((60.0..=250.0).contains(&took(Operation::DescribeLoadBalancers)));
}

#[test]
fn l21_a_batch_s_change_tokens_are_counted_when_it_is_let_through() {
    let mut world = world(pair(100, 0), "");
    submit(&mut world, &[delete(&weighted("new", 0)), upsert(&weighted("old", 99))]).unwrap();
    assert_eq!(world.change_tokens(), 3);
    let many: Vec<Change> = (0..800).map(|_| upsert(&weighted("new", 1))).collect();
    assert_eq!(submit(&mut world, &many), Err(CloudErrorKind::Throttled));
    assert_eq!(world.change_tokens(), 3);
}

#[test]
fn somebody_sets_the_weights_back() {
    let mut world =
        world(pair(100, 0), "faults: [{ from_share: 25%, after: 5m, weights_reset: true }]");
    set(&mut world, 75, 25);
    world.advance(start() + minutes(4));
    assert!(records(&world).contains(&weighted("new", 25)));
    world.advance(start() + minutes(6));
    assert_eq!(records(&world), [weighted("new", 0), weighted("old", 100)]);
    set(&mut world, 75, 25);
    world.advance(start() + minutes(30));
    assert!(records(&world).contains(&weighted("new", 25)), "once only");
}
