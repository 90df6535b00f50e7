//! The room as a whole: from states that Terraform 1.11 and its AWS provider 5.100 wrote to runbooks and patches.

use snapbox::{assert_data_eq, file, str};

use super::*;
use crate::{
    plan::{Answer, Pair, RecordSet, Routing, ZoneId},
    unit::{Ttl, Weight},
};

const STATE: &[u8] = include_bytes!("../../tests/fixtures/terraform.tfstate");
const SHOWN: &[u8] = include_bytes!("../../tests/fixtures/terraform-show.json");

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
    let read = super::read(nested.replace("SIMPLE", SIMPLE).as_bytes()).unwrap();
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

fn way(names: &[&str]) -> Way {
    Way {
        command: "cutover init --from-terraform terraform.tfstate".to_owned(),
        names: names.iter().map(|name| name.parse().unwrap()).collect(),
        ..Way::default()
    }
}

#[test]
fn a_runbook_is_drafted_with_what_its_author_has_to_decide() {
    let scene = read(STATE).unwrap().scene;
    let draft = draft(&scene, &way(&[])).unwrap();
    assert_data_eq!(draft.yaml, file!["../../tests/fixtures/terraform-runbook.yaml"]);
    assert_eq!(draft.records, 3);
}

#[test]
fn a_record_that_is_named_may_point_anywhere() {
    let scene = read(STATE).unwrap().scene;
    let named = draft(&scene, &way(&["events.example.com", "*.star.example.com"])).unwrap();
    let records = named.yaml.split("records:").nth(1).unwrap();
    assert_data_eq!(
        records.split("\n\n").next().unwrap(),
        str![[r#"

  # aws_route53_record.star, weight 1 "a_A_b:c" -> events-old.example.net (TTL 300s)
  # it is the only weighted member, so it is taken for legacy's
  - name: "*.star.example.com"
    zone: example.com
    types: [CNAME]
    # The TTL is 300s today; it is lowered before the first step, and the old one is waited out.
    ttl: 60
    legacy: { value: events-old.example.net }
    # DECIDE: where does it move to? Load balancers known are alb api, elb api-legacy.
    new: { alb: CHANGE-ME }
  # aws_route53_record.events, simple -> events-old.example.net (TTL 300s)
  # it is a simple record today; before the first step it becomes a weighted pair that answers the same
  - name: events.example.com
    zone: example.com
    types: [CNAME]
    # The TTL is 300s today; it is lowered before the first step, and the old one is waited out.
    ttl: 60
    legacy: { value: events-old.example.net }
    # DECIDE: where does it move to? Load balancers known are alb api, elb api-legacy.
    new: { alb: CHANGE-ME }
"#]]
    );
    assert_eq!(
        draft(&scene, &way(&["none.example.com"])).unwrap_err(),
        ["it has no record of these names"]
    );
}

fn member(set: &str, weight: u8, value: &str) -> RecordSet {
    RecordSet {
        name: "api.example.com".parse().unwrap(),
        kind: "CNAME".into(),
        routing: Routing::Weighted { set_identifier: set.to_owned(), weight: Weight(weight) },
        answer: Answer::Values { ttl: Ttl(60), values: vec![value.to_owned()] },
        health_check: None,
    }
}

fn simple(value: &str) -> RecordSet {
    RecordSet { routing: Routing::Simple, ..member("", 0, value) }
}

fn scene(records: &[(&str, RecordSet)]) -> Scene {
    let mut scene = Scene::default();
    for (name, record) in records {
        let address = Address::new("", "aws_route53_record", name, None);
        scene.records.push(Seen { zone: ZoneId("Z1".to_owned()), record: record.clone(), address });
    }
    scene
}

fn patched(found: &[(&str, RecordSet)], live: &[RecordSet], stage: Stage) -> Patch {
    let pair = Pair {
        name: "api.example.com".parse().unwrap(),
        kind: "CNAME".into(),
        zone: ZoneId("Z1".to_owned()),
        found: Vec::new(),
        baseline: Vec::new(),
        busy: 0,
        wave: 0,
        legacy: member("cutover:legacy", 100, "old.example.net"),
        new: member("cutover:new", 0, "new.example.net"),
    };
    Patch::new([(&pair, live)], &scene(found), stage)
}

#[test]
fn while_a_run_is_under_way_the_code_sets_no_weights() {
    let found = [
        ("api_legacy", member("old", 100, "old.example.net")),
        ("api_new", member("fresh", 0, "new.example.net")),
    ];
    let live = [member("old", 75, "old.example.net"), member("fresh", 25, "new.example.net")];
    assert_data_eq!(
        patched(&found, &live, Stage::UnderWay).hcl(),
        str![[r#"
# ---- api.example.com CNAME
#
# aws_route53_record.api_legacy: its block must say (the state has the weight 100)
#   weighted_routing_policy {
#     weight = 75
#   }
#   lifecycle {
#     ignore_changes = [weighted_routing_policy]
#   }
#
# aws_route53_record.api_new: its block must say (the state has the weight 0)
#   weighted_routing_policy {
#     weight = 25
#   }
#   lifecycle {
#     ignore_changes = [weighted_routing_policy]
#   }

"#]]
    );
    assert_data_eq!(
        patched(&found, &live, Stage::Over).hcl(),
        str![[r#"
# ---- api.example.com CNAME
#
# aws_route53_record.api_legacy: its block must say (the state has the weight 100)
#   weighted_routing_policy {
#     weight = 75
#   }
#
# aws_route53_record.api_new: its block must say (the state has the weight 0)
#   weighted_routing_policy {
#     weight = 25
#   }

"#]]
    );
}

#[test]
fn a_pair_that_was_a_simple_record_is_imported_and_the_old_one_forgotten() {
    let found = [("api", simple("old.example.net"))];
    let live = [
        member("cutover:legacy", 95, "old.example.net"),
        member("cutover:new", 5, "new.example.net"),
    ];
    assert_data_eq!(
        patched(&found, &live, Stage::UnderWay).hcl(),
        str![[r##"
# ---- api.example.com CNAME
# Take the resource aws_route53_record.api out of the code. Before Terraform 1.7: terraform state rm 'aws_route53_record.api'
removed {
  from = aws_route53_record.api
  lifecycle {
    destroy = false
  }
}

import {
  to = aws_route53_record.api_legacy
  id = "Z1_api.example.com_CNAME_cutover:legacy"
}

resource "aws_route53_record" "api_legacy" {
  zone_id = "Z1"
  name    = "api.example.com"
  type    = "CNAME"

  set_identifier = "cutover:legacy"

  weighted_routing_policy {
    weight = 95
  }

  ttl     = 60
  records = ["old.example.net"]

  lifecycle {
    ignore_changes = [weighted_routing_policy]
  }
}

import {
  to = aws_route53_record.api_new
  id = "Z1_api.example.com_CNAME_cutover:new"
}

resource "aws_route53_record" "api_new" {
  zone_id = "Z1"
  name    = "api.example.com"
  type    = "CNAME"

  set_identifier = "cutover:new"

  weighted_routing_policy {
    weight = 5
  }

  ttl     = 60
  records = ["new.example.net"]

  lifecycle {
    ignore_changes = [weighted_routing_policy]
  }
}

"##]]
    );
}

#[test]
fn a_pair_that_became_a_simple_record_is_forgotten_and_the_record_imported() {
    let found = [
        ("api_legacy", member("old", 100, "old.example.net")),
        ("api_new", member("fresh", 0, "new.example.net")),
    ];
    assert_data_eq!(
        patched(&found, &[simple("new.example.net")], Stage::Over).hcl(),
        str![[r##"
# ---- api.example.com CNAME
# Take the resource aws_route53_record.api_legacy out of the code. Before Terraform 1.7: terraform state rm 'aws_route53_record.api_legacy'
removed {
  from = aws_route53_record.api_legacy
  lifecycle {
    destroy = false
  }
}

# Take the resource aws_route53_record.api_new out of the code. Before Terraform 1.7: terraform state rm 'aws_route53_record.api_new'
removed {
  from = aws_route53_record.api_new
  lifecycle {
    destroy = false
  }
}

import {
  to = aws_route53_record.api
  id = "Z1_api.example.com_CNAME"
}

resource "aws_route53_record" "api" {
  zone_id = "Z1"
  name    = "api.example.com"
  type    = "CNAME"

  ttl     = 60
  records = ["new.example.net"]
}

"##]]
    );
    let mut other = simple("other.example.net");
    other.name = "other.example.com".parse().unwrap();
    let taken = [&found[..], &[("api", other)]].concat();
    let patch = patched(&taken, &[simple("new.example.net")], Stage::Over);
    assert_eq!(patch.pairs[0].imports[0].to.to_string(), "aws_route53_record.api_2");
}

#[test]
fn a_record_that_stays_simple_says_where_it_points_now() {
    let found = [("api", simple("old.example.net"))];
    assert_data_eq!(
        patched(&found, &[simple("new.example.net")], Stage::Over).hcl(),
        str![[r##"
# ---- api.example.com CNAME
#
# aws_route53_record.api: its block must say
#   ttl     = 60
#   records = ["new.example.net"]

"##]]
    );
}

#[test]
fn what_a_state_does_not_manage_needs_nothing() {
    let patch = patched(&[], &[simple("new.example.net")], Stage::Over);
    assert!(patch.is_empty());
    assert_eq!((patch.unmanaged, patch.hcl()), (1, String::new()));
}

#[test]
fn one_of_several_instances_is_forgotten_by_a_command() {
    let mut scene = scene(&[("api", simple("old.example.net"))]);
    let key = Some(address::Key::Text("it's".to_owned()));
    scene.records[0].address = Address::new("module.a[0]", "aws_route53_record", "api", key);
    let pair = patched(&[], &[], Stage::Over);
    assert!(pair.is_empty());
    let live = [member("cutover:legacy", 95, "old.example.net")];
    let of = Pair {
        name: "api.example.com".parse().unwrap(),
        kind: "CNAME".into(),
        zone: ZoneId("Z1".to_owned()),
        found: Vec::new(),
        baseline: Vec::new(),
        busy: 0,
        wave: 0,
        legacy: live[0].clone(),
        new: live[0].clone(),
    };
    let patch = Patch::new([(&of, &live[..])], &scene, Stage::UnderWay);
    assert_data_eq!(
        patch.hcl(),
        str![[r##"
# ---- api.example.com CNAME
#
# module.a[0].aws_route53_record.api["it's"]: take it out of the code, and out of the state with
#   terraform state rm 'module.a[0].aws_route53_record.api["it'/''s"]'
# This resource belongs into the code of module.a[0], the import into the root module.
import {
  to = module.a[0].aws_route53_record.api_legacy
  id = "Z1_api.example.com_CNAME_cutover:legacy"
}

resource "aws_route53_record" "api_legacy" {
  zone_id = "Z1"
  name    = "api.example.com"
  type    = "CNAME"

  set_identifier = "cutover:legacy"

  weighted_routing_policy {
    weight = 95
  }

  ttl     = 60
  records = ["old.example.net"]

  lifecycle {
    ignore_changes = [weighted_routing_policy]
  }
}

"##]]
    );
}
