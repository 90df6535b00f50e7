//! Gates on Datadog: the state of a monitor, and the values of a query.
//!
//! What was read last counts while it is young, even when Datadog cannot be asked again for a while; after that, why it
//! could not be asked is the reason for knowing nothing.

use super::{
    metrics::{Measured, judge_points},
    reading::{DatadogFault, DatadogReading, MonitorState},
    scene::{STALE_AFTER, Scene, finding},
    verdict::{Cause, Finding},
};
use crate::{
    runbook::model::{DatadogGate, DatadogWatch},
    unit::{Minute, SignedDuration, Timestamp},
};

/// Says what to think of what Datadog told last.
pub(super) fn judge(gate: &DatadogGate, scene: Scene<'_>) -> Finding {
    match gate.watches {
        DatadogWatch::Monitor { .. } => monitor(&gate.gate_name(), scene),
        DatadogWatch::Query { .. } => query(gate, scene),
    }
}

fn monitor(gate: &str, scene: Scene<'_>) -> Finding {
    let (cause, why) = match newest(gate, scene) {
        Ok((at, state, name, since)) => says(state, name, since, at),
        Err(why) => unread(gate, scene).map_or((Cause::DatadogSilent, why), |(_, fault)| fault),
    };
    finding(gate, cause, why)
}

type Told<'a> = (Timestamp, MonitorState, &'a str, Option<Timestamp>);

/// Returns the newest reading, unless there is none or it is too old to go by.
fn newest<'a>(gate: &str, scene: Scene<'a>) -> Result<Told<'a>, String> {
    let Some((at, DatadogReading::Monitor { state, name, since })) = scene.table.monitor(gate)
    else {
        return Err("it has not been read yet".to_owned());
    };
    let minute = Minute::containing(*at);
    if scene.closed.0 - minute.0 >= STALE_AFTER {
        return Err(format!("it was last read in the minute of {minute}"));
    }
    Ok((*at, *state, name, *since))
}

fn says(
    state: MonitorState,
    name: &str,
    since: Option<Timestamp>,
    read_at: Timestamp,
) -> (Cause, String) {
    let cause = match state {
        MonitorState::Ok => Cause::Proven,
        MonitorState::Warn => Cause::OverWarning,
        MonitorState::Alert => Cause::OverCritical,
        MonitorState::NoData
        | MonitorState::Unknown
        | MonitorState::Ignored
        | MonitorState::Skipped => Cause::DatadogSilent,
    };
    let name = name.trim();
    let called = if name.is_empty() { "it".to_owned() } else { format!("`{name}`") };
    (cause, format!("{called} says {}{}", state.word(), told_since(since, read_at)))
}

/// Returns since when the monitor says so: the time of the last day, the date of what is older.
fn told_since(since: Option<Timestamp>, read_at: Timestamp) -> String {
    let Some(since) = since else { return String::new() };
    if read_at.duration_since(since) < SignedDuration::from_hours(24) {
        format!(" since {} UTC", Minute::containing(since))
    } else {
        format!(" since {}", since.strftime("%Y-%m-%d"))
    }
}

fn query(gate: &DatadogGate, scene: Scene<'_>) -> Finding {
    let name = gate.gate_name();
    let (warning, critical) = gate.limits();
    let unread = unread(&name, scene);
    // Young values are as good as ever when Datadog only wants to be asked later.
    let of_weight = unread.clone().filter(|(kind, _)| *kind != DatadogFault::Limited);
    let measured = Measured {
        name,
        what: gate.watched(),
        warning,
        critical,
        of_legacy: false,
        fault: of_weight.map(|(_, fault)| fault),
        silence: unread.map(|(_, fault)| fault),
    };
    let mut found = judge_points(&measured, scene);
    if matches!(found.cause, Cause::Stale | Cause::InsufficientData) {
        found.cause = Cause::DatadogSilent;
    }
    found
}

/// Returns why Datadog told nothing about a gate when it was last to be asked.
fn unread(gate: &str, scene: Scene<'_>) -> Option<(DatadogFault, (Cause, String))> {
    let (kind, message) = scene.table.unread(gate)?;
    Some((kind, (Cause::DatadogUnread, format!("could not be read: {message}"))))
}
