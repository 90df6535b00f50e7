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

/// Returns the set identifiers of what stands at the short runbook's name; a simple record has none.
fn standing(sky: &Sky) -> Result<Vec<Option<String>>> {
    let records = sky.records(&["api.example.com"], "example.com")?;
    Ok(records.iter().map(|record| record.set_identifier().map(str::to_owned)).collect())
}

/// Waits until five minutes have been quiet, as a finish sees it, and returns the finish that goes ahead.
pub(super) fn once_quiet(sky: &Sky, options: &[&str]) -> Result<Left> {
    for _ in 0..40 {
        let finish = [&["finish", "--yes", "--for", "5m", "--below", "5%"], options].concat();
        let left = sky.start(&finish)?.end()?;
        if left.code != Some(7) {
            return Ok(left);
        }
        // Half a virtual minute.
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    Err("legacy does not become quiet".into())
}

#[test]
fn a_finish_leaves_a_simple_record_and_can_itself_be_taken_back() -> Result<()> {
    let (sky, run) = moved()?;
    let before = changes(&sky);
    let left = once_quiet(&sky, &[])?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    assert_eq!((standing(&sky)?, sky.lock()?), (vec![None], None));
    for part in [
        "can be removed once their connections have drained",
        "from then on nothing goes back to legacy",
    ] {
        assert!(left.said.contains(part), "{}", left.said);
    }
    // The lock is taken and released, and one batch does it all (laws L11, L62).
    assert_eq!(changes(&sky) - before, 3, "{:?}", sky.calls());

    let again = sky.start(&["finish", &run, "--yes"])?.end()?;
    assert_eq!(again.code, Some(0), "{}", again.said);
    assert!(again.said.contains("there is nothing to finish"), "{}", again.said);

    let finished = fs::read_dir(sky.folder().join(".cutover"))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .find(|name| *name != run)
        .ok_or("the finish has no folder")?;
    let back = sky.start(&["rollback", &finished, "--yes"])?.end()?;
    assert_eq!(back.code, Some(0), "{}", back.said);
    assert_eq!(sky.pair()?, (0, 100));
    Ok(())
}

#[test]
fn a_finish_may_keep_new_weighted() -> Result<()> {
    let (sky, _) = moved()?;
    let left = once_quiet(&sky, &["--keep-weighted"])?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    assert_eq!(standing(&sky)?, [Some("cutover:new".to_owned())]);
    assert_eq!(sky.lock()?, None);
    Ok(())
}

#[test]
fn a_finish_that_dies_is_resumed() -> Result<()> {
    let (sky, run) = moved()?;
    let options = ["--for", "1m", "--below", "100%"];
    let mut finish = sky.start(&[&["finish", "--yes"][..], &options].concat())?;
    finish.said("\"event\":\"lock_taken\"")?;
    finish.kill()?;
    let beside = sky.start(&["finish", &run, "--yes"])?.end()?;
    assert_eq!(beside.code, Some(7), "{}", beside.said);
    assert!(beside.said.contains("is not over"), "{}", beside.said);
    let left = sky.start(&["resume"])?.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    assert_eq!((standing(&sky)?, sky.lock()?), (vec![None], None));
    Ok(())
}
