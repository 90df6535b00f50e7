//! Where the records are, where they shall be, and what lies between.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Difference, Engine, PairWeights, Phase, Position, state::Flight};
use crate::{
    plan::{
        Cost, Move, Pair, RecordSet, Routing, ZoneId, batch_of, batches, in_words, same_records,
    },
    unit::{RecordName, Share, Timestamp},
};

impl Engine {
    /// Returns the records of one pair at a position.
    pub(super) fn target(&self, pair: &Pair, position: Position) -> Vec<RecordSet> {
        match position {
            Position::Prepared => pair.prepared(),
            Position::Safe | Position::Baseline => pair.baseline.clone(),
            Position::Finished => vec![pair.new.clone()],
            Position::Shift(index) => self
                .plan
                .shifts
                .get(index)
                .map_or_else(|| pair.prepared(), |shift| pair.at(shift.weights)),
        }
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

    /// Returns what has to be done to bring all pairs to a position. Record sets that are not the run's are left alone.
    pub(super) fn moves(&self, to: Position) -> Vec<Move> {
        let of = |(index, pair): (usize, &Pair)| {
            let live = self.records.live.get(index).map_or(&[][..], Vec::as_slice);
            let mut target = self.target(pair, to);
            let from: Vec<RecordSet> = if to == Position::Baseline {
                live.iter().filter(|record| is_ours(pair, record)).cloned().collect()
            } else {
                live.to_vec()
            };
            if to == Position::Baseline && is_back_already(pair, live) {
                target.clone_from(&from);
            }
            Move { pair: index, zone: pair.zone.clone(), from, to: target }
        };
        self.plan.pairs.iter().enumerate().map(of).collect()
    }

    /// Returns the pairs of the next batch towards a position, of one zone; those that must be read first wait.
    ///
    /// On the way back those come first that were refused least, in batches that get smaller while they are refused: a
    /// name that nobody may change (law L16) is told from those that were only in a batch with it.
    pub(super) fn next_group(&self, to: Position) -> Option<(ZoneId, Vec<usize>)> {
        let open = |next: &Move| !next.is_done() && !self.records.unread.contains(&next.pair);
        let mut moves: Vec<Move> = self.moves(to).into_iter().filter(open).collect();
        let refused = |next: &Move| self.failures.refused.get(&next.pair).copied().unwrap_or(0);
        if let Some(least) = moves.iter().map(refused).min() {
            moves.retain(|next| refused(next) == least);
        }
        let groups = batches(&moves, Cost::ZERO);
        let group = groups.first()?;
        let zone = group.first()?.zone.clone();
        let most = self.failures.most.unwrap_or(usize::MAX);
        Some((zone, group.iter().take(most).map(|next| next.pair).collect()))
    }

    pub(super) fn change(&self, flight: &Flight) -> Option<Action> {
        let moves = self.moves(flight.to);
        let group: Vec<&Move> =
            moves.iter().filter(|next| flight.pairs.contains(&next.pair)).collect();
        let zone = group.first()?.zone.clone();
        let batch = batch_of(&zone, &group, None);
        Some(Action::Change { write: flight.write, to: flight.to, batch })
    }

    /// Returns true when nothing but reading helps: every pair that could be written is done or must be read.
    pub(super) fn must_read(&self) -> bool {
        if self.records.unread.is_empty() {
            return false;
        }
        match self.phase {
            Phase::Placing { to, .. } => self.next_group(to).is_none(),
            Phase::Blank
            | Phase::Starting
            | Phase::Syncing { .. }
            | Phase::Ready { .. }
            | Phase::Settling { .. }
            | Phase::Holding { .. }
            | Phase::Finishing
            | Phase::Returned
            | Phase::Ended(_) => true,
        }
    }

    pub(super) fn unread_names(&self) -> BTreeMap<ZoneId, BTreeSet<RecordName>> {
        names_of(self.records.unread.iter().filter_map(|index| self.plan.pairs.get(*index)))
    }

    /// Takes in what was read of the pairs that had to be.
    pub(super) fn take_in(&mut self, at: Timestamp, zone: &ZoneId, records: &[RecordSet]) {
        let heading = self.heading();
        let (mut ignored, mut moved) = (false, false);
        let of_zone = |index: &usize| self.plan.pairs.get(*index).is_some_and(|p| p.zone == *zone);
        for index in self.records.unread.iter().copied().filter(of_zone).collect::<Vec<_>>() {
            self.records.unread.remove(&index);
            let Some(pair) = self.plan.pairs.get(index) else { continue };
            let seen = pair.own(records);
            let arrived = same_records(&seen, &self.target(pair, heading));
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
        if moved {
            let failures = &mut self.failures;
            (failures.attempts, failures.refusals, failures.ignored) = (0, 0, 0);
        }
        if ignored {
            // A success is no proof that the record changed (law L17).
            self.failures.ignored += 1;
            self.failures.message =
                "Route 53 accepted the change, but the records are not as they were sent"
                    .to_owned();
        }
    }

    /// Returns how one pair differs from both what the run left there and what it wants there.
    fn difference(&self, index: usize, pair: &Pair, seen: &[RecordSet]) -> Option<Difference> {
        let expected = self.records.live.get(index)?;
        let wanted = self.target(pair, self.heading());
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
            | Phase::Ended(_) => self.records.position.unwrap_or(Position::Prepared),
        }
    }

    /// Compares what is live with what the run left there; to be asked only while nothing is being written.
    pub fn differences(&self, records: &[RecordSet]) -> Vec<Difference> {
        let of = |(index, pair): (usize, &Pair)| self.difference(index, pair, &pair.own(records));
        self.plan.pairs.iter().enumerate().filter_map(of).collect()
    }

    /// Returns all names of the run by zone.
    pub fn names(&self) -> BTreeMap<ZoneId, BTreeSet<RecordName>> {
        names_of(&self.plan.pairs)
    }

    /// Returns the weights that the pairs have at a position, as last seen.
    pub(super) fn pair_weights(&self) -> Vec<PairWeights> {
        let of = |(pair, live): (&Pair, &Vec<RecordSet>)| {
            let (legacy, new) = pair.weights_in(live);
            PairWeights { name: pair.name.clone(), kind: pair.kind.clone(), legacy, new }
        };
        self.plan.pairs.iter().zip(&self.records.live).map(of).collect()
    }

    /// Treats an announced batch as one whose outcome nobody knows.
    pub(super) fn doubt_flight(&mut self) {
        if let Some(flight) = self.flight.take() {
            self.records.unread.extend(flight.pairs);
        }
    }

    pub(super) fn doubt_everything(&mut self) {
        self.doubt_flight();
        self.records.unread.extend(0..self.plan.pairs.len());
    }

    /// Begins the span of a shift's minutes, at its first write.
    pub(super) fn begin_span(&mut self, shift: usize, at: Timestamp) {
        if self.spans.len() > shift {
            return;
        }
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

/// Returns the names of these pairs by zone.
fn names_of<'a>(
    pairs: impl IntoIterator<Item = &'a Pair>,
) -> BTreeMap<ZoneId, BTreeSet<RecordName>> {
    let mut names: BTreeMap<ZoneId, BTreeSet<RecordName>> = BTreeMap::new();
    for pair in pairs {
        names.entry(pair.zone.clone()).or_default().insert(pair.name.clone());
    }
    names
}

fn is_ours(pair: &Pair, record: &RecordSet) -> bool {
    let known = [&pair.legacy, &pair.new]
        .into_iter()
        .any(|member| member.set_identifier() == record.set_identifier());
    record.routing == Routing::Simple || known
}

/// Somebody who made the pair a simple record again that points to legacy has brought everybody back.
fn is_back_already(pair: &Pair, live: &[RecordSet]) -> bool {
    match live {
        [only] => {
            only.routing == Routing::Simple
                && only.answer.points_where(&pair.legacy.answer, &pair.kind)
        }
        _ => false,
    }
}

fn all_in_words(records: &[RecordSet]) -> String {
    match records {
        [] => "nothing".to_owned(),
        some => some.iter().map(in_words).collect::<Vec<_>>().join("; "),
    }
}
