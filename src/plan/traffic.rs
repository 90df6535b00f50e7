//! What both sides' load balancers counted, and how little of it at legacy is as good as none.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Feed, Meaning, MetricQuery, Series, SeriesStatus};
use crate::unit::{BalancerKind, BalancerName, Minute, Rate, Side, SignedDuration, Timestamp};

/// How little traffic is as good as none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Below {
    /// Less than this part of all requests, over the whole time.
    Share(Rate),
    /// Less than so many requests in every single minute.
    PerMinute(u64),
}

/// Text that is neither a part of the traffic nor a number of requests.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is neither a part of all requests, such as `1%`, nor requests a minute, such as `20`; both are above 0"
)]
pub struct InvalidBelow(String);

impl FromStr for Below {
    type Err = InvalidBelow;

    fn from_str(text: &str) -> Result<Self, InvalidBelow> {
        let invalid = || InvalidBelow(text.to_owned());
        if text.ends_with('%') {
            let rate: Rate = text.parse().map_err(|_| invalid())?;
            let some = rate.fraction() > 0.0 && rate.fraction() <= 1.0;
            return if some { Ok(Self::Share(rate)) } else { Err(invalid()) };
        }
        let count: u64 = text.parse().map_err(|_| invalid())?;
        if count > 0 { Ok(Self::PerMinute(count)) } else { Err(invalid()) }
    }
}

/// In words that follow "less than".
impl fmt::Display for Below {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(rate) => write!(f, "{rate} of all requests"),
            Self::PerMinute(count) => write!(f, "{count} requests a minute"),
        }
    }
}

/// What legacy must have come down to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Enough {
    /// How little it carries.
    pub below: Below,
    /// For how long.
    #[serde(rename = "for")]
    pub time: SignedDuration,
    /// Age from which a minute counts as closed (law L51).
    pub metric_lag: SignedDuration,
}

impl Enough {
    /// Returns the closed minutes that are judged at this moment: the first, and the one after the last.
    pub fn window(&self, now: Timestamp) -> (Minute, Minute) {
        let closed = now.saturating_sub(self.metric_lag).unwrap_or(Timestamp::MIN);
        let until = Minute::containing(closed);
        (until.offset(-self.minutes()), until)
    }

    /// Returns when the window begins with this minute.
    pub(super) fn after(&self, first: Minute) -> Timestamp {
        let over = first.offset(self.minutes()).start();
        over.saturating_add(self.metric_lag).unwrap_or(Timestamp::MAX)
    }

    fn minutes(&self) -> i64 {
        (self.time.as_secs().saturating_add(59) / 60).max(1)
    }
}

/// Requests that one load balancer got.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrivals {
    /// Its side.
    pub side: Side,
    /// Its kind and name.
    pub balancer: BalancerName,
    /// Requests by the minute, or new connections where those are counted; a minute without a datapoint is missing.
    pub requests: BTreeMap<Minute, f64>,
}

/// Everything that is known of the traffic of both sides.
#[derive(Debug, Clone, PartialEq)]
pub struct Traffic {
    /// Each load balancer's.
    pub arrivals: Vec<Arrivals>,
    /// Why some of it is no evidence, in words.
    pub faults: Vec<String>,
}

/// Returns those of these series that count requests, each with its side.
pub fn request_feeds(feeds: &[Feed]) -> impl Iterator<Item = (Side, &Feed)> {
    feeds.iter().filter_map(|feed| {
        let side = feed.into.iter().find_map(|meaning| match meaning {
            Meaning::Requests(side) => Some(*side),
            Meaning::Errors(_)
            | Meaning::Latency(_)
            | Meaning::LatencyP90(_)
            | Meaning::Metric(_) => None,
        })?;
        Some((side, feed))
    })
}

impl Traffic {
    /// Knows of the load balancers whose requests these series count, and of no traffic yet.
    pub fn of(feeds: &[Feed]) -> Self {
        let mut arrivals: Vec<Arrivals> = Vec::new();
        for (side, feed) in request_feeds(feeds) {
            let Some(balancer) = balancer_of(&feed.query) else { continue };
            if !arrivals.iter().any(|known| known.side == side && known.balancer == balancer) {
                arrivals.push(Arrivals { side, balancer, requests: BTreeMap::new() });
            }
        }
        Self { arrivals, faults: Vec::new() }
    }

    /// Adds what CloudWatch answered to a series that counts requests. An answer that is not whole is no evidence (law
    /// L54).
    pub fn add(&mut self, side: Side, query: &MetricQuery, series: &Series) {
        let Some(balancer) = balancer_of(query) else { return };
        if series.status != SeriesStatus::Complete {
            let said = series.message.as_deref().unwrap_or("no message");
            self.faults.push(format!(
                "CloudWatch did not tell all of {side} {balancer}'s {}: {said}",
                query.metric
            ));
        }
        let known = self.arrivals.iter_mut().find(|a| a.side == side && a.balancer == balancer);
        let Some(arrivals) = known else { return };
        for (minute, count) in &series.points {
            *arrivals.requests.entry(*minute).or_default() += count;
        }
    }
}

/// The load balancer that a query asks about.
pub(super) fn balancer_of(query: &MetricQuery) -> Option<BalancerName> {
    let (_, dimension) = query.dimensions.first_key_value()?;
    let (kind, name) = match query.namespace.as_str() {
        "AWS/ELB" => (BalancerKind::Classic, dimension.as_str()),
        "AWS/ApplicationELB" => (BalancerKind::Application, middle(dimension)),
        "AWS/NetworkELB" => (BalancerKind::Network, middle(dimension)),
        _ => return None,
    };
    Some(BalancerName { kind, name: name.to_owned() })
}

/// Returns the name in `app/NAME/ID`.
fn middle(dimension: &str) -> &str {
    dimension.split('/').nth(1).unwrap_or(dimension)
}
