//! Locks that stand in the zones before a run.

use super::*;
use crate::plan::{Lock, lock_name};

/// The lock of a run that means to write again at this time; the snapshot is of 02:14.
fn lock(until: &str) -> RecordSet {
    let lock = Lock {
        run: "api-20261123T011400Z-9f3a".parse().unwrap(),
        epoch: 7,
        owner: "5c1e9a70".to_owned(),
        until: until.parse().unwrap(),
    };
    lock.record(&lock_name(&"example.com".parse().unwrap()).unwrap())
}

const ALIVE: &str = "2026-11-23T02:20:00Z";
const DEAD: &str = "2026-11-23T01:20:00Z";

fn made_beside(lock: RecordSet, rest: &str, standing: Standing) -> Result<Made, Vec<String>> {
    let live = snapshot(vec![alias(LEGACY, Routing::Simple), lock]);
    make(&runbook(ALIAS, &format!("{STEPS}{rest}")), &live, standing)
}

fn refused(lock: RecordSet, rest: &str, standing: Standing) -> String {
    let problems = made_beside(lock, rest, standing).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].clone()
}

#[test]
fn a_lock_stops_a_second_run_and_says_who_holds_it_and_what_can_be_done() {
    assert_eq!(
        refused(lock(ALIVE), "", Standing::Refuse),
        "zone Z1 (example.com) is locked by run api-20261123T011400Z-9f3a, since 2026-11-23 01:14:00 UTC (write 7 to the \
         zone); it means to write again by 2026-11-23 02:20:00 UTC: look at it with `cutover status \
         api-20261123T011400Z-9f3a` where it was started, end it with `cutover rollback api-20261123T011400Z-9f3a` there \
         or `cutover rollback RUNBOOK` anywhere, or, where it is dead, take the zone over with `cutover run --take-over`"
    );
}

#[test]
fn a_lock_whose_time_has_passed_is_probably_of_a_dead_run_but_stops_a_second_one_all_the_same() {
    let told = refused(lock(DEAD), "", Standing::Refuse);
    assert!(told.contains("which was 54m ago, so it is probably dead"), "{told}");
}

#[test]
fn a_lock_that_is_taken_over_is_planned_with_exactly_as_it_was_read_and_is_a_hazard() {
    let mut found = lock(DEAD);
    if let Answer::Values { ttl, .. } = &mut found.answer {
        *ttl = Ttl(61);
    }
    let made = made_beside(found.clone(), "", Standing::TakeOver).unwrap();
    assert_eq!(made.plan.found_locks, BTreeMap::from([(ZoneId("Z1".to_owned()), found)]));
    let told = made.hazards.iter().find(|hazard| hazard.contains("is taken from run api-2026"));
    assert!(told.is_some_and(|told| told.contains("probably dead")), "{:?}", made.hazards);
}

#[test]
fn without_a_lock_of_its_own_a_run_takes_nothing_over() {
    let rest = "prepare: { lock: false }\n";
    for standing in [Standing::Refuse, Standing::TakeOver] {
        refused(lock(DEAD), rest, standing);
    }
    let told = refused(lock(DEAD), rest, Standing::TakeOver);
    assert!(told.contains("the runbook says `prepare.lock: false`"), "{told}");
}

#[test]
fn a_record_at_the_lock_s_name_that_is_no_lock_is_never_taken_over() {
    let mut text = lock(ALIVE);
    text.answer = Answer::Values { ttl: Ttl(60), values: vec!["\"hello\"".to_owned()] };
    let mut other = lock(ALIVE);
    other.kind = RecordType::Cname;
    let mut group = lock(ALIVE);
    group.routing = weighted("a", 1);
    for record in [text, other, group] {
        for standing in [Standing::Refuse, Standing::TakeOver] {
            let told = refused(record.clone(), "", standing);
            assert!(told.contains("is no lock of cutover's"), "{told}");
            assert!(told.contains(&crate::plan::in_words(&record)), "{told}");
        }
    }
}

#[test]
fn a_zone_without_a_lock_is_planned_with_one() {
    let plan = made(ALIAS, STEPS, vec![alias(LEGACY, Routing::Simple)]).unwrap().plan;
    assert!(plan.locked && plan.found_locks.is_empty());
    let rest = format!("{STEPS}prepare: {{ lock: false }}\n");
    let plan = made(ALIAS, &rest, vec![alias(LEGACY, Routing::Simple)]).unwrap().plan;
    assert!(!plan.locked);
}

#[test]
fn a_lock_whose_time_ends_now_is_not_late() {
    let told = refused(lock("2026-11-23T02:14:00Z"), "", Standing::Refuse);
    assert!(told.contains("; it means to write again by 2026-11-23 02:14:00 UTC"), "{told}");
}

#[test]
fn a_zone_whose_name_leaves_no_room_for_a_lock_says_so() {
    let label = "x".repeat(61);
    let long = format!("{label}.{label}.{label}.{label}");
    let mut live = snapshot(vec![alias(LEGACY, Routing::Simple)]);
    let name: crate::unit::RecordName = long.parse().unwrap();
    let choice = ZoneChoice::Name { name: name.clone(), private: false };
    let zone = Zone { id: ZoneId("Z1".to_owned()), name: name.clone(), private: false };
    live.zones.insert(choice, vec![zone]);
    let mut apex = alias(LEGACY, Routing::Simple);
    apex.name = name;
    live.records.insert(ZoneId("Z1".to_owned()), vec![apex]);
    let records = ALIAS.replace("name: api.example.com", &format!("name: {long}"));
    let records = records.replace("zone: example.com", &format!("zone: {long}"));
    let problems = make(&runbook(&records, STEPS), &live, Standing::Refuse).unwrap_err();
    assert_eq!(
        problems,
        [format!(
            "zone Z1 ({long}): the name is too long to put a lock below it; set `prepare.lock: false`"
        )]
    );
}
