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

fn hazards(runbook: &Runbook, found: &Snapshot) -> Vec<String> {
    make_waves(runbook, &[found.clone(), found.clone()], Standing::Refuse).unwrap().hazards
}

/// Two waves of one name each; by `new` and `legacy` their load balancers on each side.
fn two(legacy: [&str; 2], new: [&str; 2]) -> Runbook {
    let wave = |at: usize| {
        format!(
            "  - name: {name}\n    records:\n      - {{ name: {name}.example.com, zone: example.com, legacy: {{ alb: {} }}, new: {{ alb: {} }} }}\n    \
             steps:\n      - {{ weight: 5%, hold: 2m }}\n      - {{ weight: 100%, hold: 30m }}\n",
            legacy[at],
            new[at],
            name = ["a", "b"][at]
        )
    };
    let text = format!("version: 1\nname: api\nwaves:\n{}{}", wave(0), wave(1));
    parse(&Source { path: "api.yaml".to_owned(), text: text.into() }, &Choice::default()).unwrap()
}

/// A world with those names and load balancers.
fn world() -> Snapshot {
    let live = |name: &str| RecordSet {
        name: name.parse().unwrap(),
        ..alias("l1.us-west-2.elb.amazonaws.com.", Routing::Simple)
    };
    let mut found = snapshot(vec![live("a.example.com"), live("b.example.com")]);
    found.balancers.clear();
    for (side, name) in
        [(Side::Legacy, "l1"), (Side::Legacy, "l2"), (Side::New, "n1"), (Side::New, "n2")]
    {
        let made = balancer(
            BalancerKind::Application,
            name,
            &format!("{name}.us-west-2.elb.amazonaws.com."),
        );
        let health = TargetHealth { healthy: 4, registered: 4 };
        found.balancers.insert((side, made.name.clone()), (made, health));
    }
    found
}

#[test]
fn waves_that_share_a_load_balancer_of_either_side_are_worth_a_second_thought() {
    let said = |runbook: &Runbook, what: &str| {
        hazards(runbook, &world()).iter().filter(|hazard| hazard.contains(what)).count()
    };
    let both = two(["l1", "l1"], ["n1", "n1"]);
    assert_eq!(
        (said(&both, "share new's alb n1"), said(&both, "share legacy's load balancer")),
        (1, 1)
    );
    let legacy = two(["l1", "l1"], ["n1", "n2"]);
    assert_eq!(
        (said(&legacy, "share new's"), said(&legacy, "share legacy's load balancer")),
        (0, 1)
    );
    let demands =
        make_waves(&legacy, &[world(), world()], Standing::Refuse).unwrap().plan.capacity.demands;
    let of_new = demands.iter().filter(|demand| demand.side == Side::New);
    assert!(of_new.clone().count() == 2 && of_new.into_iter().all(|demand| demand.at_most));
}

#[test]
fn what_is_said_of_a_step_of_a_later_wave_counts_through_the_run() {
    let runbook = two(["l1", "l1"], ["n1", "n2"]);
    let told = hazards(&runbook, &world());
    let begins = |start: &str| told.iter().any(|hazard| hazard.starts_with(start));
    let (of_a, of_b) = ("wave a: step 2: from 5% to 100%", "wave b: step 4: from 5% to 100%");
    assert!(begins(of_a) && begins(of_b), "{told:?}");
}

#[test]
fn the_point_of_no_return_of_one_wave_is_told_to_be_that_of_those_after_it() {
    let mut runbook = two(["l1", "l1"], ["n1", "n2"]);
    let told = |runbook: &Runbook| {
        hazards(runbook, &world()).into_iter().find(|hazard| hazard.contains("point_of_no_return"))
    };
    assert_eq!(told(&runbook), None);
    runbook.policy.point_of_no_return = "100%".parse().ok();
    let said = told(&runbook).unwrap();
    assert!(said.starts_with("from step 2 on nothing goes back by itself, in b neither"), "{said}");
}

#[test]
fn l18_a_zone_has_room_for_the_records_of_all_waves_at_once() {
    let runbook = two(["l1", "l1"], ["n1", "n2"]);
    let with_room = |records: u64| {
        let mut found = world();
        let zone = found.records.keys().next().unwrap().clone();
        let details = ZoneDetails {
            records: Some(records),
            most_records: Some(100),
            ..ZoneDetails::default()
        };
        found.details.insert(zone, details);
        make_waves(&runbook, &[found.clone(), found], Standing::Refuse).map(drop)
    };
    assert_eq!(with_room(97), Ok(()), "two pairs and the lock");
    let problems = with_room(98).unwrap_err();
    assert!(problems.len() == 1 && problems[0].contains("preparing adds 3"), "{problems:?}");
}
