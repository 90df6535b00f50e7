//! CloudWatch's answers: which load balancer or made-up series a query means, and its datapoints.

use std::collections::BTreeMap;

use super::{
    Operation, World,
    api::failure,
    cloudwatch::{self, Measure, Point},
    faults::SideWeather,
    noise::{self, Purpose},
};
use crate::{
    cloud::{Balancer, CloudError, CloudErrorKind},
    plan::{MetricQuery, Series, SeriesStatus},
    sim::stage::StageSeries,
    unit::{Account, BalancerKind, Minute, Side, SignedDuration},
};

/// Minutes for which CloudWatch keeps datapoints of a minute.
const KEPT_MINUTES: i64 = 15 * 24 * 60;

/// First stream of the series of the stage; those of the scenario come before.
const STAGED: u64 = 1 << 32;
/// How much they vary: coefficient of variation.
const STAGED_JITTER: f64 = 0.05;

impl World {
    /// Returns one series for each query, for the minutes from `from` up to but without `until`.
    ///
    /// # Errors
    /// More than 500 queries.
    pub fn metrics(
        &mut self,
        account: &str,
        queries: &[MetricQuery],
        from: Minute,
        until: Minute,
    ) -> Result<Vec<Series>, CloudError> {
        if queries.len() > 500 {
            let message = "more than 500 queries in one call";
            let kind = CloudErrorKind::Rejected;
            let operation = Operation::GetMetricData;
            return Err(failure(operation, "metrics", kind, Some("ValidationError"), message));
        }
        let current = Minute::containing(self.now);
        let span = (from.max(current.offset(-KEPT_MINUTES)), until.min(current));
        self.remember(span);
        Ok(queries.iter().map(|query| self.series(account, query, span)).collect())
    }

    fn series(&self, account: &str, query: &MetricQuery, span: (Minute, Minute)) -> Series {
        let found = self.stage.balancers.iter().enumerate().find_map(|(index, staged)| {
            let own = staged.account == account && names(query, &staged.balancer);
            if own { Some((index, measured(query, &staged.balancer)?)) } else { None }
        });
        let side = match found {
            Some((index, _)) => self.stations[index].side,
            None if account == self.stage.account(Account::New) => Side::New,
            None => Side::Legacy,
        };
        let weather = self.faults.weather(self.now_ms());
        let weather = weather.side(side);
        let (status, message) = match weather.status {
            SeriesStatus::Complete => (SeriesStatus::Complete, None),
            SeriesStatus::Partial => (SeriesStatus::Partial, Some("some datapoints are missing")),
            SeriesStatus::Forbidden => (SeriesStatus::Forbidden, Some("access denied")),
            SeriesStatus::InternalError => (SeriesStatus::InternalError, Some("internal error")),
        };
        let points = match status {
            SeriesStatus::Complete | SeriesStatus::Partial => {
                let point = |minute: Minute| match found {
                    Some((index, measure)) => {
                        self.point(index, measure, query, (minute, weather.late_ms))
                    }
                    None => self.made_up(account, query, minute, weather),
                };
                let every = if status == SeriesStatus::Partial { 2 } else { 1 };
                (span.0.0..span.1.0)
                    .filter(|minute| minute % every == 0)
                    .map(Minute)
                    .filter(|minute| !self.faults.is_gone(minute.start().as_millisecond(), side))
                    .filter_map(|minute| Some((minute, point(minute)?)))
                    .collect()
            }
            SeriesStatus::Forbidden | SeriesStatus::InternalError => BTreeMap::new(),
        };
        Series { status, message: message.map(str::to_owned), points }
    }

    /// Returns one datapoint of a load balancer.
    fn point(
        &self,
        index: usize,
        measure: Measure,
        query: &MetricQuery,
        (minute, late_ms): (Minute, i64),
    ) -> Option<f64> {
        // Requests and errors become visible separately, each kind of metric at its own pace.
        let of = index as u64 * 8 + measure.pace();
        let published = cloudwatch::published(self.seed, self.now, minute.0, of, late_ms);
        if published == 0.0 {
            return None;
        }
        let tally = self.minutes.get(&minute)?.get(index)?;
        let latency_ms = self.scenario.side(self.stations[index].side).latency_ms;
        let point =
            Point { seed: self.seed, minute: minute.0, balancer: index, published, latency_ms };
        cloudwatch::value(measure, &query.stat, tally, &point)
    }

    /// Returns one datapoint of a series that the scenario or the stage made up.
    fn made_up(
        &self,
        account: &str,
        query: &MetricQuery,
        minute: Minute,
        weather: &SideWeather,
    ) -> Option<f64> {
        let mut scripted = self.scenario.series.iter().enumerate();
        let scripted = scripted.find(|(_, series)| series.metric.is_asked_by(query));
        let staged = self.staged(account, query);
        let of = match (scripted, staged) {
            (Some((index, _)), _) => index as u64,
            (None, Some((index, _))) => STAGED + index as u64,
            (None, None) => STAGED,
        };
        let late_ms = weather.late_ms;
        if cloudwatch::published(self.seed, self.now, minute.0, u64::MAX - of, late_ms) == 0.0 {
            return None;
        }
        if let Some(value) = self.faults.metric(query, minute.start().as_millisecond()) {
            return Some(value);
        }
        let (value, jitter) = match (scripted, staged) {
            (Some((_, series)), _) => {
                let since = minute.start().duration_since(self.start).max(SignedDuration::ZERO);
                (*series.values.range(..=since).next_back()?.1, series.jitter)
            }
            (None, staged) => (staged?.1.value, STAGED_JITTER),
        };
        let mut rng = noise::stream(self.seed, Purpose::Series, minute.0, of);
        Some(value * noise::factor(&mut rng, jitter))
    }

    /// Returns the series of the stage that a query means: of this statistic, or else of another one of the metric.
    fn staged(&self, account: &str, query: &MetricQuery) -> Option<(usize, &StageSeries)> {
        let own = || self.stage.series.iter().enumerate().filter(|(_, s)| s.account == account);
        let same =
            |of: &MetricQuery| MetricQuery { stat: query.stat.clone(), ..of.clone() } == *query;
        own()
            .find(|(_, series)| series.query == *query)
            .or_else(|| own().find(|(_, s)| same(&s.query)))
    }
}

/// Returns true when a query names this load balancer.
fn names(query: &MetricQuery, balancer: &Balancer) -> bool {
    query.dimensions.get(balancer.dimension_name()) == Some(&balancer.dimension)
}

/// Returns what a query measures on a load balancer, if it has the dimensions under which that is reported, and no others:
/// the newer kinds tell of targets by target group.
fn measured(query: &MetricQuery, balancer: &Balancer) -> Option<Measure> {
    let kind = balancer.name.kind;
    let measure = cloudwatch::measure(kind, &query.namespace, &query.metric)?;
    let measure = Some(measure).filter(|measure| cloudwatch::has(*measure, &query.stat))?;
    let of_targets = match measure {
        Measure::Healthy | Measure::Unhealthy => kind != BalancerKind::Classic,
        Measure::Count { .. } | Measure::Latency | Measure::Bytes => false,
    };
    let fits = if of_targets {
        query.dimensions.len() == 2 && query.dimensions.contains_key("TargetGroup")
    } else {
        query.dimensions.len() == 1
    };
    fits.then_some(measure)
}
