//! Where a run would wait for its windows, if it began at some moment.

use super::{Plan, timeline};
use crate::unit::Timestamp;

/// A step that is due while no window is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowWait {
    /// Number of the entry in the runbook's `steps`.
    pub step: usize,
    /// When it would be due.
    pub due: Timestamp,
    /// When it may start; nothing where no window opens again.
    pub opens: Option<Timestamp>,
}

/// Returns the waits of a run that begins at this moment and that nothing else keeps waiting, and when it would be over:
/// nothing where it would not.
pub fn window_waits(plan: &Plan, begin: Timestamp) -> (Vec<WindowWait>, Option<Timestamp>) {
    let times = timeline(plan);
    let mut late = crate::unit::SignedDuration::ZERO;
    let mut waits = Vec::new();
    let at = |since| begin.saturating_add(since).unwrap_or(Timestamp::MAX);
    for entry in &times.entries {
        let due = at(entry.written + late);
        match plan.windows.opens(due) {
            Some(opens) if opens == due => {}
            opens => {
                waits.push(WindowWait { step: entry.step, due, opens });
                let Some(opens) = opens else { return (waits, None) };
                late += opens.duration_since(due);
            }
        }
    }
    (waits, Some(at(times.earliest_finish + late)))
}
