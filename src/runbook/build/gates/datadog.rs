//! Gates on Datadog, and how it is reached.

use std::collections::BTreeSet;

use super::{Fields, Rules, thresholds};
use crate::{
    runbook::model::{DatadogAccess, DatadogGate, DatadogWatch},
    yaml::{Node, excerpt},
};

/// Returns how Datadog is reached: by default with the variables that Datadog's own tools read.
pub(super) fn access(fields: Fields<'_>) -> Option<DatadogAccess> {
    Some(DatadogAccess {
        api_key_env: fields.text("api_key_env").or("DD_API_KEY".to_owned())?,
        app_key_env: fields.text("app_key_env").or("DD_APP_KEY".to_owned())?,
        site: fields.text("site").or("datadoghq.com".to_owned())?,
        url: fields.text("url").optional()?,
    })
}

/// Returns the gates, and reports two of one name: findings, events and the journal know a gate by its name alone.
pub(super) fn gates(
    fields: Fields<'_>,
    access: &DatadogAccess,
    rules: &mut Rules<'_>,
) -> Option<Vec<DatadogGate>> {
    let mut names = BTreeSet::new();
    let mut gates = Vec::new();
    for node in fields.items("datadog") {
        let gate = gate(node, access, rules);
        if let Some(gate) = gate.as_ref().filter(|gate| !names.insert(gate.name.clone())) {
            let message = format!("another Datadog gate is called `{}`", excerpt(&gate.name));
            rules.broken(node, message, Some("give one of them a `name` of its own"));
        }
        gates.push(gate);
    }
    gates.into_iter().collect()
}

fn gate(node: &Node, access: &DatadogAccess, rules: &mut Rules<'_>) -> Option<DatadogGate> {
    let fields = Fields::of(node);
    let name = fields.text("name").optional()?;
    let access = access.clone();
    if let Some(id) = fields.whole("monitor").optional()? {
        let name = name.unwrap_or_else(|| format!("monitor {id}"));
        return Some(DatadogGate { name, watches: DatadogWatch::Monitor { id }, access });
    }
    let query = fields.text("query").needed()?;
    let (warning, critical) = thresholds(fields, rules)?;
    if fields.node("warning").is_none() && fields.node("critical").is_none() {
        let hint = "such as `critical: { above: 30 }`";
        let message = "a query needs `warning`, `critical` or both";
        rules.broken_key(fields, "query", message, Some(hint));
    }
    let name = name.unwrap_or_else(|| query.clone());
    Some(DatadogGate { name, watches: DatadogWatch::Query { query, warning, critical }, access })
}
