//! Everybody else who has a keyboard: strangers who edit the zone, and operators on other machines.

use std::rc::Rc;

use cutover::{
    engine::{Origin, Outcome, Tune},
    plan::{
        Answer, Batch, Change, ChangeAction, Lock, Plan, RecordSet, Routing, Standing, emergency,
        lock_name, make,
    },
    runbook::{self, Choice, Source, tuned},
    unit::{RunId, SignedDuration, Ttl, Weight},
};

use super::{
    draw::{Act, Edit, Said},
    night::{Comeback, Happening, Night},
    process::Process,
};
use crate::tally::Fault;

impl Night {
    pub(super) fn acts(&mut self, act: Act) -> Result<(), String> {
        match act {
            Act::SetClock(by) => self.set_clock(by),
            Act::Edit(edit) => self.edit(edit),
            Act::Begin { take_over } => self.begin_another(take_over),
            Act::Resume { take_over } => self.resume_elsewhere(take_over),
            Act::RollBack => self.roll_back_elsewhere(),
            Act::Interrupt if self.processes[0].alive => self.interrupt(0),
            Act::Interrupt => {}
            Act::Tune => self.tune()?,
            Act::Say(said) => self.say(said),
        }
        Ok(())
    }

    fn set_clock(&mut self, by: SignedDuration) {
        let back = by < SignedDuration::ZERO;
        self.processes[0].ahead += by;
        self.processes[0].steady = false;
        self.sky.tally.bites(if back { Fault::ClockJumpsBack } else { Fault::ClockJumpsForward });
        self.turn(0);
    }

    fn edit(&mut self, edit: Edit) {
        let plan = Rc::clone(&self.prepared.plan);
        let Some(batch) = self.batch_of(edit, &plan) else { return };
        if self.sky.edit(&batch) {
            self.edited = true;
            self.sky.weigh(&plan);
            self.sky.tally.bites(match edit {
                Edit::Weights => Fault::WeightsEdited,
                Edit::Ttl => Fault::TtlEdited,
                Edit::DeleteMember => Fault::MemberDeleted,
                Edit::AddMember => Fault::MemberAdded,
                Edit::DeleteLock => Fault::LockDeleted,
                Edit::RewriteLock => Fault::LockRewritten,
            });
        }
    }

    /// Returns what a stranger sends; nothing where there is nothing of the kind to be changed.
    fn batch_of(&self, edit: Edit, plan: &Plan) -> Option<Batch> {
        let pair = plan.pairs.get(self.script.seed as usize / 7 % plan.pairs.len())?;
        let live: Vec<&RecordSet> =
            self.sky.standing(&pair.zone).filter(|record| pair.owns(record)).collect();
        let member = *live.get(self.script.seed as usize % live.len().max(1))?;
        let weighted = matches!(member.routing, Routing::Weighted { .. });
        let swap = |from: &RecordSet, to: RecordSet| {
            vec![change(ChangeAction::Delete, from.clone()), change(ChangeAction::Create, to)]
        };
        let zone = plan.zones.iter().find(|zone| zone.id == pair.zone)?;
        let name = lock_name(&zone.name)?;
        let lock = self.sky.standing(&pair.zone).find(|record| record.name == name);
        let changes = match edit {
            Edit::Weights if weighted => swap(member, member.with_weight(Weight(77))),
            Edit::Ttl => {
                // All members of a name have the same TTL.
                let longer = |record: &RecordSet| match &record.answer {
                    Answer::Values { values, .. } => {
                        let answer = Answer::Values { ttl: Ttl(61), values: values.clone() };
                        Some(RecordSet { answer, ..record.clone() })
                    }
                    Answer::Alias { .. } => None,
                };
                let swaps = live.iter().map(|record| Some(swap(record, longer(record)?)));
                swaps.collect::<Option<Vec<_>>>()?.concat()
            }
            Edit::DeleteMember if weighted => vec![change(ChangeAction::Delete, member.clone())],
            Edit::AddMember if weighted => {
                let mut third = member.with_weight(Weight(10));
                if let Routing::Weighted { set_identifier: id, .. } = &mut third.routing {
                    *id = "stranger".to_owned();
                }
                vec![change(ChangeAction::Create, third)]
            }
            Edit::DeleteLock => vec![change(ChangeAction::Delete, lock?.clone())],
            Edit::RewriteLock => {
                let held = Lock::read(lock?)?;
                let run = RunId::new("stranger", self.sky.now(), 7);
                let other = Lock { run, epoch: held.epoch + 1000, ..held };
                swap(lock?, other.record(&name))
            }
            Edit::Weights | Edit::DeleteMember | Edit::AddMember => return None,
        };
        Some(Batch { zone: pair.zone.clone(), changes })
    }

    fn join(&mut self, process: Process, back: Comeback) {
        self.processes.push(process);
        let process = self.processes.len() - 1;
        self.after(SignedDuration::from_millis(700), Happening::Comes { process, back });
    }

    fn begin_another(&mut self, take_over: bool) {
        let fault = if take_over { Fault::SecondRunTakesOver } else { Fault::SecondRun };
        self.sky.tally.bites(fault);
        let standing = if take_over { Standing::TakeOver } else { Standing::Refuse };
        let snapshot = self.prepared.look(&self.sky);
        let Ok(made) = make(&self.prepared.runbook, &snapshot, standing) else {
            self.sky.tally.ended("second: the preflight refuses".to_owned());
            return;
        };
        let run = RunId::new("second", self.sky.now(), 2);
        let seed = self.script.seed ^ 2;
        self.join(Process::new("second", Rc::new(made.plan), run, vec![], seed), Comeback::Begin);
    }

    fn resume_elsewhere(&mut self, take_over: bool) {
        let first = &self.processes[0];
        let over = matches!(first.engine.outcome(), Some(Outcome::Ended(_)));
        if first.ledger.len() < 2 || over {
            return;
        }
        let (plan, run) = (Rc::clone(&first.plan), first.run.clone());
        let seed = self.script.seed ^ 3;
        let mut other = Process::new("other", plan, run, first.ledger.clone(), seed);
        other.steady = first.steady;
        other.sent.clone_from(&first.sent);
        other.chronicle.borrow_mut().clone_from(&first.chronicle.borrow());
        let fault = if take_over { Fault::TakenOverElsewhere } else { Fault::ResumedElsewhere };
        self.sky.tally.bites(fault);
        self.join(other, Comeback::Resume { take_over });
    }

    fn roll_back_elsewhere(&mut self) {
        let records = self.prepared.records(&self.sky);
        let (runbook, zones) = (&self.prepared.runbook, &self.prepared.snapshot.zones);
        let plan = emergency(runbook, zones, &records, false).plan;
        self.sky.tally.bites(Fault::RolledBackElsewhere);
        if plan.pairs.is_empty() {
            self.sky.tally.ended("back: nothing to go back from".to_owned());
            return;
        }
        let run = RunId::new("back", self.sky.now(), 4);
        let mut back = Process::new("back", Rc::new(plan), run, vec![], self.script.seed ^ 4);
        back.hurries = true;
        self.join(back, Comeback::GoBack);
    }

    /// Says something to the first run, where a process drives it. A pause is lifted wherever the run goes on, and where
    /// its process has died since by whoever goes on with it.
    fn say(&mut self, said: Said) {
        if said != Said::Unpause {
            return self.say_to(0, said);
        }
        for process in 0..self.processes.len() {
            self.say_to(process, said);
        }
        if self.processes.iter().any(|it| !it.alive && it.over.is_none()) {
            self.after(SignedDuration::from_mins(1), Happening::Acts(Act::Say(said)));
        }
    }

    fn say_to(&mut self, process: usize, said: Said) {
        let it = &self.processes[process];
        if !it.alive {
            return;
        }
        let origin = Origin { by: "bob@desk".to_owned(), why: None, request: None };
        let (event, fault) = match said {
            Said::Pause => (it.engine.pause(&origin), Some(Fault::Paused)),
            Said::Unpause => (it.engine.unpause(&origin), None),
            Said::Skip => (it.engine.skip(&origin), Some(Fault::Skipped)),
            Said::Abort => (it.engine.abort(&origin), Some(Fault::Aborted)),
        };
        let Ok(event) = event else { return };
        if let Some(fault) = fault {
            self.sky.tally.bites(fault);
        }
        match self.commit(process, event) {
            Ok(()) => self.turn(process),
            Err(_) => self.died(process),
        }
    }

    fn tune(&mut self) -> Result<(), String> {
        if !self.processes[0].alive {
            return Ok(());
        }
        let text = self.prepared.text;
        let rebuild = move |wave: usize, limits: &[(String, String)]| {
            let source = Source { path: "night.yaml".to_owned(), text: text.into() };
            let change = |(limit, to): &(String, String)| {
                let (limit, to) = (limit.clone(), to.clone());
                runbook::Change { limit, to }
            };
            let changes: Vec<_> = limits.iter().map(change).collect();
            tuned(&source, &Choice::default(), wave, &changes)
                .map_err(|error| vec![error.to_string()])
        };
        let to = if self.script.seed.is_multiple_of(2) { "3" } else { "1.5" };
        let limits = vec![("errors.critical.times_legacy".to_owned(), to.to_owned())];
        let (by, why) = ("alice@laptop".to_owned(), "because".to_owned());
        let origin = Origin { by, why: Some(why), request: Some("r1".to_owned()) };
        let event = self.processes[0].engine.tune(&Tune { limits, force: true }, &origin, &rebuild);
        if let Ok(event) = event {
            self.sky.tally.bites(Fault::Tuned);
            if self.commit(0, event).is_err() {
                self.died(0);
                return Ok(());
            }
            self.turn(0);
        }
        Ok(())
    }
}

fn change(action: ChangeAction, record: RecordSet) -> Change {
    Change { action, record }
}
