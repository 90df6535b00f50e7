//! What people do to the zone by hand.

use cutover::plan::{Lock, RecordSet, Routing};
use cutover::unit::Weight;

use crate::world::World;

/// One change by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Edit {
    /// New's member gets a weight that nobody planned.
    Weight,
    /// The lock is deleted.
    Unlock,
}

pub(crate) const ALL: [Edit; 2] = [Edit::Weight, Edit::Unlock];

/// A weight that no plan of these tests has.
const BY_HAND: Weight = Weight(7);

/// Returns the zone after an edit; nothing where there is nothing to edit.
pub(crate) fn edited(world: &World, edit: Edit) -> Option<Vec<RecordSet>> {
    let mut records = world.zone.records.clone();
    match edit {
        Edit::Weight => {
            let member = records.iter_mut().find(|r| r.set_identifier() == Some("cutover:new"))?;
            let Routing::Weighted { weight, .. } = &mut member.routing else { return None };
            *weight = BY_HAND;
        }
        Edit::Unlock => records.retain(|record| Lock::read(record).is_none()),
    }
    (records != world.zone.records).then_some(records)
}
