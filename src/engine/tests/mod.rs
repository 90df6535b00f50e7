//! Transitions by hand, for what is hard to reach by simulation.
//!
//! [`Run`] is an engine with the smallest world around it: a zone that compares and swaps, and a clock that is told.

mod breaches;
mod drift;
mod given_up;
mod holds;
mod illegal;
mod late;
mod locks;
mod offenders;
mod other_holders;
mod plans;
mod quotas;
mod resume;
mod rollback;
mod steering;
mod tasks;
mod told;
mod tuning;
mod view;
mod waves;
mod writes;
mod zones;

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    Action, Asked, Engine, Event, Outcome, Phase, VERSION, WriteFailure, beginning, started,
};
use crate::{
    gate::{Cause, Finding},
    plan::{
        Answer, Batch, ChangeAction, ChangeId, Gates, Lock, Pair, Plan, Policy, Quota, RecordSet,
        Routing, ZoneId,
    },
    unit::{Minute, RecordName, RecordType, SignedDuration, Timestamp, Ttl, Weight, Weights},
};
use plans::*;
use zones::Zones;

fn finding(gate: &str, cause: Cause) -> Finding {
    let (gate, why) = (gate.to_owned(), format!("it is {cause:?}"));
    Finding { gate, cause, why, evidence: None, numbers: BTreeMap::new() }
}

/// An engine and the smallest world around it.
struct Run {
    engine: Engine,
    now: Timestamp,
    zone: Vec<RecordSet>,
    zones: Zones,
    told: Vec<Event>,
    /// When each of them was.
    told_at: Vec<Timestamp>,
    changes: u32,
    sent: Vec<Batch>,
    /// When each of them was.
    sent_at: Vec<Timestamp>,
    /// Names that nobody may change (law L16).
    protected: Vec<RecordName>,
    /// Whether protections may be removed.
    unprotects: bool,
    /// Names of which Route 53 says that what shall be deleted is not what is there, whatever it is.
    stubborn: Vec<RecordName>,
    /// Whether refusals name the bad changes (law L15).
    names_offenders: bool,
    /// When a failed write may be tried again.
    retry_after: SignedDuration,
}

impl Run {
    /// Begins a run of this plan.
    fn of(plan: Plan) -> Self {
        let events = beginning(&plan, "me", &[]);
        let mut run = Self::blank(plan);
        for event in events {
            run.commit(event);
        }
        run
    }

    fn blank(plan: Plan) -> Self {
        Self {
            zone: plan.pairs.iter().flat_map(|pair| pair.found.clone()).collect(),
            engine: Engine::new(plan, "test-20261123T021400Z-0001".parse().unwrap()),
            now: "2026-11-23T02:14:00Z".parse().unwrap(),
            zones: Zones::Work,
            told: Vec::new(),
            told_at: Vec::new(),
            changes: 0,
            sent: Vec::new(),
            sent_at: Vec::new(),
            protected: Vec::new(),
            unprotects: false,
            stubborn: Vec::new(),
            names_offenders: false,
            retry_after: SignedDuration::ZERO,
        }
    }

    /// Begins a rollback from elsewhere: nothing of the plan but its way back counts, and the locks are another run's.
    fn rollback_of(mut plan: Plan, deadline: Option<SignedDuration>) -> Self {
        let zones = plan.zones.iter().filter(|_| plan.locked);
        plan.found_locks =
            zones.map(|zone| (zone.id.clone(), foreign_lock(&zone.id.0, 7))).collect();
        let first = started(&plan, "me");
        let mut run = Self::blank(plan);
        run.zone.extend(run.engine.plan().found_locks.values().cloned().collect::<Vec<_>>());
        run.names_offenders = true;
        run.commit(first);
        let deadline = deadline.map(|after| run.now + after);
        let asked = Some(Asked { owner: "me".to_owned(), to_simple: false, deadline });
        let reason = "asked for".to_owned();
        run.commit(Event::RollbackStarted { reason, breached_at: None, asked });
        run
    }

    /// Returns a run whose step with this index is being held.
    fn holding(plan: Plan, shift: usize) -> Self {
        let mut run = Self::of(plan);
        run.reach(|event| matches!(event, Event::Settled { .. }), shift);
        run
    }

    /// Lets everything go well until this has been told once more than so many times.
    fn reach(&mut self, what: fn(&Event) -> bool, times: usize) {
        for _ in 0..1000 {
            self.work();
            if self.told.iter().filter(|event| what(event)).count() > times {
                return;
            }
            self.pass(60);
            if !self.engine.spans.is_empty() {
                self.judge(&[("errors", Cause::Proven)]);
            }
        }
        panic!("{:?}", self.names());
    }

    fn commit(&mut self, event: Event) {
        self.engine.apply(self.now, &event).unwrap();
        self.told.push(event);
        self.told_at.push(self.now);
    }

    fn pass(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
    }

    /// Takes the decisions that are due.
    fn decide(&mut self) {
        for _ in 0..1000 {
            let Some(event) = self.engine.due(self.now) else { return };
            self.commit(event);
        }
        panic!("it turns in circles: {:?}", self.names());
    }

    /// Performs what is wished for until only time helps; waits for what may be tried again.
    fn work(&mut self) {
        for _ in 0..3000 {
            self.decide();
            match (self.wish(), self.wait()) {
                (Some(wish), _) => self.perform(wish),
                (None, Some(at)) => self.now = at,
                (None, None) => return,
            }
        }
        panic!("it turns in circles: {:?}", self.names());
    }

    /// Returns until when a write waits: after a failure, or for change tokens.
    fn wait(&self) -> Option<Timestamp> {
        let failures = self.engine.failures.values();
        let retry = failures.filter_map(|f| f.retry_at).filter(|at| *at > self.now).min();
        let Phase::Placing { to, .. } = self.engine.phase else { return retry };
        let affordable = self.engine.affordable_at(self.now, to);
        retry.into_iter().chain(affordable).min()
    }

    /// Returns what is wished for first, but for the readings of metrics, which go on all the time.
    fn wish(&self) -> Option<Action> {
        self.engine.pending().into_iter().find(|wish| !matches!(wish, Action::Watch { .. }))
    }

    /// Takes decisions and performs wishes one by one until the last event is one of these.
    fn step_until(&mut self, what: fn(&Event) -> bool) {
        for _ in 0..1000 {
            if self.told.last().is_some_and(what) {
                return;
            }
            match self.engine.due(self.now) {
                Some(event) => self.commit(event),
                None => self.perform_next(),
            }
        }
        panic!("it turns in circles: {:?}", self.names());
    }

    /// Performs one wish, or lets time pass until there is one.
    fn perform_next(&mut self) {
        match (self.wish(), self.wait()) {
            (Some(wish), _) => self.perform(wish),
            (None, Some(at)) => self.now = at,
            (None, None) => self.pass(1),
        }
    }

    /// Performs wishes until the batch with this number has been announced, and stops there.
    fn announce(&mut self, write: u32) {
        for _ in 0..1000 {
            self.decide();
            if self.engine.flight(write).is_some() {
                return;
            }
            let wishes = self.engine.pending();
            self.perform(wishes.into_iter().next().unwrap());
        }
    }

    /// Judges, as after a reading, and takes the decisions that follow.
    fn judge(&mut self, findings: &[(&str, Cause)]) {
        let findings = findings.iter().map(|(gate, cause)| finding(gate, *cause)).collect();
        self.commit(Event::MinuteJudged { minute: Minute::containing(self.now), findings });
        self.decide();
    }

    fn resume(&mut self) {
        self.commit(Event::Resumed {
            version: VERSION.to_owned(),
            owner: "another".to_owned(),
            take_over: false,
        });
    }

    fn roll_back(&mut self) {
        let reason = "asked for".to_owned();
        self.commit(Event::RollbackStarted { reason, breached_at: None, asked: None });
    }

    fn outcome(&self) -> Option<Outcome> {
        self.engine.outcome()
    }

    fn names(&self) -> Vec<&'static str> {
        self.told.iter().map(Event::name).collect()
    }

    /// Returns the names of the events that were told after this many.
    fn names_after(&self, known: usize) -> Vec<&'static str> {
        self.names()[known..].to_vec()
    }

    fn last(&self) -> &Event {
        self.told.last().unwrap()
    }
}
