//! What the pairs of one name must have in common.

use super::*;

const BOTH: &str = "
  - name: api.example.com
    zone: example.com
    types: [A, AAAA]
    legacy: { elb: api-old }
    new: { alb: api }
";
/// Legacy is an alias, new is not.
const MIXED: &str = "
  - name: api.example.com
    zone: example.com
    ttl: 300
    legacy: { elb: api-old }
    new: { value: 192.0.2.1, metrics: { alb: api } }
";

fn six(mut record: RecordSet) -> RecordSet {
    record.kind = RecordType::Aaaa;
    record
}

fn weights(legacy: u8, new: u8) -> [RecordSet; 2] {
    [alias(LEGACY, weighted("blue", legacy)), alias(NEW, weighted("green", new))]
}

#[test]
fn l49_types_of_one_name_with_unequal_weights_stop_it() {
    let live = |legacy, new| {
        weights(95, 5).into_iter().chain(weights(legacy, new).map(six)).collect::<Vec<_>>()
    };
    assert_eq!(
        problem(BOTH, live(100, 0)),
        "api.example.com: new has 5% of A in zone Z1, 0% of AAAA in zone Z1; give its types the same weights first, so that they \
         move alike"
    );
    let rest = STEPS.replacen("5%", "6%", 1);
    assert!(made(BOTH, &rest, live(190, 10)).is_ok(), "the same share by other weights");
}

#[test]
fn l12_live_members_with_different_ttls_stop_it_because_they_would_not_be_taken_back() {
    let live = vec![
        cname("old.example.net", 300, weighted("old", 100)),
        cname("new.example.net", 60, weighted("new", 0)),
    ];
    let told = problem(CNAME, live);
    assert!(told.contains("its members have different TTLs (60s, 300s)"), "{told}");
}

#[test]
fn members_that_are_kept_for_different_times_are_worth_a_thought() {
    let hazards = |records: &str, live| made(records, STEPS, live).unwrap().hazards;
    let told =
        |found: Vec<String>| found.iter().any(|h| h.contains("keep legacy's answer for 60s"));
    let live = || vec![alias(LEGACY, Routing::Simple)];
    assert!(told(hazards(&MIXED.replace("300", "20"), live())));
    assert!(!told(hazards(&MIXED.replace("300", "60"), live())));
    assert!(!told(hazards(MIXED, live())), "a longer one is lowered to the alias's");
}

#[test]
fn types_of_one_name_that_are_kept_for_different_times_are_worth_a_thought() {
    let records = "
  - name: events.example.com
    zone: example.com
    types: [A]
    ttl: 60
    legacy: { value: 192.0.2.1, metrics: { elb: api-old } }
    new: { value: 192.0.2.2, metrics: { alb: api } }
  - name: events.example.com
    zone: example.com
    types: [AAAA]
    ttl: 60
    legacy: { value: \"2001:db8::1\", metrics: { elb: api-old } }
    new: { value: \"2001:db8::2\", metrics: { alb: api } }
";
    let told = |ttl| {
        let mut four = cname("192.0.2.1", 60, Routing::Simple);
        four.kind = RecordType::A;
        let live = vec![four, six(cname("2001:db8::1", ttl, Routing::Simple))];
        let hazards = made(records, STEPS, live).unwrap().hazards;
        hazards.iter().any(|h| h.contains("keep its types for different times (20s, 60s)"))
    };
    assert!(told(20) && !told(60));
}
