//! One given sequence of both sides, judged minute by minute, so that anybody can check the arithmetic.

use std::collections::BTreeMap;

use serde::Serialize;

use super::scope::replayed;
use crate::{
    gate::{Cause, Finding, History, Judge, Reading, Row, StepSpan, Table, Verdict, Watch},
    plan::{Plan, Shift},
    unit::{Minute, Share, SignedDuration, Timestamp},
};

/// What one gate says after one minute.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename = "minute_judged")]
pub struct JudgedMinute {
    /// Number of the line, from 1.
    pub seq: u64,
    /// When the minute was closed.
    pub at: Timestamp,
    /// When it began.
    pub minute: Timestamp,
    /// Number of the entry in the runbook's `steps`.
    pub step: usize,
    /// Part of the traffic meant for new.
    pub share: Share,
    /// The gate.
    pub gate: String,
    /// Natural log of the e-value against the critical limit, where the gate has one.
    pub evidence: Option<f64>,
    /// What the gate says.
    pub verdict: Verdict,
    /// Why, in one word.
    pub cause: Cause,
    /// Why, in one sentence.
    pub why: String,
    /// The numbers behind the sentence.
    pub numbers: BTreeMap<String, f64>,
}

/// Judges a sequence as one run, from its first minute to its last one. The minutes belong to the steps in order, to each
/// as many as it plans, and what is left over to the last; before them there was nothing, so no gate knows legacy's past.
pub fn minutes(
    plan: &Plan,
    rows: &BTreeMap<Minute, Row>,
) -> impl Iterator<Item = JudgedMinute> + use<> {
    let ends = rows.first_key_value().zip(rows.last_key_value());
    let all = ends.map_or(0..0, |((first, _), (last, _))| first.0..last.0.saturating_add(1));
    let mut sequence = Sequence::new(plan, rows.clone(), Minute(all.start));
    let judged = all.flat_map(move |minute| sequence.judge(Minute(minute)));
    judged.zip(1..).map(|(judged, seq)| JudgedMinute { seq, ..judged })
}

struct Sequence {
    shifts: Vec<Shift>,
    /// Every step's minutes, as if all had begun.
    spans: Vec<StepSpan>,
    settle: SignedDuration,
    metric_lag: SignedDuration,
    rows: BTreeMap<Minute, Row>,
    judge: Judge,
    table: Table,
}

impl Sequence {
    fn new(plan: &Plan, rows: BTreeMap<Minute, Row>, first: Minute) -> Self {
        let planned = plan.planned_minutes();
        let mut next = first;
        let mut spans = Vec::new();
        for (shift, planned) in plan.shifts.iter().zip(&planned) {
            let share = Share::from_fraction(shift.weights.fraction());
            spans.push(StepSpan { first: next, planned: *planned, share, settled: None });
            next = next.offset(i64::from(*planned));
        }
        Self {
            judge: Judge::new(&replayed(&plan.gates), &History::default(), &planned),
            shifts: plan.shifts.clone(),
            spans,
            settle: plan.usual_settle(),
            metric_lag: plan.policy.metric_lag,
            rows,
            table: Table::default(),
        }
    }

    /// Judges at the moment at which the minute is closed.
    fn judge(&mut self, minute: Minute) -> Vec<JudgedMinute> {
        let now = minute.end().saturating_add(self.metric_lag).unwrap_or(Timestamp::MAX);
        let rows = self.rows.remove(&minute).map(|row| (minute, row)).into_iter().collect();
        self.table.record(now, Reading { rows, ..Reading::default() });
        let begun = self.spans.partition_point(|span| span.first <= minute);
        let (Some(step), Some(span)) = (begun.checked_sub(1), self.spans[..begun].last_mut())
        else {
            return Vec::new();
        };
        let settled = span.first.start().saturating_add(self.settle).unwrap_or(Timestamp::MAX);
        span.settled = (now >= settled).then_some(settled);
        let hold_ended = minute.offset(1) >= span.first.offset(i64::from(span.planned));
        let spans = &self.spans[..begun];
        let watch = Watch { now, metric_lag: self.metric_lag, spans, hold_ended };
        let findings = self.judge.judge(&self.table, &watch);
        findings.into_iter().map(|finding| told(now, minute, &self.shifts[step], finding)).collect()
    }
}

fn told(at: Timestamp, minute: Minute, shift: &Shift, finding: Finding) -> JudgedMinute {
    JudgedMinute {
        seq: 0,
        at,
        minute: minute.start(),
        step: shift.step,
        share: shift.share,
        verdict: finding.verdict(),
        gate: finding.gate,
        evidence: finding.evidence,
        cause: finding.cause,
        why: finding.why,
        numbers: finding.numbers,
    }
}
