//! EC2 over its own query protocol, version 2016-11-15: DescribeVpcPeeringConnections and DescribeRouteTables, as far as
//! peering connections are concerned.

use super::{
    codec::{Args, Malformed, Node, record},
    fault::Fault,
};
use crate::{
    plan::{Peering, PeeringEnd, PeeringRoute},
    sim::World,
};

/// The one filter of route tables that there is.
const THROUGH: &str = "route.vpc-peering-connection-id";

/// Performs an operation; nothing if EC2 has none of this name here.
pub(super) fn perform(
    world: &World,
    account: &str,
    operation: &str,
    args: Args<'_>,
) -> Option<Result<Node, Fault>> {
    match operation {
        "DescribeVpcPeeringConnections" => Some(connections(world, account, args)),
        "DescribeRouteTables" => Some(tables(world, account, args)),
        _ => None,
    }
}

/// Returns the texts of a list, whose items EC2 numbers right behind its name, as in `Value.1`.
fn numbered<'a>(args: Args<'a>, name: &str) -> Result<Vec<&'a str>, Malformed> {
    let items = args.field(name).and_then(|field| field.0.as_object());
    let Some(items) = items else { return Ok(Vec::new()) };
    let of = args.field(name).unwrap_or(args);
    items.keys().map(|number| of.needed_text(number)).collect()
}

fn connections(world: &World, account: &str, args: Args<'_>) -> Result<Node, Fault> {
    let ids = numbered(args, "VpcPeeringConnectionId")?;
    if ids.is_empty() {
        let message = "The simulator tells of peering connections by VpcPeeringConnectionId alone";
        return Err(Fault::refused("MissingParameter", message));
    }
    let mut found = Vec::new();
    for id in ids {
        let peering = world.peering(account, id).ok_or_else(|| {
            let message = format!("The vpcPeeringConnection ID '{id}' does not exist");
            Fault::refused("InvalidVpcPeeringConnectionID.NotFound", message)
        })?;
        found.push(connection(id, &peering));
    }
    Ok(record([("vpcPeeringConnectionSet", Node::List("item", found))]))
}

fn connection(id: &str, peering: &Peering) -> Node {
    let end = |end: &PeeringEnd| {
        let range = |range: &String| record([("cidrBlock", Node::from(range.as_str()))]);
        record([
            ("ownerId", Node::from(end.account.as_str())),
            ("vpcId", Node::from(end.vpc.as_str())),
            ("cidrBlock", Node::from(end.ranges.first().map_or("", String::as_str))),
            ("cidrBlockSet", Node::List("item", end.ranges.iter().map(range).collect())),
            ("region", Node::from(end.region.as_deref().unwrap_or_default())),
        ])
    };
    let status = record([
        ("code", Node::from(peering.status.as_str())),
        ("message", Node::from(peering.message.as_str())),
    ]);
    record([
        ("vpcPeeringConnectionId", Node::from(id)),
        ("requesterVpcInfo", end(&peering.requester)),
        ("accepterVpcInfo", end(&peering.accepter)),
        ("status", status),
    ])
}

fn tables(world: &World, account: &str, args: Args<'_>) -> Result<Node, Fault> {
    let filters = args.field("Filter").and_then(|field| field.0.as_object());
    let mut ids = Vec::new();
    for filter in filters.into_iter().flat_map(|filters| filters.values()).map(Args) {
        let name = filter.needed_text("Name")?;
        if name != THROUGH {
            let message = format!("The simulator does not look for route tables by {name}");
            return Err(Fault::refused("InvalidParameterValue", message));
        }
        ids.extend(numbered(filter, "Value")?);
    }
    if ids.is_empty() {
        let message = format!("The simulator looks for route tables by {THROUGH} alone");
        return Err(Fault::refused("MissingParameter", message));
    }
    let of = |id: &str| {
        let routes = world.peering_routes(account, id).into_iter();
        routes.map(|route| table(id, &route)).collect::<Vec<_>>()
    };
    Ok(record([("routeTableSet", Node::List("item", ids.into_iter().flat_map(of).collect()))]))
}

fn table(id: &str, route: &PeeringRoute) -> Node {
    let through = record([
        ("destinationCidrBlock", Node::from(route.destination.as_str())),
        ("vpcPeeringConnectionId", Node::from(id)),
        ("state", if route.active { "active" } else { "blackhole" }.into()),
        ("origin", "CreateRoute".into()),
    ]);
    record([
        ("routeTableId", Node::from(route.table.as_str())),
        ("vpcId", Node::from(route.vpc.as_str())),
        ("routeSet", Node::List("item", vec![through])),
    ])
}
