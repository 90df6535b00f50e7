//! Batches: which is next, what is in it, and what follows from how it went. One is in flight per zone (law L24).

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Action, Engine, Event, LockChange, Position, WriteFailure,
    locks::ZoneLock,
    state::{Flight, later},
};
use crate::{
    plan::{
        ChangeId, Cost, LOCK_ROOM, Move, Offender, Pair, RecordSet, ZoneId, batch_of, batches,
        by_traffic, offenders, overwrite, tokens,
    },
    unit::{RecordName, RecordType, SignedDuration, Timestamp, Weight},
};

/// Refusals of one name by itself after which the way back overwrites what it cannot compare with.
const OVERWRITE_AFTER: u32 = 4;

/// Changes in a batch that may keep a zone busy for longer than its answer took.
const LARGE: usize = 100;

/// How long a zone is left alone after a large batch was accepted, for each of its changes: a request that comes too early
/// is turned away (law L24), perhaps with its tokens, and what follows a large batch waits for tokens anyway. Where changes
/// are not counted (law L23), it costs nothing to come too early.
const BUSY_FOR: SignedDuration = SignedDuration::from_millis(1);

/// Failures of writes to one zone, in a row.
#[derive(Debug, Clone, Default)]
pub(super) struct Failures {
    pub(super) attempts: u32,
    /// Failures that do not pass by themselves.
    pub(super) refusals: u32,
    /// Successes that changed nothing (law L17).
    pub(super) ignored: u32,
    pub(super) message: String,
    pub(super) retry_at: Option<Timestamp>,
    /// Pairs that wait until then; the whole zone where it says nothing.
    waiting: Option<Vec<usize>>,
    /// How often each pair was refused on the way back: it may spoil the batch for the others.
    refused: BTreeMap<usize, u32>,
    /// How often each pair was refused by name, or alone in its batch.
    accused: BTreeMap<usize, u32>,
    /// Most pairs in one batch, while the one that spoils it is looked for.
    most: Option<usize>,
}

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
    pub(super) fn next_write(&self, now: Timestamp, to: Position, moves: &[Move]) -> Option<Event> {
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
    pub(super) fn affordable_at(&self, now: Timestamp, to: Position) -> Option<Timestamp> {
        let moves = self.ordered_moves(to);
        let ready = self.zones().into_iter().filter_map(|zone| {
            let group = self.next_group(&zone, to, &moves)?;
            Some(self.governor.ready_at(now, self.tokens_wanted(to, group.tokens)))
        });
        ready.filter(|at| *at > now).min()
    }

    /// Returns true when there is a batch for this zone, now or later, that needs nothing to be read first.
    pub(super) fn is_writable(&self, zone: &ZoneId, to: Position, moves: &[Move]) -> bool {
        let open = |next: &Move| {
            next.zone == *zone && !self.records.unread.contains(&next.pair) && !next.is_done()
        };
        self.lock_is_sure(zone) && !self.is_given_up(zone, to) && moves.iter().any(open)
    }

    fn lock_is_sure(&self, zone: &ZoneId) -> bool {
        self.locks.get(zone).is_none_or(ZoneLock::is_sure)
    }

    /// Moves in the order in which they are made: on the way to new what is quiet goes first, on the way back what is busy.
    pub(super) fn ordered_moves(&self, to: Position) -> Vec<Move> {
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

    /// Returns the zones with pairs, in the order of their ids.
    pub(super) fn zones(&self) -> BTreeSet<ZoneId> {
        self.plan.pairs.iter().map(|pair| pair.zone.clone()).collect()
    }

    pub(super) fn failures_of(&self, zone: &ZoneId) -> Failures {
        self.failures.get(zone).cloned().unwrap_or_default()
    }

    /// Returns true while a zone's next write has to wait because of how the one before went.
    pub(super) fn waits(&self, zone: &ZoneId, now: Timestamp) -> bool {
        self.failures.get(zone).and_then(|failures| failures.retry_at).is_some_and(|at| now < at)
    }

    /// Returns the wish to send an announced batch.
    pub(super) fn change(&self, flight: &Flight) -> Action {
        let pairs = flight.pairs.iter();
        let moves: Vec<Move> = pairs.filter_map(|index| self.move_of(*index, flight.to)).collect();
        let group: Vec<&Move> = moves.iter().collect();
        let batch = if flight.overwrite {
            overwrite(&flight.zone, &group)
        } else {
            batch_of(&flight.zone, &group, self.lock_swap(&flight.zone, &flight.lock))
        };
        Action::Change { write: flight.write, to: flight.to, batch }
    }

    /// Returns the flight with this number.
    pub(super) fn flight(&self, write: u32) -> Option<&Flight> {
        self.flights.values().find(|flight| flight.write == write)
    }

    pub(super) fn write_started(&mut self, at: Timestamp, flight: Flight) {
        self.writes = flight.write;
        let cost = self.cost(&flight);
        self.governor.spend(at, cost);
        if let (Position::Shift(shift), false) = (flight.to, flight.pairs.is_empty()) {
            self.begin_span(shift, at);
        }
        self.flights.insert(flight.zone.clone(), flight);
    }

    /// Returns the change tokens of a batch (law L21).
    fn cost(&self, flight: &Flight) -> usize {
        let Action::Change { batch, .. } = self.change(flight) else { return 0 };
        batch.tokens()
    }

    pub(super) fn write_accepted(&mut self, at: Timestamp, write: u32, change: &ChangeId) {
        let changes = self.flight(write).map_or(0, |flight| self.cost(flight));
        let Some(flight) = self.take_flight(write) else { return };
        self.governor.answered(at);
        let busy = changes >= LARGE && self.plan.quota.changes().is_some();
        // Nobody waits for a lock to be known to all of Route 53's servers: its readers ask the API.
        if !flight.pairs.is_empty() {
            self.changes.push(change.clone());
        }
        let failures = self.failures.entry(flight.zone.clone()).or_default();
        (failures.attempts, failures.refusals) = (0, 0);
        failures.retry_at = busy.then(|| later(at, BUSY_FOR * changes as i32));
        failures.waiting = None;
        failures.message.clear();
        failures.most = failures.most.map(|most| most.saturating_mul(2));
        self.records.accepted.extend(&flight.pairs);
        self.records.unread.extend(&flight.pairs);
        self.unread_beside(&flight);
        self.lock_written(at, &flight.zone, &flight.lock, true);
    }

    /// Until the lock was taken its holder, or a rollback that no lock stops, may have moved what needs no change and is not
    /// read because of one.
    fn unread_beside(&mut self, flight: &Flight) {
        let takes = matches!(flight.lock, LockChange::Set(_));
        if flight.pairs.is_empty() && (takes || flight.to.is_back()) {
            let pairs = self.plan.pairs.iter().enumerate();
            let here = pairs.filter(|(_, pair)| pair.zone == flight.zone);
            self.records.unread.extend(here.map(|(index, _)| index));
        }
    }

    pub(super) fn write_failed(&mut self, at: Timestamp, failed: &Failed<'_>) {
        let Some(flight) = self.flight(failed.write).cloned() else { return };
        let cost = self.cost(&flight);
        self.flights.remove(&flight.zone);
        let named = offenders(failed.problems);
        let suspects = match failed.failure {
            WriteFailure::Later => {
                self.governor.throttled(at, cost);
                None
            }
            WriteFailure::Refused => Some(self.suspects(&flight, &named)),
            WriteFailure::Unclear | WriteFailure::Denied => Some(flight.pairs.clone()),
        };
        if let Some(suspects) = &suspects {
            self.records.unread.extend(suspects);
            self.unread_beside(&flight);
            self.lock_written(at, &flight.zone, &flight.lock, false);
        }
        if failed.failure == WriteFailure::Unclear {
            self.lock_haunted(&flight.zone);
        }
        let refused = matches!(failed.failure, WriteFailure::Refused | WriteFailure::Denied);
        let by_lock = flight.lock != LockChange::Untouched && self.may_be_the_lock(&flight, &named);
        if refused && by_lock && flight.to.is_back() {
            self.lock_refused(&flight.zone, failed.failure == WriteFailure::Denied);
        }
        // While the pair that spoils a batch is still looked for, trying again does make sense.
        let narrows = failed.failure == WriteFailure::Refused
            && flight.to.is_back()
            && flight.pairs.len() > 1
            && named.is_empty();
        let failures = self.failures.entry(flight.zone.clone()).or_default();
        failures.attempts += 1;
        failures.refusals += u32::from(refused && !narrows);
        failed.message.clone_into(&mut failures.message);
        failures.retry_at = Some(failed.retry_at);
        failures.waiting = suspects;
    }

    /// Returns the pairs that may have spoiled a refused batch: those that Route 53 names (law L15). Where it names none
    /// of them it may be any, and on the way back the batch is halved the next time; once may be because somebody was
    /// faster, which reading mends.
    fn suspects(&mut self, flight: &Flight, named: &[Offender]) -> Vec<usize> {
        let is_named = |pair: &&usize| {
            let pair = self.plan.pairs.get(**pair);
            pair.is_some_and(|pair| {
                named.iter().any(|offender| {
                    offender.name == pair.name
                        && offender.kind.as_ref().is_none_or(|kind| *kind == pair.kind)
                })
            })
        };
        let guilty: Vec<usize> = flight.pairs.iter().filter(is_named).copied().collect();
        if !flight.to.is_back() {
            // On the way to new nothing may be left behind, so all of it is looked at.
            return flight.pairs.clone();
        }
        let lock_named = !named.is_empty() && self.may_be_the_lock(flight, named);
        for offender in named.iter().filter(|offender| offender.protected) {
            if let Some(kind) = &offender.kind {
                self.protect(&flight.zone, &offender.name, kind);
            }
        }
        let failures = self.failures.entry(flight.zone.clone()).or_default();
        let may_be_any = guilty.is_empty() && !lock_named;
        let again = flight.pairs.iter().any(|pair| failures.refused.contains_key(pair));
        if may_be_any && again {
            failures.most = Some((flight.pairs.len() / 2).max(1));
        }
        let accused = !guilty.is_empty() || flight.pairs.len() == 1;
        let suspects = if may_be_any { flight.pairs.clone() } else { guilty };
        for pair in &suspects {
            *failures.refused.entry(*pair).or_default() += 1;
            *failures.accused.entry(*pair).or_default() += u32::from(accused);
        }
        suspects
    }

    /// Returns true when a refusal may be because of the lock: it is named, or nothing is.
    fn may_be_the_lock(&self, flight: &Flight, named: &[Offender]) -> bool {
        let lock = self.locks.get(&flight.zone);
        let is_named = |lock: &ZoneLock| named.iter().any(|offender| offender.name == lock.name);
        named.is_empty() || lock.is_some_and(is_named)
    }

    /// Remembers that a name has to be unprotected before it can go back; it is asked for once.
    fn protect(&mut self, zone: &ZoneId, name: &RecordName, kind: &RecordType) {
        let protected = (zone.clone(), name.clone(), kind.clone());
        self.protections.entry(protected).or_insert(false);
    }

    /// Returns the wishes to remove protections that nobody has tried to remove yet.
    pub(super) fn unprotecting(&self) -> impl Iterator<Item = Action> {
        let mut open: BTreeMap<ZoneId, Vec<(RecordName, RecordType)>> = BTreeMap::new();
        for ((zone, name, kind), tried) in &self.protections {
            if !tried {
                open.entry(zone.clone()).or_default().push((name.clone(), kind.clone()));
            }
        }
        open.into_iter().map(|(zone, records)| Action::Unprotect { zone, records })
    }

    /// Takes in that protections were removed, or could not be: it is not tried again.
    pub(super) fn unprotected(&mut self, zone: &ZoneId, records: &[(RecordName, RecordType)]) {
        for (name, kind) in records {
            let key = (zone.clone(), name.clone(), kind.clone());
            self.protections.insert(key, true);
        }
    }

    fn take_flight(&mut self, write: u32) -> Option<Flight> {
        let zone = self.flight(write)?.zone.clone();
        self.flights.remove(&zone)
    }

    /// Treats announced batches as ones whose outcome nobody knows.
    pub(super) fn doubt_flights(&mut self, at: Timestamp) {
        for (zone, flight) in std::mem::take(&mut self.flights) {
            self.records.unread.extend(&flight.pairs);
            self.lock_written(at, &zone, &flight.lock, false);
            self.lock_haunted(&zone);
        }
    }

    /// Returns whether each zone gets to a position in one batch, and the bucket of changes holds all of them now.
    pub(super) fn fits_at_once(&self, to: Position, now: Timestamp) -> bool {
        let moves = self.moves(to);
        let groups = batches(&moves, self.plan.spare());
        let zones: BTreeSet<&ZoneId> =
            groups.iter().filter_map(|g| Some(&g.first()?.zone)).collect();
        zones.len() == groups.len() && tokens(&moves) as f64 <= self.governor.tokens(now)
    }
}

/// How a write failed.
pub(super) struct Failed<'a> {
    pub(super) write: u32,
    pub(super) failure: WriteFailure,
    pub(super) message: &'a str,
    pub(super) problems: &'a [String],
    pub(super) retry_at: Timestamp,
}
