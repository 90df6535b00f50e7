//! Who is told, and of what.

use crate::runbook::{
    model::{Channel, Notify},
    read::Fields,
};

/// Returns the entries of `notify`.
pub(super) fn notify(root: Fields<'_>) -> Option<Vec<Notify>> {
    let entries = root.items("notify").iter().map(|node| {
        let fields = Fields::of(node);
        let (channel, mut on) = (channel(fields)?, fields.texts("on"));
        if on.is_empty() {
            on = usual(&channel).iter().map(|&event| event.to_owned()).collect();
        }
        Some(Notify { channel, on })
    });
    entries.collect()
}

/// What people who follow a run want to know: where it is, what stands in its way, and what they are asked.
const PEOPLE: &[&str] = &[
    "run_started",
    "step_started",
    "warned",
    "breached",
    "held",
    "window_closed",
    "approval_asked",
    "approved",
    "paused",
    "unpaused",
    "skipped",
    "aborted",
    "tuned",
    "rollback_started",
    "rolled_back",
    "drifted",
    "fenced",
    "stopped",
    "resumed",
    "stuck",
    "run_completed",
];

/// What somebody is woken for: users are affected, or the run cannot go on by itself.
const PAGES: &[&str] = &["breached", "rollback_started", "drifted", "fenced", "stuck"];

/// What programs keep: all of it but what happens every minute, and the small steps of every write.
const PROGRAMS: &[&str] = &[
    "run_started",
    "preflight_failed",
    "prepared",
    "step_started",
    "settled",
    "warned",
    "breached",
    "held",
    "window_closed",
    "approval_asked",
    "approved",
    "paused",
    "unpaused",
    "skipped",
    "aborted",
    "tuned",
    "command_started",
    "command_ended",
    "step_passed",
    "rollback_started",
    "rolled_back",
    "drifted",
    "fenced",
    "stopped",
    "resumed",
    "stuck",
    "run_completed",
];

/// Returns the events that a channel is told of where the runbook does not say.
fn usual(channel: &Channel) -> &'static [&'static str] {
    match channel {
        Channel::Slack { .. } | Channel::SlackThread { .. } => PEOPLE,
        Channel::PagerDuty { .. } => PAGES,
        Channel::Datadog { .. } | Channel::Webhook { .. } | Channel::Command { .. } => PROGRAMS,
    }
}

fn channel(fields: Fields<'_>) -> Option<Channel> {
    let under = |key| fields.node(key).map(Fields::of);
    if let Some(slack) = under("slack") {
        let Some(webhook_env) = slack.text("webhook_env").optional()? else {
            return Some(Channel::SlackThread {
                token_env: slack.text("token_env").needed()?,
                channel: slack.text("channel").needed()?,
                url: slack.text("url").optional()?,
            });
        };
        return Some(Channel::Slack { webhook_env });
    }
    if let Some(pagerduty) = under("pagerduty") {
        let routing_key_env = pagerduty.text("routing_key_env").needed()?;
        return Some(Channel::PagerDuty {
            routing_key_env,
            url: pagerduty.text("url").optional()?,
        });
    }
    if let Some(datadog) = under("datadog") {
        let api_key_env = datadog.text("api_key_env").needed()?;
        let site = datadog.text("site").or("datadoghq.com".to_owned())?;
        return Some(Channel::Datadog { api_key_env, site, url: datadog.text("url").optional()? });
    }
    if let Some(webhook) = under("webhook") {
        let url = webhook.text("url").needed()?;
        return Some(Channel::Webhook { url, secret_env: webhook.text("secret_env").optional()? });
    }
    let command = fields.texts("command");
    (!command.is_empty()).then_some(Channel::Command { command })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::shape::EVENTS;

    #[test]
    fn a_runbook_may_name_every_event_that_is_told_without_being_named() {
        for event in [PEOPLE, PAGES, PROGRAMS].concat() {
            assert!(EVENTS.contains(&event), "{event}");
        }
    }
}
