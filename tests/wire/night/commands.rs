//! Commands of the runbook: those that steps wait for, and those that nothing waits for.

use super::{
    journal::journal,
    process::{Result, Signal},
    sky::{CALM, SHORT, Sky, Speed},
};

/// Puts an entry before the second step, and hooks below everything.
fn with(step: &str, rest: &str) -> String {
    SHORT.replace("  - { weight: 100%", &format!("{step}  - {{ weight: 100%")) + rest
}

fn kept(sky: &Sky, file: &str) -> Result<String> {
    Ok(std::fs::read_to_string(sky.run_folder()?.join("outputs").join(file))?)
}

#[test]
fn steps_wait_for_commands_which_are_told_where_the_run_is_and_whose_output_is_kept() -> Result<()>
{
    let said = "[sh, -c, \"echo $CUTOVER_EVENT $CUTOVER_STEP $CUTOVER_SHARE $CUTOVER_DRY_RUN\"]";
    let runbook = with(
        &format!("  - run: {{ command: {said}, timeout: 5m }}\n"),
        &format!(
            "hooks:\n  before_step: {{ command: {said}, timeout: 5m }}\n  after_step: {{ command: {said}, timeout: 5m }}\n  on_complete: {{ command: {said}, timeout: 5m }}\n"
        ),
    );
    let sky = Sky::of(&runbook, CALM, Speed::Usual)?;
    let left = sky.run(&[])?.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    assert_eq!(kept(&sky, "step-1-before_step.log")?, "before_step 1 0% false\n");
    assert_eq!(kept(&sky, "step-1-after_step.log")?, "after_step 1 25% false\n");
    assert_eq!(kept(&sky, "step-2-run.log")?, "run 2 25% false\n");
    assert_eq!(kept(&sky, "step-3-before_step.log")?, "before_step 3 25% false\n");
    assert_eq!(kept(&sky, "step-3-after_step.log")?, "after_step 3 100% false\n");
    assert_eq!(kept(&sky, "on_complete.log")?, "on_complete 100% false\n");
    let lines = journal(&sky.run_folder()?)?;
    let done = lines.iter().position(|line| line.event == "run_completed");
    let after = lines[done.ok_or("it was not completed")?..].iter();
    assert_eq!(after.filter(|line| line.event == "command_ended").count(), 1);
    Ok(())
}

#[test]
fn a_command_that_fails_holds_the_run_until_it_is_skipped() -> Result<()> {
    let runbook =
        with("  - run: { command: [sh, -c, \"echo no cache; exit 3\"], timeout: 5m }\n", "");
    let sky = Sky::of(&runbook, CALM, Speed::Usual)?;
    let mut run = sky.run(&[])?;
    let ended = run.until("command_ended", 1)?;
    assert_eq!(ended.text("failure"), "`sh` failed with exit status 3");
    assert_eq!(ended.text("output"), "outputs/step-2-run.log");
    assert_eq!(kept(&sky, "step-2-run.log")?, "no cache\n");
    assert!(run.until("held", 1)?.text("next").contains("cutover skip"));
    let skipped = sky.start_on_the_wall(&["skip", "--why", "the cache is warm"])?.end()?;
    assert_eq!(skipped.code, Some(0), "{}", skipped.said);
    assert_eq!(run.end()?.code, Some(0));
    assert_eq!(sky.pair()?, (0, 100));
    Ok(())
}

#[test]
fn a_hook_that_hangs_does_not_delay_the_way_back() -> Result<()> {
    let hang = "{ command: [sh, -c, \"trap '' TERM; sleep 600\"], timeout: 10m }";
    let runbook = with(
        "",
        &format!(
            "hooks:\n  on_breach: {hang}\n  after_rollback: {{ command: [touch, back], timeout: 1m }}\n"
        ),
    );
    let errors = "description: new fails\nfaults: [{ from_share: 25%, side: new, errors: 40% }]\n";
    let sky = Sky::of(&runbook, errors, Speed::Usual)?;
    let mut run = sky.run(&[])?;
    run.until("breached", 1)?;
    let back = run.until("rolled_back", 1)?;
    assert_eq!(sky.pair()?, (100, 0));
    assert!(back.field("seconds_from_breach").as_f64().is_some_and(|s| s < 60.0), "{back:?}");
    run.until("command_ended", 1)?;
    assert!(sky.folder().join("back").exists());
    // The hook that hangs is still there: Ctrl-C ends the wait for it, and the hook.
    run.signal(Signal::Interrupt)?;
    assert_eq!(run.end()?.code, Some(4));
    Ok(())
}
