//! Gates on CloudWatch alarms: the judgement is CloudWatch's, and so is the reason.

use super::{
    reading::{AlarmReading, AlarmState},
    scene::{STALE_AFTER, Scene, finding},
    verdict::{Cause, Finding},
};
use crate::{
    runbook::model::AlarmGate,
    unit::{Minute, Side, SignedDuration, Timestamp},
};

/// Longest reason that is told whole, in characters; that of a composite alarm can fill a screen.
const LONGEST_REASON: usize = 200;

/// Says what to think of the newest reading of one alarm.
pub(super) fn judge(gate: &AlarmGate, scene: Scene<'_>) -> Finding {
    let name = gate.gate_name();
    let (cause, why) = match newest(&name, scene) {
        Ok((at, reading)) => says(gate.side, reading, *at),
        Err(why) => scene.fault(&[gate.side.account()]).unwrap_or((Cause::Stale, why)),
    };
    finding(&name, cause, why)
}

/// Returns the newest reading, unless there is none or it is too old to go by.
fn newest<'a>(name: &str, scene: Scene<'a>) -> Result<&'a (Timestamp, AlarmReading), String> {
    let Some(read) = scene.table.alarm(name) else {
        return Err("it has not been read yet; see whether there still is such an alarm".to_owned());
    };
    let minute = Minute::containing(read.0);
    if scene.closed.0 - minute.0 >= STALE_AFTER {
        return Err(format!(
            "it was last read in the minute of {minute}; see whether there still is such an alarm"
        ));
    }
    Ok(read)
}

fn says(side: Side, reading: &AlarmReading, read_at: Timestamp) -> (Cause, String) {
    let since = since(reading, read_at);
    let reason = reason(reading);
    match (reading.state, side) {
        (AlarmState::Ok, _) => (Cause::Proven, "it says OK".to_owned()),
        (AlarmState::Alarm, Side::New) => {
            (Cause::OverCritical, format!("it says ALARM{since}{reason}"))
        }
        (AlarmState::Alarm, Side::Legacy) => {
            let why = format!("it says ALARM{since}{reason}; going back to legacy would do harm");
            (Cause::LegacySick, why)
        }
        (AlarmState::InsufficientData, _) => {
            (Cause::InsufficientData, format!("it says INSUFFICIENT_DATA{since}{reason}"))
        }
    }
}

/// Returns since when the alarm says so: the time of the last day, the date of what is older.
fn since(reading: &AlarmReading, read_at: Timestamp) -> String {
    let Some(since) = reading.since else { return String::new() };
    if read_at.duration_since(since) < SignedDuration::from_hours(24) {
        format!(" since {} UTC", Minute::containing(since))
    } else {
        format!(" since {}", since.strftime("%Y-%m-%d"))
    }
}

fn reason(reading: &AlarmReading) -> String {
    let reason = reading.reason.trim().trim_end_matches('.');
    if reason.is_empty() {
        return String::new();
    }
    let mut told: String = reason.chars().take(LONGEST_REASON).collect();
    if told.len() < reason.len() {
        told.push_str("...");
    }
    format!(": {told}")
}
