//! One line of a journal.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};

use crate::{
    engine::Event,
    unit::{RunId, Timestamp},
};

/// An event with its number, its time and its run; in JSON one flat object, `seq, at, run, event` and the event's fields.
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
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Flat<'a> {
            seq: u64,
            at: Timestamp,
            run: &'a RunId,
            #[serde(flatten)]
            event: &'a Event,
        }
        let Self { seq, at, run, event } = self;
        Flat { seq: *seq, at: *at, run, event }.serialize(serializer)
    }
}

// Written by hand because serde's `flatten` loses the place and the name of what is wrong with a line.
impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut flat = Map::deserialize(deserializer)?;
        let mut take =
            |key: &'static str| flat.remove(key).ok_or_else(|| de::Error::missing_field(key));
        let (seq, at, run) = (take("seq")?, take("at")?, take("run")?);
        Ok(Self {
            seq: serde_json::from_value(seq).map_err(de::Error::custom)?,
            at: serde_json::from_value(at).map_err(de::Error::custom)?,
            run: serde_json::from_value(run).map_err(de::Error::custom)?,
            event: serde_json::from_value(Value::Object(flat)).map_err(de::Error::custom)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_one_flat_object_and_reads_back() {
        let record = Record {
            seq: 7,
            at: "2026-11-23T02:14:00Z".parse().unwrap(),
            run: "api-20261123T021400Z-9f3a".parse().unwrap(),
            event: Event::Stopped { reason: "Ctrl-C".to_owned() },
        };
        let line = serde_json::to_string(&record).unwrap();
        assert_eq!(
            line,
            r#"{"seq":7,"at":"2026-11-23T02:14:00Z","run":"api-20261123T021400Z-9f3a","event":"stopped","reason":"Ctrl-C"}"#
        );
        assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), record);
    }
}
