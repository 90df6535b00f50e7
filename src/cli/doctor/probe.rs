//! What is tried on each side: calls that a run makes, as far as they change nothing.
//!
//! To add one: a variant, where it is needed in [`probes`], what is asked in [`ask`], and its name.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{failed, table::Row};
use crate::{
    cloud::{Cloud, CloudError, CloudErrorKind},
    driver::{Clock, candidates, unfollowable},
    plan::{MetricQuery, Questions, Zone, ZoneChoice},
    runbook::Runbook,
    unit::{Account, BalancerName, Minute, RecordName, Side},
};

/// Something that a side is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Probe {
    /// The zone is found, and its records at these names are listed.
    Records(ZoneChoice, BTreeSet<RecordName>),
    /// What protects the zone's records, and how many it may have: a run goes without, and says so.
    Details(ZoneChoice),
    /// A change is asked for how far it has come.
    Changes,
    /// Records are written.
    Write,
    /// A load balancer is described, and its targets.
    Balancer(BalancerName),
    /// CloudWatch is asked for a metric.
    Metrics,
    /// CloudWatch is asked for alarms.
    Alarms(Vec<String>),
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Records(zone, _) => write!(f, "records of {}", zone_name(zone)),
            Self::Details(zone) => write!(f, "limits of {}", zone_name(zone)),
            Self::Changes => f.write_str("follow changes"),
            Self::Write => f.write_str("write records"),
            Self::Balancer(name) => write!(f, "{name}"),
            Self::Metrics => f.write_str("metrics"),
            Self::Alarms(_) => f.write_str("alarms"),
        }
    }
}

fn zone_name(choice: &ZoneChoice) -> String {
    match choice {
        ZoneChoice::Id(id) => format!("zone {id}"),
        ZoneChoice::Name { name, private: true } => format!("private zone {name}"),
        ZoneChoice::Name { name, private: false } => format!("zone {name}"),
    }
}

/// Returns what a run of this runbook asks of a side.
pub(super) fn probes(runbook: &Runbook, account: Account) -> Vec<Probe> {
    let questions = Questions::of(runbook);
    let mut probes = Vec::new();
    if account == Account::Dns {
        for (choice, names) in questions.names {
            probes.push(Probe::Records(choice.clone(), names));
            probes.push(Probe::Details(choice));
        }
        probes.extend([Probe::Changes, Probe::Write]);
    }
    let of_account = |side: &Side| side.account() == account;
    let balancers = questions.balancers.iter().filter(|(side, _)| of_account(side));
    probes.extend(balancers.map(|(_, name)| Probe::Balancer(name.clone())));
    let measured = questions.measured.iter().any(|(side, _)| of_account(side));
    if measured || runbook.gates.metrics.iter().any(|gate| gate.account == account) {
        probes.push(Probe::Metrics);
    }
    let alarms = questions.alarms.iter().filter(|alarm| of_account(&alarm.side));
    let alarms: Vec<String> = alarms.map(|alarm| alarm.name.clone()).collect();
    if !alarms.is_empty() {
        probes.push(Probe::Alarms(alarms));
    }
    probes
}

/// Tries one thing, and returns its row.
pub(super) async fn tried<C: Cloud>(cloud: &C, account: Account, probe: &Probe) -> Row {
    let (side, check) = (account.to_string(), probe.to_string());
    if *probe == Probe::Write {
        return Row::not_tried(&side, check, "it writes; `cutover iam` prints what it needs");
    }
    match ask(cloud, account, probe).await {
        Ok(Found::Fine(found)) => Row::ok(&side, check, found),
        Ok(Found::Wrong(..)) if matches!(probe, Probe::Details(_)) => {
            Row::not_tried(&side, check, "the zone was not found")
        }
        Ok(Found::Wrong(found, todo)) => Row::failed(&side, check, found, todo),
        // A run goes without it.
        Err(error)
            if matches!(probe, Probe::Details(_)) && error.kind == CloudErrorKind::Denied =>
        {
            Row::note(&side, check, format!("{error}; a run goes without, and says so"))
        }
        Err(error) => failed(&side, check, &error),
    }
}

/// What AWS answered.
enum Found {
    Fine(String),
    /// It may be asked, and is not as the runbook says; what, and what to do.
    Wrong(String, &'static str),
}

async fn ask<C: Cloud>(cloud: &C, account: Account, probe: &Probe) -> Result<Found, CloudError> {
    Ok(match probe {
        Probe::Records(choice, names) => match the_zone(cloud, choice).await? {
            Ok(zone) => {
                let names: Vec<RecordName> = names.iter().cloned().collect();
                let records = cloud.records_at(&zone.id, &names).await?.len();
                let id = &zone.id;
                Found::Fine(format!("zone {id}; record sets at the runbook's names: {records}"))
            }
            Err(wrong) => wrong,
        },
        Probe::Details(choice) => match the_zone(cloud, choice).await? {
            Ok(zone) => {
                cloud.zone_details(&zone.id).await?;
                Found::Fine("its limits and protections can be read".to_owned())
            }
            Err(wrong) => wrong,
        },
        Probe::Changes => match unfollowable(cloud).await {
            None => Found::Fine("changes can be asked for".to_owned()),
            Some(why) => Found::Wrong(
                why,
                "`cutover iam RUNBOOK --env E --side dns` prints what has to be allowed",
            ),
        },
        Probe::Write => Found::Fine(String::new()),
        Probe::Balancer(name) => {
            let side = if account == Account::New { Side::New } else { Side::Legacy };
            let balancer = cloud.balancer(side, name).await?;
            let health = cloud.target_health(side, &balancer).await?;
            let (healthy, all) = (health.healthy, health.registered);
            Found::Fine(format!("{}, {healthy} of {all} targets healthy", balancer.dns_name))
        }
        Probe::Metrics => {
            let until = Minute::containing(Clock::Real.now());
            cloud.metrics(account, &[any_metric()], until.offset(-5), until).await?;
            Found::Fine("metrics can be read".to_owned())
        }
        Probe::Alarms(names) => alarms(names, &cloud.alarms(account, names).await?),
    })
}

/// CloudWatch's permission is for all metrics or none, so that any will do.
fn any_metric() -> MetricQuery {
    MetricQuery {
        namespace: "AWS/ApplicationELB".to_owned(),
        metric: "RequestCount".to_owned(),
        dimensions: BTreeMap::new(),
        stat: "Sum".to_owned(),
    }
}

fn alarms<T>(names: &[String], readings: &[Option<T>]) -> Found {
    let missing = names.iter().zip(readings).filter(|(_, reading)| reading.is_none());
    let missing: Vec<&str> = missing.map(|(name, _)| name.as_str()).collect();
    if missing.is_empty() {
        return Found::Fine(format!("all {} are there", names.len()));
    }
    let found = format!("there is no alarm {}", missing.join(", "));
    Found::Wrong(found, "look for it in this account and region, and at `gates.alarms`")
}

/// Returns the one zone that the runbook means, or why there is none.
async fn the_zone<C: Cloud>(
    cloud: &C,
    choice: &ZoneChoice,
) -> Result<Result<Zone, Found>, CloudError> {
    let mut zones = candidates(cloud, choice).await?;
    let ids: Vec<String> = zones.iter().map(|zone| zone.id.to_string()).collect();
    Ok(match (zones.pop(), ids.len()) {
        (Some(zone), 1) => Ok(zone),
        (None, _) => Err(Found::Wrong(
            format!("there is no {} in this account", zone_name(choice)),
            "is this the account that owns it, and is it private?",
        )),
        (Some(_), _) => Err(Found::Wrong(
            format!("several zones have this name: {}", ids.join(", ")),
            "name the right one by its id in the runbook",
        )),
    })
}
