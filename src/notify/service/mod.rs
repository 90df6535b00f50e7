//! What each service is sent. Every file makes payloads of messages, and asks nobody.

mod command;
mod datadog;
mod pagerduty;
mod slack;
mod thread;
mod webhook;

use std::path::Path;

pub(super) use command::Local;
pub(super) use datadog::Datadog;
pub(super) use pagerduty::PagerDuty;
pub(super) use slack::Slack;
pub(super) use thread::Thread;
pub(super) use webhook::Webhook;

use super::{
    Message, Secrets,
    http::{Answer, Request, Verdict},
};
use crate::{
    hook::{self, Outcome},
    plan::Channel,
    unit::Timestamp,
};

/// Returns where Datadog's API is, without a slash at its end: at a site, unless it is said to be elsewhere.
pub(crate) fn datadog_api(site: &str, url: Option<&str>) -> String {
    let at_site = format!("https://api.{site}");
    without_slash(url.unwrap_or(&at_site))
}

fn without_slash(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}

/// One channel's service.
#[derive(Debug)]
pub(super) enum Service {
    Slack(Slack),
    Thread(Thread),
    PagerDuty(PagerDuty),
    Datadog(Datadog),
    Webhook(Webhook),
    Local(Local),
}

/// One thing to do for a message.
pub(super) enum Errand {
    Http(Request),
    Command(hook::Command),
}

/// What came of it.
pub(super) enum Result {
    Answered(Answer),
    Ended(Outcome),
}

impl Service {
    /// Returns the service of a channel. `again` says that another process has told it of this run before; `output` is where
    /// a command's output is kept. Nothing where its secret is missing.
    pub(super) fn of(
        channel: &Channel,
        secrets: &Secrets,
        again: bool,
        output: &Path,
    ) -> Option<Self> {
        let secret = |name: &String| secrets.get(name).cloned();
        Some(match channel {
            Channel::Slack { webhook_env } => Self::Slack(Slack { url: secret(webhook_env)? }),
            Channel::SlackThread { token_env, channel, url } => {
                let url = without_slash(url.as_deref().unwrap_or("https://slack.com/api"));
                Self::Thread(Thread::new(url, secret(token_env)?, channel))
            }
            Channel::PagerDuty { routing_key_env, url } => {
                let url = url.as_deref().unwrap_or("https://events.pagerduty.com");
                let (url, key) = (without_slash(url), secret(routing_key_env)?);
                Self::PagerDuty(PagerDuty { url, key, open: again })
            }
            Channel::Datadog { api_key_env, site, url } => {
                let url = datadog_api(site, url.as_deref());
                Self::Datadog(Datadog { url, key: secret(api_key_env)? })
            }
            Channel::Webhook { url, secret_env: None } => {
                Self::Webhook(Webhook { url: url.clone(), secret: None })
            }
            Channel::Webhook { url, secret_env: Some(name) } => {
                Self::Webhook(Webhook { url: url.clone(), secret: Some(secret(name)?) })
            }
            Channel::Command { command } => {
                Self::Local(Local { argv: command.clone(), output: output.to_path_buf() })
            }
        })
    }

    /// Returns what is to be done as the part of this number of a message, from 0; nothing when the message is told.
    pub(super) fn errand(&self, message: &Message, part: usize, now: Timestamp) -> Option<Errand> {
        let only = part == 0;
        match self {
            Self::Slack(slack) => only.then(|| Errand::Http(slack.request(message))),
            Self::Thread(thread) => thread.request(message, part).map(Errand::Http),
            Self::PagerDuty(duty) => {
                only.then(|| duty.request(message)).flatten().map(Errand::Http)
            }
            Self::Datadog(datadog) => only.then(|| Errand::Http(datadog.request(message))),
            Self::Webhook(webhook) => only.then(|| Errand::Http(webhook.request(message, now))),
            Self::Local(local) => only.then(|| Errand::Command(local.command(message))),
        }
    }

    /// Takes in what came of a part of a message.
    pub(super) fn judge(&mut self, message: &Message, result: &Result) -> Verdict {
        match (self, result) {
            (Self::Thread(thread), Result::Answered(answer)) => thread.judge(message, answer),
            (Self::PagerDuty(duty), Result::Answered(answer)) => duty.judge(message, answer),
            (_, Result::Answered(answer)) => answer.verdict(),
            // It may have told somebody before it failed, so it is not run again.
            (_, Result::Ended(outcome)) if outcome.is_success() => Verdict::Delivered,
            (_, Result::Ended(outcome)) => Verdict::Never { why: format!("it {outcome}") },
        }
    }

    /// Returns the text without the secret of the service.
    pub(super) fn masked(&self, text: &str) -> String {
        match self {
            Self::Slack(Slack { url: secret })
            | Self::Thread(Thread { token: secret, .. })
            | Self::PagerDuty(PagerDuty { key: secret, .. })
            | Self::Datadog(Datadog { key: secret, .. })
            | Self::Webhook(Webhook { secret: Some(secret), .. }) => secret.masked(text),
            Self::Webhook(Webhook { secret: None, .. }) | Self::Local(_) => text.to_owned(),
        }
    }
}
