//! From hosted zones to what DNS servers answer: who learns of a change, and where a name leads.

use std::collections::BTreeSet;

use super::{
    World,
    answer::{Fitness, Member, Route, Version},
    zone,
};
use crate::{
    plan::{Change, ChangeAction, RecordSet, ZoneId},
    unit::{RecordType, Side, Ttl, Weight},
};

impl World {
    /// Somebody sets the first service's weights back to legacy alone.
    pub(super) fn reset_weights(&mut self, now_ms: i64) {
        let Some(service) = self.stage.services.first() else { return };
        let Some(zone) = self.zones.get(&service.zone) else { return };
        let members = zone.at(&service.name).filter(|record| record.kind == service.kind);
        let reset = |record: &RecordSet| {
            let route = Member::of(record, |target| self.route(target)).routes;
            let new = route.iter().any(|route| self.side(*route) == Some(Side::New));
            let record = record.with_weight(Weight(if new { 0 } else { 100 }));
            Change { action: ChangeAction::Upsert, record }
        };
        let changes: Vec<Change> =
            members.filter(|record| record.weight().is_some()).map(reset).collect();
        let id = service.zone.clone();
        if let Some(zone) = self.zones.get_mut(&id)
            && zone.apply(&changes).is_ok()
        {
            self.publish(&id, &changes, now_ms, now_ms + 30_000);
        }
    }

    /// Takes note that these changes were accepted: DNS servers learn of them until `in_sync_ms`.
    pub(super) fn publish(
        &mut self,
        zone: &ZoneId,
        changes: &[Change],
        now_ms: i64,
        in_sync_ms: i64,
    ) {
        let touched: BTreeSet<_> = changes.iter().map(|change| &change.record.name).collect();
        for index in 0..self.stage.services.len() {
            let service = &self.stage.services[index];
            if service.zone == *zone && touched.contains(&service.name) {
                let version = self.version(index, now_ms, in_sync_ms);
                self.versions[index].push(version);
            }
        }
        self.warm_up();
        self.share_changed();
    }

    /// Returns what the zone says of a service.
    pub(super) fn version(&self, service: usize, accepted_ms: i64, in_sync_ms: i64) -> Version {
        let service = &self.stage.services[service];
        let here: Vec<&RecordSet> = self
            .zones
            .get(&service.zone)
            .into_iter()
            .flat_map(|zone| zone.at(&service.name))
            .collect();
        let of_kind = |kind: &RecordType| -> Vec<&RecordSet> {
            here.iter().copied().filter(|record| record.kind == *kind).collect()
        };
        let mut records = of_kind(&service.kind);
        if records.is_empty() {
            records = of_kind(&RecordType::Cname);
        }
        Version {
            accepted_ms,
            in_sync_ms,
            // What does not exist is remembered for a while too.
            ttl: records.first().map_or(Ttl(60), |record| record.ttl()),
            members: records
                .iter()
                .map(|record| Member::of(record, |target| self.route(target)))
                .collect(),
        }
    }

    /// Returns the load balancer that a value or an alias target leads to.
    fn route(&self, target: &str) -> Route {
        let target = zone::bare(target);
        let leads = |dns_name: &str| zone::bare(dns_name) == target;
        let by_name = self.stage.balancers.iter().position(|b| leads(&b.balancer.dns_name));
        let host =
            || self.stage.hosts.iter().find(|(host, _)| leads(host)).map(|(_, index)| *index);
        by_name.or_else(host).filter(|index| *index < self.stations.len())
    }

    pub(super) fn side(&self, route: Route) -> Option<Side> {
        route.and_then(|index| self.stations.get(index)).map(|station| station.side)
    }

    /// Keeps every load balancer warm for the services whose records lead to it.
    pub(super) fn warm_up(&mut self) {
        let mut parts = vec![0.0; self.stations.len()];
        for (service, versions) in self.stage.services.iter().zip(&self.versions) {
            let members = versions.last().into_iter().flat_map(|version| &version.members);
            let mut routes: Vec<usize> =
                members.flat_map(|member| member.routes.iter().copied().flatten()).collect();
            routes.sort_unstable();
            routes.dedup();
            for route in routes {
                parts[route] += service.part;
            }
        }
        for (station, part) in self.stations.iter_mut().zip(parts) {
            let warm = self.scenario.side(station.side).warm;
            station.warm_to(warm * self.scenario.traffic.peak * part);
        }
    }

    /// Takes note of the share of new that the weights are set to. Faults that begin from a share on begin with the first
    /// service that has it, for not all of them need move together.
    pub(super) fn share_changed(&mut self) {
        let (mut share, mut of_one) = (0.0, 0.0_f64);
        for (service, versions) in self.stage.services.iter().zip(&self.versions) {
            let answers = versions.last().map(|version| version.answers(|_| Fitness::Healthy));
            let answers = answers.unwrap_or_default().into_iter();
            let on_new = answers.filter(|(route, _)| self.side(*route) == Some(Side::New));
            let own: f64 = on_new.map(|(_, part)| part).sum();
            share += own * service.part;
            of_one = of_one.max(own);
        }
        self.truth.highest_share = self.truth.highest_share.max(share);
        self.faults.share_set(of_one, self.now_ms());
    }
}

/// Drops the versions that no server answers with any more.
pub(super) fn forget_old(versions: &mut Vec<Version>, now_ms: i64) {
    if versions.len() > 1
        && let Some(known) = versions.iter().rposition(|version| version.in_sync_ms <= now_ms)
    {
        versions.drain(..known);
    }
}
