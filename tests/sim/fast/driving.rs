//! What the driver does between two things that happen to a process: decide, record, begin calls, wait.

use cutover::{
    engine::{Action, Event, Outcome},
    unit::{SignedDuration, Timestamp},
};

use super::{
    draw::End,
    night::{Died, Happening, MOST_EVENTS, Night},
    process::{Going, Stopping},
};
use crate::{
    saboteur::{Sent, announced, later},
    tally::Fault,
};

/// How long after a first Ctrl-C a second one still asks for a rollback.
const GRACE: SignedDuration = SignedDuration::from_secs(3);

impl Night {
    /// Does what the driver does between two things that happen to it.
    pub(super) fn turn(&mut self, process: usize) {
        if !self.processes[process].alive {
            return;
        }
        match self.advance(process) {
            Err(Died) => self.died(process),
            Ok(Some(outcome)) => self.left(process, outcome),
            Ok(None) => {}
        }
    }

    fn advance(&mut self, process: usize) -> Result<Option<Outcome>, Died> {
        self.stop_if_asked(process)?;
        let now = self.clock(process);
        while let Some(event) = self.processes[process].engine.due(now) {
            if self.defers(process, &event) {
                break;
            }
            self.commit(process, event)?;
            if self.events > MOST_EVENTS {
                return Err(Died);
            }
        }
        if let Some(outcome) = self.processes[process].engine.outcome() {
            return Ok(Some(outcome));
        }
        self.keep_up(process)?;
        let it = &self.processes[process];
        let stop = if let Some(Stopping::Stop { at }) = it.stopping { Some(at) } else { None };
        let wakes = [it.engine.deadline(now), stop].into_iter().flatten().filter(|at| *at > now);
        let at =
            wakes.min().map_or(Timestamp::MAX, |at| later(self.sky.now(), at.duration_since(now)));
        let it = &mut self.processes[process];
        if it.wakes_at != at && at < Timestamp::MAX {
            let life = it.life;
            self.at(at, Happening::Wakes { process, life });
        }
        self.processes[process].wakes_at = at;
        Ok(None)
    }

    fn stop_if_asked(&mut self, process: usize) -> Result<(), Died> {
        let now = self.clock(process);
        let it = &mut self.processes[process];
        if it.engine.is_writing() || it.engine.outcome().is_some() {
            return Ok(());
        }
        let event = match it.stopping {
            Some(Stopping::Rollback) => {
                let reason = "asked for with a second Ctrl-C".to_owned();
                Event::RollbackStarted { reason, breached_at: None, asked: None }
            }
            Some(Stopping::Stop { at }) if now >= at => {
                Event::Stopped { reason: "asked for with Ctrl-C".to_owned() }
            }
            Some(Stopping::Stop { .. }) | None => return Ok(()),
        };
        it.stopping = None;
        self.commit(process, event)
    }

    fn defers(&self, process: usize, event: &Event) -> bool {
        let it = &self.processes[process];
        let stops = match it.stopping {
            Some(Stopping::Rollback) => true,
            Some(Stopping::Stop { at }) => self.clock(process) >= at,
            None => false,
        };
        stops && it.engine.is_writing() && matches!(event, Event::WriteStarted { .. })
    }

    pub(super) fn interrupt(&mut self, process: usize) {
        let now = self.clock(process);
        let it = &mut self.processes[process];
        let back = it.engine.is_rolling_back();
        let (fault, stopping) = match it.stopping {
            Some(_) if !back => (Fault::InterruptedTwice, Stopping::Rollback),
            Some(_) => (Fault::InterruptedTwice, Stopping::Stop { at: now }),
            None if back => (Fault::Interrupted, Stopping::Stop { at: Timestamp::MAX }),
            None => (Fault::Interrupted, Stopping::Stop { at: later(now, GRACE) }),
        };
        it.stopping = Some(stopping);
        self.sky.tally.bites(fault);
        self.turn(process);
    }

    /// Begins what is wished for and not going on yet, and gives up what is no longer wished for.
    fn keep_up(&mut self, process: usize) -> Result<(), Died> {
        let wishes = self.processes[process].engine.pending();
        self.processes[process].calls.retain(|going| wishes.contains(&going.action));
        for action in wishes {
            let calls = &self.processes[process].calls;
            if calls.iter().all(|going| going.action != action) {
                self.begins(process, action)?;
            }
        }
        Ok(())
    }

    fn begins(&mut self, process: usize, action: Action) -> Result<(), Died> {
        let (now, clock) = (self.sky.now(), self.clock(process));
        let it = &mut self.processes[process];
        if it.fate.map(|life| life.ends) == Some(End::BeforeCall(it.called)) {
            self.sky.tally.bites(Fault::DiesBeforeACallHasEffect);
            return Err(Died);
        }
        it.called += 1;
        it.next_call += 1;
        let (call, life, index) = (it.next_call, it.life, it.sent.len());
        if let Action::Change { batch, .. } = &action {
            let in_flight = |going: &Going| matches!(&going.action, Action::Change { batch: other, .. } if other.zone == batch.zone);
            if it.calls.iter().any(in_flight) {
                self.broken.push("at_most_one_change_in_flight: two in one zone".to_owned());
            }
            let announced = announced(&it.ledger, &batch.zone);
            it.sent.push(Sent { at: clock, batch: batch.clone(), effect: None, announced });
        }
        let waits = it.not_before(&action).duration_since(clock).max(SignedDuration::ZERO);
        it.calls.push(Going { id: call, action: action.clone() });
        let takes = waits + self.sky.latency();
        let action = Box::new(action);
        self.at(later(now, takes), Happening::Lands { process, life, call, index, action });
        Ok(())
    }
}
