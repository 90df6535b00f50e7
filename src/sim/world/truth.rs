//! What really happened to the users, which no metric tells.

use std::collections::BTreeMap;

use crate::unit::{Minute, Timestamp};

/// What really happened since the world began.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Truth {
    /// Requests that users made.
    pub requests: u64,
    /// Requests that failed, for whatever reason.
    pub failures: u64,
    /// Requests that failed because of the cutover: those to new beyond what legacy would have failed at the same
    /// moment, those that a load balancer could not carry, and those that did not get as far as one. An expected value: chance is
    /// nobody's fault.
    pub failures_by_cutover: f64,
    /// Requests that took longer than a second, expected.
    pub slow: f64,
    /// When the scenario's first fault began, or the first load balancer was overwhelmed.
    pub first_fault: Option<Timestamp>,
    /// Highest share of new that the weights were set to, 0 to 1.
    pub highest_share: f64,
    /// Every minute so far, the one that is not over included.
    pub minutes: BTreeMap<Minute, TruthMinute>,
}

/// What really happened in one minute.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TruthMinute {
    /// Requests that reached legacy.
    pub legacy_requests: u64,
    /// Requests that reached new.
    pub new_requests: u64,
    /// Requests that got as far as no load balancer: DNS led nowhere, or what it led to could not be reached.
    pub lost_requests: u64,
    /// Failed ones among those to legacy.
    pub legacy_failures: u64,
    /// Failed ones among those to new.
    pub new_failures: u64,
}

impl TruthMinute {
    pub(super) fn add(&mut self, other: &Self) {
        self.legacy_requests += other.legacy_requests;
        self.new_requests += other.new_requests;
        self.lost_requests += other.lost_requests;
        self.legacy_failures += other.legacy_failures;
        self.new_failures += other.new_failures;
    }

    /// Returns the part of the requests that went to new, 0 to 1; nothing without requests.
    pub fn share(&self) -> Option<f64> {
        let all = self.legacy_requests + self.new_requests;
        (all > 0).then(|| self.new_requests as f64 / all as f64)
    }
}
