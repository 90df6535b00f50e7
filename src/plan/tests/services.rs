//! What is said before a run of the ECS services that it waits for.

use snapbox::{assert_data_eq, str};

use super::*;
use crate::plan::{Deployment, Rollout, ServiceReading, ServiceState};

const CHECKS: &str = "
steps:
  - { weight: 5%, hold: 30m }
preflight:
  ecs:
    - { side: legacy, cluster: old, service: web }
    - { side: legacy, cluster: old, service: worker }
    - { side: new, cluster: main, service: worker }
    - { side: new, cluster: main, service: api }
";

fn steady(tasks: u32) -> ServiceState {
    let deployment = Deployment {
        id: format!("d{tasks}"),
        status: "PRIMARY".to_owned(),
        rollout: Some(Rollout::Completed),
        reason: String::new(),
    };
    ServiceState {
        status: "ACTIVE".to_owned(),
        desired: tasks,
        running: tasks,
        pending: 0,
        deployments: vec![deployment],
    }
}

fn planned(runbook_says: &str, services: &[(&str, ServiceState)]) -> Result<Made, Vec<String>> {
    let mut snapshot = snapshot(vec![alias(LEGACY, Routing::Simple)]);
    let told = |(name, state): &(&str, ServiceState)| {
        (format!("ecs {name}"), ServiceReading::Told(state.clone()))
    };
    snapshot.services = services.iter().map(told).collect();
    make(&runbook(ALIAS, runbook_says), &snapshot, Standing::Refuse)
}

/// The services of `CHECKS` with so many tasks.
fn four(tasks: [u32; 4]) -> Vec<(&'static str, ServiceState)> {
    let names = ["legacy/old/web", "legacy/old/worker", "new/main/worker", "new/main/api"];
    names.into_iter().zip(tasks.map(steady)).collect()
}

#[test]
fn a_service_of_new_is_measured_by_its_namesake_else_by_the_one_at_its_place() {
    let made = planned(CHECKS, &four([4, 2, 2, 4])).unwrap();
    assert_eq!(made.hazards, Vec::<String>::new());
    let known: Vec<_> =
        made.plan.services.iter().map(|s| (s.check.gate_name(), s.deployment.clone())).collect();
    assert_eq!(known[3], ("ecs new/main/api".to_owned(), Some("d4".to_owned())));
    let problems = planned(CHECKS, &four([4, 3, 2, 3])).unwrap_err();
    assert_data_eq!(
        problems.join("\n"),
        str![[r#"
ecs new/main/worker: 2 tasks run, and 3 of ecs legacy/old/worker; scale it up first, or say `at_least: 2` or `fewer: true` there if fewer are enough
ecs new/main/api: 3 tasks run, and 4 of ecs legacy/old/web; scale it up first, or say `at_least: 3` or `fewer: true` there if fewer are enough
"#]]
    );
}

#[test]
fn fewer_tasks_are_enough_where_the_runbook_says_so() {
    let fewer = |how: &str| CHECKS.replace("service: api }", &format!("service: api, {how} }}"));
    assert!(planned(&fewer("fewer: true"), &four([4, 2, 2, 1])).is_ok());
    assert!(planned(&fewer("at_least: 3"), &four([4, 2, 2, 3])).is_ok());
    let problems = planned(&fewer("at_least: 3"), &four([1, 2, 2, 2])).unwrap_err();
    assert_data_eq!(
        problems.join("\n"),
        str!["ecs new/main/api: 2 tasks run, and `at_least` says 3; scale it up first"]
    );
}

#[test]
fn whatever_is_not_steady_is_told_with_what_to_do_and_ends_it() {
    let mut services = four([4, 2, 2, 4]);
    services[0].1.deployments[0].rollout = Some(Rollout::InProgress);
    services[1].1.pending = 1;
    services[2].1.running = 1;
    services.pop();
    let problems = planned(CHECKS, &services).unwrap_err();
    assert_data_eq!(
        problems.join("\n"),
        str![[r#"
ecs legacy/old/web: someone is deploying it (4 of 4 tasks run); wait until it is steady, or agree with whoever deploys
ecs legacy/old/worker: 2 of 2 tasks run, 1 is being started; begin when it has come to rest
ecs new/main/worker: only 1 of 2 tasks run; look at its events in ECS, and begin when as many tasks run as are meant to
ecs new/main/api: there is no such service in the new account's region; look for it with `aws ecs describe-services --cluster main --services api`, or take it out of `preflight.ecs`
"#]]
    );
}
