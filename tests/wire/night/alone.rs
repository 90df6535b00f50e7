//! Nights that nobody interrupts.

use super::{
    journal::{journal, story, the},
    process::Result,
    sky::{CALM, SHORT, Sky, Speed},
};

const API: &str = include_str!("../../../runbooks/api.yaml");

#[test]
fn a_calm_night_moves_everybody_and_tells_it_in_order() -> Result<()> {
    // The shipped steps, each watched for as short as a gate allows.
    let runbook = API.replace("hold: 10m", "hold: 5m").replace("hold: 15m", "hold: 5m");
    let runbook = runbook.replace("hold: 20m", "hold: 5m").replace("hold: 1h", "hold: 5m");
    let sky = Sky::of(&runbook, CALM, Speed::Usual)?;
    let left = sky.run(&[])?.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    let weights = sky.weights("api.staging.example.com", "staging.example.com")?;
    assert_eq!(weights, [("cutover:legacy".to_owned(), 0), ("cutover:new".to_owned(), 100)]);

    let lines = journal(&sky.run_folder()?)?;
    let mut order = vec!["run_started", "preflight_passed", "prepared"];
    for _ in 0..7 {
        order.extend(["step_started", "weights_written", "settled", "step_passed"]);
    }
    order.push("run_completed");
    assert_eq!(story(&lines), order);
    let text = std::fs::read_to_string(sky.run_folder()?.join("journal.jsonl"))?;
    assert_eq!(left.printed, text.lines().collect::<Vec<_>>());
    Ok(())
}

#[test]
fn errors_of_the_new_side_bring_everybody_back() -> Result<()> {
    let runbook = SHORT.replace("{ weight: 25%", "{ weight: 10%, hold: 5m }\n  - { weight: 25%");
    let scenario = "description: new fails as soon as a quarter of the users arrive\n\
        faults:\n  - from_share: 25%\n    side: new\n    errors: 5%\n";
    let sky = Sky::of(&runbook, scenario, Speed::Usual)?;
    let left = sky.run(&[])?.end()?;
    assert_eq!(left.code, Some(4), "{}", left.said);
    assert_eq!(sky.pair()?, (100, 0));

    let lines = journal(&sky.run_folder()?)?;
    let told = story(&lines);
    assert!(told.contains(&"step_passed"), "the step of 10 % is fine: {told:?}");
    let end = ["breached", "rollback_started", "weights_written", "rolled_back"];
    assert_eq!(told[told.len() - 4..], end);
    let breached = the(&lines, "breached");
    assert_eq!(breached.text("gate"), "errors", "{breached:?}");
    let seconds = the(&lines, "rolled_back").field("seconds_from_breach").as_f64();
    assert!(seconds.is_some_and(|seconds| (0.0..120.0).contains(&seconds)), "{seconds:?}");
    let report = std::fs::read_to_string(sky.run_folder()?.join("report.html"))?;
    for said in ["Rolled back</span> From step 2, 25% on new", "breach of errors", "Error rate"] {
        assert!(report.contains(said), "{said}");
    }
    assert!(left.said.contains("report: .cutover/"), "{}", left.said);
    Ok(())
}

#[test]
fn nobody_begins_while_legacy_is_sick_and_everybody_may_go_back() -> Result<()> {
    let scenario = "description: legacy is sick\n\
        faults:\n  - before: 30m\n    side: legacy\n    errors: 20%\n";
    let runbook = SHORT.replace("new: { alb: api }", "new: { alb: api-new }");
    let sky = Sky::of(&runbook, scenario, Speed::Usual)?;
    let left = sky.run(&[])?.end()?;
    assert_eq!(left.code, Some(7), "{}", left.said);
    assert!(
        left.said.contains("the gate `errors` is red before anything has moved"),
        "{}",
        left.said
    );
    assert!(sky.run_folder().is_err(), "there is nothing to record");
    let written = sky.calls().iter().any(|call| call.contains("ChangeResourceRecordSets"));
    assert!(!written, "nothing was changed");
    let back = sky.start(&["rollback", "runbook.yaml", "--env", "staging", "--yes"])?.end()?;
    assert_eq!(back.code, Some(0), "{}", back.said);
    Ok(())
}
