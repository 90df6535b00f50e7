//! Nights in which records move in waves.

use super::{
    journal::{Line, journal, story, the},
    process::Result,
    sky::{CALM, Sky, Speed},
};

/// Two waves in one zone, each with load balancers of its own.
const WAVES: &str = "
version: 1
name: fleet
environments: { staging: {} }
waves:
  - name: tools
    records:
      - { name: wiki.example.com, zone: example.com, legacy: { elb: wiki }, new: { alb: wiki } }
    steps:
      - { weight: 100%, hold: 2m }
  - name: shop
    records:
      - { name: api.example.com, zone: example.com, legacy: { elb: api }, new: { alb: api } }
      - { name: cart.example.com, zone: example.com, legacy: { elb: cart }, new: { alb: cart } }
    steps:
      - { weight: 25%,  hold: 2m }
      - { weight: 100%, hold: 2m }
    gates: { noise: high }
gates: { pass: { min_minutes: 2 } }
policy: { metric_lag: 1m, settle_slop: 10s }
";

const NAMES: [&str; 3] = ["wiki.example.com", "api.example.com", "cart.example.com"];
const LAST: &str =
    "{ name: mail.example.com, zone: example.com, legacy: { elb: mail }, new: { alb: mail } }";

/// Returns the weights of legacy and new of each pair, in the order of [`NAMES`].
fn pairs(sky: &Sky) -> Result<Vec<(u8, u8)>> {
    let pair = |name: &&str| match &sky.weights(name, "example.com")?[..] {
        [(one, legacy), (other, new)] if one < other => Ok((*legacy, *new)),
        others => Err(format!("{name}: there are {others:?}").into()),
    };
    NAMES.iter().map(pair).collect()
}

/// Returns the wave of each step that was begun.
fn waves_begun(lines: &[Line]) -> Vec<&str> {
    lines.iter().filter(|line| line.event == "step_started").map(|line| line.text("wave")).collect()
}

#[test]
fn a_calm_night_moves_wave_after_wave_under_one_lock() -> Result<()> {
    let third = format!(
        "  - name: mail\n    records:\n      - {LAST}\n    steps:\n      - {{ weight: 100%, hold: 2m }}\ngates:"
    );
    // The runbook's own gates stand at the beginning of their line.
    let sky = Sky::of(&WAVES.replace("\ngates:", &format!("\n{third}")), CALM, Speed::Usual)?;
    let left = sky.run(&[])?.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    assert_eq!(pairs(&sky)?, [(0, 100); 3]);
    let mail = sky.weights("mail.example.com", "example.com")?;
    assert_eq!(mail.iter().map(|(_, weight)| *weight).collect::<Vec<_>>(), [0, 100]);
    assert_eq!(sky.lock()?, None);

    let lines = journal(&sky.run_folder()?)?;
    assert_eq!(waves_begun(&lines), ["tools", "shop", "shop", "mail"]);
    let mut order = vec!["run_started", "preflight_passed", "prepared"];
    for _ in 0..4 {
        order.extend(["step_started", "weights_written", "settled", "step_passed"]);
    }
    order.push("run_completed");
    assert_eq!(story(&lines), order);
    let lock = |event: &str| lines.iter().filter(|line| line.event == event).count();
    assert_eq!((lock("lock_taken"), lock("lock_released")), (1, 1), "one lock for all waves");
    Ok(())
}

#[test]
fn a_breach_in_the_second_wave_takes_all_waves_back() -> Result<()> {
    // The first wave has everybody at once and passes some five minutes later; the second goes on for half an hour.
    let scenario = "description: new fails when the second wave moves\n\
        faults:\n  - from_share: 40%\n    after: 9m\n    side: new\n    errors: 20%\n";
    let runbook = WAVES.replace("25%,  hold: 2m", "25%,  hold: 30m");
    let sky = Sky::of(&runbook, scenario, Speed::Usual)?;
    let left = sky.run(&[])?.end()?;
    assert_eq!(left.code, Some(4), "{}", left.said);
    assert_eq!(pairs(&sky)?, [(100, 0); 3]);
    assert_eq!(sky.lock()?, None);

    let lines = journal(&sky.run_folder()?)?;
    assert_eq!(waves_begun(&lines), ["tools", "shop"], "the first wave has passed");
    let told = story(&lines);
    let end = ["breached", "rollback_started", "weights_written", "rolled_back"];
    assert_eq!(told[told.len() - 4..], end);
    assert_eq!(the(&lines, "breached").text("gate"), "errors");
    let back = lines.iter().rev().find(|line| line.event == "weights_written");
    let back = back.and_then(|line| line.field("records").as_array());
    assert_eq!(back.map(Vec::len), Some(3), "one way back for both waves");
    Ok(())
}

#[test]
fn a_run_that_is_killed_in_its_second_wave_is_resumed_there_and_ends() -> Result<()> {
    let sky = Sky::of(WAVES, CALM, Speed::Usual)?;
    let mut run = sky.run(&[])?;
    run.until("weights_written", 2)?;
    run.kill()?;
    assert_eq!(pairs(&sky)?, [(0, 100), (75, 25), (75, 25)]);
    let status = sky.start(&["status"])?.end()?;
    assert_eq!(status.code, Some(5), "{}", status.said);

    let left = sky.start(&["resume"])?.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    assert_eq!((pairs(&sky)?, sky.lock()?), (vec![(0, 100); 3], None));
    let lines = journal(&sky.run_folder()?)?;
    assert_eq!(waves_begun(&lines), ["tools", "shop", "shop"], "no step is begun twice");
    assert_eq!(lines.iter().filter(|line| line.event == "step_passed").count(), 3);
    Ok(())
}

#[test]
fn an_emergency_in_the_second_wave_needs_the_runbook_alone_and_takes_all_waves_back() -> Result<()>
{
    let sky = Sky::of(WAVES, CALM, Speed::Usual)?;
    let mut run = sky.run(&[])?;
    run.until("weights_written", 2)?;
    run.kill()?;
    // As on another machine: neither journal nor plan, only the runbook and the zone.
    let elsewhere = ["--state", "elsewhere"];
    let rollback = ["rollback", "runbook.yaml", "--env", "staging", "--yes"];
    let left = sky.start(&[&rollback[..], &elsewhere].concat())?.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    let back = pairs(&sky)?;
    assert!(back.iter().all(|(legacy, new)| *legacy > 0 && *new == 0), "{back:?}");
    assert_eq!(sky.lock()?, None);
    Ok(())
}
