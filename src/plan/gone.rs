//! Whether legacy's traffic has really gone: requests by the minute to what still arrives, and to why that is too much.

use serde::Serialize;

use super::{Below, Comparison, Enough, Traffic};
use crate::unit::{BalancerName, Minute, Rate, Side, Timestamp, words};

/// Longest silence of both sides that passes for a quiet moment, in minutes. CloudWatch has answered right before and
/// right after it; a longer one may as well be CloudWatch's own.
const QUIET: i64 = 5;

/// Whether legacy's traffic has gone, and what still arrives.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judgement {
    /// What was asked for.
    pub enough: Enough,
    /// When the first minute begins that was judged.
    pub from: Timestamp,
    /// When the last one ends.
    pub until: Timestamp,
    /// Requests of both sides in this time.
    pub requests: f64,
    /// What arrived at each of legacy's load balancers.
    pub legacy: Vec<Remaining>,
    /// Why legacy cannot be given up yet, each in one sentence; none when it can.
    pub problems: Vec<String>,
    /// When nothing that is known speaks against it any more, if no more traffic comes.
    pub again_at: Option<Timestamp>,
}

/// What still arrives at one load balancer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Remaining {
    /// The load balancer.
    pub balancer: BalancerName,
    /// Requests in the time that is judged.
    pub requests: f64,
    /// Part of both sides' requests; nothing where there were none.
    pub share: Option<Rate>,
    /// The minute with most requests, and how many.
    pub busiest: Option<(Timestamp, f64)>,
    /// The newest minute with requests, those included that are too young to be judged.
    pub newest: Option<Timestamp>,
}

impl Traffic {
    /// Judges whether legacy's traffic has gone, at this moment.
    pub fn judge(&self, enough: &Enough, now: Timestamp) -> Judgement {
        let (from, until) = enough.window(now);
        let minutes = Minutes::of(self, from, until);
        let mut problems = self.unmeasured(enough);
        problems.extend(self.faults.iter().cloned());
        let silence = minutes.silence();
        problems.extend(silence.map(|(first, end)| {
            format!(
                "neither side has a datapoint for {} from {} on: that is no evidence that nothing arrives at legacy",
                words(end.start().duration_since(first.start())),
                first.start().strftime("%Y-%m-%d %H:%M UTC")
            )
        }));
        let loud = minutes.loud(enough.below);
        if problems.is_empty() {
            problems.extend(loud.map(|_| minutes.too_much(enough)));
        }
        let first_fit = [silence.map(|(_, end)| end), loud].into_iter().flatten().max();
        Judgement {
            enough: *enough,
            from: from.start(),
            until: until.start(),
            requests: minutes.all(),
            legacy: self.remaining(from, until, minutes.all()),
            again_at: first_fit.map(|first| enough.after(first)),
            problems,
        }
    }

    /// Returns why the traffic cannot be told from what the load balancers count.
    fn unmeasured(&self, enough: &Enough) -> Vec<String> {
        let has = |side| self.arrivals.iter().any(|arrivals| arrivals.side == side);
        if !has(Side::Legacy) {
            return vec![
                "it is not known where legacy's metrics are, so nobody can say that nothing arrives there; \
                 give one record of the runbook `legacy: { ..., metrics: { elb: NAME } }` and finish by the runbook"
                    .to_owned(),
            ];
        }
        let kinds = self.arrivals.iter().map(|arrivals| arrivals.balancer.kind).collect();
        match (enough.below, Comparison::of(&kinds)) {
            (Below::Share(_), Comparison::Nothing) => vec![
                "a classic and a network load balancer count different things, so there is no share of all requests; \
                 say how many a minute are as good as none, such as `--below 20`"
                    .to_owned(),
            ],
            (Below::Share(_), Comparison::Http | Comparison::Connections)
            | (Below::PerMinute(_), _) => Vec::new(),
        }
    }

    fn remaining(&self, from: Minute, until: Minute, all: f64) -> Vec<Remaining> {
        let legacy = self.arrivals.iter().filter(|arrivals| arrivals.side == Side::Legacy);
        let remaining = legacy.map(|arrivals| {
            let requests = total(arrivals.requests.range(from..until).map(|(_, count)| *count));
            let some = |(_, count): &(&Minute, &f64)| **count > 0.0;
            let busiest = arrivals
                .requests
                .range(from..until)
                .filter(some)
                .max_by(|(_, one), (_, other)| one.total_cmp(other));
            Remaining {
                balancer: arrivals.balancer.clone(),
                requests,
                share: Rate::from_fraction(requests / all),
                busiest: busiest.map(|(minute, count)| (minute.start(), *count)),
                newest: arrivals.requests.iter().rfind(some).map(|(minute, _)| minute.start()),
            }
        });
        remaining.collect()
    }
}

/// Requests of both sides in each minute of the window; nothing where a side has no datapoint.
struct Minutes {
    from: Minute,
    until: Minute,
    each: Vec<(Option<f64>, Option<f64>)>,
}

impl Minutes {
    fn of(traffic: &Traffic, from: Minute, until: Minute) -> Self {
        let sum = |side, minute: Minute| {
            let of_side = traffic.arrivals.iter().filter(|arrivals| arrivals.side == side);
            let counts: Vec<f64> =
                of_side.filter_map(|a| a.requests.get(&minute).copied()).collect();
            (!counts.is_empty()).then(|| counts.iter().sum())
        };
        let each = (from.0..until.0)
            .map(|minute| (sum(Side::Legacy, Minute(minute)), sum(Side::New, Minute(minute))))
            .collect();
        Self { from, until, each }
    }

    fn legacy(&self) -> f64 {
        total(self.each.iter().filter_map(|(legacy, _)| *legacy))
    }

    fn all(&self) -> f64 {
        self.legacy() + total(self.each.iter().filter_map(|(_, new)| *new))
    }

    /// Returns the latest stretch in which both sides are silent for too long: its first minute, and the one after it.
    /// One side's datapoints show that CloudWatch answers, so that the other's silence means no traffic (law L50).
    fn silence(&self) -> Option<(Minute, Minute)> {
        let minutes = (self.from.0..).map(Minute).zip(&self.each);
        let mut stretches: Vec<(Minute, Minute)> = Vec::new();
        for (minute, _) in minutes.filter(|(_, both)| **both == (None, None)) {
            match stretches.last_mut() {
                Some((_, end)) if *end == minute => *end = minute.offset(1),
                Some(_) | None => stretches.push((minute, minute.offset(1))),
            }
        }
        let whole = |(first, end): &(Minute, Minute)| (*first, *end) == (self.from, self.until);
        let long = |(first, end): &(Minute, Minute)| end.0 - first.0 > QUIET;
        stretches.into_iter().rfind(|stretch| long(stretch) || whole(stretch))
    }

    /// Returns the first minute with which a window could begin that legacy's traffic does not spoil, where it spoils
    /// this one.
    fn loud(&self, below: Below) -> Option<Minute> {
        match below {
            Below::PerMinute(most) => {
                let many = |(legacy, _): &(Option<f64>, _)| {
                    legacy.is_some_and(|requests| requests >= most as f64)
                };
                self.each.iter().rposition(many).map(|last| self.from.offset(last as i64 + 1))
            }
            Below::Share(most) => self.loud_share(most.fraction()),
        }
    }

    /// Looks from the newest minute back for the longest time in which legacy has had less than its share.
    fn loud_share(&self, most: f64) -> Option<Minute> {
        let (mut legacy, mut all) = (0.0, 0.0);
        let mut first = self.each.len();
        for (index, (of_legacy, of_new)) in self.each.iter().enumerate().rev() {
            legacy += of_legacy.unwrap_or_default();
            all += of_legacy.unwrap_or_default() + of_new.unwrap_or_default();
            if legacy < most * all || legacy == 0.0 {
                first = index;
            }
        }
        (first > 0).then(|| self.from.offset(first as i64))
    }

    fn too_much(&self, enough: &Enough) -> String {
        let carried = match enough.below {
            Below::Share(_) => {
                let share = Rate::from_fraction(self.legacy() / self.all());
                share.map_or_else(
                    || "too much".to_owned(),
                    |share| format!("{share} of all requests"),
                )
            }
            Below::PerMinute(most) => {
                let many = |legacy: &f64| *legacy >= most as f64;
                let counts = || self.each.iter().filter_map(|(legacy, _)| *legacy);
                let busy = counts().filter(many).count();
                let busiest = counts().fold(0.0, f64::max);
                let noun = if busy == 1 { "minute" } else { "minutes" };
                format!("up to {busiest} requests a minute, {most} or more in {busy} {noun}")
            }
        };
        format!(
            "legacy still carries {carried} in {}; less than {} is needed",
            words(enough.time),
            enough.below
        )
    }
}

/// Adds up counts; none are 0, where the sum of no floats is a negative zero.
fn total(counts: impl Iterator<Item = f64>) -> f64 {
    counts.fold(0.0, |sum, count| sum + count)
}
