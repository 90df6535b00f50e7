//! What must always hold, whatever happens.

use cutover::{
    engine::{Event, Outcome},
    plan::{is_back_already, same_records},
};
use stateright::Property;

use crate::world::{Cutover, World};

/// All claims, in plain words. A claim about a move is checked as it is made, and found broken in the state after it.
pub(crate) fn all() -> Vec<Property<Cutover>> {
    vec![
        Property::always("no promise is broken by a move", |_, world: &World| {
            world.broken.is_none()
        }),
        Property::always("somebody answers for the name", |model: &Cutover, world: &World| {
            let mut members = world.members(&model.plan);
            members.any(|record| record.weight().is_none_or(|weight| weight.0 > 0))
        }),
        Property::always(
            "legacy's answer is never lost before the end",
            |model: &Cutover, world: &World| {
                let legacy = &model.plan.pairs[0].legacy.answer;
                world.members(&model.plan).any(|record| record.answer == *legacy)
            },
        ),
        Property::always("nobody waits for ever for nothing", |model: &Cutover, world: &World| {
            let mut next = Vec::new();
            stateright::Model::actions(model, world, &mut next);
            let over = |p: &crate::world::Process| p.engine.outcome().is_some();
            !next.is_empty() || world.processes.iter().all(over)
        }),
        Property::sometimes("a run completes", |_, world: &World| {
            world.processes.iter().any(|p| {
                matches!(
                    p.engine.outcome(),
                    Some(Outcome::Ended(cutover::engine::Ending::Completed))
                )
            })
        }),
    ]
}

/// Looks at the state before and after a move.
pub(crate) fn check(model: &Cutover, before: &World, after: &mut World) {
    let (old, new) = (before.weight_of_new(&model.plan), after.weight_of_new(&model.plan));
    if after.turned_back_at.is_some() && new > old {
        after.broken = Some("somebody was moved to new after the way back had begun");
    }
}

/// Looks at what a process says.
pub(crate) fn told(world: &mut World, index: usize, event: &Event) {
    let engine = &world.processes[index].engine;
    let plan = engine.plan();
    if let Event::RolledBack { .. } = event {
        let live: Vec<_> = world.members(plan).cloned().collect();
        let pair = &plan.pairs[0];
        if !same_records(&live, &pair.baseline) && !is_back_already(pair, &live) {
            world.broken = Some("a run said that it rolled back, and the zone says otherwise");
        }
    } else if let Event::RunCompleted { .. } = event {
        let wanted = plan.shifts.last().map_or(0, |shift| shift.weights.new.0);
        if world.weight_of_new(plan) != wanted {
            world.broken = Some("a run said that it is complete, and the zone says otherwise");
        }
    }
}

/// Looks at a batch that Route 53 took.
pub(crate) fn taken(world: &mut World, process: usize, back: bool) {
    if back && world.turned_back_at.is_none() {
        let plan = world.processes[process].engine.plan().clone();
        world.turned_back_at = Some(world.weight_of_new(&plan));
    }
}
