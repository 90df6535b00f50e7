//! What the judge is told besides the table: when it is, and which step each minute belongs to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::unit::{Minute, Share, SignedDuration, Timestamp};

/// What it was like before the run, frozen at its start.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct History {
    /// Legacy's mean failure rate over the history of the `errors` gate, as a fraction.
    pub legacy_error_rate: Option<f64>,
    /// Its mean requests a minute over the same time.
    pub legacy_requests_per_minute: Option<f64>,
    /// Requests of both sides one week before, by the minute one week later: from an hour before the run, for as long as
    /// it and a hold may last, and a day at most. Minutes without any are left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub usual: BTreeMap<Minute, f64>,
    /// Requests of both sides in the minutes of the hour before the run that had any.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub before: BTreeMap<Minute, f64>,
    /// Requests a minute that each of new's load balancers would get of all traffic, by its name such as `alb api`, as far
    /// as it is known; empty where new has no more than one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub meant_for: BTreeMap<String, f64>,
}

/// The minutes of one shift step that has begun. They end where the next one's begin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepSpan {
    /// First minute that begins after the weights were written.
    pub first: Minute,
    /// Planned length: settle and hold, in whole minutes.
    pub planned: u32,
    /// Part of the traffic that the weights ask for new.
    pub share: Share,
    /// When the step settled, once it has.
    pub settled: Option<Timestamp>,
}

/// The moment of judging.
#[derive(Debug, Clone, Copy)]
pub struct Watch<'a> {
    /// When it is.
    pub now: Timestamp,
    /// Minutes that ended less than this ago are open: their metrics may still change (law L51).
    pub metric_lag: SignedDuration,
    /// Steps that have begun, oldest first; the last is the current one. Minutes before the first are no evidence.
    pub spans: &'a [StepSpan],
    /// Whether the current step's planned hold is over. What would rather wait longer then judges what there is.
    pub hold_ended: bool,
}

impl Watch<'_> {
    /// Returns the newest closed minute.
    pub fn newest_closed(&self) -> Minute {
        let settled = self.now.checked_sub(self.metric_lag).unwrap_or(Timestamp::MIN);
        Minute::containing(settled).offset(-1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_without_what_is_usual_loads_and_one_with_it_comes_back_as_it_was() {
        let old = r#"{"legacy_error_rate":0.001,"legacy_requests_per_minute":6000.0}"#;
        let mut history: History = serde_json::from_str(old).unwrap();
        assert_eq!(serde_json::to_string(&history).unwrap(), old);
        history.usual.insert(Minute(29_656_920), 6_000.0);
        let text = serde_json::to_string(&history).unwrap();
        assert_eq!(serde_json::from_str::<History>(&text).unwrap(), history);
    }

    #[test]
    fn l51_a_minute_is_closed_once_it_ended_a_lag_ago() {
        let mut watch = Watch {
            now: "2026-11-23T02:16:00Z".parse().unwrap(),
            metric_lag: SignedDuration::from_secs(120),
            spans: &[],
            hold_ended: false,
        };
        assert_eq!(watch.newest_closed().to_string(), "02:13");
        watch.now -= SignedDuration::from_secs(1);
        assert_eq!(watch.newest_closed().to_string(), "02:12");
        watch.now = Timestamp::MIN;
        assert!(watch.newest_closed() < Minute(0));
    }
}
