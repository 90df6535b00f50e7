//! Reads what both sides' load balancers count, to see whether legacy's traffic has gone.

use crate::{
    cloud::Cloud,
    plan::{Enough, Feed, Traffic, request_feeds},
    unit::{Minute, Side, Timestamp},
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
