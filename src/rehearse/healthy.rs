//! The alarms, ECS services and metrics of an invented AWS in which nothing is wrong.

use crate::{
    plan::{MetricQuery, PeeringEnd},
    runbook::{
        Runbook,
        model::{Bound, MetricGate, Threshold},
    },
    sim::{Stage, StageAlarm, StagePeering, StageSeries, StageService},
    unit::{Account, Side},
};

/// Tasks of a service of which the runbook says nothing.
const TASKS: u32 = 4;

/// Adds what a runbook watches beside load balancers: alarms that say OK, ECS services that are steady, VPC
/// peering connections that are active, and metrics within their limits.
/// `account` returns the account of a place of the runbook.
pub(super) fn add_watched(
    stage: &mut Stage,
    runbook: &Runbook,
    account: impl Fn(Account) -> String,
) {
    for gate in runbook.all_gates().flat_map(|gates| &gates.alarms) {
        let (side, name) = (gate.side, gate.name.clone());
        // What an alarm is made of nobody asks.
        let alarm = StageAlarm { account: account(side.account()), side, name, composite: false };
        let same =
            |known: &StageAlarm| (&known.account, &known.name) == (&alarm.account, &alarm.name);
        if !stage.alarms.iter().any(same) {
            stage.alarms.push(alarm);
        }
    }
    // All run as many, so that no side is smaller than the other.
    let least = runbook.preflight.ecs.iter().filter_map(|check| check.at_least);
    let tasks = least.fold(TASKS, u32::max);
    for check in &runbook.preflight.ecs {
        let (cluster, service) = (check.cluster.clone(), check.service.clone());
        let account = account(check.side.account());
        let service = StageService { account, side: check.side, cluster, service, tasks };
        let name =
            |one: &StageService| (one.account.clone(), one.cluster.clone(), one.service.clone());
        if !stage.ecs.iter().any(|known| name(known) == name(&service)) {
            stage.ecs.push(service);
        }
    }
    for check in &runbook.preflight.vpc_peering {
        // The other VPC is the other side's: the runbook does not say whose it is.
        let end = |side: Side, number: u8| PeeringEnd {
            account: account(side.account()),
            vpc: format!("vpc-{number:017x}"),
            region: None,
            ranges: vec![format!("10.{number}.0.0/16")],
        };
        let ends = [end(check.side, 1), end(check.side.other(), 2)];
        let (id, status) = (check.id.clone(), "active".to_owned());
        if !stage.peerings.iter().any(|known| known.id == id) {
            stage.peerings.push(StagePeering { id, status, ends });
        }
    }
    for gate in runbook.all_gates().flat_map(|gates| &gates.metrics) {
        let (account, query) = (account(gate.account), query(gate));
        let alike = runbook.all_gates().flat_map(|gates| &gates.metrics);
        let alike =
            alike.filter(|other| other.account == gate.account && self::query(other) == query);
        let limits = alike.flat_map(|gate| gate.warning.iter().chain(&gate.critical));
        let value = within(limits);
        if !stage.series.iter().any(|known| known.account == account && known.query == query) {
            stage.series.push(StageSeries { account, query, value });
        }
    }
}

fn query(gate: &MetricGate) -> MetricQuery {
    MetricQuery {
        namespace: gate.namespace.clone(),
        metric: gate.metric.clone(),
        dimensions: gate.dimensions.clone(),
        stat: gate.stat.clone(),
    }
}

/// Returns a value that is well within all of these limits, where there is one.
pub(super) fn within<'a>(limits: impl Iterator<Item = &'a Threshold>) -> f64 {
    let (mut least, mut most) = (f64::NEG_INFINITY, f64::INFINITY);
    for limit in limits {
        match limit.bound {
            Bound::Above => most = most.min(limit.value),
            Bound::Below => least = least.max(limit.value),
        }
    }
    match (least.is_finite(), most.is_finite()) {
        (true, true) => least.midpoint(most),
        (true, false) => least + 0.5 * least.abs() + if least == 0.0 { 1.0 } else { 0.0 },
        // Of what may not be above zero there is none.
        (false, _) => most - 0.5 * most.abs(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invented_value_is_well_within_all_limits() {
        use Bound::{Above, Below};
        for limits in [
            &[(Above, 30.0), (Above, 10.0)][..],
            &[(Below, 99.0)],
            &[(Below, 0.0)],
            &[(Below, -5.0)],
            &[(Above, -5.0)],
            &[(Above, 0.0)],
            &[(Above, 1e-3)],
            &[(Below, 10.0), (Above, 12.0)],
        ] {
            let limit = |(bound, value): &(Bound, f64)| Threshold {
                bound: *bound,
                value: *value,
                bad: 1,
                of: 1,
            };
            let limits: Vec<Threshold> = limits.iter().map(limit).collect();
            let value = within(limits.iter());
            for varied in [value * 0.95, value, value * 1.05] {
                let broken = limits.iter().any(|limit| limit.is_broken_by(varied));
                assert!(!broken, "{varied} {limits:?}");
            }
        }
    }
}
