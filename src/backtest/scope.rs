//! Which gates can be judged by a history, which has the requests, failures and latencies of both sides and nothing else.

use crate::plan::Gates;

/// Returns the gates that a history feeds.
pub(super) fn replayed(gates: &Gates) -> Gates {
    Gates {
        targets: None,
        metrics: Vec::new(),
        alarms: Vec::new(),
        datadog: Vec::new(),
        ..gates.clone()
    }
}

/// Returns what the runbook watches besides, in words.
pub fn left_out(gates: &Gates) -> Vec<String> {
    let targets = gates.targets.iter().map(|_| "targets".to_owned());
    let metrics = gates.metrics.iter().map(|gate| format!("metric {}", gate.name));
    let alarms = gates.alarms.iter().map(|gate| format!("alarm {}", gate.name));
    let datadog = gates.datadog.iter().map(crate::plan::DatadogGate::gate_name);
    targets.chain(metrics).chain(alarms).chain(datadog).collect()
}
