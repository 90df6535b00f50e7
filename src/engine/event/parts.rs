//! What events carry that is made for them.

use serde::{Deserialize, Serialize};

use crate::{
    plan::Lock,
    unit::{RecordName, RecordType, Timestamp, Weight},
};

/// Where the records of a run can be told to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// Weighted pairs that answer as before the run.
    Prepared,
    /// The weights of this entry of the plan's `shifts`.
    Shift(usize),
    /// Everybody back where they were before, in the form that needs fewest changes: new's member is gone where it had
    /// no part of the traffic.
    Safe,
    /// Where a rollback goes.
    Baseline,
    /// What a finished migration leaves: see [`crate::plan::Goal`].
    Finished,
}

impl Position {
    /// Returns true for where the way back leads.
    pub fn is_back(self) -> bool {
        match self {
            Self::Safe | Self::Baseline => true,
            Self::Prepared | Self::Shift(_) | Self::Finished => false,
        }
    }
}

/// What a batch does to the lock of its zone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockChange {
    /// Nothing.
    #[default]
    Untouched,
    /// It takes, or swaps, the lock: this is what it says afterwards.
    Set(Lock),
    /// It deletes the lock.
    Removed,
}

/// What `cutover rollback` asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Tells the process that goes back from every other one, in the zones' locks.
    pub owner: String,
    /// Whether names that had a simple record before the run get it back, instead of the pair that answers the same.
    pub to_simple: bool,
    /// When to give up; without one, never.
    pub deadline: Option<Timestamp>,
}

/// What a person did to a run under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// Who: user and host.
    pub by: String,
    /// Why, in their words, where they said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The request that asked for it, where the run's process was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
}

/// One limit of the gates that was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tuning {
    /// Where it stands below `gates`, such as `errors.critical.times_legacy`.
    pub limit: String,
    /// What it was, as the runbook would say it; nothing where it was not there.
    pub from: Option<String>,
    /// What it is from now on, as it was typed.
    pub to: String,
}

/// The weights of one record pair; a member that is absent has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairWeights {
    /// Its name.
    pub name: RecordName,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: RecordType,
    /// Weight of the legacy member.
    pub legacy: Option<Weight>,
    /// Weight of the new member.
    pub new: Option<Weight>,
}

/// How a write failed, by what has to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteFailure {
    /// Nothing was done; the same batch may be sent again (laws L20, L24).
    Later,
    /// Nobody knows whether it was done; read before anything else (law L25).
    Unclear,
    /// Refused as a whole; read to see whether somebody else was faster (laws L01, L26).
    Refused,
    /// Not allowed, or impossible; trying again helps only if somebody mends it.
    Denied,
}

/// A record that is not as it should be, in three views.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Its name.
    pub name: RecordName,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: RecordType,
    /// What the run left there, in words.
    pub expected: String,
    /// What is there, in words.
    pub live: String,
    /// What the run wants there, in words.
    pub wanted: String,
    /// Whether what is there is the baseline, as when a tool applied its old state.
    pub is_baseline: bool,
}
