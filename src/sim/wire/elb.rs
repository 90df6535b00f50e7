//! Classic load balancers over the query protocol, version 2012-06-01.

use super::{
    codec::{Args, Node, record},
    fault::Fault,
    instance::{CREATED, VPC, instance_ids, zone_names},
};
use crate::{
    cloud::Balancer,
    sim::World,
    unit::{BalancerKind, SignedDuration},
};

/// Performs an operation; nothing if the service has none of this name here.
pub(super) fn perform(
    world: &mut World,
    account: &str,
    operation: &str,
    args: Args<'_>,
) -> Option<Result<Node, Fault>> {
    match operation {
        "DescribeLoadBalancers" => Some(describe(world, account, args)),
        "DescribeInstanceHealth" => Some(health(world, account, args)),
        "DescribeLoadBalancerAttributes" => Some(attributes(world, account, args)),
        "DescribeTags" => Some(tags(world, account, args)),
        _ => None,
    }
}

fn describe(world: &mut World, account: &str, args: Args<'_>) -> Result<Node, Fault> {
    let names = args.texts("LoadBalancerNames")?;
    let found = named(world, account, &names)?;
    let zones = zone_names(world);
    let descriptions = Node::members(found.iter().map(|balancer| description(balancer, &zones)));
    Ok(record([("LoadBalancerDescriptions", descriptions)]))
}

fn health(world: &mut World, account: &str, args: Args<'_>) -> Result<Node, Fault> {
    let name = args.needed_text("LoadBalancerName")?;
    let balancer = one(world, account, name)?;
    let health = world.target_health(account, &balancer.name)?;
    let states = instance_ids(&balancer, health.registered).zip(0..).map(|(id, n)| {
        let (state, reason, description) = if n < health.healthy {
            ("InService", "N/A", "N/A")
        } else {
            let why = "Instance has failed at least the UnhealthyThreshold number of health checks \
                       consecutively.";
            ("OutOfService", "Instance", why)
        };
        record([
            ("InstanceId", Node::from(id)),
            ("State", state.into()),
            ("ReasonCode", reason.into()),
            ("Description", description.into()),
        ])
    });
    Ok(record([("InstanceStates", Node::members(states))]))
}

fn attributes(world: &mut World, account: &str, args: Args<'_>) -> Result<Node, Fault> {
    let balancer = one(world, account, args.needed_text("LoadBalancerName")?)?;
    let tail = world.tail(account, &balancer.name)?;
    let seconds = |time: Option<SignedDuration>| Node::Whole(time.unwrap_or_default().as_secs());
    let enabled = |enabled| record([("Enabled", Node::Flag(enabled))]);
    let draining = record([("Enabled", Node::Flag(true)), ("Timeout", seconds(tail.draining))]);
    let attributes = record([
        ("CrossZoneLoadBalancing", enabled(true)),
        ("AccessLog", enabled(false)),
        ("ConnectionDraining", draining),
        ("ConnectionSettings", record([("IdleTimeout", seconds(tail.idle))])),
    ]);
    Ok(record([("LoadBalancerAttributes", attributes)]))
}

/// Tags are not simulated: nothing has any.
fn tags(world: &mut World, account: &str, args: Args<'_>) -> Result<Node, Fault> {
    let names = args.texts("LoadBalancerNames")?;
    let found = named(world, account, &names)?;
    let untagged = |balancer: &Balancer| {
        record([
            ("LoadBalancerName", Node::from(balancer.name.name.as_str())),
            ("Tags", Node::members([])),
        ])
    };
    Ok(record([("TagDescriptions", Node::members(found.iter().map(untagged)))]))
}

fn description(balancer: &Balancer, zones: &[String]) -> Node {
    let listener = record([
        ("Protocol", "HTTP".into()),
        ("LoadBalancerPort", Node::Whole(80)),
        ("InstanceProtocol", "HTTP".into()),
        ("InstancePort", Node::Whole(80)),
    ]);
    let check = record([
        ("Target", "HTTP:80/".into()),
        ("Interval", Node::Whole(30)),
        ("Timeout", Node::Whole(5)),
        ("UnhealthyThreshold", Node::Whole(2)),
        ("HealthyThreshold", Node::Whole(10)),
    ]);
    let listener = record([("Listener", listener), ("PolicyNames", Node::members([]))]);
    record([
        ("LoadBalancerName", Node::from(balancer.name.name.as_str())),
        ("DNSName", Node::from(balancer.dns_name.as_str())),
        ("CanonicalHostedZoneName", Node::from(balancer.dns_name.as_str())),
        ("CanonicalHostedZoneNameID", Node::from(balancer.zone_id.as_str())),
        ("ListenerDescriptions", Node::members([listener])),
        ("AvailabilityZones", Node::members(zones.iter().map(|name| Node::from(name.as_str())))),
        ("VPCId", VPC.into()),
        ("HealthCheck", check),
        ("CreatedTime", Node::Time(CREATED)),
        ("Scheme", if balancer.internal { "internal" } else { "internet-facing" }.into()),
    ])
}

fn one(world: &mut World, account: &str, name: &str) -> Result<Balancer, Fault> {
    named(world, account, &[name])?.pop().ok_or_else(|| not_found(name))
}

/// Returns the classic load balancers with these names, in their order; all of them without names.
fn named(world: &mut World, account: &str, names: &[&str]) -> Result<Vec<Balancer>, Fault> {
    let mut classic = world.balancers(account)?;
    classic.retain(|balancer| balancer.name.kind == BalancerKind::Classic);
    if names.is_empty() {
        return Ok(classic);
    }
    let find = |name: &&str| {
        let found = classic.iter().find(|balancer| balancer.name.name == *name);
        found.cloned().ok_or_else(|| not_found(name))
    };
    names.iter().map(find).collect()
}

fn not_found(name: &str) -> Fault {
    Fault::refused(
        "LoadBalancerNotFound",
        format!("There is no ACTIVE Load Balancer named '{name}'"),
    )
}
