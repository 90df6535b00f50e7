//! What load balancers carry, and how many capacity units (LCU) that is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Balancer, MetricQuery, Reservation, Series, Tail};
use crate::unit::{BalancerKind, BalancerName, Side};

/// What one LCU of an application load balancer stands for, as AWS's price list has it.
const NEW_CONNECTIONS_PER_SECOND: f64 = 25.0;
const ACTIVE_CONNECTIONS: f64 = 3000.0;
const BYTES_PER_HOUR: f64 = 1e9;
const RULES_PER_SECOND: f64 = 1000.0;
/// Throughput that one reserved LCU of a network load balancer stands for, in bits a second.
const BITS_PER_SECOND: f64 = 2.2e6;

/// What was found of the load on load balancers, and of what they are ready for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LoadFacts {
    /// What each of legacy's load balancers carried in its busiest minutes.
    pub peaks: BTreeMap<BalancerName, Peaks>,
    /// Requests in the busiest minute of the last hour of each of new's load balancers.
    pub carried: BTreeMap<BalancerName, f64>,
    /// How long connections to each outlast a change of DNS.
    pub tails: BTreeMap<(Side, BalancerName), Tail>,
    /// What is reserved for each, where that was asked; or why it is not known.
    pub reservations: BTreeMap<(Side, BalancerName), Result<Reservation, String>>,
}

/// What a load balancer carried, each in the minute in which there was most of it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Peaks {
    /// Requests, or flows of a network load balancer, in a minute.
    pub requests: Option<f64>,
    /// New connections in a minute.
    pub connections: Option<f64>,
    /// Connections that were open.
    pub active: Option<f64>,
    /// Bytes in a minute, both ways.
    pub bytes: Option<f64>,
    /// Rules that were evaluated in a minute.
    pub rules: Option<f64>,
    /// Capacity units that it used at the same time, as AWS counts them.
    pub units: Option<f64>,
}

/// What a metric tells of the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadMetric {
    /// [`Peaks::requests`].
    Requests,
    /// [`Peaks::connections`].
    Connections,
    /// [`Peaks::active`].
    Active,
    /// [`Peaks::bytes`].
    Bytes,
    /// [`Peaks::rules`].
    Rules,
    /// [`Peaks::units`].
    Units,
}

impl Peaks {
    /// Takes in the answer to one of the queries.
    pub fn add(&mut self, metric: LoadMetric, series: &Series) {
        let most = series.points.values().copied().filter(|value| *value > 0.0).reduce(f64::max);
        let peak = match metric {
            LoadMetric::Requests => &mut self.requests,
            LoadMetric::Connections => &mut self.connections,
            LoadMetric::Active => &mut self.active,
            LoadMetric::Bytes => &mut self.bytes,
            LoadMetric::Rules => &mut self.rules,
            LoadMetric::Units => &mut self.units,
        };
        *peak = match (*peak, most) {
            (Some(one), Some(other)) => Some(one.max(other)),
            (one, other) => one.or(other),
        };
    }

    /// Returns what two load balancers carry together, at most: their busiest minutes need not be the same.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        // What only one of them tells is not told of both.
        let sum = |one: Option<f64>, other: Option<f64>| Some(one? + other?);
        Self {
            requests: sum(self.requests, other.requests),
            connections: sum(self.connections, other.connections),
            active: sum(self.active, other.active),
            bytes: sum(self.bytes, other.bytes),
            rules: sum(self.rules, other.rules),
            units: sum(self.units, other.units),
        }
    }

    /// Returns all of it multiplied.
    #[must_use]
    pub fn times(&self, factor: f64) -> Self {
        let times = |value: Option<f64>| value.map(|value| value * factor);
        Self {
            requests: times(self.requests),
            connections: times(self.connections),
            active: times(self.active),
            bytes: times(self.bytes),
            rules: times(self.rules),
            units: times(self.units),
        }
    }

    /// Returns the bytes of a request and its answer, on average of the busiest minutes.
    pub(super) fn bytes_per_request(&self) -> Option<f64> {
        self.bytes.zip(self.requests).map(|(bytes, requests)| bytes / requests)
    }

    /// Returns the capacity units that a load balancer of this kind needs for it, and what they are counted from.
    pub(super) fn units_of(&self, kind: BalancerKind) -> Option<Units> {
        match kind {
            // It has none, and nothing can be reserved.
            BalancerKind::Classic => None,
            BalancerKind::Network => {
                let bits = self.bytes? * 8.0 / 60.0;
                Some(Units { count: bits / BITS_PER_SECOND, basis: Basis::Throughput })
            }
            BalancerKind::Application => self.application_units(),
        }
    }

    fn application_units(&self) -> Option<Units> {
        if let Some(count) = self.units {
            return Some(Units { count, basis: Basis::PeakUnits });
        }
        let connections = match self.connections {
            Some(connections) => Some((connections, Basis::Connections)),
            // A connection carries one request or more.
            None => self.requests.map(|requests| (requests, Basis::Requests)),
        };
        let per_minute = |(number, basis): (f64, Basis), per_second: f64| Units {
            count: number / 60.0 / per_second,
            basis,
        };
        let dimensions = [
            connections.map(|found| per_minute(found, NEW_CONNECTIONS_PER_SECOND)),
            self.active.map(|n| Units { count: n / ACTIVE_CONNECTIONS, basis: Basis::Active }),
            self.bytes.map(|n| Units { count: n * 60.0 / BYTES_PER_HOUR, basis: Basis::Bytes }),
            self.rules.map(|n| per_minute((n, Basis::Rules), RULES_PER_SECOND)),
        ];
        // As on the bill, the dimension that needs most decides.
        dimensions.into_iter().flatten().max_by(|a, b| a.count.total_cmp(&b.count))
    }
}

/// Capacity units, and what they are counted from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Units {
    /// How many.
    pub count: f64,
    /// Counted from what.
    pub basis: Basis,
}

/// What capacity units are counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// AWS's own count, legacy's metric `PeakLCUs`.
    PeakUnits,
    /// New connections.
    Connections,
    /// Requests, each on a connection of its own: what it can be at most.
    Requests,
    /// Connections that are open.
    Active,
    /// Bytes.
    Bytes,
    /// Rules.
    Rules,
    /// Bits a second: all that a network load balancer's reservation is for.
    Throughput,
}

impl Basis {
    /// Returns what was counted, in words that follow "from".
    pub fn in_words(self) -> &'static str {
        match self {
            Self::PeakUnits => "legacy's PeakLCUs",
            Self::Connections => "new connections, 25 a second for each LCU",
            Self::Requests => "a connection for each request, 25 a second for each LCU",
            Self::Active => "open connections, 3000 for each LCU",
            Self::Bytes => "bytes, 1 GB an hour for each LCU",
            Self::Rules => "rule evaluations, 1000 a second for each LCU",
            Self::Throughput => "throughput, 2.2 Mbit/s for each LCU",
        }
    }
}

/// Returns the series that tell what a load balancer carries.
pub fn load_queries(balancer: &Balancer) -> Vec<(LoadMetric, MetricQuery)> {
    use LoadMetric::{Active, Bytes, Connections, Requests, Rules, Units};
    let (namespace, metrics): (_, &[(LoadMetric, &str)]) = match balancer.name.kind {
        BalancerKind::Classic => (
            "AWS/ELB",
            &[
                (Requests, "RequestCount"),
                (Connections, "EstimatedALBNewConnectionCount"),
                (Active, "EstimatedALBActiveConnectionCount"),
                (Bytes, "EstimatedProcessedBytes"),
            ],
        ),
        BalancerKind::Application => (
            "AWS/ApplicationELB",
            &[
                (Requests, "RequestCount"),
                (Connections, "NewConnectionCount"),
                (Active, "ActiveConnectionCount"),
                (Bytes, "ProcessedBytes"),
                (Rules, "RuleEvaluations"),
                (Units, "PeakLCUs"),
            ],
        ),
        BalancerKind::Network => (
            "AWS/NetworkELB",
            &[(Requests, "NewFlowCount"), (Connections, "NewFlowCount"), (Bytes, "ProcessedBytes")],
        ),
    };
    let dimension = (balancer.dimension_name().to_owned(), balancer.dimension.clone());
    let query = |(load, metric): &(LoadMetric, &str)| {
        let query = MetricQuery {
            namespace: namespace.to_owned(),
            metric: (*metric).to_owned(),
            dimensions: BTreeMap::from([dimension.clone()]),
            stat: "Sum".to_owned(),
        };
        (*load, query)
    };
    metrics.iter().map(query).collect()
}
