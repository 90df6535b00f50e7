//! Everything that can happen next.

use std::sync::Arc;

use cutover::{
    engine::{Action, Event, WriteFailure},
    plan::ChangeId,
    unit::{SignedDuration, Timestamp},
};
use stateright::{Model, Property};

use crate::{
    acts::{begin, commit, die, fail, failure, judge, resume, send},
    claims, edits,
    operators::{self, Return, Visit},
    sabotage,
    world::{Breakage, Call, Cutover, Process, World, Zone},
};

/// How long until what failed is tried again, and how often the gates are asked while something is wrong.
pub(crate) const PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// One thing that happens. Processes and calls are named by their index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Happens {
    /// Somebody comes and looks.
    Comes(Visit),
    /// Whoever has looked begins.
    Begins(usize),
    /// A process records the decision that is due, and sends what it has announced.
    Decides(usize),
    /// A process reads the zone, or hears that its changes are everywhere.
    Reads(usize),
    /// A process looks at its records and asks the gates.
    Judges(usize, Verdict),
    /// Route 53 takes or refuses a batch, and its sender hears of it if it still waits.
    Arrives(usize),
    /// The sender gives a batch up; it may arrive at any later time, or never (law L25).
    IsGivenUp(usize),
    /// A batch that was given up never arrives.
    IsLost(usize),
    /// Route 53 throttles a batch (law L20).
    IsThrottled(usize),
    /// A process dies. What it has sent may still arrive.
    Dies(usize),
    /// A new process goes on where a dead one was, or one that is over.
    Resumes(usize, Return),
    /// Somebody changes the zone by hand.
    Edits(edits::Edit),
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
        let mut world = World::beginning(&self.setting, self.bounds);
        let first = operators::first(&self.setting);
        let first = operators::join(&mut world, first, claims::FRESH);
        begin(&mut world, first);
        self.finish(&mut world);
        vec![world]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Happens>) {
        actions.extend_from_slice(&world.next);
    }

    fn next_state(&self, world: &World, action: Happens) -> Option<World> {
        let mut next = world.clone();
        next.broken = None;
        self.happens(&mut next, action)?;
        self.finish(&mut next);
        self.ways.leads(world.print(), next.print());
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        claims::all()
    }
}

impl Cutover {
    fn happens(&self, world: &mut World, action: Happens) -> Option<()> {
        match action {
            Happens::Comes(visit) => {
                let (process, facts) = operators::visitor(self, world, visit)?;
                world.left.visits -= 1;
                let index = operators::join(world, process, facts);
                if !world.left.hesitate {
                    begin(world, index);
                }
            }
            Happens::Begins(index) => begin(world, index),
            Happens::Decides(index) => self.decide(world, index),
            Happens::Reads(index) => self.read(world, index),
            Happens::Judges(index, verdict) => judge(world, index, verdict),
            Happens::Arrives(call) => self.arrive(world, call),
            Happens::IsGivenUp(call) => {
                world.left.faults -= 1;
                fail(world, call, WriteFailure::Unclear);
                world.under_way[call] = Arc::new(world.under_way[call].given_up());
            }
            Happens::IsLost(call) => {
                world.under_way.remove(call);
            }
            Happens::IsThrottled(call) => {
                world.left.faults -= u8::from(!self.is(Breakage::EverythingIsThrottled));
                fail(world, call, WriteFailure::Later);
                world.under_way.remove(call);
            }
            Happens::Dies(index) => die(world, index),
            Happens::Resumes(index, how) => resume(world, index, how),
            Happens::Edits(edit) => {
                world.left.edits -= 1;
                let records = edits::edited(world, edit)?;
                world.zone = Zone::new(records);
                claims::disturbs(world, None);
            }
            Happens::TimePasses => {
                world.now = later(world)?;
                let now = world.now;
                (0..world.processes.len()).for_each(|index| world.process(index).look_up(now));
            }
        }
        Some(())
    }

    fn is(&self, breakage: Breakage) -> bool {
        self.broken == Some(breakage)
    }

    /// Works out what can happen next and what stands for the state.
    fn finish(&self, world: &mut World) {
        world.take_print(&self.setting.plan);
        let next = self.moves(world);
        if next.is_empty() {
            self.ways.ends(world.print());
        }
        world.next = Arc::new(next);
    }

    /// What is nobody else's business goes first: it makes no difference to others when it happens, only whether its
    /// process dies before it, or is copied.
    fn moves(&self, world: &World) -> Vec<Happens> {
        let private = world.processes.iter().position(|process| process.due.is_some());
        if let Some(index) = private {
            if self.is(Breakage::NobodyActs) {
                return vec![];
            }
            let copies = self
                .visits(world)
                .filter(|visit| index == 0 && matches!(visit, Visit::WithCopy(_)));
            let dies = (world.left.crashes > 0).then_some(Happens::Dies(index));
            return [Happens::Decides(index)]
                .into_iter()
                .chain(dies)
                .chain(copies.map(Happens::Comes))
                .collect();
        }
        let mut moves: Vec<Happens> = self.visits(world).map(Happens::Comes).collect();
        for (index, process) in world.processes.iter().enumerate() {
            moves.extend(choices(world, index, process));
        }
        for (index, call) in world.under_way.iter().enumerate() {
            moves.extend(fates(world, index, call));
        }
        let edits = edits::ALL.into_iter().filter(|edit| edits::edited(world, *edit).is_some());
        moves.extend(edits.filter(|_| world.left.edits > 0).map(Happens::Edits));
        if passes(world) {
            moves.push(Happens::TimePasses);
        }
        moves
    }

    fn visits(&self, world: &World) -> impl Iterator<Item = Visit> {
        let open = |visit: &&Visit| operators::visitor(self, world, **visit).is_some();
        self.visits.iter().filter(|_| world.left.visits > 0).filter(open).copied()
    }

    fn decide(&self, world: &mut World, index: usize) {
        let Some(event) = world.processes[index].due.clone() else { return };
        if !sabotage::decides_instead(self.broken, world, index, &event) {
            commit(world, index, &event);
            sabotage::forgets(self.broken, world, index);
        }
        send(world, index);
    }

    fn read(&self, world: &mut World, index: usize) {
        let wishes = world.processes[index].engine.pending();
        let past = self
            .is(Breakage::OnlyThePastIsRead)
            .then(|| World::beginning(&self.setting, self.bounds).zone);
        let zone_now = past.unwrap_or_else(|| Arc::clone(&world.zone));
        let event = wishes.into_iter().find_map(|wish| match wish {
            Action::Read { zone, names } => {
                let here = zone_now.records.iter().filter(|record| names.contains(&record.name));
                Some(Event::RecordsRead { zone, records: here.cloned().collect() })
            }
            Action::AwaitSync { changes } => Some(Event::InSync { changes }),
            Action::Change { .. }
            | Action::Unprotect { .. }
            | Action::Watch { .. }
            | Action::Run { .. } => None,
        });
        if let Some(event) = event {
            if matches!(event, Event::RecordsRead { .. }) {
                world.facts(index).stale = false;
            }
            commit(world, index, &event);
        }
    }

    fn arrive(&self, world: &mut World, call: usize) {
        let call = world.under_way.remove(call);
        let after = world.zone.after(&call.batch, self.broken);
        if let Some(after) = &after {
            world.taken += 1;
            claims::taken(world, &call, after);
            world.zone = Zone::new(after.clone());
        }
        if !call.awaited {
            return;
        }
        let event = match after {
            Some(_) => {
                claims::heard(world, &call);
                let change = ChangeId(format!("C{}", world.taken));
                Event::WriteAccepted { write: call.write, change }
            }
            None => failure(world, &call, WriteFailure::Refused),
        };
        commit(world, call.process, &event);
    }
}

/// What a process can do next, when nothing is due.
fn choices(world: &World, index: usize, process: &Process) -> Vec<Happens> {
    let mut acts = Vec::new();
    if !process.waits.is_empty() {
        return vec![Happens::Begins(index)];
    }
    if !process.alive || process.is_over() {
        let returns = [Return::GoesOn, Return::TakesOver, Return::RollsBack];
        let free = |how: &Return| !process.alive && *how == Return::GoesOn;
        let may = |how: &Return| free(how) || world.left.returns > 0;
        let wanted = returns.into_iter().filter(|how| may(how) && how.is_possible(process));
        return wanted.map(|how| Happens::Resumes(index, how)).collect();
    }
    if world.left.crashes > 0 {
        acts.push(Happens::Dies(index));
    }
    for wish in process.engine.pending() {
        match wish {
            Action::Change { .. } | Action::Unprotect { .. } => {}
            Action::Read { .. } | Action::AwaitSync { .. } => acts.push(Happens::Reads(index)),
            Action::Watch { .. } if may_judge(world, process) => {
                acts.push(Happens::Judges(index, Verdict::Good));
                if world.left.judgements > 0 {
                    acts.push(Happens::Judges(index, Verdict::Unknown));
                    acts.push(Happens::Judges(index, Verdict::Breach));
                }
            }
            Action::Watch { .. } | Action::Run { .. } => {}
        }
    }
    acts
}

/// The gates are asked once at each moment.
fn may_judge(world: &World, process: &Process) -> bool {
    process.judged.is_none_or(|(at, _)| at < world.now)
}

/// What can become of a batch that is under way.
fn fates(world: &World, index: usize, call: &Call) -> Vec<Happens> {
    let mut fates = vec![Happens::Arrives(index)];
    if !call.awaited {
        fates.push(Happens::IsLost(index));
    } else if world.left.faults > 0 {
        fates.extend([Happens::IsGivenUp(index), Happens::IsThrottled(index)]);
    }
    fates
}

/// Time passes when no process has anything else to do and no awaited batch is under way.
fn passes(world: &World) -> bool {
    let waits = |(index, process): (usize, &Arc<Process>)| {
        let idle = |act: &Happens| {
            matches!(act, Happens::Begins(_) | Happens::Dies(_) | Happens::Resumes(..))
        };
        choices(world, index, process).iter().all(idle)
    };
    world.processes.iter().enumerate().all(waits)
        && !world.under_way.iter().any(|call| call.awaited)
        && later(world).is_some()
}

/// Returns the next moment at which something may be different.
fn later(world: &World) -> Option<Timestamp> {
    let of = |process: &Arc<Process>| {
        if !process.alive || !process.waits.is_empty() || process.is_over() {
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
