//! Carries one request, or runs one command, and waits for what comes of it.
//!
//! `ureq` rather than the hyper that the AWS clients use: it blocks, which is what a thread of one's own is for, it bounds a
//! whole attempt (names, connection, TLS, answer) by one timeout, and it honours `HTTPS_PROXY` and `NO_PROXY` by itself.
//! Certificates are judged by the system's roots, as those of AWS are.

use std::{io::Read as _, time::Duration};

use ureq::{
    Agent,
    tls::{RootCerts, TlsConfig},
};

use super::{
    http::{Answer, Request},
    service::{Errand, Result as Came},
};
use crate::{engine::VERSION, hook, unit::Timestamp};

/// Most bytes of an answer that are read: Slack's repeat the message.
const ANSWER: u64 = 256 * 1024;

/// Returns an HTTP client that follows no redirect, since what is sent holds secrets, and whose calls take no longer than
/// this. Any status is an answer.
pub(crate) fn agent(timeout: Duration) -> Agent {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(timeout))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent(format!("cutover/{VERSION}"))
        .build();
    Agent::new_with_config(config)
}

/// Whoever carries a channel's requests, one at a time.
#[derive(Debug)]
pub(super) struct Courier {
    agent: Agent,
    timeout: Duration,
}

impl Courier {
    /// Returns one whose attempts take no longer than this.
    pub(super) fn new(timeout: Duration) -> Self {
        Self { agent: agent(timeout), timeout }
    }

    /// Does it. The error says in words why there is no answer; it may repeat what was sent.
    pub(super) fn perform(&self, errand: Errand, now: Timestamp) -> Result<Came, String> {
        match errand {
            Errand::Http(request) => self.post(&request, now).map(Came::Answered),
            Errand::Command(command) => {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let runtime = runtime.map_err(|error| format!("no runtime: {error}"))?;
                Ok(Came::Ended(runtime.block_on(hook::run(&command))))
            }
        }
    }

    fn post(&self, request: &Request, now: Timestamp) -> Result<Answer, String> {
        let mut post =
            self.agent.post(&request.url).header("content-type", "application/json; charset=utf-8");
        for (name, value) in &request.headers {
            post = post.header(*name, value);
        }
        let mut response = post.send(&request.body).map_err(|error| self.words(&error))?;
        let after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let retry_after = after.and_then(|text| wait(text, now));
        let mut body = Vec::new();
        // The status says what is to be done; what else was said only explains it.
        let _ = response.body_mut().as_reader().take(ANSWER).read_to_end(&mut body);
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Answer { status: response.status().as_u16(), retry_after, body })
    }

    fn words(&self, error: &ureq::Error) -> String {
        if matches!(error, ureq::Error::Timeout(_)) {
            return format!("no answer within {} s", self.timeout.as_secs_f64());
        }
        error.to_string()
    }
}

/// Returns how long `Retry-After` says: in seconds, or until a date.
pub(super) fn wait(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()?;
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}
