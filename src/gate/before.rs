//! What the gates say before anything has moved: who begins while one of them is red learns nothing that is not known.

use super::{Finding, History, Judge, Reading, Row, SideRow, StepSpan, Table, Verdict, Watch};
use crate::{
    runbook::model::Gates,
    unit::{Share, SignedDuration, Timestamp},
};

/// Newest closed minutes that are judged.
const WINDOW: u32 = 15;

/// The moment before a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beginning {
    /// When it is.
    pub at: Timestamp,
    /// Minutes that ended less than this ago are open (law L51).
    pub metric_lag: SignedDuration,
    /// Part of the traffic that new has already.
    pub share: Share,
}

/// Judges the newest closed minutes of what was read as if they were a step, and returns what warns or breaches.
///
/// Where new has no part of the traffic yet, what its load balancers count is no evidence: only legacy, the targets, and
/// the gates on other metrics and alarms are judged. The `share` gate says nothing, for no step has settled.
pub fn red_before(
    gates: &Gates,
    history: &History,
    recent: &Reading,
    beginning: &Beginning,
) -> Vec<Finding> {
    let mut reading = recent.clone();
    if beginning.share == Share::ZERO {
        reading.rows.iter_mut().for_each(|(_, row)| forget_new(row));
    }
    let mut table = Table::default();
    table.record(beginning.at, reading);
    let mut watch = Watch {
        now: beginning.at,
        metric_lag: beginning.metric_lag,
        spans: &[],
        hold_ended: false,
    };
    let first = watch.newest_closed().offset(1 - i64::from(WINDOW));
    let span = StepSpan { first, planned: WINDOW, share: beginning.share, settled: None };
    watch.spans = std::slice::from_ref(&span);
    let mut findings = Judge::new(gates, history, &[WINDOW]).judge(&table, &watch);
    findings.retain(|finding| finding.verdict() >= Verdict::Warn);
    findings
}

fn forget_new(row: &mut Row) {
    row.new = SideRow::default();
}
