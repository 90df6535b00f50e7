//! Everything that was written, and what stood there before and after.

use std::{collections::BTreeMap, rc::Rc};

use crate::{
    engine::{Event, LockChange, Position, WriteFailure},
    plan::{Plan, RecordSet, ZoneId},
    unit::{RecordName, RecordType, Timestamp},
};

/// What was written and read, in order.
#[derive(Debug, Clone, Default)]
pub(in crate::report::page) struct Writes {
    all: Vec<Write>,
    reads: Vec<Read>,
    /// Writes that are not kept, because there are too many.
    left_out: usize,
}

/// One reading of a zone.
#[derive(Debug, Clone)]
struct Read {
    /// How many writes were sent before it.
    after: usize,
    zone: ZoneId,
    /// What stands at the names that were asked for.
    records: Rc<[RecordSet]>,
}

/// A write with what stood at its names before it, and what was read there before anything else was sent to its zone: one
/// entry for each of its pairs.
#[derive(Debug)]
pub(in crate::report::page) struct Change<'a> {
    /// The write.
    pub(in crate::report::page) write: &'a Write,
    /// What was known to be there.
    pub(in crate::report::page) before: Vec<Vec<RecordSet>>,
    /// What was read; nothing where the zone was not read in between.
    pub(in crate::report::page) after: Option<Vec<Vec<RecordSet>>>,
}

/// One batch that was sent.
#[derive(Debug, Clone)]
pub(in crate::report::page) struct Write {
    /// Its number in the run.
    pub(in crate::report::page) number: u32,
    /// When it was sent.
    pub(in crate::report::page) at: Timestamp,
    /// Where its records go.
    pub(in crate::report::page) to: Position,
    /// The zone.
    pub(in crate::report::page) zone: ZoneId,
    /// Which of the plan's pairs it moves.
    pub(in crate::report::page) pairs: Vec<usize>,
    /// What it does to the zone's lock.
    pub(in crate::report::page) lock: LockChange,
    /// Whether it overwrites what is there.
    pub(in crate::report::page) overwrite: bool,
    /// What became of it.
    pub(in crate::report::page) fate: Fate,
}

/// What became of a write.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::report::page) enum Fate {
    /// It was never answered.
    #[default]
    Unanswered,
    /// Route 53 took it: when, and the change's id.
    Accepted(Timestamp, String),
    /// It failed: how, and what Route 53 said.
    Failed(WriteFailure, Vec<String>),
}

impl Writes {
    pub(super) fn take_in(&mut self, at: Timestamp, event: &Event) {
        if let Event::WriteStarted { write, to, zone, pairs, lock, overwrite } = event {
            if self.all.len() >= super::MOST {
                self.left_out += 1;
                return;
            }
            self.all.push(Write {
                number: *write,
                at,
                to: *to,
                zone: zone.clone(),
                pairs: pairs.clone(),
                lock: lock.clone(),
                overwrite: *overwrite,
                fate: Fate::Unanswered,
            });
        } else if let Event::WriteAccepted { write, change } = event {
            self.fate(*write, Fate::Accepted(at, change.0.clone()));
        } else if let Event::WriteFailed { write, failure, message, problems, .. } = event {
            let said = std::iter::once(message.clone()).chain(problems.iter().cloned());
            self.fate(*write, Fate::Failed(*failure, said.collect()));
        } else if let Event::RecordsRead { zone, records } = event {
            self.read(zone, records);
        }
    }

    fn fate(&mut self, number: u32, fate: Fate) {
        let write = self.all.iter_mut().rev().find(|write| write.number == number);
        if let Some(write) = write {
            write.fate = fate;
        }
    }

    fn read(&mut self, zone: &ZoneId, records: &[RecordSet]) {
        if self.reads.len() >= super::MOST {
            return;
        }
        // A zone that is read again and again mostly has not changed.
        let known = self.reads.iter().rev().find(|read| read.zone == *zone);
        let known = known.filter(|read| read.records[..] == *records);
        let records = known.map_or_else(|| records.into(), |read| Rc::clone(&read.records));
        self.reads.push(Read { after: self.all.len(), zone: zone.clone(), records });
    }

    /// Returns the writes.
    pub(in crate::report::page) fn all(&self) -> &[Write] {
        &self.all
    }

    /// Returns how many there were beyond those that are kept.
    pub(in crate::report::page) fn left_out(&self) -> usize {
        self.left_out
    }

    /// Returns the writes of a run with this plan, each with what was there before and after.
    pub(in crate::report::page) fn changes(&self, plan: &Plan) -> Vec<Change<'_>> {
        let mut known: Vec<Vec<RecordSet>> =
            plan.pairs.iter().map(|pair| pair.found.clone()).collect();
        let mut changes: Vec<Change<'_>> = Vec::new();
        let mut reads = self.reads.iter().peekable();
        for (index, write) in self.all.iter().enumerate() {
            while let Some(read) = reads.next_if(|read| read.after <= index) {
                take_in(read, plan, &mut known, &mut changes);
            }
            let before = of_pairs(&known, &write.pairs);
            changes.push(Change { write, before, after: None });
        }
        for read in reads {
            take_in(read, plan, &mut known, &mut changes);
        }
        changes
    }
}

/// Takes in one reading: it tells what the newest write to its zone has left, unless an earlier reading did.
fn take_in(read: &Read, plan: &Plan, known: &mut [Vec<RecordSet>], changes: &mut [Change<'_>]) {
    let mut own: BTreeMap<(&RecordName, &RecordType), Vec<RecordSet>> = BTreeMap::new();
    for record in &read.records[..] {
        own.entry((&record.name, &record.kind)).or_default().push(record.clone());
    }
    for (pair, known) in plan.pairs.iter().zip(known.iter_mut()) {
        // Only the names that were asked for are among what was read.
        let read = own.remove(&(&pair.name, &pair.kind)).filter(|_| pair.zone == read.zone);
        if let Some(records) = read {
            *known = records;
        }
    }
    let newest = changes.iter_mut().rev().find(|change| change.write.zone == read.zone);
    if let Some(change) = newest.filter(|change| change.after.is_none()) {
        change.after = Some(of_pairs(known, &change.write.pairs));
    }
}

fn of_pairs(known: &[Vec<RecordSet>], pairs: &[usize]) -> Vec<Vec<RecordSet>> {
    pairs.iter().map(|pair| known.get(*pair).cloned().unwrap_or_default()).collect()
}
