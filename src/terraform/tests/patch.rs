//! What makes the code say what the run has made of the records.

use snapbox::{assert_data_eq, str};

use super::*;
use crate::{
    plan::{Answer, Pair, RecordSet, Routing, ZoneId},
    unit::{Ttl, Weight},
};

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
