//! What is done before and beside the steps: preparation, checks, windows and notifications.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::unit::{Side, SignedDuration, Ttl};

/// What may be changed before the first step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepare {
    /// Whether simple records may become weighted pairs.
    pub convert_simple: bool,
    /// TTL that longer ones are lowered to.
    pub lower_ttl_to: Ttl,
    /// Whether every write is fenced by a lock in the zone.
    pub lock: bool,
}

/// What is checked before anything is changed, beyond what always is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Preflight {
    /// Healthy targets that each load balancer of new must have.
    pub min_healthy_targets: Option<u32>,
    /// ECS services that must be steady.
    pub ecs: Vec<EcsCheck>,
    /// VPC peering connections that must be active.
    pub vpc_peering: Vec<PeeringCheck>,
    /// Sides whose load balancer capacity must be reserved.
    pub capacity: Vec<Side>,
    /// Environment in which this runbook must have completed.
    pub rehearsed: Option<String>,
}

/// An ECS service that must be steady.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EcsCheck {
    /// Whose account has it.
    pub side: Side,
    /// Its cluster.
    pub cluster: String,
    /// Its name.
    pub service: String,
    /// Tasks that must run at least, in place of as many as those of legacy's service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u32>,
    /// Whether fewer tasks may run than those of legacy's service.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fewer: bool,
}

impl EcsCheck {
    /// Returns what the service is called beside the gates, such as `ecs new/api/web`; no two of a runbook share it.
    pub fn gate_name(&self) -> String {
        format!("ecs {}/{}/{}", self.side, self.cluster, self.service)
    }
}

/// A VPC peering connection that must be active.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeeringCheck {
    /// Whose account has it.
    pub side: Side,
    /// Its id, `pcx-...`.
    pub id: String,
}

/// Commands that run beside the steps. `before_step` and `after_step` are waited for, like a `run` step; the others never
/// keep anything waiting.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Hooks {
    /// Before the weights of each step.
    pub before_step: Option<HookCommand>,
    /// When a step has passed.
    pub after_step: Option<HookCommand>,
    /// When a gate breaches.
    pub on_breach: Option<HookCommand>,
    /// When everybody is back.
    pub after_rollback: Option<HookCommand>,
    /// When the last step is done.
    pub on_complete: Option<HookCommand>,
}

/// A program, and how long it may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookCommand {
    /// Program and arguments; never through a shell.
    pub command: Vec<String>,
    /// How long it may take.
    pub timeout: SignedDuration,
}

/// Somebody to tell, and of which events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notify {
    /// Who.
    pub channel: Channel,
    /// Names of events; where the runbook does not say, those that matter to the channel.
    pub on: Vec<String>,
}

/// A way to tell somebody. Secrets stand only by the name of an environment variable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Channel {
    /// Slack incoming webhook: one message after the other.
    Slack {
        /// Variable that holds the webhook's URL.
        webhook_env: String,
    },
    /// Slack's web API, as a bot: one thread for each run.
    SlackThread {
        /// Variable that holds the bot's token.
        token_env: String,
        /// Name or id of the Slack channel.
        channel: String,
        /// Where the API is, if not at slack.com.
        url: Option<String>,
    },
    /// PagerDuty Events v2.
    PagerDuty {
        /// Variable that holds the routing key.
        routing_key_env: String,
        /// Where the API is, if not in the US service region.
        url: Option<String>,
    },
    /// Datadog events.
    Datadog {
        /// Variable that holds the API key.
        api_key_env: String,
        /// Datadog site.
        site: String,
        /// Where the API is, if not at the site.
        url: Option<String>,
    },
    /// Any HTTP endpoint, signed.
    Webhook {
        /// Where to.
        url: String,
        /// Variable that holds the signing secret.
        secret_env: Option<String>,
    },
    /// A local command.
    Command {
        /// Program and arguments.
        command: Vec<String>,
    },
}

/// What the channel is called in words for its operator: nothing of it is secret.
impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slack { webhook_env } => write!(f, "Slack ({webhook_env})"),
            Self::SlackThread { channel, .. } => write!(f, "Slack ({channel})"),
            Self::PagerDuty { routing_key_env, .. } => write!(f, "PagerDuty ({routing_key_env})"),
            Self::Datadog { api_key_env, .. } => write!(f, "Datadog ({api_key_env})"),
            Self::Webhook { url, .. } => {
                let rest = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
                write!(f, "webhook ({})", rest.split(['/', '?', '#']).next().unwrap_or_default())
            }
            Self::Command { command } => {
                write!(f, "command ({})", command.first().map_or("", String::as_str))
            }
        }
    }
}
