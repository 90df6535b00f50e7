//! Who is told.

use crate::runbook::{
    model::{Channel, Notify},
    read::Fields,
};

/// Returns the entries of `notify`.
pub(super) fn notify(root: Fields<'_>) -> Option<Vec<Notify>> {
    let entries = root.items("notify").iter().map(|node| {
        let fields = Fields::of(node);
        Some(Notify { channel: channel(fields)?, on: fields.texts("on") })
    });
    entries.collect()
}

fn channel(fields: Fields<'_>) -> Option<Channel> {
    let under = |key| fields.node(key).map(Fields::of);
    if let Some(slack) = under("slack") {
        return Some(Channel::Slack { webhook_env: slack.text("webhook_env").needed()? });
    }
    if let Some(pagerduty) = under("pagerduty") {
        let routing_key_env = pagerduty.text("routing_key_env").needed()?;
        return Some(Channel::PagerDuty { routing_key_env });
    }
    if let Some(datadog) = under("datadog") {
        let api_key_env = datadog.text("api_key_env").needed()?;
        let site = datadog.text("site").or("datadoghq.com".to_owned())?;
        return Some(Channel::Datadog { api_key_env, site });
    }
    if let Some(webhook) = under("webhook") {
        let url = webhook.text("url").needed()?;
        return Some(Channel::Webhook { url, secret_env: webhook.text("secret_env").optional()? });
    }
    let command = fields.texts("command");
    (!command.is_empty()).then_some(Channel::Command { command })
}
