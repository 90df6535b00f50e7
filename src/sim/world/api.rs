//! What an account can call. Every call is admitted first, and answered as of now. Calls about zones as such are in `zones`.

use super::{
    Operation, PendingChange, World,
    admission::{Request, change_tokens},
    faults::millis,
    noise,
    zone::{HostedZone, Key},
};
use crate::{
    cloud::{Balancer, ChangeId, ChangeStatus, CloudError, CloudErrorKind, TargetHealth},
    plan::{Change, RecordSet, ZoneId},
    unit::{BalancerName, RecordName, SignedDuration},
};

/// Requests per second of the other tools during the fault that throttles.
const HAMMERING: f64 = 20.0;
/// A zone is busy for this long with a change, and for so much longer with each element of it.
const BUSY_MS: i64 = 50;
const BUSY_MS_PER_CHANGE: f64 = 0.5;
/// A call to an API that is down fails after this.
const TIMEOUT: SignedDuration = SignedDuration::from_secs(10);
/// Record sets on one page of a list (law L31).
const PAGE: usize = 300;

impl World {
    /// Returns how long the next call of this operation takes.
    pub fn latency(&mut self, operation: Operation) -> SignedDuration {
        if operation.is_route53() && self.faults.weather(self.now_ms()).route53_down {
            return TIMEOUT;
        }
        if let Some(fixed) = self.scenario.route53.takes(operation) {
            return fixed;
        }
        let (least, most) = operation.latency_ms();
        if least >= most {
            // Nothing is drawn, so that who asks it finds the same luck as who does not.
            return SignedDuration::from_millis(least as i64);
        }
        let ms = noise::between(&mut self.calls_rng, least, most);
        SignedDuration::from_millis(ms as i64)
    }

    /// Returns the change tokens that all batches together have used so far (law L21).
    pub fn change_tokens(&self) -> u64 {
        // Tokens are whole numbers, and no world lives long enough to use more than a float counts.
        self.admission.change_tokens() as u64
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

    /// Returns this many record sets of a zone from a place on, by one call: the name as [`place`](super::place) writes
    /// it, the type and the identifier.
    ///
    /// # Errors
    /// As [`World::records`].
    pub(in crate::sim) fn records_from(
        &mut self,
        account: &str,
        zone: &ZoneId,
        (place, kind, id): (String, String, String),
        most: usize,
    ) -> Result<Vec<RecordSet>, CloudError> {
        let operation = Operation::ListResourceRecordSets;
        self.admit(account, operation, &format!("zone {zone}"), 0.0)?;
        let zone = self.zone_of(account, zone, operation)?;
        Ok(zone.from(&Key { place, kind, id }, most).cloned().collect())
    }

    /// Returns what stands in a zone, as nobody who has to call can see it: without a call, and without its tokens.
    pub fn standing(&self, zone: &ZoneId) -> impl Iterator<Item = &RecordSet> {
        self.zones.get(zone).into_iter().flat_map(|zone| zone.records.values())
    }

    /// Returns true once all of Route 53's servers have a change, as nobody who has to call can see it.
    pub fn is_everywhere(&self, change: &ChangeId) -> bool {
        self.changes.get(&change.0).is_none_or(|known| self.now_ms() >= known.in_sync_ms)
    }

    /// Returns all record sets at one name, by one call.
    ///
    /// # Errors
    /// As [`World::records`].
    pub fn records_at(
        &mut self,
        account: &str,
        zone: &ZoneId,
        name: &RecordName,
    ) -> Result<Vec<RecordSet>, CloudError> {
        let operation = Operation::ListResourceRecordSets;
        self.admit(account, operation, &format!("zone {zone}"), 0.0)?;
        let zone = self.zone_of(account, zone, operation)?;
        Ok(zone.at(name).cloned().collect())
    }

    /// Returns one page of a zone, by one call (law L31); pages are counted from 0, and the one after the last is empty.
    ///
    /// # Errors
    /// As [`World::records`].
    pub(in crate::sim) fn records_page(
        &mut self,
        account: &str,
        zone: &ZoneId,
        page: usize,
    ) -> Result<Vec<RecordSet>, CloudError> {
        let operation = Operation::ListResourceRecordSets;
        self.admit(account, operation, &format!("zone {zone}"), 0.0)?;
        let zone = self.zone_of(account, zone, operation)?;
        Ok(zone.records.values().skip(page.saturating_mul(PAGE)).take(PAGE).cloned().collect())
    }

    /// Returns how many pages a zone has; one for a zone that is not there.
    pub fn pages(&self, zone: &ZoneId) -> usize {
        self.zones.get(zone).map_or(1, |zone| zone.records.len().div_ceil(PAGE).max(1))
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
        self.zone_of(account, zone, operation)?.check_open(operation)?;
        if comment.chars().count() > 256 {
            let message = "the comment is longer than 256 characters";
            return Err(fail(CloudErrorKind::Rejected, Some("InvalidInput"), message));
        }
        let now_ms = self.now_ms();
        let in_sync_ms = now_ms + self.propagation_ms(now_ms);
        if let Some(hosted) = self.zones.get_mut(zone) {
            hosted.check_idle(operation, now_ms)?;
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

    /// Takes the tokens of a call to Route 53.
    pub(super) fn admit(
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

    pub(super) fn zone_of(
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

pub(super) fn failure(
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
