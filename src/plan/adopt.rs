//! From the records that are live to the pair that will move, or to why it cannot.

use super::{Answer, Balancer, Pair, RecordSet, Routing, Snapshot, Zone, batch};
use crate::{
    plan::pair::{LEGACY_IDENTIFIER, NEW_IDENTIFIER, NEXT_NEW_IDENTIFIER},
    runbook::model::{Destination, Prepare, Record, Target},
    unit::{BalancerName, RecordName, RecordType, Side, Ttl, Weight},
};

/// Weights of a pair that is made from a simple record: it answers as the record did.
const CONVERTED: (Weight, Weight) = (Weight(100), Weight(0));

/// Returns the pair of one name and type.
///
/// # Errors
/// In words: what is live, why it cannot be moved, and what to do.
pub(super) fn adopt(
    record: &Record,
    kind: &RecordType,
    zone: &Zone,
    prepare: &Prepare,
    snapshot: &Snapshot,
) -> Result<Pair, String> {
    let what = format!("{} {kind} in zone {}", record.name, zone.id);
    let at_name: Vec<&RecordSet> = snapshot
        .records
        .get(&zone.id)
        .into_iter()
        .flatten()
        .filter(|live| live.name == record.name)
        .collect();
    refuse_other_types(&what, kind, &at_name)?;
    let found: Vec<RecordSet> =
        at_name.into_iter().filter(|live| live.kind == *kind).cloned().collect();
    let ttl = record.ttl.unwrap_or(prepare.lower_ttl_to);
    let legacy = answer_of(&record.legacy, record, Side::Legacy, snapshot, ttl)?;
    let new = answer_of(&record.new, record, Side::New, snapshot, ttl)?;
    let wanted = Wanted { what: &what, name: &record.name, kind, legacy: &legacy, new: &new };
    let (old_member, new_member) = members(&wanted, &found, prepare)?;
    let mut pair = Pair {
        name: record.name.clone(),
        kind: kind.clone(),
        zone: zone.id.clone(),
        busy: busy(record, snapshot),
        wave: 0,
        baseline: found.clone(),
        found,
        legacy: old_member,
        new: new_member,
    };
    shorten_ttl(&mut pair, ttl);
    if pair.was_simple() {
        pair.baseline = pair.prepared();
    }
    Ok(pair)
}

/// Returns the requests per minute of a record's legacy load balancer; 0 where that is not known.
fn busy(record: &Record, snapshot: &Snapshot) -> u64 {
    let busy = |name: &BalancerName| snapshot.busy.get(&(Side::Legacy, name.clone())).copied();
    record.legacy.metrics_balancer().and_then(busy).unwrap_or_default()
}

/// A CNAME excludes every other type at its name (law L13).
fn refuse_other_types(what: &str, kind: &RecordType, live: &[&RecordSet]) -> Result<(), String> {
    let cname = |kind: &RecordType| *kind == RecordType::Cname;
    let clash = live.iter().find(|r| r.kind != *kind && (cname(kind) || cname(&r.kind)));
    match clash {
        Some(other) => Err(format!(
            "{what}: a {} record stands at this name ({}); name its type in `types`, or remove it",
            other.kind,
            batch::in_words(other)
        )),
        None => Ok(()),
    }
}

struct Wanted<'a> {
    what: &'a str,
    name: &'a RecordName,
    kind: &'a RecordType,
    legacy: &'a Answer,
    new: &'a Answer,
}

impl Wanted<'_> {
    fn points_to(&self, record: &RecordSet, answer: &Answer) -> bool {
        record.answer.points_where(answer, self.kind)
    }

    fn member(&self, answer: &Answer, identifier: &str, weight: Weight) -> RecordSet {
        RecordSet {
            name: self.name.clone(),
            kind: self.kind.clone(),
            routing: Routing::Weighted { set_identifier: identifier.to_owned(), weight },
            answer: answer.clone(),
            health_check: None,
        }
    }
}

fn members(
    wanted: &Wanted<'_>,
    found: &[RecordSet],
    prepare: &Prepare,
) -> Result<(RecordSet, RecordSet), String> {
    let what = wanted.what;
    if let Some(other) = found.iter().find(|r| matches!(r.routing, Routing::Other { .. })) {
        return Err(format!(
            "{what}: it is routed by another policy ({}), and cutover moves simple and weighted records only; make it one of these, or leave it out of `records`",
            batch::in_words(other)
        ));
    }
    match found {
        [] => Err(format!(
            "{what}: no such record; cutover moves traffic that exists, so create the legacy record first"
        )),
        [simple] if simple.routing == Routing::Simple => convert(wanted, simple, prepare),
        weighted => adopt_weighted(wanted, weighted),
    }
}

fn convert(
    wanted: &Wanted<'_>,
    simple: &RecordSet,
    prepare: &Prepare,
) -> Result<(RecordSet, RecordSet), String> {
    let what = wanted.what;
    let live = batch::in_words(simple);
    if wanted.points_to(simple, wanted.new) {
        return Err(format!("{what}: it points to new already ({live}); there is nothing to move"));
    }
    if !wanted.points_to(simple, wanted.legacy) {
        return Err(format!(
            "{what}: it does not point to legacy ({live}); correct `legacy` in the runbook, or the record"
        ));
    }
    if !prepare.convert_simple {
        return Err(format!(
            "{what}: it is a simple record ({live}); make it a weighted pair, or allow it with `prepare.convert_simple: true`"
        ));
    }
    let (legacy_weight, new_weight) = CONVERTED;
    let mut legacy = wanted.member(wanted.legacy, LEGACY_IDENTIFIER, legacy_weight);
    // The legacy member keeps what is live to the letter, so that answers do not change.
    legacy.answer = simple.answer.clone();
    legacy.health_check = simple.health_check.clone();
    Ok((legacy, wanted.member(wanted.new, NEW_IDENTIFIER, new_weight)))
}

fn adopt_weighted(
    wanted: &Wanted<'_>,
    found: &[RecordSet],
) -> Result<(RecordSet, RecordSet), String> {
    let what = wanted.what;
    let pointing = |answer| found.iter().filter(move |r| wanted.points_to(r, answer));
    let (mut old, mut new) = (pointing(wanted.legacy), pointing(wanted.new));
    let foreign = found
        .iter()
        .find(|r| !wanted.points_to(r, wanted.legacy) && !wanted.points_to(r, wanted.new));
    if let Some(foreign) = foreign {
        return Err(format!(
            "{what}: a member points to neither side ({}); remove it, or correct `legacy` and `new` in the runbook",
            batch::in_words(foreign)
        ));
    }
    let (Some(legacy), None) = (old.next(), old.next()) else {
        return Err(format!(
            "{what}: exactly one weighted member must point to legacy ({}); correct the records or the runbook",
            found.iter().map(batch::in_words).collect::<Vec<_>>().join("; ")
        ));
    };
    let adopted = new.next();
    if new.next().is_some() {
        return Err(format!(
            "{what}: more than one weighted member points to new; remove all but one"
        ));
    }
    let weight = |r: &RecordSet| r.weight().unwrap_or_default();
    if weight(legacy).0 == 0 && adopted.map_or(0, |r| weight(r).0) == 0 {
        return Err(format!(
            "{what}: all weights are 0, which Route 53 answers with every member alike; give legacy a weight first"
        ));
    }
    let taken = legacy.set_identifier() == Some(NEW_IDENTIFIER);
    let identifier = if taken { NEXT_NEW_IDENTIFIER } else { NEW_IDENTIFIER };
    let create = || wanted.member(wanted.new, identifier, Weight(0));
    Ok((legacy.clone(), adopted.cloned().unwrap_or_else(create)))
}

/// All members of a weighted group have one TTL (law L12): the shorter of what is live and what is wanted.
fn shorten_ttl(pair: &mut Pair, wanted: Ttl) {
    let live = pair.found.iter().map(RecordSet::ttl).max().unwrap_or(wanted);
    let short = live.min(wanted);
    for member in [&mut pair.legacy, &mut pair.new] {
        if let Answer::Values { ttl, .. } = &mut member.answer {
            *ttl = short;
        }
    }
}

pub(super) fn answer_of(
    target: &Target,
    record: &Record,
    side: Side,
    snapshot: &Snapshot,
    ttl: Ttl,
) -> Result<Answer, String> {
    match &target.destination {
        Destination::Balancer(name) => {
            let (balancer, _) = snapshot.balancers.get(&(side, name.clone())).ok_or_else(|| {
                format!("{}: {side} load balancer {name} was not found", record.name)
            })?;
            Ok(alias_to(balancer, target.evaluate_target_health))
        }
        Destination::Values(values) => Ok(Answer::Values { ttl, values: values.clone() }),
        Destination::Alias { dns_name, zone_id } => Ok(Answer::Alias {
            dns_name: dns_name.clone(),
            zone_id: zone_id.clone(),
            evaluate_target_health: target.evaluate_target_health,
        }),
    }
}

fn alias_to(balancer: &Balancer, evaluate_target_health: bool) -> Answer {
    // Route 53 lists alias targets in lower case with a final dot; sending them so keeps what is sent and what is
    // read back the same to the letter.
    let host = balancer.dns_name.trim_end_matches('.').to_ascii_lowercase();
    Answer::Alias {
        dns_name: format!("{host}."),
        zone_id: balancer.zone_id.clone(),
        evaluate_target_health,
    }
}
