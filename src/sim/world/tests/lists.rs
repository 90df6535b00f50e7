//! Laws L30 to L34 and L40: what lists show and in which order, and when a change is everywhere.

use super::*;
use crate::cloud::{ChangeId, ChangeStatus};

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
