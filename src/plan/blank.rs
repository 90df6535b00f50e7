//! A plan for tests to fill.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Capacity, Gates, Goal, Hooks, Mode, Plan, Policy, Quota, Windows};
use crate::gate::History;

impl Plan {
    /// Returns a plan that moves nothing, by the usual policy, with no gate on it.
    pub(crate) fn blank() -> Self {
        Self {
            runbook: "api".to_owned(),
            environment: None,
            steps: 0,
            zones: Vec::new(),
            pairs: Vec::new(),
            shifts: Vec::new(),
            waves: Vec::new(),
            gates: no_gates(),
            policy: usual_policy(),
            feeds: Vec::new(),
            new_balancers: Vec::new(),
            services: Vec::new(),
            history: History::default(),
            goal: Goal::Move,
            locked: false,
            found_locks: BTreeMap::new(),
            quota: Quota::Default,
            tasks: Vec::new(),
            windows: Windows::default(),
            hooks: Hooks::default(),
            notify: Vec::new(),
            capacity: Capacity::default(),
            mode: Mode::Usual,
        }
    }
}

fn usual_policy() -> Policy {
    serde_json::from_value(json!({
        "breach": "rollback", "warning": "hold", "unknown": "hold", "unproven": "continue",
        "hook_failed": "hold", "hold_limit": "PT2H", "hold_limit_then": "rollback",
        "metric_lag": "PT2M", "settle_slop": "PT30S", "point_of_no_return": null,
    }))
    .unwrap()
}

fn no_gates() -> Gates {
    serde_json::from_value(json!({
        "noise": "normal", "errors": null, "latency": null, "share": null, "targets": null,
        "metrics": [], "alarms": [], "datadog": [],
        "pass": { "min_minutes": 5, "min_requests": 200, "proof": 0.95 },
    }))
    .unwrap()
}
