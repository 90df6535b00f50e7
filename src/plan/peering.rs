//! VPC peering connections: active, and with routes both ways as far as the API shows it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::Snapshot;
use crate::{
    runbook::{Runbook, model::PeeringCheck},
    unit::Side,
};

/// A VPC peering connection as one account sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peering {
    /// Its status, such as `active` or `pending-acceptance`.
    pub status: String,
    /// More about the status, in EC2's words.
    pub message: String,
    /// Who asked for it.
    pub requester: PeeringEnd,
    /// Who was asked.
    pub accepter: PeeringEnd,
    /// Routes of this account and region that lead through it; nothing where they may not be read.
    pub routes: Option<Vec<PeeringRoute>>,
}

/// One of the two VPCs of a peering connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeeringEnd {
    /// Twelve-digit id of the account that owns the VPC.
    pub account: String,
    /// Id of the VPC.
    pub vpc: String,
    /// Its region, where EC2 tells.
    pub region: Option<String>,
    /// Its address ranges, as far as they are told.
    pub ranges: Vec<String>,
}

/// A route that leads through a peering connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeeringRoute {
    /// Id of the route table that it stands in.
    pub table: String,
    /// Id of the VPC that the table is of.
    pub vpc: String,
    /// Where it leads: an address range, or the id of a prefix list.
    pub destination: String,
    /// Whether it leads there; it does not where it is a blackhole.
    pub active: bool,
}

/// What is wrong with the peering connections of a runbook, and what is worth a second thought about them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PeeringFindings {
    pub(super) problems: Vec<String>,
    pub(super) hazards: Vec<String>,
}

/// Checks every peering connection that the runbook names.
pub(super) fn peerings(runbook: &Runbook, snapshot: &Snapshot) -> PeeringFindings {
    let mut found = PeeringFindings::default();
    for check in &runbook.preflight.vpc_peering {
        let nowhere = BTreeMap::new();
        let seen = snapshot.peerings.get(&check.id).unwrap_or(&nowhere);
        let Some(peering) = seen.get(&check.side) else {
            found.problems.push(format!(
                "peering {}: there is no such VPC peering connection in the {} account\'s region; look for it with \
                 `aws ec2 describe-vpc-peering-connections`, or take it out of `preflight.vpc_peering`",
                check.id, check.side
            ));
            continue;
        };
        if peering.status == "active" {
            let (requester, accepter) = (&peering.requester, &peering.accepter);
            for (from, to) in [(requester, accepter), (accepter, requester)] {
                way(check, (from, to), seen, snapshot, &mut found);
            }
        } else {
            found.problems.push(inactive(check, peering));
        }
    }
    // A connection may stand under both of its sides.
    for told in [&mut found.problems, &mut found.hazards] {
        told.sort();
        told.dedup();
    }
    found
}

fn inactive(check: &PeeringCheck, peering: &Peering) -> String {
    let message = peering.message.trim().trim_end_matches('.');
    let why = if message.is_empty() { String::new() } else { format!(" ({message})") };
    let next = if peering.status == "pending-acceptance" {
        format!("accept it in the account {}", peering.accepter.account)
    } else {
        "only an active one carries traffic; see in the VPC console of both accounts".to_owned()
    };
    format!("peering {}: it is {}, not active{why}; {next}", check.id, peering.status)
}

/// Says whether the routes of one VPC lead to the other.
fn way(
    check: &PeeringCheck,
    (from, to): (&PeeringEnd, &PeeringEnd),
    seen: &BTreeMap<Side, Peering>,
    snapshot: &Snapshot,
    found: &mut PeeringFindings,
) {
    let (id, vpc, there) = (&check.id, &from.vpc, to.ranges.join(", "));
    let there = if there.is_empty() { to.vpc.clone() } else { there };
    let read = |(side, peering): (&Side, &Peering)| {
        let owns = snapshot.accounts.get(&side.account()) == Some(&from.account);
        owns && peering.routes.is_some()
    };
    let routes: Vec<&PeeringRoute> = seen
        .values()
        .flat_map(|peering| peering.routes.iter().flatten())
        .filter(|route| route.vpc == *vpc)
        .collect();
    // In two regions of one account nobody can tell the region that was looked into from the other one.
    let elsewhere = from.account == to.account && from.region != to.region;
    if !seen.iter().any(read) || (elsewhere && routes.is_empty()) {
        found.hazards.push(format!(
            "peering {id}: whether {vpc} of the account {} has a route to {there} was not seen; look at its route tables there",
            from.account
        ));
        return;
    }
    let dead = routes.iter().filter(|route| !route.active);
    found.problems.extend(dead.map(|route| {
        format!(
            "peering {id}: the route to {} in {} of {vpc} is a blackhole; mend it or take it out",
            route.destination, route.table
        )
    }));
    let leads = |range: &String| {
        routes.iter().any(|route| route.active && overlap(&route.destination, range))
    };
    let missed: Vec<&str> = to.ranges.iter().filter(|r| !leads(r)).map(String::as_str).collect();
    let any = routes.iter().any(|route| route.active);
    let all_missed = !missed.is_empty() && missed.len() == to.ranges.len();
    if !any || all_missed {
        found.problems.push(format!(
            "peering {id}: no route table of {vpc} has a route to {there} through it; add one where the load balancers and \
             targets are"
        ));
    } else if !missed.is_empty() {
        found.hazards.push(format!(
            "peering {id}: no route of {vpc} leads to {} through it, though one does to the rest of {}; see whether anything there \
             is needed",
            missed.join(", "),
            to.vpc
        ));
    }
}

/// Returns whether two address ranges have an address in common. What is no range, as a prefix list, may be any.
fn overlap(one: &str, other: &str) -> bool {
    let (Some(one), Some(other)) = (range(one), range(other)) else { return true };
    match (one.0, other.0) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            let shift = 32_u32.saturating_sub(one.1.min(other.1));
            let network = |address: u32| address.checked_shr(shift).unwrap_or_default();
            network(a.to_bits()) == network(b.to_bits())
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => {
            let shift = 128_u32.saturating_sub(one.1.min(other.1));
            let network = |address: u128| address.checked_shr(shift).unwrap_or_default();
            network(a.to_bits()) == network(b.to_bits())
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

fn range(text: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = text.split_once('/')?;
    Some((address.parse().ok()?, length.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_overlap_where_one_is_in_the_other() {
        for (one, other, wanted) in [
            ("10.1.0.0/16", "10.1.0.0/16", true),
            ("10.1.2.0/24", "10.1.0.0/16", true),
            ("10.0.0.0/8", "10.1.0.0/16", true),
            ("0.0.0.0/0", "10.1.0.0/16", true),
            ("10.2.0.0/16", "10.1.0.0/16", false),
            ("10.1.0.1/32", "10.1.0.2/32", false),
            ("fd00::/8", "fd00:1::/56", true),
            ("::/0", "fd00:1::/56", true),
            ("fd00:2::/56", "fd00:1::/56", false),
            ("10.1.0.0/16", "fd00:1::/56", false),
            ("pl-0123", "10.1.0.0/16", true),
            ("10.1.0.0/99", "10.1.0.0/16", true),
        ] {
            assert_eq!(overlap(one, other), wanted, "{one} {other}");
            assert_eq!(overlap(other, one), wanted, "{other} {one}");
        }
    }
}
