//! Everything that means something to a person, in the words of the night.

use std::collections::VecDeque;

use crate::{
    journal::Record,
    report::{Line, Rank, Teller},
};

/// Lines that are kept from the beginning, and from the end.
const KEPT: usize = 400;

/// The run's lines: all of them, or, where there are too many, the first and the last.
#[derive(Debug, Clone)]
pub(in crate::report::page) struct Told {
    teller: Teller,
    first: Vec<Line>,
    last: VecDeque<Line>,
    left_out: usize,
}

impl Default for Told {
    fn default() -> Self {
        Self { teller: Teller::new(&[]), first: Vec::new(), last: VecDeque::new(), left_out: 0 }
    }
}

impl Told {
    pub(super) fn take_in(&mut self, record: &Record) {
        let Some(line) = self.teller.tell(record, Rank::Normal) else { return };
        if self.first.len() < KEPT {
            self.first.push(line);
            return;
        }
        self.last.push_back(line);
        if self.last.len() > KEPT {
            self.last.pop_front();
            self.left_out += 1;
        }
    }

    /// Returns the first lines, how many are left out, and the last lines.
    pub(in crate::report::page) fn lines(&self) -> (&[Line], usize, impl Iterator<Item = &Line>) {
        (&self.first, self.left_out, self.last.iter())
    }

    /// Returns what is in the zone, in words.
    pub(in crate::report::page) fn live(&self) -> String {
        self.teller.live_words()
    }
}
