//! One fact into the state.

use super::{
    Asked, Difference, Ending, Engine, Event, Halt, IllegalEvent, Judged, Phase, Position,
    state::{Flight, Held, later},
    steering::Steering,
    tasks::EXERCISE,
    writes::Failed,
};
use crate::{
    gate::{Finding, Reading, Verdict},
    plan::{ChangeId, Goal, Move, USUAL_SYNC},
    unit::{Minute, SignedDuration, Timestamp},
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
        self.clock_says(at);
        match event {
            Event::RunStarted { owner, .. } => self.run_started(owner),
            Event::LockTaken { zone, .. } => self.lock_taken(at, zone),
            Event::LockReleased { zone } | Event::LockLeft { zone, .. } => self.lock_over(zone),
            Event::ProtectionsRemoved { zone, records, .. } => self.unprotected(zone, records),
            Event::Fenced { .. } => {
                self.fence = None;
                self.halt = Some(Halt::Fenced);
            }
            Event::PreflightPassed { .. } => self.phase = self.first_phase(at),
            Event::PreflightFailed { .. } => self.phase = Phase::Ended(Ending::Refused),
            Event::WriteStarted { write, to, zone, pairs, lock, overwrite } => {
                let (zone, pairs, lock) = (zone.clone(), pairs.clone(), lock.clone());
                let (write, to, overwrite) = (*write, *to, *overwrite);
                self.write_started(at, Flight { write, to, zone, pairs, lock, overwrite });
            }
            Event::WriteAccepted { write, change } => self.write_accepted(at, *write, change),
            Event::WriteFailed { write, failure, message, problems, retry_at } => {
                let (write, failure, retry_at) = (*write, *failure, *retry_at);
                self.write_failed(at, &Failed { write, failure, message, problems, retry_at });
            }
            Event::RecordsRead { zone, records } => self.take_in(at, zone, records),
            Event::Prepared { .. } | Event::WeightsWritten { .. } => self.placed(at),
            Event::InSync { .. } => self.in_sync(at),
            Event::ChangeLost { change } => self.change_lost(at, change),
            Event::StepStarted { shift, .. } => self.step_started(at, *shift),
            Event::Settled { hold_until } => self.settled(at, *hold_until),
            Event::MetricsRead { .. } => self.metrics_read(at, reading_of(event)),
            Event::MinuteJudged { minute, findings } => self.minute_judged(at, *minute, findings),
            Event::Warned { finding, .. } => {
                self.warned.insert(finding.gate.clone());
            }
            Event::Breached { finding, .. } => self.breached = Some((at, finding.clone())),
            Event::Tuned { changes, gates, request, .. } => {
                self.tuned(changes, gates, request.as_ref());
            }
            Event::Held { why, until, .. } => self.hold(why, *until),
            Event::WindowClosed { .. }
            | Event::ApprovalAsked { .. }
            | Event::Approved { .. }
            | Event::Paused(_)
            | Event::Unpaused(_)
            | Event::Skipped { .. }
            | Event::Aborted(_)
            | Event::CommandStarted { .. }
            | Event::CommandEnded { .. } => self.steered(at, event),
            Event::StepPassed { shift, .. } => self.step_passed(at, *shift),
            Event::RollbackStarted { breached_at, asked, .. } => {
                self.turn_back(at, *breached_at, asked.as_ref());
            }
            Event::RolledBack { .. } => self.phase = self.unlocking(at, Ending::RolledBack),
            Event::Drifted { differences } => self.drifted(differences),
            Event::Stopped { .. } => self.stopped(),
            Event::Stuck { .. } => self.halt = Some(Halt::Stuck),
            Event::Resumed { owner, take_over, .. } => self.resumed(at, owner, *take_over),
            Event::RunCompleted { .. } => self.phase = self.unlocking(at, Ending::Completed),
        }
        Ok(())
    }

    fn run_started(&mut self, owner: &str) {
        owner.clone_into(&mut self.owner);
        self.phase = Phase::Starting;
    }

    fn step_started(&mut self, at: Timestamp, shift: usize) {
        self.changes.clear();
        self.held = None;
        self.next_step_begins();
        self.phase = Phase::Placing { to: Position::Shift(shift), since: at };
    }

    fn hold(&mut self, why: &str, until: Timestamp) {
        self.steering.opens = None;
        self.held = Some(Held { why: why.to_owned(), until });
    }

    fn first_phase(&self, at: Timestamp) -> Phase {
        let to = match self.plan.goal {
            Goal::Move => Position::Prepared,
            Goal::Simple | Goal::WithoutLegacy => Position::Finished,
        };
        Phase::Placing { to, since: at }
    }

    fn minute_judged(&mut self, at: Timestamp, minute: Minute, findings: &[Finding]) {
        self.forget_old_warnings(findings);
        self.forget_old_breach(findings);
        self.taken_up = false;
        let read = self.last_read.unwrap_or(at);
        self.judged = Some(Judged { read, minute, findings: findings.to_vec() });
        self.forget_old_hold(at);
    }

    fn turn_back(&mut self, at: Timestamp, breached_at: Option<Timestamp>, asked: Option<&Asked>) {
        self.halt = None;
        self.held = None;
        self.fence = None;
        self.steering = Steering { done: self.steering.done, ..Steering::default() };
        self.records.drift.clear();
        self.doubt_flights(at);
        self.failures.clear();
        self.protections.clear();
        if let Some(asked) = asked {
            self.new_owner(&asked.owner);
        }
        self.asked = asked.cloned();
        self.safe_at = None;
        self.rollback_began = Some(breached_at.unwrap_or(at));
        // What needs no change is only known to be so from before; what needs one is compared by Route 53.
        let done = self.moves(Position::Baseline).into_iter().filter(Move::is_done);
        self.records.unread.extend(done.map(|next| next.pair));
        let to = if self.fits_at_once(Position::Baseline, at) {
            Position::Baseline
        } else {
            Position::Safe
        };
        self.phase = Phase::Placing { to, since: at };
    }

    fn change_lost(&mut self, at: Timestamp, change: &ChangeId) {
        self.changes.retain(|known| known != change);
        self.records.lost = true;
        // Should it be in the zone all the same, nobody can be asked whether it is everywhere.
        self.records.unconfirmed = Some(at);
        self.phase = Phase::Placing { to: self.heading(), since: at };
        self.doubt_everything(at);
        // The locks may be again as writes that had been given up before it expect them.
        self.haunt_locks();
    }

    fn placed(&mut self, at: Timestamp) {
        let Phase::Placing { to, .. } = self.phase else { return };
        self.records.position = Some(to);
        self.failures.clear();
        if let Position::Shift(shift) = to {
            // A step whose weights were there already has had no write to begin with.
            self.begin_span(shift, at);
        }
        let unchanged = self.changes.is_empty() && self.records.unconfirmed.is_none();
        self.phase = match to {
            Position::Safe => {
                self.safe_at = Some(at);
                Phase::Placing { to: Position::Baseline, since: at }
            }
            Position::Baseline => {
                self.safe_at.get_or_insert(at);
                Phase::Returned
            }
            Position::Prepared if unchanged => Phase::Ready { next: 0, from: at },
            Position::Prepared | Position::Shift(_) | Position::Finished => {
                Phase::Syncing { at: to, since: at }
            }
        };
    }

    fn in_sync(&mut self, at: Timestamp) {
        self.changes.clear();
        self.records.former.clone_from(&self.records.live);
        // A change that cannot be asked for is given the time that changes usually take.
        let unconfirmed = self.records.unconfirmed.take();
        let at = unconfirmed.map_or(at, |found| at.max(later(found, USUAL_SYNC)));
        self.phase = match self.heading() {
            Position::Shift(shift) => {
                Phase::Settling { shift, until: later(at, self.plan.settle_after_sync()) }
            }
            Position::Finished => Phase::Finishing,
            Position::Prepared | Position::Safe | Position::Baseline => {
                // Answers with the old, longer TTL must have run out before weights mean anything.
                let old = self.plan.old_ttl().map_or(SignedDuration::ZERO, |ttl| {
                    ttl.duration().saturating_add(self.plan.policy.settle_slop)
                });
                Phase::Ready { next: 0, from: later(at, old) }
            }
        };
    }

    fn settled(&mut self, at: Timestamp, hold_until: Timestamp) {
        let Phase::Settling { shift, .. } = self.phase else { return };
        let own = self.within_wave(shift).and_then(|own| self.spans.get_mut(own));
        if let Some(span) = own {
            span.settled = Some(at);
        }
        self.phase = Phase::Holding { shift, began: at, until: hold_until };
    }

    fn step_passed(&mut self, at: Timestamp, shift: usize) {
        self.held = None;
        let next = shift + 1;
        if next < self.plan.shifts.len() {
            self.phase = Phase::Ready { next, from: at };
            return;
        }
        self.phase = Phase::Finishing;
        // Nothing is written after it that somebody else's edit would spoil, so it is looked for.
        self.doubt_everything(at);
    }

    fn drifted(&mut self, differences: &[Difference]) {
        self.records.drift = differences.to_vec();
        self.halt = Some(Halt::Stopped);
    }

    /// A run whose last word is said is over even where nobody waits for its locks to be released.
    fn stopped(&mut self) {
        match self.phase {
            Phase::Unlocking { ending, .. } => self.phase = Phase::Ended(ending),
            Phase::Blank
            | Phase::Starting
            | Phase::Placing { .. }
            | Phase::Syncing { .. }
            | Phase::Ready { .. }
            | Phase::Settling { .. }
            | Phase::Holding { .. }
            | Phase::Finishing
            | Phase::Returned
            | Phase::Ended(_) => self.halt = Some(Halt::Stopped),
        }
    }

    fn resumed(&mut self, at: Timestamp, owner: &str, take_over: bool) {
        self.new_owner(owner);
        self.takes_over = take_over;
        self.tasks_resumed();
        self.fence = None;
        self.halt = None;
        // The time during which nobody tried does not count against those who try again.
        self.held = None;
        self.phase = match self.phase {
            Phase::Placing { to, .. } => Phase::Placing { to, since: at },
            Phase::Syncing { at: position, .. } => Phase::Syncing { at: position, since: at },
            Phase::Returned => Phase::Placing { to: Position::Baseline, since: at },
            same @ (Phase::Blank
            | Phase::Starting
            | Phase::Ready { .. }
            | Phase::Settling { .. }
            | Phase::Holding { .. }
            | Phase::Finishing
            | Phase::Unlocking { .. }
            | Phase::Ended(_)) => same,
        };
        self.records.drift.clear();
        self.failures.clear();
        self.protections.clear();
        // What happened since is unknown: records and gates are looked at before anything moves.
        self.last_read = None;
        self.judged = None;
        self.taken_up = true;
        self.doubt_everything(at);
    }

    /// A hold that cleared before its step was to go on has kept nobody waiting: the next one has all of its time.
    fn forget_old_hold(&mut self, at: Timestamp) {
        let finishes = self.phase == Phase::Finishing;
        let waits = self.phase.hold_is_over(at) && (!finishes || self.steering.failed.is_some());
        if !waits && !self.is_breaching() {
            self.held = None;
        }
    }

    /// A warning that has gone may be told again when it comes back.
    fn forget_old_warnings(&mut self, findings: &[Finding]) {
        let warns = |gate: &String| {
            findings.iter().any(|f| f.gate == *gate && f.verdict() >= Verdict::Warn)
        };
        self.warned.retain(warns);
    }

    /// A breach that leads nowhere is over when its gate says no more of it: the next one is to be told, and to page, anew.
    fn forget_old_breach(&mut self, findings: &[Finding]) {
        let Some((_, known)) = &self.breached else { return };
        let stands = self.standing_breach().is_some() || known.gate == EXERCISE;
        let seen = |f: &Finding| f.gate == known.gate && f.verdict() == Verdict::Breach;
        if !stands && !findings.iter().any(seen) {
            self.breached = None;
        }
    }
}

/// Returns the reading that an event tells of.
fn reading_of(event: &Event) -> Reading {
    let Event::MetricsRead { rows, targets, alarms, services, datadog, faults } = event else {
        return Reading::default();
    };
    Reading {
        rows: rows.clone(),
        targets: targets.clone(),
        alarms: alarms.clone(),
        services: services.clone(),
        datadog: datadog.clone(),
        faults: faults.clone(),
    }
}
