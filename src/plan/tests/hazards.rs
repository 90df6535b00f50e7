//! Each hazard where it is, and silence where it is not.

use super::*;

/// Gates and policy of a plan that gives nothing to think about.
const QUIET: &str = "
steps:
  - { weight: 5%, hold: 30m }
  - { weight: 25%, hold: 30m }
  - { weight: 100%, hold: 1h }
gates:
  latency: { critical: { times_legacy: 1.5, at_most: 800ms } }
";

fn hazards_of(records: &str, rest: &str, change: impl FnOnce(&mut Snapshot)) -> Vec<String> {
    let live = vec![alias(LEGACY, Routing::Simple), cname("old.example.net", 60, Routing::Simple)];
    let mut snapshot = snapshot(live);
    change(&mut snapshot);
    make(&runbook(records, rest), &snapshot, Standing::Refuse).unwrap().hazards
}

fn hazards(rest: &str) -> Vec<String> {
    hazards_of(ALIAS, rest, |_| {})
}

/// Asserts that there is one hazard, and that it says this.
fn only(found: &[String], text: &str) {
    assert!(matches!(found, [only] if only.contains(text)), "{found:?}");
}

#[test]
fn a_careful_plan_gives_nothing_to_think_about() {
    assert_eq!(hazards(QUIET), Vec::<String>::new());
}

#[test]
fn a_large_first_step() {
    only(&hazards(&QUIET.replace("5%, hold", "6%, hold").replacen("26%", "25%", 1)), "first step");
}

#[test]
fn a_first_step_is_measured_from_what_new_has_already() {
    let found = hazards_of(ALIAS, &QUIET.replacen("5%", "8%", 1), |snapshot| {
        let live = vec![alias(LEGACY, weighted("blue", 95)), alias(NEW, weighted("green", 5))];
        snapshot.records.insert(ZoneId("Z1".to_owned()), live);
    });
    only(&found, "new has 5% of the traffic already");
}

#[test]
fn l67_a_steep_ramp() {
    only(&hazards(&QUIET.replacen("30m", "5m", 1)), "from 5% to 25% is 5.0x after 9m30s");
}

#[test]
fn l67_a_step_back_and_a_step_from_nothing_are_no_ramp() {
    for lower in ["0%", "1%"] {
        let back = format!(
            "  - {{ weight: {lower}, hold: 30m, back: true }}\n  - {{ weight: 10%, hold: 30m }}\n  - {{ weight: 100%"
        );
        let steps = QUIET.replace("  - { weight: 100%", &back);
        assert_eq!(hazards(&steps), Vec::<String>::new(), "{lower}");
    }
}

#[test]
fn steps_with_the_same_weights() {
    let steps = QUIET.replace(
        "steps:",
        "steps:\n  - { weight: 0.1%, hold: 30m }\n  - { weight: 0.2%, hold: 30m }\n  - { weight: 1%, hold: 30m }",
    );
    only(&hazards(&steps), "steps 1 and 2: 0.1% and 0.2% are the same weights, 255/1");
    let apart = steps.replace("0.2%", "0.6%");
    assert_eq!(hazards(&apart), Vec::<String>::new());
}

#[test]
fn holds_too_short_for_the_traffic() {
    let quiet = |snapshot: &mut Snapshot| snapshot.history.legacy_requests_per_minute = Some(60.0);
    let found = hazards_of(ALIAS, &QUIET.replace("latency:", "latency: off #"), quiet);
    assert!(
        found.iter().any(|h| h.contains("step 1: at 5% about 90 requests reach new")),
        "{found:?}"
    );
    let unknown = |snapshot: &mut Snapshot| snapshot.history.legacy_requests_per_minute = None;
    let found = hazards_of(ALIAS, QUIET, unknown);
    only(&found, "traffic of the last day is unknown");
}

#[test]
fn traffic_too_low_for_latency() {
    let at = |traffic| move |s: &mut Snapshot| s.history.legacy_requests_per_minute = Some(traffic);
    only(&hazards_of(ALIAS, QUIET, at(12_000.0)), "at 5% fewer than 1000 requests a minute");
    let low = hazards_of(ALIAS, QUIET, at(1200.0));
    assert!(low.iter().any(|h| h.contains("at 5% fewer than 100 requests a minute")), "{low:?}");
}

#[test]
fn nothing_to_compare_latency_with_at_the_end() {
    let rest = QUIET.replace(", at_most: 800ms", "");
    only(&hazards(&rest), "at 100% legacy has no traffic to compare latency with");
    assert_eq!(hazards(&rest.replace("100%", "90%")), Vec::<String>::new());
}

#[test]
fn a_long_ttl() {
    let records = CNAME.replace("ttl: 60", "ttl: 300");
    let found = hazards_of(&records, QUIET, |snapshot| {
        let live = vec![cname("old.example.net", 300, Routing::Simple)];
        snapshot.records.insert(ZoneId("Z1".to_owned()), live);
    });
    only(&found, "TTL is 300s");
    assert_eq!(hazards_of(CNAME, QUIET, |_| {}), Vec::<String>::new());
}

#[test]
fn members_that_evaluate_target_health() {
    let records = ALIAS.replace("{ alb: api }", "{ alb: api, evaluate_target_health: true }");
    only(&hazards_of(&records, QUIET, |_| {}), "the new member evaluates target health");
    // The legacy member is as it was found.
    let found = hazards_of(ALIAS, QUIET, |snapshot| {
        let mut live = alias(LEGACY, Routing::Simple);
        if let Answer::Alias { evaluate_target_health, .. } = &mut live.answer {
            *evaluate_target_health = true;
        }
        snapshot.records.insert(ZoneId("Z1".to_owned()), vec![live]);
    });
    only(&found, "the legacy member evaluates target health");
}

#[test]
fn gates_that_are_off() {
    let off = QUIET.replace("latency: {", "errors: off\n  latency: {");
    only(&hazards(&off), "the errors gate is off");
    let off = QUIET
        .replace("latency: { critical: { times_legacy: 1.5, at_most: 800ms } }", "latency: off");
    only(&hazards(&off), "the latency gate is off");
}

#[test]
fn network_load_balancers_have_no_latency() {
    let records = ALIAS.replace("alb: api", "nlb: api").replace("elb: api-old", "alb: api-old");
    let found = hazards_of(&records, QUIET, |snapshot| {
        let health = TargetHealth { healthy: 4, registered: 4 };
        let old = balancer(BalancerKind::Application, "api-old", LEGACY);
        let new = balancer(BalancerKind::Network, "api", NEW);
        snapshot.balancers.insert((Side::Legacy, old.name.clone()), (old, health));
        snapshot.balancers.insert((Side::New, new.name.clone()), (new, health));
    });
    only(&found, "a network load balancer has no latency metric");
}

#[test]
fn no_history_of_legacy() {
    let found = hazards_of(ALIAS, QUIET, |snapshot| snapshot.history.legacy_error_rate = None);
    only(&found, "there is no history limit");
}

#[test]
fn l67_a_ramp_has_a_tenth_of_slack() {
    // In the 10 minutes of the first step a load balancer follows 2.25x, and 2.475x with the slack.
    let to = |second: &str| {
        let steps =
            QUIET.replacen("5%, hold: 30m", "10%, hold: 330s", 1).replacen("25%", second, 1);
        let found = hazards(&steps);
        found.iter().filter(|hazard| hazard.contains("a load balancer follows")).count()
    };
    assert_eq!((to("24%"), to("25%")), (0, 1));
}

#[test]
fn holds_that_end_before_a_step_can_pass() {
    // 2m30s of settling without the lag of the metrics, and 5 minutes are needed.
    let hold = |seconds: &str| hazards(&QUIET.replacen("hold: 1h", &format!("hold: {seconds}"), 1));
    assert_eq!(hold("150s"), Vec::<String>::new());
    only(&hold("149s"), "step 3: after a hold of 2m29s only 4m59s of it have been seen");
    let rest = QUIET.replacen("hold: 1h", "hold: 1m", 1);
    let off = hazards(&rest.replace("latency:", "errors: off\n  latency:"));
    assert!(!off.iter().any(|hazard| hazard.contains("after a hold of")), "{off:?}");
}

#[test]
fn a_hundred_requests_a_minute_are_enough_for_p90() {
    let at = |traffic| move |s: &mut Snapshot| s.history.legacy_requests_per_minute = Some(traffic);
    let found = hazards_of(ALIAS, QUIET, at(2_000.0));
    assert!(found.iter().any(|hazard| hazard.contains("at 5%, 25% fewer than 1000")), "{found:?}");
    assert!(!found.iter().any(|hazard| hazard.contains("fewer than 100 requests")), "{found:?}");
}

#[test]
fn latency_is_that_of_one_of_several_load_balancers_so_its_traffic_counts() {
    let records = format!(
        "{ALIAS}{}",
        ALIAS
            .replace("api.example", "b.example")
            .replace("alb: api", "alb: b")
            .replace("api-old", "b-old")
    );
    let found = |busy: &[(&str, u64)]| {
        hazards_of(&records, QUIET, |snapshot| {
            let health = TargetHealth { healthy: 4, registered: 4 };
            let old = balancer(BalancerKind::Classic, "b-old", "b-old-1.elb.amazonaws.com.");
            let new = balancer(BalancerKind::Application, "b", "b-1.elb.amazonaws.com.");
            snapshot.balancers.insert((Side::Legacy, old.name.clone()), (old, health));
            snapshot.balancers.insert((Side::New, new.name.clone()), (new, health));
            let mut beside = alias("b-old-1.elb.amazonaws.com.", Routing::Simple);
            beside.name = "b.example.com".parse().unwrap();
            snapshot.records.values_mut().for_each(|records| records.push(beside.clone()));
            for (name, busy) in busy {
                let name = BalancerName { kind: BalancerKind::Classic, name: (*name).to_owned() };
                snapshot.busy.insert((Side::Legacy, name), *busy);
            }
        })
    };
    let known = found(&[("api-old", 12_000), ("b-old", 4)]);
    only(&known, "at 5% fewer than 1000 requests a minute reach any one load balancer of new");
    // Where it is known of one only, all traffic together is what is counted.
    assert_eq!(found(&[("api-old", 12_000)]), Vec::<String>::new());
    assert_eq!(found(&[]), Vec::<String>::new());
}
