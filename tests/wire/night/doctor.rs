//! `cutover doctor`: what it tries, and what it says of each side.

use serde_json::Value;

use super::{
    permitted::ROLES,
    process::{Left, Result},
    sky::{CALM, Sky, Speed},
};

const DOCTOR: [&str; 4] = ["doctor", "runbook.yaml", "--env", "staging"];

/// Returns the rows as `side check result`.
fn rows(left: &Left) -> Result<Vec<String>> {
    let row = |line: &String| {
        let row: Value = serde_json::from_str(line)?;
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        assert_eq!(row["todo"].is_string(), text("result") == "failed", "{row}");
        Ok(format!("{} {}: {}", text("side"), text("check"), text("result")))
    };
    left.printed.iter().map(row).collect()
}

#[test]
fn who_has_the_policies_of_cutover_iam_is_well() -> Result<()> {
    let sky = Sky::permitting(ROLES, CALM, Speed::Usual, |lines| lines)?;
    let left = sky.start(&DOCTOR)?.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    assert_eq!(
        rows(&left)?,
        [
            "dns who: ok",
            "dns account: ok",
            "dns region: note",
            "dns credentials: ok",
            "dns session: ok",
            "dns records of zone example.com: ok",
            "dns limits of zone example.com: ok",
            "dns follow changes: ok",
            "dns write records: not_tried",
            "legacy who: ok",
            "legacy account: ok",
            "legacy region: ok",
            "legacy credentials: ok",
            "legacy session: ok",
            "legacy elb api: ok",
            "legacy metrics: ok",
            "new who: ok",
            "new account: ok",
            "new region: ok",
            "new credentials: ok",
            "new session: ok",
            "new alb api: ok",
            "new metrics: ok",
        ]
    );
    let wrote = |call: &String| call.contains("ChangeResourceRecordSets");
    assert!(!sky.calls().iter().any(wrote), "{:?}", sky.calls());
    Ok(())
}

#[test]
fn what_is_not_allowed_is_named_with_what_to_do() -> Result<()> {
    let less = |lines: String| {
        lines
            .replace("route53:ListResourceRecordSets\"", "route53:ListNothing\"")
            .replace("cloudwatch:GetMetricData", "cloudwatch:GetNothing")
    };
    let sky = Sky::permitting(ROLES, CALM, Speed::Usual, less)?;
    let left = sky.start(&DOCTOR)?.end()?;
    assert_eq!(left.code, Some(7), "{}", left.said);
    let failed: Vec<String> =
        rows(&left)?.into_iter().filter(|row| row.ends_with(": failed")).collect();
    assert_eq!(
        failed,
        [
            "dns records of zone example.com: failed",
            "legacy metrics: failed",
            "new metrics: failed"
        ]
    );
    let told = left.printed.join("\n");
    for part in [
        "is not authorized to perform: cloudwatch:GetMetricData",
        "`cutover iam RUNBOOK --env E --side legacy` prints what has to be allowed",
    ] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    assert!(left.said.contains("3 checks of 23 failed; nothing was changed"), "{}", left.said);
    Ok(())
}

#[test]
fn a_side_that_nobody_can_sign_in_to_leaves_the_others_to_be_tried() -> Result<()> {
    let less = |lines: String| {
        lines.replace("arn:aws:iam::333333333333:role/read\"]", "arn:aws:iam::3:role/x\"]")
    };
    let sky = Sky::permitting(ROLES, CALM, Speed::Usual, less)?;
    let left = sky.start(&DOCTOR)?.end()?;
    assert_eq!(left.code, Some(7), "{}", left.said);
    let rows = rows(&left)?;
    assert!(rows.contains(&"legacy metrics: ok".to_owned()), "{rows:?}");
    let of_new: Vec<&String> = rows.iter().filter(|row| row.starts_with("new ")).collect();
    assert_eq!(of_new, ["new who: failed", "new alb api: not_tried", "new metrics: not_tried"]);
    Ok(())
}

#[test]
fn sides_in_one_account_are_told_and_the_table_is_for_people() -> Result<()> {
    let together = ROLES.replace("333333333333", "222222222222").replace(
        "role/read\", region: us-west-2 }\nrecords",
        "role/other\", region: us-west-2 }\nrecords",
    );
    let sky = Sky::of(&together, CALM, Speed::Usual)?;
    let left = sky.start(&[&DOCTOR[..], &["--output", "text"]].concat())?.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    let told = left.printed.join("\n");
    for part in [
        "side         check                        result     found",
        "legacy, new  accounts                     note       all are in account 222222222222, reached by different roles",
        "keys in the environment, arn:aws:iam::111111111111:user/rehearsal, assumes arn:aws:iam::111111111111:role/cutover-dns",
        "dns          write records                not tried  it writes; `cutover iam` prints what it needs",
    ] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    Ok(())
}
