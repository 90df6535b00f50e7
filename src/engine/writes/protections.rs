//! Names that nobody may change (law L16), and the wish that they may be.

use std::collections::BTreeMap;

use crate::{
    engine::{Action, Engine},
    plan::ZoneId,
    unit::{RecordName, RecordType},
};

impl Engine {
    /// Remembers that a name has to be unprotected before it can go back; it is asked for once.
    pub(super) fn protect(&mut self, zone: &ZoneId, name: &RecordName, kind: &RecordType) {
        let protected = (zone.clone(), name.clone(), kind.clone());
        self.protections.entry(protected).or_insert(false);
    }

    /// Returns the wishes to remove protections that nobody has tried to remove yet.
    pub(in crate::engine) fn unprotecting(&self) -> impl Iterator<Item = Action> {
        let mut open: BTreeMap<ZoneId, Vec<(RecordName, RecordType)>> = BTreeMap::new();
        for ((zone, name, kind), tried) in &self.protections {
            if !tried {
                open.entry(zone.clone()).or_default().push((name.clone(), kind.clone()));
            }
        }
        open.into_iter().map(|(zone, records)| Action::Unprotect { zone, records })
    }

    /// Takes in that protections were removed, or could not be: it is not tried again.
    pub(in crate::engine) fn unprotected(
        &mut self,
        zone: &ZoneId,
        records: &[(RecordName, RecordType)],
    ) {
        for (name, kind) in records {
            let key = (zone.clone(), name.clone(), kind.clone());
            self.protections.insert(key, true);
        }
    }
}
