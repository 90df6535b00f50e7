//! What the ECS services of a runbook do before anything is changed.

use super::{Service, ServiceReading, ServiceState, Snapshot, Unsteady};
use crate::{
    runbook::{Runbook, model::EcsCheck},
    unit::Side,
};

/// Returns the services that the run waits for, with the deployments that they had before it.
pub(super) fn services(runbook: &Runbook, snapshot: &Snapshot) -> Vec<Service> {
    let watched = |check: &EcsCheck| {
        let deployment = state_of(check, snapshot).and_then(ServiceState::deployment);
        Service { check: check.clone(), deployment: deployment.map(str::to_owned) }
    };
    runbook.preflight.ecs.iter().map(watched).collect()
}

/// A service that is not steady, or smaller than what it is instead of, is not what new will be measured by.
pub(super) fn service_problems(runbook: &Runbook, snapshot: &Snapshot) -> Vec<String> {
    let checks = &runbook.preflight.ecs;
    let told = |check| match snapshot.services.get(&EcsCheck::gate_name(check)) {
        Some(ServiceReading::Told(state)) => {
            unsteady(check, state).or_else(|| too_small(check, state, checks, snapshot))
        }
        Some(ServiceReading::Unread(why)) => {
            Some(format!("{}: it could not be read: {why}", check.gate_name()))
        }
        Some(ServiceReading::Missing) | None => Some(missing(check)),
    };
    checks.iter().filter_map(told).collect()
}

fn missing(check: &EcsCheck) -> String {
    format!(
        "{}: there is no such service in the {} account's region; look for it with \
         `aws ecs describe-services --cluster {} --services {}`, or take it out of `preflight.ecs`",
        check.gate_name(),
        check.side,
        check.cluster,
        check.service
    )
}

fn unsteady(check: &EcsCheck, state: &ServiceState) -> Option<String> {
    let name = check.gate_name();
    Some(match state.unsteady(None)? {
        Unsteady::Deploying => format!(
            "{name}: someone is deploying it ({state}); wait until it is steady, or agree with whoever deploys"
        ),
        Unsteady::Broken(what) => format!(
            "{name}: {what}; look at its events in ECS, and begin when as many tasks run as are meant to"
        ),
        Unsteady::Moving(what) => format!("{name}: {what}; begin when it has come to rest"),
    })
}

/// Says where fewer tasks run than there must.
fn too_small(
    check: &EcsCheck,
    state: &ServiceState,
    checks: &[EcsCheck],
    snapshot: &Snapshot,
) -> Option<String> {
    let (name, running) = (check.gate_name(), state.running);
    if let Some(least) = check.at_least {
        let few = running < least;
        return few.then(|| {
            format!("{name}: {running} tasks run, and `at_least` says {least}; scale it up first")
        });
    }
    if check.side == Side::Legacy || check.fewer {
        return None;
    }
    let legacy = instead_of(check, checks)?;
    let tasks = state_of(legacy, snapshot)?.running;
    (running < tasks).then(|| {
        format!(
            "{name}: {running} tasks run, and {tasks} of {}; scale it up first, or say `at_least: {running}` or \
             `fewer: true` there if fewer are enough",
            legacy.gate_name()
        )
    })
}

/// Returns the service of legacy that one of new is instead of: that of the same name, else the one that stands at the same
/// place among those of its side which have no namesake.
fn instead_of<'a>(check: &EcsCheck, checks: &'a [EcsCheck]) -> Option<&'a EcsCheck> {
    let of = |side| checks.iter().filter(move |other| other.side == side);
    if let Some(namesake) = of(Side::Legacy).find(|other| other.service == check.service) {
        return Some(namesake);
    }
    let alone = |side: Side, other: Side| {
        of(side).filter(move |one| !of(other).any(|two| two.service == one.service))
    };
    let place = alone(Side::New, Side::Legacy).position(|one| one == check)?;
    alone(Side::Legacy, Side::New).nth(place)
}

fn state_of<'a>(check: &EcsCheck, snapshot: &'a Snapshot) -> Option<&'a ServiceState> {
    match snapshot.services.get(&check.gate_name())? {
        ServiceReading::Told(state) => Some(state),
        ServiceReading::Missing | ServiceReading::Unread(_) => None,
    }
}
