//! What the calls of the adapter need, by what a runbook makes it ask.

use std::collections::BTreeSet;

use super::{
    policy::Statement,
    records::{TooManyNames, Writing, any_by_name, arns, writing, zones},
};
use crate::{
    runbook::Runbook,
    unit::{Account, BalancerKind, Side},
};

/// Returns what the owner of these places' credentials has to be allowed; `partition` is that of all ARNs.
///
/// `sts:GetCallerIdentity` is asked as well, which needs no permission.
///
/// # Errors
/// A zone without an id has more names than a policy holds.
pub(super) fn needs(
    runbook: &Runbook,
    places: &BTreeSet<Account>,
    partition: &str,
    break_glass: bool,
) -> Result<Writing, TooManyNames> {
    let mut needs = Writing::default();
    if places.contains(&Account::Dns) {
        needs = of_records(runbook, partition, break_glass)?;
    }
    let everything = || vec!["*".to_owned()];
    let balancers = of_balancers(runbook, places);
    if !balancers.is_empty() {
        needs.statements.push(Statement::allow("ReadLoadBalancers", balancers, everything()));
    }
    let peerings = &runbook.preflight.vpc_peering;
    if !peerings.is_empty() && sides(places).next().is_some() {
        // Where the other VPC is the other side's its routes are read there.
        let read = vec!["ec2:DescribeRouteTables", "ec2:DescribeVpcPeeringConnections"];
        needs.statements.push(Statement::allow("ReadPeerings", read, everything()));
    }
    let services = &runbook.preflight.ecs;
    if services.iter().any(|check| places.contains(&check.side.account())) {
        let read = vec!["ecs:DescribeServices"];
        needs.statements.push(Statement::allow("ReadServices", read, everything()));
    }
    let watching = of_watching(runbook, places);
    if !watching.is_empty() {
        // CloudWatch's reads cannot be narrowed to a metric, and those of alarms not to names: a policy that is narrower than
        // everything hides composite alarms.
        needs.statements.push(Statement::allow("ReadMetrics", watching, everything()));
    }
    Ok(needs)
}

fn of_records(
    runbook: &Runbook,
    partition: &str,
    break_glass: bool,
) -> Result<Writing, TooManyNames> {
    let zones = zones(runbook);
    let mut needs = writing(&zones, partition, break_glass)?;
    let arns = arns(&zones, partition);
    let read = vec![
        "route53:GetHostedZone",
        "route53:GetHostedZoneLimit",
        "route53:ListResourceRecordSetProtections",
        "route53:ListResourceRecordSets",
    ];
    needs.statements.push(Statement::allow("ReadZones", read, arns.clone()));
    if break_glass {
        let lift = vec!["route53:DeleteResourceRecordSetProtections"];
        needs.statements.push(Statement::allow("LiftProtections", lift, arns));
        if any_by_name(&zones) {
            needs.remarks.push(
                "lifting protections cannot be narrowed to names: without the zones' ids it is allowed in every zone of the account"
                    .to_owned(),
            );
        }
    }
    let changes = vec![format!("arn:{partition}:route53:::change/*")];
    needs.statements.push(Statement::allow("FollowChanges", vec!["route53:GetChange"], changes));
    if !break_glass {
        // For `cutover audit`. Events cannot be narrowed to a zone.
        let look = vec!["cloudtrail:LookupEvents"];
        needs.statements.push(Statement::allow("ReadTrail", look, vec!["*".to_owned()]));
    }
    if any_by_name(&zones) {
        let find = vec!["route53:ListHostedZonesByName"];
        needs.statements.push(Statement::allow("FindZones", find, vec!["*".to_owned()]));
    }
    Ok(needs)
}

/// Sides whose credentials these places are.
fn sides(places: &BTreeSet<Account>) -> impl Iterator<Item = Side> {
    Side::BOTH.into_iter().filter(|side| places.contains(&side.account()))
}

/// Returns the kinds of the load balancers that are described on a side: those that records lead to, and those that have
/// their metrics.
fn kinds(runbook: &Runbook, side: Side) -> BTreeSet<BalancerKind> {
    let targets = runbook.records.iter().map(|record| record.target(side));
    let named = targets.flat_map(|target| [target.balancer(), target.metrics_balancer()]);
    named.flatten().map(|name| name.kind).collect()
}

fn of_balancers(runbook: &Runbook, places: &BTreeSet<Account>) -> Vec<&'static str> {
    let kinds: BTreeSet<BalancerKind> =
        sides(places).flat_map(|side| kinds(runbook, side)).collect();
    let calls = |kind: BalancerKind| match kind {
        BalancerKind::Classic => &[
            "elasticloadbalancing:DescribeInstanceHealth",
            "elasticloadbalancing:DescribeLoadBalancerAttributes",
            "elasticloadbalancing:DescribeLoadBalancers",
        ][..],
        BalancerKind::Application | BalancerKind::Network => &[
            "elasticloadbalancing:DescribeLoadBalancerAttributes",
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeTargetGroupAttributes",
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeTargetHealth",
        ],
    };
    // Both sides are asked where one of them is to be reserved: a rollback is a spike on the other.
    let newer = kinds.iter().any(|kind| *kind != BalancerKind::Classic);
    let reserved = newer && !runbook.preflight.capacity.is_empty();
    let calls = kinds.into_iter().flat_map(calls).copied();
    let calls: BTreeSet<_> = calls
        .chain(reserved.then_some("elasticloadbalancing:DescribeCapacityReservation"))
        .collect();
    calls.into_iter().collect()
}

fn of_watching(runbook: &Runbook, places: &BTreeSet<Account>) -> Vec<&'static str> {
    let gates = || runbook.all_gates();
    let mut calls = Vec::new();
    if gates().flat_map(|gates| &gates.alarms).any(|alarm| places.contains(&alarm.side.account())) {
        calls.push("cloudwatch:DescribeAlarms");
    }
    let measured = sides(places).any(|side| !kinds(runbook, side).is_empty());
    let mut metrics = gates().flat_map(|gates| &gates.metrics);
    if measured || metrics.any(|gate| places.contains(&gate.account)) {
        calls.push("cloudwatch:GetMetricData");
    }
    calls
}
