//! What must always hold, whatever happens.

use cutover::{
    engine::{Ending, Event, Halt, Outcome, Position},
    plan::{Change, ChangeAction, Lock, RecordSet, is_back_already, same_records},
};
use stateright::Property;

use crate::world::{Call, Cutover, Facts, World, weight_of_new};

/// What there is to know of a process that has done nothing.
pub(crate) const FRESH: Facts = Facts {
    announced: 0,
    moved: false,
    holds: false,
    lost: false,
    barred: false,
    breached: false,
    disturbed: false,
    stale: false,
};

/// All claims, in plain words. A claim about a move is checked as it is made, and found broken in the state after it.
pub(crate) fn all() -> Vec<Property<Cutover>> {
    vec![
        Property::always("no promise is broken by a move", |_, world: &World| {
            world.broken.is_none()
        }),
        Property::always("somebody answers for the name", |model: &Cutover, world: &World| {
            let mut members = world.members(&model.setting.plan);
            members.any(|record| record.weight().is_none_or(|weight| weight.0 > 0))
        }),
        Property::always(
            "legacy's answer is never lost before the end",
            |model: &Cutover, world: &World| {
                let legacy = &model.setting.plan.pairs[0].legacy.answer;
                world.members(&model.setting.plan).any(|record| record.answer == *legacy)
            },
        ),
        Property::always("nobody waits for ever for nothing", |_, world: &World| {
            let over = |process: &crate::world::Process| process.is_over();
            !world.next.is_empty() || world.processes.iter().all(|process| over(process))
        }),
        Property::always(
            "a way back ends at the baseline, or says that it is stuck",
            |_, world: &World| {
                let ends_well = |process: &crate::world::Process| {
                    let back = process.engine.is_rolling_back();
                    let good = [Outcome::Ended(Ending::RolledBack), Outcome::Halted(Halt::Stuck)];
                    !back || process.engine.outcome().is_none_or(|outcome| good.contains(&outcome))
                };
                world.processes.iter().all(|process| ends_well(process))
            },
        ),
        Property::sometimes("a run completes", |_, world: &World| {
            world
                .processes
                .iter()
                .any(|p| matches!(p.engine.outcome(), Some(Outcome::Ended(Ending::Completed))))
        }),
    ]
}

/// Looks at what a process has recorded.
pub(crate) fn told(world: &mut World, index: usize, event: &Event) {
    let Facts { breached, disturbed, stale, .. } = *world.facts(index);
    if let Event::WriteStarted { write, to, pairs, .. } = event {
        world.facts(index).announced = *write;
        if breached && matches!(to, Position::Shift(_)) && !pairs.is_empty() {
            world.broken = Some("a move to new was announced after a breach");
        }
    } else if let Event::Breached { .. } = event {
        world.facts(index).breached = true;
    } else if let Event::Drifted { .. } | Event::Fenced { .. } = event {
        if !disturbed {
            world.broken = Some("a run took what it did itself for somebody else's");
        }
    } else if !stale {
        ended(world, index, event);
    }
}

/// Looks at the zone when a process says that it is done, unless somebody else changed it since it was read.
fn ended(world: &mut World, index: usize, event: &Event) {
    let plan = world.processes[index].engine.plan();
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

/// Looks at a batch that Route 53 takes, with which the zone becomes this.
pub(crate) fn taken(world: &mut World, call: &Call, after: &[RecordSet]) {
    let Facts { announced, lost, barred, .. } = world.facts[call.number];
    let plan = world.processes[call.process].engine.plan();
    let moves_to_new = weight_of_new(after, plan) > weight_of_new(&world.zone.records, plan);
    // A lock that somebody wanted and gave up may come when all is over; it stands in the way of others and moves nobody.
    let moves = call.batch.changes.iter().any(|change| Lock::read(&change.record).is_none());
    let broken = if announced < call.write {
        Some("a batch was sent that is in nobody's journal")
    } else if moves_to_new && barred {
        Some("somebody was moved to new after the way back had begun")
    } else if !call.back && lost && moves {
        Some("somebody changed a record who had lost the lock")
    } else {
        None
    };
    world.broken = world.broken.or(broken);
    let loser = hold(world, call);
    disturbs(world, Some(call.process));
    world.facts[call.number].moved |= moves;
    if call.back {
        for (number, facts) in world.facts.iter_mut().enumerate() {
            facts.barred |= (moves && facts.moved) || (loser == Some(number) && facts.holds);
        }
    }
}

/// Takes in that the sender of a batch has heard that it was taken.
pub(crate) fn heard(world: &mut World, call: &Call) {
    let of_lock = |change: &Change| Lock::read(&change.record).is_some();
    world.facts[call.number].holds |= call.batch.changes.iter().any(of_lock);
}

/// Takes in whose the lock is after a batch, and returns whom it was taken from.
fn hold(world: &mut World, call: &Call) -> Option<usize> {
    let of_lock = call.batch.changes.iter().filter(|change| Lock::read(&change.record).is_some());
    let mut of_lock = of_lock.peekable();
    of_lock.peek()?;
    let loser = world.holder.filter(|former| *former != call.number);
    if let Some(loser) = loser {
        world.facts[loser].lost |= world.facts[loser].holds;
    }
    let made = of_lock.any(|change| change.action != ChangeAction::Delete);
    world.holder = made.then_some(call.number);
    loser
}

/// Takes in that a process has changed the zone, or somebody by hand.
pub(crate) fn disturbs(world: &mut World, by: Option<usize>) {
    for index in 0..world.processes.len() {
        if by != Some(index) {
            let facts = world.facts(index);
            (facts.disturbed, facts.stale) = (true, true);
        }
    }
}
