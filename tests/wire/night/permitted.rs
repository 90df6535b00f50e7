//! Whole nights under the policies that `cutover iam` printed, which the simulator enforces.

use std::fs;

use super::{
    finish::once_quiet,
    process::Result,
    sky::{CALM, Sky, Speed},
};

/// The short runbook with a role for each side.
pub(super) const ROLES: &str = "
version: 1
name: short
environments:
  staging:
    dns: { role: \"arn:aws:iam::111111111111:role/cutover-dns\" }
    legacy: { role: \"arn:aws:iam::222222222222:role/read\", region: us-west-2 }
    new: { role: \"arn:aws:iam::333333333333:role/read\", region: us-west-2 }
records:
  - name: api.example.com
    zone: example.com
    legacy: { elb: api }
    new: { alb: api }
steps:
  - { weight: 25%, hold: 5m }
  - { weight: 100%, hold: 5m }
";

/// Returns the calls that were denied.
fn denied(sky: &Sky) -> Vec<String> {
    sky.calls().into_iter().filter(|call| call.contains("AccessDenied")).collect()
}

#[test]
fn a_night_and_its_finish_need_nothing_that_the_policies_do_not_allow() -> Result<()> {
    let sky = Sky::permitting(ROLES, CALM, Speed::Usual, |lines| lines)?;
    let left = sky.run(&[])?.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    assert_eq!(sky.pair()?, (0, 100));
    let left = once_quiet(&sky, &[])?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    assert_eq!((sky.lock()?, denied(&sky)), (None, Vec::new()));
    Ok(())
}

#[test]
fn the_way_back_from_nothing_but_the_runbook_is_allowed() -> Result<()> {
    let sky = Sky::permitting(ROLES, CALM, Speed::Usual, |lines| lines)?;
    let mut run = sky.run(&[])?;
    run.until("weights_written", 1)?;
    run.kill()?;
    fs::remove_dir_all(sky.folder().join(".cutover"))?;
    let back = sky.start(&["rollback", "runbook.yaml", "--yes"])?.end()?;
    assert_eq!(back.code, Some(0), "{}", back.said);
    assert_eq!(sky.pair()?, (75, 0), "legacy keeps its weight");
    assert_eq!(denied(&sky), Vec::<String>::new());
    Ok(())
}

#[test]
fn what_only_the_program_asks_is_missed_before_anything_is_written() -> Result<()> {
    for action in ["route53:GetChange", "sts:AssumeRole"] {
        let less = |lines: String| lines.replace(action, &format!("{action}Not"));
        let sky = Sky::permitting(ROLES, CALM, Speed::Usual, less)?;
        for command in [&["plan", "runbook.yaml"][..], &["run", "runbook.yaml", "--yes"]] {
            let left = sky.start(command)?.end()?;
            assert_eq!(left.code, Some(7), "{}", left.said);
            let told = format!("is not authorized to perform: {action}");
            assert!(left.said.contains(&told), "{}", left.said);
            assert!(left.said.contains("`cutover iam RUNBOOK --env E` prints"), "{}", left.said);
        }
        let wrote = |call: &String| call.contains("ChangeResourceRecordSets");
        assert!(!sky.calls().iter().any(wrote), "{:?}", sky.calls());
    }
    Ok(())
}
