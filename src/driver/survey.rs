//! Reads everything that a plan has to know. It changes nothing, and goes on after a failure, so that all problems are
//! found at once.

use std::collections::{BTreeMap, BTreeSet};

use super::{past::past, services::services};
use crate::{
    cloud::{Cloud, CloudError, CloudErrorKind},
    gate::{History, Reading},
    plan::{
        AlarmGate, ChangeId, Gates, LoadFacts, Questions, Quota, ServiceReading, Snapshot, Zone,
        ZoneChoice, ZoneId, own_names,
    },
    unit::{Account, RecordName, Side, Timestamp},
};

/// The id of a change that nobody made.
const NOBODYS_CHANGE: &str = "C00CUTOVERPREFLIGHT0";

/// Answers the questions of a runbook's waves, those of each by themselves.
pub async fn survey_waves<C: Cloud>(
    cloud: &C,
    waves: &[(Questions, Gates)],
    now: Timestamp,
) -> Vec<Snapshot> {
    let mut snapshots = Vec::new();
    for (questions, gates) in waves {
        snapshots.push(survey(cloud, questions, gates, now).await);
        // What cannot be read at all would be said of every wave anew.
        if snapshots.last().is_some_and(|snapshot| !snapshot.failures.is_empty()) {
            break;
        }
    }
    snapshots
}

/// Answers the questions of a plan.
pub async fn survey<C: Cloud>(
    cloud: &C,
    questions: &Questions,
    gates: &Gates,
    now: Timestamp,
) -> Snapshot {
    let mut snapshot = Snapshot {
        at: now,
        zones: BTreeMap::new(),
        records: BTreeMap::new(),
        balancers: BTreeMap::new(),
        alarms: BTreeMap::new(),
        services: BTreeMap::new(),
        peerings: BTreeMap::new(),
        accounts: BTreeMap::new(),
        history: History::default(),
        recent: Reading::default(),
        details: BTreeMap::new(),
        busy: BTreeMap::new(),
        load: LoadFacts::default(),
        expires: BTreeMap::new(),
        quota: Quota::Default,
        failures: Vec::new(),
    };
    identities(cloud, &mut snapshot).await;
    // Credentials that do not work would make everything else fail too, each time in other words.
    if snapshot.failures.is_empty() {
        zones(cloud, questions, &mut snapshot).await;
        balancers(cloud, questions, &mut snapshot).await;
        reservations(cloud, questions, &mut snapshot).await;
        alarms(cloud, questions, &mut snapshot).await;
        ecs(cloud, questions, &mut snapshot).await;
        peerings(cloud, questions, &mut snapshot).await;
        past(cloud, questions, gates, &mut snapshot).await;
    }
    snapshot
}

async fn identities<C: Cloud>(cloud: &C, snapshot: &mut Snapshot) {
    let mut told: BTreeMap<(bool, String), Vec<String>> = BTreeMap::new();
    for account in Account::ALL {
        match cloud.identity(account).await {
            Ok(identity) => {
                snapshot.expires.extend(identity.expires.map(|expires| (account, expires)));
                snapshot.accounts.insert(account, identity.account.clone());
                if account == Account::Dns {
                    let partition = identity.arn.split(':').nth(1).unwrap_or_default();
                    snapshot.quota = Quota::of_partition(partition);
                }
            }
            Err(error) => {
                let unreachable = error.passes_by_itself();
                told.entry((unreachable, error.message)).or_default().push(account.to_string());
            }
        }
    }
    let failures = told.into_iter().map(|((unreachable, message), accounts)| {
        let accounts = accounts.join(", ");
        if unreachable {
            return format!(
                "AWS does not answer for {accounts}: {message}; is the network up, and the endpoint the right one?"
            );
        }
        format!(
            "credentials for {accounts} cannot be used: {message}; sign in, or name a profile or a role that exists"
        )
    });
    snapshot.failures.extend(failures);
}

async fn zones<C: Cloud>(cloud: &C, questions: &Questions, snapshot: &mut Snapshot) {
    // Two choices can mean one zone; nothing is read twice, for it would be found twice.
    let mut read: BTreeMap<ZoneId, BTreeSet<RecordName>> = BTreeMap::new();
    for (choice, names) in &questions.names {
        match candidates(cloud, choice).await {
            Ok(zones) => {
                for zone in &zones {
                    let known = read.entry(zone.id.clone()).or_default();
                    if known.is_empty() {
                        details(cloud, zone, snapshot).await;
                    }
                    let names = names.union(&own_names(zone)).cloned().collect::<BTreeSet<_>>();
                    let names: Vec<RecordName> = names.difference(known).cloned().collect();
                    records(cloud, zone, &names, snapshot).await;
                    known.extend(names);
                }
                snapshot.zones.insert(choice.clone(), zones);
            }
            Err(error) => snapshot.failures.push(error.to_string()),
        }
    }
}

async fn records<C: Cloud>(cloud: &C, zone: &Zone, names: &[RecordName], snapshot: &mut Snapshot) {
    match cloud.records_at(&zone.id, names).await {
        Ok(records) => {
            snapshot.records.entry(zone.id.clone()).or_default().extend(records);
        }
        Err(error) => snapshot.failures.push(error.to_string()),
    }
}

/// Reads what is known of a zone beyond its name. Who may not ask for it can still write to the zone: the plan says
/// what could not be checked.
async fn details<C: Cloud>(cloud: &C, zone: &Zone, snapshot: &mut Snapshot) {
    match cloud.zone_details(&zone.id).await {
        Ok(details) => {
            snapshot.details.insert(zone.id.clone(), details);
        }
        Err(error) if error.kind == CloudErrorKind::Denied => {}
        Err(error) => snapshot.failures.push(error.to_string()),
    }
}

/// Returns the zones that a runbook's choice can mean.
///
/// # Errors
/// The dns account could not be asked.
pub async fn candidates<C: Cloud>(cloud: &C, choice: &ZoneChoice) -> Result<Vec<Zone>, CloudError> {
    match choice {
        ZoneChoice::Id(id) => Ok(vec![cloud.zone(&ZoneId(id.clone())).await?]),
        ZoneChoice::Name { name, private } => {
            let mut zones = cloud.zones_named(name).await?;
            zones.retain(|zone| zone.private == *private);
            Ok(zones)
        }
    }
}

/// Returns why a change could not be followed until all of Route 53 has it: a run that finds that out after its first write
/// waits in vain, and goes back. A change that nobody made tells it without one being made.
pub async fn unfollowable<C: Cloud>(cloud: &C) -> Option<String> {
    let error = cloud.change_status(&ChangeId(NOBODYS_CHANGE.to_owned())).await.err()?;
    (error.kind == CloudErrorKind::Denied).then(|| error.to_string())
}

async fn balancers<C: Cloud>(cloud: &C, questions: &Questions, snapshot: &mut Snapshot) {
    for (side, name) in &questions.balancers {
        let found = match cloud.balancer(*side, name).await {
            Ok(balancer) => {
                // How long connections last is no reason not to begin: what cannot be read is told of as not known.
                let (health, tail) = tokio::join!(
                    cloud.target_health(*side, &balancer),
                    cloud.tail(*side, &balancer)
                );
                snapshot.load.tails.insert((*side, name.clone()), tail.unwrap_or_default());
                health.map(|health| (balancer, health))
            }
            Err(error) => Err(error),
        };
        match found {
            Ok(found) => {
                snapshot.balancers.insert((*side, name.clone()), found);
            }
            Err(error) => snapshot.failures.push(format!("{side} side: {error}")),
        }
    }
}

/// Reads what is reserved for load balancers. What cannot be read is for the plan to say.
async fn reservations<C: Cloud>(cloud: &C, questions: &Questions, snapshot: &mut Snapshot) {
    for (side, name) in &questions.reservable {
        let key = (*side, name.clone());
        let Some((balancer, _)) = snapshot.balancers.get(&key) else { continue };
        let found = cloud.reservation(*side, balancer).await;
        snapshot.load.reservations.insert(key, found.map_err(|error| error.to_string()));
    }
}

/// Reads what every alarm of the gates says. That one is not there is for the plan to say.
async fn alarms<C: Cloud>(cloud: &C, questions: &Questions, snapshot: &mut Snapshot) {
    for side in Side::BOTH {
        let of_side = || questions.alarms.iter().filter(|alarm| alarm.side == side);
        let names: Vec<String> = of_side().map(|alarm| alarm.name.clone()).collect();
        if names.is_empty() {
            continue;
        }
        match cloud.alarms(side.account(), &names).await {
            Ok(readings) => {
                let found = of_side().map(AlarmGate::gate_name).zip(readings);
                snapshot.alarms.extend(found);
            }
            Err(error) => snapshot.failures.push(format!("{side} side: {error}")),
        }
    }
}

/// Reads what the ECS services do. That one is not there is for the plan to say.
async fn ecs<C: Cloud>(cloud: &C, questions: &Questions, snapshot: &mut Snapshot) {
    for (name, reading) in services(cloud, &questions.services).await {
        match reading {
            ServiceReading::Unread(why) => snapshot.failures.push(format!("{name}: {why}")),
            ServiceReading::Told(_) | ServiceReading::Missing => {
                snapshot.services.insert(name, reading);
            }
        }
    }
}

/// Reads the peering connections, and once more from the other side where that owns the other VPC: routes are told to
/// nobody but the owner of their table. That one is not there is for the plan to say.
async fn peerings<C: Cloud>(cloud: &C, questions: &Questions, snapshot: &mut Snapshot) {
    for check in &questions.peerings {
        let peering = match cloud.peering(check.side, &check.id).await {
            Ok(Some(peering)) => peering,
            Ok(None) => continue,
            Err(error) => {
                snapshot.failures.push(format!("{} side: {error}", check.side));
                continue;
            }
        };
        let other = check.side.other();
        let owner = snapshot.accounts.get(&other.account());
        let ends = [&peering.requester, &peering.accepter];
        let theirs = ends.iter().any(|end| Some(&end.account) == owner);
        let seen = snapshot.peerings.entry(check.id.clone()).or_default();
        seen.insert(check.side, peering);
        if theirs && !seen.contains_key(&other) {
            match cloud.peering(other, &check.id).await {
                Ok(told) => seen.extend(told.map(|told| (other, told))),
                // Who may not ask there leaves that direction unseen, and the plan says so.
                Err(error) if error.kind == CloudErrorKind::Denied => {}
                Err(error) => snapshot.failures.push(format!("{other} side: {error}")),
            }
        }
    }
}
