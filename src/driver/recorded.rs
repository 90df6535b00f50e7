//! Reads what legacy's load balancers counted in the past, for as long as CloudWatch keeps it by the minute.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    cloud::{Cloud, CloudError},
    gate::{DataFault, Row},
    plan::{Balancer, Feed, Meaning, Plan, feeds, fold},
    unit::{Account, BalancerName, Minute, Side, SignedDuration},
};

/// How long CloudWatch keeps minutes; what is older it has by fives.
pub const KEPT_BY_THE_MINUTE: SignedDuration = SignedDuration::from_hours(15 * 24);

/// Minutes that are asked for at once: all series of a day are far below what one call may return.
const MINUTES_AT_ONCE: i64 = 24 * 60;

/// Why there is nothing to be replayed.
#[derive(Debug, thiserror::Error)]
pub enum RecordedError {
    /// AWS refused a call.
    #[error(transparent)]
    Cloud(#[from] CloudError),
    /// The answer is no evidence.
    #[error("legacy's metrics from {from} on could not be read whole: {}", fault.message)]
    Incomplete {
        /// The first minute that was asked for.
        from: crate::unit::Timestamp,
        /// What was wrong with it.
        fault: DataFault,
    },
}

/// Reads the requests, failures and latencies of these load balancers of legacy's, minute by minute, as the gates of the plan
/// count them.
///
/// # Errors
/// A load balancer or its metrics cannot be read, or not all of them.
pub async fn recorded<C: Cloud>(
    cloud: &C,
    plan: &Plan,
    legacy: &BTreeSet<BalancerName>,
    (from, until): (Minute, Minute),
) -> Result<BTreeMap<Minute, Row>, RecordedError> {
    let feeds = feeds_of(cloud, plan, legacy).await?;
    let queries: Vec<_> = feeds.iter().map(|feed| feed.query.clone()).collect();
    let mut rows = BTreeMap::new();
    let mut next = from;
    while next < until && !queries.is_empty() {
        let end = next.offset(MINUTES_AT_ONCE).min(until);
        let series = cloud.metrics(Account::Legacy, &queries, next, end).await?;
        let (read, faults) = fold(feeds.iter().zip(&series));
        if let Some(fault) = faults.into_iter().next() {
            return Err(RecordedError::Incomplete { from: next.start(), fault });
        }
        rows.extend(read);
        next = end;
    }
    Ok(rows)
}

/// Returns the series of legacy's load balancers that can be compared with those of new's.
async fn feeds_of<C: Cloud>(
    cloud: &C,
    plan: &Plan,
    legacy: &BTreeSet<BalancerName>,
) -> Result<Vec<Feed>, CloudError> {
    let mut balancers: Vec<(Side, Balancer)> = Vec::new();
    for name in legacy {
        balancers.push((Side::Legacy, cloud.balancer(Side::Legacy, name).await?));
    }
    // What new's are called does not matter, but their kind does: only what both kinds have is compared.
    balancers.extend(plan.new_balancers.iter().map(|new| (Side::New, new.clone())));
    let of_legacy = |feed: &Feed| {
        feed.account == Account::Legacy
            && !feed.into.iter().any(|into| matches!(into, Meaning::Metric(_)))
    };
    Ok(feeds(&plan.gates, &balancers).into_iter().filter(of_legacy).collect())
}
