//! Capacity that is reserved for application and network load balancers.

use aws_sdk_elasticloadbalancingv2::{
    Client,
    types::{
        CapacityReservationStateEnum, MinimumLoadBalancerCapacity, ZonalCapacityReservationState,
    },
};

use super::error::{Asked, plain};
use crate::{
    cloud::{CloudError, Reservation},
    plan::{ReservationState, ReservedZone},
};

pub(super) async fn read(
    client: &Client,
    arn: &str,
    asked: &Asked,
) -> Result<Reservation, CloudError> {
    let answer = client
        .describe_capacity_reservation()
        .load_balancer_arn(arn)
        .send()
        .await
        .map_err(|error| asked.failed(error))?;
    reservation(answer.minimum_load_balancer_capacity(), answer.capacity_reservation_state(), asked)
}

/// Asks for this many units in place of what is reserved, or for none at all.
pub(super) async fn write(
    client: &Client,
    arn: &str,
    units: Option<u32>,
    asked: &Asked,
) -> Result<Reservation, CloudError> {
    let request = client.modify_capacity_reservation().load_balancer_arn(arn);
    let request = match units {
        None => request.reset_capacity_reservation(true),
        Some(units) => {
            let units = i32::try_from(units).map_err(|_| {
                asked.refused(format!("{units} LCU are more than AWS can be asked for"))
            })?;
            let wanted = MinimumLoadBalancerCapacity::builder().capacity_units(units).build();
            request.minimum_load_balancer_capacity(wanted)
        }
    };
    let answer = request.send().await.map_err(|error| asked.failed(error))?;
    reservation(answer.minimum_load_balancer_capacity(), answer.capacity_reservation_state(), asked)
}

fn reservation(
    wanted: Option<&MinimumLoadBalancerCapacity>,
    zones: &[ZonalCapacityReservationState],
    asked: &Asked,
) -> Result<Reservation, CloudError> {
    let units = wanted.and_then(|wanted| wanted.capacity_units());
    let units =
        units.map(u32::try_from).transpose().map_err(|_| asked.nonsense("fewer than no LCU"))?;
    let zones = zones.iter().map(|zone| reserved(zone, asked)).collect::<Result<_, _>>()?;
    Ok(Reservation { units: units.filter(|units| *units > 0), zones })
}

fn reserved(
    zone: &ZonalCapacityReservationState,
    asked: &Asked,
) -> Result<ReservedZone, CloudError> {
    let name = zone.availability_zone().unwrap_or("a zone without a name");
    let status = zone.state();
    let state = match status.and_then(|status| status.code()) {
        Some(CapacityReservationStateEnum::Provisioned) => ReservationState::Provisioned,
        Some(CapacityReservationStateEnum::Pending) => ReservationState::Pending,
        Some(CapacityReservationStateEnum::Rebalancing) => ReservationState::Rebalancing,
        Some(CapacityReservationStateEnum::Failed) => ReservationState::Failed,
        Some(_) | None => {
            return Err(asked.nonsense(&format!("a state of {} that is none", name.escape_debug())));
        }
    };
    let reason = plain(status.and_then(|status| status.reason()).unwrap_or_default());
    Ok(ReservedZone { zone: plain(name), state, reason })
}
