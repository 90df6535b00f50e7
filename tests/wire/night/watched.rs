//! A run that somebody watches from another terminal.

use super::{
    journal::{Line, journal, story},
    process::{Result, Signal},
    sky::Sky,
};

#[test]
fn who_watches_sees_every_event_as_it_comes_and_ends_as_the_run_does() -> Result<()> {
    let sky = Sky::calm()?;
    let mut run = sky.run(&[])?;
    run.until("prepared", 1)?;
    let mut watcher = sky.start(&["status", "--watch"])?;
    watcher.until("settled", 1)?;
    run.until("settled", 1)?;
    run.signal(Signal::Terminate)?;
    assert_eq!(run.end()?.code, Some(5));
    let left = watcher.end()?;
    assert_eq!(left.code, Some(5), "{}", left.said);
    let seen: Vec<Line> = left
        .printed
        .iter()
        .map(|line| Line::parse(line.clone().as_str()))
        .collect::<std::result::Result<_, _>>()?;
    let all = journal(&sky.run_folder()?)?;
    let told = story(&all);
    let watched = story(&seen);
    assert!(watched.len() > 3 && told.ends_with(&watched), "{watched:?} of {told:?}");
    Ok(())
}

#[test]
fn who_watches_a_run_whose_process_dies_is_told_so_and_how_to_go_on() -> Result<()> {
    let sky = Sky::calm()?;
    let mut run = sky.run(&[])?;
    run.until("step_started", 1)?;
    let mut watcher = sky.start(&["status", "--watch"])?;
    watcher.until("settled", 1)?;
    run.kill()?;
    let left = watcher.end()?;
    assert_eq!(left.code, Some(5), "{}", left.said);
    assert!(
        left.said.contains("ended without a word; go on with `cutover resume"),
        "{}",
        left.said
    );
    let listed = sky.start(&["runs"])?.end()?;
    let listed: serde_json::Value = serde_json::from_str(&listed.printed[0])?;
    assert_eq!(
        (&listed["alive"], &listed["outcome"], &listed["phase"]),
        (&false.into(), &serde_json::Value::Null, &"holding".into())
    );
    Ok(())
}
