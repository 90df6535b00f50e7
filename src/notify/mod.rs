//! The run's events to Slack, PagerDuty, Datadog, webhooks and commands.
//!
//! ```text
//!  Record -> Context -> Message -> queue of a channel -> [thread] Service -> Request -> Courier
//!            (words, for people)   (bounded)              (payload)           (HTTP, or a command)
//! ```
//!
//! What is told, and in which form, are pure functions: [`Context::message`] words an event, each file below `service` makes
//! payloads of the words. Delivery is a thread for each channel, which knows no run: it may take minutes, and nothing waits
//! for it until the run is over. This room never stops or delays a run, reads no environment (secrets are handed to it) and
//! names no secret in anything that it says. Start with [`Notifier`].

mod context;
mod courier;
mod desk;
mod http;
mod message;
mod notifier;
mod queue;
mod secret;
mod service;
#[cfg(test)]
pub(crate) mod tests;
mod words;

pub use context::Context;
pub(crate) use courier::agent;
pub use message::{Message, Rank, Tone};
pub use notifier::{Notifier, Surroundings};
pub use secret::{Secret, Secrets, problem, secret_of};
pub(crate) use service::datadog_api;
