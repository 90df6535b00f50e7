//! What is read of a state, and what is refused.

use snapbox::{assert_data_eq, str};

use super::*;

const SHOWN: &[u8] = include_bytes!("../../../tests/fixtures/terraform-show.json");

fn addresses(state: &State) -> Vec<String> {
    let mut all: Vec<String> = state
        .scene
        .records
        .iter()
        .filter_map(|seen| Some(seen.address.as_ref()?.to_string()))
        .collect();
    all.sort();
    all
}

#[test]
fn a_state_file_and_what_terraform_shows_of_it_say_the_same() {
    let (state, shown) = (read(STATE).unwrap(), read(SHOWN).unwrap());
    assert_eq!(addresses(&state), addresses(&shown));
    assert_data_eq!(
        addresses(&state).join("\n"),
        str![[r#"
aws_route53_record.api
aws_route53_record.events
aws_route53_record.shop_legacy
aws_route53_record.shop_new
aws_route53_record.star
aws_route53_record.web["legacy"]
aws_route53_record.web["new"]
"#]]
    );
    assert_eq!((state.unread, &state.scene.zones), (0, &shown.scene.zones));
    assert!(state.scene.balancers().eq(shown.scene.balancers()));
    assert_eq!(state.scene.balancers().count(), 2);
}

/// A resource of a state file.
fn state(module: &str, name: &str, attributes: &str) -> String {
    format!(
        r#"{{"version":4,"resources":[{{{module}"mode":"managed","type":"aws_route53_record","name":"{name}",
        "instances":[{{"index_key":0,"attributes":{attributes}}}]}}]}}"#
    )
}

const SIMPLE: &str =
    r#"{"zone_id":"Z1","name":"a.example.com","type":"A","ttl":60,"records":["192.0.2.1"]}"#;

#[test]
fn modules_and_keys_are_part_of_an_address() {
    let text = state(r#""module":"module.dns[\"eu\"].module.zone","#, "api", SIMPLE);
    let read = read(text.as_bytes()).unwrap();
    assert_eq!(addresses(&read), [r#"module.dns["eu"].module.zone.aws_route53_record.api[0]"#]);
    let nested = r#"{"format_version":"1.0","values":{"root_module":{"child_modules":[{"address":"module.a",
        "child_modules":[{"address":"module.a.module.b","resources":[{"address":"x","mode":"managed",
        "type":"aws_route53_record","name":"api","index":"k","values":SIMPLE}]}]}]}}}"#;
    let read = super::super::read(nested.replace("SIMPLE", SIMPLE).as_bytes()).unwrap();
    assert_eq!(addresses(&read), [r#"module.a.module.b.aws_route53_record.api["k"]"#]);
}

#[test]
fn what_is_no_state_is_refused_and_nothing_of_it_is_repeated() {
    let refused = |text: &str| read(text.as_bytes()).unwrap_err().to_string();
    assert!(refused("{}").contains("it has no resources"), "{}", refused("{}"));
    assert!(refused("[1]").contains("neither"));
    assert!(refused(r#"{"version":3,"modules":[]}"#).contains("version 3"));
    assert!(refused("version: 1").contains("neither"));
    let deep = "[".repeat(100_000);
    let deep = format!(r#"{{"version":4,"resources":{deep}"#);
    assert!(refused(&deep).contains("neither"));
    assert!(read(&vec![b' '; MOST_BYTES + 1]).unwrap_err().to_string().contains("at most"));
    assert!(read(br#"{"format_version":"1.0"}"#).unwrap().scene.records.is_empty());
}

#[test]
fn hostile_attributes_are_left_out_and_counted() {
    for attributes in [
        "{}",
        r#"{"zone_id":7,"name":[],"type":{},"ttl":-1}"#,
        &SIMPLE.replace("\"A\"", "\"A\\n}\""),
        &SIMPLE.replace("Z1", "Z1\\\"}"),
        &SIMPLE.replace("60", "99999999999"),
        &SIMPLE.replace("a.example.com", "a\\u001b[2J.com"),
        &SIMPLE.replace(
            "\"ttl\"",
            "\"set_identifier\":\"x\",\"weighted_routing_policy\":[{\"weight\":999}],\"ttl\"",
        ),
    ] {
        let read = read(state("", "api", attributes).as_bytes()).unwrap();
        assert_eq!((read.scene.records.len(), read.unread), (0, 1), "{attributes}");
    }
    let read = read(state("", "a b", SIMPLE).as_bytes()).unwrap();
    assert_eq!(read.unread, 1);
}
