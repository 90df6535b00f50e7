//! A first runbook.

use snapbox::{assert_data_eq, file, str};

use super::*;

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
    assert_data_eq!(draft.yaml, file!["../../../tests/fixtures/terraform-runbook.yaml"]);
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
