//! `cutover iam`: policies on stdout, what they are for on stderr.

use std::error::Error;

use serde_json::{Deserializer, Value};
use snapbox::{IntoData as _, assert_data_eq, str};

use crate::session::{Session, exit_code, text};

type TestResult = Result<(), Box<dyn Error>>;

const ROLES: &str = "environments:
  staging:
    dns: { role: \"arn:aws:iam::111111111111:role/cutover-dns\" }
    legacy: { role: \"arn:aws:iam::222222222222:role/cutover-read\" }
    new: { role: \"arn:aws:iam::333333333333:role/cutover-read\" }
";

fn session() -> std::io::Result<Session> {
    Session::of_runbook("  - { weight: 100%, hold: 10m }\n", ROLES)
}

#[test]
fn a_policy_and_nothing_else_is_on_stdout() -> TestResult {
    assert_data_eq!(
        session()?.transcript(&["iam", "api.yaml", "--side", "dns"])?,
        str![[r#"
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "ChangeRecords",
      "Effect": "Allow",
      "Action": [
        "route53:ChangeResourceRecordSets"
      ],
      "Resource": [
        "arn:aws:route53:::hostedzone/*"
      ],
      "Condition": {
        "ForAllValues:StringEquals": {
          "route53:ChangeResourceRecordSetsActions": [
            "CREATE",
            "DELETE"
          ],
          "route53:ChangeResourceRecordSetsNormalizedRecordNames": [
            "_cutover-lock.example.com",
            "api.example.com"
          ],
          "route53:ChangeResourceRecordSetsRecordTypes": [
            "A",
            "TXT"
          ]
        }
      }
    },
    {
      "Sid": "ReadZones",
      "Effect": "Allow",
      "Action": [
        "route53:GetHostedZone",
        "route53:GetHostedZoneLimit",
        "route53:ListResourceRecordSetProtections",
        "route53:ListResourceRecordSets"
      ],
      "Resource": [
        "arn:aws:route53:::hostedzone/*"
      ]
    },
    {
      "Sid": "FollowChanges",
      "Effect": "Allow",
      "Action": [
        "route53:GetChange"
      ],
      "Resource": [
        "arn:aws:route53:::change/*"
      ]
    },
    {
      "Sid": "ReadTrail",
      "Effect": "Allow",
      "Action": [
        "cloudtrail:LookupEvents"
      ],
      "Resource": [
        "*"
      ]
    },
    {
      "Sid": "FindZones",
      "Effect": "Allow",
      "Action": [
        "route53:ListHostedZonesByName"
      ],
      "Resource": [
        "*"
      ]
    }
  ]
}
-- stderr
dns: role arn:aws:iam::111111111111:role/cutover-dns; 964 of 6144 characters
note: zone example.com is known by its name, and IAM knows zones by their ids: the names keep this from every zone that cannot hold them; with the id as `zone` in the runbook the policy is for that zone alone
-- exit 0

"#]].raw()
    );
    Ok(())
}

#[test]
fn json_has_a_line_for_each_policy_with_whose_it_is() -> TestResult {
    assert_data_eq!(
        session()?.transcript(&["iam", "api.yaml", "--output", "json", "--break-glass"])?,
        str![[r#"
{"sides":["dns"],"account":"111111111111","role":"arn:aws:iam::111111111111:role/cutover-dns","profile":null,"notes":["zone example.com is known by its name, and IAM knows zones by their ids: the names keep this from every zone that cannot hold them; with the id as `zone` in the runbook the policy is for that zone alone","lifting protections cannot be narrowed to names: without the zones' ids it is allowed in every zone of the account"],"policy":{"Version":"2012-10-17","Statement":[{"Sid":"ChangeRecords","Effect":"Allow","Action":["route53:ChangeResourceRecordSets"],"Resource":["arn:aws:route53:::hostedzone/*"],"Condition":{"ForAllValues:StringEquals":{"route53:ChangeResourceRecordSetsActions":["CREATE","DELETE","UPSERT"],"route53:ChangeResourceRecordSetsNormalizedRecordNames":["_cutover-lock.example.com","api.example.com"],"route53:ChangeResourceRecordSetsRecordTypes":["A","TXT"]}}},{"Sid":"ReadZones","Effect":"Allow","Action":["route53:GetHostedZone","route53:GetHostedZoneLimit","route53:ListResourceRecordSetProtections","route53:ListResourceRecordSets"],"Resource":["arn:aws:route53:::hostedzone/*"]},{"Sid":"LiftProtections","Effect":"Allow","Action":["route53:DeleteResourceRecordSetProtections"],"Resource":["arn:aws:route53:::hostedzone/*"]},{"Sid":"FollowChanges","Effect":"Allow","Action":["route53:GetChange"],"Resource":["arn:aws:route53:::change/*"]},{"Sid":"FindZones","Effect":"Allow","Action":["route53:ListHostedZonesByName"],"Resource":["*"]}]}}
{"sides":["legacy"],"account":"222222222222","role":"arn:aws:iam::222222222222:role/cutover-read","profile":null,"notes":[],"policy":{"Version":"2012-10-17","Statement":[{"Sid":"ReadLoadBalancers","Effect":"Allow","Action":["elasticloadbalancing:DescribeInstanceHealth","elasticloadbalancing:DescribeLoadBalancerAttributes","elasticloadbalancing:DescribeLoadBalancers"],"Resource":["*"]},{"Sid":"ReadMetrics","Effect":"Allow","Action":["cloudwatch:GetMetricData"],"Resource":["*"]}]}}
{"sides":["new"],"account":"333333333333","role":"arn:aws:iam::333333333333:role/cutover-read","profile":null,"notes":[],"policy":{"Version":"2012-10-17","Statement":[{"Sid":"ReadLoadBalancers","Effect":"Allow","Action":["elasticloadbalancing:DescribeLoadBalancerAttributes","elasticloadbalancing:DescribeLoadBalancers","elasticloadbalancing:DescribeTargetGroupAttributes","elasticloadbalancing:DescribeTargetGroups","elasticloadbalancing:DescribeTargetHealth"],"Resource":["*"]},{"Sid":"ReadMetrics","Effect":"Allow","Action":["cloudwatch:GetMetricData"],"Resource":["*"]}]}}
{"sides":["caller"],"account":null,"role":null,"profile":null,"notes":[],"policy":{"Version":"2012-10-17","Statement":[{"Sid":"AssumeRoles","Effect":"Allow","Action":["sts:AssumeRole"],"Resource":["arn:aws:iam::111111111111:role/cutover-dns","arn:aws:iam::222222222222:role/cutover-read","arn:aws:iam::333333333333:role/cutover-read"]}]}}
-- stderr
{"note":"zone example.com is known by its name, and IAM knows zones by their ids: the names keep this from every zone that cannot hold them; with the id as `zone` in the runbook the policy is for that zone alone"}
{"note":"lifting protections cannot be narrowed to names: without the zones' ids it is allowed in every zone of the account"}
-- exit 0

"#]].raw()
    );
    Ok(())
}

#[test]
fn the_help_says_what_iam_cannot_tell_apart() -> TestResult {
    assert_data_eq!(
        session()?.transcript(&["iam", "-h"])?,
        str![[r#"
Print the IAM policies that allow what a runbook needs, and nothing else

Usage: cutover iam [OPTIONS] <RUNBOOK>

Arguments:
  <RUNBOOK>  The runbook, a YAML file

Options:
      --env <NAME>          Environment of the runbook; may be left out when there is only one
      --var <NAME=VALUE>    Set a variable of the runbook, in place of its environment's; may be
                            repeated
      --side <SIDE>         Print only what one side's credentials need, or those of whoever starts
                            cutover [possible values: dns, legacy, new, caller]
      --break-glass         Allow what emergencies may need: overwrite records (UPSERT), as
                            `break-glass.sh` does and a rollback whose every comparison is refused,
                            and lift protections from records
      --output <FORMAT>     Print text for people, or one JSON object per line on stdout [default:
                            text] [possible values: text, json]
      --quiet               Print only what somebody may have to act on
      --verbose             Print every minute that is judged, too
      --color <WHEN>        Colour the output; `auto` does on a terminal unless NO_COLOR is set
                            [default: auto] [possible values: auto, always, never]
      --profile <NAME>      Profile of the shared AWS configuration files, where the runbook names
                            none
      --region <NAME>       AWS region, where the runbook names none
      --endpoint-url <URL>  Send all AWS calls there, such as to `cutover sim`
      --mfa-code <CODE>     Code that the MFA device shows now, where the runbook names a device;
                            without it, it is asked for on the terminal
  -h, --help                Print help (see more with '--help')

Policies go to stdout, what they are for and what is worth knowing to stderr. With `--output json`
each policy is one line with `sides`, `account`, `role`, `profile`, `notes` and `policy`, which
`cutover sim --policies` enforces.

The records' policy allows CREATE and DELETE of the runbook's names, of their types and of the
zone's lock. IAM compares names, types and actions each by themselves, and a whole batch with one
statement: TXT, which the lock is, is allowed at the other names, too.

Examples:
  cutover iam runbooks/api.yaml --env production
  cutover iam runbooks/api.yaml --env production --side dns > cutover-dns.json
  cutover iam runbooks/api.yaml --env staging --output json > policies.jsonl
-- stderr
-- exit 0

"#]]
        .raw()
    );
    Ok(())
}

#[test]
fn all_policies_are_one_after_the_other_and_quiet_leaves_only_them() -> TestResult {
    let output = session()?.run(&["iam", "api.yaml", "--quiet"])?;
    let documents = Deserializer::from_slice(&output.stdout).into_iter::<Value>();
    let documents: Vec<Value> = documents.collect::<Result<_, _>>()?;
    assert_eq!(documents.len(), 4);
    assert!(documents.iter().all(|document| document["Version"] == "2012-10-17"));
    assert_eq!((text(&output.stderr), exit_code(&output)), (String::new(), 0));
    Ok(())
}

#[test]
fn names_that_no_policy_holds_are_refused_where_no_id_narrows_it() -> TestResult {
    let record = |number: usize| {
        format!(
            "  - {{ name: service-{number:04}.example.com, zone: example.com, legacy: {{ elb: a }}, new: {{ alb: b }} }}\n"
        )
    };
    let records: String = (0..300).map(record).collect();
    let runbook = format!(
        "version: 1\nname: many\nrecords:\n{records}steps: [{{ weight: 100%, hold: 10m }}]\n"
    );
    let session = Session::with(&[("many.yaml", &runbook)])?;
    assert_data_eq!(session.transcript(&["iam", "many.yaml"])?, str![[r#"
-- stderr
error: the 300 names in zone example.com need 8521 characters of the 6144 that a policy may have, and without them it would allow every record of every zone
hint: name the zone by its id in the runbook: then the policy is for that zone, and for every name in it
hint: or move the names in several runbooks
-- exit 2

"#]].raw());
    Ok(())
}
