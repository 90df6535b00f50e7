//! Who begins a run, goes on with one, or comes from elsewhere while one goes on.

use std::{collections::BTreeMap, sync::Arc};

use cutover::{
    engine::{Asked, Engine, Event, VERSION, beginning, started},
    plan::{Plan, Standing, emergency, make},
    unit::{RunId, Timestamp},
};

use crate::{
    plan::{Setting, simplified},
    world::{Cutover, Facts, Process, World},
};

/// What an operator comes for who is somewhere else and sees nothing but the live zone, or a copy of the first run's
/// journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Visit {
    /// `cutover run`; refused while a lock stands in the zone.
    Run,
    /// `cutover run --take-over`.
    RunTakingOver,
    /// `cutover rollback RUNBOOK`.
    Rollback,
    /// `cutover resume`, `resume --take-over` or `rollback RUN` with a copy of the run's folder.
    WithCopy(Return),
}

/// How somebody goes on with a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Return {
    /// `cutover resume`.
    GoesOn,
    /// `cutover resume --take-over`.
    TakesOver,
    /// `cutover rollback RUN`.
    RollsBack,
}

impl Return {
    /// Returns the first event of the process that goes on, by the name of its owner.
    pub(crate) fn event(self, owner: String) -> Event {
        match self {
            Self::GoesOn | Self::TakesOver => {
                let take_over = self == Self::TakesOver;
                Event::Resumed { version: VERSION.to_owned(), owner, take_over }
            }
            Self::RollsBack => rollback(owner),
        }
    }

    /// Returns true where a run can be gone on with like this: one that has ended is not resumed, but rolled back.
    pub(crate) fn is_possible(self, process: &Process) -> bool {
        let event = self.event("somebody".to_owned());
        process.engine.clone().apply(Timestamp::MIN, &event).is_ok()
    }

    /// Returns the facts of a process that goes on, of those of the one before.
    pub(crate) fn facts(self, before: Facts) -> Facts {
        match self {
            Self::GoesOn => before,
            // Whoever takes over has been told what happened, and wants it all the same.
            Self::TakesOver => {
                Facts { moved: false, holds: false, lost: false, barred: false, ..before }
            }
            Self::RollsBack => Facts { lost: false, ..before },
        }
    }
}

fn rollback(owner: String) -> Event {
    let asked = Asked { owner, to_simple: false, deadline: None };
    let reason = "asked for with `cutover rollback`".to_owned();
    Event::RollbackStarted { reason, breached_at: None, asked: Some(asked) }
}

/// Returns a process that is about to begin this plan's run, and what it begins with.
pub(crate) fn newcomer(
    plan: Plan,
    number: usize,
    events: impl IntoIterator<Item = Event>,
) -> Process {
    let run: RunId = format!("small-20260303T090000Z-{number:04x}").parse().expect("a run's id");
    let mut process = Process::new(Engine::new(simplified(plan), run), number);
    process.waits = events.into_iter().collect();
    process
}

/// Returns the process of the first run.
pub(crate) fn first(setting: &Setting) -> Process {
    newcomer(setting.plan.clone(), 0, beginning(&setting.plan, "owner0", &[]))
}

/// Returns a process of somebody who comes now and looks, and what there is to know of it; nothing where it is refused, or
/// where there is nothing to do.
pub(crate) fn visitor(model: &Cutover, world: &World, visit: Visit) -> Option<(Process, Facts)> {
    let number = world.facts.len();
    let owner = format!("owner{number}");
    let (setting, fresh) = (&model.setting, Facts::default());
    match visit {
        Visit::Run | Visit::RunTakingOver => {
            let takes = visit == Visit::RunTakingOver;
            let plan =
                planned(setting, world, if takes { Standing::TakeOver } else { Standing::Refuse })?;
            let events = beginning(&plan, &owner, &[]);
            Some((newcomer(plan, number, events), fresh))
        }
        Visit::Rollback => {
            let plan = way_back(setting, world)?;
            let events = [started(&plan, &owner), rollback(owner)];
            Some((newcomer(plan, number, events), fresh))
        }
        Visit::WithCopy(way) => {
            let original = world.processes.first().filter(|first| way.is_possible(first))?;
            let mut copy = original.copied(number);
            copy.waits = vec![way.event(owner)];
            let before = world.facts[original.number];
            // What was sent and not answered may have been taken, which is not known here.
            Some((copy, way.facts(before)))
        }
    }
}

/// Plans a run for the zone as it is.
fn planned(setting: &Setting, world: &World, standing: Standing) -> Option<Plan> {
    let mut snapshot = setting.snapshot.clone();
    snapshot.at = world.now;
    snapshot.records.values_mut().for_each(|records| records.clone_from(&world.zone.records));
    make(&setting.runbook, &snapshot, standing).ok().map(|made| made.plan)
}

/// Plans the way back from the zone as it is.
fn way_back(setting: &Setting, world: &World) -> Option<Plan> {
    let zones: Vec<_> = setting.snapshot.zones.values().flatten().collect();
    let records: BTreeMap<_, _> =
        zones.iter().map(|zone| (zone.id.clone(), world.zone.records.clone())).collect();
    let found = emergency(&setting.runbook, &setting.snapshot.zones, &records, false);
    (!found.plan.pairs.is_empty()).then_some(found.plan)
}

/// Records what a process begins with.
pub(crate) fn begin(process: &mut Process, now: Timestamp) -> Result<Vec<Event>, &'static str> {
    let events = std::mem::take(&mut process.waits);
    for event in &events {
        let begun = process.engine.apply(now, event);
        begun.map_err(|_| "a run refused the event that it begins with")?;
    }
    process.changed(now);
    Ok(events)
}

/// Adds a process to the world.
pub(crate) fn join(world: &mut World, process: Process, facts: Facts) -> usize {
    world.facts.push(facts);
    world.processes.push(Arc::new(process));
    world.processes.len() - 1
}
