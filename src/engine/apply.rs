//! One fact into the state.

use super::{
    Difference, Ending, Engine, Event, Halt, IllegalEvent, Judged, Phase, Position, WriteFailure,
    state::{Flight, Held, later},
};
use crate::{
    gate::Finding,
    unit::{SignedDuration, Timestamp},
};

impl Engine {
    /// Takes in one fact that happened at this moment.
    ///
    /// # Errors
    /// The event cannot happen in this state; the state is as it was.
    pub fn apply(&mut self, at: Timestamp, event: &Event) -> Result<(), IllegalEvent> {
        if !self.can_happen(event) {
            let state = match self.halt {
                Some(_) => "while the run is stopped",
                None => self.phase.in_words(),
            };
            return Err(IllegalEvent { event: event.name().to_owned(), state: state.to_owned() });
        }
        match event {
            Event::RunStarted { .. } => self.phase = Phase::Starting,
            Event::PreflightPassed { .. } => {
                self.phase = Phase::Placing { to: Position::Prepared, since: at };
            }
            Event::PreflightFailed { .. } => self.phase = Phase::Ended(Ending::Refused),
            Event::WriteStarted { write, to, pairs, .. } => {
                self.writes = *write;
                self.flight = Some(Flight { write: *write, to: *to, pairs: pairs.clone() });
                if let Position::Shift(shift) = to {
                    self.begin_span(*shift, at);
                }
            }
            Event::WriteAccepted { change, .. } => {
                self.changes.push(change.clone());
                if let Some(flight) = &self.flight {
                    self.records.accepted.extend(&flight.pairs);
                }
                self.doubt_flight();
            }
            Event::WriteFailed { failure, message, retry_at, .. } => {
                self.write_failed(*failure, message, *retry_at);
            }
            Event::RecordsRead { records } => self.take_in(records),
            Event::Prepared { .. } | Event::WeightsWritten { .. } => self.placed(at),
            Event::InSync { .. } => self.in_sync(at),
            Event::ChangeLost { change } => {
                self.changes.retain(|known| known != change);
                self.phase = Phase::Placing { to: self.heading(), since: at };
                self.doubt_everything();
            }
            Event::StepStarted { shift, .. } => {
                self.changes.clear();
                self.phase = Phase::Placing { to: Position::Shift(*shift), since: at };
            }
            Event::Settled { hold_until } => self.settled(at, *hold_until),
            Event::MetricsRead { rows, targets, faults } => {
                self.last_read = Some(at);
                self.table.record(at, rows.iter().cloned(), *targets, faults.clone());
            }
            Event::MinuteJudged { minute, findings } => {
                self.forget_old_warnings(findings);
                self.judged = Some(Judged { at, minute: *minute, findings: findings.clone() });
            }
            Event::Warned(finding) => {
                self.warned.insert(finding.gate.clone());
            }
            Event::Breached(finding) => self.breached = Some((at, finding.clone())),
            Event::Held { why, until } => {
                self.held = Some(Held { why: why.clone(), until: *until });
            }
            Event::StepPassed { shift, .. } => self.step_passed(at, *shift),
            Event::RollbackStarted { breached_at, .. } => {
                self.turn_back(at, *breached_at);
            }
            Event::RolledBack { .. } => self.phase = Phase::Ended(Ending::RolledBack),
            Event::Drifted { differences } => self.drifted(differences),
            Event::Stopped { .. } => self.halt = Some(Halt::Stopped),
            Event::Stuck { .. } => self.halt = Some(Halt::Stuck),
            Event::Resumed { .. } => self.resumed(),
            Event::RunCompleted { .. } => self.phase = Phase::Ended(Ending::Completed),
        }
        Ok(())
    }

    /// Returns true when the event can happen now. A process that has stopped records nothing but that it goes on,
    /// or that it goes back.
    fn can_happen(&self, event: &Event) -> bool {
        if self.halt.is_some() {
            return matches!(event, Event::Resumed { .. } | Event::RollbackStarted { .. });
        }
        let begun = !matches!(self.phase, Phase::Blank | Phase::Starting | Phase::Ended(_));
        match event {
            Event::RunStarted { .. } => self.phase == Phase::Blank,
            Event::PreflightPassed { .. } | Event::PreflightFailed { .. } => {
                self.phase == Phase::Starting
            }
            Event::WriteStarted { write, to, pairs, .. } => {
                let known = pairs.iter().all(|index| *index < self.plan.pairs.len());
                let here = matches!(self.phase, Phase::Placing { to: goal, .. } if goal == *to);
                here && known && self.flight.is_none() && *write == self.writes + 1
            }
            Event::WriteAccepted { write, .. } | Event::WriteFailed { write, .. } => {
                self.flight.as_ref().is_some_and(|flight| flight.write == *write)
            }
            Event::Prepared { .. } => {
                matches!(self.phase, Phase::Placing { to: Position::Prepared, .. })
            }
            Event::WeightsWritten { position, .. } => {
                matches!(self.phase, Phase::Placing { to, .. } if to == *position)
            }
            Event::InSync { .. } | Event::ChangeLost { .. } => {
                matches!(self.phase, Phase::Syncing { .. })
            }
            Event::StepStarted { shift, .. } => {
                matches!(self.phase, Phase::Ready { next, .. } if next == *shift)
            }
            Event::Settled { .. } => matches!(self.phase, Phase::Settling { .. }),
            Event::StepPassed { shift, .. } => {
                matches!(self.phase, Phase::Holding { shift: current, .. } if current == *shift)
            }
            Event::RolledBack { .. } => self.phase == Phase::Returned,
            Event::RunCompleted { .. } => self.phase == Phase::Finishing,
            Event::RecordsRead { .. }
            | Event::MetricsRead { .. }
            | Event::MinuteJudged { .. }
            | Event::Warned(_)
            | Event::Breached(_)
            | Event::Held { .. }
            | Event::Drifted { .. }
            | Event::Stuck { .. } => begun,
            // Going back is possible from everywhere but from where nothing has been planned or written.
            Event::RollbackStarted { .. } => {
                !matches!(self.phase, Phase::Blank | Phase::Ended(Ending::Refused))
            }
            Event::Stopped { .. } | Event::Resumed { .. } => {
                !matches!(self.phase, Phase::Blank | Phase::Ended(_))
            }
        }
    }

    fn turn_back(&mut self, at: Timestamp, breached_at: Option<Timestamp>) {
        self.halt = None;
        self.held = None;
        self.records.drift.clear();
        self.doubt_flight();
        self.failures = super::Failures::default();
        self.rollback_began = Some(breached_at.unwrap_or(at));
        self.phase = Phase::Placing { to: Position::Baseline, since: at };
    }

    fn write_failed(&mut self, failure: WriteFailure, message: &str, retry_at: Timestamp) {
        match failure {
            WriteFailure::Unclear | WriteFailure::Refused => self.doubt_flight(),
            WriteFailure::Later | WriteFailure::Denied => self.flight = None,
        }
        self.failures.attempts += 1;
        if matches!(failure, WriteFailure::Refused | WriteFailure::Denied) {
            self.failures.refusals += 1;
        }
        message.clone_into(&mut self.failures.message);
        self.failures.retry_at = Some(retry_at);
    }

    fn placed(&mut self, at: Timestamp) {
        let Phase::Placing { to, .. } = self.phase else { return };
        self.records.position = Some(to);
        self.failures = super::Failures::default();
        self.phase = match to {
            Position::Baseline => Phase::Returned,
            Position::Prepared if self.changes.is_empty() => Phase::Ready { next: 0, from: at },
            Position::Prepared | Position::Shift(_) => Phase::Syncing { at: to, since: at },
        };
    }

    fn in_sync(&mut self, at: Timestamp) {
        self.changes.clear();
        self.phase = match self.heading() {
            Position::Shift(shift) => {
                Phase::Settling { shift, until: later(at, self.plan.settle_after_sync()) }
            }
            Position::Prepared | Position::Baseline => {
                // Answers with the old, longer TTL must have run out before weights mean anything.
                let old = self.plan.old_ttl().map_or(SignedDuration::ZERO, |ttl| {
                    ttl.duration() + self.plan.policy.settle_slop
                });
                Phase::Ready { next: 0, from: later(at, old) }
            }
        };
    }

    fn settled(&mut self, at: Timestamp, hold_until: Timestamp) {
        let Phase::Settling { shift, .. } = self.phase else { return };
        if let Some(span) = self.spans.get_mut(shift) {
            span.settled = Some(at);
        }
        self.phase = Phase::Holding { shift, began: at, until: hold_until };
    }

    fn step_passed(&mut self, at: Timestamp, shift: usize) {
        self.held = None;
        let next = shift + 1;
        self.phase = if next < self.plan.shifts.len() {
            Phase::Ready { next, from: at }
        } else {
            Phase::Finishing
        };
    }

    fn drifted(&mut self, differences: &[Difference]) {
        self.records.drift = differences.to_vec();
        self.halt = Some(Halt::Stopped);
    }

    fn resumed(&mut self) {
        self.halt = None;
        self.records.drift.clear();
        self.failures = super::Failures::default();
        // What happened since is unknown: records and gates are looked at before anything moves.
        self.last_read = None;
        self.judged = None;
        if self.phase != Phase::Starting {
            self.doubt_everything();
        }
    }

    /// A warning that has gone may be told again when it comes back.
    fn forget_old_warnings(&mut self, findings: &[Finding]) {
        use crate::gate::Verdict;
        let warns = |gate: &String| {
            findings.iter().any(|f| f.gate == *gate && f.verdict() >= Verdict::Warn)
        };
        self.warned.retain(warns);
    }
}
