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
            on = usual(&channel).map(str::to_owned).collect();
        }
        Some(Notify { channel, on })
    });
    entries.collect()
}

/// How far an event is told where the runbook does not say: each kind hears of what the next ones hear of, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Heard {
    /// What programs keep: all of it but what happens every minute, and the small steps of every write.
    Programs,
    /// What people who follow a run want to know: where it is, what stands in its way, and what they are asked.
    People,
    /// What somebody is woken for: users are affected, or the run cannot go on by itself.
    Pages,
}

/// Every event that is told where the runbook does not say.
const USUAL: &[(&str, Heard)] = &[
    ("run_started", Heard::People),
    ("preflight_failed", Heard::Programs),
    ("prepared", Heard::Programs),
    ("step_started", Heard::People),
    ("settled", Heard::Programs),
    ("warned", Heard::People),
    ("breached", Heard::Pages),
    ("held", Heard::People),
    ("window_closed", Heard::People),
    ("approval_asked", Heard::People),
    ("approved", Heard::People),
    ("paused", Heard::People),
    ("unpaused", Heard::People),
    ("skipped", Heard::People),
    ("aborted", Heard::People),
    ("tuned", Heard::People),
    ("command_started", Heard::Programs),
    ("command_ended", Heard::Programs),
    ("step_passed", Heard::Programs),
    ("rollback_started", Heard::Pages),
    ("rolled_back", Heard::People),
    ("drifted", Heard::Pages),
    ("fenced", Heard::Pages),
    ("stopped", Heard::People),
    ("resumed", Heard::People),
    ("stuck", Heard::Pages),
    ("run_completed", Heard::People),
];

/// Returns the events that a channel is told of where the runbook does not say.
fn usual(channel: &Channel) -> impl Iterator<Item = &'static str> {
    let least = match channel {
        Channel::Slack { .. } | Channel::SlackThread { .. } => Heard::People,
        Channel::PagerDuty { .. } => Heard::Pages,
        Channel::Datadog { .. } | Channel::Webhook { .. } | Channel::Command { .. } => {
            Heard::Programs
        }
    };
    USUAL.iter().filter(move |(_, heard)| *heard >= least).map(|(event, _)| *event)
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
        for (event, _) in USUAL {
            assert!(EVENTS.contains(event), "{event}");
        }
    }
}
