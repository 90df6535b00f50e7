//! Disks that cannot be written.

use std::fs;

use super::{
    journal::{journal, story},
    process::Result,
    sky::Sky,
};

/// Bytes that a file may have: more than the plan needs, less than a night's journal.
const LONGEST: u64 = 16_000;

fn writes(sky: &Sky) -> usize {
    sky.calls().iter().filter(|call| call.contains("ChangeResourceRecordSets")).count()
}

#[test]
fn a_journal_that_cannot_be_made_means_that_nothing_is_changed() -> Result<()> {
    let sky = Sky::calm()?;
    fs::write(sky.folder().join("file"), "not a folder")?;
    let left = sky.run(&["--state", "file/state"])?.end()?;
    assert_eq!(left.code, Some(7), "{}", left.said);
    assert!(left.said.contains("nothing was changed"), "{}", left.said);
    assert_eq!((left.printed, writes(&sky)), (Vec::new(), 0));
    Ok(())
}

#[test]
fn a_disk_that_fills_up_stops_the_run_where_it_is_and_it_can_be_resumed() -> Result<()> {
    let sky = Sky::calm()?;
    let run = sky.start_with(&["run", "runbook.yaml", "--env", "staging", "--yes"], LONGEST)?;
    let left = run.end()?;
    assert_eq!(left.code, Some(5), "{}", left.said);
    assert!(left.said.contains("could not be recorded"), "{}", left.said);
    let sent = writes(&sky);
    // The last line is torn, because no more of it fitted.
    let text = fs::read_to_string(sky.run_folder()?.join("journal.jsonl"))?;
    assert!(!text.ends_with('\n'), "{text}");
    let announced = text.matches("\"event\":\"write_started\"").count();
    assert!(sent >= 1 && sent == announced, "{sent} batches were sent, {announced} announced");

    let resumed = sky.start(&["resume"])?.end()?;
    assert_eq!(resumed.code, Some(0), "{}", resumed.said);
    assert_eq!(sky.pair()?, (0, 100));
    assert_eq!(story(&journal(&sky.run_folder()?)?).last(), Some(&"run_completed"));
    Ok(())
}
