//! What stands against writing to a zone, beyond the records themselves.

use super::{Pair, Snapshot, Zone, ZoneDetails, lock_name, survey::wildcard};
use crate::unit::{RecordName, RecordType};

/// A zone is nearly full when fewer than one in so many records are free.
const NEARLY_FULL: u64 = 100;

/// A zone and what will be done there.
struct Site<'a> {
    zone: &'a Zone,
    details: &'a ZoneDetails,
    pairs: Vec<&'a Pair>,
    /// Name of the lock, where one will be taken.
    lock: Option<RecordName>,
    /// Record sets that preparing adds.
    added: u64,
}

impl<'a> Site<'a> {
    /// Returns the zone's site; nothing where the caller may not ask about the zone.
    fn of(zone: &'a Zone, pairs: &'a [Pair], snapshot: &'a Snapshot, locked: bool) -> Option<Self> {
        let details = snapshot.details.get(&zone.id)?;
        let pairs: Vec<&Pair> = pairs.iter().filter(|pair| pair.zone == zone.id).collect();
        let lock = lock_name(&zone.name).filter(|_| locked);
        let stands = |name: &RecordName| {
            snapshot.records.get(&zone.id).into_iter().flatten().any(|live| live.name == *name)
        };
        let lock_added = lock.as_ref().is_some_and(|name| !stands(name));
        let more = |pair: &&Pair| pair.prepared().len().saturating_sub(pair.found.len());
        let added = pairs.iter().map(more).sum::<usize>() + usize::from(lock_added);
        Some(Self { zone, details, pairs, lock, added: added as u64 })
    }

    fn what(&self) -> String {
        format!("zone {} ({})", self.zone.id, self.zone.name)
    }
}

/// Returns why these zones cannot be written to, or not back.
pub(super) fn zone_problems(
    zones: &[Zone],
    pairs: &[Pair],
    snapshot: &Snapshot,
    locked: bool,
) -> Vec<String> {
    let mut found = Vec::new();
    for site in zones.iter().filter_map(|zone| Site::of(zone, pairs, snapshot, locked)) {
        found.extend(linked(&site));
        found.extend(frozen(&site));
        found.extend(protections(&site));
        found.extend(full(&site));
    }
    found
}

/// Returns what is worth a second thought about these zones.
pub(super) fn zone_hazards(
    zones: &[Zone],
    pairs: &[Pair],
    snapshot: &Snapshot,
    locked: bool,
) -> Vec<String> {
    let mut found = Vec::new();
    for zone in zones {
        match Site::of(zone, pairs, snapshot, locked) {
            Some(site) => {
                found.extend(about_to_freeze(&site));
                found.extend(nearly_full(&site));
                found.extend(below_a_wildcard(&site, snapshot));
                found.extend(untold(&site));
            }
            None => found.push(unread(zone)),
        }
    }
    found
}

fn linked(site: &Site<'_>) -> Option<String> {
    let service = site.details.linked_service.as_ref()?;
    Some(format!(
        "{} was made by {service}, and Route 53 lets nobody else change it; make the change there, or move its names to a \
         zone of your own",
        site.what()
    ))
}

/// While accelerated recovery is switched on or off Route 53 refuses changes for some minutes.
fn frozen(site: &Site<'_>) -> Option<String> {
    let status = site.details.recovery.as_ref()?;
    status.ends_with("_HOSTED_ZONE_LOCKED").then(|| {
        format!(
            "{} takes no changes while its accelerated recovery is switched ({status}); wait some minutes, until `aws route53 \
             get-hosted-zone --id {}` says ENABLED or DISABLED",
            site.what(),
            site.zone.id
        )
    })
}

fn about_to_freeze(site: &Site<'_>) -> Option<String> {
    let status = site.details.recovery.as_deref()?;
    match status {
        "ENABLING" | "DISABLING" => Some(format!(
            "{}: its accelerated recovery is being switched ({status}), and at the end of that Route 53 refuses every change for \
             some minutes, a rollback's too; wait until it is over",
            site.what()
        )),
        "ENABLED" | "DISABLED" | "ENABLE_FAILED" | "DISABLE_FAILED" => None,
        other => Some(format!(
            "{}: its accelerated recovery is {other}, which cutover does not know; if that is a fail-over, wait until it is over",
            site.what()
        )),
    }
}

/// What nobody may change cannot be brought back either (law L16).
fn protections(site: &Site<'_>) -> Vec<String> {
    let ours = site.pairs.iter().map(|pair| (&pair.name, &pair.kind));
    let lock = site.lock.iter().map(|name| (name, &RecordType::Txt));
    let protected = site.details.protected.iter().flatten();
    let of_ours = |(name, kind): &(&RecordName, &RecordType)| {
        protected.clone().any(|(other, of_kind)| other == *name && of_kind == *kind)
    };
    let told = |(name, kind): (&RecordName, &RecordType)| {
        format!(
            "{name} {kind} in zone {id} is protected: Route 53 would refuse every change of it, a rollback's too; remove the \
             protection with `aws route53 delete-resource-record-set-protections --hosted-zone-id {id} --protections \
             RecordName={name},RecordType={kind}`",
            id = site.zone.id
        )
    };
    ours.chain(lock).filter(of_ours).map(told).collect()
}

/// A zone at its quota takes no new records (law L18).
fn full(site: &Site<'_>) -> Option<String> {
    let (records, most) = (site.details.records?, site.details.most_records?);
    (site.added > 0 && records + site.added > most).then(|| {
        format!(
            "{} has {records} records of the {most} that it may have, and preparing adds {}; remove some, or have the quota raised",
            site.what(),
            site.added
        )
    })
}

fn nearly_full(site: &Site<'_>) -> Option<String> {
    let (records, most) = (site.details.records?, site.details.most_records?);
    let left = most.saturating_sub(records + site.added);
    (site.added > 0 && left < most / NEARLY_FULL).then(|| {
        format!(
            "{} has {records} records of the {most} that it may have, and preparing adds {}: what other tools add meanwhile may \
             leave no room; remove some, or have the quota raised",
            site.what(),
            site.added
        )
    })
}

/// A wildcard does not answer for a name that exists.
fn below_a_wildcard(site: &Site<'_>, snapshot: &Snapshot) -> Option<String> {
    let (lock, wildcard) = (site.lock.as_ref()?, wildcard(site.zone)?);
    let live = snapshot.records.get(&site.zone.id).into_iter().flatten();
    live.into_iter().any(|record| record.name == wildcard).then(|| {
        format!(
            "{wildcard} in zone {} answers for {lock} now, and does not while the lock stands there; no other name changes, so \
             nothing has to be done unless somebody asks for that one",
            site.zone.id
        )
    })
}

/// Older and other Route 53s do not know all calls about a zone, and a role need not be allowed all of them.
fn untold(site: &Site<'_>) -> Vec<String> {
    let (limit, protections) = (site.details.most_records, &site.details.protected);
    let calls = [
        (limit.is_none(), "GetHostedZoneLimit", "whether it is full"),
        (protections.is_none(), "ListResourceRecordSetProtections", "for protections"),
    ];
    let missing = calls.into_iter().filter(|(missing, ..)| *missing);
    let told = |(_, call, what): (bool, &str, &str)| {
        format!(
            "{}: nobody has looked {what}, because Route 53 does not tell, or the dns credentials may not ask; allow `route53:{call}`",
            site.what()
        )
    };
    missing.map(told).collect()
}

fn unread(zone: &Zone) -> String {
    format!(
        "zone {} ({}): the dns credentials may not ask about it, so nobody has looked for protections, a zone that takes no changes \
         or a full one; allow `route53:GetHostedZone` and the calls beside it",
        zone.id, zone.name
    )
}
