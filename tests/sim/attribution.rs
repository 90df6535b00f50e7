//! Whose fault it is: new's, both sides', legacy's, or that of what lies before them; and what is done about it.

use std::error::Error;

use cutover::{
    engine::{Ending, Event, Halt, Outcome},
    gate::Cause,
    rehearse::{Played, Silent, play, stage},
    runbook::Runbook,
    sim::Scenario,
};

use crate::stage::{TWO_ZONES, runbook};

type TestResult = Result<(), Box<dyn Error>>;

const COMPLETED: Option<Outcome> = Some(Outcome::Ended(Ending::Completed));
const STOPPED: Option<Outcome> = Some(Outcome::Halted(Halt::Stopped));
const ROLLED_BACK: Option<Outcome> = Some(Outcome::Ended(Ending::RolledBack));
const REFUSED: Option<Outcome> = Some(Outcome::Ended(Ending::Refused));

/// One record whose members evaluate the health of what they lead to.
const WATCHFUL: &str = "
version: 1
name: watchful
records:
  - name: api.example.com
    zone: example.com
    legacy: { elb: api-legacy, evaluate_target_health: true }
    new: { alb: api, evaluate_target_health: true }
steps:
  - { weight: 5%, hold: 10m }
  - { weight: 100%, hold: 10m }
gates: { errors: { critical: { history: 30m } } }
policy: { hold_limit: 40m }
";

/// Plays a night of so many users in which this goes wrong.
fn night(runbook: &Runbook, faults: &str) -> Result<Played, Box<dyn Error>> {
    let text = format!("description: a night\ntraffic: {{ peak: 20000 }}\nfaults: [ {faults} ]\n");
    let stage = stage(std::slice::from_ref(runbook));
    Ok(play(runbook, stage, Scenario::parse(&text)?, 5, &Silent)?)
}

fn usual(faults: &str) -> Result<Played, Box<dyn Error>> {
    night(&runbook(TWO_ZONES), faults)
}

/// Returns the breaches and warnings of a night.
fn accusations(played: &Played) -> Vec<(&str, Cause)> {
    let events = played.records.iter().filter_map(|record| {
        let (Event::Breached { finding, .. } | Event::Warned { finding, .. }) = &record.event
        else {
            return None;
        };
        Some((finding.gate.as_str(), finding.cause))
    });
    events.collect()
}

fn went_back(played: &Played) -> bool {
    played.records.iter().any(|record| matches!(record.event, Event::RollbackStarted { .. }))
}

#[test]
fn new_alone_is_a_breach() -> TestResult {
    let played = usual("{ from_share: 50%, side: new, errors: 10% }")?;
    assert_eq!(played.outcome, ROLLED_BACK);
    assert_eq!(accusations(&played), [("errors", Cause::OverCritical)]);
    Ok(())
}

#[test]
fn both_sides_alike_hold_and_the_run_goes_on_when_that_clears() -> TestResult {
    let played = usual("{ from_share: 50%, after: 2m, for: 20m, side: both, errors: 20% }")?;
    assert_eq!(played.outcome, COMPLETED);
    assert_eq!(accusations(&played), [("errors", Cause::SharedCause)]);
    assert!(!went_back(&played));
    Ok(())
}

#[test]
fn legacy_alone_holds_and_nothing_goes_back_there_by_itself() -> TestResult {
    let cleared = usual("{ from_share: 50%, after: 2m, for: 20m, side: legacy, errors: 20% }")?;
    assert_eq!(cleared.outcome, COMPLETED);
    assert_eq!(accusations(&cleared), [("errors", Cause::LegacySick)]);
    let lasting = usual("{ from_share: 50%, after: 2m, side: legacy, errors: 20% }")?;
    assert_eq!((lasting.outcome, went_back(&lasting)), (STOPPED, false));
    Ok(())
}

#[test]
fn legacy_or_both_sides_sick_before_the_start_is_refused_before_anything_is_written() -> TestResult
{
    for side in ["legacy", "both"] {
        let played = usual(&format!("{{ before: 8m, side: {side}, errors: 20% }}"))?;
        assert_eq!((played.outcome, played.records.len()), (REFUSED, 0));
        let [problem] = &played.problems[..] else { panic!("{:?}", played.problems) };
        assert!(problem.contains(": legacy fails 2"), "{problem}");
    }
    Ok(())
}

#[test]
fn trouble_that_was_over_before_the_start_refuses_nothing() -> TestResult {
    let played = usual("{ before: 40m, for: 20m, side: legacy, errors: 20% }")?;
    assert_eq!(played.outcome, COMPLETED);
    Ok(())
}

#[test]
fn l45_l47_everybody_on_new_because_legacy_is_left_out_holds_and_never_goes_back() -> TestResult {
    let dead = "{ from_share: 5%, after: 6m, side: legacy, outage: true }";
    let played = night(&runbook(WATCHFUL), dead)?;
    let told = accusations(&played);
    assert!(told.contains(&("share", Cause::EverybodyArrives)), "{told:?}");
    assert_eq!((played.outcome, went_back(&played)), (STOPPED, false));
    Ok(())
}

#[test]
fn l45_l47_nobody_on_new_because_it_is_left_out_is_not_green() -> TestResult {
    let played = night(&runbook(WATCHFUL), "{ from_share: 5%, side: new, left_out: true }")?;
    let told = accusations(&played);
    assert!(told.contains(&("share", Cause::NobodyArrives)), "{told:?}");
    assert_eq!(played.outcome, ROLLED_BACK);
    Ok(())
}

#[test]
fn users_who_reach_neither_side_hold_the_run_until_they_are_back() -> TestResult {
    let back = usual("{ from_share: 50%, for: 30m, side: both, unreachable: 80% }")?;
    assert_eq!(accusations(&back), [("share", Cause::TrafficMissing)]);
    assert_eq!(back.outcome, COMPLETED);
    let gone = usual("{ from_share: 50%, side: both, unreachable: 80% }")?;
    assert_eq!(gone.outcome, ROLLED_BACK);
    Ok(())
}

#[test]
fn users_who_cannot_reach_new_once_everybody_is_led_there_are_missed() -> TestResult {
    let played = usual("{ from_share: 100%, side: new, unreachable: 80% }")?;
    assert_eq!(accusations(&played), [("share", Cause::TrafficMissing)]);
    assert_eq!(played.outcome, ROLLED_BACK);
    Ok(())
}
