//! The operations that read hosted zones.

use super::max_items;
use crate::{
    plan::{Zone, ZoneId},
    sim::{
        World,
        wire::{
            codec::{Node, record},
            fault::Fault,
            instance::VPC,
            request::Request,
        },
        world::place,
    },
    unit::RecordName,
};

/// Most zones on a page.
const PAGE: usize = 100;

pub(super) fn list(world: &mut World, account: &str, request: &Request) -> Result<Node, Fault> {
    let limit = max_items(request, PAGE)?;
    let marker = request.parameter("marker").unwrap_or("");
    let only_private = request.parameter("hostedzonetype") == Some("PrivateHostedZone");
    let mut zones = world.zones(account)?;
    zones.retain(|zone| zone.private || !only_private);
    zones.sort_by(|a, b| a.id.cmp(&b.id));
    let rest = &zones[zones.partition_point(|zone| zone.id.0.as_str() < marker)..];
    let mut fields = vec![
        ("HostedZones", hosted_zones(rest, limit)),
        ("Marker", Node::from(marker)),
        ("IsTruncated", Node::Flag(rest.len() > limit)),
    ];
    if let Some(next) = rest.get(limit) {
        fields.push(("NextMarker", Node::from(next.id.0.as_str())));
    }
    fields.push(("MaxItems", Node::from(limit.to_string())));
    Ok(Node::Record(fields))
}

pub(super) fn list_by_name(
    world: &mut World,
    account: &str,
    request: &Request,
) -> Result<Node, Fault> {
    let limit = max_items(request, PAGE)?;
    let asked = request.parameter("dnsname").filter(|name| !name.is_empty());
    let from = match asked {
        Some(text) => place(&text.parse::<RecordName>().map_err(|error| {
            Fault::refused("InvalidDomainName", format!("Invalid domain name: {error}"))
        })?),
        None => String::new(),
    };
    let start = (from, request.parameter("hostedzoneid").unwrap_or("").to_owned());
    let order = |zone: &Zone| (place(&zone.name), zone.id.0.clone());
    let mut zones = world.zones(account)?;
    zones.sort_by_cached_key(order);
    let rest = &zones[zones.partition_point(|zone| order(zone) < start)..];
    let mut fields = vec![("HostedZones", hosted_zones(rest, limit))];
    if let Some(name) = asked {
        fields.push(("DNSName", Node::from(name)));
    }
    fields.push(("IsTruncated", Node::Flag(rest.len() > limit)));
    if let Some(next) = rest.get(limit) {
        fields.push(("NextDNSName", Node::from(next.name.escaped())));
        fields.push(("NextHostedZoneId", Node::from(next.id.0.as_str())));
    }
    fields.push(("MaxItems", Node::from(limit.to_string())));
    Ok(Node::Record(fields))
}

pub(super) fn count(world: &mut World, account: &str) -> Result<Node, Fault> {
    let count = world.zones(account)?.len();
    Ok(record([("HostedZoneCount", Node::Text(count.to_string()))]))
}

pub(super) fn describe(world: &mut World, account: &str, id: &ZoneId) -> Result<Node, Fault> {
    let (zone, details) = world.hosted_zone(account, id)?;
    let place = if zone.private {
        let region = Node::from(world.stage().region.as_str());
        let vpc = [("VPCRegion", region), ("VPCId", VPC.into())];
        ("VPCs", Node::List("VPC", vec![record(vpc)]))
    } else {
        let server = |n| Node::from(format!("ns-{n}.awsdns-{n}.test"));
        let servers = Node::List("NameServer", (1..=4).map(server).collect());
        ("DelegationSet", record([("NameServers", servers)]))
    };
    let mut fields = hosted_zone(&zone);
    if let Some(records) = details.records {
        fields.push(("ResourceRecordSetCount", Node::Text(records.to_string())));
    }
    if let Some(service) = details.linked_service {
        fields.push(("LinkedService", record([("ServicePrincipal", Node::from(service))])));
    }
    if let Some(status) = details.recovery {
        fields.push(("Features", record([("AcceleratedRecoveryStatus", Node::from(status))])));
    }
    Ok(record([("HostedZone", Node::Record(fields)), place]))
}

/// One of the limits is simulated.
pub(super) fn limit(
    world: &mut World,
    account: &str,
    id: &ZoneId,
    kind: &str,
) -> Result<Node, Fault> {
    if kind != "MAX_RRSETS_BY_ZONE" {
        let message = format!("The simulator has no limit {kind} of a hosted zone");
        return Err(Fault::refused("InvalidInput", message));
    }
    let (most, count) = world.most_records(account, id)?;
    let limit = record([("Type", Node::from(kind)), ("Value", Node::Text(most.to_string()))]);
    Ok(record([("Limit", limit), ("Count", Node::Text(count.to_string()))]))
}

/// Tags are not simulated: nothing has any.
pub(super) fn tags(kind: &str, id: &str) -> Node {
    let set = record([
        ("ResourceType", Node::from(kind)),
        ("ResourceId", Node::from(id)),
        ("Tags", Node::List("Tag", Vec::new())),
    ]);
    record([("ResourceTagSet", set)])
}

fn hosted_zones(zones: &[Zone], limit: usize) -> Node {
    Node::List(
        "HostedZone",
        zones.iter().take(limit).map(|zone| Node::Record(hosted_zone(zone))).collect(),
    )
}

fn hosted_zone(zone: &Zone) -> Vec<(&'static str, Node)> {
    vec![
        ("Id", Node::from(format!("/hostedzone/{}", zone.id))),
        ("Name", Node::from(zone.name.escaped())),
        ("CallerReference", Node::from(format!("cutover-sim-{}", zone.id))),
        ("Config", record([("PrivateZone", Node::Flag(zone.private))])),
    ]
}
