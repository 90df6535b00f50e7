//! One cutover over recorded traffic, minute by minute, with the production judge.

use std::collections::BTreeSet;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::{
    deal::{Dealer, Fault, Weather},
    reaction::{Moment, Reaction, Standing, later},
    setting::Setting,
};
use crate::{
    gate::{Finding, Judge, Reading, StepSpan, Table, Watch},
    plan::Shift,
    unit::{Minute, Share, SignedDuration, Timestamp},
};

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
    standing: Standing,
    fault: Option<Begun>,
    /// Requests that failed because of the fault.
    pub(super) failed: u64,
    /// Gates that made it wait longer than planned.
    pub(super) held_by: BTreeSet<String>,
    /// Gates that made it go back.
    pub(super) rolled_back_by: BTreeSet<String>,
    /// Whether it went back only because it had waited for too long.
    pub(super) waited_in_vain: bool,
}

/// A fault that has begun.
#[derive(Debug, Clone, Copy)]
struct Begun {
    fault: Fault,
    at: Timestamp,
    /// When the cutover first acted because of it, and in which shift.
    seen: Option<(Timestamp, usize)>,
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
    /// Begins a cutover at this minute, with a stream of chance of its own; nothing where a run would refuse to.
    pub(super) fn begin(
        setting: &'a Setting<'a>,
        weather: Weather,
        start: Minute,
        (seed, stream): (u64, u64),
    ) -> Option<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        let history = setting.history(start);
        if setting.refuses(&history, start) {
            return None;
        }
        let mut cutover = Self {
            setting,
            dealer: Dealer { weather, percentile: setting.percentile() },
            rng,
            judge: Judge::new(&setting.gates, &history, &setting.planned),
            table: Table::default(),
            spans: Vec::new(),
            written: start.start(),
            next: start,
            standing: Standing::default(),
            fault: None,
            failed: 0,
            held_by: BTreeSet::new(),
            rolled_back_by: BTreeSet::new(),
            waited_in_vain: false,
        };
        cutover.write(start.start());
        Some(cutover)
    }

    /// Returns the cutover as it would go on if new had become worse with the last write.
    pub(super) fn with(&self, fault: Fault) -> Self {
        let fault = Some(Begun { fault, at: self.written, seen: None });
        Self { fault, ..self.clone() }
    }

    /// Returns how long after the beginning of the fault the cutover acted because of it, and in which shift.
    pub(super) fn seen(&self) -> Option<(SignedDuration, usize)> {
        let begun = self.fault?;
        begun.seen.map(|(seen, shift)| (seen.duration_since(begun.at), shift))
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
        let hold_ended = now >= later(self.written, self.setting.settle + self.shift().hold);
        let findings = self.judge(now, hold_ended);
        let policy = &self.setting.plan.policy;
        let share = self.shift().share;
        let moment = Moment { policy, share, now, hold_ended, findings: &findings };
        let reaction = self.standing.react(&moment);
        self.note(&moment, &reaction);
        self.follow(reaction, now)
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
        self.standing.next_step();
    }

    fn read(&mut self, minute: Minute) {
        let Some(total) = self.setting.past.total(minute) else { return };
        let share = self.shift().weights.fraction();
        let fault = self.fault.map(|begun| begun.fault);
        let dealt = self.dealer.deal(&total, share, fault, &mut self.rng);
        self.failed += dealt.failed;
        let reading = Reading { rows: vec![(minute, dealt.row)], ..Reading::default() };
        self.table.record(minute.end(), reading);
    }

    fn judge(&mut self, now: Timestamp, hold_ended: bool) -> Vec<Finding> {
        let settled = later(self.written, self.setting.settle);
        if let Some(span) = self.spans.last_mut() {
            span.settled = (now >= settled).then_some(settled);
        }
        let metric_lag = self.setting.plan.policy.metric_lag;
        self.judge.judge(&self.table, &Watch { now, metric_lag, spans: &self.spans, hold_ended })
    }

    /// Notes when it acts because of the fault, and which gates keep it or send it back.
    fn note(&mut self, moment: &Moment<'_>, reaction: &Reaction) {
        let acts =
            matches!(reaction, Reaction::Hold(_) | Reaction::RollBack { .. } | Reaction::Stop);
        let shift = self.spans.len() - 1;
        if let Some(begun) = &mut self.fault
            && acts
            && begun.seen.is_none()
            && moment.accuses(begun.fault.gate())
        {
            begun.seen = Some((moment.now, shift));
        }
        match reaction {
            Reaction::Hold(gates) => self.held_by.extend(gates.iter().cloned()),
            Reaction::RollBack { gates, waited } => {
                self.rolled_back_by.clone_from(gates);
                self.waited_in_vain = *waited;
            }
            Reaction::Watch | Reaction::Pass | Reaction::Stop => {}
        }
    }

    fn follow(&mut self, reaction: Reaction, now: Timestamp) -> Turn {
        match reaction {
            Reaction::Watch | Reaction::Hold(_) => Turn::On,
            Reaction::Pass if self.spans.len() < self.setting.plan.shifts.len() => {
                self.write(now);
                Turn::NextStep
            }
            Reaction::Pass | Reaction::RollBack { .. } | Reaction::Stop => Turn::Over,
        }
    }
}
