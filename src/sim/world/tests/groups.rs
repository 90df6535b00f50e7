//! Laws L11 to L18: what may stand in a zone, and beside what.

use super::*;

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
