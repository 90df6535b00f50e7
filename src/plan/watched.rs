//! What the alarms and the other metrics of the gates say before anything is changed.

use super::{
    AlarmGate, AlarmReading, AlarmState, DatadogFault, DatadogGate, DatadogReading, DatadogWatch,
    Gates, MetricGate, MonitorState, Snapshot,
};
use crate::unit::Side;

/// An alarm that does not exist can never ring.
pub(super) fn alarm_problems(gates: &Gates, snapshot: &Snapshot) -> Vec<String> {
    let missing = gates.alarms.iter().filter(|gate| reading(gate, snapshot).is_none());
    missing
        .map(|gate| {
            format!(
                "{}: there is no alarm of this name in the {} account's region; look for the exact name with \
                 `aws cloudwatch describe-alarms`, or take it out of `gates.alarms`",
                gate.gate_name(),
                gate.side
            )
        })
        .collect()
}

/// An alarm without data keeps every step from passing.
pub(super) fn alarm_hazards(gates: &Gates, snapshot: &Snapshot) -> Vec<String> {
    let says = |gate: &&AlarmGate| reading(gate, snapshot).map(|reading| reading.state);
    let silent = |gate: &&AlarmGate| says(gate) == Some(AlarmState::InsufficientData);
    let told = |gate: &AlarmGate| {
        let idle = match gate.side {
            Side::New => {
                "; if it has no data as long as new has no traffic, let it treat missing data as not breaching"
            }
            Side::Legacy => "",
        };
        format!(
            "{} says INSUFFICIENT_DATA, and no step passes while it does{idle}",
            gate.gate_name()
        )
    };
    gates.alarms.iter().filter(silent).map(told).collect()
}

/// A metric without datapoints keeps every step from passing. Of an account that could not be read nothing is known.
pub(super) fn metric_hazards(gates: &Gates, snapshot: &Snapshot) -> Vec<String> {
    let recent = &snapshot.recent;
    let read = |gate: &&MetricGate| recent.faults.iter().all(|f| f.account != gate.account);
    let seen =
        |gate: &MetricGate| recent.rows.iter().any(|(_, r)| r.metrics.contains_key(&gate.name));
    let told = |gate: &MetricGate| {
        format!(
            "metric {}: {} of {} has no datapoint in the last hour, and no step passes without one; see that names, \
             dimensions and region are right, and watch what comes only when something happens by an alarm that \
             treats missing data as not breaching",
            gate.name,
            gate.measured(),
            gate.account
        )
    };
    gates.metrics.iter().filter(read).filter(|gate| !seen(gate)).map(told).collect()
}

/// What Datadog does not know, or does not tell these keys, it will not tell at night either.
pub(super) fn datadog_problems(gates: &Gates, snapshot: &Snapshot) -> Vec<String> {
    let told = |gate: &DatadogGate| {
        let (kind, message) = unread(gate, snapshot)?;
        let advice = match kind {
            DatadogFault::Missing => {
                "see in Datadog what it is called there, or take it out of `gates.datadog`"
            }
            DatadogFault::Forbidden => {
                "see that both keys belong to its site, and that the application key may read monitors and metrics \
                 (`monitors_read`, `timeseries_query`)"
            }
            DatadogFault::Limited | DatadogFault::Failed => return None,
        };
        Some(format!(
            "{}: {} could not be read: {message}; {advice}",
            gate.gate_name(),
            gate.watched()
        ))
    };
    gates.datadog.iter().filter_map(told).collect()
}

/// A gate on Datadog that says nothing keeps every step from passing.
pub(super) fn datadog_hazards(gates: &Gates, snapshot: &Snapshot) -> Vec<String> {
    gates.datadog.iter().filter_map(|gate| silence(gate, snapshot)).collect()
}

fn silence(gate: &DatadogGate, snapshot: &Snapshot) -> Option<String> {
    let name = gate.gate_name();
    if let Some((_, message)) = unread(gate, snapshot) {
        return Some(format!(
            "{name}: {} could not be read: {message}; no step passes while that is so",
            gate.watched()
        ));
    }
    match &gate.watches {
        DatadogWatch::Monitor { .. } => match snapshot.recent.datadog.get(&name)? {
            DatadogReading::Monitor { state, .. } => match state {
                MonitorState::Ok | MonitorState::Warn | MonitorState::Alert => None,
                MonitorState::NoData
                | MonitorState::Unknown
                | MonitorState::Ignored
                | MonitorState::Skipped => {
                    let state = state.word();
                    Some(format!("{name} says {state}, and no step passes while it does"))
                }
            },
            DatadogReading::Unread { .. } => None,
        },
        DatadogWatch::Query { query, .. } => {
            let valued =
                snapshot.recent.rows.iter().any(|(_, row)| row.metrics.contains_key(&name));
            (!valued).then(|| {
                format!(
                    "{name}: the query {query} has no value in the last hour, and no step passes without one; what comes only \
                     when something happens needs a default, such as `default_zero(...)`"
                )
            })
        }
    }
}

fn unread<'a>(gate: &DatadogGate, snapshot: &'a Snapshot) -> Option<(DatadogFault, &'a str)> {
    match snapshot.recent.datadog.get(&gate.gate_name())? {
        DatadogReading::Unread { kind, message } => Some((*kind, message)),
        DatadogReading::Monitor { .. } => None,
    }
}

fn reading<'a>(gate: &AlarmGate, snapshot: &'a Snapshot) -> Option<&'a AlarmReading> {
    snapshot.alarms.get(&gate.gate_name())?.as_ref()
}
