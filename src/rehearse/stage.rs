//! An invented AWS that has everything a runbook names, as it would be before the cutover.

use std::collections::BTreeSet;

use super::healthy::add_watched;
use crate::{
    plan::{Answer, Balancer, RecordSet, Routing, Zone, ZoneId},
    runbook::{
        Runbook,
        model::{Destination, Record, Target, ZoneChoice},
    },
    sim::{Service, Stage, StageBalancer, StageZone},
    unit::{Account, BalancerKind, BalancerName, RecordType, Side, Ttl},
};

/// Account of runbooks that name no roles: everything is in one.
const ONE_ACCOUNT: &str = "123456789012";
/// Region of runbooks that name none.
const REGION: &str = "us-west-2";
/// Capacity units of load balancers that have to have some: more than the traffic of any scenario needs.
const RESERVED: u32 = 10_000;
/// Targets behind every load balancer.
const TARGETS: u32 = 6;
/// Hosted zone ids of load balancers in us-west-2 (route53-laws section 4).
const BALANCER_ZONE: &str = "Z1H1FL5HABSF5";
const NETWORK_ZONE: &str = "Z18D5FSROUN65G";

/// Builds the stage for these runbooks together; they are environments of one file, or several files.
pub fn stage(runbooks: &[Runbook]) -> Stage {
    let mut stage = Stage { region: REGION.to_owned(), ..Stage::default() };
    for runbook in runbooks {
        add(&mut stage, runbook);
    }
    stage
}

fn add(stage: &mut Stage, runbook: &Runbook) {
    for account in Account::ALL {
        // The first environment decides who an unknown caller is.
        stage.accounts.entry(account).or_insert_with(|| account_id(runbook, account));
        if let Some(role) = &runbook.environment.access(account).role {
            stage.roles.entry(account).or_insert_with(|| role.clone());
        }
    }
    for record in &runbook.records {
        for side in Side::BOTH {
            for name in needed(record.target(side)) {
                add_balancer(stage, runbook, record, side, &name);
            }
        }
        add_record(stage, runbook, record);
    }
    add_watched(stage, runbook, |account| account_id(runbook, account));
}

fn account_id(runbook: &Runbook, account: Account) -> String {
    let role = runbook.environment.access(account).role.as_deref();
    let id = role.and_then(|role| role.split(':').nth(4)).filter(|id| id.len() == 12);
    id.unwrap_or(ONE_ACCOUNT).to_owned()
}

fn needed(target: &Target) -> BTreeSet<BalancerName> {
    target.balancer().into_iter().chain(target.metrics_balancer()).cloned().collect()
}

fn add_balancer(
    stage: &mut Stage,
    runbook: &Runbook,
    record: &Record,
    side: Side,
    name: &BalancerName,
) {
    let account = account_id(runbook, side.account());
    if position(stage, &account, side, name).is_some() {
        return;
    }
    let region = runbook.environment.access(side.account()).region.as_deref().unwrap_or(REGION);
    let number = stage.balancers.len() as u64 + 1;
    let private = matches!(record.zone, ZoneChoice::Name { private: true, .. });
    let balancer = balancer(name, &account, region, number, private);
    // What has to be reserved is, as before a cutover that may begin.
    if let (Some(arn), true) = (&balancer.arn, runbook.preflight.capacity.contains(&side)) {
        stage.reserved.insert(arn.clone(), RESERVED);
    }
    stage.balancers.push(StageBalancer { account, side, balancer, targets: TARGETS });
}

fn position(stage: &Stage, account: &str, side: Side, name: &BalancerName) -> Option<usize> {
    stage
        .balancers
        .iter()
        .position(|b| b.account == account && b.side == side && b.balancer.name == *name)
}

fn balancer(
    name: &BalancerName,
    account: &str,
    region: &str,
    number: u64,
    internal: bool,
) -> Balancer {
    let BalancerName { kind, name: plain } = name;
    let scheme = if internal { "internal-" } else { "" };
    let unique = 1_000_000_000 + number * 104_729;
    let hex = format!("{:016x}", 0x50dc_6c49_5c0c_9188_u64.wrapping_add(number * 7919));
    let (dns_name, zone_id) = match kind {
        BalancerKind::Classic | BalancerKind::Application => {
            (format!("{scheme}{plain}-{unique}.{region}.elb.amazonaws.com"), BALANCER_ZONE)
        }
        BalancerKind::Network => {
            (format!("{plain}-{hex}.elb.{region}.amazonaws.com"), NETWORK_ZONE)
        }
    };
    let dimension = match kind {
        BalancerKind::Classic => plain.clone(),
        BalancerKind::Application => format!("app/{plain}/{hex}"),
        BalancerKind::Network => format!("net/{plain}/{hex}"),
    };
    let arn = (*kind != BalancerKind::Classic).then(|| {
        format!("arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/{dimension}")
    });
    Balancer {
        name: name.clone(),
        dns_name: dns_name.to_ascii_lowercase(),
        zone_id: zone_id.to_owned(),
        dimension,
        arn,
        internal,
    }
}

fn add_record(stage: &mut Stage, runbook: &Runbook, record: &Record) {
    add_hosts(stage, runbook, record);
    let zone = zone(record);
    let account = account_id(runbook, Account::Dns);
    let known = stage.zones.iter().position(|known| known.zone.id == zone.id);
    let at = known.unwrap_or_else(|| {
        stage.zones.push(StageZone::new(account, zone.clone(), Vec::new()));
        stage.zones.len() - 1
    });
    for kind in &record.types {
        let Some(answer) = answer(stage, runbook, record, Side::Legacy) else { continue };
        let simple = RecordSet {
            name: record.name.clone(),
            kind: kind.clone(),
            routing: Routing::Simple,
            answer,
            health_check: None,
        };
        stage.zones[at].records.push(simple);
    }
    let kind = record.types.first().cloned().unwrap_or(RecordType::A);
    stage.services.push(Service { name: record.name.clone(), kind, zone: zone.id, part: 1.0 });
}

fn add_hosts(stage: &mut Stage, runbook: &Runbook, record: &Record) {
    for side in Side::BOTH {
        let target = record.target(side);
        let account = account_id(runbook, side.account());
        let behind =
            target.metrics_balancer().and_then(|name| position(stage, &account, side, name));
        let hosts = match &target.destination {
            Destination::Values(values) => values.clone(),
            Destination::Alias { dns_name, .. } => vec![dns_name.clone()],
            Destination::Balancer(_) => Vec::new(),
        };
        stage.hosts.extend(hosts.into_iter().zip(behind));
    }
}

/// Returns the zone that a record's choice stands for; one that is chosen by name gets an id made of the name.
pub(super) fn zone(record: &Record) -> Zone {
    match &record.zone {
        ZoneChoice::Id(id) => {
            let parent = record.name.as_str().split_once('.').map(|(_, parent)| parent);
            let name = parent.and_then(|parent| parent.parse().ok());
            let name = name.unwrap_or_else(|| record.name.clone());
            Zone { id: ZoneId(id.clone()), name, private: false }
        }
        ZoneChoice::Name { name, private } => {
            let letters: String =
                name.as_str().chars().filter(char::is_ascii_alphanumeric).take(18).collect();
            let prefix = if *private { "ZP" } else { "Z0" };
            let id = ZoneId(format!("{prefix}{}", letters.to_ascii_uppercase()));
            Zone { id, name: name.clone(), private: *private }
        }
    }
}

/// Returns what the record answers that leads to one side.
pub(super) fn answer(
    stage: &Stage,
    runbook: &Runbook,
    record: &Record,
    side: Side,
) -> Option<Answer> {
    let target = record.target(side);
    let evaluate_target_health = target.evaluate_target_health;
    match &target.destination {
        Destination::Balancer(name) => {
            let account = account_id(runbook, side.account());
            let at = position(stage, &account, side, name)?;
            let balancer = &stage.balancers[at].balancer;
            Some(Answer::Alias {
                dns_name: format!("{}.", balancer.dns_name),
                zone_id: balancer.zone_id.clone(),
                evaluate_target_health,
            })
        }
        Destination::Values(values) => {
            Some(Answer::Values { ttl: Ttl(300), values: values.clone() })
        }
        Destination::Alias { dns_name, zone_id } => Some(Answer::Alias {
            dns_name: dns_name.clone(),
            zone_id: zone_id.clone(),
            evaluate_target_health,
        }),
    }
}
