//! One snapshot of a run, to be rendered in many ways.

use super::{
    Action, Ending, Engine, Freshness, Halt, Limits, MinuteView, Phase, Position, SideView,
    StepView, Tuning, WaveView, Word,
};
use crate::{
    gate::Finding,
    plan::{Mode, batches, time_to_safe},
    unit::{RunId, Share, SignedDuration, Timestamp},
};

/// A run at one moment, in plain data.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// When it was taken.
    pub at: Timestamp,
    /// The run.
    pub run: RunId,
    /// Name of its runbook.
    pub runbook: String,
    /// Environment that it runs in.
    pub environment: Option<String>,
    /// What is going on, in one or two words: `writing`, `settling`, `holding`, `rolling back`, `stopped` ...
    pub phase: &'static str,
    /// Since when, where its end is not known.
    pub since: Option<Timestamp>,
    /// What is waited for, in words that follow "waiting for".
    pub waiting_for: Option<String>,
    /// Until when, where that is known.
    pub until: Option<Timestamp>,
    /// What a person is asked, where the run waits for the answer.
    pub question: Option<Question>,
    /// Who has paused the run and why, while it is: no further step is begun.
    pub paused: Option<Word>,
    /// How the run differs from one that moves production.
    pub mode: Mode,
    /// The wave that moves, where the runbook has waves.
    pub wave: Option<WaveView>,
    /// All steps of the wave that moves, in order.
    pub steps: Vec<StepView>,
    /// Index of the step that is going on.
    pub step: Option<usize>,
    /// When the current hold began, once settled.
    pub hold_began: Option<Timestamp>,
    /// Part of the traffic meant for new, as last verified in the zone.
    pub share: Share,
    /// Newest closed minute of legacy.
    pub legacy: SideView,
    /// Newest closed minute of new.
    pub new: SideView,
    /// The minutes up to the newest that is closed, at most [`TREND_MINUTES`](super::TREND_MINUTES), oldest first. One
    /// that was not read is there, and empty.
    pub trend: Vec<MinuteView>,
    /// What new is judged by.
    pub limits: Limits,
    /// Percentile of the latencies as they are judged at the moment, such as 99, where a gate watches them.
    pub percentile: Option<f64>,
    /// What each gate says.
    pub findings: Vec<Finding>,
    /// Limits that were changed since the run began, oldest first.
    pub tunings: Vec<Tuning>,
    /// How fresh the metrics are.
    pub freshness: Freshness,
    /// How long it would take until clients are back on legacy, if a rollback began now.
    pub time_to_safe: SignedDuration,
}

/// Something that a person is asked, and that a run waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What is asked.
    pub ask: String,
    /// What happens without an answer, in words.
    pub otherwise: String,
}

impl Engine {
    /// Returns the run as it is at this moment.
    pub fn view(&self, now: Timestamp) -> View {
        let newest = self.newest_seen();
        let (phase, waiting_for, until) = self.waiting(now);
        let (steps, step) = self.steps();
        View {
            at: now,
            run: self.run.clone(),
            runbook: self.plan.runbook.clone(),
            environment: self.plan.environment.clone(),
            phase,
            since: self.since(),
            waiting_for,
            until,
            // A paused run begins nothing, whatever is answered.
            question: self.asked_question().filter(|_| phase != "paused"),
            paused: self.paused().cloned(),
            mode: self.plan.mode,
            wave: self.wave_view(),
            steps,
            step,
            hold_began: self.hold_began(),
            share: self.records.position.map_or(Share::ZERO, |at| self.share_at(at)),
            legacy: newest.map_or_else(SideView::default, |newest| newest.legacy),
            new: newest.map_or_else(SideView::default, |newest| newest.new),
            trend: self.trend(now),
            limits: self.limits(),
            percentile: self.percentile(),
            findings: self.judged.as_ref().map_or_else(Vec::new, |judged| judged.findings.clone()),
            tunings: self.tunings.clone(),
            freshness: self.freshness(now),
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
        if self.question().is_some() {
            let what = "somebody to say yes".to_owned();
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
                "syncing",
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
