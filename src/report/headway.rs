//! How far a rollback of many records has come.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::{Event, Position};

/// Counts the records that batches have brought back.
#[derive(Debug, Clone, Default)]
pub(super) struct Headway {
    /// Records of the run.
    all: usize,
    /// Where the way back leads at the moment: first to safety, then to the letter.
    to: Option<Position>,
    /// Records of the batches that are not answered yet, by the number of the write.
    sent: BTreeMap<u32, Vec<usize>>,
    /// Records whose batch was accepted.
    back: BTreeSet<usize>,
    /// Batches that were accepted.
    batches: usize,
}

impl Headway {
    /// Takes in what happened.
    pub(super) fn remember(&mut self, event: &Event) {
        if let Event::RunStarted { records, .. } = event {
            self.all = *records;
        } else if let Event::RollbackStarted { .. } | Event::RolledBack { .. } = event {
            *self = Self { all: self.all, ..Self::default() };
        } else if let Event::WriteStarted { write, to, pairs, .. } = event {
            self.announced(*write, *to, pairs);
        } else if let Event::WriteAccepted { write, .. } = event {
            if let Some(pairs) = self.sent.remove(write).filter(|pairs| !pairs.is_empty()) {
                self.back.extend(pairs);
                self.batches += 1;
            }
        } else if let Event::WriteFailed { write, .. } = event {
            self.sent.remove(write);
        }
    }

    fn announced(&mut self, write: u32, to: Position, pairs: &[usize]) {
        let is_back = match to {
            Position::Safe | Position::Baseline => true,
            Position::Prepared | Position::Shift(_) | Position::Finished => false,
        };
        if !is_back {
            return;
        }
        if self.to != Some(to) {
            *self = Self { all: self.all, to: Some(to), ..Self::default() };
        }
        self.sent.insert(write, pairs.to_vec());
    }

    /// Returns how many records are back, such as `600 of 1000 records back`; nothing where one batch brings them all.
    pub(super) fn words(&self) -> Option<String> {
        let several = self.batches > 1 || (self.batches == 1 && self.back.len() < self.all);
        let back = match self.to {
            Some(Position::Safe) => "back",
            Some(Position::Baseline) => "at the baseline",
            Some(Position::Prepared | Position::Shift(_) | Position::Finished) | None => {
                return None;
            }
        };
        several.then(|| format!("{} of {} records {back}", self.back.len(), self.all))
    }
}
