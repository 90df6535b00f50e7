//! What a process does with its engine, as the driver does it: record, apply, perform.

use std::{collections::BTreeMap, sync::Arc};

use cutover::{
    engine::{Action, Event, WriteFailure},
    gate::{Cause, Finding},
    plan::{RecordSet, ZoneId},
    unit::{Minute, Timestamp},
};

use crate::{
    claims,
    moves::{PAUSE, Verdict},
    operators::{self, Return},
    world::{Call, Process, World},
};

pub(crate) fn begin(world: &mut World, index: usize) {
    let now = world.now;
    match operators::begin(world.process(index), now) {
        Ok(events) => events.iter().for_each(|event| claims::told(world, index, event)),
        Err(broken) => world.broken = Some(broken),
    }
    send(world, index);
}

pub(crate) fn commit(world: &mut World, index: usize, event: &Event) {
    let now = world.now;
    let process = world.process(index);
    let applied = process.engine.apply(now, event);
    process.changed(now);
    if applied.is_err() {
        world.broken = Some("the engine refused an event that it had asked for");
    }
    claims::told(world, index, event);
}

/// Sends what has been announced and is not under way.
pub(crate) fn send(world: &mut World, index: usize) {
    let Process { engine, number, .. } = &*world.processes[index];
    let back = engine.is_rolling_back();
    let is_under_way = |write: u32| {
        let mut calls = world.under_way.iter();
        calls.any(|call| call.process == index && call.write == write && call.awaited)
    };
    let unsent = engine.pending().into_iter().find_map(|wish| match wish {
        Action::Change { write, batch, .. } if !is_under_way(write) => {
            Some(Arc::new(Call::new(index, *number, write, batch, back)))
        }
        Action::Change { .. }
        | Action::Read { .. }
        | Action::Unprotect { .. }
        | Action::AwaitSync { .. }
        | Action::Watch { .. }
        | Action::Run { .. } => None,
    });
    world.under_way.extend(unsent);
}

/// Returns the records of the world's only zone under the ids that the plan has.
fn by_zone(world: &World) -> BTreeMap<ZoneId, Vec<RecordSet>> {
    let zones = world.processes.iter().flat_map(|process| &process.engine.plan().zones);
    zones.map(|zone| (zone.id.clone(), world.zone.records.clone())).collect()
}

pub(crate) fn judge(world: &mut World, index: usize, verdict: Verdict) {
    let (now, well) = (world.now, verdict == Verdict::Good);
    world.left.judgements -= u8::from(!well);
    world.process(index).judged = Some((now, well));
    let engine = &world.processes[index].engine;
    let inspects =
        engine.pending().iter().any(|wish| matches!(wish, Action::Watch { inspect: true, .. }));
    if let Some(foreign) = inspects.then(|| engine.inspect(&by_zone(world))).flatten() {
        return commit(world, index, &foreign);
    }
    commit(world, index, &judgement(now, verdict));
}

/// Returns what the gates say.
pub(crate) fn judgement(now: Timestamp, verdict: Verdict) -> Event {
    let cause = match verdict {
        Verdict::Good => Cause::Proven,
        Verdict::Unknown => Cause::NoTraffic,
        Verdict::Breach => Cause::OverCritical,
    };
    let finding = Finding {
        gate: "errors".to_owned(),
        cause,
        why: String::new(),
        evidence: None,
        numbers: BTreeMap::new(),
    };
    Event::MinuteJudged { minute: Minute::containing(now), findings: vec![finding] }
}

pub(crate) fn fail(world: &mut World, call: usize, how: WriteFailure) {
    let call = Arc::clone(&world.under_way[call]);
    let event = failure(world, &call, how);
    commit(world, call.process, &event);
}

pub(crate) fn failure(world: &World, call: &Call, failure: WriteFailure) -> Event {
    let (message, problems, retry_at) = (String::new(), Vec::new(), world.now + PAUSE);
    Event::WriteFailed { write: call.write, failure, message, problems, retry_at }
}

/// What a dead process has sent may still arrive.
pub(crate) fn die(world: &mut World, index: usize) {
    world.left.crashes -= 1;
    let now = world.now;
    let process = world.process(index);
    process.alive = false;
    process.look_up(now);
    for call in world.under_way.iter_mut().filter(|call| call.process == index) {
        *call = Arc::new(call.given_up());
    }
}

pub(crate) fn resume(world: &mut World, index: usize, how: Return) {
    let process = &world.processes[index];
    let free = !process.alive && how == Return::GoesOn;
    world.left.returns -= u8::from(!free);
    let number = world.facts.len();
    world.facts.push(how.facts(world.facts[process.number]));
    let now = world.now;
    let process = world.process(index);
    (process.number, process.alive, process.judged) = (number, true, None);
    process.look_up(now);
    commit(world, index, &how.event(format!("owner{number}")));
}
