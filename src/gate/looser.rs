//! The limits of the gates one by one, and which of them let new be worse than others do.
//!
//! A limit that is gone lets everything pass; one that was not there before can only be stricter. Limits on what is shown
//! before a step passes count, too: a step that passes on less evidence lets a worse new pass.

use super::words::hours;
use crate::{
    runbook::model::{
        Bound, Catastrophe, ErrorLimit, Gates, LatencyLimit, MetricGate, Noise, Threshold,
    },
    unit::{SignedDuration, latency_words, words},
};

/// One limit of the gates.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// Where it stands below `gates`, such as `errors.critical.times_legacy`; a metric gate's by the gate's name, as in
    /// `metrics.replica-lag.critical.above`.
    pub path: String,
    /// What it is, as a runbook says it.
    pub words: String,
    slack: Slack,
}

/// How much a limit lets pass.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Slack {
    /// The larger, the more.
    Of(f64),
    /// So many bad datapoints among so many newest ones.
    Minutes { bad: u32, of: u32 },
}

impl Slack {
    const NO_LIMIT: Self = Self::Of(f64::INFINITY);

    /// Returns true where something that the other stops may pass.
    fn lets_more_pass_than(self, other: Self) -> bool {
        match (self, other) {
            (Self::Of(new), Self::Of(old)) => new > old,
            // Of the bad ones that were enough, those among the oldest may be out of sight now.
            (Self::Minutes { bad, of }, Self::Minutes { bad: before, of: of_before }) => {
                bad > before.saturating_sub(of_before.saturating_sub(of))
            }
            (Self::Of(_), Self::Minutes { .. }) | (Self::Minutes { .. }, Self::Of(_)) => true,
        }
    }
}

/// Returns the limits of all gates that are switched on, in the order of the runbook's manual. What a gate looks at, such
/// as the latency gate's percentile, is no limit.
pub fn limits(gates: &Gates) -> Vec<Limit> {
    let mut limits = List(Vec::new());
    let (noise, slack) = match gates.noise {
        Noise::Low => ("low", 0.0),
        Noise::Normal => ("normal", 1.0),
        Noise::High => ("high", 2.0),
    };
    limits.add("noise", noise, slack);
    if let Some(errors) = &gates.errors {
        limits.errors("errors.critical", &errors.critical);
        limits.errors("errors.warning", &errors.warning);
        if let Some(catastrophe) = &errors.catastrophe {
            limits.catastrophe(catastrophe);
        }
    }
    if let Some(latency) = &gates.latency {
        limits.latency("latency.critical", &latency.critical);
        limits.latency("latency.warning", &latency.warning);
    }
    if let Some(share) = &gates.share {
        limits.add("share.within", share.within, share.within.fraction());
        limits.add("share.after", words(share.after), share.after.as_secs_f64());
    }
    if let Some(targets) = &gates.targets {
        let below = targets.critical_below;
        limits.add("targets.critical.below", below, -below.fraction());
    }
    gates.metrics.iter().for_each(|gate| limits.metric(gate));
    let pass = &gates.pass;
    limits.add("pass.min_minutes", pass.min_minutes, -f64::from(pass.min_minutes));
    limits.add("pass.min_requests", pass.min_requests, -(pass.min_requests as f64));
    limits.add("pass.proof", pass.proof, -pass.proof.fraction());
    limits.0
}

/// Returns each limit with which new may be worse than before, as in ``errors.critical.times_legacy` from 2 to 3`. A limit
/// that legacy's past sets is looser when it is gone; over how much of the past it is taken makes it neither.
pub fn looser(before: &Gates, after: &Gates) -> Vec<String> {
    let after = limits(after);
    let loosened = |old: Limit| {
        let new = after.iter().find(|new| new.path == old.path);
        let slack = new.map_or(Slack::NO_LIMIT, |new| new.slack);
        let words = new.map_or("none", |new| &new.words);
        let looser = slack.lets_more_pass_than(old.slack);
        looser.then(|| format!("`{}` from {} to {words}", old.path, old.words))
    };
    limits(before).into_iter().filter_map(loosened).collect()
}

struct List(Vec<Limit>);

impl List {
    fn add(&mut self, path: impl Into<String>, words: impl ToString, slack: f64) {
        let slack = Slack::Of(slack);
        self.0.push(Limit { path: path.into(), words: words.to_string(), slack });
    }

    /// Adds a limit that may be switched off.
    fn add_or_off<T: ToString>(&mut self, path: String, limit: Option<T>, slack: f64) {
        match limit {
            Some(limit) => self.add(path, limit, slack),
            None => self.add(path, "off", f64::INFINITY),
        }
    }

    fn errors(&mut self, at: &str, limit: &ErrorLimit) {
        self.add(format!("{at}.times_legacy"), limit.times_legacy, limit.times_legacy);
        self.add(format!("{at}.plus"), limit.plus, limit.plus.fraction());
        let most = limit.at_most.map_or(f64::INFINITY, |rate| rate.fraction());
        self.add_or_off(format!("{at}.at_most"), limit.at_most, most);
        self.add_or_off(format!("{at}.history"), limit.history.map(hours), 0.0);
        self.add(format!("{at}.false_alarm"), limit.false_alarm, -limit.false_alarm.fraction());
    }

    fn catastrophe(&mut self, limit: &Catastrophe) {
        self.add("errors.catastrophe.rate", limit.rate, limit.rate.fraction());
        self.add("errors.catastrophe.min_errors", limit.min_errors, limit.min_errors as f64);
        self.add("errors.catastrophe.times_legacy", limit.times_legacy, limit.times_legacy);
    }

    fn latency(&mut self, at: &str, limit: &LatencyLimit) {
        self.add(format!("{at}.times_legacy"), limit.times_legacy, limit.times_legacy);
        let most = limit.at_most.as_ref().map_or(f64::INFINITY, SignedDuration::as_secs_f64);
        self.add_or_off(format!("{at}.at_most"), limit.at_most.map(latency_words), most);
        self.add(format!("{at}.bad_minutes"), limit.bad_minutes, limit.bad_minutes.fraction());
        self.add(format!("{at}.false_alarm"), limit.false_alarm, -limit.false_alarm.fraction());
    }

    fn metric(&mut self, gate: &MetricGate) {
        let both = [("warning", &gate.warning), ("critical", &gate.critical)];
        for (level, threshold) in both {
            let Some(Threshold { bound, value, bad, of }) = threshold else { continue };
            let at = format!("metrics.{}.{level}", gate.name);
            match bound {
                Bound::Above => self.add(format!("{at}.above"), value, *value),
                Bound::Below => self.add(format!("{at}.below"), value, -value),
            }
            let (bad, of) = (*bad, *of);
            let (path, words) = (format!("{at}.minutes"), format!("{bad} of {of}"));
            self.0.push(Limit { path, words, slack: Slack::Minutes { bad, of } });
        }
    }
}
