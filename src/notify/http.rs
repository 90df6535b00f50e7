//! Requests, answers and what follows from them.

use std::time::Duration;

use super::message::cut;

/// Most bytes of an answer that are repeated in words.
const REPEATED: usize = 200;

/// One POST of JSON.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) url: String,
    /// Besides the content type.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// How long the server wants to be left alone.
    pub(super) retry_after: Option<Duration>,
    /// The beginning of it.
    pub(super) body: String,
}

/// What follows from an attempt. The reasons are in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is done.
    Delivered,
    /// It may be done by trying again, not sooner than this.
    Later { after: Option<Duration>, why: String },
    /// Trying again would not help.
    Never { why: String },
}

impl Answer {
    /// Judges an answer by its status alone.
    pub(super) fn verdict(&self) -> Verdict {
        let why = self.words();
        match self.status {
            200..=299 => Verdict::Delivered,
            408 | 425 | 429 | 500..=599 => Verdict::Later { after: self.retry_after, why },
            // Where a redirect leads nobody has said in the runbook, and what is sent there holds a secret.
            300..=399 => Verdict::Never { why: format!("{why}; redirects are not followed") },
            _ => Verdict::Never { why },
        }
    }

    fn words(&self) -> String {
        let body = self.body.trim();
        if body.is_empty() {
            return format!("it answered {}", self.status);
        }
        format!("it answered {}: {}", self.status, cut(body, REPEATED))
    }
}
