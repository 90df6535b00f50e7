//! What an account can call. Every call is admitted first, and answered as of now.

use std::collections::BTreeMap;

use super::{
    Operation, PendingChange, World,
    admission::{Request, change_tokens},
    cloudwatch::{self, Point},
    faults::{SideWeather, millis},
    noise::{self, Purpose},
    station::Tally,
    zone::HostedZone,
};
use crate::{
    cloud::{Balancer, ChangeId, ChangeStatus, CloudError, CloudErrorKind, TargetHealth},
    plan::{Change, MetricQuery, RecordSet, Series, SeriesStatus, Zone, ZoneId},
    unit::{Account, BalancerName, Minute, RecordName, Side, SignedDuration},
};

/// Requests per second of the other tools during the fault that throttles.
const HAMMERING: f64 = 40.0;
/// A zone is busy for this long with a change, and for so much longer with each element of it.
const BUSY_MS: i64 = 50;
const BUSY_MS_PER_CHANGE: f64 = 0.5;
/// A call to an API that is down fails after this.
const TIMEOUT: SignedDuration = SignedDuration::from_secs(10);
/// Minutes for which CloudWatch keeps datapoints of a minute.
const KEPT_MINUTES: i64 = 15 * 24 * 60;
/// Record sets on one page of a list (law L31).
const PAGE: usize = 300;
/// Up to this many names are read one by one; for more the zone is paged through.
const NAMES_ONE_BY_ONE: usize = 30;

impl World {
    /// Returns how long the next call of this operation takes.
    pub fn latency(&mut self, operation: Operation) -> SignedDuration {
        if operation.is_route53() && self.faults.weather(self.now_ms()).route53_down {
            return TIMEOUT;
        }
        let (least, most) = operation.latency_ms();
        let ms = noise::between(&mut self.calls_rng, least, most);
        SignedDuration::from_millis(ms as i64)
    }

    /// Returns all hosted zones of an account.
    ///
    /// # Errors
    /// Throttling and outages.
    pub fn zones(&mut self, account: &str) -> Result<Vec<Zone>, CloudError> {
        self.admit(account, Operation::ListHostedZones, "all hosted zones", 0.0)?;
        let own = self.zones.values().filter(|zone| zone.account == account);
        Ok(own.map(|zone| zone.zone.clone()).collect())
    }

    /// Returns all record sets of a zone in Route 53's order, PENDING ones included (laws L30, L31).
    ///
    /// # Errors
    /// Throttling, outages, and zones that are not there or not the account's.
    pub fn records(&mut self, account: &str, zone: &ZoneId) -> Result<Vec<RecordSet>, CloudError> {
        let operation = Operation::ListResourceRecordSets;
        self.admit(account, operation, &format!("zone {zone}"), 0.0)?;
        let zone = self.zone_of(account, zone, operation)?;
        Ok(zone.records.values().cloned().collect())
    }

    /// Returns all record sets at these names, at the price of as many calls as that takes: one for each of a few names,
    /// one for each page of the zone for many.
    ///
    /// # Errors
    /// As [`World::records`].
    pub fn records_at(
        &mut self,
        account: &str,
        zone: &ZoneId,
        names: &[RecordName],
    ) -> Result<Vec<RecordSet>, CloudError> {
        let operation = Operation::ListResourceRecordSets;
        let pages = self.zones.get(zone).map_or(1, |zone| zone.records.len().div_ceil(PAGE).max(1));
        let calls = if names.len() > NAMES_ONE_BY_ONE { pages } else { names.len() };
        for _ in 0..calls {
            self.admit(account, operation, &format!("zone {zone}"), 0.0)?;
        }
        let zone = self.zone_of(account, zone, operation)?;
        Ok(names.iter().flat_map(|name| zone.at(name)).cloned().collect())
    }

    /// Submits a batch.
    ///
    /// # Errors
    /// Throttling, outages, a busy zone (law L24), zones that are not there or not the account's, batches that break a
    /// rule. After [`CloudErrorKind::Unclear`] the batch may have been made (law L25).
    pub fn change(
        &mut self,
        account: &str,
        zone: &ZoneId,
        changes: &[Change],
        comment: &str,
    ) -> Result<ChangeId, CloudError> {
        let operation = Operation::ChangeResourceRecordSets;
        let object = format!("zone {zone}");
        let fail = |kind, code, message: &str| failure(operation, &object, kind, code, message);
        self.admit(account, operation, &object, change_tokens(changes))?;
        self.zone_of(account, zone, operation)?;
        if comment.chars().count() > 256 {
            let message = "the comment is longer than 256 characters";
            return Err(fail(CloudErrorKind::Rejected, Some("InvalidInput"), message));
        }
        let now_ms = self.now_ms();
        let in_sync_ms = now_ms + self.propagation_ms(now_ms);
        if let Some(hosted) = self.zones.get_mut(zone) {
            if now_ms < hosted.busy_until_ms {
                let message = "The request was rejected because Route 53 was still processing a prior request.";
                return Err(fail(CloudErrorKind::Busy, Some("PriorRequestNotComplete"), message));
            }
            if let Err(messages) = hosted.apply(changes) {
                let text = format!("[{}]", messages.join(", "));
                let kind = CloudErrorKind::InvalidBatch(messages);
                return Err(fail(kind, Some("InvalidChangeBatch"), &text));
            }
            let work = BUSY_MS_PER_CHANGE * changes.len() as f64;
            hosted.busy_until_ms = now_ms + BUSY_MS + work as i64;
        }
        let id = format!("C{:019}", self.changes.len() + 1);
        let pending = PendingChange { account: account.to_owned(), in_sync_ms };
        self.changes.insert(id.clone(), pending);
        self.publish(zone, changes, now_ms, in_sync_ms);
        let lost = self.faults.weather(now_ms).lost_answers;
        if noise::between(&mut self.calls_rng, 0.0, 1.0) < lost {
            let message = "the connection was closed before an answer came";
            return Err(fail(CloudErrorKind::Unclear, None, message));
        }
        Ok(ChangeId(id))
    }

    /// Returns how far a change has come; [`ChangeStatus::Lost`] for one that nobody of the account made.
    ///
    /// # Errors
    /// Throttling and outages.
    pub fn change_status(
        &mut self,
        account: &str,
        change: &ChangeId,
    ) -> Result<ChangeStatus, CloudError> {
        self.admit(account, Operation::GetChange, &format!("change {}", change.0), 0.0)?;
        let now_ms = self.now_ms();
        Ok(match self.changes.get(&change.0).filter(|known| known.account == account) {
            Some(known) if now_ms >= known.in_sync_ms => ChangeStatus::InSync,
            Some(_) => ChangeStatus::Pending,
            None => ChangeStatus::Lost,
        })
    }

    /// Returns all load balancers of an account.
    ///
    /// # Errors
    /// None yet: load balancing has no faults and its quotas are out of reach.
    pub fn balancers(&mut self, account: &str) -> Result<Vec<Balancer>, CloudError> {
        let own = self.stage.balancers.iter().filter(|balancer| balancer.account == account);
        Ok(own.map(|balancer| balancer.balancer.clone()).collect())
    }

    /// Returns the targets behind a load balancer.
    ///
    /// # Errors
    /// The account has no such load balancer.
    pub fn target_health(
        &mut self,
        account: &str,
        name: &BalancerName,
    ) -> Result<TargetHealth, CloudError> {
        let mut own = self.stage.balancers.iter().zip(&self.stations);
        let station = own
            .find(|(staged, _)| staged.account == account && staged.balancer.name == *name)
            .map(|(_, station)| station);
        let Some(station) = station else {
            let object = format!("load balancer {name}");
            let code = Some("LoadBalancerNotFound");
            let message = "there is no load balancer of that name";
            let operation = Operation::DescribeTargetHealth;
            return Err(failure(operation, &object, CloudErrorKind::NotFound, code, message));
        };
        let weather = self.faults.weather(self.now.as_millisecond());
        let healthy =
            if station.is_healthy(weather.side(station.side)) { station.targets } else { 0 };
        Ok(TargetHealth { healthy, registered: station.targets })
    }

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
        Ok(queries.iter().map(|query| self.series(account, query, span)).collect())
    }

    fn series(&self, account: &str, query: &MetricQuery, span: (Minute, Minute)) -> Series {
        let found = self.stage.balancers.iter().enumerate().find_map(|(index, staged)| {
            let balancer = &staged.balancer;
            let metric = &query.metric;
            let measure = cloudwatch::measure(balancer.name.kind, &query.namespace, metric)?;
            let own = staged.account == account && asks_for(query, balancer, measure);
            own.then_some((index, measure))
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
                    None => self.scripted(query, minute, weather),
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
        measure: cloudwatch::Measure,
        query: &MetricQuery,
        (minute, late_ms): (Minute, i64),
    ) -> Option<f64> {
        // Requests and errors become visible separately, each kind of metric at its own pace.
        let of = index as u64 * 64 + query.metric.len() as u64;
        let published = cloudwatch::published(self.seed, self.now, minute.0, of, late_ms);
        if published == 0.0 {
            return None;
        }
        let tally: Tally = match self.minutes.get(&minute) {
            Some(tallies) => tallies[index],
            None if minute < Minute::containing(self.start) => self.tally_before(minute.0, index),
            None => return None,
        };
        let latency_ms = self.scenario.side(self.stations[index].side).latency_ms;
        let point =
            Point { seed: self.seed, minute: minute.0, balancer: index, published, latency_ms };
        cloudwatch::value(measure, &query.stat, &tally, &point)
    }

    /// Returns one datapoint of a series that the scenario made up.
    fn scripted(&self, query: &MetricQuery, minute: Minute, weather: &SideWeather) -> Option<f64> {
        let (index, series) = self.scenario.series.iter().enumerate().find(|(_, series)| {
            let named = series.namespace == query.namespace && series.metric == query.metric;
            named
                && series
                    .dimensions
                    .iter()
                    .all(|(name, value)| query.dimensions.get(name) == Some(value))
        })?;
        let of = u64::MAX - index as u64;
        if cloudwatch::published(self.seed, self.now, minute.0, of, weather.late_ms) == 0.0 {
            return None;
        }
        let since = minute.start().duration_since(self.start).max(SignedDuration::ZERO);
        let (_, value) = series.values.range(..=since).next_back()?;
        let mut rng = noise::stream(self.seed, Purpose::Series, minute.0, index as u64);
        Some(value * noise::factor(&mut rng, series.jitter))
    }

    /// Takes the tokens of a call to Route 53.
    fn admit(
        &mut self,
        account: &str,
        operation: Operation,
        object: &str,
        change_tokens: f64,
    ) -> Result<(), CloudError> {
        let now_ms = self.now_ms();
        let weather = self.faults.weather(now_ms);
        if weather.route53_down {
            let message = "no answer within 10 seconds";
            return Err(failure(operation, object, CloudErrorKind::Unclear, None, message));
        }
        let others = if weather.throttled { HAMMERING } else { self.scenario.route53.other_tools };
        let request = Request { account, operation, change_tokens, others_per_second: others };
        if self.admission.admit(&request, now_ms, &mut self.calls_rng) {
            return Ok(());
        }
        let kind = CloudErrorKind::Throttled;
        Err(failure(operation, object, kind, Some("Throttling"), "Rate exceeded"))
    }

    fn zone_of(
        &self,
        account: &str,
        id: &ZoneId,
        operation: Operation,
    ) -> Result<&HostedZone, CloudError> {
        let object = format!("zone {id}");
        let Some(zone) = self.zones.get(id) else {
            let message = format!("No hosted zone found with ID: {id}");
            let code = Some("NoSuchHostedZone");
            return Err(failure(operation, &object, CloudErrorKind::NotFound, code, &message));
        };
        if zone.account == account {
            return Ok(zone);
        }
        let message = format!("account {account} is not authorized to access this resource");
        Err(failure(operation, &object, CloudErrorKind::Denied, Some("AccessDenied"), &message))
    }

    /// Draws how long a change takes to be everywhere (law L40).
    fn propagation_ms(&mut self, now_ms: i64) -> i64 {
        if let Some(until) = self.faults.weather(now_ms).pending_until_ms(now_ms) {
            return until - now_ms;
        }
        let delays = &self.scenario.route53.in_sync;
        let rng = &mut self.calls_rng;
        if noise::between(rng, 0.0, 1.0) < delays.slow {
            return noise::between(rng, 300e3, 1800e3) as i64;
        }
        noise::between(rng, millis(delays.least) as f64, millis(delays.most) as f64) as i64
    }
}

/// Returns true when a query has the dimensions under which a load balancer reports this measure, and no others.
fn asks_for(query: &MetricQuery, balancer: &Balancer, measure: cloudwatch::Measure) -> bool {
    let by_group = match measure {
        cloudwatch::Measure::Healthy | cloudwatch::Measure::Unhealthy => {
            balancer.name.kind != crate::unit::BalancerKind::Classic
        }
        cloudwatch::Measure::Count { .. } | cloudwatch::Measure::Latency => false,
    };
    let wanted = if by_group { 2 } else { 1 };
    query.dimensions.get(balancer.dimension_name()) == Some(&balancer.dimension)
        && query.dimensions.len() == wanted
        && (!by_group || query.dimensions.contains_key("TargetGroup"))
}

fn failure(
    operation: Operation,
    object: &str,
    kind: CloudErrorKind,
    code: Option<&str>,
    message: &str,
) -> CloudError {
    CloudError {
        operation: operation.as_str().to_owned(),
        object: object.to_owned(),
        kind,
        code: code.map(str::to_owned),
        message: message.to_owned(),
    }
}
