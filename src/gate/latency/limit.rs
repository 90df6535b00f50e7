//! One limit of the gate: which minutes are beyond it, and the evidence against it.

use super::{
    super::{
        statistics::{BadMinutes, Mixture, ln_bar},
        words,
    },
    percentiles::Measured,
};
use crate::runbook::model::LatencyLimit;

/// Bad minutes in a row beyond which nobody is told how many it would take.
const LONGEST_WAIT: u32 = 30;

/// A limit of the gate.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Limit {
    /// How many times legacy's latency.
    pub(super) times: f64,
    /// In seconds.
    pub(super) at_most: Option<f64>,
    /// How many of the minutes may be bad.
    pub(super) bad: BadMinutes,
    /// ln(1 / alpha).
    pub(super) ln_bar: f64,
}

impl Limit {
    /// Resolves a runbook's limit.
    pub(super) fn new(rule: &LatencyLimit) -> Self {
        Self {
            times: rule.times_legacy,
            at_most: rule.at_most.map(|limit| limit.as_secs_f64()),
            bad: BadMinutes::new(rule.bad_minutes.fraction()),
            ln_bar: ln_bar(rule.false_alarm.fraction()),
        }
    }

    /// Returns whether a minute is bad; nothing where it says nothing. What is too slow on both sides says nothing
    /// about new, unless new is also slower than legacy allows.
    pub(super) fn is_bad(&self, measured: Measured) -> Option<bool> {
        let slower = measured.both.and_then(|r| Some(r.new > self.times * r.legacy?));
        let Some(at_most) = self.at_most else { return slower };
        let beyond = measured.new.new > at_most;
        if beyond && measured.new.legacy.is_some_and(|legacy| legacy > at_most) {
            return slower.filter(|slower| *slower);
        }
        Some(beyond || slower.unwrap_or(false))
    }

    /// Returns ln E against the limit.
    pub(super) fn evidence(&self, evidence: &Mixture<4>) -> f64 {
        evidence.ln_value(self.bad.alternatives())
    }

    /// Returns how many more bad minutes in a row are enough, where it does not take too long to say so.
    pub(super) fn bad_minutes_until(&self, evidence: &Mixture<4>) -> Option<u32> {
        let mut evidence = *evidence;
        (1..=LONGEST_WAIT).find(|_| {
            evidence.advance(0.0, self.bad.ln_factors(Some(true)));
            self.evidence(&evidence) >= self.ln_bar
        })
    }

    /// Returns the limit in words, such as `1.5x legacy`.
    pub(super) fn words(&self) -> String {
        let times = words::times(self.times);
        match self.at_most {
            Some(limit) => format!("{times}x legacy or {}", words::latency(limit)),
            None => format!("{times}x legacy"),
        }
    }
}
