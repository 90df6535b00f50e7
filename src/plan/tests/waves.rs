//! Plans of several waves.

use super::*;
use crate::{
    plan::make_waves,
    unit::{Account, SignedDuration},
};

/// The api, then the events, in one zone.
fn waves() -> Runbook {
    let indent = |text: &str| text.lines().map(|line| format!("    {line}\n")).collect::<String>();
    let wave = |name: &str, records: &str, steps: &str| {
        let records = indent(records.trim_start_matches('\n'));
        format!("  - name: {name}\n    records:\n{records}    steps:\n{steps}")
    };
    let text = [
        "version: 1\nname: api\nwaves:\n".to_owned(),
        wave(
            "api",
            ALIAS,
            "      - { weight: 5%, hold: 30m }\n      - { weight: 100%, hold: 30m }\n",
        ),
        wave(
            "events",
            CNAME,
            "      - approve: { ask: ready?, timeout: 1h, on_timeout: stop }\n      \
             - { weight: 50%, hold: 1h }\n      - { weight: 100%, hold: 1h }\n",
        ),
    ];
    let source = Source { path: "api.yaml".to_owned(), text: text.concat().into_bytes() };
    parse(&source, &Choice::default()).unwrap()
}

fn live() -> Snapshot {
    snapshot(vec![alias(LEGACY, Routing::Simple), cname("old.example.net", 60, Routing::Simple)])
}

#[test]
fn waves_follow_one_another_in_one_plan() {
    let plan = make_waves(&waves(), &[live(), live()], Standing::Refuse).unwrap().plan;
    let shifts: Vec<_> = plan.shifts.iter().map(|shift| (shift.step, shift.wave)).collect();
    assert_eq!(shifts, [(1, 0), (2, 0), (4, 1), (5, 1)]);
    assert_eq!((plan.steps, plan.zones.len(), plan.waves.len()), (5, 1, 2));
    let tasks: Vec<_> = plan.tasks.iter().map(|task| (task.step, task.before)).collect();
    assert_eq!(tasks, [(3, 2)], "it is asked when the first wave is over");
    let batch = |shift| {
        let batches = plan.forward(shift);
        batches.iter().map(|batch| batch.changes.len()).sum::<usize>()
    };
    assert_eq!((batch(1), batch(2)), (4, 4), "a step writes the pair of its own wave");
    let back: usize = plan.rollback(3).iter().map(|batch| batch.changes.len()).sum();
    assert_eq!(back, 8, "the way back takes both");
}

#[test]
fn what_is_wrong_with_one_wave_is_said_with_its_name_and_what_is_wrong_with_all_once() {
    let mut second = live();
    second.records.values_mut().for_each(|records| records.retain(|r| r.kind != RecordType::Cname));
    let problems = make_waves(&waves(), &[live(), second], Standing::Refuse).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("wave events: events.example.com"), "{problems:?}");
    let denied = |mut snapshot: Snapshot| {
        snapshot.failures = vec!["nobody is signed in".to_owned()];
        snapshot
    };
    let all = [denied(live()), denied(live())];
    let problems = make_waves(&waves(), &all, Standing::Refuse).unwrap_err();
    assert_eq!(problems, ["nobody is signed in"]);
}

#[test]
fn credentials_must_outlive_all_waves() {
    let mut found = live();
    let ends = found.at + SignedDuration::from_hours(2);
    found.expires.insert(Account::Dns, ends);
    let made = make_waves(&waves(), &[found, live()], Standing::Refuse).unwrap();
    let told: Vec<_> = made.hazards.iter().filter(|told| told.contains("credentials")).collect();
    assert_eq!(told.len(), 1, "{:?}", made.hazards);
    assert!(told[0].contains("before step 4 "), "{told:?}");
}
