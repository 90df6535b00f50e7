//! One line of a journal.
//!
//! Its last field is a check over the check of the line before it and all of its own bytes up to there, so that a line
//! that was edited, removed, doubled or moved does not fit any more.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};

use crate::{
    engine::Event,
    unit::{Check, RunId, Timestamp},
};

/// An event with its number, its time and its run; in JSON one flat object, `seq, at, run, event`, the event's fields and
/// `check`.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Number in the journal, from 1 without gaps.
    pub seq: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// The run.
    pub run: RunId,
    /// What happened.
    pub event: Event,
    /// Over the check of the record before it, in text, and the bytes of its own line that stand before `,"check"`.
    pub check: Check,
}

/// What stands between a line's own fields and its check, and behind the check.
const BEFORE_CHECK: &str = ",\"check\":\"";
const BEHIND_CHECK: &str = "\"}";

impl Record {
    /// Returns a record that stands alone: the first of a journal, and what is told but kept nowhere.
    ///
    /// # Errors
    /// The event has no JSON form.
    pub fn first(at: Timestamp, run: RunId, event: Event) -> serde_json::Result<Self> {
        Self::following(None, 1, at, run, event).map(|(record, _)| record)
    }

    /// Returns the record that follows the one with this check, and its line.
    ///
    /// # Errors
    /// The event has no JSON form.
    pub(super) fn following(
        before: Option<Check>,
        seq: u64,
        at: Timestamp,
        run: RunId,
        event: Event,
    ) -> serde_json::Result<(Self, String)> {
        let mut line =
            serde_json::to_string(&Flat { seq, at, run: &run, event: &event, check: None })?;
        // The check goes before the brace at the end.
        line.pop();
        let check = check(before, &line);
        line = format!("{line}{BEFORE_CHECK}{check}{BEHIND_CHECK}");
        Ok((Self { seq, at, run, event, check }, line))
    }
}

/// Returns the check of a line with these bytes before it, which follows the line with that check.
pub(super) fn check(before: Option<Check>, bytes: &str) -> Check {
    let before = before.map_or(String::new(), |check| check.to_string());
    Check::of([before.as_bytes(), bytes.as_bytes()])
}

/// Takes a line apart into the bytes that its check is over and its check; nothing where it does not end with one.
pub(super) fn checked(line: &str) -> Option<(&str, Check)> {
    let (bytes, check) = line.strip_suffix(BEHIND_CHECK)?.rsplit_once(BEFORE_CHECK)?;
    Some((bytes, check.parse().ok()?))
}

#[derive(Serialize)]
struct Flat<'a> {
    seq: u64,
    at: Timestamp,
    run: &'a RunId,
    #[serde(flatten)]
    event: &'a Event,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<Check>,
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { seq, at, run, event, check } = self;
        Flat { seq: *seq, at: *at, run, event, check: Some(*check) }.serialize(serializer)
    }
}

// Written by hand because serde's `flatten` loses the place and the name of what is wrong with a line.
impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut flat = Map::deserialize(deserializer)?;
        let mut take =
            |key: &'static str| flat.remove(key).ok_or_else(|| de::Error::missing_field(key));
        let (seq, at, run, check) = (take("seq")?, take("at")?, take("run")?, take("check")?);
        Ok(Self {
            seq: serde_json::from_value(seq).map_err(de::Error::custom)?,
            at: serde_json::from_value(at).map_err(de::Error::custom)?,
            run: serde_json::from_value(run).map_err(de::Error::custom)?,
            check: serde_json::from_value(check).map_err(de::Error::custom)?,
            event: serde_json::from_value(Value::Object(flat)).map_err(de::Error::custom)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_flat_object_with_its_check_at_the_end_and_reads_back() {
        let event = Event::Stopped { reason: "a check, \",\"check\":\"".to_owned() };
        let (at, run) = ("2026-11-23T02:14:00Z".parse().unwrap(), "api-20261123T021400Z-9f3a");
        let before = Check::of([&b"before"[..]]);
        let (record, line) =
            Record::following(Some(before), 7, at, run.parse().unwrap(), event).unwrap();
        let bytes = r#"{"seq":7,"at":"2026-11-23T02:14:00Z","run":"api-20261123T021400Z-9f3a","event":"stopped","reason":"a check, \",\"check\":\"""#;
        // printf '%s' "$(printf before | sha256sum | cut -c1-16)$bytes" | sha256sum
        assert_eq!(line, format!(r#"{bytes},"check":"4312dffaa8c20732"}}"#));
        assert_eq!(checked(&line), Some((bytes, record.check)));
        assert_eq!(serde_json::to_string(&record).unwrap(), line);
        assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), record);
    }
}
