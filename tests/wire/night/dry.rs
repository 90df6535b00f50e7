//! Runs that are for practice: one that writes nothing, and one that is broken on purpose.

use serde_json::Value;

use super::{
    journal::journal,
    process::Result,
    sky::{CALM, SHORT, Sky, Speed},
};

#[test]
fn a_dry_run_does_everything_but_write() -> Result<()> {
    let sky = Sky::calm()?;
    let before = sky.records(&["api.example.com", "_cutover-lock.example.com"], "example.com")?;
    let left = sky.run(&["--dry-run"])?.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    let after = sky.records(&["api.example.com", "_cutover-lock.example.com"], "example.com")?;
    assert_eq!(before, after);
    let writes = |call: &&String| call.contains("ChangeResourceRecordSets");
    assert_eq!(sky.calls().iter().find(writes), None);
    let lines = journal(&sky.run_folder()?)?;
    assert_eq!(lines[0].text("mode"), "dry_run");
    let written = lines.iter().filter(|line| line.event == "weights_written").count();
    assert_eq!(written, 2, "what would have been written is in the journal");
    let resumed = sky
        .start(&[
            "rollback",
            sky.run_folder()?.file_name().and_then(|n| n.to_str()).unwrap_or_default(),
            "--yes",
        ])?
        .end()?;
    assert_eq!(resumed.code, Some(7), "{}", resumed.said);
    assert!(resumed.said.contains("was a dry run"), "{}", resumed.said);
    Ok(())
}

#[test]
fn an_exercise_uses_the_way_back_and_production_may_begin_by_what_it_leaves() -> Result<()> {
    let both = SHORT.replace(
        "environments: { staging: {} }",
        "environments: { staging: {}, production: {} }\npreflight: { rehearsed: staging }",
    );
    let sky = Sky::of(&both, CALM, Speed::Usual)?;
    let production = ["run", "runbook.yaml", "--env", "production", "--yes"];
    let refused = sky.start(&production)?.end()?;
    assert_eq!(refused.code, Some(7), "{}", refused.said);
    assert!(refused.said.contains("--env staging --exercise-rollback"), "{}", refused.said);

    let exercise = ["run", "runbook.yaml", "--env", "staging", "--yes", "--exercise-rollback"];
    let left = sky.start(&exercise)?.end()?;
    assert_eq!(left.code, Some(0), "what was to be shown has been shown: {}", left.said);
    assert_eq!(sky.pair()?, (100, 0));
    let text = std::fs::read_to_string(sky.run_folder()?.join("attestation.json"))?;
    let attestation: Value = serde_json::from_str(&text)?;
    assert_eq!(attestation["environment"], "staging");
    assert_eq!(attestation["outcome"], "rolled back");
    assert_eq!(attestation["steps_passed"], serde_json::json!([1, 2]));
    assert!(attestation["rollback_seconds"].as_f64().is_some_and(|s| s > 0.0), "{text}");
    assert!(attestation["gates"]["errors"].as_u64().is_some_and(|n| n > 0), "{text}");

    let mut run = sky.start(&production)?;
    run.until("step_started", 1)?;
    run.kill()?;
    Ok(())
}
