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

#[cfg(test)]
mod tests {
    use super::*;

    fn series(value: Option<f64>, status: SeriesStatus) -> Series {
        let points = value.map(|value| (Minute(1), value)).into_iter().collect();
        Series { status, message: None, points }
    }

    fn feed(balancer: &str, stat: &str, meaning: Meaning) -> Feed {
        let query = MetricQuery {
            namespace: "AWS/ApplicationELB".to_owned(),
            metric: "Some".to_owned(),
            dimensions: [("LoadBalancer".to_owned(), format!("app/{balancer}/50dc"))].into(),
            stat: stat.to_owned(),
        };
        Feed { account: Account::New, query, into: vec![meaning] }
    }

    /// What a load balancer told of one minute: its name, its requests and its p99 and p90 in seconds.
    type Told = (&'static str, Option<f64>, [Option<f64>; 2]);

    fn row(told: &[Told]) -> SideRow {
        let of_one = |(name, requests, [p99, p90]): &Told| {
            let complete = |value: Option<f64>| series(value, SeriesStatus::Complete);
            [
                (feed(name, "Sum", Meaning::Requests(Side::New)), complete(*requests)),
                (feed(name, "p99", Meaning::Latency(Side::New)), complete(*p99)),
                (feed(name, "p90", Meaning::LatencyP90(Side::New)), complete(*p90)),
            ]
        };
        let answers: Vec<_> = told.iter().flat_map(of_one).collect();
        let (mut rows, faults) = fold(answers.iter().map(|(feed, series)| (feed, series)));
        assert!(faults.is_empty());
        rows.remove(&Minute(1)).unwrap_or_default().new
    }

    fn slowest(row: &SideRow) -> (Option<f64>, Option<&str>, Option<f64>, Option<&str>) {
        let [of, p90_of] = [&row.latency_of, &row.latency_p90_of].map(Option::as_deref);
        (row.latency, of, row.latency_p90, p90_of)
    }

    #[test]
    fn counts_are_added_and_of_latencies_the_worst_is_kept_with_its_name() {
        let row = row(&[
            ("a", Some(2_000.0), [Some(0.3), Some(0.2)]),
            ("b", Some(1_000.0), [Some(0.9), Some(0.1)]),
        ]);
        assert_eq!((row.requests, row.errors), (Some(3_000.0), None));
        assert_eq!(slowest(&row), (Some(0.9), Some("alb b"), Some(0.2), Some("alb a")));
    }

    #[test]
    fn a_percentile_counts_only_with_requests_enough_of_its_own_load_balancer() {
        let row = row(&[
            ("busy", Some(5_000.0), [Some(0.3), Some(0.1)]),
            ("calm", Some(400.0), [Some(9.0), Some(0.2)]),
            ("idle", Some(20.0), [Some(30.0), Some(30.0)]),
            ("dark", None, [Some(60.0), Some(60.0)]),
        ]);
        assert_eq!(slowest(&row), (Some(0.3), Some("alb busy"), Some(0.2), Some("alb calm")));
        let row =
            self::row(&[("a", Some(900.0), [Some(0.3), None]), ("b", Some(900.0), [None; 2])]);
        assert_eq!(
            slowest(&row),
            (None, None, None, None),
            "together they had enough, each had not"
        );
    }

    #[test]
    fn a_load_balancer_without_data_does_not_silence_the_others() {
        let row = row(&[("a", None, [None; 2]), ("b", Some(3_000.0), [Some(0.3), Some(0.1)])]);
        assert_eq!(row.requests, Some(3_000.0));
        assert_eq!(slowest(&row), (Some(0.3), Some("alb b"), Some(0.1), Some("alb b")));
        assert_eq!(row.silent, ["alb a"]);
    }

    #[test]
    fn where_nobody_comes_at_all_no_load_balancer_is_named() {
        let none = row(&[("a", None, [None; 2]), ("b", Some(0.0), [None; 2])]);
        assert_eq!(none.silent, Vec::<String>::new());
        let zero = row(&[("a", Some(5.0), [None; 2]), ("b", Some(0.0), [None; 2])]);
        assert_eq!(zero.silent, ["alb b"]);
    }

    #[test]
    fn a_single_load_balancer_needs_no_name_and_its_gate_counts_its_requests() {
        let row = row(&[("a", Some(20.0), [Some(0.3), None])]);
        assert_eq!(slowest(&row), (Some(0.3), None, None, None));
    }

    #[test]
    fn l54_failures_are_not_counted_while_their_requests_are_not_told_in_full() {
        let requests = |name| feed(name, "Sum", Meaning::Requests(Side::New));
        let errors = |name| feed(name, "Sum", Meaning::Errors(Side::New));
        let told = |value| series(Some(value), SeriesStatus::Complete);
        for status in [SeriesStatus::Partial, SeriesStatus::Forbidden, SeriesStatus::InternalError]
        {
            let answers = [
                (requests("a"), told(1_000.0)),
                (errors("a"), told(1.0)),
                (requests("b"), series(None, status)),
                (errors("b"), told(90.0)),
            ];
            let (rows, faults) = fold(answers.iter().map(|(feed, series)| (feed, series)));
            assert_eq!((rows.len(), faults.len()), (0, 1), "{status:?}");
        }
        let answers =
            [(requests("a"), told(1_000.0)), (errors("a"), series(None, SeriesStatus::Partial))];
        let (rows, _) = fold(answers.iter().map(|(feed, series)| (feed, series)));
        assert_eq!(rows[&Minute(1)].new.requests, Some(1_000.0));
    }

    #[test]
    fn l54_an_answer_that_is_not_whole_is_said() {
        let feed = feed("a", "Sum", Meaning::Requests(Side::New));
        let (_, faults) = fold([(&feed, &series(None, SeriesStatus::Forbidden))]);
        assert_eq!(faults[0].kind, DataFaultKind::Forbidden);
    }
}
