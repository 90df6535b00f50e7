//! Nights whose process is killed, as a machine that goes down kills it.

use super::{
    journal::{Line, journal, story},
    process::{Left, Result},
    sky::Sky,
};

/// Kills a run at this many events of this name; returns its id after checking that `status` knows what became of it.
fn killed_at(sky: &Sky, event: &str, times: usize) -> Result<String> {
    let mut run = sky.run(&[])?;
    run.until(event, times)?;
    let left = run.kill()?;
    assert_eq!(left.code, None, "{}", left.said);
    let id = Line::parse(&left.printed[0])?.text("run").to_owned();

    let status = sky.start(&["status"])?.end()?;
    assert_eq!(status.code, Some(5), "{}", status.said);
    let told: serde_json::Value = serde_json::from_str(&status.printed[0])?;
    assert_eq!((told["run"].as_str(), told["alive"].as_bool()), (Some(id.as_str()), Some(false)));
    Ok(id)
}

fn assert_back(sky: &Sky, left: &Left) -> Result<()> {
    assert_eq!(left.code, Some(0), "{}", left.said);
    assert_eq!(sky.pair()?, (100, 0));
    let lines = journal(&sky.run_folder()?)?;
    let told = story(&lines);
    assert_eq!(told[told.len() - 3..], ["rollback_started", "weights_written", "rolled_back"]);
    Ok(())
}

#[test]
fn l26_a_run_that_died_in_the_middle_of_a_write_is_resumed_to_its_end() -> Result<()> {
    let sky = Sky::calm()?;
    // The first write takes the lock, the second prepares, the third begins the first step.
    killed_at(&sky, "write_started", 3)?;
    let left = sky.start(&["resume"])?.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    assert_eq!(sky.pair()?, (0, 100));
    let lines = journal(&sky.run_folder()?)?;
    let told = story(&lines);
    assert_eq!(
        told[..5],
        ["run_started", "preflight_passed", "prepared", "step_started", "resumed"]
    );
    assert_eq!(told.last(), Some(&"run_completed"));
    assert_eq!(told.iter().filter(|event| **event == "step_passed").count(), 2, "{told:?}");
    Ok(())
}

#[test]
fn a_run_that_died_in_the_middle_of_a_write_is_rolled_back_by_its_id() -> Result<()> {
    let sky = Sky::calm()?;
    let id = killed_at(&sky, "write_started", 3)?;
    assert_back(&sky, &sky.start(&["rollback", &id, "--yes"])?.end()?)
}

#[test]
fn a_run_that_died_while_a_step_settled_is_rolled_back_without_naming_it() -> Result<()> {
    let sky = Sky::calm()?;
    let id = killed_at(&sky, "in_sync", 2)?;
    assert_eq!(sky.pair()?, (75, 25));
    let plan = sky.start(&["plan", "runbook.yaml", "--env", "staging"])?.end()?;
    assert_eq!(plan.code, Some(7), "{}", plan.said);
    assert!(plan.said.contains(&format!("is locked by run {id}")), "{}", plan.said);
    assert_back(&sky, &sky.start(&["rollback", "--yes"])?.end()?)
}
