//! One cutover over recorded traffic: the production judge after every minute, and what the engine would do about it.

use std::collections::BTreeSet;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::{
    deal::{Dealer, Fault, Weather},
    past::Past,
    scope::replayed,
};
use crate::{
    engine::{Advice, at_end_of_hold, breach, holding, is_beyond_return, obstacle},
    gate::{Cause, Finding, Judge, Reading, StepSpan, Table, Watch},
    plan::{Fallback, Gates, OnBreach, Plan, Shift},
    unit::{Minute, Share, SignedDuration, Timestamp},
};

/// How much of the past the limits are made from where no gate says, as in a run.
const USUAL_PAST: SignedDuration = SignedDuration::from_hours(24);
/// Percentile of latencies where no gate looks at them.
const USUAL_PERCENTILE: f64 = 99.0;

const ALMOST_A_MINUTE: SignedDuration = SignedDuration::from_secs(59);

/// What all cutovers have in common.
#[derive(Debug)]
pub(super) struct Setting<'a> {
    plan: &'a Plan,
    /// The gates that a history feeds.
    pub(super) gates: Gates,
    pub(super) past: &'a Past,
    planned: Vec<u32>,
    settle: SignedDuration,
}

impl<'a> Setting<'a> {
    pub(super) fn new(plan: &'a Plan, past: &'a Past) -> Self {
        let (planned, settle) = (plan.planned_minutes(), plan.usual_settle());
        Self { plan, gates: replayed(&plan.gates), past, planned, settle }
    }

    /// Returns the minutes that a cutover takes when nothing holds it. Each step begins with a minute.
    pub(super) fn minutes(&self) -> i64 {
        let whole = |shift: &Shift| (self.settle + shift.hold + ALMOST_A_MINUTE).as_secs() / 60;
        self.plan.shifts.iter().map(whole).sum()
    }

    /// Returns the minutes of the past that limits are made from.
    pub(super) fn minutes_before(&self) -> i64 {
        let errors = self.gates.errors.as_ref();
        errors.and_then(|gate| gate.critical.history).unwrap_or(USUAL_PAST).as_secs() / 60
    }
}

/// A cutover that is going on. Data comes even and punctual: the whole share from the first minute after the write on, and
/// every minute is complete when it is over.
#[derive(Debug, Clone)]
pub(super) struct Cutover<'a> {
    setting: &'a Setting<'a>,
    dealer: Dealer,
    rng: ChaCha8Rng,
    judge: Judge,
    table: Table,
    spans: Vec<StepSpan>,
    /// When the weights of the step were written.
    written: Timestamp,
    next: Minute,
    /// Until when it may wait, while it waits.
    held: Option<Timestamp>,
    /// The gate that breached; it may be that nobody could go back at the time.
    breached: Option<String>,
    fault: Option<(Fault, Timestamp)>,
    /// Requests that failed because of the fault.
    pub(super) failed: u64,
    /// Gates that made it wait.
    pub(super) held_by: BTreeSet<String>,
    /// Gates that made it go back.
    pub(super) rolled_back_by: BTreeSet<String>,
    /// When it first acted because new is worse than it may be: the time and the step.
    pub(super) accused: Option<(Timestamp, usize)>,
}

/// What a minute led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It goes on.
    On,
    /// A step has passed, and the next one begins.
    NextStep,
    /// It is over: completed, back, stopped, or there is no more history.
    Over,
}

impl<'a> Cutover<'a> {
    /// Begins a cutover at this minute, with a stream of chance of its own.
    pub(super) fn new(
        setting: &'a Setting<'a>,
        weather: Weather,
        start: Minute,
        (seed, stream): (u64, u64),
    ) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        let history = setting.past.between(start.offset(-setting.minutes_before()), start);
        let latency = setting.gates.latency.as_ref();
        let percentile = latency.map_or(USUAL_PERCENTILE, |gate| gate.stat.percentile);
        let mut cutover = Self {
            setting,
            dealer: Dealer { weather, percentile },
            rng,
            judge: Judge::new(&setting.gates, &history, &setting.planned),
            table: Table::default(),
            spans: Vec::new(),
            written: start.start(),
            next: start,
            held: None,
            breached: None,
            fault: None,
            failed: 0,
            held_by: BTreeSet::new(),
            rolled_back_by: BTreeSet::new(),
            accused: None,
        };
        cutover.write(start.start());
        cutover
    }

    /// Returns the cutover as it would go on if new became worse now.
    pub(super) fn with(&self, fault: Fault) -> Self {
        Self { fault: Some((fault, self.written)), ..self.clone() }
    }

    /// Returns how long after the fault began the cutover first acted, and in which step.
    pub(super) fn seen(&self) -> Option<(SignedDuration, usize)> {
        let (_, began) = self.fault?;
        self.accused.map(|(at, step)| (at.duration_since(began), step))
    }

    /// Lets one minute pass.
    pub(super) fn minute(&mut self) -> Turn {
        let minute = self.next;
        if minute > self.setting.past.ends().1 {
            return Turn::Over;
        }
        self.next = minute.offset(1);
        self.read(minute);
        let now = minute.end();
        let findings = self.findings(now);
        self.decide(now, &findings)
    }

    fn shift(&self) -> &'a Shift {
        &self.setting.plan.shifts[self.spans.len() - 1]
    }

    /// Sets the weights of the next step.
    fn write(&mut self, now: Timestamp) {
        let step = self.spans.len();
        let weights = self.setting.plan.shifts[step].weights;
        self.spans.push(StepSpan {
            first: Minute::starting_from(now),
            planned: self.setting.planned[step],
            share: Share::from_fraction(weights.fraction()),
            settled: None,
        });
        self.written = now;
        self.held = None;
    }

    fn read(&mut self, minute: Minute) {
        let Some(total) = self.setting.past.total(minute) else { return };
        let share = self.shift().weights.fraction();
        let fault = self.fault.map(|(fault, _)| fault);
        let dealt = self.dealer.deal(&total, share, fault, &mut self.rng);
        self.failed += dealt.failed;
        let reading = Reading { rows: vec![(minute, dealt.row)], ..Reading::default() };
        self.table.record(minute.end(), reading);
    }

    fn findings(&mut self, now: Timestamp) -> Vec<Finding> {
        let settled = later(self.written, self.setting.settle);
        if let Some(span) = self.spans.last_mut() {
            span.settled = (now >= settled).then_some(settled);
        }
        let metric_lag = self.setting.plan.policy.metric_lag;
        let hold_ended = self.hold_ended(now);
        self.judge.judge(&self.table, &Watch { now, metric_lag, spans: &self.spans, hold_ended })
    }

    fn hold_ended(&self, now: Timestamp) -> bool {
        now >= later(self.written, self.setting.settle + self.shift().hold)
    }

    /// Does what the engine does: a breach acts at once, and the policy is asked when the hold is over.
    fn decide(&mut self, now: Timestamp, findings: &[Finding]) -> Turn {
        let policy = &self.setting.plan.policy;
        let share = self.shift().share;
        let breaching = breach(findings).map(|finding| finding.gate.clone());
        let returns = policy.breach == OnBreach::Rollback && !is_beyond_return(policy, share);
        if breaching.is_some() {
            self.breached.clone_from(&breaching);
        }
        let standing = self.breached.clone().filter(|_| returns);
        if let Some(gate) = breaching.or(standing) {
            if returns && obstacle(policy, share, findings).is_none() {
                return self.roll_back(now, findings, [gate].into());
            }
            return self.hold(now, findings);
        }
        if !self.hold_ended(now) {
            self.held = None;
            return Turn::On;
        }
        match at_end_of_hold(findings, policy) {
            Advice::Pass { .. } if self.spans.len() == self.setting.plan.shifts.len() => Turn::Over,
            Advice::Pass { .. } => {
                self.write(now);
                Turn::NextStep
            }
            Advice::Rollback { .. } if obstacle(policy, share, findings).is_none() => {
                self.roll_back(now, findings, self.against(findings))
            }
            Advice::Hold { .. } | Advice::Rollback { .. } => self.hold(now, findings),
        }
    }

    /// Returns the gates that keep the step from passing.
    fn against(&self, findings: &[Finding]) -> BTreeSet<String> {
        let policy = &self.setting.plan.policy;
        holding(findings, policy).map(|finding| finding.gate.clone()).collect()
    }

    fn hold(&mut self, now: Timestamp, findings: &[Finding]) -> Turn {
        let policy = &self.setting.plan.policy;
        self.note_accusation(now, findings);
        let gates = self.against(findings);
        let until = *self.held.get_or_insert(later(now, policy.hold_limit));
        if now < until {
            self.held_by.extend(gates);
            return Turn::On;
        }
        let free = obstacle(policy, self.shift().share, findings).is_none();
        if policy.hold_limit_then == Fallback::Rollback && free {
            return self.roll_back(now, findings, gates);
        }
        Turn::Over
    }

    fn roll_back(&mut self, now: Timestamp, findings: &[Finding], gates: BTreeSet<String>) -> Turn {
        self.note_accusation(now, findings);
        self.rolled_back_by = gates;
        Turn::Over
    }

    /// Notes that the cutover acted, where that was because new is worse than it may be.
    fn note_accusation(&mut self, now: Timestamp, findings: &[Finding]) {
        let policy = &self.setting.plan.policy;
        let accuses = |finding: &Finding| {
            matches!(finding.cause, Cause::OverWarning | Cause::OverCritical | Cause::Catastrophe)
        };
        if self.accused.is_none() && holding(findings, policy).any(accuses) {
            self.accused = Some((now, self.spans.len() - 1));
        }
    }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}
