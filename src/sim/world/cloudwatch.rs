//! What CloudWatch tells of the load balancers: their own names for things, late, sparse and sometimes not at all
//! (section 3 and laws L50, L51, L54).

use super::{
    noise::{self, Purpose},
    station::Tally,
};
use crate::unit::{BalancerKind, SignedDuration, Timestamp};

/// What a metric measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// A count of requests.
    Count {
        /// Which ones.
        of: Counted,
        /// When there is a datapoint.
        reported: Reported,
    },
    /// How long targets took to answer.
    Latency,
    /// Bytes of requests and answers.
    Bytes,
    /// Healthy targets.
    Healthy,
    /// Registered targets that are not healthy.
    Unhealthy,
}

impl Measure {
    /// Returns a number that tells measures apart which become visible separately.
    pub(super) fn pace(self) -> u64 {
        match self {
            Self::Count { of, .. } => of as u64,
            // They become visible with the requests that they are of.
            Self::Bytes => Counted::Served as u64,
            Self::Latency => 5,
            Self::Healthy => 6,
            Self::Unhealthy => 7,
        }
    }
}

/// Which requests a metric counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    /// Those that reached a target.
    Served,
    /// Those that reached a target and succeeded.
    Succeeded,
    /// Those that a target failed.
    Failed,
    /// Those that the load balancer refused.
    Refused,
    /// Those of which there are never any.
    Nothing,
}

/// When a count is reported (law L50).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reported {
    /// Only above zero.
    NonZero,
    /// While there is traffic.
    WithTraffic,
    /// Always.
    Always,
}

/// Returns what a metric of this name measures on a load balancer of this kind; nothing if the kind has no such metric.
pub(super) fn measure(kind: BalancerKind, namespace: &str, metric: &str) -> Option<Measure> {
    use Counted::{Failed, Nothing, Refused, Served, Succeeded};
    use Reported::{Always, NonZero, WithTraffic};
    let (of, reported) = match (kind, namespace, metric) {
        (BalancerKind::Classic, "AWS/ELB", metric) => match metric {
            "RequestCount" => (Served, NonZero),
            "HTTPCode_Backend_2XX" => (Succeeded, NonZero),
            "HTTPCode_Backend_5XX" => (Failed, NonZero),
            "HTTPCode_ELB_5XX" | "SpilloverCount" => (Refused, NonZero),
            "EstimatedProcessedBytes" => return Some(Measure::Bytes),
            "Latency" => return Some(Measure::Latency),
            "HealthyHostCount" => return Some(Measure::Healthy),
            "UnHealthyHostCount" => return Some(Measure::Unhealthy),
            _ => return None,
        },
        (BalancerKind::Application, "AWS/ApplicationELB", metric) => match metric {
            "RequestCount" => (Served, NonZero),
            "HTTPCode_Target_2XX_Count" => (Succeeded, WithTraffic),
            "HTTPCode_Target_5XX_Count" => (Failed, WithTraffic),
            "HTTPCode_ELB_5XX_Count" | "HTTPCode_ELB_503_Count" => (Refused, NonZero),
            "ProcessedBytes" => return Some(Measure::Bytes),
            "TargetResponseTime" => return Some(Measure::Latency),
            "HealthyHostCount" => return Some(Measure::Healthy),
            "UnHealthyHostCount" => return Some(Measure::Unhealthy),
            _ => return None,
        },
        (BalancerKind::Network, "AWS/NetworkELB", metric) => match metric {
            "NewFlowCount" => (Served, Always),
            "TCP_Target_Reset_Count" => (Failed, Always),
            "TCP_ELB_Reset_Count" => (Nothing, Always),
            "RejectedFlowCount" => (Refused, NonZero),
            "ProcessedBytes" => return Some(Measure::Bytes),
            "HealthyHostCount" => return Some(Measure::Healthy),
            "UnHealthyHostCount" => return Some(Measure::Unhealthy),
            _ => return None,
        },
        (BalancerKind::Classic | BalancerKind::Application | BalancerKind::Network, _, _) => {
            return None;
        }
    };
    Some(Measure::Count { of, reported })
}

/// Where a datapoint stands, and how much of it can be seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub(super) seed: u64,
    pub(super) minute: i64,
    pub(super) balancer: usize,
    /// Part of the minute's requests that CloudWatch has heard of, above 0 and up to 1.
    pub(super) published: f64,
    /// Median latency of the side when nothing is wrong, in milliseconds.
    pub(super) latency_ms: f64,
}

/// Returns the value of a datapoint; nothing where there is none.
pub(super) fn value(measure: Measure, stat: &str, tally: &Tally, point: &Point) -> Option<f64> {
    match measure {
        Measure::Count { of, reported } => {
            let count = match of {
                Counted::Served => tally.served,
                Counted::Succeeded => tally.served - tally.failed,
                Counted::Failed => tally.failed,
                Counted::Refused => tally.refused,
                Counted::Nothing => 0,
            };
            let seen = (count as f64 * point.published).floor();
            let exists = match reported {
                Reported::NonZero => seen > 0.0,
                Reported::WithTraffic => tally.served > 0,
                Reported::Always => true,
            };
            // Every request is a sample of value 1.
            let value = if matches!(stat, "Sum" | "SampleCount") { seen } else { seen.min(1.0) };
            exists.then_some(value)
        }
        Measure::Bytes => {
            let seen = (tally.served as f64 * point.published).floor();
            let value = if stat == "Sum" { seen * BYTES_OF_A_REQUEST } else { seen };
            (seen > 0.0).then_some(value)
        }
        Measure::Latency => latency(stat, tally, point),
        Measure::Healthy => (tally.registered > 0).then_some(f64::from(tally.healthy)),
        Measure::Unhealthy => (tally.registered > 0)
            .then(|| f64::from(tally.registered.saturating_sub(tally.healthy))),
    }
}

/// Returns whether a metric has this statistic here.
pub(super) fn has(measure: Measure, stat: &str) -> bool {
    let plain = ["Average", "Maximum", "Minimum", "SampleCount", "Sum"].contains(&stat);
    match measure {
        Measure::Latency => plain || percentile(stat).is_some(),
        Measure::Count { .. } | Measure::Bytes | Measure::Healthy | Measure::Unhealthy => plain,
    }
}

/// Bytes of a request and its answer.
const BYTES_OF_A_REQUEST: f64 = 8192.0;
/// Spread of the natural logarithm of one request's latency.
pub(super) const SPREAD: f64 = 0.7;
/// Spread of the logarithm of a minute's latency, of what both sides feel alike and of what each feels alone.
const MINUTE_SPREAD: f64 = 0.05;
/// The same of a minute that is not fully published.
const OPEN_SPREAD: f64 = 0.15;

/// Returns a latency statistic in seconds. Latencies of requests are log-normal; what is drawn is how far the minute's
/// sample lies from that.
fn latency(stat: &str, tally: &Tally, point: &Point) -> Option<f64> {
    let samples = (tally.served as f64 * point.published).floor();
    if samples < 1.0 {
        return None;
    }
    // The largest of n samples is about their quantile 1 - 1/2n.
    let (least, most) = (0.5 / samples, 1.0 - 0.5 / samples);
    let draw = |of| noise::normal(point.seed, Purpose::Latency, point.minute, of);
    let balancer = 16 * (point.balancer as u64 + 1);
    let open = if point.published < 1.0 { OPEN_SPREAD } else { 0.0 };
    let common = MINUTE_SPREAD * (draw(0) + draw(balancer)) + open * draw(balancer + 1);
    let sampled = draw(balancer + 2);
    let median = (point.latency_ms * tally.latency_times() / 1000.0).ln() + common;
    let at = |p: f64| {
        let p = p.clamp(least, most);
        let z = noise::quantile(p);
        let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let error = (p * (1.0 - p) / samples).sqrt() / density;
        (median + SPREAD * (z + error.min(1.0) * sampled)).exp()
    };
    match stat {
        "Average" => Some((median + SPREAD * SPREAD / 2.0).exp()),
        "Maximum" => Some(at(most)),
        "Minimum" => Some(at(least)),
        "SampleCount" => Some(samples),
        "Sum" => Some(samples * (median + SPREAD * SPREAD / 2.0).exp()),
        _ => percentile(stat).map(at),
    }
}

/// Reads `p99` or `p99.9` as a fraction.
fn percentile(stat: &str) -> Option<f64> {
    let percent: f64 = stat.strip_prefix('p')?.parse().ok()?;
    (0.0..=100.0).contains(&percent).then_some(percent / 100.0)
}

/// Returns what part of a minute's requests CloudWatch has heard of by now (law L51): nothing for some 10 to 50 seconds
/// after the minute, then most of it, and all of it within 110 seconds; everything later by a fault's delay.
pub(super) fn published(seed: u64, now: Timestamp, minute: i64, of: u64, late_ms: i64) -> f64 {
    let age_ms = now.as_millisecond() - (minute + 1) * 60_000 - late_ms;
    let age = SignedDuration::from_millis(age_ms).as_secs_f64();
    if age >= 110.0 {
        return 1.0;
    }
    let draw = noise::fraction(seed, Purpose::Published, minute, of);
    let first = 10.0 + 40.0 * draw;
    let last = first + 10.0 + 50.0 * (draw * 7919.0).fract();
    match age {
        age if age < first => 0.0,
        age if age < last => 0.6 + 0.38 * (draw * 104_729.0).fract(),
        _ => 1.0,
    }
}
