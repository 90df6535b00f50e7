//! One reading of everything that is watched: metrics of both sides, targets behind new, and the records.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{Datadog, datadog::ask, perform::read_all, services::services};
use crate::{
    cloud::{Cloud, CloudError, CloudErrorKind},
    engine::Engine,
    gate::{
        AlarmReading, DataFault, DataFaultKind, DatadogReading, Row, ServiceReading, TargetCount,
    },
    plan::{
        AlarmGate, Balancer, DatadogGate, EcsCheck, Feed, RecordSet, Series, TargetHealth, ZoneId,
        fold,
    },
    unit::{Account, Minute, RecordName, Side, Timestamp},
};

/// How long a reading waits for ECS.
const SERVICES_WAIT: Duration = Duration::from_secs(10);

/// What is to be read.
#[derive(Debug)]
pub(super) struct Request {
    feeds: Vec<Feed>,
    balancers: Vec<Balancer>,
    alarms: Vec<AlarmGate>,
    services: Vec<EcsCheck>,
    /// None once the run goes back: a rollback needs nobody's opinion.
    datadog: Vec<DatadogGate>,
    from: Minute,
    first: Minute,
    /// Names whose records are to be compared; none when they are not.
    names: Option<BTreeMap<ZoneId, BTreeSet<RecordName>>>,
}

impl Request {
    pub(super) fn of(engine: &Engine, from: Minute, inspect: bool) -> Self {
        let forward = !engine.is_rolling_back();
        let datadog = engine.plan().gates.datadog.iter().filter(|_| forward);
        Self {
            feeds: engine.plan().feeds.clone(),
            balancers: engine.plan().new_balancers.clone(),
            alarms: engine.plan().gates.alarms.clone(),
            services: engine.plan().services.iter().map(|of| of.check.clone()).collect(),
            datadog: datadog.cloned().collect(),
            from: engine.read_from(from),
            first: from,
            names: inspect.then(|| engine.names()),
        }
    }
}

/// What was read.
#[derive(Debug, Default)]
pub struct Reading {
    /// Minutes that have a datapoint.
    pub rows: BTreeMap<Minute, Row>,
    /// Targets behind the worst of new's load balancers.
    pub targets: Option<TargetCount>,
    /// Alarms by the name of their gate.
    pub alarms: BTreeMap<String, AlarmReading>,
    /// ECS services by what they are called beside the gates.
    pub services: BTreeMap<String, ServiceReading>,
    /// What Datadog told, by the name of the gate.
    pub datadog: BTreeMap<String, DatadogReading>,
    /// Why some of it is no evidence.
    pub faults: Vec<DataFault>,
    /// Records by zone, where they were asked for and could be read.
    pub records: Option<BTreeMap<ZoneId, Vec<RecordSet>>>,
    /// What failed beyond the metrics, in words.
    pub problems: Vec<String>,
}

pub(super) async fn read<C: Cloud>(
    cloud: &C,
    datadog: &dyn Datadog,
    request: Request,
    now: Timestamp,
) -> Reading {
    // The minute that is going on is read too: a catastrophe shows there first.
    let until = Minute::containing(now).offset(1);
    let span = (request.from, until);
    let feeds = |account| request.feeds.iter().filter(|feed| feed.account == account).collect();
    let (legacy, new, dns, alarms, services, heard, targets, records) = tokio::join!(
        metrics(cloud, Account::Legacy, feeds(Account::Legacy), span),
        metrics(cloud, Account::New, feeds(Account::New), span),
        metrics(cloud, Account::Dns, feeds(Account::Dns), span),
        async {
            let of = |side| alarms(cloud, side, &request.alarms);
            tokio::join!(of(Side::Legacy), of(Side::New))
        },
        in_time(services(cloud, &request.services)),
        ask(datadog, &request.datadog, request.first, now),
        worst_targets(cloud, &request.balancers),
        async {
            match &request.names {
                Some(names) => read_all(cloud, names).await.map(Some),
                None => Ok(None),
            }
        },
    );
    let mut reading = Reading { services, ..Reading::default() };
    let mut answered: Vec<(&Feed, Series)> = Vec::new();
    for answer in [legacy, new, dns] {
        match answer {
            Ok(series) => answered.extend(series),
            Err(fault) => reading.faults.push(fault),
        }
    }
    let (rows, faults) = fold(answered.iter().map(|(feed, series)| (*feed, series)));
    reading.rows = rows;
    heard.add_to(&mut reading.rows);
    reading.datadog = heard.readings;
    reading.faults.extend(faults);
    for answer in [alarms.0, alarms.1] {
        match answer {
            Ok(told) => take_in(&mut reading, told),
            Err(fault) => reading.faults.push(fault),
        }
    }
    match targets {
        Ok(count) => reading.targets = count,
        Err(error) => reading.problems.push(format!("new's targets could not be counted: {error}")),
    }
    match records {
        Ok(records) => reading.records = records,
        Err(error) => reading.problems.push(format!("the records could not be compared: {error}")),
    }
    reading
}

/// Returns what is told soon. What takes longer counts as not told: the evidence of a breach does not wait for it.
async fn in_time<T: Default>(told: impl Future<Output = T>) -> T {
    tokio::time::timeout(SERVICES_WAIT, told).await.unwrap_or_default()
}

/// Reads these series of one account over a range of minutes.
///
/// # Errors
/// Why none of them is evidence.
pub(super) async fn metrics<'f, C: Cloud>(
    cloud: &C,
    account: Account,
    feeds: Vec<&'f Feed>,
    (from, until): (Minute, Minute),
) -> Result<Vec<(&'f Feed, Series)>, DataFault> {
    // Right after the first write no minute of interest has begun, and CloudWatch refuses an empty range.
    if feeds.is_empty() || from >= until {
        return Ok(Vec::new());
    }
    let queries: Vec<_> = feeds.iter().map(|feed| feed.query.clone()).collect();
    match cloud.metrics(account, &queries, from, until).await {
        Ok(series) => Ok(feeds.into_iter().zip(series).collect()),
        Err(error) => Err(fault(account, &error)),
    }
}

/// Returns what each of one side's alarms says; nothing of one that is not there.
async fn alarms<'r, C: Cloud>(
    cloud: &C,
    side: Side,
    gates: &'r [AlarmGate],
) -> Result<Vec<(&'r AlarmGate, Option<AlarmReading>)>, DataFault> {
    let gates: Vec<&AlarmGate> = gates.iter().filter(|gate| gate.side == side).collect();
    if gates.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = gates.iter().map(|gate| gate.name.clone()).collect();
    match cloud.alarms(side.account(), &names).await {
        Ok(readings) => Ok(gates.into_iter().zip(readings).collect()),
        Err(error) => Err(fault(side.account(), &error)),
    }
}

fn take_in(reading: &mut Reading, told: Vec<(&AlarmGate, Option<AlarmReading>)>) {
    for (gate, says) in told {
        match says {
            Some(says) => {
                reading.alarms.insert(gate.gate_name(), says);
            }
            None => reading.problems.push(format!("there is no {} any more", gate.gate_name())),
        }
    }
}

fn fault(account: Account, error: &CloudError) -> DataFault {
    let kind = match error.kind {
        CloudErrorKind::Denied | CloudErrorKind::Credentials => DataFaultKind::Forbidden,
        CloudErrorKind::Throttled
        | CloudErrorKind::Busy
        | CloudErrorKind::InvalidBatch(_)
        | CloudErrorKind::NotFound
        | CloudErrorKind::Unclear
        | CloudErrorKind::Rejected => DataFaultKind::ProviderError,
    };
    DataFault { account, kind, message: error.to_string() }
}

async fn worst_targets<C: Cloud>(
    cloud: &C,
    balancers: &[Balancer],
) -> Result<Option<TargetCount>, CloudError> {
    let mut all = Vec::with_capacity(balancers.len());
    for balancer in balancers {
        all.push((balancer, cloud.target_health(Side::New, balancer).await?));
    }
    Ok(worst(&all))
}

/// Returns the targets of the load balancer that is worst off, or nothing where there is none. Of several it is named.
pub(super) fn worst(all: &[(&Balancer, TargetHealth)]) -> Option<TargetCount> {
    let part = |(_, health): &&(_, TargetHealth)| {
        f64::from(health.healthy) / f64::from(health.registered.max(1))
    };
    let (balancer, health) = all.iter().min_by(|one, other| part(one).total_cmp(&part(other)))?;
    let of = (all.len() > 1).then(|| balancer.name.to_string());
    Some(TargetCount { healthy: health.healthy, registered: health.registered, of })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::{BalancerKind, BalancerName};

    fn balancer(name: &str) -> Balancer {
        Balancer {
            name: BalancerName { kind: BalancerKind::Application, name: name.to_owned() },
            dns_name: String::new(),
            zone_id: String::new(),
            dimension: String::new(),
            arn: None,
            internal: false,
        }
    }

    #[test]
    fn the_load_balancer_that_is_worst_off_counts_and_one_of_several_has_its_name() {
        let balancers = ["a", "b", "c"].map(balancer);
        let health = |healthy, registered| TargetHealth { healthy, registered };
        let all = [health(9, 10), health(1, 2), health(3, 3)];
        let all: Vec<_> = balancers.iter().zip(all).collect();
        let count = |healthy, registered, of: Option<&str>| {
            Some(TargetCount { healthy, registered, of: of.map(str::to_owned) })
        };
        assert_eq!(worst(&all), count(1, 2, Some("alb b")));
        assert_eq!(worst(&[(&balancers[0], health(0, 0))]), count(0, 0, None));
        assert_eq!(worst(&[]), None);
    }
}
