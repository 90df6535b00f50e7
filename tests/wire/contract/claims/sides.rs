//! What stands on the two sides: load balancers, metrics, alarms, services and peerings; and who is asking.

use std::slice::from_ref;

use cutover::{
    cloud::{Cloud, Reservation, Tail},
    plan::{AlarmState, MetricQuery, SeriesStatus},
    unit::{Account, BalancerKind, BalancerName, Side, SignedDuration},
};

use super::{not_found, same};
use crate::{Fallible, contract::land::Land};

pub(super) async fn a_classic_load_balancer_is_found<C: Cloud>(land: &Land<C>) -> Fallible {
    let found = land.cloud.balancer(Side::Legacy, &land.old).await?;
    same((&found.name, found.dimension.as_str()), (&land.old, "old"))?;
    same((found.arn.is_none(), found.zone_id.is_empty()), (true, false))
}

pub(super) async fn an_application_load_balancer_is_found<C: Cloud>(land: &Land<C>) -> Fallible {
    let found = land.cloud.balancer(Side::New, &land.new).await?;
    same((&found.name, found.dimension.starts_with("app/new/")), (&land.new, true))?;
    let arn = found.arn.as_deref().unwrap_or_default();
    same((arn.ends_with(&found.dimension), found.zone_id.is_empty()), (true, false))
}

pub(super) async fn a_load_balancer_that_never_was_is_not_found<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    for kind in [BalancerKind::Classic, BalancerKind::Application, BalancerKind::Network] {
        let name = BalancerName { kind, name: "nowhere".to_owned() };
        not_found(land.cloud.balancer(Side::New, &name).await)?;
    }
    // Of this name there is one, of another kind.
    let other = BalancerName { kind: BalancerKind::Network, name: land.new.name.clone() };
    not_found(land.cloud.balancer(Side::New, &other).await)
}

pub(super) async fn healthy_targets_are_counted<C: Cloud>(land: &Land<C>) -> Fallible {
    for (side, name) in [(Side::Legacy, &land.old), (Side::New, &land.new)] {
        let balancer = land.cloud.balancer(side, name).await?;
        let health = land.cloud.target_health(side, &balancer).await?;
        same((health.healthy, health.registered), (land.targets, land.targets))?;
    }
    Ok(())
}

pub(super) async fn connections_to_a_classic_load_balancer_end_when_they_are_idle<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let old = land.cloud.balancer(Side::Legacy, &land.old).await?;
    let tail = land.cloud.tail(Side::Legacy, &old).await?;
    same((tail.keep_alive, tail.idle), (None, Some(SignedDuration::from_secs(60))))
}

pub(super) async fn connections_to_an_application_load_balancer_end_when_they_are_old<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let new = land.cloud.balancer(Side::New, &land.new).await?;
    let tail = land.cloud.tail(Side::New, &new).await?;
    let seconds = |seconds| Some(SignedDuration::from_secs(seconds));
    let defaults = Tail { keep_alive: seconds(3600), idle: seconds(60), draining: seconds(300) };
    same(tail, defaults)
}

pub(super) async fn capacity_is_reserved_told_of_and_given_back<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let new = land.cloud.balancer(Side::New, &land.new).await?;
    let told = async || land.cloud.reservation(Side::New, &new).await;
    same(told().await?, Reservation::default())?;
    let asked = land.cloud.reserve(Side::New, &new, Some(100)).await?;
    same((asked.units, asked.is_under_way(), asked.ready()), (Some(100), true, None))?;
    let again = land.cloud.reserve(Side::New, &new, Some(200)).await;
    let code = again.err().and_then(|error| error.code);
    same(code.as_deref(), Some("CapacityReservationPending"))?;
    for _ in 0..30 {
        land.wait().await;
    }
    same(told().await?.ready(), Some(100))?;
    land.cloud.reserve(Side::New, &new, None).await?;
    same(told().await?.units, None)?;
    let old = land.cloud.balancer(Side::Legacy, &land.old).await?;
    same(land.cloud.reserve(Side::Legacy, &old, Some(100)).await.is_err(), true)
}

pub(super) async fn metrics_have_their_minutes_and_the_last_is_not_included<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let (queries, first) = (from_ref(&land.metric), land.first);
    let series = land.cloud.metrics(Account::Legacy, queries, first, first.offset(2)).await?;
    same(series.len(), 1)?;
    same(series[0].status, SeriesStatus::Complete)?;
    same(series[0].points.keys().copied().collect(), vec![first, first.offset(1)])?;
    same(series[0].points.values().all(|value| *value >= 1.0), true)
}

pub(super) async fn a_metric_that_never_was_is_empty_and_complete<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let mut nothing = land.metric.clone();
    nothing.metric = "Nothing".to_owned();
    let queries = [nothing, land.metric.clone()];
    let until = land.first.offset(2);
    let series = land.cloud.metrics(Account::Legacy, &queries, land.first, until).await?;
    same(series.iter().map(|one| one.points.len()).collect(), vec![0, 2])?;
    same(series.iter().all(|one| one.status == SeriesStatus::Complete), true)
}

pub(super) async fn more_metrics_can_be_asked_for_than_one_call_takes<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let nothing =
        |number| MetricQuery { metric: format!("Nothing{number}"), ..land.metric.clone() };
    let mut queries: Vec<MetricQuery> = (0..600).map(nothing).collect();
    queries.insert(550, land.metric.clone());
    let until = land.first.offset(2);
    let series = land.cloud.metrics(Account::Legacy, &queries, land.first, until).await?;
    let heard = series.iter().position(|one| !one.points.is_empty());
    same((series.len(), heard), (601, Some(550)))
}

pub(super) async fn alarms_of_both_kinds_say_what_they_say_in_the_order_of_their_names<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let names = ["quiet", "nowhere", "all", "loud", "QUIET", "qui"].map(str::to_owned);
    let says = land.cloud.alarms(Account::New, &names).await?;
    let states = says.iter().map(|says| says.as_ref().map(|reading| reading.state)).collect();
    let wanted = [Some(AlarmState::Ok), None, Some(AlarmState::Alarm), Some(AlarmState::Alarm)];
    same(states, [&wanted[..], &[None, None]].concat())?;
    // Of a metric alarm ministack does not tell since when.
    let all = says[2].as_ref().ok_or("it is gone")?;
    same((all.reason.is_empty(), all.since.is_some()), (false, true))
}

pub(super) async fn more_alarms_can_be_asked_for_than_one_call_takes<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let mut names: Vec<String> = (0..250).map(|number| format!("nowhere-{number}")).collect();
    names.push("quiet".to_owned());
    let says = land.cloud.alarms(Account::New, &names).await?;
    let found = says.iter().flatten().map(|reading| reading.state).collect();
    same((says.len(), found), (251, vec![AlarmState::Ok]))
}

pub(super) async fn services_are_told_in_the_order_of_their_names<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    let names = ["nowhere", "api"].map(str::to_owned);
    let told = land.cloud.services(Side::New, "main", &names).await?;
    let [None, Some(api)] = &told[..] else { return Err(format!("{told:?}").into()) };
    let deployments: Vec<_> = api.deployments.iter().map(|d| d.status.as_str()).collect();
    same((api.status.as_str(), api.desired, deployments), ("ACTIVE", 3, vec!["PRIMARY"]))
}

pub(super) async fn a_cluster_that_never_was_has_no_service<C: Cloud>(land: &Land<C>) -> Fallible {
    same(land.cloud.services(Side::New, "nowhere", &["api".to_owned()]).await?, vec![None])
}

pub(super) async fn a_peering_connection_is_seen_with_its_ends_and_the_routes_through_it<
    C: Cloud,
>(
    land: &Land<C>,
) -> Fallible {
    let peering = land.cloud.peering(Side::New, &land.peering).await?.ok_or("there is none")?;
    let ranges = [&peering.requester, &peering.accepter].map(|end| end.ranges.clone());
    let wanted = ["10.1.0.0/16", "10.2.0.0/16"].map(|range| vec![range.to_owned()]);
    same((peering.status.as_str(), ranges), ("active", wanted))?;
    let routes = peering.routes.ok_or("they may not be read")?;
    let there = routes.iter().find(|route| route.vpc == peering.requester.vpc);
    let there = there.map(|route| (route.destination.as_str(), route.active));
    same(there, Some(("10.2.0.0/16", true)))
}

pub(super) async fn a_peering_connection_that_never_was_is_none<C: Cloud>(
    land: &Land<C>,
) -> Fallible {
    same(land.cloud.peering(Side::New, "pcx-00000000000000000").await?, None)
}

pub(super) async fn every_account_says_who_is_asking<C: Cloud>(land: &Land<C>) -> Fallible {
    for account in Account::ALL {
        let identity = land.cloud.identity(account).await?;
        let digits = identity.account.chars().filter(char::is_ascii_digit).count();
        same((digits, identity.account.len()), (12, 12))?;
        same(identity.arn.contains(&identity.account), true)?;
    }
    Ok(())
}
