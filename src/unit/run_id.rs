//! The name of one run.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Names one execution of a runbook: `<runbook name>-<UTC yyyymmddThhmmssZ>-<4 hex>`.
///
/// It names a folder, so it holds only lower-case letters, digits, `-` and the `T` and `Z` of its time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct RunId(String);

/// Text that is not a run id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a run id, such as `api-20261123T021400Z-9f3a`")]
pub struct InvalidRunId(String);

impl RunId {
    /// Makes the id of a run of this runbook that begins at this moment; `salt` tells runs of the same second apart.
    pub fn new(runbook: &str, at: Timestamp, salt: u16) -> Self {
        Self(format!("{runbook}-{}-{salt:04x}", at.strftime("%Y%m%dT%H%M%SZ")))
    }

    /// Returns when the run began, which its id says.
    pub fn began(&self) -> Option<Timestamp> {
        let time = self.0.rsplit('-').nth(1)?;
        let time = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", time).ok()?;
        Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RunId {
    type Err = InvalidRunId;

    fn from_str(text: &str) -> Result<Self, InvalidRunId> {
        let mut parts = text.rsplitn(3, '-');
        let salt = parts.next().unwrap_or_default();
        let time = parts.next().unwrap_or_default();
        let name = parts.next().unwrap_or_default();
        let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let right = salt.len() == 4
            && salt.chars().all(hex)
            && time.len() == 16
            && time.char_indices().all(|(at, c)| match at {
                8 => c == 'T',
                15 => c == 'Z',
                _ => c.is_ascii_digit(),
            })
            && (1..=40).contains(&name.len())
            && name.chars().all(plain);
        if right { Ok(Self(text.to_owned())) } else { Err(InvalidRunId(text.to_owned())) }
    }
}

impl TryFrom<String> for RunId {
    type Error = InvalidRunId;

    fn try_from(text: String) -> Result<Self, InvalidRunId> {
        text.parse()
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_id_says_what_and_when_and_reads_back() {
        let id = RunId::new("api", "2026-11-23T02:14:00Z".parse().unwrap(), 0x9f3a);
        assert_eq!(id.as_str(), "api-20261123T021400Z-9f3a");
        assert_eq!(id.as_str().parse::<RunId>().unwrap(), id);
    }

    #[test]
    fn a_path_is_not_a_run_id() {
        for text in [
            "../api-20261123T021400Z-9f3a",
            "api",
            "",
            "a/b-20261123T021400Z-9f3a",
            "-20261123T021400Z-9f3a",
        ] {
            assert!(text.parse::<RunId>().is_err(), "{text}");
        }
    }
}
