//! What the alarms and the other metrics of the gates say before anything is changed.

use super::{AlarmGate, AlarmReading, AlarmState, Gates, MetricGate, Snapshot};
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

fn reading<'a>(gate: &AlarmGate, snapshot: &'a Snapshot) -> Option<&'a AlarmReading> {
    snapshot.alarms.get(&gate.gate_name())?.as_ref()
}
