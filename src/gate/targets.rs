//! The `targets` gate: how many of the targets behind new are healthy.

use super::{
    scene::{STALE_AFTER, Scene, finding, with_numbers},
    verdict::{Cause, Finding},
    words,
};
use crate::{
    runbook::model::TargetsGate,
    unit::{Account, Minute},
};

/// The gate.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Targets {
    critical_below: f64,
}

impl Targets {
    /// Resolves the runbook's gate.
    pub(super) fn new(gate: &TargetsGate) -> Self {
        Self { critical_below: gate.critical_below.fraction() }
    }

    /// Says what to think of the newest reading.
    pub(super) fn judge(&self, scene: Scene<'_>) -> Finding {
        let unread = |why: String| {
            let (cause, why) = scene.fault(&[Account::New]).unwrap_or((Cause::Stale, why));
            finding("targets", cause, why)
        };
        let Some((at, count)) = scene.table.targets() else {
            return unread("the targets behind new have not been read yet".to_owned());
        };
        let minute = Minute::containing(*at);
        if scene.closed.0 - minute.0 >= STALE_AFTER {
            return unread(format!(
                "the targets behind new were last read in the minute of {minute}"
            ));
        }
        let (healthy, registered) = (f64::from(count.healthy), f64::from(count.registered));
        let least = words::percent(self.critical_below);
        let behind =
            count.of.as_ref().map_or_else(String::new, |of| format!("'s {of}, its worst,"));
        let (cause, why) = if count.registered == 0 {
            (Cause::OverCritical, format!("no target is registered behind new{behind}"))
        } else {
            let part = healthy / registered;
            let seen = format!(
                "{} of {} targets behind new{behind} are healthy ({})",
                count.healthy,
                count.registered,
                words::percent(part)
            );
            if part < self.critical_below {
                (Cause::OverCritical, format!("{seen}; at least {least} must be"))
            } else {
                (Cause::Proven, format!("{seen}, and at least {least} must be"))
            }
        };
        with_numbers(
            finding("targets", cause, why),
            [
                ("healthy_targets", healthy),
                ("registered_targets", registered),
                ("limit_rate", self.critical_below),
            ],
        )
    }
}
