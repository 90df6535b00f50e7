//! Nights in which somebody deploys an ECS service meanwhile.

use cutover::{
    engine::{Ending, Event, Outcome},
    gate::Cause,
};

use crate::{
    night::{Night, Script, play},
    stage::{runbook, scenario},
};

type TestResult = Result<(), Box<dyn std::error::Error>>;

const SERVED: &str = "
version: 1
name: served
records:
  - { name: api.example.com, zone: example.com, legacy: { elb: api-legacy }, new: { alb: api } }
steps:
  - { weight: 5%, hold: 5m }
  - { weight: 50%, hold: 5m }
gates:
  errors: { critical: { history: 30m } }
preflight:
  ecs:
    - { side: legacy, cluster: old, service: api }
    - { side: new, cluster: main, service: api }
policy: { hold_limit: 40m }
";

fn night(faults: &str) -> Result<Night, String> {
    play(Script::new(runbook(SERVED), scenario(faults), 3))
}

/// Returns what this finds in the events of a night.
fn found<'a, T>(night: &'a Night, find: impl Fn(&'a Event) -> Option<T>) -> Vec<T> {
    night.records.iter().filter_map(|record| find(&record.event)).collect()
}

/// Returns why steps were held.
fn held(night: &Night) -> Vec<&str> {
    found(
        night,
        |event| if let Event::Held { why, .. } = event { Some(why.as_str()) } else { None },
    )
}

/// Returns which services were warned of, and why.
fn warned(night: &Night) -> Vec<(&str, Cause)> {
    found(night, |event| {
        let Event::Warned { finding, .. } = event else { return None };
        Some((finding.gate.as_str(), finding.cause))
    })
}

#[test]
fn whoever_deploys_on_either_side_holds_the_ramp_until_it_is_steady_again() -> TestResult {
    for (side, service) in [("new", "ecs new/main/api"), ("legacy", "ecs legacy/old/api")] {
        let deploys = format!(
            "faults: [ {{ from_share: 5%, for: 25m, side: {side}, deployment: going_on }} ]"
        );
        let night = night(&deploys)?;
        assert_eq!(night.outcome, Outcome::Ended(Ending::Completed));
        assert_eq!(warned(&night), [(service, Cause::Deploying)]);
        let said = format!(
            "{service}: someone is deploying api on {side}: the run holds until it is steady"
        );
        let held = held(&night);
        assert!(matches!(&held[..], [only] if only.starts_with(&said)), "{held:?}");
    }
    Ok(())
}

#[test]
fn a_deployment_that_failed_is_a_warning_and_takes_nobody_back_before_the_limit() -> TestResult {
    let failed = "faults: [ { from_share: 5%, for: 25m, side: new, deployment: failed } ]";
    let night = night(failed)?;
    assert_eq!(night.outcome, Outcome::Ended(Ending::Completed));
    assert_eq!(warned(&night), [("ecs new/main/api", Cause::Unsteady)]);
    assert!(held(&night)[0].contains("failed: tasks failed to start"), "{:?}", held(&night));
    let breaches = found(&night, |e| matches!(e, Event::Breached { .. }).then_some(()));
    assert!(breaches.is_empty());
    Ok(())
}

#[test]
fn a_deployment_that_is_going_on_already_refuses_the_run() -> TestResult {
    let night = night("faults: [ { at: 0s, for: 25m, side: new, deployment: going_on } ]");
    let refusal = night.err().ok_or("it began")?;
    assert!(refusal.contains("someone is deploying it"), "{refusal}");
    Ok(())
}

#[test]
fn a_breach_goes_back_whoever_deploys() -> TestResult {
    let broken = "faults:
  - { from_share: 50%, side: new, deployment: going_on }
  - { from_share: 50%, after: 2m, side: new, errors: 30% }";
    let night = night(broken)?;
    assert_eq!(night.outcome, Outcome::Ended(Ending::RolledBack));
    Ok(())
}
