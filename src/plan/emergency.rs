//! The way back when there is nothing but the runbook and the live zone: no journal, no load balancer calls, no metrics.

use std::collections::BTreeMap;

use super::{
    Answer, LEGACY_IDENTIFIER, NEW_IDENTIFIER, Pair, Plan, RecordSet, Routing, Zone, ZoneId,
    in_words,
};
use crate::{
    gate::History,
    runbook::{
        Runbook,
        model::{Destination, Record, Target, ZoneChoice},
    },
    unit::{BalancerKind, RecordType, Weight},
};

/// Weight of a legacy member that had none left.
const EVERYTHING: Weight = Weight(100);

/// A plan whose only use is to go back, and the names for which there is no way that a program should choose.
#[derive(Debug, Clone, PartialEq)]
pub struct Emergency {
    /// The plan, of all names that can be brought back.
    pub plan: Plan,
    /// What is live at the other names, and what to do about it.
    pub problems: Vec<String>,
}

/// Plans the way back: legacy keeps its weight, or gets all of it where it has none; new gets 0.
pub fn emergency(
    runbook: &Runbook,
    zones: &BTreeMap<ZoneChoice, Vec<Zone>>,
    records: &BTreeMap<ZoneId, Vec<RecordSet>>,
) -> Emergency {
    let (mut pairs, mut problems, mut used) = (Vec::new(), Vec::new(), Vec::new());
    for record in &runbook.records {
        let Some([zone]) = zones.get(&record.zone).map(Vec::as_slice) else {
            problems.push(format!(
                "{}: its zone stands for no zone, or for several; name it by its id in the runbook",
                record.name
            ));
            continue;
        };
        for kind in &record.types {
            let live: Vec<RecordSet> = records
                .get(&zone.id)
                .into_iter()
                .flatten()
                .filter(|live| live.name == record.name && live.kind == *kind)
                .cloned()
                .collect();
            match pair(record, kind, &zone.id, live) {
                Ok(pair) => pairs.extend(pair),
                Err(problem) => problems.push(problem),
            }
        }
        if !used.contains(zone) {
            used.push(zone.clone());
        }
    }
    let plan = Plan {
        runbook: runbook.name.clone(),
        environment: runbook.environment.name.clone(),
        steps: 0,
        zones: used,
        pairs,
        shifts: Vec::new(),
        gates: runbook.gates.clone(),
        policy: runbook.policy.clone(),
        feeds: Vec::new(),
        new_balancers: Vec::new(),
        history: History::default(),
    };
    Emergency { plan, problems }
}

/// Returns the pair to bring back, or nothing where a simple record answers with legacy already.
fn pair(
    record: &Record,
    kind: &RecordType,
    zone: &ZoneId,
    live: Vec<RecordSet>,
) -> Result<Option<Pair>, String> {
    let what = format!("{} {kind} in zone {zone}", record.name);
    let all = || live.iter().map(in_words).collect::<Vec<_>>().join("; ");
    if let [only] = &live[..]
        && only.routing == Routing::Simple
    {
        return if points_to(only, &record.legacy) {
            Ok(None)
        } else {
            Err(format!(
                "{what}: a simple record that is not known to be legacy's ({}); set it by hand, or roll back with the run's id",
                all()
            ))
        };
    }
    let (legacy, new) = members(record, &live);
    let Some(legacy) = legacy else {
        return Err(format!(
            "{what}: no member is known to be legacy's ({}); roll back with the run's id, or set the record by hand",
            if live.is_empty() { "there is no record".to_owned() } else { all() }
        ));
    };
    let weight = legacy.weight().filter(|weight| weight.0 > 0).unwrap_or(EVERYTHING);
    let restored = legacy.with_weight(weight);
    let quiet = new.map(|new| new.with_weight(Weight(0)));
    let baseline = std::iter::once(restored.clone()).chain(quiet.clone()).collect();
    Ok(Some(Pair {
        name: record.name.clone(),
        kind: kind.clone(),
        zone: zone.clone(),
        new: quiet.unwrap_or_else(|| absent(&restored)),
        legacy: restored,
        baseline,
        found: live,
    }))
}

/// Returns the live members of legacy and of new. Where they point tells most; who made them counts where that tells
/// nothing, because what was new in one migration is legacy in the next, and keeps its identifier.
fn members<'a>(
    record: &Record,
    live: &'a [RecordSet],
) -> (Option<&'a RecordSet>, Option<&'a RecordSet>) {
    let pointing = |target| live.iter().find(|r| points_to(r, target));
    let named = |identifier, other| {
        live.iter().find(|r| r.set_identifier() == Some(identifier) && !points_to(r, other))
    };
    let legacy = pointing(&record.legacy).or_else(|| named(LEGACY_IDENTIFIER, &record.new));
    let new = pointing(&record.new).or_else(|| named(NEW_IDENTIFIER, &record.legacy));
    (legacy, new)
}

/// Stands for a member that does not exist: nothing live has its identifier.
fn absent(legacy: &RecordSet) -> RecordSet {
    let mut member = legacy.clone();
    if let Routing::Weighted { set_identifier, weight } = &mut member.routing {
        *set_identifier = format!("{set_identifier} (absent)");
        *weight = Weight(0);
    }
    member
}

/// Returns true when a live record points where the runbook says. A load balancer is known by its name, with which AWS
/// begins its DNS name, because it is not asked.
fn points_to(record: &RecordSet, target: &Target) -> bool {
    match (&record.answer, &target.destination) {
        (Answer::Alias { dns_name, .. }, Destination::Balancer(balancer)) => {
            let host = dns_name.trim_end_matches('.').to_ascii_lowercase();
            let host = host.strip_prefix("dualstack.").unwrap_or(&host);
            let host = host.strip_prefix("internal-").unwrap_or(host);
            let network = host.contains(".elb.") && !host.ends_with(".elb.amazonaws.com");
            let unique = host
                .strip_prefix(&balancer.name.to_ascii_lowercase())
                .and_then(|rest| rest.strip_prefix('-'))
                .and_then(|rest| rest.split('.').next());
            network == (balancer.kind == BalancerKind::Network)
                // The part after the name has no dash, so `api` does not claim what belongs to `api-old`.
                && unique.is_some_and(|unique| !unique.is_empty() && !unique.contains('-'))
        }
        (answer, Destination::Values(values)) => {
            let Answer::Values { ttl, .. } = answer else { return false };
            answer.points_where(&Answer::Values { ttl: *ttl, values: values.clone() }, &record.kind)
        }
        (answer, Destination::Alias { dns_name, zone_id }) => {
            let wanted = Answer::Alias {
                dns_name: dns_name.clone(),
                zone_id: zone_id.clone(),
                evaluate_target_health: false,
            };
            answer.points_where(&wanted, &record.kind)
        }
        (Answer::Values { .. }, Destination::Balancer(_)) => false,
    }
}
