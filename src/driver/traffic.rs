//! Reads what a finish has to know: what both sides' load balancers count, to see whether legacy's traffic has gone, and
//! what stands in the zones.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    cloud::{Cloud, CloudError},
    plan::{Enough, Feed, Plan, RecordSet, Traffic, ZoneId, lock_name, request_feeds},
    unit::{Minute, RecordName, Side, Timestamp},
};

/// Reads the requests of both sides over the time that must have been quiet, and the minutes since. What cannot be read
/// is told of as a fault.
pub async fn traffic<C: Cloud>(
    cloud: &C,
    feeds: &[Feed],
    enough: &Enough,
    now: Timestamp,
) -> Traffic {
    let (from, _) = enough.window(now);
    let until = Minute::containing(now).offset(1);
    let mut traffic = Traffic::of(feeds);
    for side in Side::BOTH {
        let of_side = request_feeds(feeds).filter(|(whose, _)| *whose == side);
        let queries: Vec<_> = of_side.map(|(_, feed)| feed.query.clone()).collect();
        if queries.is_empty() {
            continue;
        }
        match cloud.metrics(side.account(), &queries, from, until).await {
            Ok(answers) => {
                for (query, series) in queries.iter().zip(&answers) {
                    traffic.add(side, query, series);
                }
            }
            Err(error) => {
                traffic.faults.push(format!("{side}'s traffic could not be read: {error}"));
            }
        }
    }
    traffic
}

/// Reads what stands at the names of a plan, and the locks of its zones.
///
/// # Errors
/// The dns account could not be asked.
pub async fn standing<C: Cloud>(
    cloud: &C,
    plan: &Plan,
) -> Result<BTreeMap<ZoneId, Vec<RecordSet>>, CloudError> {
    let mut records = BTreeMap::new();
    for zone in &plan.zones {
        let of_zone = plan.pairs.iter().filter(|pair| pair.zone == zone.id);
        let names: BTreeSet<RecordName> =
            of_zone.map(|pair| pair.name.clone()).chain(lock_name(&zone.name)).collect();
        let names: Vec<RecordName> = names.into_iter().collect();
        records.insert(zone.id.clone(), cloud.records_at(&zone.id, &names).await?);
    }
    Ok(records)
}
