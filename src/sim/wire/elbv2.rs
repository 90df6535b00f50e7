//! Application and network load balancers over the query protocol, version 2015-12-01.
//!
//! Every load balancer has one target group, whose ARN is made from its own: no table is needed to find the way back.

use super::{
    codec::{Args, Node, record},
    fault::Fault,
    instance::{CREATED, VPC, instance_ids, zone_names},
};
use crate::{
    cloud::{Balancer, Reservation},
    plan::ReservedZone,
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
        "DescribeTargetGroups" => Some(target_groups(world, account, args)),
        "DescribeTargetHealth" => Some(health(world, account, args)),
        "DescribeLoadBalancerAttributes" => Some(attributes(world, account, args)),
        "DescribeTargetGroupAttributes" => Some(group_attributes(world, account, args)),
        "DescribeCapacityReservation" => Some(reservation(world, account, args)),
        "ModifyCapacityReservation" => Some(reserve(world, account, args)),
        "DescribeTags" => Some(tags(args)),
        _ => None,
    }
}

fn describe(world: &mut World, account: &str, args: Args<'_>) -> Result<Node, Fault> {
    let (names, arns) = (args.texts("Names")?, args.texts("LoadBalancerArns")?);
    let mut found = newer(world, account)?;
    let has = |name: &&&str, found: &[Balancer]| {
        found.iter().any(|b| b.name.name == **name || b.arn.as_deref() == Some(**name))
    };
    let wanted: Vec<&str> = names.into_iter().chain(arns).collect();
    let missing: Vec<&&str> = wanted.iter().filter(|name| !has(name, &found)).collect();
    if let Some(name) = missing.first() {
        return Err(not_found(name));
    }
    if !wanted.is_empty() {
        let named = |b: &Balancer| {
            wanted.iter().any(|name| b.name.name == *name || b.arn.as_deref() == Some(name))
        };
        found.retain(named);
    }
    let zones = zone_names(world);
    Ok(record([(
        "LoadBalancers",
        Node::members(found.iter().map(|balancer| description(balancer, &zones))),
    )]))
}

fn target_groups(world: &mut World, account: &str, args: Args<'_>) -> Result<Node, Fault> {
    let wanted = args.text("LoadBalancerArn")?;
    let groups = args.texts("TargetGroupArns")?;
    let names = args.texts("Names")?;
    let mut found = newer(world, account)?;
    if let Some(arn) = wanted {
        found.retain(|balancer| balancer.arn.as_deref() == Some(arn));
        if found.is_empty() {
            return Err(not_found(arn));
        }
    }
    let asked = !(groups.is_empty() && names.is_empty());
    if asked {
        found.retain(|balancer| {
            groups.contains(&group_arn(balancer).as_str())
                || names.contains(&balancer.name.name.as_str())
        });
        if found.is_empty() {
            return Err(group_not_found());
        }
    }
    Ok(record([("TargetGroups", Node::members(found.iter().map(group)))]))
}

fn health(world: &mut World, account: &str, args: Args<'_>) -> Result<Node, Fault> {
    let arn = args.needed_text("TargetGroupArn")?;
    let found = newer(world, account)?;
    let balancer = found.iter().find(|b| group_arn(b) == arn).ok_or_else(group_not_found)?;
    let health = world.target_health(account, &balancer.name)?;
    let targets = instance_ids(balancer, health.registered).zip(0..).map(|(id, n)| {
        let state = if n < health.healthy {
            record([("State", "healthy".into())])
        } else {
            record([
                ("State", "unhealthy".into()),
                ("Reason", "Target.FailedHealthChecks".into()),
                ("Description", "Health checks failed".into()),
            ])
        };
        record([
            ("Target", record([("Id", Node::from(id)), ("Port", Node::Whole(80))])),
            ("HealthCheckPort", "80".into()),
            ("TargetHealth", state),
        ])
    });
    Ok(record([("TargetHealthDescriptions", Node::members(targets))]))
}

/// What both kinds have, at AWS's defaults.
const ATTRIBUTES: [(&str, &str); 3] = [
    ("deletion_protection.enabled", "false"),
    ("access_logs.s3.enabled", "false"),
    ("load_balancing.cross_zone.enabled", "true"),
];

fn attributes(world: &mut World, account: &str, args: Args<'_>) -> Result<Node, Fault> {
    let balancer = by_arn(world, account, args)?;
    let tail = world.tail(account, &balancer.name)?;
    let text = |seconds: SignedDuration| seconds.as_secs().to_string();
    let http2 = (balancer.name.kind == BalancerKind::Application).then(|| "true".to_owned());
    // What only application load balancers have.
    let more = [
        ("idle_timeout.timeout_seconds", tail.idle.map(text)),
        ("client_keep_alive.seconds", tail.keep_alive.map(text)),
        ("routing.http2.enabled", http2),
    ];
    let more = more.into_iter().filter_map(|(key, value)| Some((key, value?)));
    let all = ATTRIBUTES.iter().map(|(key, value)| (*key, (*value).to_owned())).chain(more);
    Ok(record([("Attributes", Node::members(all.map(attribute)))]))
}

fn group_attributes(world: &mut World, account: &str, args: Args<'_>) -> Result<Node, Fault> {
    let arn = args.needed_text("TargetGroupArn")?;
    let found = newer(world, account)?;
    let balancer = found.iter().find(|b| group_arn(b) == arn).ok_or_else(group_not_found)?;
    let draining = world.tail(account, &balancer.name)?.draining.unwrap_or_default();
    let all = [
        ("deregistration_delay.timeout_seconds", draining.as_secs().to_string()),
        ("stickiness.enabled", "false".to_owned()),
    ];
    Ok(record([("Attributes", Node::members(all.map(attribute)))]))
}

fn attribute((key, value): (&str, String)) -> Node {
    record([("Key", Node::from(key)), ("Value", Node::from(value))])
}

fn reservation(world: &mut World, account: &str, args: Args<'_>) -> Result<Node, Fault> {
    let balancer = by_arn(world, account, args)?;
    Ok(reserved(&world.reservation(account, &balancer.name)?))
}

fn reserve(world: &mut World, account: &str, args: Args<'_>) -> Result<Node, Fault> {
    let balancer = by_arn(world, account, args)?;
    let reset = args.text("ResetCapacityReservation")? == Some("true");
    let wanted = args.field("MinimumLoadBalancerCapacity");
    let units = wanted.map(|wanted| wanted.whole("CapacityUnits")).transpose()?.flatten();
    let units = match (reset, units) {
        (true, None) => None,
        (false, Some(units)) => Some(
            u32::try_from(units)
                .map_err(|_| Fault::invalid("CapacityUnits is not a number of units"))?,
        ),
        (true, Some(_)) | (false, None) => {
            let message =
                "exactly one of MinimumLoadBalancerCapacity and ResetCapacityReservation is needed";
            return Err(Fault::refused("InvalidConfigurationRequest", message));
        }
    };
    Ok(reserved(&world.reserve(account, &balancer.name, units)?))
}

fn reserved(reservation: &Reservation) -> Node {
    let zone = |zone: &ReservedZone| {
        let mut state = vec![("Code", Node::from(zone.state.to_string()))];
        if !zone.reason.is_empty() {
            state.push(("Reason", Node::from(zone.reason.as_str())));
        }
        record([
            ("State", Node::Record(state)),
            ("AvailabilityZone", Node::from(zone.zone.as_str())),
        ])
    };
    let zones = Node::members(reservation.zones.iter().map(zone));
    let mut fields = vec![("LastModifiedTime", Node::Time(CREATED))];
    fields.push(("DecreaseRequestsRemaining", Node::Whole(2)));
    fields.extend(reservation.units.map(|units| {
        let units = record([("CapacityUnits", Node::Whole(units.into()))]);
        ("MinimumLoadBalancerCapacity", units)
    }));
    fields.push(("CapacityReservationState", zones));
    Node::Record(fields)
}

fn by_arn(world: &mut World, account: &str, args: Args<'_>) -> Result<Balancer, Fault> {
    let arn = args.needed_text("LoadBalancerArn")?;
    let mut found = newer(world, account)?.into_iter();
    found.find(|b| b.arn.as_deref() == Some(arn)).ok_or_else(|| not_found(arn))
}

/// Tags are not simulated: nothing has any.
fn tags(args: Args<'_>) -> Result<Node, Fault> {
    let untagged =
        |arn: &str| record([("ResourceArn", Node::from(arn)), ("Tags", Node::members([]))]);
    let descriptions = args.texts("ResourceArns")?.into_iter().map(untagged);
    Ok(record([("TagDescriptions", Node::members(descriptions))]))
}

fn description(balancer: &Balancer, zones: &[String]) -> Node {
    let zone = |name: &String| record([("ZoneName", Node::from(name.as_str()))]);
    record([
        ("LoadBalancerArn", Node::from(arn(balancer))),
        ("DNSName", Node::from(balancer.dns_name.as_str())),
        ("CanonicalHostedZoneId", Node::from(balancer.zone_id.as_str())),
        ("CreatedTime", Node::Time(CREATED)),
        ("LoadBalancerName", Node::from(balancer.name.name.as_str())),
        ("Scheme", if balancer.internal { "internal" } else { "internet-facing" }.into()),
        ("VpcId", VPC.into()),
        ("State", record([("Code", "active".into())])),
        ("Type", if is_network(balancer) { "network" } else { "application" }.into()),
        ("AvailabilityZones", Node::members(zones.iter().map(zone))),
        ("IpAddressType", "ipv4".into()),
    ])
}

fn group(balancer: &Balancer) -> Node {
    record([
        ("TargetGroupArn", Node::from(group_arn(balancer))),
        ("TargetGroupName", Node::from(balancer.name.name.as_str())),
        ("Protocol", if is_network(balancer) { "TCP" } else { "HTTP" }.into()),
        ("Port", Node::Whole(80)),
        ("VpcId", VPC.into()),
        ("LoadBalancerArns", Node::members([Node::from(arn(balancer))])),
        ("TargetType", "instance".into()),
        ("IpAddressType", "ipv4".into()),
    ])
}

fn is_network(balancer: &Balancer) -> bool {
    balancer.name.kind == BalancerKind::Network
}

fn arn(balancer: &Balancer) -> &str {
    balancer.arn.as_deref().unwrap_or("")
}

/// Turns `...:loadbalancer/app/NAME/ID` into `...:targetgroup/NAME/ID`.
fn group_arn(balancer: &Balancer) -> String {
    arn(balancer)
        .replace(":loadbalancer/app/", ":targetgroup/")
        .replace(":loadbalancer/net/", ":targetgroup/")
}

/// Returns all load balancers of the account but the classic ones.
fn newer(world: &mut World, account: &str) -> Result<Vec<Balancer>, Fault> {
    let mut balancers = world.balancers(account)?;
    balancers.retain(|balancer| balancer.name.kind != BalancerKind::Classic);
    Ok(balancers)
}

fn not_found(name: &str) -> Fault {
    Fault::refused("LoadBalancerNotFound", format!("Load balancers '[{name}]' not found"))
}

fn group_not_found() -> Fault {
    Fault::refused("TargetGroupNotFound", "One or more target groups not found")
}
