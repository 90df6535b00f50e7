//! A scenario as it is typed, and the way to a [`Scenario`] that cannot be wrong.

use std::{collections::BTreeMap, fmt::Display, str::FromStr};

use serde::{Deserialize, Deserializer, de};

use super::{
    Expect, InSyncDelays, Limits, MetricName, Noise, Outcome, Route53Setting, Scenario,
    ScriptedSeries, SideHealth, Traffic, trouble::FaultText,
};
use crate::{
    unit::{InvalidDuration, Rate, Share, SignedDuration, parse_duration},
    yaml,
};

/// A value that stands in YAML as text, such as `5%`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Typed<T>(pub(super) T);

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for Typed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Self).map_err(de::Error::custom)
    }
}

/// A duration such as `10m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span(pub(super) SignedDuration);

impl FromStr for Span {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, InvalidDuration> {
        parse_duration(text).map(Self)
    }
}

pub(super) type Percent = Typed<Rate>;
pub(super) type Duration = Typed<Span>;

fn percent(fraction: f64) -> Percent {
    // Only called with the literals of the defaults.
    Typed(Rate::from_fraction(fraction).unwrap_or_else(|| unreachable!("{fraction} is a rate")))
}

fn seconds(count: i64) -> Duration {
    Typed(Span(SignedDuration::from_secs(count)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    description: String,
    #[serde(default)]
    traffic: TrafficText,
    #[serde(default)]
    noise: NoiseText,
    #[serde(default)]
    legacy: SideText,
    #[serde(default)]
    new: SideText,
    #[serde(default)]
    route53: Route53Text,
    #[serde(default)]
    series: Vec<SeriesText>,
    #[serde(default)]
    faults: Vec<FaultText>,
    #[serde(default)]
    expect: ExpectText,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TrafficText {
    peak: f64,
    ignore_ttl: Percent,
    ignore_ttl_for: Duration,
    keep_alive: Percent,
    keep_alive_for: Duration,
}

impl Default for TrafficText {
    fn default() -> Self {
        Self {
            peak: 60_000.0,
            ignore_ttl: percent(0.02),
            ignore_ttl_for: seconds(600),
            keep_alive: percent(0.2),
            keep_alive_for: seconds(120),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct NoiseText {
    shared: f64,
    own: f64,
}

impl Default for NoiseText {
    /// The "moderate" noise of gates.md.
    fn default() -> Self {
        Self { shared: 0.5, own: 0.3 }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SideText {
    errors: Percent,
    latency_ms: f64,
    warm: Percent,
}

impl Default for SideText {
    fn default() -> Self {
        Self { errors: percent(0.001), latency_ms: 80.0, warm: percent(1.5) }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Route53Text {
    limits: Limits,
    other_tools: f64,
    answer_ms: Option<f64>,
    change_ms: Option<f64>,
    in_sync_least: Duration,
    in_sync_most: Duration,
    in_sync_slow: Percent,
}

impl Default for Route53Text {
    fn default() -> Self {
        Self {
            limits: Limits::Standard,
            other_tools: 0.5,
            answer_ms: None,
            change_ms: None,
            in_sync_least: seconds(5),
            in_sync_most: seconds(60),
            in_sync_slow: percent(0.0),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeriesText {
    namespace: String,
    metric: String,
    #[serde(default)]
    dimensions: BTreeMap<String, String>,
    values: Vec<ValueText>,
    #[serde(default)]
    jitter: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ValueText {
    at: Duration,
    value: f64,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct ExpectText {
    outcome: Vec<Outcome>,
    highest_share_below: Option<Typed<Share>>,
    detect_within: Option<Duration>,
    failed_below: Option<Percent>,
}

/// Busiest users that a scenario may have, in requests per minute; beyond it counts stop being exact.
const BUSIEST: f64 = 1e9;

/// Reads a scenario; the error says what is wrong.
pub(super) fn read(text: &str) -> Result<Scenario, String> {
    let file: File = yaml::from_str(text).map_err(|problem| problem.to_string())?;
    let mut faults = Vec::new();
    for (index, fault) in file.faults.iter().enumerate() {
        faults.extend(fault.faults().map_err(|why| format!("fault {}: {why}", index + 1))?);
    }
    let scenario = Scenario {
        description: file.description,
        traffic: file.traffic.checked()?,
        noise: Noise {
            shared: within("noise.shared", file.noise.shared, 0.0, 5.0)?,
            own: within("noise.own", file.noise.own, 0.0, 5.0)?,
        },
        legacy: file.legacy.checked("legacy")?,
        new: file.new.checked("new")?,
        route53: file.route53.checked()?,
        series: file.series.into_iter().map(SeriesText::checked).collect::<Result<_, _>>()?,
        faults,
        expect: file.expect.checked(),
    };
    Ok(scenario)
}

/// Refuses a number that is out of its range.
pub(super) fn within(what: &str, value: f64, least: f64, most: f64) -> Result<f64, String> {
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(format!("`{what}` is {value}, and must be from {least} to {most}"))
    }
}

/// Returns a value that a metric can have.
pub(super) fn metric_value(what: &str, value: f64) -> Result<f64, String> {
    within(what, value, -1e15, 1e15)
}

/// Returns a part of something, 0 to 1.
pub(super) fn part(what: &str, value: Percent) -> Result<f64, String> {
    let fraction = value.0.fraction();
    if fraction <= 1.0 {
        Ok(fraction)
    } else {
        Err(format!("`{what}` is {}, and must be at most 100%", value.0))
    }
}

fn answer_time(what: &str, ms: Option<f64>) -> Result<Option<SignedDuration>, String> {
    let ms = ms.map(|ms| within(what, ms, 0.0, 60_000.0)).transpose()?;
    Ok(ms.map(|ms| SignedDuration::from_secs_f64(ms / 1000.0)))
}

impl TrafficText {
    fn checked(&self) -> Result<Traffic, String> {
        Ok(Traffic {
            peak: within("traffic.peak", self.peak, 0.0, BUSIEST)?,
            ignore_ttl: part("traffic.ignore_ttl", self.ignore_ttl)?,
            ignore_ttl_for: self.ignore_ttl_for.0.0,
            keep_alive: part("traffic.keep_alive", self.keep_alive)?,
            keep_alive_for: self.keep_alive_for.0.0,
        })
    }
}

impl SideText {
    fn checked(&self, side: &str) -> Result<SideHealth, String> {
        part(&format!("{side}.errors"), self.errors)?;
        Ok(SideHealth {
            errors: self.errors.0,
            latency_ms: within(&format!("{side}.latency_ms"), self.latency_ms, 0.001, 1e6)?,
            warm: self.warm.0.fraction(),
        })
    }
}

impl Route53Text {
    fn checked(&self) -> Result<Route53Setting, String> {
        let (least, most) = (self.in_sync_least.0.0, self.in_sync_most.0.0);
        if least > most {
            return Err("`route53.in_sync_least` is more than `route53.in_sync_most`".to_owned());
        }
        let slow = part("route53.in_sync_slow", self.in_sync_slow)?;
        Ok(Route53Setting {
            limits: self.limits,
            other_tools: within("route53.other_tools", self.other_tools, 0.0, 1000.0)?,
            answer: answer_time("route53.answer_ms", self.answer_ms)?,
            change: answer_time("route53.change_ms", self.change_ms)?,
            in_sync: InSyncDelays { least, most, slow },
        })
    }
}

impl SeriesText {
    fn checked(self) -> Result<ScriptedSeries, String> {
        let what = format!("series {} {}", self.namespace, self.metric);
        let jitter = within(&format!("{what}: jitter"), self.jitter, 0.0, 5.0)?;
        let mut values = BTreeMap::new();
        for entry in self.values {
            let value = metric_value(&format!("{what}: value"), entry.value)?;
            values.insert(entry.at.0.0, value);
        }
        let (namespace, metric, dimensions) = (self.namespace, self.metric, self.dimensions);
        let metric = MetricName { namespace, metric, dimensions };
        Ok(ScriptedSeries { metric, values, jitter })
    }
}

impl ExpectText {
    fn checked(self) -> Expect {
        Expect {
            outcome: self.outcome,
            highest_share_below: self.highest_share_below.map(|share| share.0),
            detect_within: self.detect_within.map(|span| span.0.0),
            failed_below: self.failed_below.map(|rate| rate.0.fraction()),
        }
    }
}
