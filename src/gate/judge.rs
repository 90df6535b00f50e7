//! Brings the gates together: which minutes are evidence, what they add up to, and what each gate says.
//!
//! What is said is a function of the table, the spans and the newest closed minute, and of nothing else. Sums up to the
//! newest closed minute are kept, so that a tick costs one minute; when an older minute changes, they are taken up again
//! from the checkpoint before it.

use super::{
    alarms,
    counts::Pair,
    datadog,
    errors::{Errors, ErrorsSeen},
    latency::{Latency, LatencySeen},
    metrics,
    reading::Row,
    scene::{Scene, Seen},
    service::Service,
    services,
    share::ShareOfTraffic,
    statistics::Schedule,
    table::Table,
    targets::Targets,
    verdict::Finding,
    watch::{History, StepSpan, Watch},
};
use crate::{
    runbook::model::{AlarmGate, DatadogGate, Gates, MetricGate},
    unit::Minute,
};

/// Minutes between two checkpoints: what a late minute costs at most, beyond its age.
const CHECKPOINT_MINUTES: i64 = 32;
/// Checkpoints that are kept: readings go back three hours at most, which is less than so many. For what would change from before
/// all of them everything is summed up again.
const CHECKPOINTS: usize = 16;

/// Judges one run.
#[derive(Debug, Clone)]
pub struct Judge {
    errors: Option<Errors>,
    latency: Option<Latency>,
    share: Option<ShareOfTraffic>,
    targets: Option<Targets>,
    metrics: Vec<MetricGate>,
    alarms: Vec<AlarmGate>,
    services: Vec<Service>,
    datadog: Vec<DatadogGate>,
    schedule: Schedule,
    fold: Fold,
    /// Older states of the fold, oldest first.
    checkpoints: Vec<Fold>,
    /// What the fold and the findings were made from.
    basis: Basis,
    findings: Vec<Finding>,
}

/// Everything that is kept of the minutes before `next`.
#[derive(Debug, Clone, PartialEq)]
struct Fold {
    /// The first minute that is not in it.
    next: Minute,
    seen: Seen,
    errors: ErrorsSeen,
    latency: LatencySeen,
}

/// What findings depend on.
#[derive(Debug, Clone, PartialEq)]
struct Basis {
    revision: u64,
    closed: Minute,
    spans: Vec<StepSpan>,
    hold_ended: bool,
}

impl Fold {
    fn starting(next: Minute) -> Self {
        Self {
            next,
            seen: Seen::default(),
            errors: ErrorsSeen::nothing(),
            latency: LatencySeen::NOTHING,
        }
    }
}

impl Judge {
    /// Prepares to judge a run: `planned` has the planned minutes of each of its shift steps, settle and hold.
    pub fn new(gates: &Gates, history: &History, planned: &[u32]) -> Self {
        let errors = |gate| Errors::new(gate, gates.noise, &gates.pass, history);
        Self {
            errors: gates.errors.as_ref().map(errors),
            latency: gates.latency.as_ref().map(|gate| Latency::new(gate, gates.pass.min_minutes)),
            share: gates.share.as_ref().map(|gate| ShareOfTraffic::new(gate, history)),
            targets: gates.targets.as_ref().map(Targets::new),
            metrics: gates.metrics.clone(),
            alarms: gates.alarms.clone(),
            services: Vec::new(),
            datadog: gates.datadog.clone(),
            schedule: Schedule::new(planned),
            fold: Fold::starting(Minute(i64::MAX)),
            checkpoints: Vec::new(),
            basis: Basis {
                revision: 0,
                closed: Minute(i64::MIN),
                spans: Vec::new(),
                hold_ended: false,
            },
            findings: Vec::new(),
        }
    }

    /// Says of these ECS services too whether somebody is deploying them.
    #[must_use]
    pub fn watching(mut self, services: &[Service]) -> Self {
        self.services = services.to_vec();
        self
    }

    /// Says what every gate that is switched on thinks of everything seen so far, in a fixed order.
    ///
    /// Always the same table has to be given, as it grows: another one would be taken for it.
    pub fn judge(&mut self, table: &Table, watch: &Watch<'_>) -> Vec<Finding> {
        let basis = Basis {
            revision: table.revision(),
            closed: watch.newest_closed(),
            spans: watch.spans.to_vec(),
            hold_ended: watch.hold_ended,
        };
        if basis != self.basis || self.findings.is_empty() {
            self.rewind(table, &basis);
            self.fold_up_to(basis.closed, table, watch.spans);
            self.basis = basis;
            self.findings = self.say(table, watch);
        }
        self.findings.clone()
    }

    /// Forgets what was made from minutes, spans or a present that have changed since.
    fn rewind(&mut self, table: &Table, basis: &Basis) {
        let Some(first) = basis.spans.first().map(|span| span.first) else {
            self.restart(Minute(i64::MAX));
            return;
        };
        let begins = self.basis.spans.first().map(|span| span.first);
        if begins != Some(first) {
            self.restart(first);
            return;
        }
        let changed = table.changed_after(self.basis.revision);
        let moved = first_difference(&self.basis.spans, &basis.spans);
        let present = basis.closed.offset(1);
        let valid = [changed, moved].into_iter().flatten().fold(present, Minute::min);
        if valid < self.fold.next {
            self.checkpoints.retain(|fold| fold.next <= valid);
            match self.checkpoints.last() {
                Some(fold) => self.fold = fold.clone(),
                None => self.restart(first),
            }
        }
    }

    fn restart(&mut self, first: Minute) {
        self.checkpoints.clear();
        self.fold = Fold::starting(first);
    }

    /// Takes in all closed minutes that are not in yet.
    fn fold_up_to(&mut self, closed: Minute, table: &Table, spans: &[StepSpan]) {
        let nothing = Row::default();
        while self.fold.next <= closed {
            let minute = self.fold.next;
            let step = spans.partition_point(|span| span.first <= minute).saturating_sub(1);
            let Some(span) = spans.get(step) else { return };
            let of_step = minute.0 - span.first.0;
            let row = table.rows().get(&minute).unwrap_or(&nothing);
            let start_weight = self.schedule.start_weight(step, of_step, span.planned);
            self.take_in(minute, row, start_weight, of_step == 0);
            if minute.0.rem_euclid(CHECKPOINT_MINUTES) == 0 {
                self.checkpoints.push(self.fold.clone());
                let old = self.checkpoints.len().saturating_sub(CHECKPOINTS);
                self.checkpoints.drain(..old);
            }
        }
    }

    fn take_in(&mut self, minute: Minute, row: &Row, start_weight: f64, begins_step: bool) {
        let fold = &mut self.fold;
        let pair = Pair::of(row);
        fold.seen.advance(minute, begins_step, pair);
        if let Some(errors) = &self.errors {
            errors.advance(&mut fold.errors, pair, start_weight, begins_step);
        }
        if let Some(latency) = &self.latency {
            latency.advance(&mut fold.latency, (minute, row), start_weight, begins_step);
        }
        fold.next = minute.offset(1);
    }

    fn say(&mut self, table: &Table, watch: &Watch<'_>) -> Vec<Finding> {
        // A step of which no minute is closed has seen nothing, though the step before it has.
        let mut seen = self.fold.seen.clone();
        if watch.spans.last().is_some_and(|span| span.first >= self.fold.next) {
            seen.begin_step();
        }
        let scene = Scene {
            table,
            closed: self.basis.closed,
            first: watch.spans.first().map(|span| span.first),
            span: watch.spans.last(),
            hold_ended: watch.hold_ended,
            seen: &seen,
        };
        let others =
            self.metrics.len() + self.alarms.len() + self.services.len() + self.datadog.len();
        let mut findings = Vec::with_capacity(4 + others);
        findings.extend(self.errors.as_ref().map(|gate| gate.judge(&self.fold.errors, scene)));
        findings.extend(self.latency.as_ref().map(|gate| gate.judge(&self.fold.latency, scene)));
        findings.extend(self.share.as_ref().map(|gate| gate.judge(scene)));
        findings.extend(self.targets.as_ref().map(|gate| gate.judge(scene)));
        findings.extend(self.metrics.iter().map(|gate| metrics::judge(gate, scene)));
        findings.extend(self.alarms.iter().map(|gate| alarms::judge(gate, scene)));
        findings.extend(self.services.iter().map(|of| services::judge(of, scene)));
        findings.extend(self.datadog.iter().map(|gate| datadog::judge(gate, scene)));
        findings
    }
}

/// Returns the first minute that belongs to another step, or to one of another length, than it did.
fn first_difference(before: &[StepSpan], after: &[StepSpan]) -> Option<Minute> {
    let shape = |span: &StepSpan| (span.first, span.planned);
    let same = before.iter().zip(after).take_while(|(b, a)| shape(b) == shape(a)).count();
    [before.get(same), after.get(same)].into_iter().flatten().map(|span| span.first).min()
}
