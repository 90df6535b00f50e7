//! Credentials that end before the work does (law L66).

use std::collections::BTreeMap;

use super::{Plan, Snapshot, Timeline, timeline};
use crate::unit::{Account, SignedDuration, Timestamp, words};

/// Credentials that end at one moment.
struct Ending {
    accounts: Vec<Account>,
    at: Timestamp,
    /// From the beginning of the run.
    left: SignedDuration,
}

/// Returns why the dns credentials are no good for a run: they end before even the first step could be taken back.
pub(super) fn expiry_problems(plan: &Plan, snapshot: &Snapshot) -> Vec<String> {
    let times = timeline(plan);
    let told = |ending: &Ending| {
        format!(
            "{}, before the first step has settled and could be rolled back; sign in again first",
            in_words(ending)
        )
    };
    endings(snapshot).iter().filter(|ending| is_hopeless(ending, &times)).map(told).collect()
}

/// Returns which credentials end before all steps could be taken back.
pub(super) fn expiry_hazards(plan: &Plan, snapshot: &Snapshot) -> Vec<String> {
    let times = timeline(plan);
    let told = |ending: &Ending| {
        let late = times.entries.iter().find(|entry| entry.over + times.roll_back > ending.left)?;
        let effect = if writes(ending) {
            "nothing can be written any more, a rollback neither"
        } else {
            "the gates see nothing any more, which holds the run"
        };
        Some(format!(
            "{}, before step {} and a rollback from it would be over (+{}): unless they renew themselves, {effect}; sign in again \
             before the run, or name a role for the runbook to assume from credentials that last",
            in_words(ending),
            late.step,
            words(late.over + times.roll_back)
        ))
    };
    endings(snapshot).iter().filter_map(told).collect()
}

/// How long the dns credentials have to last when a step is about to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needed {
    /// Number of the entry in the runbook's `steps`.
    pub step: usize,
    /// Until the step has settled and could be rolled back.
    settled: SignedDuration,
    /// Until its hold is over, and it could be rolled back even then.
    over: SignedDuration,
}

/// Returns how long the dns credentials have to last for a shift of the plan, if it has it.
pub fn needed(plan: &Plan, shift: usize) -> Option<Needed> {
    let times = timeline(plan);
    let entry = times.entries.get(shift)?;
    let until = |end: SignedDuration| end - entry.written + times.roll_back;
    Some(Needed { step: entry.step, settled: until(entry.settled), over: until(entry.over) })
}

impl Needed {
    /// Checks credentials that end then. Those that may be renewed have to last until they can be asked for again; others
    /// until the step is over, for nobody else would take it back.
    ///
    /// # Errors
    /// Why they do not last.
    pub fn within(&self, ends: Timestamp, renewable: bool, now: Timestamp) -> Result<(), String> {
        let (needed, until) = if renewable {
            (self.settled, "it has settled and could be rolled back")
        } else {
            (self.over, "it and a rollback from it would be over")
        };
        let left = ends.duration_since(now);
        if left >= needed {
            return Ok(());
        }
        Err(format!(
            "the credentials for dns end at {}, in {}, before {until} (+{})",
            ends.strftime("%Y-%m-%d %H:%M:%S UTC"),
            words(left.max(SignedDuration::ZERO)),
            words(needed)
        ))
    }
}

/// Returns the credentials by when they end; often they are the same ones for all accounts.
fn endings(snapshot: &Snapshot) -> Vec<Ending> {
    let mut by_time: BTreeMap<Timestamp, Vec<Account>> = BTreeMap::new();
    for (account, at) in &snapshot.expires {
        by_time.entry(*at).or_default().push(*account);
    }
    let ending = |(at, accounts): (Timestamp, Vec<Account>)| Ending {
        accounts,
        at,
        left: at.duration_since(snapshot.at),
    };
    by_time.into_iter().map(ending).collect()
}

fn writes(ending: &Ending) -> bool {
    ending.accounts.contains(&Account::Dns)
}

fn is_hopeless(ending: &Ending, times: &Timeline) -> bool {
    let first = times.entries.first();
    let back = first.is_some_and(|first| first.settled + times.roll_back > ending.left);
    writes(ending) && back
}

fn in_words(ending: &Ending) -> String {
    let accounts: Vec<String> = ending.accounts.iter().map(Account::to_string).collect();
    format!(
        "the credentials for {} end at {}, in {}",
        accounts.join(", "),
        ending.at.strftime("%Y-%m-%d %H:%M:%S UTC"),
        words(ending.left)
    )
}
