//! What is done about what was seen.

use serde::{Deserialize, Serialize};

use super::Fallback;
use crate::unit::{Share, SignedDuration};

/// What is done about what was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// On a breach.
    pub breach: OnBreach,
    /// On a warning.
    pub warning: OnWarning,
    /// Without evidence.
    pub unknown: OnBreach,
    /// At the end of a hold with nothing against the step and too little to prove it.
    pub unproven: OnUnproven,
    /// When a command of the runbook failed.
    pub hook_failed: OnBreach,
    /// How long a hold that was not planned may last.
    pub hold_limit: SignedDuration,
    /// What happens then.
    pub hold_limit_then: Fallback,
    /// Minutes younger than this are open: their metrics may still change.
    pub metric_lag: SignedDuration,
    /// What is waited in excess of INSYNC and TTL.
    pub settle_slop: SignedDuration,
    /// From this share on a breach holds instead of rolling back.
    pub point_of_no_return: Option<Share>,
}

/// What a breach leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnBreach {
    /// Wait.
    Hold,
    /// Go back to the baseline.
    Rollback,
}

/// What a warning leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnWarning {
    /// Wait.
    Hold,
    /// Go on.
    Continue,
}

/// What an unproven step leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnUnproven {
    /// Go on.
    Continue,
    /// Wait.
    Hold,
    /// Go back to the baseline.
    Rollback,
}
