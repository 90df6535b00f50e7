//! What tells one state from another.
//!
//! Two states are the same where nothing that can happen from now on depends on how they differ:
//!
//! - moments count from now. What lies so far back that no wait for it can still be going on counts only by its order;
//! - when a lock's `until` was written, change ids and batch numbers are only ever compared with their like, so they count
//!   by where else they stand;
//! - minutes feed the gates, which are not asked here, and some moments are only told to people.
//!
//! `main.rs` has a test that states which count as the same do go on alike.

use std::{
    fmt::Debug,
    hash::{DefaultHasher, Hash, Hasher},
};

use cutover::{plan::Plan, unit::Timestamp};

/// Longest wait that counts from a moment which an engine keeps, in seconds: a hold, its limit, the usual time until INSYNC.
const LONGEST_WAIT: i64 = 120;

/// Moments that are told to people, and decide nothing.
const TOLD: [&str; 6] = [
    "rollback_began: Some(",
    "safe_at: Some(",
    "breached: Some((",
    "settled: Some(",
    "began: ",
    // The reckoning of change tokens; they are not counted here.
    ", at: Some(",
];

/// What stands before names and numbers, and whether they are compared with their like; how often something was tried only
/// decides how long the driver waits.
const LEADS: [(&str, bool); 5] = [
    ("ChangeId(\"", true),
    ("Minute(", false),
    ("write: ", false),
    ("writes: ", false),
    ("attempts: ", false),
];

/// A thing in words, with all that only counts by comparison taken out.
#[derive(Debug, Clone)]
pub(crate) struct Print {
    words: u64,
    marks: Vec<Mark>,
}

#[derive(Debug, Clone, Copy)]
enum Mark {
    /// A moment, in seconds.
    Moment(i64),
    /// A lock's `until`, in seconds.
    Until(i64),
    /// A name that is compared with its like alone.
    Name(u64),
    /// Nothing that counts.
    Nothing,
}

/// Normal forms of the marks of one state.
pub(crate) struct Marks {
    now: i64,
    /// A lock that is written from now on ends at least so many seconds from now.
    shortest_lock: i64,
    untils: Vec<i64>,
    names: Vec<u64>,
}

impl Marks {
    pub(crate) fn new(now: Timestamp, plan: &Plan) -> Self {
        let shortest = plan.usual_settle() + plan.policy.hold_limit;
        let (now, shortest_lock) = (seconds_of(now), shortest.as_secs());
        Self { now, shortest_lock, untils: Vec::new(), names: Vec::new() }
    }

    /// Adds a print to what tells a state from another one.
    pub(crate) fn add(&mut self, print: &Print, state: &mut impl Hasher) {
        print.words.hash(state);
        let mut old: Vec<i64> = print.marks.iter().filter_map(|mark| self.old(*mark)).collect();
        old.sort_unstable();
        old.dedup();
        for mark in &print.marks {
            self.normal(*mark, &old).hash(state);
        }
    }

    fn old(&self, mark: Mark) -> Option<i64> {
        let Mark::Moment(at) = mark else { return None };
        (at < self.now - LONGEST_WAIT).then_some(at)
    }

    fn normal(&mut self, mark: Mark, old: &[i64]) -> (u8, i64) {
        match mark {
            Mark::Moment(at) => match old.binary_search(&at) {
                Ok(rank) => (0, rank as i64),
                Err(_) => (1, at - self.now),
            },
            // Nothing that is written from now on can be equal to it.
            Mark::Until(at) if at - self.now < self.shortest_lock => {
                (2, place(&mut self.untils, at))
            }
            Mark::Until(at) => (3, at - self.now),
            Mark::Name(name) => (4, place(&mut self.names, name)),
            Mark::Nothing => (5, 0),
        }
    }

    /// Tells whether what is written from now on can be equal to a lock's `until` of this print.
    pub(crate) fn can_be_written_again(&self, until: i64) -> bool {
        until - self.now >= self.shortest_lock
    }
}

fn place<T: PartialEq>(known: &mut Vec<T>, one: T) -> i64 {
    let at = known.iter().position(|other| *other == one).unwrap_or_else(|| {
        known.push(one);
        known.len() - 1
    });
    at as i64
}

/// Returns a moment in seconds since the beginning of the month in which all of this happens.
pub(crate) fn seconds_of(at: Timestamp) -> i64 {
    let text = at.to_string();
    seconds(&text)
}

/// Reads `2026-03-03T09:00:00Z`.
fn seconds(text: &str) -> i64 {
    let two = |at: usize| text.get(at..at + 2).and_then(|n| n.parse::<i64>().ok()).unwrap_or(0);
    ((two(8) * 24 + two(11)) * 60 + two(14)) * 60 + two(17)
}

impl Print {
    pub(crate) fn of(thing: &impl Debug) -> Self {
        Self::of_words(&format!("{thing:?}"))
    }

    pub(crate) fn of_words(text: &str) -> Self {
        let mut spans: Vec<(usize, usize, Mark)> = Vec::new();
        for (at, _) in text.match_indices("2026-") {
            let end = at + "2026-03-03T09:00:00Z".len();
            spans.push((at, end, moment(&text[..at], &text[at..end])));
        }
        for (lead, is_name) in LEADS {
            for (at, _) in text.match_indices(lead) {
                let (at, rest) = (at + lead.len(), &text[at + lead.len()..]);
                let ends = |letter: char| !letter.is_ascii_alphanumeric();
                let length = rest.find(ends).unwrap_or(rest.len());
                let mark =
                    if is_name { Mark::Name(hashed(&rest[..length])) } else { Mark::Nothing };
                spans.push((at, at + length, mark));
            }
        }
        spans.sort_unstable_by_key(|(at, ..)| *at);
        let (mut state, mut from) = (DefaultHasher::new(), 0);
        for (at, end, _) in &spans {
            text[from..*at].hash(&mut state);
            from = *end;
        }
        text[from..].hash(&mut state);
        Self { words: state.finish(), marks: spans.into_iter().map(|(.., mark)| mark).collect() }
    }

    /// Returns what decides the order of things that have none of their own.
    pub(crate) fn rank(&self) -> u64 {
        self.words
    }
}

fn hashed(text: &str) -> u64 {
    let mut state = DefaultHasher::new();
    text.hash(&mut state);
    state.finish()
}

/// Returns what a moment counts for, by what leads to it.
fn moment(before: &str, text: &str) -> Mark {
    let at = seconds(text);
    let of_owner =
        |before: &str| before.rfind('"').is_some_and(|quote| before[..quote].ends_with("owner: "));
    if before.ends_with("until=") || before.strip_suffix("\", until: ").is_some_and(of_owner) {
        Mark::Until(at)
    } else if TOLD.iter().any(|told| before.ends_with(told)) {
        Mark::Nothing
    } else {
        Mark::Moment(at)
    }
}

/// Returns a lock's `until` in its record set, in seconds; nothing where it is no lock.
pub(crate) fn until_of(record: &cutover::plan::RecordSet) -> Option<i64> {
    cutover::plan::Lock::read(record).map(|lock| seconds_of(lock.until))
}
