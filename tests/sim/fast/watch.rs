//! Whoever looks on: every event is recorded, and every invariant asked after it.

use cutover::{
    engine::{Ending, Event, Halt, Outcome},
    journal::Record,
    plan::{ChangeId, Plan, RecordSet},
    unit::Timestamp,
};

use super::{
    draw::{End, Script},
    night::{Died, Night, played},
    process::{Process, Seen},
};
use crate::{
    arena::Book,
    fences::{Party, after_a_race},
    invariants::{self, Scene},
    saboteur::Sent,
    tally::Fault,
};

/// Events that are shown of a night that went wrong.
const SHOWN: usize = 90;
/// One night in so many replays every prefix of its journals, which takes as long as all the rest of it.
const REPLAYS_EVERY: u64 = 16;

/// What a night leaves that can be doctored.
pub(crate) struct Exhibit {
    pub(crate) plan: Plan,
    pub(crate) records: Vec<Record>,
    pub(crate) sent: Vec<Sent>,
    pub(crate) live: Vec<RecordSet>,
    pub(crate) book: Book,
    pub(crate) parties: Vec<Party>,
}

/// Plays a night and returns what it leaves: of its first run, but for the book.
///
/// # Errors
/// As [`play`].
pub(crate) fn exhibit(script: Script) -> Result<Exhibit, String> {
    let mut night = played(script)?;
    let parties = night.processes.iter().map(Process::party).collect();
    let live = night.live(&night.processes[0].plan);
    let first = night.processes.swap_remove(0);
    let (plan, records, sent) = (Plan::clone(&first.plan), first.ledger, first.sent);
    Ok(Exhibit { plan, records, sent, live, book: night.sky.book, parties })
}

impl Night {
    /// Records an event, applies it and asks every invariant.
    pub(super) fn commit(&mut self, process: usize, event: Event) -> Result<(), Died> {
        let at = self.clock(process);
        let it = &mut self.processes[process];
        let fate = it.fate.map(|life| life.ends);
        let nth = it.appended;
        it.appended += 1;
        if fate == Some(End::DiskFull(nth)) {
            self.sky.tally.bites(Fault::DiskFull);
            return Err(Died);
        }
        if fate == Some(End::BeforeAppend(nth)) {
            self.sky.tally.bites(Fault::DiesBeforeAnAppend);
            return Err(Died);
        }
        let seq = it.ledger.len() as u64 + 1;
        let record = Record { seq, at, run: it.run.clone(), event, check: it.check };
        self.events += 1;
        if fate == Some(End::AfterAppend(nth)) {
            it.ledger.push(record);
            self.sky.tally.bites(Fault::DiesAfterAnAppend);
            return Err(Died);
        }
        if let Err(illegal) = it.engine.apply(at, &record.event) {
            self.broken.push(format!("contradiction: {illegal}"));
            return Err(Died);
        }
        chronicle(it, &record, self.sky.now());
        if let Event::WeightsWritten { .. } = record.event {
            it.placed.clone_from(&it.saw);
            it.forgot = false;
        }
        it.ledger.push(record);
        self.check(process);
        Ok(())
    }

    fn check(&mut self, process: usize) {
        let it = &self.processes[process];
        let Some(newest) = it.ledger.last() else { return };
        let looks = matches!(
            newest.event,
            Event::WriteAccepted { .. }
                | Event::WriteFailed { .. }
                | Event::RecordsRead { .. }
                | Event::WeightsWritten { .. }
                | Event::RolledBack { .. }
        );
        let live = (looks && self.is_alone(process)).then(|| self.live(&it.plan));
        let settled = matches!(newest.event, Event::Settled { .. });
        let pending = if settled { self.pending(&it.sent) } else { Vec::new() };
        let scene = Scene {
            plan: &it.plan,
            records: &it.ledger,
            sent: &it.sent,
            live: live.as_deref(),
            pending: &pending,
            steady: it.steady,
            edited: self.edited || self.sky.others_lost(it.who),
        };
        self.broken.extend(invariants::after_an_event(&scene));
    }

    /// Returns true where nobody else has written to a zone since this process saw the pairs in it.
    pub(super) fn is_alone(&self, process: usize) -> bool {
        let it = &self.processes[process];
        self.nobody_wrote_since(it, &it.saw)
    }

    fn nobody_wrote_since(&self, it: &Process, seen: &Seen) -> bool {
        it.plan.pairs.iter().all(|pair| {
            let others = self.sky.others_wrote(&pair.zone, it.who);
            let saw = seen.get(&(pair.zone.clone(), pair.name.clone()));
            others.is_none_or(|wrote| saw.is_some_and(|saw| wrote < *saw))
        })
    }

    pub(super) fn live(&self, plan: &Plan) -> Vec<RecordSet> {
        let all = plan.zones.iter().flat_map(|zone| self.sky.standing(&zone.id));
        all.filter(|record| plan.pairs.iter().any(|pair| pair.owns(record))).cloned().collect()
    }

    fn pending(&self, sent: &[Sent]) -> Vec<ChangeId> {
        let clients = sent.iter().filter(|sent| sent.concerns_clients());
        let effects = clients.filter_map(|sent| sent.effect.clone());
        effects.filter(|change| !self.sky.is_everywhere(change)).collect()
    }

    /// Asks whether the journal tells what may be in the zone, whoever looks at it now.
    pub(super) fn explains(&mut self, process: usize) {
        let it = &self.processes[process];
        if self.is_alone(process)
            && let Err(why) = invariants::the_journal_explains_the_zone(
                &it.plan,
                &it.ledger,
                &self.live(&it.plan),
            )
        {
            self.broken.push(why);
        }
    }

    pub(super) fn in_the_morning(&mut self) -> Result<(), String> {
        let parties: Vec<Party> = self.processes.iter().map(Process::party).collect();
        after_a_race(&self.sky.book, &parties)?;
        let replays = self.script.seed.is_multiple_of(REPLAYS_EVERY);
        for it in &self.processes {
            // Whoever is fenced does not know what has become of the zone, nor does anybody whom somebody else came after:
            // after it read the weights that it tells of, which is before it tells of them.
            let fenced = it.over == Some(Outcome::Halted(Halt::Fenced));
            if !fenced && self.nobody_wrote_since(it, &it.placed) {
                let live = self.live(&it.plan);
                invariants::in_the_morning(&it.plan, &it.ledger, &live, replays)?;
                // The line that told of the newest weights may be among those that are lost.
                if !it.forgot {
                    invariants::zone_and_journal_agree(&it.plan, &it.ledger, &live)?;
                }
            }
            let back = it.ledger.iter().any(|r| matches!(r.event, Event::RollbackStarted { .. }));
            if back && it.over == Some(Outcome::Ended(Ending::Completed)) {
                return Err(
                    "a_rollback_reaches_the_baseline_or_says_stuck: it completes".to_owned()
                );
            }
        }
        Ok(())
    }

    pub(super) fn last_events(&self) -> String {
        let dull = ["metrics_read", "minute_judged"];
        let mut told: Vec<(Timestamp, String)> = Vec::new();
        for it in &self.processes {
            let told_of = it.ledger.iter().filter(|r| !dull.contains(&r.event.name()));
            told.extend(told_of.map(|r| {
                let text = format!("  {} {} {} {:?}", it.who, r.seq, r.at, r.event);
                (r.at, text.chars().take(230).collect())
            }));
        }
        told.sort_by_key(|(at, _)| *at);
        let texts: Vec<String> = told.into_iter().map(|(_, text)| text).collect();
        texts[texts.len().saturating_sub(SHOWN)..].join("\n")
    }
}

/// Writes down what matters to others, at the time of the world.
fn chronicle(it: &Process, record: &Record, now: Timestamp) {
    let matters = matches!(
        record.event,
        Event::RunStarted { .. }
            | Event::PreflightPassed { .. }
            | Event::LockTaken { .. }
            | Event::Fenced { .. }
            | Event::Resumed { .. }
            | Event::RollbackStarted { .. }
    );
    if matters {
        it.chronicle.borrow_mut().push(Record { at: now, ..record.clone() });
    }
    // That it has looked matters, not what it saw.
    if let Event::RecordsRead { zone, .. } = &record.event {
        let event = Event::RecordsRead { zone: zone.clone(), records: Vec::new() };
        let (run, check) = (record.run.clone(), record.check);
        it.chronicle.borrow_mut().push(Record { at: now, event, run, check, seq: record.seq });
    }
}
