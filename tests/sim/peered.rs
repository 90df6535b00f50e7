//! VPC peering connections before a night, seen from the accounts of both sides.

use cutover::{
    engine::Event,
    plan::PeeringEnd,
    rehearse::{Silent, play, stage},
    sim::{Scenario, Stage},
};

use crate::stage::runbook;

type TestResult = Result<(), Box<dyn std::error::Error>>;

const PEERED: &str = "
version: 1
name: peered
environments:
  night:
    legacy: { role: \"arn:aws:iam::222222222222:role/cutover-read\" }
    new: { role: \"arn:aws:iam::333333333333:role/cutover-read\" }
records:
  - { name: api.example.com, zone: example.com, legacy: { elb: api-legacy }, new: { alb: api } }
steps: [ { weight: 100%, hold: 5m } ]
preflight: { vpc_peering: [ { side: new, id: pcx-0123456789abcdef0 } ] }
";

/// Returns what is worth a second thought, or why it does not begin, in such a world.
fn before(change: impl FnOnce(&mut Stage)) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let runbook = runbook(PEERED);
    let mut stage = stage(std::slice::from_ref(&runbook));
    change(&mut stage);
    let calm = Scenario::builtin("calm").ok_or("it is built in")?;
    let played = play(&runbook, stage, calm, 1, &Silent)?;
    if played.plan.is_none() {
        return Ok(played.problems);
    }
    let passed = played.records.iter().find_map(|record| {
        let Event::PreflightPassed { hazards } = &record.event else { return None };
        Some(hazards.clone())
    });
    Ok(passed.ok_or("it did not begin")?)
}

fn of_peering(told: &[String]) -> Vec<&str> {
    told.iter().map(String::as_str).filter(|told| told.starts_with("peering ")).collect()
}

#[test]
fn both_ways_are_seen_where_the_two_sides_own_the_two_vpcs() -> TestResult {
    assert_eq!(of_peering(&before(|_| {})?), Vec::<&str>::new());
    Ok(())
}

#[test]
fn a_vpc_of_a_third_account_cannot_be_looked_into() -> TestResult {
    let told = before(|stage| {
        let third: &mut PeeringEnd = &mut stage.peerings[0].ends[1];
        third.account = "999999999999".to_owned();
    })?;
    let told = of_peering(&told);
    assert!(
        matches!(&told[..], [only] if only.contains("of the account 999999999999") && only.contains("was not seen")),
        "{told:?}"
    );
    Ok(())
}

#[test]
fn a_connection_that_waits_for_its_other_side_refuses_the_run() -> TestResult {
    let told = before(|stage| stage.peerings[0].status = "pending-acceptance".to_owned())?;
    let told = of_peering(&told);
    assert!(
        matches!(&told[..], [only] if only.ends_with("accept it in the account 222222222222")),
        "{told:?}"
    );
    Ok(())
}
