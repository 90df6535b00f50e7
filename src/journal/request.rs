//! What somebody asks of a run that another process drives, and the answer.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    engine::{Refusal, Tune},
    unit::Timestamp,
};

/// Names one request, and its files. Requests are taken up in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestId(String);

/// Text that is not a request's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a request's name has 1 to {LONGEST_ID} letters, digits and `-`")]
pub struct InvalidRequestId;

const LONGEST_ID: usize = 60;

impl RequestId {
    /// Makes the name of a request that is made at this moment; `salt` tells requests of the same millisecond apart.
    pub fn new(at: Timestamp, salt: u32) -> Self {
        Self(format!("{}-{salt:08x}", at.strftime("%Y%m%dT%H%M%S%3fZ")))
    }

    /// Returns it as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RequestId {
    type Err = InvalidRequestId;

    fn from_str(text: &str) -> Result<Self, InvalidRequestId> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let right = (1..=LONGEST_ID).contains(&text.len()) && text.chars().all(plain);
        if right { Ok(Self(text.to_owned())) } else { Err(InvalidRequestId) }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// When it was made.
    pub at: Timestamp,
    /// User and host.
    pub by: String,
    /// Why, in their words, where they said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<Why>,
    /// What is wanted.
    #[serde(flatten)]
    pub demand: Demand,
}

/// What can be asked of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Demand {
    /// To change limits.
    Tune(Tune),
    /// To begin no further step.
    Pause,
    /// To begin steps again.
    Unpause,
    /// To take this for a yes.
    Approve,
    /// To go past what is waited for.
    Skip,
    /// To send everybody back.
    Abort,
}

/// A reason in somebody's words: not empty, and no longer than a few sentences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Why(String);

/// Text that is no reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a reason has from 1 to {LONGEST_WHY} characters")]
pub struct InvalidWhy;

const LONGEST_WHY: usize = 500;

impl Why {
    /// Returns it as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Why {
    type Err = InvalidWhy;

    fn from_str(text: &str) -> Result<Self, InvalidWhy> {
        let text = text.trim();
        let right = (1..=LONGEST_WHY).contains(&text.chars().count());
        if right { Ok(Self(text.to_owned())) } else { Err(InvalidWhy) }
    }
}

impl TryFrom<String> for Why {
    type Error = InvalidWhy;

    fn try_from(text: String) -> Result<Self, InvalidWhy> {
        text.parse()
    }
}

impl From<Why> for String {
    fn from(why: Why) -> Self {
        why.0
    }
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It is done, and in the journal.
    Done,
    /// Nothing was changed.
    Refused(Refusal),
    /// Its file is not a request; nothing was changed.
    Unreadable(String),
}
