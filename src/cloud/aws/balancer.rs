//! Load balancers and the targets behind them.

use aws_sdk_elasticloadbalancing as elb;
use aws_sdk_elasticloadbalancingv2::{
    self as elbv2,
    types::{LoadBalancerSchemeEnum, LoadBalancerTypeEnum, TargetHealthStateEnum},
};

use super::{error::Asked, pages::Pages};
use crate::{
    cloud::{Balancer, CloudError, TargetHealth},
    unit::{BalancerKind, BalancerName},
};

pub(super) async fn classic(
    client: &elb::Client,
    name: &BalancerName,
    asked: &Asked,
) -> Result<Balancer, CloudError> {
    let answer = client
        .describe_load_balancers()
        .load_balancer_names(&name.name)
        .send()
        .await
        .map_err(|error| asked.failed(error))?;
    let found = answer.load_balancer_descriptions.unwrap_or_default().into_iter().next();
    read_classic(found.ok_or_else(|| asked.not_found("there is none".to_owned()))?, name, asked)
}

/// Returns all classic load balancers.
pub(super) async fn all_classic(
    client: &elb::Client,
    asked: &Asked,
) -> Result<Vec<Balancer>, CloudError> {
    let mut pages = client.describe_load_balancers().into_paginator().send();
    let mut all = Vec::new();
    let mut turned = Pages::default();
    while let Some(page) = pages.next().await {
        turned.turn(asked)?;
        let page = page.map_err(|error| asked.failed(error))?;
        for found in page.load_balancer_descriptions.unwrap_or_default() {
            let name = found.load_balancer_name.clone().ok_or_else(|| asked.nonsense("no name"))?;
            let name = BalancerName { kind: BalancerKind::Classic, name };
            all.push(read_classic(found, &name, asked)?);
        }
    }
    Ok(all)
}

fn read_classic(
    found: elb::types::LoadBalancerDescription,
    name: &BalancerName,
    asked: &Asked,
) -> Result<Balancer, CloudError> {
    let dns_name = found.dns_name.ok_or_else(|| asked.nonsense("no DNS name"))?;
    let zone_id = found
        .canonical_hosted_zone_name_id
        .or_else(|| usual_zone_id(&dns_name).map(str::to_owned))
        .ok_or_else(|| asked.nonsense("no hosted zone id, which an alias to it needs"))?;
    Ok(Balancer {
        name: name.clone(),
        dns_name,
        zone_id,
        dimension: name.name.clone(),
        arn: None,
        internal: found.scheme.as_deref() == Some("internal"),
    })
}

/// Returns the zone id that classic and application load balancers of a region have, for servers that leave it out of
/// their answer.
fn usual_zone_id(dns_name: &str) -> Option<&'static str> {
    let region = dns_name.strip_suffix(".elb.amazonaws.com")?.rsplit('.').next()?;
    // From AWS's table of Elastic Load Balancing endpoints.
    match region {
        "us-east-1" => Some("Z35SXDOTRQ7X7K"),
        "us-west-2" => Some("Z1H1FL5HABSF5"),
        "eu-west-1" => Some("Z32O12XQLNTSW2"),
        "eu-central-1" => Some("Z215JYRZR1TBD5"),
        _ => None,
    }
}

pub(super) async fn newer(
    client: &elbv2::Client,
    name: &BalancerName,
    asked: &Asked,
) -> Result<Balancer, CloudError> {
    let answer = client
        .describe_load_balancers()
        .names(&name.name)
        .send()
        .await
        .map_err(|error| asked.failed(error))?;
    let found = answer.load_balancers.unwrap_or_default().into_iter().next();
    let found = found.ok_or_else(|| asked.not_found("there is none".to_owned()))?;
    let wanted = match name.kind {
        BalancerKind::Network => LoadBalancerTypeEnum::Network,
        BalancerKind::Application | BalancerKind::Classic => LoadBalancerTypeEnum::Application,
    };
    if let Some(kind) = found.r#type.as_ref().filter(|kind| **kind != wanted) {
        return Err(
            asked.not_found(format!("there is one with this name, but it is of the type {kind}"))
        );
    }
    read_newer(found, name, asked)
}

/// Returns all application and network load balancers; those of gateways carry no requests.
pub(super) async fn all_newer(
    client: &elbv2::Client,
    asked: &Asked,
) -> Result<Vec<Balancer>, CloudError> {
    let mut pages = client.describe_load_balancers().into_paginator().send();
    let mut all = Vec::new();
    let mut turned = Pages::default();
    while let Some(page) = pages.next().await {
        turned.turn(asked)?;
        let page = page.map_err(|error| asked.failed(error))?;
        for found in page.load_balancers.unwrap_or_default() {
            let kind = match &found.r#type {
                Some(LoadBalancerTypeEnum::Application) | None => BalancerKind::Application,
                Some(LoadBalancerTypeEnum::Network) => BalancerKind::Network,
                Some(_) => continue,
            };
            let name = found.load_balancer_name.clone().ok_or_else(|| asked.nonsense("no name"))?;
            all.push(read_newer(found, &BalancerName { kind, name }, asked)?);
        }
    }
    Ok(all)
}

fn read_newer(
    found: elbv2::types::LoadBalancer,
    name: &BalancerName,
    asked: &Asked,
) -> Result<Balancer, CloudError> {
    let arn = found.load_balancer_arn.ok_or_else(|| asked.nonsense("no ARN"))?;
    let dimension = arn.split_once(":loadbalancer/").map(|(_, dimension)| dimension.to_owned());
    Ok(Balancer {
        name: name.clone(),
        dns_name: found.dns_name.ok_or_else(|| asked.nonsense("no DNS name"))?,
        zone_id: found
            .canonical_hosted_zone_id
            .ok_or_else(|| asked.nonsense("no hosted zone id, which an alias to it needs"))?,
        dimension: dimension.ok_or_else(|| asked.nonsense(&format!("the ARN {arn}")))?,
        arn: Some(arn),
        internal: found.scheme == Some(LoadBalancerSchemeEnum::Internal),
    })
}

pub(super) async fn classic_health(
    client: &elb::Client,
    balancer: &Balancer,
) -> Result<TargetHealth, CloudError> {
    let asked = Asked::new("DescribeInstanceHealth", format!("load balancer {}", balancer.name));
    let answer = client
        .describe_instance_health()
        .load_balancer_name(&balancer.name.name)
        .send()
        .await
        .map_err(|error| asked.failed(error))?;
    let states = answer.instance_states();
    let in_service = states.iter().filter(|state| state.state() == Some("InService"));
    Ok(TargetHealth { healthy: count(in_service), registered: count(states) })
}

pub(super) async fn newer_health(
    client: &elbv2::Client,
    arn: &str,
    asked: &Asked,
) -> Result<TargetHealth, CloudError> {
    let mut worst: Option<TargetHealth> = None;
    for group in target_groups(client, arn, &asked.of("DescribeTargetGroups")).await? {
        let answer = client
            .describe_target_health()
            .target_group_arn(group)
            .send()
            .await
            .map_err(|error| asked.failed(error))?;
        let targets = answer.target_health_descriptions();
        let healthy = targets.iter().filter(|target| {
            let state = target.target_health().and_then(|health| health.state());
            state == Some(&TargetHealthStateEnum::Healthy)
        });
        let health = TargetHealth { healthy: count(healthy), registered: count(targets) };
        if worst.is_none_or(|worst| is_worse(health, worst)) {
            worst = Some(health);
        }
    }
    Ok(worst.unwrap_or_default())
}

/// Returns the ARNs of a load balancer's target groups.
pub(super) async fn target_groups(
    client: &elbv2::Client,
    arn: &str,
    asked: &Asked,
) -> Result<Vec<String>, CloudError> {
    let mut pages = client.describe_target_groups().load_balancer_arn(arn).into_paginator().send();
    let mut groups = Vec::new();
    let mut turned = Pages::default();
    while let Some(page) = pages.next().await {
        turned.turn(asked)?;
        let page = page.map_err(|error| asked.failed(error))?;
        let found = page.target_groups.unwrap_or_default();
        groups.extend(found.into_iter().filter_map(|group| group.target_group_arn));
    }
    Ok(groups)
}

/// Orders target groups as Route 53 does: one without healthy targets takes the whole load balancer down (law L47). Among
/// others the smaller healthy part is worse, then the smaller number.
fn is_worse(one: TargetHealth, other: TargetHealth) -> bool {
    let part =
        |health: TargetHealth| f64::from(health.healthy) / f64::from(health.registered.max(1));
    (part(one), one.healthy) < (part(other), other.healthy)
}

fn count<T>(items: impl IntoIterator<Item = T>) -> u32 {
    u32::try_from(items.into_iter().count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn l47_a_group_with_nothing_healthy_is_the_worst() {
        let health = |healthy, registered| TargetHealth { healthy, registered };
        assert!(is_worse(health(0, 0), health(1, 10)));
        assert!(is_worse(health(0, 3), health(1, 10)));
        assert!(is_worse(health(1, 2), health(3, 4)));
        assert!(is_worse(health(1, 1), health(3, 3)));
        assert!(!is_worse(health(2, 2), health(2, 2)));
    }

    #[test]
    fn the_usual_zone_id_follows_from_the_region_in_the_name() {
        assert_eq!(usual_zone_id("api-1.us-west-2.elb.amazonaws.com"), Some("Z1H1FL5HABSF5"));
        assert_eq!(usual_zone_id("api-1.mars-1.elb.amazonaws.com"), None);
        assert_eq!(usual_zone_id("example.com"), None);
    }
}
