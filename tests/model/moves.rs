//! Everything that can happen next.

use cutover::{
    engine::{Action, Engine, Event, VERSION, WriteFailure, beginning},
    gate::{Cause, Finding},
    plan::ChangeId,
    unit::{Minute, SignedDuration},
};
use stateright::{Model, Property};

use crate::{
    claims,
    world::{Call, Cutover, Process, START, World},
};

/// How long until what failed is tried again, and how often the gates are asked while something is wrong.
const PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// One thing that happens. Processes and calls are named by their index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Happens {
    /// A process records the decision that is due.
    Decides(usize),
    /// A process sends the batch that it has announced.
    Sends(usize),
    /// A process reads the zone, or hears that its changes are everywhere.
    Reads(usize),
    /// A process looks at its records and asks the gates.
    Judges(usize, Verdict),
    /// Route 53 takes or refuses a batch, and its sender hears of it if it still waits.
    Arrives(usize),
    /// Route 53 takes or refuses a batch, and the answer is lost (law L25).
    ArrivesUnheard(usize),
    /// The sender gives a batch up; it may arrive at any later time, or never.
    IsGivenUp(usize),
    /// Route 53 throttles a batch (law L20).
    IsThrottled(usize),
    /// A process dies.
    Dies(usize),
    /// A new process goes on where a dead one was.
    Resumes(usize),
    /// Nothing else can happen, and time goes by.
    TimePasses,
}

/// What the gates say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Verdict {
    Good,
    Unknown,
    Breach,
}

impl Model for Cutover {
    type State = World;
    type Action = Happens;

    fn init_states(&self) -> Vec<World> {
        let run = "small-20260303T090000Z-0001".parse().expect("it is a run's id");
        let mut engine = Engine::new(self.plan.clone(), run);
        let now = START.parse().expect("the start is a moment");
        for event in beginning(&self.plan, "first", &[]) {
            engine.apply(now, &event).expect("every run begins like this");
        }
        let first = Process::new(engine);
        let zone = self.plan.pairs.iter().flat_map(|pair| pair.found.clone()).collect();
        vec![World {
            now,
            zone,
            processes: vec![first],
            under_way: Vec::new(),
            taken: 0,
            left: self.bounds,
            turned_back_at: None,
            broken: None,
        }]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Happens>) {
        for (index, process) in world.processes.iter().enumerate() {
            actions.extend(acts(world, index, process));
        }
        for (index, call) in world.under_way.iter().enumerate() {
            actions.extend(fates(world, index, call));
        }
        if passes(world) {
            actions.push(Happens::TimePasses);
        }
    }

    fn next_state(&self, world: &World, action: Happens) -> Option<World> {
        let mut next = world.clone();
        next.broken = None;
        match action {
            Happens::Decides(index) => {
                let event = next.processes[index].engine.due(next.now)?;
                commit(&mut next, index, &event);
            }
            Happens::Sends(index) => send(&mut next, index),
            Happens::Reads(index) => read(&mut next, index),
            Happens::Judges(index, verdict) => judge(&mut next, index, verdict),
            Happens::Arrives(call) => arrive(&mut next, call, true),
            Happens::ArrivesUnheard(call) => arrive(&mut next, call, false),
            Happens::IsGivenUp(call) => {
                next.left.faults -= 1;
                next.under_way[call].awaited = false;
                fail(&mut next, call, WriteFailure::Unclear);
            }
            Happens::IsThrottled(call) => {
                next.left.faults -= 1;
                fail(&mut next, call, WriteFailure::Later);
                next.under_way.remove(call);
            }
            Happens::Dies(index) => die(&mut next, index),
            Happens::Resumes(index) => {
                next.processes[index].alive = true;
                resume(&mut next, index);
            }
            Happens::TimePasses => next.now = later(&next)?,
        }
        claims::check(self, world, &mut next);
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        claims::all()
    }
}

/// What a process can do next.
fn acts(world: &World, index: usize, process: &Process) -> Vec<Happens> {
    if !process.alive {
        return vec![Happens::Resumes(index)];
    }
    let mut acts = Vec::new();
    if process.engine.outcome().is_some() {
        return acts;
    }
    if world.left.crashes > 0 {
        acts.push(Happens::Dies(index));
    }
    if process.engine.clone().due(world.now).is_some() {
        acts.push(Happens::Decides(index));
        return acts;
    }
    for wish in process.engine.pending() {
        match wish {
            Action::Change { write, .. } if !is_under_way(world, index, write) => {
                acts.push(Happens::Sends(index));
            }
            Action::Change { .. } | Action::Unprotect { .. } => {}
            Action::Read { .. } | Action::AwaitSync { .. } => acts.push(Happens::Reads(index)),
            Action::Watch { .. } if may_judge(world, process) => {
                acts.push(Happens::Judges(index, Verdict::Good));
                if world.left.judgements > 0 {
                    acts.push(Happens::Judges(index, Verdict::Unknown));
                    acts.push(Happens::Judges(index, Verdict::Breach));
                }
            }
            Action::Watch { .. } => {}
        }
    }
    acts
}

fn is_under_way(world: &World, process: usize, write: u32) -> bool {
    world
        .under_way
        .iter()
        .any(|call| call.process == process && call.write == write && call.awaited)
}

/// The gates are asked once at each moment.
fn may_judge(world: &World, process: &Process) -> bool {
    process.judged.is_none_or(|(at, _)| at < world.now)
}

/// What can become of a batch that is under way.
fn fates(world: &World, index: usize, call: &Call) -> Vec<Happens> {
    let mut fates = vec![Happens::Arrives(index)];
    if call.awaited && world.left.faults > 0 {
        fates.extend([
            Happens::ArrivesUnheard(index),
            Happens::IsGivenUp(index),
            Happens::IsThrottled(index),
        ]);
    }
    fates
}

/// Time passes when no process has anything else to do and no awaited batch is under way.
fn passes(world: &World) -> bool {
    let waits = |(index, process): (usize, &Process)| {
        acts(world, index, process)
            .iter()
            .all(|act| matches!(act, Happens::Dies(_) | Happens::Resumes(_)))
    };
    world.processes.iter().enumerate().all(waits)
        && !world.under_way.iter().any(|call| call.awaited)
        && later(world).is_some()
}

/// Returns the next moment at which something may be different.
fn later(world: &World) -> Option<cutover::unit::Timestamp> {
    let of = |process: &Process| {
        if !process.alive || process.engine.outcome().is_some() {
            return None;
        }
        let watches =
            process.engine.pending().iter().any(|wish| matches!(wish, Action::Watch { .. }));
        let unwell = watches && process.judged.is_some_and(|(_, well)| !well);
        let again = unwell.then(|| world.now + PAUSE);
        [process.engine.deadline(world.now), again].into_iter().flatten().min()
    };
    world.processes.iter().filter_map(of).min()
}

fn commit(world: &mut World, index: usize, event: &Event) {
    let now = world.now;
    if world.processes[index].engine.apply(now, event).is_err() {
        world.broken = Some("the engine refused an event that it had asked for");
    }
    world.processes[index].changed();
    claims::told(world, index, event);
}

fn send(world: &mut World, index: usize) {
    let engine = &world.processes[index].engine;
    let back = engine.is_rolling_back();
    let unsent = engine.pending().into_iter().find_map(|wish| match wish {
        Action::Change { write, batch, .. } if !is_under_way(world, index, write) => {
            Some(Call { process: index, write, batch, back, awaited: true })
        }
        Action::Change { .. }
        | Action::Read { .. }
        | Action::Unprotect { .. }
        | Action::AwaitSync { .. }
        | Action::Watch { .. } => None,
    });
    world.under_way.extend(unsent);
}

fn read(world: &mut World, index: usize) {
    let wishes = world.processes[index].engine.pending();
    let event = wishes.into_iter().find_map(|wish| match wish {
        Action::Read { zone, names } => {
            let here = world.zone.iter().filter(|record| names.contains(&record.name));
            Some(Event::RecordsRead { zone, records: here.cloned().collect() })
        }
        Action::AwaitSync { changes } => Some(Event::InSync { changes }),
        Action::Change { .. } | Action::Unprotect { .. } | Action::Watch { .. } => None,
    });
    if let Some(event) = event {
        commit(world, index, &event);
    }
}

fn judge(world: &mut World, index: usize, verdict: Verdict) {
    let (now, well) = (world.now, verdict == Verdict::Good);
    world.left.judgements -= u8::from(!well);
    world.processes[index].judged = Some((now, well));
    let engine = &world.processes[index].engine;
    let inspects =
        engine.pending().iter().any(|wish| matches!(wish, Action::Watch { inspect: true, .. }));
    if let Some(foreign) = inspects.then(|| engine.inspect(&world.zone)).flatten() {
        return commit(world, index, &foreign);
    }
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
        numbers: std::collections::BTreeMap::new(),
    };
    let judged = Event::MinuteJudged { minute: Minute::containing(now), findings: vec![finding] };
    commit(world, index, &judged);
}

fn arrive(world: &mut World, call: usize, heard: bool) {
    let Call { process, write, batch, back, awaited } = world.under_way[call].clone();
    let taken = world.swap(&batch);
    if taken {
        claims::taken(world, process, back);
    }
    world.left.faults -= u8::from(!heard);
    let listens = awaited && world.processes[process].alive;
    if listens && heard && taken {
        let change = ChangeId(format!("C{}", world.taken));
        commit(world, process, &Event::WriteAccepted { write, change });
    } else if listens {
        let failure = if heard { WriteFailure::Refused } else { WriteFailure::Unclear };
        fail(world, call, failure);
    }
    world.under_way.remove(call);
}

fn fail(world: &mut World, call: usize, failure: WriteFailure) {
    let Call { process, write, .. } = world.under_way[call];
    let (message, problems, retry_at) = (String::new(), Vec::new(), world.now + PAUSE);
    let event = Event::WriteFailed { write, failure, message, problems, retry_at };
    commit(world, process, &event);
}

/// What a dead process has sent may still arrive.
fn die(world: &mut World, index: usize) {
    world.left.crashes -= 1;
    world.processes[index].alive = false;
    for call in world.under_way.iter_mut().filter(|call| call.process == index) {
        call.awaited = false;
    }
}

fn resume(world: &mut World, index: usize) {
    world.processes[index].judged = None;
    let (version, owner) = (VERSION.to_owned(), "heir".to_owned());
    commit(world, index, &Event::Resumed { version, owner, take_over: false });
}
