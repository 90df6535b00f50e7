//! What a runbook may say already, but this version of the program cannot do yet.

use super::model::Runbook;

/// Returns the features that a runbook uses and that are not built yet, by where they stand and what they are.
/// A run that ignored one would be less safe than its author believes.
pub fn unbuilt(runbook: &Runbook) -> Vec<String> {
    let mut found = Vec::new();
    let mut say = |used: bool, place: &str, what: &str| {
        if used {
            found.push(format!("`{place}` ({what})"));
        }
    };
    let preflight = &runbook.preflight;
    say(!preflight.capacity.is_empty(), "preflight.capacity", "checks of reserved capacity");
    found
}
