//! What the alarms of the gates say before anything is changed.

use super::{AlarmGate, AlarmReading, AlarmState, Gates, Snapshot};

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
        format!(
            "{} says INSUFFICIENT_DATA, and no step passes while it does; if it has no data as long as new has no \
             traffic, let it treat missing data as not breaching",
            gate.gate_name()
        )
    };
    gates.alarms.iter().filter(silent).map(told).collect()
}

fn reading<'a>(gate: &AlarmGate, snapshot: &'a Snapshot) -> Option<&'a AlarmReading> {
    snapshot.alarms.get(&gate.gate_name())?.as_ref()
}
