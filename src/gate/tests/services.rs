//! What is made of ECS services beside the gates.

use super::*;
use crate::{
    gate::{Deployment, Rollout, Service, ServiceReading, ServiceState, Verdict},
    runbook::model::EcsCheck,
    unit::Side,
};

const NAME: &str = "ecs new/main/api";

fn service() -> Service {
    let (cluster, service) = ("main".to_owned(), "api".to_owned());
    let check = EcsCheck { side: Side::New, cluster, service, at_least: None, fewer: false };
    Service { check, deployment: Some("d1".to_owned()) }
}

fn deployment(id: &str, status: &str, rollout: Option<Rollout>) -> Deployment {
    Deployment { id: id.to_owned(), status: status.to_owned(), rollout, reason: String::new() }
}

fn steady() -> ServiceState {
    let deployments = vec![deployment("d1", "PRIMARY", Some(Rollout::Completed))];
    ServiceState { status: "ACTIVE".to_owned(), desired: 4, running: 4, pending: 0, deployments }
}

fn run(reading: Option<ServiceReading>) -> Run {
    let mut run = Run::new(&no_gates(), &PAST, &[(60, "10%")]);
    run.judge = Judge::new(&no_gates(), &PAST, &[60]).watching(&[service()]);
    run.services = reading.map(|reading| (NAME.to_owned(), reading)).into_iter().collect();
    run
}

fn found(state: ServiceState) -> (Cause, String) {
    let finding = run(Some(ServiceReading::Told(state))).minute(4, Row::default()).remove(0);
    assert_eq!(finding.gate, NAME);
    (finding.cause, finding.why)
}

#[test]
fn a_steady_service_passes_and_so_does_one_whose_deployment_is_over() {
    assert_eq!(found(steady()), (Cause::Proven, "it is steady: 4 of 4 tasks run".to_owned()));
    let deployments = vec![deployment("d2", "PRIMARY", Some(Rollout::Completed))];
    let (cause, why) = found(ServiceState { deployments, ..steady() });
    assert_eq!(cause, Cause::Proven);
    assert!(why.ends_with("4 of 4 tasks run, by a deployment that ended during the run"), "{why}");
}

#[test]
fn whoever_deploys_holds_the_run_and_is_named() {
    use Rollout::{Completed, InProgress};
    let both = vec![
        deployment("d2", "PRIMARY", Some(Completed)),
        deployment("d1", "ACTIVE", Some(Completed)),
    ];
    let going_on = vec![deployment("d1", "PRIMARY", Some(InProgress))];
    let untold = vec![deployment("d2", "PRIMARY", None)];
    for (deployments, running) in [(both, 4), (going_on, 4), (untold, 3)] {
        let (cause, why) = found(ServiceState { deployments, running, ..steady() });
        assert_eq!((cause, cause.verdict()), (Cause::Deploying, Verdict::Warn));
        let said = "someone is deploying api on new: the run holds until it is steady";
        assert!(why.starts_with(said), "{why}");
    }
}

#[test]
fn what_does_not_run_what_it_should_is_a_warning_and_never_a_breach() {
    let failed = vec![Deployment {
        reason: "tasks failed to start.".to_owned(),
        ..deployment("d2", "PRIMARY", Some(Rollout::Failed))
    }];
    for (state, said) in [
        (
            ServiceState { deployments: failed, ..steady() },
            "its deployment d2 failed: tasks failed to start",
        ),
        (
            ServiceState { running: 2, pending: 1, ..steady() },
            "only 2 of 4 tasks run, 1 is being started",
        ),
        (ServiceState { desired: 0, running: 0, ..steady() }, "it is meant to run no task at all"),
        (
            ServiceState { status: "DRAINING".to_owned(), ..steady() },
            "its status is DRAINING, not ACTIVE",
        ),
    ] {
        assert_eq!(found(state), (Cause::Unsteady, said.to_owned()));
    }
    assert_eq!(Cause::Unsteady.verdict(), Verdict::Warn);
    let gone = run(Some(ServiceReading::Missing)).minute(4, Row::default()).remove(0);
    assert_eq!(gone.cause, Cause::Unsteady);
}

#[test]
fn tasks_that_come_and_go_beside_those_that_are_meant_to_run_hold_nobody() {
    for (running, pending) in [(5, 0), (4, 1)] {
        assert_eq!(found(ServiceState { running, pending, ..steady() }).0, Cause::Proven);
    }
}

#[test]
fn a_service_that_is_not_read_is_unknown_whatever_it_did_before() {
    assert_eq!(run(None).minute(0, Row::default())[0].cause, Cause::Unread);
    let why = "AccessDeniedException: no".to_owned();
    let unread = run(Some(ServiceReading::Unread(why))).minute(0, Row::default()).remove(0);
    assert_eq!((unread.cause, unread.cause.verdict()), (Cause::Unread, Verdict::Unknown));
    assert_eq!(unread.why, "it could not be read: AccessDeniedException: no");
    let mut run = run(Some(ServiceReading::Told(steady())));
    assert_eq!(run.minute(0, Row::default())[0].cause, Cause::Proven);
    run.services.clear();
    let causes = run.minutes(1..8, &Row::default());
    assert_eq!((causes[3], causes[5]), (Cause::Proven, Cause::Unread));
}

#[test]
fn a_service_of_legacy_that_nothing_runs_of_is_nothing_to_go_back_to() {
    let of_legacy = |reading| {
        let mut service = service();
        service.check.side = Side::Legacy;
        let name = service.check.gate_name();
        let mut run = run(None);
        run.judge = Judge::new(&no_gates(), &PAST, &[60]).watching(&[service]);
        run.services = [(name, reading)].into_iter().collect();
        let finding = run.minute(4, Row::default()).remove(0);
        (finding.cause, finding.why)
    };
    for (state, said) in [
        (
            ServiceState { desired: 0, running: 0, ..steady() },
            "it is meant to run no task at all; going back to legacy would do harm",
        ),
        (
            ServiceState { running: 0, ..steady() },
            "only 0 of 4 tasks run; going back to legacy would do harm",
        ),
        (
            ServiceState { status: "DRAINING".to_owned(), ..steady() },
            "its status is DRAINING, not ACTIVE; going back to legacy would do harm",
        ),
    ] {
        assert_eq!(of_legacy(ServiceReading::Told(state)), (Cause::LegacySick, said.to_owned()));
    }
    assert_eq!(of_legacy(ServiceReading::Missing).0, Cause::LegacySick);
    let fewer = ServiceState { running: 3, ..steady() };
    assert_eq!(of_legacy(ServiceReading::Told(fewer)).0, Cause::Unsteady, "it answers still");
}
