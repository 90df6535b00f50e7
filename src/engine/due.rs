//! The decision that state and time imply.

use super::{
    Engine, Event, Phase, Position,
    advice::{Advice, at_end_of_hold, breach, is_beyond_return, obstacle, told, without_traffic},
    state::later,
    steering::Steering,
};
use crate::{
    gate::{Finding, Verdict, Watch},
    plan::{Fallback, OnBreach, USUAL_SYNC},
    unit::{Share, Timestamp, words},
};

impl Engine {
    /// Returns the decision that is due at this moment, if one is. It is a fact like any other once it is recorded and
    /// applied; until then asking again gives the same answer.
    pub fn due(&mut self, now: Timestamp) -> Option<Event> {
        if self.outcome().is_some() {
            return None;
        }
        if !self.flights.is_empty() {
            return self.write_beside(now);
        }
        if let Some(fence) = &self.fence {
            return Some(fence.event());
        }
        if let Some(back) = self.aborting() {
            return Some(back);
        }
        if let Some(news) = self.lock_news() {
            return Some(news);
        }
        if !self.records.drift.is_empty() {
            return Some(Event::Drifted { differences: self.records.drift.clone() });
        }
        if self.phase.is_forward() && !self.spans.is_empty() {
            if let Some(judged) = self.judgement(now) {
                return Some(judged);
            }
            let judged = self.judged.as_ref();
            if let Some(decision) = judged.and_then(|j| self.reaction(now, &j.findings)) {
                return Some(decision);
            }
            if self.moves_traffic() && (self.taken_up || self.is_breaching()) {
                return None;
            }
        }
        if self.phase.is_forward() && !self.holds_all_locks() {
            return self.take_locks(now);
        }
        if let Some(broken) = self.exercise(now) {
            return Some(broken);
        }
        self.next_move(now)
    }

    /// Returns the next write while others are in flight, unless they may show that nothing more should be written.
    fn write_beside(&self, now: Timestamp) -> Option<Event> {
        let Phase::Placing { to, .. } = self.phase else { return None };
        let stops = self.fence.is_some()
            || !self.records.drift.is_empty()
            || self.given_up(to).is_some()
            || self.steering.aborted.is_some();
        let unjudged = self.last_read > self.judged.as_ref().map(|judged| judged.read);
        let waits = stops || unjudged || self.is_breaching() || !self.holds_all_locks();
        if !to.is_back() && waits {
            return None;
        }
        let moves = self.ordered_moves(to);
        self.next_write(now, to, &moves).or_else(|| self.next_fence(now, to, &moves))
    }

    /// Returns the next moment after this one at which [`Engine::due`] may answer differently without a new fact.
    pub fn deadline(&self, now: Timestamp) -> Option<Timestamp> {
        let own = match self.phase {
            Phase::Placing { since, .. } | Phase::Syncing { since, .. } => {
                Some(later(since, self.plan.policy.hold_limit))
            }
            Phase::Ready { from, .. } => Some(from),
            Phase::Settling { until, .. } | Phase::Holding { until, .. } => Some(until),
            Phase::Unlocking { from, .. } => Some(from),
            Phase::Blank
            | Phase::Starting
            | Phase::Finishing
            | Phase::Returned
            | Phase::Ended(_) => None,
        };
        let held = self.held.as_ref().map(|held| held.until);
        let placing = self.phase.placing();
        let affordable = placing.and_then(|(to, _)| self.affordable_at(now, to));
        let Steering { asked_until, opens, .. } = &self.steering;
        let given = self.asked.as_ref().and_then(|asked| asked.deadline);
        let retries = self.failures.values().map(|failures| failures.retry_at);
        [own, held, affordable, given, *asked_until, *opens]
            .into_iter()
            .chain(retries)
            .flatten()
            .filter(|at| *at > now)
            .min()
    }

    /// Judges what was read since it was last judged.
    fn judgement(&mut self, now: Timestamp) -> Option<Event> {
        let read = self.last_read?;
        if self.judged.as_ref().is_some_and(|judged| judged.read >= read) {
            return None;
        }
        let hold_ended = self.phase.hold_is_over(now);
        let watch =
            Watch { now, metric_lag: self.plan.policy.metric_lag, spans: &self.spans, hold_ended };
        let findings = self.judge.judge(&self.table, &watch);
        Some(Event::MinuteJudged { minute: watch.newest_closed(), findings })
    }

    /// Reacts to the newest judgement: a breach acts at once, a warning is told once.
    fn reaction(&self, now: Timestamp, findings: &[Finding]) -> Option<Event> {
        let seen = breach(findings);
        if let Some(finding) = seen
            && self.breached.as_ref().is_none_or(|(_, known)| known.gate != finding.gate)
        {
            let next = self.after_a_breach(findings);
            return Some(Event::Breached { finding: finding.clone(), next });
        }
        if let Some((breached_at, first)) = self.standing_breach() {
            let why = told(seen.unwrap_or(first));
            return match obstacle(&self.plan.policy, self.reached(), findings) {
                None => {
                    let breached_at = Some(*breached_at);
                    Some(Event::RollbackStarted { reason: why, breached_at, asked: None })
                }
                Some(obstacle) => self.hold_or_end(now, format!("{why}; {obstacle}")),
            };
        }
        if let Some(finding) = seen {
            return self.hold_or_end(now, told(finding));
        }
        let fresh = |f: &&Finding| f.verdict() == Verdict::Warn && !self.warned.contains(&f.gate);
        let warned = |finding: &Finding| Event::Warned {
            finding: finding.clone(),
            next: self.after_a_warning(finding),
        };
        findings.iter().find(fresh).map(warned)
    }

    /// Returns the breach that leads back, if there was one. It stands even when the gate no longer says so: a process
    /// may have died before it could act, and legacy may not have been fit for it.
    pub(super) fn standing_breach(&self) -> Option<&(Timestamp, Finding)> {
        let policy = &self.plan.policy;
        let rolls =
            policy.breach == OnBreach::Rollback && !is_beyond_return(policy, self.reached());
        self.breached.as_ref().filter(|_| rolls)
    }

    /// Returns true while a breach keeps traffic from moving towards new.
    pub(super) fn is_breaching(&self) -> bool {
        let seen = self.judged.as_ref().is_some_and(|judged| breach(&judged.findings).is_some());
        seen || self.standing_breach().is_some()
    }

    /// Returns true where the next move brings traffic to new, or ends the run with it there.
    fn moves_traffic(&self) -> bool {
        matches!(self.phase, Phase::Placing { .. } | Phase::Ready { .. } | Phase::Finishing)
    }

    /// Returns the largest part of the traffic that may have reached new in this run: that of the last step with a write.
    pub(super) fn reached(&self) -> Share {
        self.begun().checked_sub(1).map_or(Share::ZERO, |last| self.plan.reached(last))
    }

    pub(super) fn hold_or_end(&self, now: Timestamp, why: String) -> Option<Event> {
        match &self.held {
            Some(held) if now >= held.until => Some(self.hold_limit_reached(&held.why)),
            Some(_) => None,
            None => {
                let until = later(now, self.plan.policy.hold_limit);
                Some(Event::Held { why, until, next: self.after_a_hold() })
            }
        }
    }

    /// Ends a hold that lasted too long.
    pub(super) fn hold_limit_reached(&self, why: &str) -> Event {
        let limit = words(self.plan.policy.hold_limit);
        self.waited_in_vain(format!("held for {limit}: {why}"), self.plan.policy.hold_limit_then)
    }

    /// Ends a wait that was in vain. A rollback goes ahead only onto a legacy side that is fit for it, and not from
    /// beyond the point of no return.
    pub(super) fn waited_in_vain(&self, reason: String, then: Fallback) -> Event {
        let findings = self.judged.as_ref().map_or(&[][..], |judged| &judged.findings);
        let obstacle = obstacle(&self.plan.policy, self.reached(), findings);
        match (then, obstacle) {
            (Fallback::Rollback, None) => {
                Event::RollbackStarted { reason, breached_at: None, asked: None }
            }
            (Fallback::Rollback, Some(obstacle)) if !reason.ends_with(obstacle) => {
                Event::Stopped { reason: format!("{reason}; {obstacle}") }
            }
            (Fallback::Rollback, Some(_)) | (Fallback::Stop, _) => Event::Stopped { reason },
        }
    }

    fn next_move(&mut self, now: Timestamp) -> Option<Event> {
        match self.phase {
            Phase::Placing { to, since } => self.place(now, to, since),
            Phase::Syncing { at, since } => self.syncing(now, at, since),
            Phase::Ready { next, from } => self.begin(now, next, from),
            Phase::Settling { shift, until } => self.settle(now, shift, until),
            Phase::Holding { shift, until, .. } => self.end_hold(now, shift, until),
            Phase::Finishing => self.complete(now),
            Phase::Returned => Some(self.strangers_left().unwrap_or_else(|| self.rolled_back(now))),
            Phase::Unlocking { from, .. } => self.unlock(now, from),
            Phase::Blank | Phase::Starting | Phase::Ended(_) => None,
        }
    }

    fn place(&self, now: Timestamp, to: Position, since: Timestamp) -> Option<Event> {
        if let Some(end) = self.given_up(to).or_else(|| self.out_of_time(now)) {
            return Some(end);
        }
        let limit = later(since, self.plan.policy.hold_limit);
        if !to.is_back() && now >= limit {
            return Some(self.hold_limit_reached("the records could not be written"));
        }
        let moves = self.ordered_moves(to);
        let write = self.next_write(now, to, &moves);
        if let Some(write) = write.or_else(|| self.next_fence(now, to, &moves)) {
            return Some(write);
        }
        let writable = self.has_unfenced(to, &moves)
            || self.zones().iter().any(|zone| self.is_writable(zone, to, &moves));
        if writable || !self.is_read() || self.unprotecting().next().is_some() {
            return None;
        }
        Some(match to {
            Position::Prepared => {
                let changed = |pair: &&crate::plan::Pair| {
                    !crate::plan::same_records(&pair.found, &pair.prepared())
                };
                Event::Prepared { changed: self.plan.pairs.iter().filter(changed).count() }
            }
            Position::Shift(_) | Position::Safe | Position::Baseline | Position::Finished => {
                Event::WeightsWritten {
                    position: to,
                    share: self.share_at(to),
                    records: self.pair_weights(to),
                }
            }
        })
    }

    fn syncing(&self, now: Timestamp, at: Position, since: Timestamp) -> Option<Event> {
        if self.changes.is_empty() && self.is_read() {
            return Some(Event::InSync { changes: Vec::new() });
        }
        let late = !at.is_back() && now >= later(since, self.plan.policy.hold_limit);
        late.then(|| self.hold_limit_reached("Route 53 has not become INSYNC"))
    }

    fn begin(&self, now: Timestamp, next: usize, from: Timestamp) -> Option<Event> {
        let shift = self.plan.shifts.get(next)?;
        if now < from || !self.is_read() || self.steering.paused.is_some() {
            return None;
        }
        if let Some(closed) = self.closed_window(now) {
            return closed;
        }
        let started = Event::StepStarted {
            shift: next,
            step: shift.step,
            wave: self.plan.wave_name(next).map(str::to_owned),
            share: shift.share,
            weights: shift.weights,
            hold: shift.hold,
        };
        let on = || match self.open_task() {
            Some(task) => self.task_due(now, task),
            None => Some(started),
        };
        match &self.judged {
            // The step before has passed, but a process may have died since: what is judged afterwards counts.
            Some(judged) if self.steering.skipped.is_none() => {
                self.go_on(now, &judged.findings, |_, _| on())
            }
            Some(_) | None => on(),
        }
    }

    /// Ends the run, once what it waits for at its end is done.
    fn complete(&self, now: Timestamp) -> Option<Event> {
        if !self.is_read() || self.steering.paused.is_some() {
            return None;
        }
        match self.open_task() {
            Some(task) => self.task_due(now, task),
            None => Some(Event::RunCompleted { share: self.share_at(self.heading()) }),
        }
    }

    fn settle(&self, now: Timestamp, shift: usize, until: Timestamp) -> Option<Event> {
        let hold = self.plan.shifts.get(shift)?.hold;
        (now >= until).then(|| Event::Settled { hold_until: later(now, hold) })
    }

    /// At the end of a hold the newest reading must be younger than the end: what was seen before it is not enough.
    fn end_hold(&self, now: Timestamp, shift: usize, until: Timestamp) -> Option<Event> {
        let skipped = self.steering.skipped.as_ref();
        let judged = self.judged.as_ref().filter(|j| skipped.is_some() || j.read >= until)?;
        if (now < until && skipped.is_none()) || !self.is_read() {
            return None;
        }
        let passed = |proven, why| {
            let planned = self.plan.shifts.get(shift)?;
            let next = self.after_a_step(shift, &judged.findings);
            let (step, share) = (planned.step, planned.share);
            Some(Event::StepPassed { shift, step, share, proven, why, next })
        };
        match skipped {
            Some(why) => passed(false, why.clone()),
            None => self.go_on(now, &judged.findings, passed),
        }
    }

    /// Goes on where the policy allows it with these findings, which come after everything that had to be waited for.
    fn go_on(
        &self,
        now: Timestamp,
        findings: &[Finding],
        on: impl FnOnce(bool, String) -> Option<Event>,
    ) -> Option<Event> {
        let policy = &self.plan.policy;
        let advice = if self.is_dry() {
            without_traffic(findings, policy)
        } else {
            at_end_of_hold(findings, policy)
        };
        match advice {
            Advice::Pass { proven, why } => on(proven, why),
            Advice::Hold { why } => self.hold_or_end(now, why),
            Advice::Rollback { why } => match obstacle(policy, self.reached(), findings) {
                None => {
                    Some(Event::RollbackStarted { reason: why, breached_at: None, asked: None })
                }
                Some(obstacle) => self.hold_or_end(now, format!("{why}; {obstacle}")),
            },
        }
    }

    fn rolled_back(&self, now: Timestamp) -> Event {
        let (began, safe) = (self.rollback_began.unwrap_or(now), self.safe_at.unwrap_or(now));
        Event::RolledBack {
            seconds_from_breach: safe.duration_since(began).as_secs_f64(),
            clients_back_by: later(safe, USUAL_SYNC + self.plan.ttl().duration()),
        }
    }
}
