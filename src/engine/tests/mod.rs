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

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    Action, Asked, Engine, Event, Outcome, Phase, VERSION, WriteFailure, beginning, started,
};
use crate::{
    gate::{Cause, Finding, History},
    plan::{
        Answer, Batch, ChangeAction, ChangeId, Gates, Goal, Lock, Pair, Plan, Policy, Quota,
        RecordSet, Routing, Shift, Zone, ZoneId,
    },
    unit::{
        Minute, RecordName, RecordType, Share, SignedDuration, Timestamp, Ttl, Weight, Weights,
    },
};

pub(super) fn policy() -> Policy {
    serde_json::from_value(json!({
        "breach": "rollback", "warning": "hold", "unknown": "hold", "unproven": "continue",
        "hook_failed": "hold", "hold_limit": "PT2H", "hold_limit_then": "rollback",
        "metric_lag": "PT2M", "settle_slop": "PT30S", "point_of_no_return": null,
    }))
    .unwrap()
}

fn gates() -> Gates {
    serde_json::from_value(json!({
        "noise": "normal", "errors": null, "latency": null, "share": null, "targets": null,
        "metrics": [], "alarms": [], "datadog": [],
        "pass": { "min_minutes": 5, "min_requests": 200, "proof": 0.95 },
    }))
    .unwrap()
}

fn values(name: &str, ttl: u32, value: &str, routing: Routing) -> RecordSet {
    RecordSet {
        name: name.parse().unwrap(),
        kind: RecordType::Cname,
        routing,
        answer: Answer::Values { ttl: Ttl(ttl), values: vec![value.to_owned()] },
        health_check: None,
    }
}

fn weighted(name: &str, side: &str, weight: u8) -> RecordSet {
    let set_identifier = format!("cutover:{side}");
    let routing = Routing::Weighted { set_identifier, weight: Weight(weight) };
    values(name, 60, &format!("{side}.example.net"), routing)
}

/// A simple record with this TTL that becomes a pair.
fn simple_pair(zone: &str, name: &str, ttl: u32) -> Pair {
    let (legacy, new) = (weighted(name, "legacy", 100), weighted(name, "new", 0));
    Pair {
        name: name.parse().unwrap(),
        kind: RecordType::Cname,
        zone: ZoneId(zone.to_owned()),
        busy: 0,
        wave: 0,
        found: vec![values(name, ttl, "legacy.example.net", Routing::Simple)],
        baseline: vec![legacy.clone(), new.clone()],
        legacy,
        new,
    }
}

fn plan_of(pairs: Vec<Pair>, shares: &[&str]) -> Plan {
    let shift = |(index, text): (usize, &&str)| {
        let share: Share = text.parse().unwrap();
        let hold = SignedDuration::from_mins(10);
        Shift { step: index + 1, share, weights: Weights::nearest(share), hold, wave: 0 }
    };
    let zones: BTreeMap<String, Zone> = pairs
        .iter()
        .map(|pair| {
            let name = "example.com".parse().unwrap();
            (pair.zone.0.clone(), Zone { id: pair.zone.clone(), name, private: false })
        })
        .collect();
    Plan {
        runbook: "test".to_owned(),
        environment: None,
        steps: shares.len(),
        zones: zones.into_values().collect(),
        pairs,
        shifts: shares.iter().enumerate().map(shift).collect(),
        waves: Vec::new(),
        gates: gates(),
        policy: policy(),
        feeds: Vec::new(),
        new_balancers: Vec::new(),
        services: Vec::new(),
        history: History::default(),
        goal: Goal::Move,
        locked: false,
        found_locks: BTreeMap::new(),
        quota: Quota::Default,
        tasks: Vec::new(),
        windows: crate::plan::Windows::default(),
        hooks: crate::plan::Hooks::default(),
        notify: Vec::new(),
        mode: crate::plan::Mode::Usual,
    }
}

/// The same plan with a lock in every zone, each at a name of its own.
fn locked(mut plan: Plan) -> Plan {
    plan.locked = true;
    for zone in &mut plan.zones {
        zone.name = format!("{}.example", zone.id).to_lowercase().parse().unwrap();
    }
    plan
}

/// Returns the name of a zone's lock in [`locked`] plans.
fn lock_at(zone: &str) -> RecordName {
    format!("_cutover-lock.{zone}.example").to_lowercase().parse().unwrap()
}

/// Returns a lock that another run has put there.
fn foreign_lock(zone: &str, epoch: u64) -> RecordSet {
    let lock = Lock {
        run: "other-20261123T010000Z-0002".parse().unwrap(),
        epoch,
        owner: "somebody".to_owned(),
        until: "2026-11-23T05:00:00Z".parse().unwrap(),
    };
    lock.record(&lock_at(zone))
}

/// Two pairs in two zones, three steps.
fn plan() -> Plan {
    let pairs =
        vec![simple_pair("Z1", "a.example.com", 60), simple_pair("Z2", "b.example.org", 60)];
    plan_of(pairs, &["5%", "50%", "100%"])
}

fn finding(gate: &str, cause: Cause) -> Finding {
    let (gate, why) = (gate.to_owned(), format!("it is {cause:?}"));
    Finding { gate, cause, why, evidence: None, numbers: BTreeMap::new() }
}

/// What the zones do with the next changes instead of making them.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Zones {
    Work,
    Refuse,
    /// Accept, and change nothing (law L17).
    Ignore,
    /// Make the change, and answer nothing.
    LoseAnswers,
    Deny,
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

    /// Returns what stands in each zone; in these tests every name stands in one only.
    fn by_zone(&self) -> BTreeMap<ZoneId, Vec<RecordSet>> {
        let zones = self.engine.plan().zones.iter();
        zones.map(|zone| (zone.id.clone(), self.zone.clone())).collect()
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

    fn perform(&mut self, wish: Action) {
        match wish {
            Action::Change { write, batch, .. } => self.change(write, batch),
            Action::Read { zone, names } => {
                let here = self.zone.iter().filter(|record| names.contains(&record.name));
                let records = here.cloned().collect();
                self.commit(Event::RecordsRead { zone, records });
            }
            Action::Unprotect { zone, records } => {
                if self.unprotects {
                    self.protected.retain(|name| !records.iter().any(|(free, _)| free == name));
                }
                let failure = (!self.unprotects).then(|| "not allowed".to_owned());
                self.commit(Event::ProtectionsRemoved { zone, records, failure });
            }
            Action::AwaitSync { changes } => self.commit(Event::InSync { changes }),
            Action::Watch { .. } | Action::Run { .. } => {}
        }
    }

    fn change(&mut self, write: u32, batch: Batch) {
        self.sent.push(batch.clone());
        self.sent_at.push(self.now);
        let swapped = match self.zones {
            Zones::Work | Zones::LoseAnswers => self.swap(&batch),
            Zones::Refuse | Zones::Ignore | Zones::Deny => Err(Vec::new()),
        };
        let made = swapped.is_ok();
        let problems = swapped.err().filter(|_| self.names_offenders).unwrap_or_default();
        let failure = match self.zones {
            Zones::Deny => Some(WriteFailure::Denied),
            Zones::Ignore => None,
            Zones::Refuse | Zones::Work => (!made).then_some(WriteFailure::Refused),
            Zones::LoseAnswers => Some(WriteFailure::Unclear),
        };
        match failure {
            None => {
                self.changes += 1;
                let change = ChangeId(format!("C{}", self.changes));
                self.commit(Event::WriteAccepted { write, change });
            }
            Some(failure) => {
                let (message, retry_at) = ("no".to_owned(), self.now + self.retry_after);
                self.commit(Event::WriteFailed { write, failure, message, problems, retry_at });
            }
        }
    }

    /// Compares and swaps, all or nothing (laws L01, L09), or says of each bad change what is wrong with it (law L15).
    fn swap(&mut self, batch: &Batch) -> Result<(), Vec<String>> {
        let (mut zone, mut problems) = (self.zone.clone(), Vec::new());
        for change in &batch.changes {
            let (name, kind) = (&change.record.name, &change.record.kind);
            let mut bad = |what: &str, why: &str| {
                let record = format!("resource record set [name='{name}.', type='{kind}']");
                problems.push(format!("Tried to {what} {record} but {why}"));
            };
            let key = |record: &RecordSet| {
                (
                    record.name.clone(),
                    record.kind.clone(),
                    record.set_identifier().map(str::to_owned),
                )
            };
            let at = zone.iter().position(|record| key(record) == key(&change.record));
            let exact = at.is_some_and(|at| zone[at] == change.record);
            match (change.action, at) {
                _ if self.protected.contains(name) => bad("change", "it is protected"),
                (ChangeAction::Delete, Some(_)) if self.stubborn.contains(name) || !exact => {
                    bad("delete", "the values provided do not match the current values");
                }
                (ChangeAction::Delete, Some(at)) => drop(zone.remove(at)),
                (ChangeAction::Delete, None) => bad("delete", "it was not found"),
                (ChangeAction::Create, Some(_)) => bad("create", "it already exists"),
                (ChangeAction::Upsert, Some(at)) => zone[at] = change.record.clone(),
                (ChangeAction::Create | ChangeAction::Upsert, None) => {
                    zone.push(change.record.clone());
                }
            }
        }
        if problems.is_empty() {
            self.zone = zone;
            self.assert_somebody_answers(batch);
            return Ok(());
        }
        Err(problems)
    }

    /// No batch leaves a group empty or without weight (laws L60 to L62).
    fn assert_somebody_answers(&self, batch: &Batch) {
        for change in batch.changes.iter().filter(|change| change.record.kind != RecordType::Txt) {
            let name = &change.record.name;
            let mut live = self.zone.iter().filter(|record| record.name == *name);
            let answers = |r: &RecordSet| r.weight().is_none_or(|weight| weight.0 > 0);
            assert!(live.any(answers), "nobody answers for {name}");
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

    /// Returns what stands at a zone's lock's name.
    fn lock(&self, zone: &str) -> Option<Lock> {
        self.zone.iter().find(|record| record.name == lock_at(zone)).and_then(Lock::read)
    }

    /// Puts this in place of a zone's lock.
    fn put_lock(&mut self, zone: &str, lock: Option<RecordSet>) {
        self.zone.retain(|record| record.name != lock_at(zone));
        self.zone.extend(lock);
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

    /// Returns the weights in the zone at a name, legacy's first.
    fn weights(&self, name: &str) -> Vec<u8> {
        let name: RecordName = name.parse().unwrap();
        let here = self.zone.iter().filter(|record| record.name == name);
        let mut members: Vec<_> =
            here.map(|r| (r.set_identifier(), r.weight().map_or(0, |w| w.0))).collect();
        members.sort_unstable();
        members.into_iter().map(|(_, weight)| weight).collect()
    }
}
