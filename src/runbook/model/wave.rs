//! Waves: records that move one group after another.

use serde::{Deserialize, Serialize};

use super::{Gates, Runbook};

/// One group of records, which moves in steps of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wave {
    /// What it is called.
    pub name: String,
    /// How many of the runbook's records are its; they follow those of the wave before.
    pub records: usize,
    /// How many of the runbook's steps are its, of every kind; they follow those of the wave before.
    pub steps: usize,
    /// What is watched while it moves.
    pub gates: Gates,
}

impl Runbook {
    /// Returns, for each wave, its name and the runbook that has its records, steps and gates and no others; nothing where
    /// there are no waves.
    pub fn by_wave(&self) -> Vec<(String, Self)> {
        let (mut records, mut steps) = (self.records.as_slice(), self.steps.as_slice());
        let alone = |wave: &Wave| {
            let (own_records, own_steps);
            (own_records, records) = records.split_at(wave.records.min(records.len()));
            (own_steps, steps) = steps.split_at(wave.steps.min(steps.len()));
            let runbook = Self {
                records: own_records.to_vec(),
                steps: own_steps.to_vec(),
                waves: Vec::new(),
                gates: wave.gates.clone(),
                ..self.clone()
            };
            (wave.name.clone(), runbook)
        };
        self.waves.iter().map(alone).collect()
    }

    /// Returns what is watched in any wave, or in the whole run where there are none.
    pub fn all_gates(&self) -> impl Iterator<Item = &Gates> {
        let whole = self.waves.is_empty().then_some(&self.gates);
        self.waves.iter().map(|wave| &wave.gates).chain(whole)
    }
}
