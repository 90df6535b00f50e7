//! One snapshot of a run, to be rendered in many ways.

use crate::{
    gate::Finding,
    unit::{Share, SignedDuration, Timestamp},
};

/// A run at one moment, in plain data.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// When it was taken.
    pub at: Timestamp,
    /// What is going on, in one or two words: `writing`, `settling`, `holding`, `rolling back`, `stopped` ...
    pub phase: &'static str,
    /// What is waited for, in words that follow "waiting for".
    pub waiting_for: Option<String>,
    /// Until when, where that is known.
    pub until: Option<Timestamp>,
    /// Shares of all shift steps, in order.
    pub shares: Vec<Share>,
    /// Index of the shift step that is going on.
    pub shift: Option<usize>,
    /// When the current hold began, once settled.
    pub hold_began: Option<Timestamp>,
    /// Part of the traffic meant for new, as last verified in the zone.
    pub share: Share,
    /// Newest closed minute of legacy.
    pub legacy: SideView,
    /// Newest closed minute of new.
    pub new: SideView,
    /// What each gate says.
    pub findings: Vec<Finding>,
    /// Age of the newest minute that has a datapoint.
    pub data_age: Option<SignedDuration>,
    /// How long it would take until clients are back on legacy, if a rollback began now.
    pub time_to_safe: SignedDuration,
}

/// One side in its newest closed minute.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SideView {
    /// Requests in the minute.
    pub requests: Option<f64>,
    /// Part of them that failed, 0 to 1.
    pub error_rate: Option<f64>,
    /// Latency in seconds, at the gate's percentile.
    pub latency: Option<f64>,
}
