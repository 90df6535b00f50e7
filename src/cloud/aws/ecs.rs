//! What ECS's services do.

use std::collections::BTreeMap;

use aws_sdk_ecs::{
    Client,
    types::{self, DeploymentRolloutState, StabilityStatus},
};

use super::error::{Asked, plain};
use crate::{
    cloud::{CloudError, CloudErrorKind},
    plan::{Deployment, Rollout, ServiceState},
};

/// Most services that one call takes.
const MOST_SERVICES: usize = 10;

pub(super) async fn services(
    client: &Client,
    cluster: &str,
    names: &[String],
    asked: &Asked,
) -> Result<Vec<Option<ServiceState>>, CloudError> {
    let mut found = BTreeMap::new();
    for part in names.chunks(MOST_SERVICES) {
        match one_call(client, cluster, part, asked).await {
            Ok(states) => found.extend(states),
            // Without its cluster there is no service.
            Err(error) if error.kind == CloudErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(names.iter().map(|name| found.get(name).cloned()).collect())
}

/// Returns what was found, by the names that were asked for: a name may be an ARN.
async fn one_call(
    client: &Client,
    cluster: &str,
    names: &[String],
    asked: &Asked,
) -> Result<Vec<(String, ServiceState)>, CloudError> {
    let answer = client
        .describe_services()
        .cluster(cluster)
        .set_services(Some(names.to_vec()))
        .send()
        .await
        .map_err(|error| asked.failed(error))?;
    for failure in answer.failures() {
        // Why a service cannot be told of is said in its place, and is no error of the call.
        if failure.reason() != Some("MISSING") {
            let reason = plain(failure.reason().unwrap_or("no reason"));
            let of = plain(failure.arn().unwrap_or_default());
            return Err(asked.nonsense(&format!("that it cannot tell of {of}: {reason}")));
        }
    }
    let named = |service: &types::Service, name: &String| {
        service.service_name() == Some(name) || service.service_arn() == Some(name)
    };
    let mut found = Vec::new();
    for service in answer.services() {
        let name = names.iter().find(|name| named(service, name));
        // What nobody asked for is nobody's.
        if let Some(name) = name {
            found.push((name.clone(), state(service, asked)?));
        }
    }
    Ok(found)
}

fn state(service: &types::Service, asked: &Asked) -> Result<ServiceState, CloudError> {
    let count = |what: &str, count: i32| {
        u32::try_from(count).map_err(|_| asked.nonsense(&format!("{count} {what} tasks")))
    };
    let status = service.status().ok_or_else(|| asked.nonsense("a service without a status"))?;
    let mut deployments: Vec<_> = service.deployments().iter().map(deployment).collect();
    if deployments.is_empty() {
        // Where something else than ECS deploys the service it has task sets instead.
        deployments = service.task_sets().iter().map(task_set).collect();
    }
    Ok(ServiceState {
        status: plain(status),
        desired: count("desired", service.desired_count())?,
        running: count("running", service.running_count())?,
        pending: count("pending", service.pending_count())?,
        deployments,
    })
}

fn deployment(deployment: &types::Deployment) -> Deployment {
    let rollout = match deployment.rollout_state() {
        Some(DeploymentRolloutState::Completed) => Some(Rollout::Completed),
        Some(DeploymentRolloutState::Failed) => Some(Rollout::Failed),
        // A state that is not known yet is not known to be the end.
        Some(_) => Some(Rollout::InProgress),
        None => None,
    };
    let reason = deployment.rollout_state_reason().filter(|_| rollout == Some(Rollout::Failed));
    Deployment {
        id: plain(deployment.id().unwrap_or_default()),
        status: plain(deployment.status().unwrap_or_default()),
        rollout,
        reason: plain(reason.unwrap_or_default()),
    }
}

fn task_set(set: &types::TaskSet) -> Deployment {
    let stability = set.stability_status();
    let done = |stability: &StabilityStatus| *stability == StabilityStatus::SteadyState;
    let rollout = stability.map(|s| if done(s) { Rollout::Completed } else { Rollout::InProgress });
    Deployment {
        id: plain(set.id().unwrap_or_default()),
        status: plain(set.status().unwrap_or_default()),
        rollout,
        reason: String::new(),
    }
}
