//! Record sets, from Route 53's words to ours and back, without losing anything that a DELETE has to name (law L05).

use aws_sdk_route53::types as aws;

use super::error::Asked;
use crate::{
    cloud::CloudError,
    plan::{Answer, Change, ChangeAction, RecordSet, Routing},
    unit::{RecordName, RecordType, Ttl, Weight},
};

/// Translates a listed record set whose name is already known.
pub(super) fn read(
    name: RecordName,
    record: aws::ResourceRecordSet,
    asked: &Asked,
) -> Result<RecordSet, CloudError> {
    let routing = routing(&record, asked)?;
    let values = record.resource_records.unwrap_or_default().into_iter().map(|r| r.value);
    let answer = match record.alias_target {
        Some(target) => Answer::Alias {
            dns_name: target.dns_name,
            zone_id: target.hosted_zone_id,
            evaluate_target_health: target.evaluate_target_health,
        },
        // What a traffic policy owns need not say what it answers.
        None if record.ttl.is_none() && record.traffic_policy_instance_id.is_some() => {
            Answer::Values { ttl: Ttl(0), values: values.collect() }
        }
        None => Answer::Values { ttl: ttl(record.ttl, &name, asked)?, values: values.collect() },
    };
    Ok(RecordSet {
        name,
        kind: RecordType::from(record.r#type.as_str()),
        routing,
        answer,
        health_check: record.health_check_id,
    })
}

fn ttl(seconds: Option<i64>, name: &RecordName, asked: &Asked) -> Result<Ttl, CloudError> {
    seconds
        .and_then(|seconds| u32::try_from(seconds).ok())
        .map(Ttl)
        .ok_or_else(|| asked.nonsense(&format!("record {name} with the TTL {seconds:?}")))
}

fn routing(record: &aws::ResourceRecordSet, asked: &Asked) -> Result<Routing, CloudError> {
    if let Some(policy) = other_policy(record) {
        return Ok(Routing::Other { set_identifier: record.set_identifier.clone(), policy });
    }
    match (&record.set_identifier, record.weight) {
        (None, None) => Ok(Routing::Simple),
        (Some(set_identifier), Some(weight)) => Ok(Routing::Weighted {
            set_identifier: set_identifier.clone(),
            weight: u8::try_from(weight).map(Weight).map_err(|_| {
                asked.nonsense(&format!("record {} with the weight {weight}", record.name))
            })?,
        }),
        (Some(_), None) | (None, Some(_)) => Ok(Routing::Other {
            set_identifier: record.set_identifier.clone(),
            policy: "a policy that cutover does not know".to_owned(),
        }),
    }
}

/// Names the policy of a record that is neither simple nor weighted, or that a traffic policy owns.
fn other_policy(record: &aws::ResourceRecordSet) -> Option<String> {
    if let Some(instance) = &record.traffic_policy_instance_id {
        return Some(format!("traffic policy instance {instance}"));
    }
    if let Some(region) = &record.region {
        return Some(format!("latency {}", region.as_str()));
    }
    if let Some(failover) = &record.failover {
        return Some(format!("failover {}", failover.as_str().to_ascii_lowercase()));
    }
    if let Some(place) = &record.geo_location {
        let parts = [&place.continent_code, &place.country_code, &place.subdivision_code];
        let parts: Vec<_> = parts.into_iter().flatten().map(String::as_str).collect();
        return Some(format!("geolocation {}", parts.join(" ")));
    }
    if let Some(place) = &record.geo_proximity_location {
        let place = place.aws_region.as_ref().or(place.local_zone_group.as_ref());
        return Some(format!("geoproximity {}", place.map_or("coordinates", String::as_str)));
    }
    if let Some(block) = &record.cidr_routing_config {
        return Some(format!("cidr {} {}", block.collection_id, block.location_name));
    }
    record.multi_value_answer.is_some_and(|on| on).then(|| "multivalue answer".to_owned())
}

/// Translates a change.
pub(super) fn write(change: &Change, asked: &Asked) -> Result<aws::Change, CloudError> {
    let action = match change.action {
        ChangeAction::Create => aws::ChangeAction::Create,
        ChangeAction::Delete => aws::ChangeAction::Delete,
        ChangeAction::Upsert => aws::ChangeAction::Upsert,
    };
    let record = &change.record;
    let unsendable = |error: aws_sdk_route53::error::BuildError| asked.refused(error.to_string());
    let mut set = aws::ResourceRecordSet::builder()
        .name(record.name.escaped())
        .r#type(aws::RrType::from(record.kind.as_str()))
        .set_health_check_id(record.health_check.clone());
    match &record.routing {
        Routing::Simple => {}
        Routing::Weighted { set_identifier, weight } => {
            set = set.set_identifier(set_identifier).weight(i64::from(weight.0));
        }
        Routing::Other { policy, .. } => {
            return Err(asked.refused(format!(
                "record {} {} has the routing policy {policy}, which cutover does not write",
                record.name, record.kind
            )));
        }
    }
    match &record.answer {
        Answer::Alias { dns_name, zone_id, evaluate_target_health } => {
            let target = aws::AliasTarget::builder()
                .dns_name(dns_name)
                .hosted_zone_id(zone_id)
                .evaluate_target_health(*evaluate_target_health)
                .build()
                .map_err(unsendable)?;
            set = set.alias_target(target);
        }
        Answer::Values { ttl, values } => {
            set = set.ttl(i64::from(ttl.0));
            for value in values {
                let value = aws::ResourceRecord::builder().value(value).build();
                set = set.resource_records(value.map_err(unsendable)?);
            }
        }
    }
    aws::Change::builder()
        .action(action)
        .resource_record_set(set.build().map_err(unsendable)?)
        .build()
        .map_err(unsendable)
}
