//! Which facts can happen when. A journal that says otherwise is not this run's, or has been edited.

use super::{Ending, Engine, Event, LockChange, Phase, Position};

impl Engine {
    /// Returns true when the event can happen now. A process that has stopped records nothing but that it goes on,
    /// or that it goes back.
    pub(super) fn can_happen(&self, event: &Event) -> bool {
        if self.halt.is_some() {
            return matches!(event, Event::Resumed { .. } | Event::RollbackStarted { .. })
                || (matches!(event, Event::Tuned { .. }) && self.can_be_tuned())
                || self.can_be_run(event);
        }
        let begun = self.has_begun() && !matches!(self.phase, Phase::Ended(_));
        match event {
            Event::RunStarted { .. } => self.phase == Phase::Blank,
            Event::PreflightPassed { .. } | Event::PreflightFailed { .. } => {
                self.phase == Phase::Starting
            }
            Event::WriteStarted { write, to, zone, pairs, lock, .. } => {
                let of_zone = |index: &usize| {
                    self.plan.pairs.get(*index).is_some_and(|pair| pair.zone == *zone)
                };
                let here = matches!(self.phase, Phase::Placing { to: goal, .. } if goal == *to);
                let of_lock = pairs.is_empty() && *lock != LockChange::Untouched;
                let next = *write == self.writes + 1 && !self.flights.contains_key(zone);
                begun && next && (here || of_lock) && pairs.iter().all(of_zone)
            }
            Event::WriteAccepted { write, .. } | Event::WriteFailed { write, .. } => {
                self.flight(*write).is_some()
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
            Event::Tuned { .. } => self.can_be_tuned(),
            Event::WindowClosed { .. }
            | Event::ApprovalAsked { .. }
            | Event::Approved { .. }
            | Event::Paused(_)
            | Event::Unpaused(_)
            | Event::Skipped { .. }
            | Event::Aborted(_)
            | Event::CommandStarted { .. }
            | Event::CommandEnded { .. } => self.can_be_said(event) || self.can_be_run(event),
            Event::RolledBack { .. } => self.phase == Phase::Returned,
            Event::RunCompleted { .. } => self.phase == Phase::Finishing,
            Event::LockTaken { zone, .. }
            | Event::LockReleased { zone }
            | Event::LockLeft { zone, .. }
            | Event::Fenced { zone, .. } => begun && self.locks.contains_key(zone),
            Event::RecordsRead { .. }
            | Event::ProtectionsRemoved { .. }
            | Event::MetricsRead { .. }
            | Event::MinuteJudged { .. }
            | Event::Warned { .. }
            | Event::Breached { .. }
            | Event::Held { .. }
            | Event::Drifted { .. }
            | Event::Stuck { .. } => begun,
            // Going back is possible from everywhere but from where nothing has been planned or written.
            Event::RollbackStarted { .. } => {
                !matches!(self.phase, Phase::Blank | Phase::Ended(Ending::Refused))
            }
            Event::Stopped { .. } => !matches!(self.phase, Phase::Blank | Phase::Ended(_)),
            Event::Resumed { .. } => begun,
        }
    }
}
