//! Capacity that is kept ready for a load balancer, however little it carries.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Fewest load balancer capacity units (LCU) that Elastic Load Balancing reserves.
pub const LEAST_UNITS: u32 = 100;

/// What Elastic Load Balancing says of the capacity that is reserved for one load balancer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reservation {
    /// Load balancer capacity units that are asked for; nothing where none are.
    pub units: Option<u32>,
    /// How far that is, in each availability zone.
    pub zones: Vec<ReservedZone>,
}

/// The part of a reservation that is in one availability zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReservedZone {
    /// Name of the zone, such as `us-west-2a`.
    pub zone: String,
    /// How far it is.
    pub state: ReservationState,
    /// Why, in AWS's words; empty where it does not say.
    pub reason: String,
}

/// How far a reservation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReservationState {
    /// The capacity is there.
    Provisioned,
    /// It is being made ready.
    Pending,
    /// A zone was added or removed, and the capacity is being spread anew.
    Rebalancing,
    /// It cannot be had at this time.
    Failed,
}

impl fmt::Display for ReservationState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Provisioned => "provisioned",
            Self::Pending => "pending",
            Self::Rebalancing => "rebalancing",
            Self::Failed => "failed",
        })
    }
}

impl Reservation {
    /// Returns the units that can be counted on: those of a reservation that is provisioned in all of its zones.
    pub fn ready(&self) -> Option<u32> {
        let provisioned = |zone: &ReservedZone| zone.state == ReservationState::Provisioned;
        let ready = !self.zones.is_empty() && self.zones.iter().all(provisioned);
        self.units.filter(|units| ready && *units > 0)
    }

    /// Returns true while an earlier request is being carried out, during which AWS takes no other.
    pub fn is_under_way(&self) -> bool {
        let busy = |zone: &ReservedZone| {
            matches!(zone.state, ReservationState::Pending | ReservationState::Rebalancing)
        };
        self.zones.iter().any(busy)
    }
}

/// Such as `200 LCU, provisioned` or `200 LCU: us-west-2a pending, us-west-2b failed (no capacity)`.
impl fmt::Display for Reservation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(units) = self.units.filter(|units| *units > 0) else {
            return f.write_str("nothing");
        };
        write!(f, "{units} LCU")?;
        if self.ready().is_some() {
            return f.write_str(", provisioned");
        }
        if self.zones.is_empty() {
            return f.write_str(", of which AWS does not say how far it is");
        }
        for (index, zone) in self.zones.iter().enumerate() {
            f.write_str(if index == 0 { ": " } else { ", " })?;
            write!(f, "{} {}", zone.zone, zone.state)?;
            if !zone.reason.is_empty() {
                write!(f, " ({})", zone.reason)?;
            }
        }
        Ok(())
    }
}
