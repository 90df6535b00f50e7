//! What only the channel itself may see.

use std::{collections::BTreeMap, fmt};

use crate::plan::Channel;

/// A secret, which is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// Secrets by the name of the variable that holds them.
pub type Secrets = BTreeMap<String, Secret>;

/// What stands in place of a secret.
const MASK: &str = "***";

/// Shortest part of an address that is taken for a secret.
const SHORTEST_PART: usize = 6;

impl Secret {
    /// Takes what a variable holds; blanks around it, such as the line break of a file, are no part of it.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// Returns the secret itself, to be sent to whom it is for.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// Returns whether it holds what a header can: something, and visible ASCII only.
    pub(crate) fn fits_a_header(&self) -> bool {
        !self.0.is_empty() && self.0.bytes().all(|byte| byte.is_ascii_graphic())
    }

    /// Returns the text without the secret, and without the parts of it where it is an address. An error of a server or of
    /// the HTTP client can repeat either.
    pub(crate) fn masked(&self, text: &str) -> String {
        let path = self.0.split_once("://").and_then(|(_, rest)| rest.split_once('/'));
        let parts = path.map_or("", |(_, path)| path);
        let parts = parts.split(['/', '?', '&', '=', '#']).filter(|p| p.len() >= SHORTEST_PART);
        let mut safe = text.to_owned();
        for part in [self.0.as_str()].into_iter().chain(parts).filter(|part| !part.is_empty()) {
            safe = safe.replace(part, MASK);
        }
        safe
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// Returns the variable that holds a channel's secret, and what it is; nothing for a channel without one.
pub fn secret_of(channel: &Channel) -> Option<(&str, &'static str)> {
    match channel {
        Channel::Slack { webhook_env } => Some((webhook_env, "the URL of Slack's webhook")),
        Channel::SlackThread { token_env, .. } => Some((token_env, "the token of Slack's bot")),
        Channel::PagerDuty { routing_key_env, .. } => {
            Some((routing_key_env, "PagerDuty's routing key"))
        }
        Channel::Datadog { api_key_env, .. } => Some((api_key_env, "Datadog's API key")),
        Channel::Webhook { secret_env, .. } => {
            secret_env.as_deref().map(|name| (name, "the secret that the webhook is signed with"))
        }
        Channel::Command { .. } => None,
    }
}

/// Returns why a channel could not be told anything, in a sentence with what to do; nothing where it can.
pub fn problem(channel: &Channel, secrets: &Secrets) -> Option<String> {
    let (variable, what) = secret_of(channel)?;
    let Some(secret) = secrets.get(variable).filter(|secret| !secret.0.is_empty()) else {
        return Some(format!(
            "the environment variable {variable}, which `notify` names for {what}, is not set; set it, or take the entry out of \
             the runbook"
        ));
    };
    // A header holds visible ASCII only, and so does a URL.
    let fits = secret.0.bytes().all(|byte| byte.is_ascii_graphic());
    let is_url = secret.0.starts_with("https://") || secret.0.starts_with("http://");
    let is_to_be_url = matches!(channel, Channel::Slack { .. });
    (!fits || is_to_be_url && !is_url).then(|| {
        format!("the environment variable {variable} does not hold {what}; what it holds is not shown here")
    })
}
