//! CloudWatch's answers into rows of the minutes table.
//!
//! Counts of a side's load balancers are added. Percentiles can be neither added nor averaged: of several load balancers
//! the slowest is taken, among those that had requests enough for the percentile to mean something (gates.md section 2).
//! Where requests were not told in full, failures would look like a larger part of them than they are, so the side's
//! counts are left to a later reading.

use std::collections::BTreeMap;

use super::{Feed, Meaning, MetricQuery, Series, SeriesStatus, traffic::balancer_of};
use crate::{
    gate::{DataFault, DataFaultKind, Row, SideRow, samples_needed},
    unit::{Account, Minute, Side},
};

/// Folds answers, in the order of their feeds, into rows and into what was wrong with them.
pub fn fold<'a>(
    answers: impl IntoIterator<Item = (&'a Feed, &'a Series)>,
) -> (BTreeMap<Minute, Row>, Vec<DataFault>) {
    let answers: Vec<(&Feed, &Series)> = answers.into_iter().collect();
    let mut rows: BTreeMap<Minute, Row> = BTreeMap::new();
    let mut parts = Parts { uncounted: uncounted(&answers), ..Parts::default() };
    let mut faults: BTreeMap<Account, DataFault> = BTreeMap::new();
    for (feed, series) in answers {
        for meaning in &feed.into {
            match meaning {
                Meaning::Metric(name) => {
                    for (minute, value) in &series.points {
                        let row = rows.entry(*minute).or_default();
                        row.metrics.insert(name.clone(), *value);
                    }
                }
                Meaning::Requests(side)
                | Meaning::Errors(side)
                | Meaning::Latency(side)
                | Meaning::LatencyP90(side) => parts.take_in(*side, meaning, feed, series),
            }
        }
        if let Some(fault) = fault_of(feed, series) {
            faults.entry(feed.account).or_insert(fault);
        }
    }
    parts.add_to(&mut rows);
    (rows, faults.into_values().collect())
}

/// Returns the sides of which some requests were not told.
fn uncounted(answers: &[(&Feed, &Series)]) -> Vec<Side> {
    let lacking = answers.iter().filter(|(_, series)| series.status != SeriesStatus::Complete);
    let meanings = lacking.flat_map(|(feed, _)| &feed.into);
    let of_requests = |meaning: &Meaning| match meaning {
        Meaning::Requests(side) => Some(*side),
        Meaning::Errors(_) | Meaning::Latency(_) | Meaning::LatencyP90(_) | Meaning::Metric(_) => {
            None
        }
    };
    meanings.filter_map(of_requests).collect()
}

/// What each load balancer told of each minute.
#[derive(Default)]
struct Parts<'a> {
    /// Sides whose counts are left out.
    uncounted: Vec<Side>,
    /// The load balancers, each as one of its queries.
    balancers: Vec<(Side, &'a MetricQuery)>,
    /// By the place of the load balancer among them.
    told: BTreeMap<(Minute, usize), Part>,
}

/// What one load balancer told of one minute.
#[derive(Default)]
struct Part {
    requests: Option<f64>,
    errors: Option<f64>,
    latency: Option<Percentile>,
    latency_p90: Option<Percentile>,
}

#[derive(Clone, Copy)]
struct Percentile {
    seconds: f64,
    /// Requests in the minute that it takes to mean something.
    samples: f64,
}

impl<'a> Parts<'a> {
    fn take_in(&mut self, side: Side, meaning: &Meaning, feed: &'a Feed, series: &Series) {
        let is_count = matches!(meaning, Meaning::Requests(_) | Meaning::Errors(_));
        if is_count && self.uncounted.contains(&side) {
            return;
        }
        let at = self.place(side, &feed.query);
        let samples = percent(&feed.query.stat).map_or(0.0, samples_needed);
        for (minute, value) in &series.points {
            let part = self.told.entry((*minute, at)).or_default();
            let percentile = Some(Percentile { seconds: *value, samples });
            match meaning {
                Meaning::Requests(_) => add(&mut part.requests, *value),
                Meaning::Errors(_) => add(&mut part.errors, *value),
                Meaning::Latency(_) => part.latency = percentile,
                Meaning::LatencyP90(_) => part.latency_p90 = percentile,
                Meaning::Metric(_) => {}
            }
        }
    }

    fn place(&mut self, side: Side, query: &'a MetricQuery) -> usize {
        let same = |(known, its): &(Side, &MetricQuery)| {
            *known == side
                && (&its.namespace, &its.dimensions) == (&query.namespace, &query.dimensions)
        };
        if let Some(at) = self.balancers.iter().position(same) {
            return at;
        }
        self.balancers.push((side, query));
        self.balancers.len() - 1
    }

    fn add_to(&self, rows: &mut BTreeMap<Minute, Row>) {
        let several = |side| self.balancers.iter().filter(|(of, _)| *of == side).count() > 1;
        let several = [several(Side::Legacy), several(Side::New)];
        for ((minute, at), part) in &self.told {
            let (side, query) = self.balancers[*at];
            let row = rows.entry(*minute).or_default();
            let (row, several) = match side {
                Side::Legacy => (&mut row.legacy, several[0]),
                Side::New => (&mut row.new, several[1]),
            };
            part.add_to(row, several.then_some(query));
        }
        if several[1] {
            self.name_silent(rows);
        }
    }

    /// Names those of new's load balancers that had no request in a minute in which others had.
    fn name_silent(&self, rows: &mut BTreeMap<Minute, Row>) {
        let of_new = |(at, (side, query)): (usize, &(Side, &'a MetricQuery))| {
            let name = (*side == Side::New).then(|| balancer_of(query)).flatten()?;
            Some((at, name.to_string()))
        };
        let of_new: Vec<_> = self.balancers.iter().enumerate().filter_map(of_new).collect();
        for (minute, row) in rows.iter_mut().filter(|(_, row)| row.new.requests > Some(0.0)) {
            let requests = |at| self.told.get(&(*minute, at)).and_then(|part| part.requests);
            let silent =
                of_new.iter().filter(|(at, _)| requests(*at).is_none_or(|count| count <= 0.0));
            row.new.silent = silent.map(|(_, name)| name.clone()).collect();
        }
    }
}

impl Part {
    /// Adds it to its side's row; `among` names the load balancer where it is one of several.
    fn add_to(&self, row: &mut SideRow, among: Option<&MetricQuery>) {
        for (to, count) in [(&mut row.requests, self.requests), (&mut row.errors, self.errors)] {
            if let Some(count) = count {
                add(to, count);
            }
        }
        let requests = self.requests.unwrap_or_default();
        let worst = |seconds: &mut Option<f64>, of: &mut Option<String>, told| {
            let counts = |told: &Percentile| among.is_none() || requests >= told.samples;
            let slower = |told: &Percentile| seconds.is_none_or(|known| told.seconds > known);
            if let Some(told) = Option::filter(told, |told| counts(told) && slower(told)) {
                *seconds = Some(told.seconds);
                *of = among.and_then(balancer_of).map(|name| name.to_string());
            }
        };
        worst(&mut row.latency, &mut row.latency_of, self.latency);
        worst(&mut row.latency_p90, &mut row.latency_p90_of, self.latency_p90);
    }
}

fn add(to: &mut Option<f64>, value: f64) {
    *to = Some(to.unwrap_or_default() + value);
}

/// Reads a statistic such as `p99`, in percent.
fn percent(stat: &str) -> Option<f64> {
    stat.strip_prefix('p')?.parse().ok()
}

fn fault_of(feed: &Feed, series: &Series) -> Option<DataFault> {
    let kind = match series.status {
        SeriesStatus::Complete => return None,
        SeriesStatus::Partial => DataFaultKind::Partial,
        SeriesStatus::Forbidden => DataFaultKind::Forbidden,
        SeriesStatus::InternalError => DataFaultKind::ProviderError,
    };
    let said = series.message.as_deref().unwrap_or("no message");
    let message = format!("{} {}: {said}", feed.query.namespace, feed.query.metric);
    Some(DataFault { account: feed.account, kind, message })
}
