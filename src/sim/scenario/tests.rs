//! Tests of reading scenarios.

use std::collections::BTreeSet;

use super::*;
use crate::plan::AlarmState;

fn parse(yaml: &str) -> Scenario {
    Scenario::parse(&format!("description: x\n{yaml}")).unwrap()
}

fn refusal(yaml: &str) -> String {
    Scenario::parse(&format!("description: x\n{yaml}")).unwrap_err().to_string()
}

#[test]
fn every_builtin_scenario_reads_and_says_how_it_should_end() {
    for (name, yaml) in BUILTIN {
        let scenario = Scenario::parse(yaml).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!scenario.expect.outcome.is_empty(), "{name}");
        assert_eq!(Scenario::builtin(name), Some(scenario));
    }
    let names: BTreeSet<_> = BUILTIN.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), BUILTIN.len());
    assert_eq!(Scenario::builtin("no-such"), None);
}

#[test]
fn calm_spells_out_the_defaults() {
    let calm = Scenario::builtin("calm").unwrap();
    let mut bare = parse("");
    bare.description.clone_from(&calm.description);
    bare.expect = calm.expect.clone();
    assert_eq!(bare, calm);
}

#[test]
fn one_entry_can_be_several_faults_at_the_same_moment() {
    let scenario = parse(
        "faults: [{ from_share: 25%, after: 1m, for: 10m, side: new, errors: 5%, latency_times: 3 }]",
    );
    let trigger =
        Trigger::FromShare { share: "25%".parse().unwrap(), after: SignedDuration::from_mins(1) };
    let lasts = Some(SignedDuration::from_mins(10));
    assert_eq!(
        scenario.faults,
        [
            Fault { trigger, lasts, kind: FaultKind::Errors { sides: Sides::New, rate: 0.05 } },
            Fault { trigger, lasts, kind: FaultKind::Latency { sides: Sides::New, times: 3.0 } },
        ]
    );
}

#[test]
fn the_examples_in_the_comments_of_calm_can_be_used() {
    let (_, calm) = BUILTIN.iter().find(|(name, _)| *name == "calm").unwrap();
    let (_, examples) = calm.split_once("# faults:\n").unwrap();
    let (examples, _) = examples.split_once("\n\n").unwrap();
    let examples: Vec<&str> = examples.lines().map(|l| l.strip_prefix('#').unwrap()).collect();
    let scenario =
        parse(&format!("faults:\n{}", examples.join("\n").replace("\n series", "\nseries")));
    let metric = MetricName {
        namespace: "AWS/RDS".to_owned(),
        metric: "ReplicaLag".to_owned(),
        dimensions: BTreeMap::new(),
    };
    let kinds: Vec<FaultKind> = scenario.faults.into_iter().map(|fault| fault.kind).collect();
    let (sides, name, state) = (Sides::New, "api-5xx".to_owned(), AlarmState::Alarm);
    assert_eq!(
        kinds,
        [
            FaultKind::Alarm { sides, name, state },
            FaultKind::Deploys { sides, fails: false },
            FaultKind::Metric { metric, value: 45.0 }
        ]
    );
    assert_eq!(scenario.series[0].values.len(), 2);
}

#[test]
fn what_makes_no_sense_is_refused_with_the_reason() {
    for (yaml, why) in [
        ("faults: [{ errors: 5%, side: new }]", "either `at`"),
        ("faults: [{ at: 5m, from_share: 5%, side: new, errors: 5% }]", "either `at`"),
        ("faults: [{ at: 5m, after: 5m, side: new, errors: 5% }]", "`after` goes with"),
        ("faults: [{ at: 5m, errors: 5% }]", "`side`"),
        ("faults: [{ at: 5m, before: 5m, side: new, errors: 5% }]", "both `at` and `before`"),
        ("faults: [{ before: 5m, after: 5m, side: new, errors: 5% }]", "`after` goes with"),
        ("faults: [{ at: 5m, unreachable: 5% }]", "`side`"),
        ("faults: [{ at: 5m, left_out: true }]", "`side`"),
        ("faults: [{ at: 5m, side: new, unreachable: 101% }]", "at most 100%"),
        ("faults: [{ at: 5m }]", "nothing goes wrong"),
        ("faults: [{ at: 5m, side: new, errors: 101% }]", "at most 100%"),
        ("faults: [{ at: 5m, side: new, error: 1% }]", "unknown field"),
        ("faults: [{ at: 5m, lost_answers: 1 }]", "percentage"),
        ("faults: [{ at: 5m, alarm: { name: a } }]", "`side`"),
        ("faults: [{ at: 5m, side: new, alarm: { name: a, state: LOUD } }]", "LOUD"),
        ("faults: [{ at: 5m, side: new, alarm: {} }]", "name"),
        ("faults: [{ at: 5m, deployment: failed }]", "`side`"),
        ("faults: [{ at: 5m, side: new, deployment: slow }]", "slow"),
        ("faults: [{ at: 5m, metric: { namespace: a, metric: b } }]", "value"),
        ("faults: [{ at: 5m, metric: { namespace: a, metric: b, value: 1e99 } }]", "metric.value"),
        ("traffic: { peak: -1 }", "traffic.peak"),
        ("traffic: { peak: 1e30 }", "traffic.peak"),
        ("noise: { own: -0.5 }", "noise.own"),
        ("route53: { in_sync_least: 2m }", "in_sync_least"),
        ("route53: { answer_ms: -1 }", "route53.answer_ms"),
        ("route53: { change_ms: 1e9 }", "route53.change_ms"),
        ("expect: { outcome: [won] }", "won"),
        ("series: [{ namespace: a, metric: b, values: [{ at: 1, value: 2 }] }]", "series"),
    ] {
        let message = refusal(yaml);
        assert!(message.contains(why), "{yaml}: {message}");
    }
}
