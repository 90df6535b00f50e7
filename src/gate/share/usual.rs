//! Conservation: whether as many requests as usual reach the two sides together. Users who get to neither, because of a
//! certificate, a security group or broken DNS, leave no error behind: all that shows is that they are missing.

use std::collections::BTreeMap;

use crate::{
    gate::{scene::Scene, statistics::unevenness, watch::History},
    unit::Minute,
};

/// Newest closed minutes on record that are added up; more would hide a change.
const WINDOW: usize = 15;
/// Minutes after which an hour says nothing of the next one any more: a later wave's first step may be the night of a run
/// that began in the afternoon.
const RECENT: i64 = 3 * 60;
/// Minutes on record before a step that say how much came until then.
const HOUR: usize = 60;
/// Part of what is usual below which requests are missing, and by how many standard deviations more. On the real series
/// of a small and very uneven load balancer (NAB `elb_request_count_8c0756`, as it is and smoothed over 15 to 125
/// minutes) this speaks at some minute of at most 6.5 % of three-hour runs in which nothing is missing, and at the end
/// of a hold of at most 0.2 % of them. With 75 % missing it speaks at the end of a hold in all runs on the smoothest of
/// these, in half of those on the one smoothed over 35 minutes, and never on the roughest.
const LEAST: f64 = 0.5;
const DEVIATIONS: f64 = 3.0;

/// What usually reaches both sides together, in requests a minute.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Usual {
    week: BTreeMap<Minute, f64>,
    /// The counts of the week alone.
    counts: Vec<f64>,
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
    /// Requests that would come in them if the hour before the step went on as it did a week ago, or as it was.
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
        let counts = history.usual.values().copied().collect();
        Self { week: history.usual.clone(), counts, before: history.before.clone() }
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
        let week = self.week_before(&minutes);
        let hour = self.hour_before(scene, first, &minutes);
        if minutes.is_empty() || (week.is_none() && (hour.is_none() || !self.week.is_empty())) {
            return None;
        }
        let seen: f64 = minutes.iter().map(|(_, requests)| requests).sum();
        let missing = [week, hour].into_iter().flatten().all(|basis| seen < basis.least);
        let expected = |basis: Option<Basis>| basis.map(|basis| basis.expected);
        let (minutes, week, hour) = (minutes.len(), expected(week), expected(hour));
        Some(Beside { minutes, seen, week, hour, missing })
    }

    fn week_before(&self, minutes: &[(Minute, f64)]) -> Option<Basis> {
        Basis::of(self.sum_of_week(minutes)?, &self.counts, minutes.len())
    }

    /// Returns the requests of these minutes one week before; nothing where not all of them are known.
    fn sum_of_week(&self, minutes: &[(Minute, f64)]) -> Option<f64> {
        let (first, last) = (self.week.keys().next()?, self.week.keys().next_back()?);
        let covered = |(minute, _): &(Minute, f64)| (first..=last).contains(&minute);
        let requests = |(minute, _): &(Minute, f64)| self.week.get(minute).copied();
        minutes.iter().all(covered).then(|| minutes.iter().filter_map(requests).sum())
    }

    /// Returns what the newest hour on record before the step says, part of which may be from before the run. It is
    /// taken to go on as it did a week ago, where that is known, else as it was.
    fn hour_before(
        &self,
        scene: Scene<'_>,
        first: Minute,
        minutes: &[(Minute, f64)],
    ) -> Option<Basis> {
        // A clock that was set back may have this step begin before the first one.
        let of_run = scene.table.rows().range(scene.first?.min(first)..first).rev();
        let of_run = of_run.filter_map(|(minute, row)| Some((*minute, row.requests()?)));
        let recent = |minute: &Minute| first.0 - minute.0 <= RECENT;
        let before = self.before.iter().rev().filter(|(minute, _)| recent(minute));
        let before = before.map(|(minute, requests)| (*minute, *requests));
        let hour: Vec<(Minute, f64)> = of_run.chain(before).take(HOUR).collect();
        let counts: Vec<f64> = hour.iter().map(|(_, requests)| *requests).collect();
        let flat = counts.iter().sum::<f64>() / counts.len() as f64 * minutes.len() as f64;
        let week = self.sum_of_week(minutes).zip(self.sum_of_week(&hour));
        let growth =
            week.map(|(then, before)| then / minutes.len() as f64 / (before / hour.len() as f64));
        let growth = growth.filter(|growth| growth.is_finite()).unwrap_or(1.0);
        let carried: Vec<f64> = counts.iter().map(|count| count * growth.max(1.0)).collect();
        Basis::of(flat * growth, &carried, minutes.len())
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
