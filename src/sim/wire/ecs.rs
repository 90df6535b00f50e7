//! ECS over JSON 1.1, version 2014-11-13: DescribeServices.

use super::{
    codec::{Args, Node, record},
    fault::Fault,
};
use crate::{
    plan::{Deployment, Rollout},
    sim::{EcsService, World},
};

/// Most services in one call.
const MOST: usize = 10;

/// Performs an operation; nothing if ECS has none of this name here.
pub(super) fn perform(
    world: &World,
    account: &str,
    operation: &str,
    args: Args<'_>,
) -> Option<Result<Node, Fault>> {
    (operation == "DescribeServices").then(|| describe(world, account, args))
}

fn describe(world: &World, account: &str, args: Args<'_>) -> Result<Node, Fault> {
    let invalid = |why: &str| Fault::refused("InvalidParameterException", why);
    let names = args.texts("services")?;
    if names.is_empty() {
        return Err(invalid("Services cannot be empty."));
    }
    if names.len() > MOST {
        return Err(invalid("Too many services."));
    }
    let place = Place { region: &world.stage().region, account };
    let cluster = args.text("cluster")?.unwrap_or("default");
    let cluster = cluster.rsplit('/').next().unwrap_or(cluster);
    let services = world.services(account);
    if !services.iter().any(|service| service.cluster == cluster) {
        return Err(Fault::refused("ClusterNotFoundException", "Cluster not found."));
    }
    let of = |name: &str| {
        let short = name.rsplit('/').next().unwrap_or(name);
        services.iter().find(|service| service.cluster == cluster && service.name == short)
    };
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for name in names {
        match of(name) {
            Some(service) => found.push(place.description(service)),
            None => {
                let arn = place.arn("service", &format!("{cluster}/{name}"));
                failures.push(record([("arn", Node::from(arn)), ("reason", "MISSING".into())]));
            }
        }
    }
    Ok(record([("services", Node::members(found)), ("failures", Node::members(failures))]))
}

/// Where the services are.
struct Place<'a> {
    region: &'a str,
    account: &'a str,
}

impl Place<'_> {
    fn arn(&self, kind: &str, name: &str) -> String {
        format!("arn:aws:ecs:{}:{}:{kind}/{name}", self.region, self.account)
    }

    fn description(&self, service: &EcsService) -> Node {
        let EcsService { cluster, name, state } = service;
        let count = |count: u32| Node::Whole(i64::from(count));
        record([
            ("serviceArn", Node::from(self.arn("service", &format!("{cluster}/{name}")))),
            ("serviceName", Node::from(name.as_str())),
            ("clusterArn", Node::from(self.arn("cluster", cluster))),
            ("status", Node::from(state.status.as_str())),
            ("desiredCount", count(state.desired)),
            ("runningCount", count(state.running)),
            ("pendingCount", count(state.pending)),
            ("launchType", "FARGATE".into()),
            ("schedulingStrategy", "REPLICA".into()),
            ("deployments", Node::members(state.deployments.iter().map(deployment))),
        ])
    }
}

fn deployment(deployment: &Deployment) -> Node {
    let rollout = match deployment.rollout {
        Some(Rollout::Completed) | None => "COMPLETED",
        Some(Rollout::InProgress) => "IN_PROGRESS",
        Some(Rollout::Failed) => "FAILED",
    };
    record([
        ("id", Node::from(deployment.id.as_str())),
        ("status", Node::from(deployment.status.as_str())),
        ("rolloutState", rollout.into()),
        ("rolloutStateReason", Node::from(deployment.reason.as_str())),
    ])
}
