//! What load balancers say of themselves beside their targets: how long connections last, and what is reserved for them.

use super::{Operation, World, api::failure};
use crate::{
    cloud::{CloudError, CloudErrorKind, Reservation, Tail},
    plan::{LEAST_UNITS, ReservationState, ReservedZone},
    sim::Stage,
    unit::{BalancerKind, BalancerName, SignedDuration, Timestamp},
};

/// Requests a minute that a load balancer carries for each unit that is reserved for it: 25 a second.
const REQUESTS_OF_A_UNIT: f64 = 1500.0;
/// How long capacity takes to be provisioned; most requests take a few minutes.
const PROVISIONED_AFTER: SignedDuration = SignedDuration::from_mins(4);
/// Most units that an account may reserve for one load balancer.
const MOST_UNITS: u32 = 15_000;

/// What is reserved for a load balancer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reserved {
    units: u32,
    /// When it is there.
    ready: Timestamp,
}

/// Returns what is reserved when the world begins.
pub(super) fn reserved(stage: &Stage, start: Timestamp) -> Vec<Option<Reserved>> {
    let units = |arn: &Option<String>| stage.reserved.get(arn.as_ref()?).copied();
    let of = |arn| units(arn).map(|units| Reserved { units, ready: start });
    stage.balancers.iter().map(|staged| of(&staged.balancer.arn)).collect()
}

impl World {
    /// Returns how long connections to a load balancer last: AWS's defaults.
    ///
    /// # Errors
    /// The account has no such load balancer.
    pub fn tail(&self, account: &str, name: &BalancerName) -> Result<Tail, CloudError> {
        self.position(account, name, Operation::DescribeLoadBalancerAttributes)?;
        let seconds = |seconds| Some(SignedDuration::from_secs(seconds));
        let draining = seconds(300);
        Ok(match name.kind {
            BalancerKind::Classic => Tail { keep_alive: None, idle: seconds(60), draining },
            BalancerKind::Application => {
                Tail { keep_alive: seconds(3600), idle: seconds(60), draining }
            }
            BalancerKind::Network => Tail { draining, ..Tail::default() },
        })
    }

    /// Returns what is reserved for a load balancer.
    ///
    /// # Errors
    /// The account has no such load balancer.
    pub fn reservation(
        &self,
        account: &str,
        name: &BalancerName,
    ) -> Result<Reservation, CloudError> {
        let at = self.position(account, name, Operation::DescribeCapacityReservation)?;
        Ok(self.told(at))
    }

    /// Reserves so many units in place of what is reserved, or none.
    ///
    /// # Errors
    /// The account has no such load balancer, an earlier request is under way, or it is too few or too many.
    pub fn reserve(
        &mut self,
        account: &str,
        name: &BalancerName,
        units: Option<u32>,
    ) -> Result<Reservation, CloudError> {
        let operation = Operation::ModifyCapacityReservation;
        let at = self.position(account, name, operation)?;
        let refused = |code, message: &str| {
            let kind = CloudErrorKind::Rejected;
            Err(failure(operation, &format!("load balancer {name}"), kind, Some(code), message))
        };
        if self.told(at).is_under_way() {
            let message = "There is a pending capacity reservation.";
            return refused("CapacityReservationPending", message);
        }
        match units {
            _ if name.kind == BalancerKind::Classic => {
                return refused("ValidationError", "a classic load balancer has no capacity units");
            }
            Some(units) if units < LEAST_UNITS => {
                return refused(
                    "InvalidConfigurationRequest",
                    "The minimum reservation is 100 LCUs",
                );
            }
            Some(units) if units > MOST_UNITS => {
                let message = "You've exceeded the capacity units limit.";
                return refused("CapacityUnitsLimitExceeded", message);
            }
            Some(_) | None => {}
        }
        let ready = self.now.saturating_add(PROVISIONED_AFTER).unwrap_or(Timestamp::MAX);
        self.reserved[at] = units.map(|units| Reserved { units, ready });
        Ok(self.told(at))
    }

    /// Raises what load balancers carry at once to what is reserved for them by now.
    pub(super) fn warm_reserved(&mut self) {
        for (station, reserved) in self.stations.iter_mut().zip(&self.reserved) {
            if let Some(reserved) = reserved.filter(|reserved| reserved.ready <= self.now) {
                station.warm_to(f64::from(reserved.units) * REQUESTS_OF_A_UNIT);
            }
        }
    }

    fn told(&self, at: usize) -> Reservation {
        let Some(reserved) = self.reserved[at] else { return Reservation::default() };
        let state = if reserved.ready <= self.now {
            ReservationState::Provisioned
        } else {
            ReservationState::Pending
        };
        let zone = |letter| {
            let zone = format!("{}{letter}", self.stage.region);
            ReservedZone { zone, state, reason: String::new() }
        };
        Reservation { units: Some(reserved.units), zones: ["a", "b"].map(zone).to_vec() }
    }

    fn position(
        &self,
        account: &str,
        name: &BalancerName,
        operation: Operation,
    ) -> Result<usize, CloudError> {
        let mut all = self.stage.balancers.iter();
        let found = all.position(|own| own.account == account && own.balancer.name == *name);
        found.ok_or_else(|| {
            let (kind, code) = (CloudErrorKind::NotFound, Some("LoadBalancerNotFound"));
            let message = "there is no load balancer of that name";
            failure(operation, &format!("load balancer {name}"), kind, code, message)
        })
    }
}
