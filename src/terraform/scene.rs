//! What stands somewhere: the records, zones and load balancers that a state names, or that are live.

use std::collections::BTreeMap;

use super::Address;
use crate::{
    plan::{Answer, Balancer, RecordSet, Zone, ZoneId},
    unit::RecordName,
};

/// A record set and where it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The zone that holds it.
    pub zone: ZoneId,
    /// The record set; of one in a state, as the state last knew it.
    pub record: RecordSet,
    /// Where it stands in Terraform's code; nothing for one that is live.
    pub address: Option<Address>,
}

/// Records and what they may point to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scene {
    /// Record sets.
    pub records: Vec<Seen>,
    /// Hosted zones, by id.
    pub zones: BTreeMap<ZoneId, Zone>,
    /// Load balancers, by the host that aliases name.
    balancers: BTreeMap<String, Balancer>,
}

impl Scene {
    /// Takes in what stands in another one.
    pub fn merge(&mut self, other: Self) {
        let Self { records, zones, balancers } = other;
        self.records.extend(records);
        self.zones.extend(zones);
        self.balancers.extend(balancers);
    }

    /// Returns whether there is a record of this name.
    pub fn has(&self, name: &RecordName) -> bool {
        self.records.iter().any(|seen| seen.record.name == *name)
    }

    /// Takes in a hosted zone.
    pub fn add_zone(&mut self, zone: Zone) {
        self.zones.insert(zone.id.clone(), zone);
    }

    /// Takes in a load balancer.
    pub fn add_balancer(&mut self, balancer: Balancer) {
        self.balancers.insert(host(&balancer.dns_name), balancer);
    }

    /// Returns the load balancers.
    pub fn balancers(&self) -> impl Iterator<Item = &Balancer> {
        self.balancers.values()
    }

    /// Returns the load balancer that an alias points to.
    pub(super) fn behind(&self, answer: &Answer) -> Option<&Balancer> {
        let Answer::Alias { dns_name, zone_id, .. } = answer else { return None };
        self.balancers.get(&host(dns_name)).filter(|balancer| balancer.zone_id == *zone_id)
    }
}

/// Returns a host as all ways to write it have it in common: the console puts `dualstack.` before it.
fn host(dns_name: &str) -> String {
    let host = dns_name.trim_end_matches('.').to_ascii_lowercase();
    host.strip_prefix("dualstack.").map_or(host.clone(), str::to_owned)
}
