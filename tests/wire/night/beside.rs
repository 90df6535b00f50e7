//! Several processes, and processes without the others' files.

use std::fs;

use super::{
    journal::{journal, story, the},
    process::Result,
    sky::{CALM, SHORT, Sky, Speed},
};

#[test]
fn l64_a_rollback_without_any_state_asks_neither_metrics_nor_load_balancers() -> Result<()> {
    let sky = Sky::calm()?;
    let mut run = sky.run(&[])?;
    run.until("weights_written", 2)?;
    run.kill()?;
    assert_eq!(sky.pair()?, (0, 100));
    fs::remove_dir_all(sky.folder().join(".cutover"))?;

    let before = sky.calls().len();
    let rollback = ["rollback", "runbook.yaml", "--env", "staging", "--yes"];
    let left = sky.start(&rollback)?.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    let calls = sky.calls().split_off(before);
    assert!(calls.iter().any(|call| call.contains(" route53 ChangeResourceRecordSets ok")));
    let others: Vec<_> = calls.iter().filter(|call| !call.contains(" route53 ")).collect();
    assert_eq!(others, Vec::<&String>::new(), "only Route 53 is needed");
    assert_eq!(sky.pair()?, (100, 0));

    let again = sky.start(&rollback)?.end()?;
    assert_eq!(again.code, Some(0), "{}", again.said);
    assert_eq!(sky.pair()?, (100, 0));
    Ok(())
}

#[test]
fn without_locks_a_rollback_beside_a_live_run_wins_too_and_the_run_sees_its_records_move()
-> Result<()> {
    let sky = Sky::of(&format!("{SHORT}prepare: {{ lock: false }}\n"), CALM, Speed::Usual)?;
    let mut run = sky.run(&[])?;
    let id = run.until("in_sync", 2)?.text("run").to_owned();
    let folder = sky.run_folder()?;
    let back = sky.start(&["rollback", &id, "--yes"])?.end()?;
    assert_eq!(back.code, Some(0), "{}", back.said);

    let left = run.end()?;
    assert_eq!(left.code, Some(5), "{}", left.said);
    assert_eq!(sky.pair()?, (100, 0));
    let lines = journal(&folder)?;
    assert_eq!(story(&lines).last(), Some(&"drifted"));
    let difference = &the(&lines, "drifted").field("differences")[0];
    assert_eq!(difference["name"], "api.example.com", "{difference}");
    assert_eq!(difference["is_baseline"], true, "{difference}");
    Ok(())
}

#[test]
fn a_run_that_is_alive_is_not_taken_up_by_a_second_process() -> Result<()> {
    let sky = Sky::calm()?;
    let mut run = sky.run(&[])?;
    run.until("prepared", 1)?;
    let second = sky.start(&["resume"])?.end()?;
    assert_eq!(second.code, Some(2), "{}", second.said);
    assert!(second.said.contains("another cutover process is running it"), "{}", second.said);
    let status = sky.start(&["status"])?.end()?;
    assert_eq!(status.code, Some(0), "{}", status.said);
    assert!(status.printed[0].contains("\"alive\":true"), "{status:?}");
    run.until("weights_written", 1)?;
    Ok(())
}

#[test]
fn a_rollback_without_any_state_looks_until_the_zone_can_be_read() -> Result<()> {
    let scenario = "description: Route 53's API is down for the first two minutes\n\
        faults:\n  - at: 0s\n    for: 2m\n    route53_down: true\n";
    let other = SHORT.replace("alb: api", "alb: other");
    let sky = Sky::of(&other, scenario, Speed::Usual)?;
    let rollback = ["rollback", "runbook.yaml", "--env", "staging", "--yes"];
    let left = sky.start(&rollback)?.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    assert!(left.said.contains("the zone is read again (failed 1x): "), "{}", left.said);
    assert!(left.said.contains("there is nothing to go back from"), "{}", left.said);
    Ok(())
}

#[test]
fn a_rollback_that_cannot_tell_the_sides_apart_says_so_and_changes_nothing() -> Result<()> {
    // Nothing of cutover's is in the zone yet, and both load balancers have one name.
    let sky = Sky::calm()?;
    let rollback = ["rollback", "runbook.yaml", "--env", "staging", "--yes"];
    let left = sky.start(&rollback)?.end()?;
    assert_eq!(left.code, Some(6), "{}", left.said);
    assert!(left.said.contains("nothing was changed"), "{}", left.said);
    assert!(left.said.contains("does not tell whose this simple record is"), "{}", left.said);
    assert_eq!(left.printed, Vec::<String>::new());
    assert!(sky.calls().iter().all(|call| !call.contains("ChangeResourceRecordSets")));
    Ok(())
}
