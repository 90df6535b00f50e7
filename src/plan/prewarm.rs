//! What is to be reserved before a cutover, and taken back after it.

use super::{Demand, LEAST_UNITS, Reservation};
use crate::unit::{BalancerKind, Side};

/// What is to be done about one load balancer.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// The load balancer, and what it has to carry.
    pub demand: Demand,
    /// What is to be done.
    pub to: Deed,
}

/// What is to be done about the capacity of a load balancer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Reserve so many units, in place of what is reserved.
    Reserve(u32),
    /// Reserve nothing any more.
    Remove,
    /// Nothing, for this reason.
    Nothing(&'static str),
}

/// What somebody asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// As much as the plan needs.
    Enough,
    /// So many units for each load balancer.
    Units(u32),
    /// That nothing is reserved.
    Nothing,
}

/// Returns what has to be done about each load balancer of these sides; `part` is the part of all traffic that a side
/// carries at most. What is enough already is left as it is, and never lowered.
pub fn wishes(
    demands: &[Demand],
    sides: &[Side],
    wanted: Wanted,
    part: impl Fn(Side) -> f64,
) -> Vec<Wish> {
    let of = demands.iter().filter(|demand| sides.contains(&demand.side));
    of.map(|demand| Wish { demand: demand.clone(), to: deed(demand, wanted, part(demand.side)) })
        .collect()
}

fn deed(demand: &Demand, wanted: Wanted, part: f64) -> Deed {
    if demand.balancer.kind == BalancerKind::Classic {
        return Deed::Nothing(
            "nothing can be reserved for a classic load balancer; ask AWS support to pre-warm it, as `cutover plan` says",
        );
    }
    let nothing = Reservation::default();
    let now = demand.reservation.as_ref().and_then(|found| found.as_ref().ok()).unwrap_or(&nothing);
    let has = now.units.unwrap_or_default();
    let units = match wanted {
        Wanted::Nothing if has == 0 => return Deed::Nothing("nothing is reserved"),
        Wanted::Nothing if now.is_under_way() => return Deed::Nothing(UNDER_WAY),
        Wanted::Nothing => return Deed::Remove,
        Wanted::Units(units) => units.max(LEAST_UNITS),
        Wanted::Enough => demand.to_reserve(part),
    };
    match (has >= units, now.ready().is_some(), now.is_under_way()) {
        (true, true, _) => Deed::Nothing("that is enough"),
        (_, _, true) => Deed::Nothing(UNDER_WAY),
        (_, _, false) => Deed::Reserve(units),
    }
}

/// Why nothing is asked for while AWS works on what was asked before.
const UNDER_WAY: &str = "AWS is at work on it and takes no other request meanwhile; the same command again says how far it is";
