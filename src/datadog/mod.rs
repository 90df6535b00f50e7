//! What Datadog says of the gates on it.
//!
//! ```text
//!  driver::Datadog -- ask --> Client -> [thread for each gate] one GET -> answer -> DatadogReading, values by the minute
//! ```
//!
//! What an answer means is a pure function (`answer`); `client` sends the calls, in threads of their own, so that nothing
//! waits for Datadog longer than it may, and asks nothing before a rate limit is reset. This room reads no environment (keys
//! are handed to it), names no key in anything that it says, and decides nothing: see `gate`. Start with [`Client`].

mod answer;
mod client;
#[cfg(test)]
mod tests;

pub use client::{Client, keys_of, problems};
