//! Conservation: whether as many requests as usual reach the two sides together. Users who get to neither, because of a
//! certificate, a security group or broken DNS, leave no error behind: all that shows is that they are missing.

use std::collections::BTreeMap;

use crate::{
    gate::{scene::Scene, statistics::unevenness, watch::History},
    unit::Minute,
};

/// Newest closed minutes on record that are added up; more would hide a change.
const WINDOW: usize = 20;
/// Minutes on record before a step that say how much came until then.
const HOUR: usize = 60;
/// Part of what is usual below which requests are missing, and by how many standard deviations more. On the real series
/// of a small and very uneven load balancer (NAB `elb_request_count_8c0756`, as it is and smoothed over 15 to 125
/// minutes) this speaks in at most 1.3 % of three-hour runs in which nothing is missing; of an even one it sees 60 to
/// 70 % missing, and of one as uneven as that series nothing.
const LEAST: f64 = 0.5;
const DEVIATIONS: f64 = 2.0;

/// What usually reaches both sides together, in requests a minute.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Usual {
    week: BTreeMap<Minute, f64>,
    before: BTreeMap<Minute, f64>,
}

/// The newest minutes beside what is usual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Beside {
    /// How many they are.
    pub(super) minutes: usize,
    /// Requests of both sides in them.
    pub(super) seen: f64,
    /// Requests of the same minutes one week before, where they are known.
    pub(super) week: Option<f64>,
    /// Requests that come in as many minutes at the rate of the hour before the step, where that is known.
    pub(super) hour: Option<f64>,
    /// Whether requests are clearly missing.
    pub(super) missing: bool,
}

/// What one basis says of a number of minutes.
#[derive(Clone, Copy)]
struct Basis {
    expected: f64,
    /// Fewer than this are clearly too few.
    least: f64,
}

impl Usual {
    /// Takes what is usual from the past of a run.
    pub(super) fn of(history: &History) -> Self {
        Self { week: history.usual.clone(), before: history.before.clone() }
    }

    /// Compares the newest closed minutes on record, from this one on; nothing where neither basis is known.
    ///
    /// Minutes without a datapoint of either side are left out: they may only be late. Requests are missing when both
    /// bases say so, where both are known; each by itself is uneven, and a busy hour last week is nobody's fault today.
    /// Where a week is known but not these minutes of it, nothing is: an hour does not tell how a long run goes on.
    pub(super) fn beside(&self, scene: Scene<'_>, from: Minute) -> Option<Beside> {
        let first = scene.span?.first;
        let minutes: Vec<(Minute, f64)> = scene
            .newest_rows(i64::MAX)
            .take_while(|(minute, _)| *minute >= from)
            .filter_map(|(minute, row)| Some((minute, row.requests()?)))
            .take(WINDOW)
            .collect();
        let seen: f64 = minutes.iter().map(|(_, requests)| requests).sum();
        let week = self.week_before(&minutes);
        let hour = self.hour_before(scene, first, minutes.len());
        if minutes.is_empty() || (week.is_none() && (hour.is_none() || !self.week.is_empty())) {
            return None;
        }
        let missing = [week, hour].into_iter().flatten().all(|basis| seen < basis.least);
        let expected = |basis: Option<Basis>| basis.map(|basis| basis.expected);
        let minutes = minutes.len();
        Some(Beside { minutes, seen, week: expected(week), hour: expected(hour), missing })
    }

    fn week_before(&self, minutes: &[(Minute, f64)]) -> Option<Basis> {
        let (first, last) = (self.week.keys().next()?, self.week.keys().next_back()?);
        let covered = |minute: &Minute| (first..=last).contains(&minute);
        if !minutes.iter().all(|(minute, _)| covered(minute)) {
            return None;
        }
        let requests = |(minute, _): &(Minute, f64)| self.week.get(minute).copied();
        let expected = minutes.iter().filter_map(requests).sum();
        let all: Vec<f64> = self.week.values().copied().collect();
        Basis::of(expected, &all, minutes.len())
    }

    /// Returns what the newest hour on record before the step says, part of which may be from before the run.
    fn hour_before(&self, scene: Scene<'_>, first: Minute, minutes: usize) -> Option<Basis> {
        let run = scene.table.rows().range(scene.first?..first).rev();
        let of_run = run.filter_map(|(_, row)| row.requests());
        let hour: Vec<f64> = of_run.chain(self.before.values().rev().copied()).take(HOUR).collect();
        let rate = hour.iter().sum::<f64>() / hour.len() as f64;
        Basis::of(rate * minutes as f64, &hour, minutes)
    }
}

impl Basis {
    /// Returns nothing where so few minutes are known that their unevenness is not.
    fn of(expected: f64, counts: &[f64], minutes: usize) -> Option<Self> {
        // Chance alone makes the count of independent users as uneven as its square root (Poisson).
        let deviation = unevenness(counts, minutes)?.max(expected.sqrt());
        Some(Self { expected, least: LEAST * expected - DEVIATIONS * deviation })
    }
}

impl Beside {
    /// Returns the smaller of what is usual by either basis.
    pub(super) fn least_usual(&self) -> Option<f64> {
        [self.week, self.hour].into_iter().flatten().reduce(f64::min)
    }
}
