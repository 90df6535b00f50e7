//! Reads everything that a plan has to know. It changes nothing, and goes on after a failure, so that all problems are
//! found at once.

use std::collections::BTreeMap;

use crate::{
    cloud::{Cloud, CloudError},
    gate::History,
    plan::{
        Balancer, Feed, Gates, Questions, Quota, Snapshot, Zone, ZoneChoice, ZoneId, feeds, fold,
        history,
    },
    unit::{Account, Minute, RecordName, Side, SignedDuration, Timestamp},
};

/// How much of legacy's past is looked at where no gate says.
const PAST: SignedDuration = SignedDuration::from_hours(24);

/// Answers the questions of a plan.
pub async fn survey<C: Cloud>(
    cloud: &C,
    questions: &Questions,
    gates: &Gates,
    now: Timestamp,
) -> Snapshot {
    let mut snapshot = Snapshot {
        zones: BTreeMap::new(),
        records: BTreeMap::new(),
        balancers: BTreeMap::new(),
        history: History::default(),
        details: BTreeMap::new(),
        busy: BTreeMap::new(),
        expires: BTreeMap::new(),
        quota: Quota::Default,
        failures: Vec::new(),
    };
    identities(cloud, &mut snapshot).await;
    // Credentials that do not work would make everything else fail too, each time in other words.
    if snapshot.failures.is_empty() {
        zones(cloud, questions, &mut snapshot).await;
        balancers(cloud, questions, &mut snapshot).await;
        past(cloud, gates, now, &mut snapshot).await;
    }
    snapshot
}

async fn identities<C: Cloud>(cloud: &C, snapshot: &mut Snapshot) {
    let mut told: BTreeMap<(bool, String), Vec<String>> = BTreeMap::new();
    for account in Account::ALL {
        if let Err(error) = cloud.identity(account).await {
            let unreachable = error.passes_by_itself();
            told.entry((unreachable, error.message)).or_default().push(account.to_string());
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
    for (choice, names) in &questions.names {
        match candidates(cloud, choice).await {
            Ok(zones) => {
                let names: Vec<RecordName> = names.iter().cloned().collect();
                for zone in &zones {
                    match cloud.records_at(&zone.id, &names).await {
                        Ok(records) => {
                            snapshot.records.entry(zone.id.clone()).or_default().extend(records);
                        }
                        Err(error) => snapshot.failures.push(error.to_string()),
                    }
                }
                snapshot.zones.insert(choice.clone(), zones);
            }
            Err(error) => snapshot.failures.push(error.to_string()),
        }
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

async fn balancers<C: Cloud>(cloud: &C, questions: &Questions, snapshot: &mut Snapshot) {
    for (side, name) in &questions.balancers {
        let found = match cloud.balancer(*side, name).await {
            Ok(balancer) => {
                cloud.target_health(*side, &balancer).await.map(|health| (balancer, health))
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

/// Reads how legacy did before. Its absence is no failure: the plan says what cannot be judged without it.
async fn past<C: Cloud>(cloud: &C, gates: &Gates, now: Timestamp, snapshot: &mut Snapshot) {
    let legacy: Vec<(Side, Balancer)> = snapshot
        .balancers
        .iter()
        .filter(|((side, _), _)| *side == Side::Legacy)
        .map(|((side, _), (balancer, _))| (*side, balancer.clone()))
        .collect();
    let counts = |feed: &Feed| feed.account == Account::Legacy && feed.query.stat == "Sum";
    let feeds: Vec<Feed> = feeds(gates, &legacy).into_iter().filter(counts).collect();
    let wanted = gates.errors.as_ref().and_then(|errors| errors.critical.history).unwrap_or(PAST);
    let until = Minute::containing(now);
    let from = until.offset(-(wanted.as_secs() / 60));
    let queries: Vec<_> = feeds.iter().map(|feed| feed.query.clone()).collect();
    if queries.is_empty() {
        return;
    }
    if let Ok(series) = cloud.metrics(Account::Legacy, &queries, from, until).await {
        let (rows, _) = fold(feeds.iter().zip(&series));
        snapshot.history = history(&rows);
    }
}
