//! Which records Route 53 takes for the same one.

use super::*;

fn one() -> RecordSet {
    cname("old.example.net", 60, weighted("blue", 5))
}

fn other(change: impl FnOnce(&mut RecordSet)) -> RecordSet {
    let mut record = one();
    change(&mut record);
    record
}

#[test]
fn l17_case_a_final_dot_and_the_order_of_values_make_no_difference() {
    assert!(one().is_same_as(&cname("OLD.example.net.", 60, weighted("blue", 5))));
    let of = |values: [&str; 2]| {
        other(|record| {
            record.kind = RecordType::A;
            let values = values.map(str::to_owned).to_vec();
            record.answer = Answer::Values { ttl: Ttl(60), values };
        })
    };
    assert!(of(["192.0.2.1", "192.0.2.2"]).is_same_as(&of(["192.0.2.2", "192.0.2.1"])));
    let host = |host| alias(host, Routing::Simple);
    assert!(host(LEGACY).is_same_as(&host(&format!("dualstack.{LEGACY}"))));
}

#[test]
fn anything_else_is_another_record_however_alike_the_rest_is() {
    // Not the same to the letter, so that each part of it is compared.
    let one = cname("OLD.example.net", 60, weighted("blue", 5));
    let others = [
        other(|record| record.name = "b.example.com".parse().unwrap()),
        other(|record| record.kind = RecordType::Txt),
        other(|record| record.routing = weighted("blue", 6)),
        other(|record| record.routing = weighted("green", 5)),
        other(|record| record.health_check = Some("hc-1".to_owned())),
        cname("old.example.net", 61, weighted("blue", 5)),
        cname("new.example.net", 60, weighted("blue", 5)),
    ];
    for other in others {
        assert!(!one.is_same_as(&other), "{other:?}");
    }
    let judged = |evaluates| {
        let mut record = alias(LEGACY, Routing::Simple);
        if let Answer::Alias { evaluate_target_health, .. } = &mut record.answer {
            *evaluate_target_health = evaluates;
        }
        record
    };
    assert!(!judged(true).is_same_as(&judged(false)));
}
