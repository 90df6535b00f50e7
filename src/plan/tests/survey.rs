//! What has to be asked before a plan can be made.

use super::*;
use crate::{
    plan::{Questions, lock_name, own_names},
    unit::SignedDuration,
};

fn questions(records: &str, rest: &str) -> Questions {
    Questions::of(&runbook(records, rest))
}

#[test]
fn the_lock_and_the_wildcard_that_would_answer_for_it_are_looked_at() {
    let name: crate::unit::RecordName = "example.com".parse().unwrap();
    let zone = Zone { id: ZoneId("Z1".to_owned()), name: name.clone(), private: false };
    let own = [lock_name(&name).unwrap(), "*.example.com".parse().unwrap()];
    assert_eq!(own_names(&zone), own.into());
}

#[test]
fn load_balancers_are_asked_about_whether_a_record_leads_to_them_or_is_measured_by_them() {
    let legacy = BalancerName { kind: BalancerKind::Classic, name: "api-old".to_owned() };
    let new = BalancerName { kind: BalancerKind::Application, name: "api".to_owned() };
    let both = [(Side::Legacy, legacy), (Side::New, new)];
    for records in [ALIAS, CNAME] {
        let asked = questions(records, STEPS);
        assert_eq!((asked.balancers, asked.measured), (both.clone().into(), both.clone().into()));
    }
    let unmeasured = CNAME.replace(", metrics: { elb: api-old }", "");
    assert_eq!(questions(&unmeasured, STEPS).measured, [both[1].clone()].into());
}

#[test]
fn a_plan_is_asked_about_by_the_names_of_its_own_zones_only() {
    let mut plan = made(ALIAS, STEPS, vec![alias(LEGACY, Routing::Simple)]).unwrap().plan;
    let mut other = plan.pairs[0].clone();
    (other.zone, other.name) = (ZoneId("Z2".to_owned()), "b.example.org".parse().unwrap());
    plan.zones.push(Zone { id: other.zone.clone(), ..plan.zones[0].clone() });
    plan.pairs.push(other);
    let asked = Questions::of_plan(&plan);
    let names = [("Z1", "api.example.com"), ("Z2", "b.example.org")];
    let names =
        names.map(|(zone, name)| (ZoneChoice::Id(zone.to_owned()), [name.parse().unwrap()].into()));
    assert_eq!(asked.names, names.into());
}

#[test]
fn a_run_may_last_as_long_as_its_steps_one_hold_to_its_limit_and_some_slack() {
    let longest = |steps: &str| questions(ALIAS, &format!("\nsteps:\n{steps}")).lasts;
    let step = "  - { weight: 5%, hold: 30m }\n";
    let one = longest(step);
    // INSYNC 60 s + TTL 60 s + metric lag 120 s + slop 30 s, and the hold.
    let settled = SignedDuration::from_secs(270);
    assert!(one > settled + SignedDuration::from_mins(30));
    let two = longest(&format!("{step}  - {{ weight: 100%, hold: 1h }}\n"));
    assert_eq!(two - one, settled + SignedDuration::from_hours(1));
}
