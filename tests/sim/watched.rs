//! Nights in which something else than the load balancers is watched: alarms and other metrics.

use cutover::{
    engine::{Ending, Event, Outcome},
    gate::Cause,
    unit::SignedDuration,
};

use crate::{
    journal::Death,
    night::{Comeback, End, Life, Night, Script, play},
    stage::{runbook, scenario},
};

type TestResult = Result<(), Box<dyn std::error::Error>>;

/// One record, two alarms and a metric.
pub(crate) const ALARMED: &str = "
version: 1
name: alarmed
records:
  - { name: api.example.com, zone: example.com, legacy: { elb: api-legacy }, new: { alb: api } }
steps:
  - { weight: 5%, hold: 5m }
  - { weight: 50%, hold: 5m }
gates:
  errors: { critical: { history: 30m } }
  alarms: [ { name: api-5xx, side: new }, { name: db, side: legacy } ]
  metrics:
    - name: lag
      side: new
      namespace: AWS/RDS
      metric: ReplicaLag
      stat: Maximum
      warning: { above: 10 }
      critical: { above: 30, minutes: 3 of 5 }
policy: { hold_limit: 40m }
";

fn night(faults: &str) -> Result<Night, String> {
    play(Script::new(runbook(ALARMED), scenario(faults), 3))
}

/// Returns what this finds in the events of a night.
fn found<'a, T>(night: &'a Night, find: impl Fn(&'a Event) -> Option<T>) -> Vec<T> {
    night.records.iter().filter_map(|record| find(&record.event)).collect()
}

/// Returns the gates of the breaches, and why.
fn breaches(night: &Night) -> Vec<(&str, Cause)> {
    found(night, |event| {
        let Event::Breached { finding, .. } = event else { return None };
        Some((finding.gate.as_str(), finding.cause))
    })
}

/// Returns why steps were held.
fn held(night: &Night) -> Vec<&str> {
    found(
        night,
        |event| if let Event::Held { why, .. } = event { Some(why.as_str()) } else { None },
    )
}

/// Returns why the run went back.
fn went_back(night: &Night) -> Vec<&str> {
    found(night, |event| {
        let Event::RollbackStarted { reason, .. } = event else { return None };
        Some(reason.as_str())
    })
}

#[test]
fn an_alarm_of_new_that_rings_takes_everything_back() -> TestResult {
    let rings = "faults: [ { from_share: 50%, after: 2m, side: new, alarm: { name: api-5xx } } ]";
    let night = night(rings)?;
    assert_eq!(night.outcome, Outcome::Ended(Ending::RolledBack));
    assert_eq!(breaches(&night), [("alarm new/api-5xx", Cause::OverCritical)]);
    Ok(())
}

#[test]
fn an_alarm_of_legacy_that_rings_holds_for_as_long_and_never_takes_anything_back() -> TestResult {
    let rings = "faults: [ { from_share: 5%, for: 25m, side: legacy, alarm: { name: db } } ]";
    let cleared = night(rings)?;
    assert_eq!(cleared.outcome, Outcome::Ended(Ending::Completed));
    assert_eq!(breaches(&cleared), []);
    assert!(held(&cleared)[0].starts_with("alarm legacy/db: it says ALARM since"), "{cleared:?}");
    // At the limit of the hold it would go back, but legacy is not fit for it.
    let rings = "faults: [ { from_share: 5%, side: legacy, alarm: { name: db } } ]";
    let stopped = night(rings)?;
    assert_eq!((stopped.halts, went_back(&stopped)), (2, vec!["asked"]));
    Ok(())
}

#[test]
fn an_alarm_without_data_is_no_pass() -> TestResult {
    let silent = "faults: [ { from_share: 5%, for: 20m, side: new, \
                  alarm: { name: api-5xx, state: INSUFFICIENT_DATA } } ]";
    let night = night(silent)?;
    assert_eq!(night.outcome, Outcome::Ended(Ending::Completed));
    assert!(held(&night)[0].starts_with("alarm new/api-5xx: it says INSUFFICIENT_DATA"));
    Ok(())
}

fn lagging(value: f64, when: &str) -> Result<Night, String> {
    night(&format!(
        "faults: [ {{ {when}, metric: {{ namespace: AWS/RDS, metric: ReplicaLag, value: {value} }} }} ]"
    ))
}

#[test]
fn a_metric_beyond_its_limit_takes_everything_back() -> TestResult {
    let night = lagging(45.0, "from_share: 50%")?;
    assert_eq!(night.outcome, Outcome::Ended(Ending::RolledBack));
    assert_eq!(breaches(&night), [("lag", Cause::OverCritical)]);
    Ok(())
}

#[test]
fn a_metric_beyond_its_limit_for_a_moment_and_one_beyond_its_warning_hold() -> TestResult {
    for (value, when) in [(45.0, "from_share: 5%, after: 7m, for: 2m"), (20.0, "at: 10m, for: 9m")]
    {
        let night = lagging(value, when)?;
        assert_eq!(night.outcome, Outcome::Ended(Ending::Completed));
        assert_eq!(breaches(&night), []);
        let warned = found(&night, |event| {
            let Event::Warned { finding, .. } = event else { return None };
            Some((finding.gate.as_str(), finding.cause))
        });
        assert_eq!(warned, [("lag", Cause::OverWarning)]);
    }
    Ok(())
}

#[test]
fn a_breach_by_an_alarm_outlives_its_process() -> TestResult {
    let rings = "faults: [ { from_share: 50%, side: new, alarm: { name: api-5xx } } ]";
    let undisturbed = night(rings)?;
    let breached =
        undisturbed.records.iter().position(|r| matches!(r.event, Event::Breached { .. }));
    let mut script = Script::new(runbook(ALARMED), scenario(rings), 3);
    script.lives = vec![Life {
        ends: End::AtAppend(breached.ok_or("there was no breach")? + 1, Death::Before),
        down: SignedDuration::from_mins(20),
        then: Comeback::Resume,
    }];
    assert_eq!(play(script)?.outcome, Outcome::Ended(Ending::RolledBack));
    Ok(())
}
