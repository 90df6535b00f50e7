//! Datadog's answers to what they mean.
//!
//! Shapes: <https://docs.datadoghq.com/api/latest/monitors/get-a-monitors-details/> (`overall_state`) and
//! <https://docs.datadoghq.com/api/latest/metrics/query-timeseries-points/> (`series[].pointlist`, in milliseconds, where a
//! value may be null). Rate limits: <https://docs.datadoghq.com/api/latest/rate-limits/>.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    gate::{DatadogFault, DatadogReading, MonitorState},
    plan::{Bound, DatadogGate, DatadogWatch},
    unit::{Minute, Timestamp, clean},
};

/// Most characters of what Datadog says that are repeated.
const REPEATED: usize = 200;

/// What came back from one call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

/// What one gate is told.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Told {
    Reading(DatadogReading),
    /// The values of a query, by the minute.
    Values(BTreeMap<Minute, f64>),
}

/// Returns that nothing was told, and why.
pub(super) fn unread(kind: DatadogFault, message: impl Into<String>) -> Told {
    Told::Reading(DatadogReading::Unread { kind, message: message.into() })
}

/// Returns what an answer tells a gate; of a query only the minutes that are asked for.
pub(super) fn told(gate: &DatadogGate, answer: &Answer, span: (Minute, Minute)) -> Told {
    match answer.status {
        200..=299 => match &gate.watches {
            DatadogWatch::Monitor { .. } => monitor(&answer.body),
            DatadogWatch::Query { .. } => values(gate, &answer.body, span),
        },
        401 | 403 => unread(DatadogFault::Forbidden, refused(answer)),
        400 | 404 => unread(DatadogFault::Missing, refused(answer)),
        _ => unread(DatadogFault::Failed, refused(answer)),
    }
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<String>,
}

/// Says what Datadog answered instead of what was asked for.
fn refused(answer: &Answer) -> String {
    let said = match serde_json::from_str::<Errors>(&answer.body) {
        Ok(Errors { errors }) => errors.join(", "),
        Err(_) => answer.body.trim().to_owned(),
    };
    let said = short(&said);
    let status = answer.status;
    if said.is_empty() {
        format!("it answered {status}")
    } else {
        format!("it answered {status}: {said}")
    }
}

/// Returns the beginning of what somebody else wrote, safe to be shown.
pub(super) fn short(text: &str) -> String {
    let mut told: String = text.chars().take(REPEATED).collect();
    if told.len() < text.len() {
        told.push_str("...");
    }
    clean(&told).into_owned()
}

#[derive(Deserialize)]
struct Monitor {
    #[serde(default)]
    name: String,
    overall_state: Option<String>,
    #[serde(default)]
    overall_state_modified: Option<String>,
}

fn monitor(body: &str) -> Told {
    let Ok(monitor) = serde_json::from_str::<Monitor>(body) else { return junk("a monitor") };
    let Some(state) = monitor.overall_state else { return junk("a monitor's state") };
    let Ok(state) = serde_json::from_value::<MonitorState>(state.as_str().into()) else {
        let message = format!("the monitor says `{}`, which is no state known here", short(&state));
        return unread(DatadogFault::Failed, message);
    };
    let since = monitor.overall_state_modified.and_then(|text| text.parse::<Timestamp>().ok());
    Told::Reading(DatadogReading::Monitor { state, name: short(&monitor.name), since })
}

#[derive(Deserialize)]
struct Series {
    #[serde(default)]
    pointlist: Vec<(f64, Option<f64>)>,
}

#[derive(Deserialize)]
struct Queried {
    #[serde(default)]
    status: String,
    #[serde(default)]
    error: Option<String>,
    series: Option<Vec<Series>>,
}

/// Returns the values of a query by the minute: of several series, and of several values in one minute, the worst.
fn values(gate: &DatadogGate, body: &str, (from, until): (Minute, Minute)) -> Told {
    let Ok(queried) = serde_json::from_str::<Queried>(body) else { return junk("time series") };
    // A query that is none is answered with status 200 too.
    let error = queried.error.filter(|error| !error.is_empty());
    if let Some(error) = error.or((queried.status == "error").then(|| "no reason".to_owned())) {
        let message = format!("it cannot evaluate the query: {}", short(&error));
        return unread(DatadogFault::Missing, message);
    }
    let Some(series) = queried.series else { return junk("time series") };
    let worse: fn(f64, f64) -> f64 = match bound(gate) {
        Bound::Above => f64::max,
        Bound::Below => f64::min,
    };
    let mut values: BTreeMap<Minute, f64> = BTreeMap::new();
    for (milliseconds, value) in series.into_iter().flat_map(|series| series.pointlist) {
        let Some(value) = value.filter(|value| value.is_finite()) else { continue };
        let minute = Minute((milliseconds / 60_000.0).floor() as i64);
        if (from..until).contains(&minute) {
            let worst = values.get(&minute).map_or(value, |known| worse(*known, value));
            values.insert(minute, worst);
        }
    }
    Told::Values(values)
}

/// Returns which side of the gate's limits is bad; that of both is the same.
fn bound(gate: &DatadogGate) -> Bound {
    let (warning, critical) = gate.limits();
    critical.or(warning).map_or(Bound::Above, |threshold| threshold.bound)
}

fn junk(wanted: &str) -> Told {
    unread(DatadogFault::Failed, format!("it answered something else than {wanted}"))
}
