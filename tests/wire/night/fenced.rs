//! Two processes that want one zone: whoever loses its lock stops by itself and says who has it.

use std::{fs, path::Path};

use super::{
    journal::{Line, journal, the},
    process::{Left, Process, Result},
    sky::Sky,
};

/// Starts a night and lets it come to its first step.
fn at_its_first_step(sky: &Sky) -> Result<(Process, String)> {
    let mut run = sky.run(&[])?;
    let id = run.until("weights_written", 1)?.text("run").to_owned();
    assert_eq!(sky.pair()?, (75, 25));
    Ok((run, id))
}

/// Returns the run of which a process told.
fn run_of(left: &Left) -> Result<String> {
    let first = left.printed.first().ok_or_else(|| left.said.clone())?;
    Ok(Line::parse(first)?.text("run").to_owned())
}

/// Checks that a process stopped by itself and told which run has its lock.
fn assert_fenced_by(left: &Left, run: &str) -> Result<()> {
    assert_eq!(left.code, Some(5), "{}", left.said);
    let last = Line::parse(left.printed.last().ok_or("it printed nothing")?)?;
    assert_eq!(last.event, "fenced", "{last:?}");
    assert_eq!(last.field("holder")["run"], run, "{last:?}");
    Ok(())
}

fn copy_of(folder: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for file in fs::read_dir(folder)? {
        let file = file?;
        fs::copy(file.path(), to.join(file.file_name()))?;
    }
    Ok(())
}

#[test]
fn a_rollback_on_another_machine_stops_the_run_which_says_who_took_its_lock() -> Result<()> {
    let sky = Sky::calm()?;
    let (run, _) = at_its_first_step(&sky)?;
    let elsewhere =
        ["rollback", "runbook.yaml", "--env", "staging", "--yes", "--state", "elsewhere"];
    let back = sky.start(&elsewhere)?.end()?;
    assert_eq!(back.code, Some(0), "{}", back.said);
    assert_fenced_by(&run.end()?, &run_of(&back)?)?;
    assert_eq!(sky.pair()?.1, 0, "nobody is on new");
    assert_eq!(sky.lock()?, None, "the rollback has released the lock");
    let status = sky.start(&["status", "--output", "text"])?.end()?;
    assert_eq!(status.code, Some(5), "{}", status.said);
    assert!(status.said.contains("--take-over"), "{}", status.said);
    Ok(())
}

#[test]
fn a_rollback_beside_a_live_run_restores_its_exact_baseline_and_fences_it() -> Result<()> {
    let sky = Sky::calm()?;
    let (run, id) = at_its_first_step(&sky)?;
    let before = sky.calls().len();
    let back = sky.start(&["rollback", &id, "--yes"])?.end()?;
    assert_eq!(back.code, Some(0), "{}", back.said);
    assert!(back.said.contains("is going on in another process"), "{}", back.said);
    let calls = sky.calls().split_off(before);
    let first = calls.iter().find(|call| call.contains(" ChangeResourceRecordSets "));
    assert!(first.is_some_and(|call| call.contains(" ok")), "{calls:?}");
    assert_fenced_by(&run.end()?, &run_of(&back)?)?;
    assert_eq!(sky.pair()?, (100, 0));
    assert_eq!(sky.lock()?, None);
    Ok(())
}

#[test]
fn a_rollback_before_the_first_step_stops_the_run_too() -> Result<()> {
    let sky = Sky::calm()?;
    let mut run = sky.run(&[])?;
    let id = run.until("prepared", 1)?.text("run").to_owned();
    let back = sky.start(&["rollback", &id, "--yes"])?.end()?;
    assert_eq!(back.code, Some(0), "{}", back.said);
    let run = run.end()?;
    assert_eq!(run.code, Some(5), "{}", run.said);
    assert_eq!(sky.lock()?, None);
    Ok(())
}

#[test]
fn a_rollback_of_a_runbook_whose_run_is_not_over_uses_that_run_s_baseline_and_says_so() -> Result<()>
{
    let sky = Sky::calm()?;
    let (run, id) = at_its_first_step(&sky)?;
    run.kill()?;
    let rollback = ["rollback", "runbook.yaml", "--env", "staging", "--yes"];
    let back = sky.start(&rollback)?.end()?;
    assert_eq!(back.code, Some(0), "{}", back.said);
    let told =
        format!("run {id} of this runbook is not over: going back to the baseline of its plan");
    assert!(back.said.contains(&told), "{}", back.said);
    assert_eq!(run_of(&back)?, id);
    assert_eq!(sky.pair()?, (100, 0));
    assert_eq!(sky.lock()?, None);
    Ok(())
}

#[test]
fn a_second_run_is_refused_and_told_who_holds_the_lock_and_taking_over_fences_the_first()
-> Result<()> {
    let sky = Sky::calm()?;
    let (run, id) = at_its_first_step(&sky)?;
    let second = sky.run(&["--state", "elsewhere"])?.end()?;
    assert_eq!(second.code, Some(7), "{}", second.said);
    let held = format!("is locked by run {id}, since 2026-03-03 09:");
    for part in [&held, "cutover status", "--take-over"] {
        assert!(second.said.contains(part), "{part}: {}", second.said);
    }
    assert_eq!(sky.pair()?, (75, 25), "nothing was changed");

    let mut third = sky.run(&["--state", "elsewhere", "--take-over"])?;
    let taken = third.until("lock_taken", 1)?;
    assert_fenced_by(&run.end()?, taken.text("run"))?;
    third.kill()?;
    Ok(())
}

#[test]
fn of_two_processes_that_resume_one_run_only_one_goes_on() -> Result<()> {
    let sky = Sky::calm()?;
    let (run, id) = at_its_first_step(&sky)?;
    run.kill()?;
    copy_of(&sky.run_folder()?, &sky.folder().join("copy").join(&id))?;
    let here = sky.start(&["resume"])?;
    let there = sky.start(&["resume", "--state", "copy"])?;
    let both = [here.end()?, there.end()?];
    let mut codes = both.each_ref().map(|left| left.code);
    codes.sort();
    assert_eq!(codes, [Some(0), Some(5)], "{both:?}");
    assert_eq!(sky.pair()?, (0, 100));
    let loser = both.iter().find(|left| left.code == Some(5)).ok_or("nobody lost")?;
    assert_fenced_by(loser, &id)
}

#[test]
fn a_run_takes_its_lock_swaps_it_with_every_write_and_releases_it() -> Result<()> {
    let sky = Sky::calm()?;
    let left = sky.run(&[])?.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    let lines = journal(&sky.run_folder()?)?;
    assert_eq!(lines.last().map(|line| line.event.as_str()), Some("lock_released"));
    assert_eq!(the(&lines, "lock_taken").field("lock")["epoch"], 1);
    let epochs: Vec<u64> = lines
        .iter()
        .filter(|line| line.event == "write_started")
        .filter_map(|line| line.field("lock")["set"]["epoch"].as_u64())
        .collect();
    assert!(epochs.len() >= 4 && epochs.is_sorted_by(|one, next| one < next), "{epochs:?}");
    assert_eq!(sky.lock()?, None);
    Ok(())
}
