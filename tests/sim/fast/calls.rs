//! Calls on their way: they arrive, have an effect or none, and are answered or not.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use cutover::{
    cloud::CloudErrorKind,
    engine::Action,
    plan::{ChangeId, RecordSet, ZoneId},
    unit::{RecordName, SignedDuration},
};

use super::{
    draw::End,
    night::{Happening, Night},
    process::{Fact, Going, Seen},
    sky::Landed,
};
use crate::{saboteur::failure, tally::Fault};

/// How long a sender waits for an answer before it gives up.
const PATIENCE: SignedDuration = SignedDuration::from_secs(5);

impl Night {
    /// A call arrives. A change does so even where its sender is no more.
    pub(super) fn lands(
        &mut self,
        process: usize,
        life: u32,
        call: u64,
        index: usize,
        action: Action,
    ) {
        let it = &self.processes[process];
        let awaited = it.life == life && it.calls.iter().any(|going| going.id == call);
        let fact = match &action {
            Action::Change { write, batch, to } => {
                let back = to.is_back();
                match self.sky.change(it.who, batch, back) {
                    Landed::Answered { effect, answer } => {
                        self.takes_effect(process, index, effect);
                        Fact::Changed { write: *write, answer }
                    }
                    Landed::Late(by) => {
                        let late =
                            Happening::LandsLate { process, index, action: Box::new(action) };
                        self.after(by, late);
                        self.give_up(process, life, call);
                        return;
                    }
                }
            }
            _ if !awaited => return,
            Action::Read { zone, names } => {
                let (at, answer) = (self.sky.now(), self.sky.records_at(zone, names.iter()));
                Fact::Read { zone: zone.clone(), names: names.clone(), at, answer }
            }
            Action::AwaitSync { changes } => {
                let status = |change: &ChangeId| {
                    self.sky.change_status(change).map(|status| (change.clone(), status))
                };
                Fact::Polled(changes.iter().map(status).collect())
            }
            Action::Watch { from, inspect } => {
                let from = it.engine.read_from(*from);
                let names = inspect.then(|| it.engine.names());
                let told = self.sky.metrics(from);
                let records = names.and_then(|names| self.inspect(&names));
                Fact::Watched { told, records }
            }
            Action::Unprotect { .. } | Action::Run { .. } => return,
        };
        if awaited {
            let (wait, fact) = (self.sky.latency(), Box::new(fact));
            self.after(wait, Happening::Answers { process, life, call, fact });
            let it = &self.processes[process];
            if let Some(End::AfterCall(nth)) = it.fate.map(|life| life.ends)
                && it.called > nth
            {
                self.sky.tally.bites(Fault::DiesAfterACallHadEffect);
                self.died(process);
            }
        }
    }

    fn give_up(&mut self, process: usize, life: u32, call: u64) {
        let it = &self.processes[process];
        let going = it.calls.iter().find(|going| going.id == call && it.life == life);
        if let Some(Going { action: Action::Change { write, .. }, .. }) = going {
            let kind = CloudErrorKind::Unclear;
            let answer = Err(failure("ChangeResourceRecordSets", kind));
            let fact = Box::new(Fact::Changed { write: *write, answer });
            self.after(PATIENCE, Happening::Answers { process, life, call, fact });
        }
    }

    fn inspect(
        &mut self,
        names: &BTreeMap<ZoneId, BTreeSet<RecordName>>,
    ) -> Option<BTreeMap<ZoneId, Vec<RecordSet>>> {
        let mut all = BTreeMap::new();
        for (zone, names) in names {
            all.insert(zone.clone(), self.sky.records_at(zone, names.iter()).ok()?);
        }
        Some(all)
    }

    fn takes_effect(&mut self, process: usize, index: usize, effect: Option<ChangeId>) {
        if effect.is_some() {
            // Who lost lines of the journal has forgotten what it sent as well.
            if let Some(sent) = self.processes[process].sent.get_mut(index) {
                sent.effect = effect;
            }
            let plan = Rc::clone(&self.prepared.plan);
            self.sky.weigh(&plan);
        }
    }

    pub(super) fn lands_late(&mut self, process: usize, index: usize, action: Action) {
        let Action::Change { batch, to, .. } = &action else { return };
        let who = self.processes[process].who;
        match self.sky.take(who, batch, to.is_back()) {
            Ok(change) => self.takes_effect(process, index, Some(change)),
            Err(error) if error.passes_by_itself() => {
                let soon = SignedDuration::from_millis(300);
                let action = Box::new(action);
                self.after(soon, Happening::LandsLate { process, index, action });
            }
            Err(_) => {}
        }
    }

    pub(super) fn answers(&mut self, process: usize, life: u32, call: u64, fact: Fact) {
        let now = self.clock(process);
        let it = &mut self.processes[process];
        let Some(at) = it.calls.iter().position(|going| going.id == call) else { return };
        if it.life != life {
            return;
        }
        it.calls.remove(at);
        let mut saw = Seen::new();
        if let Fact::Read { zone, names, at, answer: Ok(_) } = &fact {
            saw.extend(names.iter().map(|name| ((zone.clone(), name.clone()), *at)));
        }
        if let Some(event) = it.learn(now, fact)
            && self.commit(process, event).is_err()
        {
            self.died(process);
            return;
        }
        self.processes[process].saw.extend(saw);
        self.turn(process);
    }
}
