//! What a runbook may say already, but this version of the program cannot do yet.

use super::model::Runbook;
use crate::unit::Account;

/// Returns the features that a runbook uses and that are not built yet, by where they stand and what they are.
/// A run that ignored one would be less safe than its author believes.
pub fn unbuilt(runbook: &Runbook) -> Vec<String> {
    let mut found = Vec::new();
    let mut say = |used: bool, place: &str, what: &str| {
        if used {
            found.push(format!("`{place}` ({what})"));
        }
    };
    let environment = &runbook.environment;
    for account in Account::ALL {
        let name = environment.name.as_deref().unwrap_or_default();
        let place = format!("environments.{name}.{account}.mfa_serial");
        say(environment.access(account).mfa_serial.is_some(), &place, "MFA codes");
    }
    let (gates, preflight) = (&runbook.gates, &runbook.preflight);
    say(!gates.datadog.is_empty(), "gates.datadog", "gates on Datadog");
    say(!preflight.capacity.is_empty(), "preflight.capacity", "checks of reserved capacity");
    found
}
