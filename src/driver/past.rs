//! Reads how it was before a run: legacy's day, the last hour as the gates see it, and the same hours a week ago.
//!
//! What is missing of it is no failure: the plan says what cannot be judged without it.

use std::collections::BTreeMap;

use super::reading::{metrics, worst};
use crate::{
    cloud::Cloud,
    gate::{DataFault, Reading, Row},
    plan::{
        Balancer, Feed, Gates, LoadMetric, MetricQuery, Questions, Series, SeriesStatus, Snapshot,
        busiest_minute, feeds, fold, history, load_queries, request_feeds, requests_per_minute,
    },
    unit::{Account, BalancerName, Minute, Side, SignedDuration},
};

/// How much of legacy's past is looked at where no gate says.
const PAST: SignedDuration = SignedDuration::from_hours(24);
/// Closed minutes that say how much came until the run began.
const HOUR: i64 = 60;
/// Minutes of a week.
const WEEK: i64 = 7 * 24 * 60;
/// Longest run, in minutes, all of which has its like of a week ago in its plan; of a longer one the beginning has.
const MOST_USUAL: i64 = 24 * 60;
/// Load balancers of which more than their requests is asked, which is a day of minutes of each metric.
const MOST_LOADS: usize = 20;
/// Age in minutes from which a minute is closed for certain.
const CLOSED: i64 = 3;

/// Reads the past into the snapshot, as of its moment.
pub(super) async fn past<C: Cloud>(
    cloud: &C,
    questions: &Questions,
    gates: &Gates,
    snapshot: &mut Snapshot,
) {
    legacy_day(cloud, gates, snapshot).await;
    let measured = |(key, (balancer, _)): (&(Side, BalancerName), &(Balancer, _))| {
        questions.measured.contains(key).then(|| (key.0, balancer.clone()))
    };
    let balancers: Vec<_> = snapshot.balancers.iter().filter_map(measured).collect();
    let feeds = feeds(gates, &balancers);
    if feeds.is_empty() {
        return;
    }
    let now = Minute::containing(snapshot.at);
    let requests: Vec<Feed> = request_feeds(&feeds).map(|(_, feed)| feed.clone()).collect();
    let ahead = (questions.lasts.as_secs() / 60).min(MOST_USUAL);
    let ((rows, faults, answered), (week, _, _)) = tokio::join!(
        rows(cloud, &feeds, now.offset(-HOUR - CLOSED), now.offset(1)),
        rows(cloud, &requests, now.offset(-HOUR - CLOSED - WEEK), now.offset(ahead - WEEK)),
    );
    let requests = |rows: &BTreeMap<Minute, Row>, later: i64| {
        let of = |(minute, row): (&Minute, &Row)| Some((minute.offset(later), row.requests()?));
        rows.iter().filter_map(of).collect::<BTreeMap<_, _>>()
    };
    snapshot.history.usual = requests(&week, WEEK);
    snapshot.history.before = requests(&rows, 0);
    snapshot.history.before.retain(|minute, _| *minute < now.offset(-CLOSED));
    snapshot.recent = recent(snapshot, &balancers, rows, faults);
    for (_, balancer) in balancers.iter().filter(|(side, _)| *side == Side::New) {
        let answered = answered.iter().map(|(feed, series)| (*feed, series));
        let carried = busiest_minute(balancer, answered);
        snapshot.load.carried.extend(carried.map(|carried| (balancer.name.clone(), carried)));
    }
}

/// Reads legacy's day, which limits and forecasts are made from.
async fn legacy_day<C: Cloud>(cloud: &C, gates: &Gates, snapshot: &mut Snapshot) {
    let of_legacy = |((side, _), (balancer, _)): (&(Side, BalancerName), &(Balancer, _))| {
        (*side == Side::Legacy).then(|| (*side, balancer.clone()))
    };
    let legacy: Vec<_> = snapshot.balancers.iter().filter_map(of_legacy).collect();
    let counts = |feed: &Feed| feed.account == Account::Legacy && feed.query.stat == "Sum";
    let feeds: Vec<Feed> = feeds(gates, &legacy).into_iter().filter(counts).collect();
    let wanted = gates.errors.as_ref().and_then(|errors| errors.critical.history).unwrap_or(PAST);
    let until = Minute::containing(snapshot.at);
    let from = until.offset(-(wanted.as_secs() / 60));
    let loads = loads(&legacy);
    let of_loads = loads.iter().map(|(_, _, query)| query.clone());
    let queries: Vec<_> = feeds.iter().map(|feed| feed.query.clone()).chain(of_loads).collect();
    if queries.is_empty() {
        return;
    }
    if let Ok(series) = cloud.metrics(Account::Legacy, &queries, from, until).await {
        let (rows, _) = fold(feeds.iter().zip(&series));
        snapshot.history = history(rows.values());
        let minutes = until.0 - from.0;
        for (side, balancer) in &legacy {
            let busy = requests_per_minute(balancer, feeds.iter().zip(&series), minutes);
            let busy = busy.map(|busy| ((*side, balancer.name.clone()), busy.ceil() as u64));
            snapshot.busy.extend(busy);
        }
        for ((name, metric, _), series) in loads.iter().zip(series.iter().skip(feeds.len())) {
            if series.status == SeriesStatus::Complete {
                snapshot.load.peaks.entry(name.clone()).or_default().add(*metric, series);
            }
        }
    }
}

/// Returns what is asked of the load on each load balancer; of many, only how many requests there are.
fn loads(legacy: &[(Side, Balancer)]) -> Vec<(BalancerName, LoadMetric, MetricQuery)> {
    let few = legacy.len() <= MOST_LOADS;
    let of = |(_, balancer): &(Side, Balancer)| {
        let queries = load_queries(balancer).into_iter();
        let wanted = queries.filter(|(metric, _)| few || *metric == LoadMetric::Requests);
        let name = balancer.name.clone();
        wanted.map(move |(metric, query)| (name.clone(), metric, query)).collect::<Vec<_>>()
    };
    legacy.iter().flat_map(of).collect()
}

/// Reads these series of all accounts over a range of minutes, and returns them as rows and as they came.
async fn rows<'a, C: Cloud>(
    cloud: &C,
    feeds: &'a [Feed],
    from: Minute,
    until: Minute,
) -> (BTreeMap<Minute, Row>, Vec<DataFault>, Vec<(&'a Feed, Series)>) {
    let mut answered: Vec<(&Feed, Series)> = Vec::new();
    let mut unread = Vec::new();
    for account in Account::ALL {
        let of_account = feeds.iter().filter(|feed| feed.account == account).collect();
        match metrics(cloud, account, of_account, (from, until)).await {
            Ok(series) => answered.extend(series),
            Err(fault) => unread.push(fault),
        }
    }
    let (rows, faults) = fold(answered.iter().map(|(feed, series)| (*feed, series)));
    unread.extend(faults);
    (rows, unread, answered)
}

/// Returns what the gates see of the last hour.
fn recent(
    snapshot: &Snapshot,
    balancers: &[(Side, Balancer)],
    rows: BTreeMap<Minute, Row>,
    faults: Vec<DataFault>,
) -> Reading {
    let of_new = balancers.iter().filter(|(side, _)| *side == Side::New);
    let health = of_new.filter_map(|(side, balancer)| {
        let known = snapshot.balancers.get(&(*side, balancer.name.clone()));
        known.map(|(balancer, health)| (balancer, *health))
    });
    let health: Vec<_> = health.collect();
    let alarms =
        snapshot.alarms.iter().filter_map(|(gate, alarm)| Some((gate.clone(), alarm.clone()?)));
    Reading {
        rows: rows.into_iter().collect(),
        targets: worst(&health),
        alarms: alarms.collect(),
        services: BTreeMap::new(),
        datadog: BTreeMap::new(),
        faults,
    }
}
