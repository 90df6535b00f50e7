//! Which CloudWatch series feed the minutes table, and how their answers become rows (gates.md, "Which metrics").

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Balancer, MetricQuery, Series};
use crate::{
    gate::{History, Row},
    runbook::model::Gates,
    unit::{Account, BalancerKind, Minute, Side},
};

/// One series and what it counts towards.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Feed {
    /// Whose CloudWatch has it.
    pub account: Account,
    /// The series.
    pub query: MetricQuery,
    /// What its datapoints count towards; one series can count twice.
    pub into: Vec<Meaning>,
}

/// What a datapoint counts towards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// Added to the side's requests.
    Requests(Side),
    /// Added to the side's errors.
    Errors(Side),
    /// The side's latency is the largest of these.
    Latency(Side),
    /// The side's p90 latency is the largest of these.
    LatencyP90(Side),
    /// The value of the metric gate with this name.
    Metric(String),
}

/// Which metrics of the load balancers can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Requests, 5xx and latency on both sides.
    Http,
    /// Flows or connections, and refused or reset ones; no latency.
    Connections,
    /// A classic and a network load balancer have nothing in common.
    Nothing,
}

impl Comparison {
    /// Returns what all these kinds of load balancer have.
    pub fn of(kinds: &BTreeSet<BalancerKind>) -> Self {
        match (kinds.contains(&BalancerKind::Network), kinds.contains(&BalancerKind::Classic)) {
            (false, _) => Self::Http,
            (true, false) => Self::Connections,
            (true, true) => Self::Nothing,
        }
    }
}

/// Returns the series that the gates need of these load balancers. Several on a side are added up; of latencies the
/// worst counts, because percentiles cannot be averaged.
pub fn feeds(gates: &Gates, balancers: &[(Side, Balancer)]) -> Vec<Feed> {
    let comparison = Comparison::of(&balancers.iter().map(|(_, b)| b.name.kind).collect());
    let mut feeds = Vec::new();
    for (side, balancer) in balancers {
        for (metric, into) in counts(balancer.name.kind, comparison, *side) {
            feeds.push(feed(*side, balancer, metric, "Sum".to_owned(), into));
        }
        if let (Some(latency), Comparison::Http) = (&gates.latency, comparison) {
            let metric = match balancer.name.kind {
                BalancerKind::Classic => "Latency",
                BalancerKind::Application | BalancerKind::Network => "TargetResponseTime",
            };
            let stat = format!("p{}", latency.stat.percentile);
            feeds.push(feed(*side, balancer, metric, stat, vec![Meaning::Latency(*side)]));
            let p90 = vec![Meaning::LatencyP90(*side)];
            feeds.push(feed(*side, balancer, metric, "p90".to_owned(), p90));
        }
    }
    feeds.extend(gates.metrics.iter().map(|gate| Feed {
        account: gate.account,
        query: MetricQuery {
            namespace: gate.namespace.clone(),
            metric: gate.metric.clone(),
            dimensions: gate.dimensions.clone(),
            stat: gate.stat.clone(),
        },
        into: vec![Meaning::Metric(gate.name.clone())],
    }));
    feeds
}

fn feed(side: Side, balancer: &Balancer, metric: &str, stat: String, into: Vec<Meaning>) -> Feed {
    let namespace = namespace(balancer.name.kind);
    let dimension = (balancer.dimension_name().to_owned(), balancer.dimension.clone());
    Feed {
        account: side.account(),
        query: MetricQuery {
            namespace: namespace.to_owned(),
            metric: metric.to_owned(),
            dimensions: BTreeMap::from([dimension]),
            stat,
        },
        into,
    }
}

fn namespace(kind: BalancerKind) -> &'static str {
    match kind {
        BalancerKind::Classic => "AWS/ELB",
        BalancerKind::Application => "AWS/ApplicationELB",
        BalancerKind::Network => "AWS/NetworkELB",
    }
}

/// Counts of one kind of load balancer. A classic one has no metric for what it refused with 503, so all its own 5xx
/// count as requests too; an application one counts requests only where it could choose a target.
fn counts(
    kind: BalancerKind,
    comparison: Comparison,
    side: Side,
) -> Vec<(&'static str, Vec<Meaning>)> {
    let requests = || vec![Meaning::Requests(side)];
    let errors = || vec![Meaning::Errors(side)];
    let both = || vec![Meaning::Requests(side), Meaning::Errors(side)];
    match (kind, comparison) {
        (BalancerKind::Classic, _) => vec![
            ("RequestCount", requests()),
            ("HTTPCode_ELB_5XX", both()),
            ("HTTPCode_Backend_5XX", errors()),
        ],
        (BalancerKind::Application, Comparison::Http | Comparison::Nothing) => vec![
            ("RequestCount", requests()),
            ("HTTPCode_ELB_503_Count", requests()),
            ("HTTPCode_Target_5XX_Count", errors()),
            ("HTTPCode_ELB_5XX_Count", errors()),
        ],
        (BalancerKind::Application, Comparison::Connections) => vec![
            ("NewConnectionCount", requests()),
            ("RejectedConnectionCount", both()),
            ("TargetConnectionErrorCount", errors()),
        ],
        (BalancerKind::Network, _) => vec![
            ("NewFlowCount", requests()),
            ("TCP_Target_Reset_Count", errors()),
            ("TCP_ELB_Reset_Count", errors()),
            ("RejectedFlowCount", errors()),
        ],
    }
}

/// Returns how legacy did over these rows: its mean error rate, and its requests in a minute that has any.
pub fn history<'a>(rows: impl IntoIterator<Item = &'a Row>) -> History {
    let seen: Vec<(f64, f64)> = rows
        .into_iter()
        .filter_map(|row| Some((row.legacy.requests?, row.legacy.errors.unwrap_or_default())))
        .collect();
    let requests: f64 = seen.iter().map(|(requests, _)| requests).sum();
    let errors: f64 = seen.iter().map(|(requests, errors)| errors.min(*requests)).sum();
    if requests <= 0.0 {
        return History::default();
    }
    History {
        legacy_error_rate: Some(errors / requests),
        legacy_requests_per_minute: Some(requests / seen.len() as f64),
        ..History::default()
    }
}

/// Returns the requests of a load balancer in a minute, on average over this many minutes; nothing where no series tells.
pub fn requests_per_minute<'a>(
    balancer: &Balancer,
    answers: impl IntoIterator<Item = (&'a Feed, &'a Series)>,
    minutes: i64,
) -> Option<f64> {
    let told = answers.into_iter().filter(|(feed, _)| counts_requests_of(balancer, feed));
    let values: Vec<f64> = told.flat_map(|(_, series)| series.points.values().copied()).collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / minutes.max(1) as f64)
}

/// Returns the requests of a load balancer in its busiest minute; nothing where no series tells.
pub fn busiest_minute<'a>(
    balancer: &Balancer,
    answers: impl IntoIterator<Item = (&'a Feed, &'a Series)>,
) -> Option<f64> {
    let told = answers.into_iter().filter(|(feed, _)| counts_requests_of(balancer, feed));
    let mut minutes: BTreeMap<Minute, f64> = BTreeMap::new();
    for (minute, value) in told.flat_map(|(_, series)| &series.points) {
        *minutes.entry(*minute).or_default() += value;
    }
    minutes.into_values().reduce(f64::max)
}

fn counts_requests_of(balancer: &Balancer, feed: &Feed) -> bool {
    let (name, value) = (balancer.dimension_name(), &balancer.dimension);
    feed.into.iter().any(|into| matches!(into, Meaning::Requests(_)))
        && feed.query.namespace == namespace(balancer.name.kind)
        && feed.query.dimensions.get(name) == Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{gate::SideRow, plan::SeriesStatus, unit::BalancerName};

    fn series(points: &[(i64, f64)], status: SeriesStatus) -> Series {
        let points = points.iter().map(|(minute, value)| (Minute(*minute), *value)).collect();
        Series { status, message: None, points }
    }

    #[test]
    fn each_balancer_has_its_own_requests() {
        let balancer = |name: &str| Balancer {
            name: BalancerName { kind: BalancerKind::Classic, name: name.to_owned() },
            dns_name: String::new(),
            zone_id: String::new(),
            dimension: name.to_owned(),
            arn: None,
            internal: false,
        };
        let (busy, idle, new) = (balancer("busy"), balancer("idle"), balancer("new"));
        let of = |balancer: &Balancer, metric, into| {
            feed(Side::Legacy, balancer, metric, "Sum".to_owned(), into)
        };
        let requests = || vec![Meaning::Requests(Side::Legacy)];
        let errors = || vec![Meaning::Errors(Side::Legacy)];
        let points = |values| series(values, SeriesStatus::Complete);
        let answers = [
            (of(&busy, "RequestCount", requests()), points(&[(1, 100.0), (2, 60.0)])),
            (of(&busy, "HTTPCode_ELB_5XX", requests()), points(&[(2, 40.0)])),
            (of(&busy, "HTTPCode_Backend_5XX", errors()), points(&[(2, 7.0)])),
            (of(&idle, "RequestCount", requests()), points(&[])),
        ];
        let told = |balancer| {
            requests_per_minute(balancer, answers.iter().map(|(feed, series)| (feed, series)), 10)
        };
        assert_eq!(told(&busy), Some(20.0));
        assert_eq!((told(&idle), told(&new)), (None, None));
    }

    #[test]
    fn classic_and_network_balancers_have_nothing_in_common() {
        let kinds = BTreeSet::from([BalancerKind::Classic, BalancerKind::Network]);
        assert_eq!(Comparison::of(&kinds), Comparison::Nothing);
    }

    #[test]
    fn history_is_the_mean_over_minutes_with_traffic() {
        let row = |requests, errors| Row {
            legacy: SideRow { requests: Some(requests), errors, ..SideRow::default() },
            ..Row::default()
        };
        let rows = BTreeMap::from([
            (Minute(1), row(100.0, Some(1.0))),
            (Minute(2), row(300.0, None)),
            (Minute(3), Row::default()),
        ]);
        let history = history(rows.values());
        assert_eq!(history.legacy_error_rate, Some(0.0025));
        assert_eq!(history.legacy_requests_per_minute, Some(200.0));
    }
}
