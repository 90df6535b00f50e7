//! What changes when the next wave begins: what is judged, and by which limits.
//!
//! The engine's table, spans and judge are those of the wave under way. What was seen of the waves before stays in the
//! journal; where their records are does not depend on it.

use super::Engine;
use crate::gate::{Judge, Table};

impl Engine {
    /// Returns how many shifts have begun.
    pub(super) fn begun(&self) -> usize {
        self.first_of_wave + self.spans.len()
    }

    /// Returns the index of a shift among those of its wave.
    pub(super) fn within_wave(&self, shift: usize) -> Option<usize> {
        shift.checked_sub(self.first_of_wave)
    }

    /// Judges the wave of this shift from now on, if another one has been judged so far.
    pub(super) fn enter_wave(&mut self, shift: usize) {
        let first = self.plan.wave_begins(shift);
        if first == self.first_of_wave {
            return;
        }
        self.first_of_wave = first;
        self.plan.enter(self.plan.wave_of(shift));
        self.judge = judge_of(&self.plan, first);
        self.spans.clear();
        self.table = Table::default();
        self.judged = None;
        self.whole_until = None;
        self.warned.clear();
        // Where a breach stood, nothing would have moved: another one, of other records, is to be told anew.
        self.breached = None;
        // Limits are changed for the wave under way.
        self.tunings.clear();
    }
}

/// Returns who judges the wave that begins with this shift.
pub(super) fn judge_of(plan: &crate::plan::Plan, first: usize) -> Judge {
    let wave = plan.wave_of(first);
    let planned = plan.shifts.iter().zip(plan.planned_minutes());
    let planned: Vec<u32> =
        planned.filter(|(shift, _)| shift.wave == wave).map(|(_, minutes)| minutes).collect();
    Judge::new(&plan.gates, &plan.history, &planned).watching(&plan.services)
}
