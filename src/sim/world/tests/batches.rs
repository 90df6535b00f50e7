//! Laws L01 to L10 and L15: what a batch is, what it is compared with, and what is said of it.

use super::*;

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
