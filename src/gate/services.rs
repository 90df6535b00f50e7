//! ECS services beside the gates: nobody is moved onto a side that somebody is deploying, and nobody is accused for it.

use super::{
    scene::{STALE_AFTER, Scene, finding},
    service::{Service, ServiceReading, ServiceState, Unsteady},
    verdict::{Cause, Finding},
};
use crate::unit::{Minute, Side, Timestamp};

/// Says what to think of the newest reading of one service.
pub(super) fn judge(service: &Service, scene: Scene<'_>) -> Finding {
    let name = service.check.gate_name();
    let (cause, why) = match newest(&name, scene) {
        Ok((_, ServiceReading::Told(state))) => says(service, state),
        Ok((_, ServiceReading::Missing)) => {
            nobody_runs(service.check.side, "there is no such service any more".to_owned())
        }
        Ok((_, ServiceReading::Unread(why))) => {
            (Cause::Unread, format!("it could not be read: {why}"))
        }
        Err(why) => (Cause::Unread, why),
    };
    finding(&name, cause, why)
}

/// Returns the newest reading, unless there is none or it is too old to go by.
fn newest<'a>(name: &str, scene: Scene<'a>) -> Result<&'a (Timestamp, ServiceReading), String> {
    let Some(read) = scene.table.service(name) else {
        return Err("it has not been read yet".to_owned());
    };
    let minute = Minute::containing(read.0);
    if scene.closed.0 - minute.0 >= STALE_AFTER {
        return Err(format!("it was last read in the minute of {minute}"));
    }
    Ok(read)
}

fn says(service: &Service, state: &ServiceState) -> (Cause, String) {
    match state.unsteady(service.deployment.as_deref()) {
        Some(Unsteady::Deploying) => {
            let why = format!(
                "someone is deploying {} on {}: the run holds until it is steady ({state})",
                service.check.service, service.check.side
            );
            (Cause::Deploying, why)
        }
        Some(Unsteady::Broken(what)) if state.is_down() => nobody_runs(service.check.side, what),
        Some(Unsteady::Broken(what)) => (Cause::Unsteady, what),
        // More tasks than are meant to run, or one that is being started in place of another, take nothing from anybody.
        Some(Unsteady::Moving(_)) | None => {
            let now = state.deployment();
            let since = match (&service.deployment, now) {
                (Some(before), Some(now)) if before != now => {
                    ", by a deployment that ended during the run"
                }
                _ => "",
            };
            (Cause::Proven, format!("it is steady: {state}{since}"))
        }
    }
}

/// Says what a service means that answers nobody: on legacy, that there is nobody to go back to.
fn nobody_runs(side: Side, what: String) -> (Cause, String) {
    match side {
        Side::New => (Cause::Unsteady, what),
        Side::Legacy => (Cause::LegacySick, format!("{what}; going back to legacy would do harm")),
    }
}
