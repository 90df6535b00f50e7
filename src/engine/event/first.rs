//! The events that a run begins with.

use std::collections::BTreeMap;

use super::Event;
use crate::{plan::Plan, unit::Check};

/// Version of cutover, as runs record it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Returns the first events of a run with this plan, which the preflight found fit.
pub fn beginning(plan: &Plan, owner: &str, hazards: &[String]) -> [Event; 2] {
    [started(plan, owner), Event::PreflightPassed { hazards: hazards.to_vec() }]
}

/// Returns the first event of a run with this plan.
pub fn started(plan: &Plan, owner: &str) -> Event {
    Event::RunStarted {
        runbook: plan.runbook.clone(),
        environment: plan.environment.clone(),
        steps: plan.steps,
        records: plan.pairs.len(),
        version: VERSION.to_owned(),
        owner: owner.to_owned(),
        mode: plan.mode,
        files: BTreeMap::new(),
    }
}

impl Event {
    /// Returns the first event of a run that keeps these files beside its journal.
    #[must_use]
    pub fn with_files(mut self, kept: BTreeMap<String, Check>) -> Self {
        if let Self::RunStarted { files, .. } = &mut self {
            *files = kept;
        }
        self
    }
}
