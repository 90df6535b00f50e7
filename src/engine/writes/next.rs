//! Which batch is next: of which zone, with what in it, and whether there are change tokens for it.

use std::collections::BTreeSet;

use crate::{
    engine::{Engine, Event, LockChange, Position, locks::ZoneLock},
    plan::{Cost, LOCK_ROOM, Move, Pair, RecordSet, ZoneId, batches, by_traffic, tokens},
    unit::{Timestamp, Weight},
};

/// Refusals of one name by itself after which the way back overwrites what it cannot compare with.
const OVERWRITE_AFTER: u32 = 4;

/// The next batch of a zone.
#[derive(Debug)]
struct Group {
    pairs: Vec<usize>,
    tokens: usize,
    /// Those of the tokens that are the lock's.
    of_lock: usize,
    /// Nothing is left to do in the zone after it.
    last: bool,
    overwrite: bool,
}

impl Engine {
    /// Returns the next batch towards a position that can be announced now, of a zone with none in flight.
    pub(in crate::engine) fn next_write(
        &self,
        now: Timestamp,
        to: Position,
        moves: &[Move],
    ) -> Option<Event> {
        self.zones().into_iter().find_map(|zone| {
            if self.flights.contains_key(&zone) {
                return None;
            }
            let group = self.affordable(now, to, self.next_group(&zone, to, moves)?)?;
            let failures = self.failures_of(&zone);
            let concerned =
                |waiting: &Vec<usize>| waiting.iter().any(|pair| group.pairs.contains(pair));
            let waits = self.waits(&zone, now) && failures.waiting.as_ref().is_none_or(concerned);
            if waits || self.is_given_up(&zone, to) || !self.lock_is_sure(&zone) {
                return None;
            }
            let lock = if group.overwrite {
                LockChange::Untouched
            } else {
                self.lock_change(&zone, to, group.last, now)
            };
            let (write, overwrite) = (self.writes + 1, group.overwrite);
            Some(Event::WriteStarted { write, to, zone, pairs: group.pairs, lock, overwrite })
        })
    }

    /// Returns when the next batch will be affordable, where that is all that it waits for.
    pub(in crate::engine) fn affordable_at(
        &self,
        now: Timestamp,
        to: Position,
    ) -> Option<Timestamp> {
        let moves = self.ordered_moves(to);
        let ready = self.zones().into_iter().filter_map(|zone| {
            let group = self.next_group(&zone, to, &moves)?;
            Some(self.governor.ready_at(now, self.tokens_wanted(to, group.tokens)))
        });
        ready.filter(|at| *at > now).min()
    }

    /// Returns true when there is a batch for this zone, now or later, that needs nothing to be read first.
    pub(in crate::engine) fn is_writable(
        &self,
        zone: &ZoneId,
        to: Position,
        moves: &[Move],
    ) -> bool {
        let open = |next: &Move| {
            next.zone == *zone && !self.records.unread.contains(&next.pair) && !next.is_done()
        };
        self.lock_is_sure(zone) && !self.is_given_up(zone, to) && moves.iter().any(open)
    }

    fn lock_is_sure(&self, zone: &ZoneId) -> bool {
        self.locks.get(zone).is_none_or(ZoneLock::is_sure)
    }

    /// Moves in the order in which they are made: on the way to new what is quiet goes first, on the way back what is busy.
    pub(in crate::engine) fn ordered_moves(&self, to: Position) -> Vec<Move> {
        let mut moves = self.moves(to);
        by_traffic(&mut moves, &self.plan.pairs, to.is_back());
        moves
    }

    /// Returns the next batch of a zone towards a position; pairs that must be read first wait.
    ///
    /// On the way back those come first that were refused least, in batches that get smaller while they are refused: a
    /// name that nobody may change (law L16) is told from those that were only in a batch with it.
    fn next_group(&self, zone: &ZoneId, to: Position, moves: &[Move]) -> Option<Group> {
        let here = |next: &&Move| next.zone == *zone;
        let unread = |next: &Move| self.records.unread.contains(&next.pair);
        let idle = !moves.iter().filter(here).any(unread);
        let mut open: Vec<Move> =
            moves.iter().filter(here).filter(|m| !m.is_done() && !unread(m)).cloned().collect();
        let all = open.len();
        let failures = self.failures_of(zone);
        let refused = |next: &Move| failures.refused.get(&next.pair).copied().unwrap_or(0);
        let least = open.iter().map(refused).min()?;
        open.retain(|next| refused(next) == least);
        let room = if self.locks.contains_key(zone) { LOCK_ROOM } else { Cost::ZERO };
        let accused = |next: &Move| failures.accused.get(&next.pair).copied().unwrap_or(0);
        let overwrite = to.is_back() && open.iter().all(|next| accused(next) >= OVERWRITE_AFTER);
        // Overwriting counts twice, and is for what nothing else helped with: one name at a time.
        let most = if overwrite { 1 } else { failures.most.unwrap_or(usize::MAX) };
        let group = batches(&open, room).into_iter().next()?;
        let group: Vec<&Move> = group.into_iter().take(most).collect();
        Some(Group {
            last: idle && group.len() == all,
            tokens: group.iter().map(|next| next.tokens()).sum::<usize>() + room.elements,
            of_lock: room.elements,
            pairs: group.iter().map(|next| next.pair).collect(),
            overwrite,
        })
    }

    /// Returns the batch, or the part of it that the account's bucket of changes holds now (law L21); nothing where it
    /// is worth waiting for more. Only the way back is cut: it brings people to safety sooner.
    fn affordable(&self, now: Timestamp, to: Position, mut group: Group) -> Option<Group> {
        // Where more is wanted than the bucket ever holds, a full one is enough.
        if self.governor.ready_at(now, self.tokens_wanted(to, group.tokens)) <= now {
            return Some(group);
        }
        let tokens = self.governor.tokens(now);
        if to != Position::Safe || tokens * 2.0 < group.tokens as f64 {
            return None;
        }
        // However small the part is, the lock's swap goes with it.
        let (there, wanted) = (tokens - group.of_lock as f64, group.tokens - group.of_lock);
        let part = (group.pairs.len() as f64 * there / wanted as f64).floor();
        group.pairs.truncate(part as usize);
        group.last = false;
        (!group.pairs.is_empty()).then_some(group)
    }

    /// Returns the change tokens that have to be there before a batch is sent: on the way to new so many more that the way
    /// back has its own (law L28).
    fn tokens_wanted(&self, to: Position, batch: usize) -> usize {
        if to.is_back() {
            return batch;
        }
        batch + self.governor.reserve(batch, self.way_back_tokens())
    }

    /// Returns the change tokens that bringing everybody back would take now (section 9 of the laws): new's member is
    /// deleted, and legacy's is swapped where it has no weight.
    fn way_back_tokens(&self) -> usize {
        let cost = |(pair, live): (&Pair, &Vec<RecordSet>)| match pair.weights_in(live) {
            (Some(Weight(1..)), _) => 1,
            (Some(Weight(0)) | None, _) => 3,
        };
        let pairs: usize = self.plan.pairs.iter().zip(&self.records.live).map(cost).sum();
        pairs + LOCK_ROOM.elements * self.locks.len()
    }

    /// Returns whether each zone gets to a position in one batch, and the bucket of changes holds all of them now.
    pub(in crate::engine) fn fits_at_once(&self, to: Position, now: Timestamp) -> bool {
        let moves = self.moves(to);
        let groups = batches(&moves, self.plan.spare());
        let zones: BTreeSet<&ZoneId> =
            groups.iter().filter_map(|g| Some(&g.first()?.zone)).collect();
        zones.len() == groups.len() && tokens(&moves) as f64 <= self.governor.tokens(now)
    }
}
