//! The end of a migration, days after its night.

use std::fs;

use serde_json::Value;

use super::{
    process::{Left, Result},
    sky::Sky,
};

/// Returns what was said of the traffic.
fn traffic(left: &Left) -> Result<Value> {
    let line = left.printed.iter().find(|line| line.starts_with("{\"traffic\""));
    let line = line.ok_or_else(|| format!("nothing was said of the traffic: {left:?}"))?;
    Ok(serde_json::from_str::<Value>(line)?["traffic"].clone())
}

/// Returns a sky in which everybody has been moved to new, and the run that did it.
fn moved() -> Result<(Sky, String)> {
    let sky = Sky::calm()?;
    let left = sky.run(&[])?.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    assert_eq!(sky.pair()?, (0, 100));
    let folder = sky.run_folder()?;
    let run = folder.file_name().and_then(|name| name.to_str()).ok_or("it has no name")?;
    Ok((sky, run.to_owned()))
}

fn changes(sky: &Sky) -> usize {
    sky.calls().iter().filter(|call| call.contains("ChangeResourceRecordSets")).count()
}

#[test]
fn a_finish_is_refused_while_legacy_has_been_busy_and_says_when_to_try_again() -> Result<()> {
    let (sky, run) = moved()?;
    let before = changes(&sky);
    for what in
        [&["finish", "--yes"][..], &["finish", "runbook.yaml", "--yes"], &["finish", &run, "--yes"]]
    {
        let left = sky.start(what)?.end()?;
        assert_eq!(left.code, Some(7), "{}", left.said);
        let traffic = traffic(&left)?;
        assert_eq!(traffic["legacy"][0]["balancer"]["name"], "api", "{traffic}");
        assert!(traffic["legacy"][0]["requests"].as_f64() > Some(1000.0), "{traffic}");
        assert!(traffic["again_at"].is_string(), "{traffic}");
        for part in ["legacy still carries ", "nothing was changed", "try again after 20"] {
            assert!(left.said.contains(part), "{}", left.said);
        }
    }
    assert_eq!((changes(&sky), sky.pair()?), (before, (0, 100)));
    assert_eq!(fs::read_dir(sky.folder().join(".cutover"))?.count(), 1, "nothing began");
    Ok(())
}
