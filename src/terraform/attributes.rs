//! The attributes of a resource to what it is in our words. Only those that are named here are kept: a state holds
//! secrets of every kind.

use serde::Deserialize;
use serde_json::Value;

use crate::{
    plan::{Answer, Balancer, RecordSet, Routing, Zone, ZoneId},
    unit::{BalancerKind, BalancerName, RecordName, RecordType, Ttl, Weight},
};

/// What is read of a resource. Whatever type a provider gave an attribute, it is taken as it is and judged later.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Attributes {
    zone_id: Value,
    name: Value,
    fqdn: Value,
    r#type: Value,
    set_identifier: Value,
    ttl: Value,
    records: Value,
    alias: Value,
    health_check_id: Value,
    weighted_routing_policy: Value,
    failover_routing_policy: Value,
    geolocation_routing_policy: Value,
    geoproximity_routing_policy: Value,
    latency_routing_policy: Value,
    cidr_routing_policy: Value,
    multivalue_answer_routing_policy: Value,
    vpc: Value,
    private_zone: Value,
    arn: Value,
    dns_name: Value,
    internal: Value,
    load_balancer_type: Value,
}

impl Attributes {
    /// Reads a record set; nothing where an attribute that it needs is missing or makes no sense.
    pub(super) fn record(&self) -> Option<(ZoneId, RecordSet)> {
        let zone = text(&self.zone_id)?;
        let zone = zone.strip_prefix("/hostedzone/").unwrap_or(zone);
        if zone.is_empty() || !zone.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        // `name` may be relative to the zone; `fqdn` never is.
        let name: RecordName = text(&self.fqdn).or_else(|| text(&self.name))?.parse().ok()?;
        let record = RecordSet {
            name,
            kind: record_type(text(&self.r#type)?)?,
            routing: self.routing()?,
            answer: self.answer()?,
            health_check: text(&self.health_check_id).map(str::to_owned),
        };
        Some((ZoneId(zone.to_owned()), record))
    }

    fn routing(&self) -> Option<Routing> {
        let set_identifier = text(&self.set_identifier).map(str::to_owned);
        if let Some(policy) = self.other_policy() {
            return Some(Routing::Other { set_identifier, policy: policy.to_owned() });
        }
        match (set_identifier, first(&self.weighted_routing_policy)) {
            (Some(set_identifier), Some(policy)) => {
                let weight = u8::try_from(policy.get("weight")?.as_u64()?).ok()?;
                Some(Routing::Weighted { set_identifier, weight: Weight(weight) })
            }
            (None, None) => Some(Routing::Simple),
            (Some(_), None) | (None, Some(_)) => None,
        }
    }

    fn other_policy(&self) -> Option<&'static str> {
        let policies = [
            (&self.failover_routing_policy, "failover"),
            (&self.geolocation_routing_policy, "geolocation"),
            (&self.geoproximity_routing_policy, "geoproximity"),
            (&self.latency_routing_policy, "latency"),
            (&self.cidr_routing_policy, "CIDR"),
        ];
        let of_block = policies.into_iter().find(|(block, _)| first(block).is_some());
        let multivalue = self.multivalue_answer_routing_policy.as_bool() == Some(true);
        of_block.map(|(_, policy)| policy).or(multivalue.then_some("multivalue"))
    }

    fn answer(&self) -> Option<Answer> {
        if let Some(alias) = first(&self.alias) {
            let health = alias.get("evaluate_target_health").and_then(Value::as_bool);
            return Some(Answer::Alias {
                dns_name: text(alias.get("name")?)?.to_owned(),
                zone_id: text(alias.get("zone_id")?)?.to_owned(),
                evaluate_target_health: health.unwrap_or_default(),
            });
        }
        let values = self.records.as_array()?.iter().map(|value| text(value).map(str::to_owned));
        let values: Vec<String> = values.collect::<Option<_>>()?;
        let ttl = u32::try_from(self.ttl.as_u64()?).ok()?;
        (!values.is_empty()).then_some(Answer::Values { ttl: Ttl(ttl), values })
    }

    /// Reads a hosted zone.
    pub(super) fn zone(&self) -> Option<Zone> {
        Some(Zone {
            id: ZoneId(text(&self.zone_id)?.to_owned()),
            name: text(&self.name)?.parse().ok()?,
            private: first(&self.vpc).is_some() || self.private_zone.as_bool() == Some(true),
        })
    }

    /// Reads a load balancer; `classic` says of which kind the resource's type is.
    pub(super) fn balancer(&self, classic: bool) -> Option<Balancer> {
        let kind = match (classic, text(&self.load_balancer_type)) {
            (true, _) => BalancerKind::Classic,
            (false, None | Some("application")) => BalancerKind::Application,
            (false, Some("network")) => BalancerKind::Network,
            (false, Some(_)) => return None,
        };
        let name = text(&self.name)?.to_owned();
        let arn = text(&self.arn).filter(|_| !classic).map(str::to_owned);
        let of_arn = arn.as_deref().and_then(|arn| arn.split_once(":loadbalancer/"));
        Some(Balancer {
            dimension: of_arn.map_or_else(|| name.clone(), |(_, dimension)| dimension.to_owned()),
            name: BalancerName { kind, name },
            dns_name: text(&self.dns_name)?.to_owned(),
            zone_id: text(&self.zone_id)?.to_owned(),
            arn,
            internal: self.internal.as_bool().unwrap_or_default(),
        })
    }
}

/// Returns a text that says something.
fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

/// Returns the only block of an attribute that is a list of blocks.
fn first(value: &Value) -> Option<&Value> {
    value.as_array()?.first()
}

/// Reads a record type: it becomes a part of ids and of code, so nothing else passes.
fn record_type(text: &str) -> Option<RecordType> {
    let is_type =
        text.len() <= 10 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    is_type.then(|| RecordType::from(text))
}
