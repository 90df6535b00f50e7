//! What policies say, and whom they are for.

use serde_json::{Value, json};

use super::*;
use crate::runbook::{Choice, Runbook, Source, parse};

const ROLES: &str = "
  dns: { role: \"arn:aws:iam::111111111111:role/dns\" }
  legacy: { role: \"arn:aws:iam::222222222222:role/read\" }
  new: { role: \"arn:aws:iam::333333333333:role/read\" }";

const RECORDS: &str =
    "  - { name: api.example.com, zone: example.com, legacy: { elb: old }, new: { alb: new } }";

/// A runbook with these places, records and more.
fn runbook(places: &str, records: &str, more: &str) -> Runbook {
    let text = format!(
        "version: 1\nname: api\nenvironments: {{ e: {{{}\n  }} }}\nrecords:\n{records}\nsteps: [{{ weight: 100%, hold: 10m }}]\n\
         {more}\n",
        places.trim_end().replace('\n', ",\n").trim_start_matches(',')
    );
    let source = Source { path: "api.yaml".to_owned(), text: text.into_bytes() };
    parse(&source, &Choice::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn granted(runbook: &Runbook, break_glass: bool) -> Vec<Grant> {
    grants(runbook, None, break_glass).unwrap()
}

fn actions(grant: &Grant) -> Vec<&'static str> {
    let statements = grant.policies.iter().flat_map(Policy::statements);
    statements.flat_map(|statement| statement.actions().iter().copied()).collect()
}

/// Returns the statements that allow changes, as JSON.
fn changes(grant: &Grant) -> Vec<Value> {
    let of = |policy: &Policy| json!(policy)["Statement"].as_array().cloned().unwrap_or_default();
    let is_it = |statement: &Value| statement["Action"][0] == "route53:ChangeResourceRecordSets";
    grant.policies.iter().flat_map(of).filter(is_it).collect()
}

fn lists(statement: &Value) -> [Value; 3] {
    let lists = &statement["Condition"]["ForAllValues:StringEquals"];
    ["NormalizedRecordNames", "RecordTypes", "Actions"]
        .map(|key| lists[format!("route53:ChangeResourceRecordSets{key}")].clone())
}

fn places(grants: &[Grant]) -> Vec<String> {
    let of = |grant: &Grant| grant.places.iter().map(ToString::to_string).collect::<Vec<_>>();
    grants.iter().map(|grant| of(grant).join("+")).collect()
}

#[test]
fn one_statement_holds_the_records_and_the_lock_and_allows_no_overwriting() {
    let grants = granted(&runbook(ROLES, RECORDS, ""), false);
    let [statement] = &changes(&grants[0])[..] else { panic!("{grants:?}") };
    assert_eq!(
        lists(statement),
        [
            json!(["_cutover-lock.example.com", "api.example.com"]),
            json!(["A", "TXT"]),
            json!(["CREATE", "DELETE"])
        ]
    );
    assert_eq!(statement["Resource"], json!(["arn:aws:route53:::hostedzone/*"]));
    assert!(grants[0].remarks[0].contains("example.com is known by its name"), "{grants:?}");
}

#[test]
fn only_break_glass_allows_overwriting_and_lifting_protections() {
    let runbook = runbook(ROLES, RECORDS, "");
    let lift = "route53:DeleteResourceRecordSetProtections";
    let grants = granted(&runbook, false);
    assert!(!grants.iter().any(|grant| actions(grant).contains(&lift)), "{grants:?}");
    let grants = granted(&runbook, true);
    assert!(actions(&grants[0]).contains(&lift), "{grants:?}");
    assert_eq!(lists(&changes(&grants[0])[0])[2], json!(["CREATE", "DELETE", "UPSERT"]));
}

#[test]
fn names_stand_as_route_53_gives_them_to_iam() {
    let record = "  - { name: \"*.API.Example.com.\", zone: Example.COM, legacy: { elb: old }, new: { alb: new } }";
    let statement = &changes(&granted(&runbook(ROLES, record, ""), false)[0])[0];
    assert_eq!(lists(statement)[0], json!(["\\052.api.example.com", "_cutover-lock.example.com"]));
}

#[test]
fn each_place_is_asked_only_what_the_runbook_asks_of_it() {
    let grants = granted(&runbook(ROLES, RECORDS, ""), false);
    assert_eq!(places(&grants), ["dns", "legacy", "new", "caller"]);
    assert_eq!(grants[0].account(), Some("111111111111"));
    assert_eq!(
        actions(&grants[1]),
        [
            "elasticloadbalancing:DescribeInstanceHealth",
            "elasticloadbalancing:DescribeLoadBalancerAttributes",
            "elasticloadbalancing:DescribeLoadBalancers",
            "cloudwatch:GetMetricData"
        ]
    );
    assert_eq!(
        actions(&grants[2]),
        [
            "elasticloadbalancing:DescribeLoadBalancerAttributes",
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeTargetGroupAttributes",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetHealth",
            "cloudwatch:GetMetricData"
        ]
    );
    assert_eq!(actions(&grants[3]), ["sts:AssumeRole"]);

    let gates = "gates: { alarms: [{ name: a, side: new }], metrics: [{ name: m, side: dns, namespace: N, metric: M, \
                 stat: Sum, critical: { above: 1 } }] }";
    let grants = granted(&runbook(ROLES, RECORDS, gates), false);
    assert!(actions(&grants[0]).contains(&"cloudwatch:GetMetricData"));
    let alarms = grants.iter().map(|grant| actions(grant).contains(&"cloudwatch:DescribeAlarms"));
    assert_eq!(alarms.collect::<Vec<_>>(), [false, false, true, false]);

    let checks = "preflight: { ecs: [{ side: legacy, cluster: c, service: s }] }";
    let grants = granted(&runbook(ROLES, RECORDS, checks), false);
    let services = grants.iter().map(|grant| actions(grant).contains(&"ecs:DescribeServices"));
    assert_eq!(services.collect::<Vec<_>>(), [false, true, false, false]);

    let checks = "preflight: { vpc_peering: [{ side: new, id: pcx-0123456789abcdef0 }] }";
    let grants = granted(&runbook(ROLES, RECORDS, checks), false);
    let peerings = grants.iter().map(|grant| {
        ["ec2:DescribeRouteTables", "ec2:DescribeVpcPeeringConnections"]
            .iter()
            .all(|action| actions(grant).contains(action))
    });
    // The routes of the other VPC are read where it is.
    assert_eq!(peerings.collect::<Vec<_>>(), [false, true, true, false]);
}

#[test]
fn what_is_reserved_is_asked_where_it_has_to_be_and_nothing_may_be_reserved() {
    let asks = "elasticloadbalancing:DescribeCapacityReservation";
    let asked = |rest: &str| {
        let grants = granted(&runbook(ROLES, RECORDS, rest), true);
        let all = grants.iter().flat_map(|grant| actions(grant));
        assert!(!all.clone().any(|action| action.contains("Modify")));
        grants.iter().map(|grant| actions(grant).contains(&asks)).collect::<Vec<_>>()
    };
    assert_eq!(asked(""), [false; 4]);
    // Legacy's load balancer is a classic one, for which nothing can be reserved.
    let capacity = "preflight: { capacity: { legacy: reserved } }";
    assert_eq!(asked(capacity), [false, false, true, false]);
}

#[test]
fn a_side_that_is_asked_nothing_gets_no_policy() {
    let record = "  - { name: a.example.com, zone: Z1, legacy: { value: a.example.net }, \
                  new: { value: b.example.net, metrics: { nlb: new } } }";
    let grants = granted(&runbook(ROLES, record, ""), false);
    assert_eq!(places(&grants), ["dns", "new", "caller"]);
    assert!(!actions(&grants[0]).contains(&"route53:ListHostedZonesByName"), "{grants:?}");
}

#[test]
fn the_same_credentials_get_one_policy() {
    let grants = granted(&runbook("", RECORDS, ""), false);
    assert_eq!((places(&grants), &grants[0].role), (vec!["dns+legacy+new".to_owned()], &None));
    let elb = "elasticloadbalancing:DescribeLoadBalancers";
    assert_eq!(actions(&grants[0]).iter().filter(|action| **action == elb).count(), 1);

    let shared = "
  dns: { profile: ops }
  legacy: { role: \"arn:aws:iam::222222222222:role/read\", external_id: one }
  new: { role: \"arn:aws:iam::222222222222:role/read\", profile: ops, external_id: other }";
    let runbook = runbook(shared, RECORDS, "");
    let grants = granted(&runbook, false);
    assert_eq!(places(&grants), ["dns+caller", "legacy+new", "caller"]);
    assert_eq!(grants[0].profile.as_deref(), Some("ops"));
    let grants = super::grants(&runbook, Some("me"), false).unwrap();
    assert_eq!(places(&grants), ["dns+caller", "legacy+new"]);
    assert_eq!(grants[0].profile.as_deref(), Some("me"));
}

#[test]
fn roles_behind_an_mfa_device_are_assumed_only_with_it() {
    let places = ROLES.replacen(
        "role/dns\"",
        "role/dns\", mfa_serial: \"arn:aws:iam::111111111111:mfa/alice\"",
        1,
    );
    let grants = granted(&runbook(&places, RECORDS, ""), false);
    let caller = grants.iter().find(|grant| grant.places == [Place::Caller]).unwrap();
    let [plain, with_mfa] = caller.policies[0].statements() else { panic!("{caller:?}") };
    assert_eq!(json!(plain).get("Condition"), None);
    assert_eq!(json!(with_mfa)["Resource"], json!(["arn:aws:iam::111111111111:role/dns"]));
    let present = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    assert_eq!(json!(with_mfa)["Condition"], present);
}

#[test]
fn a_zone_s_id_narrows_the_policy_and_hides_the_lock_s_name() {
    let records = "  - { name: a.b.example.com, zone: Z1, legacy: { elb: old }, new: { alb: new } }\n  \
                   - { name: c.b.example.com, zone: Z1, types: [A, AAAA], legacy: { elb: old }, new: { alb: new } }";
    let grants = granted(&runbook(ROLES, records, ""), false);
    let statement = &changes(&grants[0])[0];
    assert_eq!(statement["Resource"], json!(["arn:aws:route53:::hostedzone/Z1"]));
    assert_eq!(
        lists(statement)[..2],
        [
            json!([
                "_cutover-lock.b.example.com",
                "_cutover-lock.com",
                "_cutover-lock.example.com",
                "a.b.example.com",
                "c.b.example.com"
            ]),
            json!(["A", "AAAA", "TXT"])
        ]
    );
}

#[test]
fn two_ways_to_name_one_zone_have_their_names_together() {
    let record = |name: &str, zone: &str| {
        format!(
            "  - {{ name: {name}, zone: {zone}, legacy: {{ elb: old }}, new: {{ alb: new }} }}\n"
        )
    };
    let records = record("a.example.com", "Z1")
        + &record("b.example.com", "example.com")
        + &record("c.example.net", "Z2");
    let grants = granted(&runbook(ROLES, &records, ""), false);
    let names: Vec<String> =
        changes(&grants[0]).iter().map(|statement| lists(statement)[0].to_string()).collect();
    assert_eq!(names.len(), 3);
    let both =
        |names: &&String| names.contains("\"a.example.com") && names.contains("\"b.example.com");
    assert_eq!(names.iter().filter(both).count(), 2, "{names:?}");
    assert_eq!(names.iter().filter(|names| names.contains("c.example.net")).count(), 1);
}

/// Many records in zones of their own.
fn many(zones: &[&str], each: usize) -> String {
    let record = |zone: &str, number: usize| {
        format!(
            "  - {{ name: service-{number:04}.internal.example.com, zone: {zone}, legacy: {{ elb: old }}, new: {{ alb: new }} }}\n"
        )
    };
    let of = |zone: &&str| (0..each).map(|number| record(zone, number)).collect::<String>();
    zones.iter().map(of).collect()
}

#[test]
fn zones_are_spread_over_policies_that_iam_takes() {
    let grants = granted(&runbook(ROLES, &many(&["Z1", "Z2", "Z3"], 100), ""), false);
    assert_eq!(grants[0].policies.len(), 3);
    assert!(grants[0].policies.iter().all(|policy| policy.characters() <= MOST_CHARACTERS));
    assert_eq!(changes(&grants[0]).len(), 3);
    assert!(changes(&grants[0]).iter().all(|s| lists(s)[0].as_array().unwrap().len() > 100));
}

#[test]
fn a_zone_with_more_names_than_fit_is_allowed_as_a_whole_and_only_by_its_id() {
    let grants = granted(&runbook(ROLES, &many(&["Z1"], 300), ""), false);
    let statement = &changes(&grants[0])[0];
    assert_eq!(lists(statement), [Value::Null, json!(["A", "TXT"]), json!(["CREATE", "DELETE"])]);
    assert_eq!(statement["Resource"], json!(["arn:aws:route53:::hostedzone/Z1"]));
    assert!(grants[0].remarks[0].contains("every name of the zone"), "{:?}", grants[0].remarks);
    let error = grants_of_names(300).unwrap_err().to_string();
    assert!(error.contains("the 300 names in zone example.com"), "{error}");
    assert!(grants_of_names(100).is_ok());
}

fn grants_of_names(count: usize) -> Result<Vec<Grant>, TooManyNames> {
    grants(&runbook(ROLES, &many(&["example.com"], count), ""), None, false)
}

#[test]
fn arns_are_of_the_partition_that_the_accounts_are_in() {
    let gov = "\n  dns: { role: \"arn:aws-us-gov:iam::111111111111:role/dns\" }";
    let china = "\n  new: { region: cn-north-1 }";
    for (places, partition) in [(gov, "aws-us-gov"), (china, "aws-cn"), ("", "aws")] {
        let grants = granted(&runbook(places, RECORDS, ""), false);
        let resource = format!("arn:{partition}:route53:::hostedzone/*");
        assert_eq!(changes(&grants[0])[0]["Resource"], json!([resource]));
    }
}
