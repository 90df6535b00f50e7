//! What a plan is made of, and what stands against making one.

use super::*;

fn problems(records: &str, rest: &str, live: Vec<RecordSet>) -> Vec<String> {
    made(records, rest, live).err().unwrap_or_default()
}

fn simple() -> Vec<RecordSet> {
    vec![alias(LEGACY, Routing::Simple), cname("old.example.net", 60, Routing::Simple)]
}

#[test]
fn the_load_balancers_of_new_are_those_that_its_records_name() {
    let plan = made(ALIAS, STEPS, simple()).unwrap().plan;
    let names: Vec<_> = plan.new_balancers.iter().map(|b| b.name.to_string()).collect();
    assert_eq!(names, ["alb api"]);
}

#[test]
fn a_run_that_is_gated_needs_to_know_where_news_metrics_are() {
    let unmeasured = CNAME.replace(", metrics: { alb: api }", "");
    for gates in ["", "gates: { errors: off }\n", "gates: { latency: off }\n"] {
        let found = problems(&unmeasured, &format!("{STEPS}{gates}"), simple());
        let told = |problem: &String| problem.contains("no record says where new's metrics are");
        assert_eq!(found.iter().filter(|problem| told(problem)).count(), 1, "{gates}: {found:?}");
    }
}

#[test]
fn as_many_healthy_targets_as_are_needed_are_enough() {
    let needed = |count| format!("{STEPS}preflight: {{ min_healthy_targets: {count} }}\n");
    assert_eq!(problems(ALIAS, &needed(4), simple()), Vec::<String>::new());
    let found = problems(ALIAS, &needed(5), simple());
    assert!(found[0].contains("4 of 4 targets are healthy and 5 are needed"), "{found:?}");
}

#[test]
fn a_first_step_may_ask_for_what_new_has_already_but_not_for_less() {
    let at =
        |legacy, new| vec![alias(LEGACY, weighted("a", legacy)), alias(NEW, weighted("b", new))];
    assert_eq!(problems(ALIAS, STEPS, at(95, 5)), Vec::<String>::new());
    let found = problems(ALIAS, STEPS, at(94, 6));
    assert!(found[0].contains("the first step would lower that to 5%"), "{found:?}");
}

#[test]
fn connections_to_a_network_load_balancer_are_its_traffic() {
    let records = ALIAS.replace("alb: api", "nlb: api").replace("elb: api-old", "alb: api-old");
    let mut live = snapshot(simple());
    let health = TargetHealth { healthy: 4, registered: 4 };
    let old = balancer(BalancerKind::Application, "api-old", LEGACY);
    let mut new = balancer(BalancerKind::Network, "api", NEW);
    new.dimension = "net/api/50dc6c495c0c9188".to_owned();
    live.balancers.insert((Side::Legacy, old.name.clone()), (old, health));
    live.balancers.insert((Side::New, new.name.clone()), (new, health));
    let plan = make(&runbook(&records, STEPS), &live, Standing::Refuse).unwrap().plan;
    let traffic = crate::plan::Traffic::of(&plan.feeds);
    let names: Vec<_> = traffic.arrivals.iter().map(|known| known.balancer.to_string()).collect();
    assert!(names.contains(&"nlb api".to_owned()), "{names:?}");
}

#[test]
fn every_batch_leaves_room_for_the_lock_where_there_is_one() {
    let of = |rest: &str| made(ALIAS, &format!("{STEPS}{rest}"), simple()).unwrap().plan.spare();
    assert_eq!(of(""), crate::plan::LOCK_ROOM);
    assert_eq!(of("prepare: { lock: false }\n"), crate::plan::Cost::ZERO);
}
