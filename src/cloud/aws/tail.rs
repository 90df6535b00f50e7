//! How long connections to a load balancer last, by its attributes and those of its target groups.

use aws_sdk_elasticloadbalancing as elb;
use aws_sdk_elasticloadbalancingv2 as elbv2;

use super::{balancer::target_groups, error::Asked};
use crate::{
    cloud::{Balancer, CloudError, CloudErrorKind, Tail},
    unit::SignedDuration,
};

pub(super) async fn classic(client: &elb::Client, balancer: &Balancer) -> Result<Tail, CloudError> {
    let asked =
        Asked::new("DescribeLoadBalancerAttributes", format!("load balancer {}", balancer.name));
    let answer = client
        .describe_load_balancer_attributes()
        .load_balancer_name(&balancer.name.name)
        .send()
        .await
        .map_err(|error| asked.failed(error))?;
    let attributes = answer.load_balancer_attributes();
    let idle = attributes.and_then(|all| all.connection_settings()).map(|set| set.idle_timeout());
    let draining = attributes.and_then(|all| all.connection_draining()).map(|draining| {
        // Without a timeout it is five minutes.
        if draining.enabled() { draining.timeout().unwrap_or(300) } else { 0 }
    });
    Ok(Tail {
        keep_alive: None,
        idle: idle.and_then(seconds),
        draining: draining.and_then(seconds),
    })
}

/// Reads the attributes of the load balancer and of its target groups; what the role may not read is left out.
pub(super) async fn newer(
    client: &elbv2::Client,
    arn: &str,
    asked: &Asked,
) -> Result<Tail, CloudError> {
    let mut tail = if_allowed(own(client, arn, asked).await)?;
    tail.draining = if_allowed(draining(client, arn, asked).await)?;
    Ok(tail)
}

async fn own(client: &elbv2::Client, arn: &str, asked: &Asked) -> Result<Tail, CloudError> {
    let answer = client
        .describe_load_balancer_attributes()
        .load_balancer_arn(arn)
        .send()
        .await
        .map_err(|error| asked.failed(error))?;
    let value = |key: &str| {
        let found = answer.attributes().iter().find(|attribute| attribute.key() == Some(key));
        found.and_then(|attribute| attribute.value()?.parse().ok()).and_then(seconds)
    };
    Ok(Tail {
        keep_alive: value("client_keep_alive.seconds"),
        idle: value("idle_timeout.timeout_seconds"),
        draining: None,
    })
}

async fn draining(
    client: &elbv2::Client,
    arn: &str,
    asked: &Asked,
) -> Result<Option<SignedDuration>, CloudError> {
    let asked_attributes = asked.of("DescribeTargetGroupAttributes");
    let mut longest = None;
    for group in target_groups(client, arn, &asked.of("DescribeTargetGroups")).await? {
        let answer = client
            .describe_target_group_attributes()
            .target_group_arn(group)
            .send()
            .await
            .map_err(|error| asked_attributes.failed(error))?;
        let mut attributes = answer.attributes().iter();
        let delay =
            attributes.find(|one| one.key() == Some("deregistration_delay.timeout_seconds"));
        let delay = delay.and_then(|delay| delay.value()?.parse().ok()).and_then(seconds);
        longest = longest.max(delay);
    }
    Ok(longest)
}

/// Returns nothing of what the role may not read.
fn if_allowed<T: Default>(answer: Result<T, CloudError>) -> Result<T, CloudError> {
    match answer {
        Err(error) if error.kind == CloudErrorKind::Denied => Ok(T::default()),
        answer => answer,
    }
}

/// Returns a time that a load balancer can have; no attribute is longer than a week, or negative.
fn seconds(seconds: i32) -> Option<SignedDuration> {
    (0..=604_800).contains(&seconds).then(|| SignedDuration::from_secs(seconds.into()))
}
