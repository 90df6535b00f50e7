//! One snapshot of a run, to be rendered in many ways.

use super::{Action, Ending, Engine, Halt, Phase, Position, Tuning};
use crate::{
    gate::{Finding, Row, SideRow},
    plan::{batches, time_to_safe},
    unit::{Minute, Share, Side, SignedDuration, Timestamp},
};

/// A run at one moment, in plain data.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// When it was taken.
    pub at: Timestamp,
    /// What is going on, in one or two words: `writing`, `settling`, `holding`, `rolling back`, `stopped` ...
    pub phase: &'static str,
    /// What is waited for, in words that follow "waiting for".
    pub waiting_for: Option<String>,
    /// Until when, where that is known.
    pub until: Option<Timestamp>,
    /// Shares of all shift steps, in order.
    pub shares: Vec<Share>,
    /// Index of the shift step that is going on.
    pub shift: Option<usize>,
    /// When the current hold began, once settled.
    pub hold_began: Option<Timestamp>,
    /// Part of the traffic meant for new, as last verified in the zone.
    pub share: Share,
    /// Newest closed minute of legacy.
    pub legacy: SideView,
    /// Newest closed minute of new.
    pub new: SideView,
    /// What each gate says.
    pub findings: Vec<Finding>,
    /// Limits that were changed since the run began, oldest first.
    pub tunings: Vec<Tuning>,
    /// Age of the newest minute that has a datapoint.
    pub data_age: Option<SignedDuration>,
    /// How long it would take until clients are back on legacy, if a rollback began now.
    pub time_to_safe: SignedDuration,
}

/// One side in its newest closed minute.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SideView {
    /// Requests in the minute.
    pub requests: Option<f64>,
    /// Part of them that failed, 0 to 1.
    pub error_rate: Option<f64>,
    /// Latency in seconds, at the gate's percentile.
    pub latency: Option<f64>,
}

impl Engine {
    /// Returns the run as it is at this moment.
    pub fn view(&self, now: Timestamp) -> View {
        let newest = self.judged.as_ref().map(|judged| judged.minute);
        let row = newest.and_then(|minute| self.table.rows().get(&minute));
        let side = |side| row.map_or_else(SideView::default, |row| SideView::of(row.side(side)));
        let (phase, waiting_for, until) = self.waiting(now);
        View {
            at: now,
            phase,
            waiting_for,
            until,
            shares: self.plan.shifts.iter().map(|shift| shift.share).collect(),
            shift: self.current_shift(),
            hold_began: self.hold_began(),
            share: self.records.position.map_or(Share::ZERO, |at| self.share_at(at)),
            legacy: side(Side::Legacy),
            new: side(Side::New),
            findings: self.judged.as_ref().map_or_else(Vec::new, |judged| judged.findings.clone()),
            tunings: self.tunings.clone(),
            data_age: self.newest_data().map(|minute| now.duration_since(minute.end())),
            time_to_safe: self.time_to_safe(now),
        }
    }

    /// Returns how long it would take until clients are back on legacy, if a rollback began now (section 9 of the laws).
    fn time_to_safe(&self, now: Timestamp) -> SignedDuration {
        let moves = self.moves(Position::Safe);
        let batches = batches(&moves, self.plan.spare());
        let tokens = batches.iter().map(|batch| batch.iter().map(|next| next.tokens()).sum());
        let wait = self.governor.clone().wait(now, tokens);
        let of_zone =
            |zone| batches.iter().filter(|b| b.first().is_some_and(|m| m.zone == zone)).count();
        let in_a_row = self.zones().into_iter().map(of_zone).max().unwrap_or_default();
        time_to_safe(&self.plan, in_a_row, wait)
    }

    fn hold_began(&self) -> Option<Timestamp> {
        if let Phase::Holding { began, .. } = self.phase { Some(began) } else { None }
    }

    fn current_shift(&self) -> Option<usize> {
        match self.heading() {
            Position::Shift(shift) => Some(shift),
            Position::Prepared | Position::Safe | Position::Baseline | Position::Finished => None,
        }
    }

    fn newest_data(&self) -> Option<Minute> {
        let seen = |row: &Row| row.new.requests.is_some() || row.legacy.requests.is_some();
        self.table.rows().iter().rev().find(|(_, row)| seen(row)).map(|(minute, _)| *minute)
    }

    /// Returns what is waited for between two steps, beside the gates.
    fn waiting_for_people(&self) -> Option<(&'static str, Option<String>, Option<Timestamp>)> {
        if !matches!(self.phase, Phase::Ready { .. } | Phase::Finishing) {
            return None;
        }
        if let Some(word) = self.paused() {
            let why = word.why.as_ref().map_or(String::new(), |why| format!(": {why}"));
            let what = format!("`cutover unpause {}`; paused by {}{why}", self.run, word.by);
            return Some(("paused", Some(what), None));
        }
        if let Some(question) = self.question() {
            let what = format!("an answer to: {question}");
            return Some(("approval", Some(what), self.steering.asked_until));
        }
        if let Some(Action::Run { hook, command, .. }) = self.command() {
            let what = format!("the command `{}` ({})", command.join(" "), hook.name());
            return Some(("command", Some(what), None));
        }
        let opens = self.steering.opens.filter(|_| !self.steering.window_waived)?;
        Some(("window", Some("a window in which a step may start".to_owned()), Some(opens)))
    }

    fn waiting(&self, now: Timestamp) -> (&'static str, Option<String>, Option<Timestamp>) {
        if let Some(halt) = self.halt {
            let phase = match halt {
                Halt::Stopped => "stopped",
                Halt::Stuck => "stuck",
                Halt::Fenced => "fenced",
            };
            return (phase, None, None);
        }
        if let Some(waiting) = self.waiting_for_people() {
            return waiting;
        }
        if let Some(held) = &self.held {
            return ("held", Some(held.why.clone()), Some(held.until));
        }
        match self.phase {
            Phase::Blank | Phase::Starting => ("starting", None, None),
            Phase::Placing { to, .. } => {
                let phase = if to.is_back() { "rolling back" } else { "writing" };
                let failed = self.failures.values().find(|failures| !failures.message.is_empty());
                let waiting =
                    failed.map(|failures| format!("another try after: {}", failures.message));
                (phase, waiting, failed.and_then(|failures| failures.retry_at))
            }
            Phase::Syncing { .. } => (
                "in sync",
                Some("all of Route 53's servers to answer with the change".to_owned()),
                None,
            ),
            Phase::Ready { from, .. } => {
                ("ready", Some("answers with the old TTL to run out".to_owned()), Some(from))
            }
            Phase::Settling { until, .. } => {
                ("settling", Some("clients and metrics to follow".to_owned()), Some(until))
            }
            Phase::Holding { until, .. } => {
                ("holding", Some("the gates to see the whole hold".to_owned()), Some(until))
            }
            Phase::Finishing | Phase::Returned => ("finishing", None, None),
            Phase::Unlocking { from, .. } => {
                let waits = from > now;
                let why = waits.then(|| "the run that held the lock to see who took it".to_owned());
                ("unlocking", why, waits.then_some(from))
            }
            Phase::Ended(Ending::Completed) => ("completed", None, None),
            Phase::Ended(Ending::RolledBack) => ("rolled back", None, None),
            Phase::Ended(Ending::Refused) => ("refused", None, None),
        }
    }
}

impl SideView {
    fn of(row: &SideRow) -> Self {
        let rate = |requests: f64| row.errors.unwrap_or_default() / requests;
        Self {
            requests: row.requests,
            error_rate: row.requests.filter(|requests| *requests > 0.0).map(rate),
            latency: row.latency,
        }
    }
}
