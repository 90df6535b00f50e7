//! Policies against calls.

use super::*;
use crate::plan::{Answer, RecordSet, Routing};

const ROLE: &str = "arn:aws-cn:iam::111111111111:role/path/dns";

/// A policy of the role with these statements.
fn line(role: &str, statements: &str) -> String {
    format!(
        r#"{{"sides":["dns"],"account":null,"role":{role},"profile":null,"notes":[],"policy":{{"Version":"2012-10-17","Statement":[{statements}]}}}}"#
    )
}

fn policies(statements: &str) -> Policies {
    Policies::parse(&line(&format!("\"{ROLE}\""), statements)).unwrap()
}

fn who() -> Who {
    let role = Some("dns".to_owned());
    let arn = "arn:aws:sts::1:x".to_owned();
    Who { account: "111111111111".to_owned(), role, arn, with_mfa: false }
}

fn change(action: ChangeAction, name: &str, kind: &str) -> Change {
    let record = RecordSet {
        name: name.parse().unwrap(),
        kind: kind.into(),
        routing: Routing::Simple,
        answer: Answer::Values { ttl: crate::unit::Ttl(60), values: vec!["x".to_owned()] },
        health_check: None,
    };
    Change { action, record }
}

const RECORDS: &str = r#"{"Effect":"Allow","Action":"route53:ChangeResourceRecordSets",
    "Resource":"arn:aws-cn:route53:::hostedzone/Z1","Condition":{"ForAllValues:StringEquals":{
    "route53:ChangeResourceRecordSetsNormalizedRecordNames":["\\052.example.com","_cutover-lock.example.com"],
    "route53:ChangeResourceRecordSetsRecordTypes":["A","TXT"],
    "route53:ChangeResourceRecordSetsActions":["CREATE","DELETE"]}}}"#;

fn batch(changes: &[(ChangeAction, &str, &str)], zone: &str) -> Wanted {
    let changes: Vec<Change> =
        changes.iter().map(|(action, name, kind)| change(*action, name, kind)).collect();
    let wanted = Wanted::to("route53:ChangeResourceRecordSets");
    wanted.on_zone(&ZoneId(zone.to_owned())).changing(&changes)
}

#[test]
fn a_batch_is_allowed_when_all_of_its_lists_lie_within_one_statement() {
    use ChangeAction::{Create, Delete, Upsert};
    let policies = policies(&RECORDS.replace('\n', ""));
    let (lock, name) = ("_cutover-lock.example.com", "*.Example.com");
    let whole = [(Delete, lock, "TXT"), (Create, lock, "TXT"), (Create, name, "A")];
    assert_eq!(policies.judge(&who(), &batch(&whole, "Z1")), Ok(()));
    for (changes, zone) in [
        (&whole[..], "Z2"),
        (&[(Upsert, name, "A")], "Z1"),
        (&[(Create, name, "AAAA")], "Z1"),
        (&[(Create, "a.example.com", "A"), whole[0]], "Z1"),
    ] {
        assert_eq!(policies.judge(&who(), &batch(changes, zone)), Err(Denial::Implicit));
    }
}

#[test]
fn a_batch_is_not_put_together_from_two_statements() {
    let allow = |name: &str, kind: &str| {
        format!(
            r#"{{"Effect":"Allow","Action":"route53:*","Resource":"*","Condition":{{"ForAllValues:StringEquals":{{
            "route53:ChangeResourceRecordSetsNormalizedRecordNames":"{name}",
            "route53:ChangeResourceRecordSetsRecordTypes":"{kind}"}}}}}}"#
        )
        .replace('\n', "")
    };
    let policies =
        policies(&[allow("l.example.com", "TXT"), allow("a.example.com", "A")].join(","));
    let one = (ChangeAction::Create, "l.example.com", "TXT");
    let other = (ChangeAction::Create, "a.example.com", "A");
    assert_eq!(policies.judge(&who(), &batch(&[one], "Z1")), Ok(()));
    assert_eq!(policies.judge(&who(), &batch(&[other], "Z1")), Ok(()));
    assert_eq!(policies.judge(&who(), &batch(&[one, other], "Z1")), Err(Denial::Implicit));
}

#[test]
fn a_denial_wins_and_says_so() {
    let all = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let deny =
        r#"{"Effect":"Deny","Action":["route53:get*"],"Resource":["arn:aws:route53:::change/?1"]}"#;
    let policies = policies(&format!("{all},{deny}"));
    let ask =
        |change: &str| Wanted::to("route53:GetChange").on(format!("route53:::change/{change}"));
    assert_eq!(policies.judge(&who(), &ask("C2")), Ok(()));
    assert_eq!(policies.judge(&who(), &ask("C1")), Err(Denial::Explicit));
    let error = ask("C1").denied(&who(), Denial::Explicit);
    assert_eq!(
        error.to_string(),
        "GetChange of route53:::change/C1 failed: AccessDenied: User: arn:aws:sts::1:x is not authorized to perform: \
         route53:GetChange on resource: arn:aws:route53:::change/C1 with an explicit deny in an identity-based policy"
    );
}

#[test]
fn a_condition_on_a_key_that_the_call_has_not_is_true_of_all_values_and_false_of_one() {
    let statement = |operator: &str| {
        format!(
            r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"{operator}":{{"aws:x":"y"}}}}}}"#
        )
    };
    let judged = |operator| policies(&statement(operator)).judge(&who(), &Wanted::to("a:B"));
    assert_eq!(judged("ForAllValues:StringEquals"), Ok(()));
    assert_eq!(judged("StringEquals"), Err(Denial::Implicit));
}

#[test]
fn whoever_has_no_policy_may_do_anything_and_a_role_is_its_account_s() {
    let policies = policies("");
    let wanted = Wanted::to("cloudwatch:GetMetricData");
    assert_eq!(policies.judge(&who(), &wanted), Err(Denial::Implicit));
    assert_eq!(policies.judge(&who(), &Wanted::to("sts:GetCallerIdentity")), Ok(()));
    let elsewhere = Who { account: "2".to_owned(), ..who() };
    assert_eq!(policies.judge(&elsewhere, &wanted), Ok(()));
    let nobody = Who { role: None, ..who() };
    assert_eq!(policies.judge(&nobody, &wanted), Ok(()));
    let of_users = Policies::parse(&line("null", "")).unwrap();
    assert_eq!(of_users.judge(&nobody, &wanted), Err(Denial::Implicit));
    assert_eq!(of_users.judge(&who(), &wanted), Ok(()));
}

#[test]
fn what_is_not_understood_is_refused_with_its_line() {
    let fine = r#"{"Effect":"Allow","Action":"a:B","Resource":"*"}"#;
    let good = line("null", fine);
    assert!(Policies::parse(&format!("{good}\n\n{good}\n")).is_ok());
    for (from, to) in [
        ("2012-10-17", "2008-10-17"),
        ("\"Effect\"", "\"Efect\""),
        ("Allow", "Permit"),
        ("a:B", "a"),
        ("\"a:B\"", "[]"),
        ("\"a:B\"", "\"A:B C\""),
        ("\"*\"", "\"hostedzone/Z1\""),
        ("\"Resource\"", "\"Principal\":\"*\",\"Resource\""),
        ("\"Resource\"", "\"Sid\":\"a b\",\"Resource\""),
        ("\"Resource\"", "\"Condition\":{\"StringLike\":{\"a:b\":\"c\"}},\"Resource\""),
        ("\"Resource\"", "\"Condition\":{\"StringEquals\":{\"a\":\"c\"}},\"Resource\""),
        ("\"Resource\"", "\"Condition\":{\"StringEquals\":{\"a:b\":[]}},\"Resource\""),
        ("\"notes\":[]", "\"notes\":[],\"more\":1"),
        ("}", ""),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(good, bad, "{from}");
        let error = Policies::parse(&format!("{good}\n{bad}")).unwrap_err().to_string();
        assert!(error.starts_with("line 2: "), "{error}");
    }
}

#[test]
fn a_condition_can_ask_for_a_second_factor() {
    let statement = r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*",
        "Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}"#;
    let policies = policies(&statement.replace('\n', ""));
    let wanted = Wanted::to("sts:AssumeRole").on("iam::111111111111:role/x");
    assert_eq!(policies.judge(&who(), &wanted), Err(Denial::Implicit));
    let signed_in = Who { with_mfa: true, ..who() };
    assert_eq!(policies.judge(&signed_in, &wanted), Ok(()));
}
