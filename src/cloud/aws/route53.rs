//! Zones and changes.

use aws_sdk_route53::{
    Client,
    types::{self as aws, HostedZoneLimitType},
};

use super::{error::Asked, pages::Pages, protection, record};
use crate::{
    cloud::{ChangeId, ChangeStatus, CloudError, CloudErrorKind},
    plan::{Batch, ChangeAction, Zone, ZoneDetails, ZoneId},
    unit::RecordName,
};

/// Longest comment of a batch, in characters.
const LONGEST_COMMENT: usize = 256;

pub(super) async fn zones_named(
    client: &Client,
    name: &RecordName,
) -> Result<Vec<Zone>, CloudError> {
    let asked = Asked::new("ListHostedZonesByName", format!("zones named {name}"));
    let mut zones = Vec::new();
    let mut start = (name.escaped(), None);
    let mut pages = Pages::default();
    loop {
        pages.turn(&asked)?;
        let page = client
            .list_hosted_zones_by_name()
            .dns_name(&start.0)
            .set_hosted_zone_id(start.1.clone())
            .send()
            .await
            .map_err(|error| asked.failed(error))?;
        let names: Vec<_> = page.hosted_zones.iter().map(|z| z.name.parse().ok()).collect();
        let all_are_it = names.iter().all(|found| found.as_ref() == Some(name));
        for (zone, found) in page.hosted_zones.into_iter().zip(names) {
            if found.as_ref() == Some(name) {
                zones.push(read_zone(zone, &asked)?);
            }
        }
        // Zones come in the order of their names, so a page that holds another name is the last that matters.
        let next = page.next_dns_name.map(|dns_name| (dns_name, page.next_hosted_zone_id));
        match next {
            Some(next) if page.is_truncated && all_are_it => {
                if next == start {
                    return Err(asked.nonsense("the same page again"));
                }
                start = next;
            }
            _ => return Ok(zones),
        }
    }
}

pub(super) async fn zone(client: &Client, id: &ZoneId) -> Result<Zone, CloudError> {
    let asked = Asked::new("GetHostedZone", format!("zone {id}"));
    let answer =
        client.get_hosted_zone().id(&id.0).send().await.map_err(|error| asked.failed(error))?;
    let zone = answer.hosted_zone.ok_or_else(|| asked.nonsense("no zone"))?;
    read_zone(zone, &asked)
}

/// Returns what three calls tell of a zone beyond its name. Older or other Route 53s do not know all of them, and a role
/// need not be allowed all of them.
pub(super) async fn zone_details(client: &Client, id: &ZoneId) -> Result<ZoneDetails, CloudError> {
    let asked = Asked::new("GetHostedZone", format!("zone {id}"));
    let answer =
        client.get_hosted_zone().id(&id.0).send().await.map_err(|error| asked.failed(error))?;
    let zone = answer.hosted_zone.ok_or_else(|| asked.nonsense("no zone"))?;
    let (most_records, protected) =
        tokio::join!(most_records(client, id), protection::list(client, id));
    Ok(ZoneDetails {
        records: zone.resource_record_set_count.and_then(|count| u64::try_from(count).ok()),
        most_records: if_told(most_records)?,
        linked_service: zone
            .linked_service
            .and_then(|service| service.service_principal.or(service.description)),
        recovery: zone
            .features
            .and_then(|features| features.accelerated_recovery_status)
            .map(|status| status.as_str().to_owned()),
        protected: if_told(protected)?,
    })
}

async fn most_records(client: &Client, id: &ZoneId) -> Result<u64, CloudError> {
    let asked = Asked::new("GetHostedZoneLimit", format!("zone {id}"));
    let answer = client
        .get_hosted_zone_limit()
        .hosted_zone_id(&id.0)
        .r#type(HostedZoneLimitType::MaxRrsetsByZone)
        .send()
        .await
        .map_err(|error| asked.failed(error))?;
    let limit = answer.limit.and_then(|limit| u64::try_from(limit.value).ok());
    limit.ok_or_else(|| asked.nonsense("no limit"))
}

/// Returns what a call told that a Route 53 may not know or a role may not make. The zone itself has just been read, so a
/// failure that stays, whatever it looks like, is one of this call.
fn if_told<T>(answer: Result<T, CloudError>) -> Result<Option<T>, CloudError> {
    match answer {
        Ok(told) => Ok(Some(told)),
        Err(error) => match error.kind {
            CloudErrorKind::Throttled | CloudErrorKind::Busy | CloudErrorKind::Credentials => {
                Err(error)
            }
            CloudErrorKind::InvalidBatch(_)
            | CloudErrorKind::Denied
            | CloudErrorKind::NotFound
            | CloudErrorKind::Unclear
            | CloudErrorKind::Rejected => Ok(None),
        },
    }
}

fn read_zone(zone: aws::HostedZone, asked: &Asked) -> Result<Zone, CloudError> {
    Ok(Zone {
        id: ZoneId(bare(&zone.id, "/hostedzone/")),
        name: zone
            .name
            .parse()
            .map_err(|error| asked.nonsense(&format!("a zone whose name is wrong: {error}")))?,
        private: zone.config.is_some_and(|config| config.private_zone),
    })
}

fn bare(id: &str, prefix: &str) -> String {
    id.strip_prefix(prefix).unwrap_or(id).to_owned()
}

pub(super) async fn change(
    client: &Client,
    batch: &Batch,
    comment: &str,
) -> Result<ChangeId, CloudError> {
    let asked = Asked::new("ChangeResourceRecordSets", format!("zone {}", batch.zone));
    let changes = batch
        .changes
        .iter()
        .map(|change| record::write(change, &asked))
        .collect::<Result<_, _>>()?;
    let changes = aws::ChangeBatch::builder()
        .comment(cut(comment))
        .set_changes(Some(changes))
        .build()
        .map_err(|error| asked.refused(error.to_string()))?;
    let answer = client
        .change_resource_record_sets()
        .hosted_zone_id(&batch.zone.0)
        .change_batch(changes)
        .send()
        .await
        .map_err(|error| with_reason(asked.failed(error), batch))?;
    let change = answer.change_info.ok_or_else(|| asked.nonsense("no change id"))?;
    Ok(ChangeId(bare(&change.id, "/change/")))
}

/// Adds what AWS does not tell of a batch that is denied: the same role may be allowed to send others.
fn with_reason(mut error: CloudError, batch: &Batch) -> CloudError {
    let overwrites = batch.changes.iter().any(|change| change.action == ChangeAction::Upsert);
    if overwrites && error.kind == CloudErrorKind::Denied {
        error.message.push_str(
            "; the batch overwrites (UPSERT), which `cutover iam --break-glass` prints the policy for",
        );
    }
    error
}

/// Cuts a comment to what Route 53 takes. XML cannot carry control characters.
fn cut(comment: &str) -> String {
    comment.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_COMMENT).collect()
}

pub(super) async fn change_status(
    client: &Client,
    change: &ChangeId,
) -> Result<ChangeStatus, CloudError> {
    let asked = Asked::new("GetChange", format!("change {}", change.0));
    let answer = match client.get_change().id(&change.0).send().await {
        Ok(answer) => answer,
        Err(error) => {
            let error = asked.failed(error);
            return match error.kind {
                CloudErrorKind::NotFound => Ok(ChangeStatus::Lost),
                CloudErrorKind::Throttled
                | CloudErrorKind::Busy
                | CloudErrorKind::InvalidBatch(_)
                | CloudErrorKind::Denied
                | CloudErrorKind::Credentials
                | CloudErrorKind::Unclear
                | CloudErrorKind::Rejected => Err(error),
            };
        }
    };
    match answer.change_info.map(|info| info.status) {
        Some(aws::ChangeStatus::Insync) => Ok(ChangeStatus::InSync),
        Some(aws::ChangeStatus::Pending) => Ok(ChangeStatus::Pending),
        other => Err(asked.nonsense(&format!("the status {other:?}"))),
    }
}
