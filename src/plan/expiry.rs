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
