//! One hosted zone as Route 53 keeps it: record sets in its own order, and what they become by a batch.

use std::collections::{BTreeMap, BTreeSet};

use super::batch;
use crate::{
    plan::{Answer, Change, RecordSet, Zone},
    sim::stage::StageZone,
    unit::{RecordName, RecordType},
};

/// Where a record set stands in a zone; unique, and in the order in which Route 53 lists (law L31).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Labels of the name from right to left, each with a dot behind it: `com.example.www.`.
    pub(super) place: String,
    pub(super) kind: String,
    pub(super) id: String,
}

impl Key {
    pub(super) fn of(record: &RecordSet) -> Self {
        Self {
            place: place(&record.name),
            kind: record.kind.as_str().to_owned(),
            id: record.set_identifier().unwrap_or_default().to_owned(),
        }
    }
}

/// Returns the name with its labels from right to left, as Route 53 sorts it.
pub(in crate::sim) fn place(name: &RecordName) -> String {
    let escaped = name.escaped();
    let mut text = String::with_capacity(escaped.len());
    for label in escaped.trim_end_matches('.').rsplit('.') {
        text.push_str(label);
        text.push('.');
    }
    text
}

/// A hosted zone.
#[derive(Debug, Clone)]
pub(super) struct HostedZone {
    pub(super) account: String,
    pub(super) zone: Zone,
    pub(super) records: BTreeMap<Key, RecordSet>,
    pub(super) protected: BTreeSet<(RecordName, RecordType)>,
    /// The AWS service that alone may change it.
    pub(super) linked_service: Option<String>,
    /// Status of its accelerated recovery.
    pub(super) recovery: Option<String>,
    /// Until then it processes a change and takes no other (law L24).
    pub(super) busy_until_ms: i64,
}

impl HostedZone {
    pub(super) fn new(stage: StageZone) -> Self {
        let records = stage.records.into_iter().map(|record| {
            let record = as_listed(record);
            (Key::of(&record), record)
        });
        Self {
            account: stage.account,
            zone: stage.zone,
            records: records.collect(),
            protected: stage.protected.into_iter().collect(),
            linked_service: stage.linked_service,
            recovery: stage.recovery,
            busy_until_ms: i64::MIN,
        }
    }

    /// Returns true while nobody may change it, because accelerated recovery is being turned on or off.
    pub(super) fn is_locked(&self) -> bool {
        self.recovery.as_deref().is_some_and(|status| status.ends_with("HOSTED_ZONE_LOCKED"))
    }

    /// Makes all changes, or none of them (law L01).
    ///
    /// # Errors
    /// One message for each change that cannot be made (law L15).
    pub(super) fn apply(&mut self, changes: &[Change]) -> Result<(), Vec<String>> {
        for (key, record) in batch::judge(self, changes)? {
            match record {
                Some(record) => self.records.insert(key, record),
                None => self.records.remove(&key),
            };
        }
        Ok(())
    }

    /// Returns this many record sets from a place on, in order.
    pub(super) fn from(&self, key: &Key, most: usize) -> impl Iterator<Item = &RecordSet> {
        self.records.range(key..).take(most).map(|(_, record)| record)
    }

    /// Returns the record sets at one name, in order.
    pub(super) fn at(&self, name: &RecordName) -> impl Iterator<Item = &RecordSet> {
        let from = Key { place: place(name), kind: String::new(), id: String::new() };
        let here = from.place.clone();
        self.records
            .range(from..)
            .take_while(move |(key, _)| key.place == here)
            .map(|(_, record)| record)
    }
}

/// Returns a record set the way Route 53 lists it: alias targets in lower case, with a final dot (law L32).
pub(super) fn as_listed(mut record: RecordSet) -> RecordSet {
    if let Answer::Alias { dns_name, .. } = &mut record.answer {
        let mut text = dns_name.trim_end_matches('.').to_ascii_lowercase();
        text.push('.');
        *dns_name = text;
    }
    record
}

/// Returns a value or alias target in the form in which two equal ones are equal text (law L34).
pub(super) fn bare(target: &str) -> String {
    let text = target.trim_end_matches('.').to_ascii_lowercase();
    text.strip_prefix("dualstack.").map_or(text.clone(), str::to_owned)
}
