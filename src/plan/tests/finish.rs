//! What the end of a migration may begin from, and where it goes.

use super::{ALIAS, CNAME, LEGACY, NEW, STEPS, alias, cname, made, runbook, snapshot, weighted};
use crate::{
    plan::{
        Change, ChangeAction, Goal, Hooks, LEGACY_IDENTIFIER, Lock, NEW_IDENTIFIER, Plan,
        RecordSet, Routing, Standing, finish, lock_name, moved,
    },
    unit::Minute,
};

fn done() -> Vec<RecordSet> {
    vec![alias(LEGACY, weighted(LEGACY_IDENTIFIER, 0)), alias(NEW, weighted(NEW_IDENTIFIER, 255))]
}

/// The plan of the run that moved the traffic.
fn run() -> Plan {
    made(ALIAS, STEPS, vec![alias(LEGACY, Routing::Simple)]).unwrap().plan
}

fn problem(records: Vec<RecordSet>) -> String {
    let problems = finish(&run(), Goal::Simple, &snapshot(records), Standing::Refuse).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].clone()
}

#[test]
fn l62_a_pair_becomes_a_simple_record_that_answers_as_new_does_now() {
    let plan = finish(&run(), Goal::Simple, &snapshot(done()), Standing::Refuse).unwrap().plan;
    let pair = &plan.pairs[0];
    assert_eq!((&pair.found, &pair.baseline), (&done(), &done()));
    assert_eq!(pair.finished(plan.goal), [alias(NEW, Routing::Simple)]);
    assert_eq!((plan.shifts.len(), plan.goal, plan.locked), (0, Goal::Simple, true));
}

#[test]
fn nothing_that_the_run_waited_for_or_ran_is_asked_or_run_again_at_the_end() {
    let rest = format!(
        "{STEPS}hooks: {{ before_step: {{ command: [warm], timeout: 5m }}, on_complete: {{ command: [party], timeout: 5m }} }}\nwindows: {{ allow: [\"2026-11-23\"] }}\n"
    );
    let run = made(ALIAS, &rest, vec![alias(LEGACY, Routing::Simple)]).unwrap().plan;
    assert!(!run.tasks.is_empty());
    let plan = finish(&run, Goal::Simple, &snapshot(done()), Standing::Refuse).unwrap().plan;
    assert_eq!((plan.tasks, plan.hooks), (Vec::new(), Hooks::default()));
    assert!(plan.windows.is_empty());
}

#[test]
fn new_keeps_its_ttl_its_health_check_and_how_it_evaluates_health() {
    let mut new = cname("new.example.net", 60, weighted("mine", 7));
    new.health_check = Some("hc-1".to_owned());
    let legacy = cname("old.example.net", 60, weighted("theirs", 0));
    let from = made(CNAME, STEPS, vec![cname("old.example.net", 60, Routing::Simple)]).unwrap();
    let made =
        finish(&from.plan, Goal::Simple, &snapshot(vec![legacy, new.clone()]), Standing::Refuse)
            .unwrap();
    new.routing = Routing::Simple;
    assert_eq!(made.plan.pairs[0].finished(Goal::Simple), [new]);
    // Its health was judged, with legacy to fall back on; now there is nothing to fall back on.
    assert!(made.hazards[0].contains("sends its traffic back to legacy by itself"), "{made:?}");
}

#[test]
fn without_legacy_only_legacys_member_goes() {
    let plan =
        finish(&run(), Goal::WithoutLegacy, &snapshot(done()), Standing::Refuse).unwrap().plan;
    let [_, new] = &done()[..] else { panic!("there are two members") };
    assert_eq!(plan.pairs[0].finished(plan.goal), std::slice::from_ref(new));
}

#[test]
fn members_are_told_by_where_they_point_and_not_by_their_names() {
    let swapped =
        vec![alias(LEGACY, weighted(NEW_IDENTIFIER, 0)), alias(NEW, weighted("next", 100))];
    let plan = finish(&run(), Goal::Simple, &snapshot(swapped), Standing::Refuse).unwrap().plan;
    assert_eq!(plan.pairs[0].new, alias(NEW, weighted("next", 100)));
    let of_runbook = moved(&runbook(ALIAS, STEPS), &snapshot(done())).unwrap();
    assert_eq!(
        finish(&of_runbook, Goal::Simple, &snapshot(done()), Standing::Refuse).unwrap().plan.pairs,
        finish(&run(), Goal::Simple, &snapshot(done()), Standing::Refuse).unwrap().plan.pairs
    );
}

#[test]
fn what_is_finished_already_is_left_alone() {
    let simple = snapshot(vec![alias(NEW, Routing::Simple)]);
    let single = snapshot(vec![alias(NEW, weighted(NEW_IDENTIFIER, 255))]);
    for (goal, live, left) in [
        (Goal::Simple, &simple, 0),
        (Goal::WithoutLegacy, &simple, 0),
        (Goal::WithoutLegacy, &single, 0),
        (Goal::Simple, &single, 1),
    ] {
        let plan = finish(&run(), goal, live, Standing::Refuse).unwrap().plan;
        assert_eq!((plan.pairs.len(), plan.zones.len()), (left, left), "{goal:?}");
    }
}

#[test]
fn a_pair_with_a_part_of_its_traffic_on_legacy_is_not_finished() {
    for (legacy, new) in [(1, 255), (100, 0), (0, 0)] {
        let members = vec![alias(LEGACY, weighted("a", legacy)), alias(NEW, weighted("b", new))];
        let problem = problem(members);
        assert!(problem.contains("not all of its traffic is meant for new"), "{problem}");
    }
    let legacy = problem(vec![alias(LEGACY, Routing::Simple)]);
    assert!(legacy.contains("does not answer with new"), "{legacy}");
}

#[test]
fn strangers_other_policies_and_missing_records_stop_a_finish() {
    let mut stranger = done();
    stranger.push(alias("other.example.net.", weighted("other", 0)));
    let latency = |host| {
        let policy = "latency us-west-2".to_owned();
        alias(host, Routing::Other { set_identifier: Some("usw2".to_owned()), policy })
    };
    let mut twice = done();
    twice.push(alias(NEW, weighted("again", 1)));
    for (records, why) in [
        (stranger, "neither legacy's nor new's"),
        (vec![latency(NEW)], "neither legacy's nor new's"),
        (twice, "one member must point to new"),
        (vec![alias(LEGACY, weighted("a", 0))], "one member must point to new"),
        (Vec::new(), "there is no such record any more"),
    ] {
        let problem = problem(records);
        assert!(problem.contains(why), "{problem}");
    }
}

#[test]
fn a_zone_that_somebody_works_in_is_not_touched() {
    let lock = Lock {
        run: "api-20261123T021400Z-9f3a".parse().unwrap(),
        epoch: 7,
        owner: "5c1e9a70".to_owned(),
        until: Minute(0).start(),
    };
    let mut records = done();
    records.push(lock.record(&lock_name(&"example.com".parse().unwrap()).unwrap()));
    let problem = problem(records.clone());
    assert!(problem.contains("run api-20261123T021400Z-9f3a, since 2026-11-23"), "{problem}");
    let made =
        finish(&run(), Goal::Simple, &snapshot(records.clone()), Standing::TakeOver).unwrap();
    assert_eq!(made.plan.found_locks.values().collect::<Vec<_>>(), [&records[2]]);
}

#[test]
fn l11_one_batch_of_a_zone_takes_both_members_away_and_puts_one_simple_record_there() {
    let plan = finish(&run(), Goal::Simple, &snapshot(done()), Standing::Refuse).unwrap().plan;
    let pair = &plan.pairs[0];
    let way = crate::plan::Move {
        pair: 0,
        zone: pair.zone.clone(),
        from: pair.found.clone(),
        to: pair.finished(plan.goal),
    };
    let batch = crate::plan::batch_of(&pair.zone, &[&way], None);
    let [delete_one, delete_other, create] = &batch.changes[..] else { panic!("{batch:?}") };
    let delete =
        |record: &RecordSet| Change { action: ChangeAction::Delete, record: record.clone() };
    assert_eq!([delete_one, delete_other], [&delete(&done()[0]), &delete(&done()[1])]);
    let record = alias(NEW, Routing::Simple);
    assert_eq!(*create, Change { action: ChangeAction::Create, record });
}

#[test]
fn a_finish_is_one_step_in_the_account_as_it_is_and_worth_a_thought_only_where_health_is_judged() {
    let mut live = snapshot(done());
    live.quota = crate::plan::Quota::GovCloud;
    let made = finish(&run(), Goal::Simple, &live, Standing::Refuse).unwrap();
    assert_eq!((made.plan.steps, made.plan.quota), (1, crate::plan::Quota::GovCloud));
    assert_eq!(made.hazards, Vec::<String>::new());
    // A member that is alone has nothing to fall back on today either.
    let mut alone = alias(NEW, weighted(NEW_IDENTIFIER, 255));
    alone.health_check = Some("hc-1".to_owned());
    let made = finish(&run(), Goal::Simple, &snapshot(vec![alone]), Standing::Refuse).unwrap();
    assert_eq!((made.plan.pairs.len(), made.hazards), (1, Vec::new()));
}
