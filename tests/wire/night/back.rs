//! Forms of going back, and what they leave.

use super::{
    journal::{journal, the},
    process::Result,
    sky::{SHORT, Sky, Speed},
};

/// Starts a night, lets it come to its first step and kills it; returns the run.
fn killed_at_its_first_step(sky: &Sky) -> Result<String> {
    let mut run = sky.run(&[])?;
    let id = run.until("weights_written", 1)?.text("run").to_owned();
    run.kill()?;
    Ok(id)
}

#[test]
fn a_simple_record_is_back_only_where_it_is_asked_for() -> Result<()> {
    let sky = Sky::calm()?;
    let before = sky.records(&["api.example.com"], "example.com")?;
    assert_eq!(before[0].weight(), None, "it begins as a simple record");
    let id = killed_at_its_first_step(&sky)?;
    let back = sky.start(&["rollback", &id, "--yes", "--to-simple"])?.end()?;
    assert_eq!(back.code, Some(0), "{}", back.said);
    assert_eq!(sky.records(&["api.example.com"], "example.com")?, before);
    assert_eq!(sky.lock()?, None);
    Ok(())
}

#[test]
fn a_rollback_gives_up_at_its_deadline_and_says_so() -> Result<()> {
    let scenario = "description: Route 53's API is down from the 20th minute on\n\
        faults:\n  - at: 20m\n    for: 5h\n    route53_down: true\n";
    let sky = Sky::of(&SHORT.replace("hold: 5m", "hold: 1h"), scenario, Speed::Usual)?;
    let mut run = sky.run(&[])?;
    let id = run.until("weights_written", 1)?.text("run").to_owned();
    // Gates are judged all the same.
    while run.until("minute_judged", 1)?.text("at") < "2026-03-03T09:20:30" {}
    run.kill()?;
    let back = sky.start(&["rollback", &id, "--yes", "--deadline", "2m"])?.end()?;
    assert_eq!(back.code, Some(6), "{}", back.said);
    let lines = journal(&sky.run_folder()?)?;
    assert!(the(&lines, "stuck").text("why").contains("deadline"), "{lines:?}");
    Ok(())
}

#[test]
fn the_break_glass_card_is_in_the_run_s_folder_before_the_first_write() -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let sky = Sky::calm()?;
    let mut run = sky.run(&[])?;
    run.until("preflight_passed", 1)?;
    let card = sky.run_folder()?.join("break-glass.sh");
    let text = std::fs::read_to_string(&card)?;
    assert!(text.contains("aws route53 change-resource-record-sets"), "{text}");
    assert!(text.contains("api.example.com"), "{text}");
    assert_eq!(std::fs::metadata(&card)?.permissions().mode() & 0o777, 0o700);
    let left = run.kill()?;
    assert_eq!(left.said.matches("break-glass.sh").count(), 1, "{}", left.said);
    Ok(())
}

#[test]
fn printing_the_way_back_changes_nothing() -> Result<()> {
    let sky = Sky::calm()?;
    let id = killed_at_its_first_step(&sky)?;
    let before = sky.calls().len();
    for what in [&["runbook.yaml", "--env", "staging", "--state", "elsewhere"][..], &[&id]] {
        let print = [&["rollback", "--print", "--output", "text"], what].concat();
        let printed = sky.start(&print)?.end()?;
        assert_eq!(printed.code, Some(0), "{}", printed.said);
        assert_eq!(printed.printed[0], "#!/bin/sh");
        let script = printed.printed.join("\n");
        assert!(script.contains("aws route53 change-resource-record-sets"), "{script}");
    }
    assert_eq!(sky.pair()?, (75, 25));
    let calls = sky.calls().split_off(before);
    assert!(calls.iter().all(|call| !call.contains("ChangeResourceRecordSets")), "{calls:?}");
    assert!(!sky.folder().join("elsewhere").exists());
    Ok(())
}
