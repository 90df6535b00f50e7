//! Where the records are, where they shall be, and what lies between.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Difference, Engine, Event, PairWeights, Phase, Position};
use crate::{
    plan::{Move, Pair, RecordSet, ZoneId, in_words, is_back_already, ours, safe, same_records},
    unit::{RecordName, Share, Timestamp},
};

impl Engine {
    /// Returns the records of one pair at a position.
    pub(super) fn target(&self, index: usize, pair: &Pair, position: Position) -> Vec<RecordSet> {
        match position {
            Position::Prepared => pair.prepared(),
            Position::Safe => {
                let live = self.records.live.get(index).map_or(&[][..], Vec::as_slice);
                safe(pair, live)
            }
            Position::Baseline if self.goes_to_simple(pair) => pair.found.clone(),
            Position::Baseline => pair.baseline.clone(),
            Position::Finished => pair.finished(self.plan.goal),
            Position::Shift(shift) => self.plan.placed(pair, shift),
        }
    }

    fn goes_to_simple(&self, pair: &Pair) -> bool {
        pair.was_simple() && self.asked.as_ref().is_some_and(|asked| asked.to_simple)
    }

    /// Returns what a write to a position is for, as readers of CloudTrail and of the console should see it.
    pub fn purpose(&self, position: Position) -> String {
        match position {
            Position::Prepared => "prepare".to_owned(),
            Position::Safe | Position::Baseline => "rollback".to_owned(),
            Position::Finished => "finish".to_owned(),
            Position::Shift(index) => match self.plan.shifts.get(index) {
                Some(shift) => {
                    format!("step {} of {}: {}", shift.step, self.plan.steps, shift.share)
                }
                None => "a step that the plan does not have".to_owned(),
            },
        }
    }

    /// Returns the part of the traffic that a position means for new.
    pub(super) fn share_at(&self, position: Position) -> Share {
        match position {
            Position::Prepared | Position::Safe | Position::Baseline => self.plan.share_before(),
            Position::Finished => Share::FULL,
            Position::Shift(index) => {
                self.plan.shifts.get(index).map_or(Share::ZERO, |shift| shift.share)
            }
        }
    }

    /// Returns what has to be done to bring all pairs to a position.
    pub(super) fn moves(&self, to: Position) -> Vec<Move> {
        (0..self.plan.pairs.len()).filter_map(|index| self.move_of(index, to)).collect()
    }

    /// Returns what has to be done to bring one pair to a position. On the way back record sets that are not the run's are
    /// left alone.
    pub(super) fn move_of(&self, index: usize, to: Position) -> Option<Move> {
        let pair = self.plan.pairs.get(index)?;
        let live = self.records.live.get(index).map_or(&[][..], Vec::as_slice);
        let from = if to.is_back() { ours(pair, live) } else { live.to_vec() };
        let target = if to.is_back() && is_back_already(pair, live) {
            from.clone()
        } else {
            self.target(index, pair, to)
        };
        Some(Move { pair: index, zone: pair.zone.clone(), from, to: target })
    }

    /// Returns true when everything is known that has to be read.
    pub(super) fn is_read(&self) -> bool {
        self.records.unread.is_empty() && !self.locks.values().any(|lock| lock.unread)
    }

    /// Returns the wishes to read, of the zones in which nothing can be written before.
    pub(super) fn reads(&self) -> Vec<Action> {
        if self.is_read() {
            return Vec::new();
        }
        // On the way to new nothing is written before every lock was taken and read back.
        let may_write = |to: Position| to.is_back() || self.holds_all_locks();
        let to = self.phase.placing().map(|(to, _)| to).filter(|to| may_write(*to));
        let placing = to.map(|to| (to, self.moves(to)));
        let free = |zone: &ZoneId| {
            let writable =
                placing.as_ref().is_some_and(|(to, moves)| self.is_writable(zone, *to, moves));
            !writable && !self.flights.contains_key(zone)
        };
        let zones: BTreeSet<ZoneId> =
            self.zones().into_iter().chain(self.locks.keys().cloned()).collect();
        let read = |zone: ZoneId| {
            let names = self.unread_in(&zone);
            (!names.is_empty() && free(&zone)).then_some(Action::Read { zone, names })
        };
        zones.into_iter().filter_map(read).collect()
    }

    /// Returns the names that have to be read in a zone, its lock among them whenever anything is read.
    fn unread_in(&self, zone: &ZoneId) -> BTreeSet<RecordName> {
        let pairs = self.records.unread.iter().filter_map(|index| self.plan.pairs.get(*index));
        let mut names: BTreeSet<RecordName> =
            pairs.filter(|pair| pair.zone == *zone).map(|pair| pair.name.clone()).collect();
        if let Some(lock) = self.locks.get(zone)
            && (lock.unread || !names.is_empty())
        {
            names.insert(lock.name.clone());
        }
        names
    }

    /// Takes in what was read of the pairs that had to be.
    pub(super) fn take_in(&mut self, at: Timestamp, zone: &ZoneId, records: &[RecordSet]) {
        self.take_in_lock(at, zone, records);
        let heading = self.heading();
        let (mut ignored, mut moved) = (false, false);
        let of_zone = |index: &usize| self.plan.pairs.get(*index).is_some_and(|p| p.zone == *zone);
        for index in self.records.unread.iter().copied().filter(of_zone).collect::<Vec<_>>() {
            self.records.unread.remove(&index);
            let Some(pair) = self.plan.pairs.get(index) else { continue };
            let seen = pair.own(records);
            let own = if heading.is_back() { ours(pair, &seen) } else { seen.clone() };
            let arrived = same_records(&own, &self.target(index, pair, heading));
            let accepted = self.records.accepted.remove(&index);
            ignored |= accepted && !arrived;
            match self.difference(index, pair, &seen) {
                Some(difference) if self.phase.is_forward() => self.records.drift.push(difference),
                Some(_) | None => {
                    if let Some(live) = self.records.live.get_mut(index) {
                        let differs = !same_records(live, &seen);
                        moved |= differs && arrived;
                        if differs && !accepted {
                            self.records.unconfirmed = Some(at);
                        }
                        *live = seen;
                    }
                }
            }
        }
        self.records.lost &= !self.records.unread.is_empty();
        let failures = self.failures.entry(zone.clone()).or_default();
        if moved {
            (failures.attempts, failures.refusals, failures.ignored) = (0, 0, 0);
        }
        if ignored {
            // A success is no proof that the record changed (law L17).
            failures.ignored += 1;
            failures.message =
                "Route 53 accepted the change, but the records are not as they were sent"
                    .to_owned();
        }
    }

    /// Returns how one pair differs from both what the run left there and what it wants there.
    fn difference(&self, index: usize, pair: &Pair, seen: &[RecordSet]) -> Option<Difference> {
        let expected = self.records.live.get(index)?;
        let wanted = self.target(index, pair, self.heading());
        let former = self.records.former.get(index).filter(|_| self.records.lost);
        let undone = former.is_some_and(|former| same_records(seen, former));
        if undone || same_records(seen, expected) || same_records(seen, &wanted) {
            return None;
        }
        Some(Difference {
            name: pair.name.clone(),
            kind: pair.kind.clone(),
            expected: all_in_words(expected),
            live: all_in_words(seen),
            wanted: all_in_words(&wanted),
            is_baseline: same_records(seen, &pair.baseline) || same_records(seen, &pair.found),
        })
    }

    /// Returns where the records are or are going.
    pub(super) fn heading(&self) -> Position {
        match self.phase {
            Phase::Placing { to, .. } => to,
            Phase::Syncing { at, .. } => at,
            Phase::Settling { shift, .. } | Phase::Holding { shift, .. } => Position::Shift(shift),
            Phase::Blank
            | Phase::Starting
            | Phase::Ready { .. }
            | Phase::Finishing
            | Phase::Returned
            | Phase::Unlocking { .. }
            | Phase::Ended(_) => self.records.position.unwrap_or(Position::Prepared),
        }
    }

    /// Compares what is live with what the run left there; to be asked only while nothing is being written.
    pub(super) fn differences(
        &self,
        records: &BTreeMap<ZoneId, Vec<RecordSet>>,
    ) -> Vec<Difference> {
        let of = |(index, pair): (usize, &Pair)| {
            let of_zone = records.get(&pair.zone).map(Vec::as_slice).unwrap_or_default();
            self.difference(index, pair, &pair.own(of_zone))
        };
        self.plan.pairs.iter().enumerate().filter_map(of).collect()
    }

    /// Returns what somebody else did to the records or to the locks, among what was read while nothing was being written.
    /// A name can stand in several zones, public and private.
    pub fn inspect(&self, records: &BTreeMap<ZoneId, Vec<RecordSet>>) -> Option<Event> {
        if let Some(fence) = self.fence_among(records) {
            return Some(fence.event());
        }
        let differences = self.differences(records);
        (!differences.is_empty()).then_some(Event::Drifted { differences })
    }

    /// Returns all names of the run by zone, those of the locks among them.
    pub fn names(&self) -> BTreeMap<ZoneId, BTreeSet<RecordName>> {
        let mut names: BTreeMap<ZoneId, BTreeSet<RecordName>> = BTreeMap::new();
        for pair in &self.plan.pairs {
            names.entry(pair.zone.clone()).or_default().insert(pair.name.clone());
        }
        for (zone, lock) in &self.locks {
            names.entry(zone.clone()).or_default().insert(lock.name.clone());
        }
        names
    }

    /// Returns the weights that the pairs have, as last seen; at a step of a wave those of the wave.
    pub(super) fn pair_weights(&self, at: Position) -> Vec<PairWeights> {
        let wave = match at {
            Position::Shift(shift) if !self.plan.waves.is_empty() => Some(self.plan.wave_of(shift)),
            Position::Shift(_)
            | Position::Prepared
            | Position::Safe
            | Position::Baseline
            | Position::Finished => None,
        };
        let moved =
            |(pair, _): &(&Pair, &Vec<RecordSet>)| wave.is_none_or(|wave| pair.wave == wave);
        let of = |(pair, live): (&Pair, &Vec<RecordSet>)| {
            let (legacy, new) = pair.weights_in(live);
            PairWeights { name: pair.name.clone(), kind: pair.kind.clone(), legacy, new }
        };
        self.plan.pairs.iter().zip(&self.records.live).filter(moved).map(of).collect()
    }

    pub(super) fn doubt_everything(&mut self, at: Timestamp) {
        self.doubt_flights(at);
        self.doubt_locks();
        self.records.unread.extend(0..self.plan.pairs.len());
    }

    /// Begins the span of a shift's minutes, at its first write.
    pub(super) fn begin_span(&mut self, shift: usize, at: Timestamp) {
        if self.begun() > shift {
            return;
        }
        self.enter_wave(shift);
        let planned = self.plan.planned_minutes().get(shift).copied().unwrap_or(1);
        self.spans.push(crate::gate::StepSpan {
            first: crate::unit::Minute::starting_from(at),
            planned,
            // What arrives is compared with what the weights ask for, which the share may be far from.
            share: self
                .plan
                .shifts
                .get(shift)
                .map_or(Share::ZERO, |shift| Share::from_fraction(shift.weights.fraction())),
            settled: None,
        });
    }
}

fn all_in_words(records: &[RecordSet]) -> String {
    match records {
        [] => "nothing".to_owned(),
        some => some.iter().map(in_words).collect::<Vec<_>>().join("; "),
    }
}
