//! What people ask of a run with Ctrl-C and SIGTERM.

use super::{
    journal::{journal, story, the},
    process::{Result, Signal},
    sky::{CALM, SHORT, Sky, Speed},
};

#[test]
fn a_stop_leaves_the_records_and_says_how_to_go_on_and_how_to_go_back() -> Result<()> {
    let sky = Sky::calm()?;
    let mut run = sky.run(&["--output", "text"])?;
    run.said("written and read back")?;
    run.signal(Signal::Interrupt)?;
    let left = run.end()?;
    assert_eq!(left.code, Some(5), "{}", left.said);
    assert_eq!(sky.pair()?, (75, 25));
    let text = left.printed.join("\n");
    for command in ["cutover resume short-", "cutover rollback short-"] {
        assert!(text.contains(command), "{text}");
    }

    let mut resumed = sky.start(&["resume"])?;
    resumed.until("settled", 1)?;
    resumed.signal(Signal::Terminate)?;
    let left = resumed.end()?;
    assert_eq!(left.code, Some(5), "{}", left.said);
    let lines = journal(&sky.run_folder()?)?;
    let told = story(&lines);
    assert_eq!(told[told.len() - 4..], ["stopped", "resumed", "settled", "stopped"]);
    let reasons: Vec<_> =
        lines.iter().filter(|l| l.event == "stopped").map(|l| l.text("reason")).collect();
    assert_eq!(reasons, ["asked for with Ctrl-C", "asked for with SIGTERM"]);
    Ok(())
}

#[test]
fn a_second_interrupt_within_three_seconds_rolls_back() -> Result<()> {
    // Slower, because three virtual seconds must be long enough for two signals.
    let sky = Sky::of(SHORT, CALM, Speed::Slow)?;
    let mut run = sky.run(&[])?;
    run.until("weights_written", 1)?;
    run.signal(Signal::Interrupt)?;
    std::thread::sleep(std::time::Duration::from_millis(40));
    run.signal(Signal::Interrupt)?;
    let left = run.end()?;
    assert_eq!(left.code, Some(4), "{}", left.said);
    assert_eq!(sky.pair()?, (100, 0));
    let lines = journal(&sky.run_folder()?)?;
    let reason = the(&lines, "rollback_started").text("reason");
    assert_eq!(reason, "asked for with a second Ctrl-C");
    assert_eq!(story(&lines).last(), Some(&"rolled_back"));
    Ok(())
}
