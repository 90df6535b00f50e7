//! What stands around the invented load balancers without mattering: instances, network, dates.

use crate::{cloud::Balancer, sim::World, unit::Timestamp};

/// When everything was created.
pub(super) const CREATED: Timestamp = Timestamp::constant(1_577_836_800, 0);

/// The network that everything stands in.
pub(super) const VPC: &str = "vpc-00000000000000000";

/// Returns the ids of a load balancer's targets, always the same ones.
pub(super) fn instance_ids(balancer: &Balancer, count: u32) -> impl Iterator<Item = String> {
    // Different for each load balancer, so that nobody counts an instance twice.
    let text = balancer.dimension.bytes().chain(balancer.dns_name.bytes());
    let mark = text.fold(0_u32, |mark, byte| mark.wrapping_mul(31).wrapping_add(byte.into()));
    (0..count).map(move |n| format!("i-{mark:08x}{n:09x}"))
}

/// Returns the names of the availability zones.
pub(super) fn zone_names(world: &World) -> [String; 2] {
    ["a", "b"].map(|letter| format!("{}{letter}", world.stage().region))
}
