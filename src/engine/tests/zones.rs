//! The zones of a test: they compare and swap, or do with a change whatever they are told to do.

use std::collections::BTreeMap;

use super::{Run, plans::lock_at};
use crate::{
    engine::{Action, Event, WriteFailure},
    plan::{Batch, ChangeAction, ChangeId, Lock, RecordSet, ZoneId},
    unit::{RecordName, RecordType},
};

/// What the zones do with the next changes instead of making them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Zones {
    Work,
    Refuse,
    /// Accept, and change nothing (law L17).
    Ignore,
    /// Make the change, and answer nothing.
    LoseAnswers,
    Deny,
}

impl Run {
    pub(super) fn perform(&mut self, wish: Action) {
        match wish {
            Action::Change { write, batch, .. } => self.change(write, batch),
            Action::Read { zone, names } => {
                let here = self.zone.iter().filter(|record| names.contains(&record.name));
                let records = here.cloned().collect();
                self.commit(Event::RecordsRead { zone, records });
            }
            Action::Unprotect { zone, records } => {
                if self.unprotects {
                    self.protected.retain(|name| !records.iter().any(|(free, _)| free == name));
                }
                let failure = (!self.unprotects).then(|| "not allowed".to_owned());
                self.commit(Event::ProtectionsRemoved { zone, records, failure });
            }
            Action::AwaitSync { changes } => self.commit(Event::InSync { changes }),
            Action::Watch { .. } | Action::Run { .. } => {}
        }
    }

    pub(super) fn change(&mut self, write: u32, batch: Batch) {
        self.sent.push(batch.clone());
        self.sent_at.push(self.now);
        let swapped = match self.zones {
            Zones::Work | Zones::LoseAnswers => self.swap(&batch),
            Zones::Refuse | Zones::Ignore | Zones::Deny => Err(Vec::new()),
        };
        let made = swapped.is_ok();
        let problems = swapped.err().filter(|_| self.names_offenders).unwrap_or_default();
        let failure = match self.zones {
            Zones::Deny => Some(WriteFailure::Denied),
            Zones::Ignore => None,
            Zones::Refuse | Zones::Work => (!made).then_some(WriteFailure::Refused),
            Zones::LoseAnswers => Some(WriteFailure::Unclear),
        };
        match failure {
            None => {
                self.changes += 1;
                let change = ChangeId(format!("C{}", self.changes));
                self.commit(Event::WriteAccepted { write, change });
            }
            Some(failure) => {
                let (message, retry_at) = ("no".to_owned(), self.now + self.retry_after);
                self.commit(Event::WriteFailed { write, failure, message, problems, retry_at });
            }
        }
    }

    /// Compares and swaps, all or nothing (laws L01, L09), or says of each bad change what is wrong with it (law L15).
    pub(super) fn swap(&mut self, batch: &Batch) -> Result<(), Vec<String>> {
        let (mut zone, mut problems) = (self.zone.clone(), Vec::new());
        for change in &batch.changes {
            let (name, kind) = (&change.record.name, &change.record.kind);
            let mut bad = |what: &str, why: &str| {
                let record = format!("resource record set [name='{name}.', type='{kind}']");
                problems.push(format!("Tried to {what} {record} but {why}"));
            };
            let key = |record: &RecordSet| {
                (
                    record.name.clone(),
                    record.kind.clone(),
                    record.set_identifier().map(str::to_owned),
                )
            };
            let at = zone.iter().position(|record| key(record) == key(&change.record));
            let exact = at.is_some_and(|at| zone[at] == change.record);
            match (change.action, at) {
                _ if self.protected.contains(name) => bad("change", "it is protected"),
                (ChangeAction::Delete, Some(_)) if self.stubborn.contains(name) || !exact => {
                    bad("delete", "the values provided do not match the current values");
                }
                (ChangeAction::Delete, Some(at)) => drop(zone.remove(at)),
                (ChangeAction::Delete, None) => bad("delete", "it was not found"),
                (ChangeAction::Create, Some(_)) => bad("create", "it already exists"),
                (ChangeAction::Upsert, Some(at)) => zone[at] = change.record.clone(),
                (ChangeAction::Create | ChangeAction::Upsert, None) => {
                    zone.push(change.record.clone());
                }
            }
        }
        if problems.is_empty() {
            self.zone = zone;
            self.assert_somebody_answers(batch);
            return Ok(());
        }
        Err(problems)
    }

    /// No batch leaves a group empty or without weight (laws L60 to L62).
    fn assert_somebody_answers(&self, batch: &Batch) {
        for change in batch.changes.iter().filter(|change| change.record.kind != RecordType::Txt) {
            let name = &change.record.name;
            let mut live = self.zone.iter().filter(|record| record.name == *name);
            let answers = |r: &RecordSet| r.weight().is_none_or(|weight| weight.0 > 0);
            assert!(live.any(answers), "nobody answers for {name}");
        }
    }

    /// Returns what stands in each zone; in these tests every name stands in one only.
    pub(super) fn by_zone(&self) -> BTreeMap<ZoneId, Vec<RecordSet>> {
        let zones = self.engine.plan().zones.iter();
        zones.map(|zone| (zone.id.clone(), self.zone.clone())).collect()
    }

    /// Returns what stands at a zone's lock's name.
    pub(super) fn lock(&self, zone: &str) -> Option<Lock> {
        self.zone.iter().find(|record| record.name == lock_at(zone)).and_then(Lock::read)
    }

    /// Puts this in place of a zone's lock.
    pub(super) fn put_lock(&mut self, zone: &str, lock: Option<RecordSet>) {
        self.zone.retain(|record| record.name != lock_at(zone));
        self.zone.extend(lock);
    }

    /// Returns the weights in the zone at a name, legacy's first.
    pub(super) fn weights(&self, name: &str) -> Vec<u8> {
        let name: RecordName = name.parse().unwrap();
        let here = self.zone.iter().filter(|record| record.name == name);
        let mut members: Vec<_> =
            here.map(|r| (r.set_identifier(), r.weight().map_or(0, |w| w.0))).collect();
        members.sort_unstable();
        members.into_iter().map(|(_, weight)| weight).collect()
    }
}
