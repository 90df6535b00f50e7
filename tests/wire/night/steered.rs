//! What people say to a run that goes on, from another terminal.

use super::{
    journal::Line,
    process::{Left, Result, Signal},
    sky::{CALM, SHORT, Sky, Speed},
};

/// Says something to the run, on the wall's clock: somebody waits for the answer.
fn say(sky: &Sky, words: &[&str]) -> Result<Left> {
    sky.start_on_the_wall(words)?.end()
}

fn assert_said(left: &Left, event: &str, why: Option<&str>) -> Result<()> {
    assert_eq!(left.code, Some(0), "{}", left.said);
    let line = Line::parse(&left.printed[0])?;
    assert_eq!(line.event, event);
    assert!(line.text("by").contains('@'), "{line:?}");
    if let Some(why) = why {
        assert_eq!(line.text("why"), why);
    }
    Ok(())
}

#[test]
fn a_run_is_paused_gone_on_with_and_its_hold_skipped() -> Result<()> {
    let sky = Sky::calm()?;
    let mut run = sky.run(&[])?;
    run.until("settled", 1)?;
    assert_said(
        &say(&sky, &["pause", "--why", "support calls"])?,
        "paused",
        Some("support calls"),
    )?;
    let again = say(&sky, &["pause"])?;
    assert_eq!(again.code, Some(7), "{}", again.said);
    assert!(again.said.contains("has paused it already"), "{}", again.said);
    run.until("step_passed", 1)?;
    run.until("minute_judged", 2)?;
    assert_eq!(sky.pair()?, (75, 25), "no further step is begun");
    assert_said(&say(&sky, &["unpause"])?, "unpaused", None)?;
    run.until("step_started", 1)?;
    let early = say(&sky, &["skip", "--why", "hurry"])?;
    assert_eq!(early.code, Some(7), "{}", early.said);
    assert!(early.said.contains("there is nothing to skip"), "{}", early.said);
    run.until("settled", 1)?;
    assert_said(&say(&sky, &["skip", "--why", "hurry"])?, "skipped", Some("hurry"))?;
    let left = run.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    assert_eq!(sky.pair()?, (0, 100));
    Ok(())
}

#[test]
fn an_aborted_run_goes_back_and_ends_with_4() -> Result<()> {
    let sky = Sky::calm()?;
    let mut run = sky.run(&[])?;
    run.until("settled", 1)?;
    assert_said(&say(&sky, &["abort", "--why", "orders fail"])?, "aborted", Some("orders fail"))?;
    let back = run.until("rollback_started", 1)?;
    assert!(back.text("reason").ends_with(": orders fail"), "{back:?}");
    assert_eq!(run.end()?.code, Some(4));
    assert_eq!(sky.pair()?, (100, 0));
    let late = say(&sky, &["abort"])?;
    assert_eq!(late.code, Some(2), "{}", late.said);
    Ok(())
}

#[test]
fn a_run_asks_for_approval_and_goes_on_with_it() -> Result<()> {
    let asks = SHORT.replace(
        "  - { weight: 100%",
        "  - approve: { ask: \"No new tickets?\", timeout: 30m, on_timeout: rollback }\n  - { weight: 100%",
    );
    let sky = Sky::of(&asks, CALM, Speed::Usual)?;
    let mut run = sky.run(&[])?;
    run.until("settled", 1)?;
    let early = say(&sky, &["approve"])?;
    assert_eq!(early.code, Some(7), "{}", early.said);
    assert!(early.said.contains("it asks for no approval now"), "{}", early.said);
    let asked = run.until("approval_asked", 1)?;
    assert_eq!(asked.text("ask"), "No new tickets?");
    assert_said(
        &say(&sky, &["approve", "--why", "none since noon"])?,
        "approved",
        Some("none since noon"),
    )?;
    assert_eq!(run.end()?.code, Some(0));
    Ok(())
}

#[test]
fn a_request_to_a_run_whose_process_is_dead_says_so_and_what_to_do() -> Result<()> {
    let sky = Sky::calm()?;
    let mut run = sky.run(&[])?;
    run.until("settled", 1)?;
    run.signal(Signal::Kill)?;
    run.end()?;
    for words in [&["pause"][..], &["approve"], &["abort"], &["skip", "--why", "hurry"]] {
        let left = say(&sky, words)?;
        assert_eq!(left.code, Some(7), "{}", left.said);
        for part in
            ["no process drives run", "nothing was changed", "cutover resume", "cutover rollback"]
        {
            assert!(left.said.contains(part), "{words:?}: {}", left.said);
        }
    }
    Ok(())
}

#[test]
fn a_step_that_is_due_outside_its_window_waits_for_it() -> Result<()> {
    // The night begins at 09:00 on a Tuesday.
    let windows = "windows: { allow: [\"Tue 09:00-09:05 UTC\", \"Tue 09:20-10:30 UTC\"] }\n";
    let sky = Sky::of(&(SHORT.to_owned() + windows), CALM, Speed::Usual)?;
    let mut run = sky.run(&[])?;
    let closed = run.until("window_closed", 1)?;
    assert_eq!(closed.text("opens"), "2026-03-03T09:20:00Z");
    assert_eq!(sky.pair()?, (75, 25));
    let started = run.until("step_started", 1)?;
    assert!(started.text("at") >= "2026-03-03T09:20:00", "{started:?}");
    assert_eq!(run.end()?.code, Some(0));
    Ok(())
}
