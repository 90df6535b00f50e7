//! Limits that are changed while the run goes on.

use super::*;
use crate::{
    engine::{Ending, Halt, Origin, Refusal, Tune},
    gate::{Reading, Row},
    plan::Noise,
};

const LAG: &str = "metrics.lag.critical.above";

/// A plan whose only gate is on a metric that must not be above 30.
fn watched_plan() -> Plan {
    let mut plan = plan();
    let gate = json!({
        "name": "lag", "account": "new", "namespace": "AWS/RDS", "metric": "ReplicaLag",
        "dimensions": {}, "stat": "Maximum", "warning": null,
        "critical": { "bound": "above", "value": 30.0, "bad": 1, "of": 1 },
    });
    plan.gates.metrics = vec![serde_json::from_value(gate).unwrap()];
    plan
}

/// Builds the gates of [`watched_plan`] again with these limits.
fn rebuild(_wave: usize, limits: &[(String, String)]) -> Result<Gates, Vec<String>> {
    let mut gates = watched_plan().gates;
    for (limit, to) in limits {
        match (limit.as_str(), to.as_str()) {
            (LAG, to) => {
                let value = to.parse().map_err(|_| vec![format!("`{to}` is not a number")])?;
                gates.metrics[0].critical.as_mut().unwrap().value = value;
            }
            ("noise", "high") => gates.noise = Noise::High,
            ("noise", "low") => gates.noise = Noise::Low,
            _ => return Err(vec![format!("`{limit}={to}` is not a limit")]),
        }
    }
    Ok(gates)
}

fn origin() -> Origin {
    let (by, why) = ("alice@laptop".to_owned(), "the backup runs".to_owned());
    Origin { by, why: Some(why), request: Some("r1".to_owned()) }
}

fn wanted(limits: &[(&str, &str)], force: bool) -> Tune {
    let pair = |(limit, to): &(&str, &str)| ((*limit).to_owned(), (*to).to_owned());
    Tune { limits: limits.iter().map(pair).collect(), force }
}

impl Run {
    fn tune(&mut self, limits: &[(&str, &str)], force: bool) -> Result<(), Refusal> {
        let event = self.engine.tune(&wanted(limits, force), &origin(), &rebuild)?;
        self.commit(event);
        Ok(())
    }

    /// Reads this value in every minute since the first step began.
    fn read(&mut self, value: f64) {
        let first = self.engine.spans.first().unwrap().first;
        let metrics = BTreeMap::from([("lag".to_owned(), value)]);
        let minutes = first.0..=Minute::containing(self.now).0;
        let row = |minute| (Minute(minute), Row { metrics: metrics.clone(), ..Row::default() });
        let Reading { targets, alarms, faults, .. } = Reading::default();
        let rows = minutes.map(row).collect();
        self.commit(Event::MetricsRead {
            rows,
            targets,
            alarms,
            services: BTreeMap::new(),
            datadog: BTreeMap::new(),
            faults,
        });
    }
}

/// A run whose first step is held, with nothing wrong.
fn holding() -> Run {
    let mut run = Run::of(watched_plan());
    for _ in 0..20 {
        run.work();
        if matches!(run.engine.phase, Phase::Holding { .. }) {
            return run;
        }
        run.pass(60);
        if !run.engine.spans.is_empty() {
            run.read(20.0);
        }
    }
    panic!("{:?}", run.names());
}

#[test]
fn all_minutes_are_judged_again_by_the_new_limits_at_once() {
    let mut run = holding();
    run.read(20.0);
    run.decide();
    let known = run.told.len();
    run.tune(&[(LAG, "15")], false).unwrap();
    run.decide();
    let after = run.names_after(known);
    assert_eq!(after[..4], ["tuned", "minute_judged", "breached", "rollback_started"]);
}

#[test]
fn a_breach_stands_even_where_the_new_limits_would_not_have_seen_it() {
    let mut run = holding();
    run.pass(180);
    run.read(40.0);
    // Its process dies between the breach and the way back.
    while run.last().name() != "breached" {
        let event = run.engine.due(run.now).unwrap();
        run.commit(event);
    }
    run.tune(&[(LAG, "50")], true).unwrap();
    run.decide();
    assert!(run.names().contains(&"rollback_started"), "{:?}", run.names());
}

#[test]
fn a_hold_ends_when_the_new_limits_are_kept() {
    let mut run = holding();
    run.engine.plan.policy.breach = crate::plan::OnBreach::Hold;
    run.pass(660);
    run.read(40.0);
    run.decide();
    assert_eq!(run.last().name(), "held");
    run.tune(&[(LAG, "50")], true).unwrap();
    run.decide();
    assert!(run.names().contains(&"step_passed"), "{:?}", run.names());
}

#[test]
fn what_was_read_before_the_end_of_a_hold_is_no_younger_for_being_judged_again() {
    let mut run = holding();
    run.pass(590);
    run.read(20.0);
    run.decide();
    run.pass(20);
    run.tune(&[(LAG, "25")], false).unwrap();
    run.decide();
    assert!(!run.names().contains(&"step_passed"), "{:?}", run.names());
    run.read(20.0);
    run.decide();
    assert!(run.names().contains(&"step_passed"));
}

#[test]
fn between_two_steps_traffic_moves_only_once_the_new_limits_have_judged() {
    let mut run = holding();
    run.pass(600);
    run.read(20.0);
    while run.last().name() != "step_passed" {
        let event = run.engine.due(run.now).unwrap();
        run.commit(event);
    }
    run.tune(&[(LAG, "15")], false).unwrap();
    let known = run.told.len();
    run.decide();
    assert_eq!(run.names_after(known)[..3], ["minute_judged", "breached", "rollback_started"]);
}

#[test]
fn a_looser_limit_needs_force_and_is_told_as_loosened() {
    let mut run = holding();
    let before = run.engine.plan().gates.clone();
    let refused = run.tune(&[(LAG, "40"), ("noise", "low")], false).unwrap_err();
    assert_eq!(refused, Refusal::Looser(vec![format!("`{LAG}` from 30 to 40")]));
    assert_eq!(run.engine.plan().gates, before);
    run.tune(&[(LAG, "40"), ("noise", "low")], true).unwrap();
    let Event::Tuned { changes, loosens, by, why, request, gates } = run.last() else { panic!() };
    assert!(*loosens);
    assert_eq!((by.as_str(), why.as_str()), ("alice@laptop", "the backup runs"));
    let told: Vec<_> =
        changes.iter().map(|c| (c.limit.as_str(), c.from.as_deref(), c.to.as_str())).collect();
    assert_eq!(told, [(LAG, Some("30"), "40"), ("noise", Some("normal"), "low")]);
    assert_eq!(**gates, run.engine.plan().gates);
    assert!(request.as_ref().is_some_and(|request| run.engine.has_done(request)));
}

#[test]
fn limits_are_loosened_from_what_they_are_now_and_not_from_what_they_were() {
    let mut run = holding();
    run.tune(&[(LAG, "10")], false).unwrap();
    assert!(matches!(run.tune(&[(LAG, "30")], false), Err(Refusal::Looser(_))));
    // What was changed before stays changed.
    run.tune(&[("noise", "low")], false).unwrap();
    let gates = &run.engine.plan().gates;
    assert_eq!(gates.metrics[0].critical.as_ref().unwrap().value, 10.0);
    assert_eq!(run.engine.tunings().len(), 2);
}

#[test]
fn what_would_change_nothing_or_cannot_be_is_refused() {
    let mut run = holding();
    assert_eq!(run.tune(&[(LAG, "30")], true), Err(Refusal::Unchanged));
    assert_eq!(run.tune(&[(LAG, "50"), (LAG, "30")], false), Err(Refusal::Unchanged));
    let wrong = Refusal::Wrong(vec!["`x` is not a number".to_owned()]);
    assert_eq!(run.tune(&[(LAG, "x")], true), Err(wrong));
}

#[test]
fn a_runbook_that_was_edited_since_changes_nothing_else_on_the_way() {
    let run = holding();
    let edited = |wave: usize, limits: &[(String, String)]| {
        let targets = serde_json::from_value(json!({ "critical_below": 0.1 })).unwrap();
        Ok(Gates { targets: Some(targets), ..rebuild(wave, limits)? })
    };
    let refused = run.engine.tune(&wanted(&[(LAG, "20")], false), &origin(), &edited).unwrap_err();
    assert!(matches!(&refused, Refusal::Wrong(why) if why[0].contains("not the one")), "{refused}");
}

#[test]
fn limits_have_no_use_before_a_run_begins_while_it_goes_back_and_when_it_is_over() {
    let no_use = |run: &mut Run| match run.tune(&[(LAG, "20")], false) {
        Err(Refusal::NoUse(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(no_use(&mut Run::blank(watched_plan())), "the run has not begun");
    let mut run = holding();
    run.roll_back();
    assert_eq!(no_use(&mut run), "the run goes back, and a rollback needs no limits");
    run.work();
    assert_eq!(run.outcome(), Some(Outcome::Ended(Ending::RolledBack)));
    assert_eq!(no_use(&mut run), "the run is over");
    let mut back_only = Run::of(plan_of(watched_plan().pairs, &[]));
    assert_eq!(no_use(&mut back_only), "the run has no steps, so that nothing is judged");
}

#[test]
fn a_stopped_run_is_tuned_and_judged_by_it_once_it_goes_on() {
    let mut run = holding();
    run.commit(Event::Stopped { reason: "Ctrl-C".to_owned() });
    run.tune(&[(LAG, "15")], false).unwrap();
    assert_eq!(run.outcome(), Some(Outcome::Halted(Halt::Stopped)));
    run.pass(3600);
    run.resume();
    run.work();
    assert!(!run.names().contains(&"breached"), "nothing has been read yet");
    run.read(20.0);
    run.decide();
    assert!(run.names().contains(&"breached"));
}

#[test]
fn a_replay_of_the_events_has_the_limits_and_the_requests() {
    let mut run = holding();
    run.tune(&[(LAG, "15")], false).unwrap();
    let mut again = Run::blank(watched_plan());
    for event in &run.told {
        let line = serde_json::to_string(event).unwrap();
        let _ = again.engine.apply(again.now, &serde_json::from_str(&line).unwrap());
    }
    assert_eq!(again.engine.plan().gates, run.engine.plan().gates);
    assert_eq!(again.engine.tunings(), run.engine.tunings());
    assert!(again.engine.has_done("r1"));
}
