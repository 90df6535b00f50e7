//! Folders that cannot be written, and that somebody has edited; and two who want one run.

use std::fs;

use super::doom::{Doom, How};
use crate::night::{
    journal::{Line, journal, story},
    process::Result,
    sky::Sky,
};

/// A folder of runs that can only be read.
fn read_only() -> Doom {
    Doom { how: How::ReadOnly, matching: String::new(), nth: 1 }
}

/// Starts a night, lets it come to its first step and kills it; returns its id.
fn killed_at_its_first_step(sky: &Sky) -> Result<String> {
    let mut run = sky.run(&[])?;
    let id = run.until("weights_written", 1)?.text("run").to_owned();
    run.kill()?;
    assert_eq!(sky.pair()?, (75, 25));
    Ok(id)
}

#[test]
fn in_a_folder_that_can_only_be_read_nothing_begins_and_everything_goes_back() -> Result<()> {
    let sky = Sky::calm()?;
    let run = ["run", "runbook.yaml", "--env", "staging", "--yes"];
    let left = sky.start_doomed(&run, &read_only())?.end()?;
    assert_eq!(left.code, Some(7), "{}", left.said);
    assert!(left.said.contains("nothing was changed"), "{}", left.said);

    let id = killed_at_its_first_step(&sky)?;
    let status = sky.start_doomed(&["status"], &read_only())?.end()?;
    assert_eq!(status.code, Some(5), "{}", status.said);
    let resumed = sky.start_doomed(&["resume"], &read_only())?.end()?;
    assert_eq!(resumed.code, Some(2), "{}", resumed.said);
    assert_eq!(sky.pair()?, (75, 25), "nothing that cannot be recorded is done");
    let back = sky.start_doomed(&["rollback", &id, "--yes"], &read_only())?.end()?;
    assert_eq!(back.code, Some(0), "{}", back.said);
    assert!(back.said.contains("cannot be recorded on disk"), "{}", back.said);
    assert_eq!((sky.pair()?, sky.lock()?), ((100, 0), None));
    Ok(())
}

#[test]
fn a_run_whose_journal_or_plan_was_edited_is_not_gone_on_with_and_goes_back_all_the_same()
-> Result<()> {
    for (file, from, to) in [
        ("journal.jsonl", "\"event\":\"prepared\"", "\"event\":\"repaired\""),
        ("plan.json", "\"steps\":2", "\"steps\":3"),
    ] {
        let sky = Sky::calm()?;
        let id = killed_at_its_first_step(&sky)?;
        let path = sky.run_folder()?.join(file);
        let text = fs::read_to_string(&path)?;
        assert!(text.contains(from), "{text}");
        fs::write(&path, text.replace(from, to))?;
        for command in ["status", "resume"] {
            let left = sky.start(&[command, &id])?.end()?;
            assert_eq!(left.code, Some(2), "{}", left.said);
            assert!(left.said.contains(file), "{}", left.said);
        }
        assert_eq!(sky.pair()?, (75, 25));
        let back = sky.start(&["rollback", &id, "--yes"])?.end()?;
        assert_eq!(back.code, Some(0), "{}", back.said);
        assert!(back.said.contains("going back from its runbook"), "{}", back.said);
        // Nobody says what legacy's weight was, and alone it does not matter.
        assert_eq!((sky.pair()?, sky.lock()?), ((75, 0), None));
    }
    Ok(())
}

#[test]
fn of_two_who_resume_in_one_folder_at_once_one_goes_on_and_the_other_is_told() -> Result<()> {
    let sky = Sky::calm()?;
    let id = killed_at_its_first_step(&sky)?;
    let both = [sky.start(&["resume"])?, sky.start(&["resume"])?];
    let status = sky.start(&["status", &id])?.end()?;
    assert!(matches!(status.code, Some(0 | 5)), "{}", status.said);
    let [one, other] = both.map(crate::night::process::Process::end);
    let (one, other) = (one?, other?);
    let (went_on, told) = if one.code == Some(0) { (one, other) } else { (other, one) };
    assert_eq!((went_on.code, told.code), (Some(0), Some(2)), "{} {}", went_on.said, told.said);
    assert!(told.said.contains("another cutover process is running it"), "{}", told.said);
    assert!(told.printed.is_empty(), "{:?}", told.printed);
    assert_eq!(Line::parse(&went_on.printed[0])?.event, "resumed");
    assert_eq!((sky.pair()?, sky.lock()?), ((0, 100), None));
    let lines = journal(&sky.run_folder()?)?;
    assert_eq!(story(&lines).iter().filter(|event| **event == "resumed").count(), 1);
    Ok(())
}
