//! The decision that state and time imply.

use super::{
    Engine, Event, Phase, Position,
    advice::{Advice, at_end_of_hold, breach, legacy_is_fit, rolls_back, told},
    state::later,
};
use crate::{
    gate::{Finding, Verdict, Watch},
    plan::{Fallback, USUAL_SYNC},
    unit::{Timestamp, words},
};

/// Refusals in a row after which the way forward stops.
const FORWARD_REFUSALS: u32 = 3;
/// Refusals in a row after which the way back needs a person. Longer, because giving up is worse there.
const ROLLBACK_REFUSALS: u32 = 10;

impl Engine {
    /// Returns the decision that is due at this moment, if one is. It is a fact like any other once it is recorded and
    /// applied; until then asking again gives the same answer.
    pub fn due(&mut self, now: Timestamp) -> Option<Event> {
        if self.outcome().is_some() || self.flight.is_some() {
            return None;
        }
        if !self.records.drift.is_empty() {
            return Some(Event::Drifted { differences: self.records.drift.clone() });
        }
        if self.phase.is_forward() && !self.spans.is_empty() {
            if let Some(judged) = self.judgement(now) {
                return Some(judged);
            }
            if let Some(decision) = self.reaction(now) {
                return Some(decision);
            }
        }
        self.next_move(now)
    }

    /// Returns the next moment after this one at which [`Engine::due`] may answer differently without a new fact.
    pub fn deadline(&self, now: Timestamp) -> Option<Timestamp> {
        let own = match self.phase {
            Phase::Placing { since, .. } | Phase::Syncing { since, .. } => {
                Some(later(since, self.plan.policy.hold_limit))
            }
            Phase::Ready { from, .. } => Some(from),
            Phase::Settling { until, .. } | Phase::Holding { until, .. } => Some(until),
            Phase::Blank
            | Phase::Starting
            | Phase::Finishing
            | Phase::Returned
            | Phase::Ended(_) => None,
        };
        let held = self.held.as_ref().map(|held| held.until);
        [own, held, self.failures.retry_at].into_iter().flatten().filter(|at| *at > now).min()
    }

    /// Judges what was read since it was last judged.
    fn judgement(&mut self, now: Timestamp) -> Option<Event> {
        let read = self.last_read?;
        if self.judged.as_ref().is_some_and(|judged| judged.at >= read) {
            return None;
        }
        let hold_ended = matches!(self.phase, Phase::Holding { until, .. } if now >= until);
        let watch =
            Watch { now, metric_lag: self.plan.policy.metric_lag, spans: &self.spans, hold_ended };
        let findings = self.judge.judge(&self.table, &watch);
        Some(Event::MinuteJudged { minute: watch.newest_closed(), findings })
    }

    /// Reacts to the newest judgement: a breach acts at once, a warning is told once.
    fn reaction(&self, now: Timestamp) -> Option<Event> {
        let findings = &self.judged.as_ref()?.findings;
        if let Some(finding) = breach(findings) {
            return self.on_breach(now, finding);
        }
        let fresh = |f: &&Finding| f.verdict() == Verdict::Warn && !self.warned.contains(&f.gate);
        findings.iter().find(fresh).map(|finding| Event::Warned(finding.clone()))
    }

    fn on_breach(&self, now: Timestamp, finding: &Finding) -> Option<Event> {
        let known = self.breached.as_ref().is_some_and(|(_, known)| known.gate == finding.gate);
        if !known {
            return Some(Event::Breached(finding.clone()));
        }
        if rolls_back(&self.plan.policy, self.share_at(self.heading())) {
            let breached_at = self.breached.as_ref().map(|(at, _)| *at);
            return Some(Event::RollbackStarted { reason: told(finding), breached_at });
        }
        match &self.held {
            Some(held) if now >= held.until => Some(self.hold_limit_reached(&held.why)),
            Some(_) => None,
            None => Some(self.hold(now, told(finding))),
        }
    }

    fn hold(&self, now: Timestamp, why: String) -> Event {
        Event::Held { why, until: later(now, self.plan.policy.hold_limit) }
    }

    /// Ends a wait that lasted too long. A rollback goes ahead only onto a legacy side that is fit for it.
    fn hold_limit_reached(&self, why: &str) -> Event {
        let limit = words(self.plan.policy.hold_limit);
        let reason = format!("held for {limit}: {why}");
        let findings = self.judged.as_ref().map_or(&[][..], |judged| &judged.findings);
        match self.plan.policy.hold_limit_then {
            Fallback::Rollback if legacy_is_fit(findings) => {
                Event::RollbackStarted { reason, breached_at: None }
            }
            Fallback::Rollback => Event::Stopped {
                reason: format!("{reason}; legacy is not fit to take the traffic back"),
            },
            Fallback::Stop => Event::Stopped { reason },
        }
    }

    fn next_move(&mut self, now: Timestamp) -> Option<Event> {
        match self.phase {
            Phase::Placing { to, since } => self.place(now, to, since),
            Phase::Syncing { at, since } => self.syncing(now, at, since),
            Phase::Ready { next, from } => self.begin(now, next, from),
            Phase::Settling { shift, until } => self.settle(now, shift, until),
            Phase::Holding { shift, until, .. } => self.end_hold(now, shift, until),
            Phase::Finishing => Some(Event::RunCompleted { share: self.share_at(self.heading()) }),
            Phase::Returned => Some(self.rolled_back(now)),
            Phase::Blank | Phase::Starting | Phase::Ended(_) => None,
        }
    }

    fn place(&self, now: Timestamp, to: Position, since: Timestamp) -> Option<Event> {
        if let Some(end) = self.given_up(to) {
            return Some(end);
        }
        let limit = later(since, self.plan.policy.hold_limit);
        if to != Position::Baseline && now >= limit {
            return Some(self.hold_limit_reached("the records could not be written"));
        }
        if let Some((zone, pairs)) = self.next_group(to) {
            let waiting = self.failures.retry_at.is_some_and(|at| now < at);
            let write = self.writes + 1;
            return (!waiting).then_some(Event::WriteStarted { write, to, zone, pairs });
        }
        if !self.records.unread.is_empty() {
            return None;
        }
        Some(match to {
            Position::Prepared => {
                let changed = |pair: &&crate::plan::Pair| {
                    !crate::plan::same_records(&pair.found, &pair.prepared())
                };
                Event::Prepared { changed: self.plan.pairs.iter().filter(changed).count() }
            }
            Position::Shift(_) | Position::Baseline => Event::WeightsWritten {
                position: to,
                share: self.share_at(to),
                records: self.pair_weights(),
            },
        })
    }

    fn given_up(&self, to: Position) -> Option<Event> {
        let failures = &self.failures;
        let message = &failures.message;
        match to {
            Position::Baseline if failures.refusals >= ROLLBACK_REFUSALS => Some(Event::Stuck {
                why: format!(
                    "the rollback was refused {} times in a row: {message}; mend what it names, then run `cutover rollback` again",
                    failures.refusals
                ),
            }),
            Position::Prepared | Position::Shift(_) if failures.refusals >= FORWARD_REFUSALS => {
                Some(Event::Stopped {
                    reason: format!(
                        "the change was refused {} times in a row: {message}",
                        failures.refusals
                    ),
                })
            }
            Position::Prepared | Position::Shift(_) | Position::Baseline => None,
        }
    }

    fn syncing(&self, now: Timestamp, at: Position, since: Timestamp) -> Option<Event> {
        if self.changes.is_empty() && self.records.unread.is_empty() {
            return Some(Event::InSync { changes: Vec::new() });
        }
        let late = at != Position::Baseline && now >= later(since, self.plan.policy.hold_limit);
        late.then(|| self.hold_limit_reached("Route 53 has not become INSYNC"))
    }

    fn begin(&self, now: Timestamp, next: usize, from: Timestamp) -> Option<Event> {
        let shift = self.plan.shifts.get(next)?;
        // After a resume the records and, once there are any, the gates are looked at before anything moves.
        let looked =
            self.records.unread.is_empty() && (self.spans.is_empty() || self.judged.is_some());
        (now >= from && looked).then_some(Event::StepStarted {
            shift: next,
            step: shift.step,
            share: shift.share,
            weights: shift.weights,
            hold: shift.hold,
        })
    }

    fn settle(&self, now: Timestamp, shift: usize, until: Timestamp) -> Option<Event> {
        let hold = self.plan.shifts.get(shift)?.hold;
        (now >= until).then(|| Event::Settled { hold_until: later(now, hold) })
    }

    /// At the end of a hold the newest reading must be younger than the end: what was seen before it is not enough.
    fn end_hold(&self, now: Timestamp, shift: usize, until: Timestamp) -> Option<Event> {
        let judged = self.judged.as_ref().filter(|judged| judged.at >= until)?;
        if now < until || !self.records.unread.is_empty() {
            return None;
        }
        let passed = |proven, why| {
            let planned = self.plan.shifts.get(shift)?;
            Some(Event::StepPassed { shift, step: planned.step, share: planned.share, proven, why })
        };
        match (at_end_of_hold(&judged.findings, &self.plan.policy), &self.held) {
            (Advice::Pass { proven, why }, _) => passed(proven, why),
            (Advice::Rollback { why }, _) => {
                Some(Event::RollbackStarted { reason: why, breached_at: None })
            }
            (Advice::Hold { .. }, Some(held)) if now >= held.until => {
                Some(self.hold_limit_reached(&held.why))
            }
            (Advice::Hold { .. }, Some(_)) => None,
            (Advice::Hold { why }, None) => Some(self.hold(now, why)),
        }
    }

    fn rolled_back(&self, now: Timestamp) -> Event {
        let began = self.rollback_began.unwrap_or(now);
        Event::RolledBack {
            seconds_from_breach: now.duration_since(began).as_secs_f64(),
            clients_back_by: later(now, USUAL_SYNC + self.plan.ttl().duration()),
        }
    }
}
