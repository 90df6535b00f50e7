//! What is asked about capacity and connections, and how odd answers are read.

use super::*;
use crate::{
    plan::{Reservation, Tail},
    unit::SignedDuration,
};

const ARN: &str =
    "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/api/50dc6c495c0c9188";

fn balancer() -> Balancer {
    Balancer {
        name: BalancerName { kind: BalancerKind::Application, name: "api".to_owned() },
        dns_name: "api-1.us-east-1.elb.amazonaws.com".to_owned(),
        zone_id: "Z35SXDOTRQ7X7K".to_owned(),
        dimension: "app/api/50dc6c495c0c9188".to_owned(),
        arn: Some(ARN.to_owned()),
        internal: false,
    }
}

fn answer(operation: &str, inside: &str) -> Reply {
    Reply::ok(format!(
        "<{operation}Response xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/\">\
         <{operation}Result>{inside}</{operation}Result></{operation}Response>"
    ))
}

fn reserved(units: &str, code: &str) -> Reply {
    let zone = format!(
        "<member><AvailabilityZone>us-east-1a</AvailabilityZone>\
         <State><Code>{code}</Code><Reason>too\u{7f} little</Reason></State></member>"
    );
    let units = format!("<CapacityUnits>{units}</CapacityUnits>");
    answer(
        "DescribeCapacityReservation",
        &format!(
            "<MinimumLoadBalancerCapacity>{units}</MinimumLoadBalancerCapacity>\
             <CapacityReservationState>{zone}</CapacityReservationState>"
        ),
    )
}

#[tokio::test]
async fn a_reservation_says_how_far_it_is_and_a_state_that_is_none_is_an_error() {
    let server = Server::start([reserved("200", "failed"), reserved("200", "great")]).await;
    let cloud = cloud(&server).await;
    let told = cloud.reservation(Side::New, &balancer()).await.unwrap();
    assert_eq!((told.units, told.ready(), told.is_under_way()), (Some(200), None, false));
    assert!(!told.zones[0].reason.contains('\u{7f}'), "{told:?}");
    let error = cloud.reservation(Side::New, &balancer()).await.unwrap_err();
    assert!(error.to_string().contains("a state of us-east-1a that is none"), "{error}");
}

#[tokio::test]
async fn a_load_balancer_without_a_reservation_has_none() {
    let server = Server::start([answer("DescribeCapacityReservation", "")]).await;
    let told = cloud(&server).await.reservation(Side::New, &balancer()).await;
    assert_eq!(told, Ok(Reservation::default()));
}

#[tokio::test]
async fn units_are_asked_for_or_given_back() {
    let done = || answer("ModifyCapacityReservation", "");
    let server = Server::start([done(), done()]).await;
    let cloud = cloud(&server).await;
    cloud.reserve(Side::New, &balancer(), Some(200)).await.unwrap();
    cloud.reserve(Side::New, &balancer(), None).await.unwrap();
    let bodies = server.bodies();
    assert!(bodies[0].contains("MinimumLoadBalancerCapacity.CapacityUnits=200"), "{bodies:?}");
    assert!(!bodies[0].contains("ResetCapacityReservation"), "{bodies:?}");
    assert!(bodies[1].contains("ResetCapacityReservation=true"), "{bodies:?}");
}

#[tokio::test]
async fn attributes_that_make_no_sense_are_not_known() {
    let attribute =
        |key: &str, value: &str| format!("<member><Key>{key}</Key><Value>{value}</Value></member>");
    let all = [
        attribute("client_keep_alive.seconds", "-5"),
        attribute("idle_timeout.timeout_seconds", "60"),
    ];
    let inside = format!("<Attributes>{}</Attributes>", all.concat());
    let groups = answer("DescribeTargetGroups", "<TargetGroups/>");
    let server = Server::start([answer("DescribeLoadBalancerAttributes", &inside), groups]).await;
    let told = cloud(&server).await.tail(Side::New, &balancer()).await;
    let idle = Some(SignedDuration::from_secs(60));
    assert_eq!(told, Ok(Tail { keep_alive: None, idle, draining: None }));
}
