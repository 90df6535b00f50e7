//! The way back when there is nothing but the runbook and the live zone: no journal, no load balancer calls, no metrics.

use std::collections::BTreeMap;

use super::{
    Answer, Goal, LEGACY_IDENTIFIER, NEW_IDENTIFIER, NEXT_NEW_IDENTIFIER, Pair, Plan, Quota,
    RecordSet, Routing, Zone, ZoneId, in_words,
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
            let strangers = strangers(record, kind, &zone.id, &live);
            match pair(record, kind, &zone.id, live) {
                Ok(pair) => {
                    pairs.extend(pair);
                    problems.extend(strangers);
                }
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
        goal: Goal::Move,
        locked: runbook.prepare.lock,
        found_locks: BTreeMap::new(),
        quota: Quota::Default,
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
        return match owner(record, only, true) {
            Owner::Legacy => Ok(None),
            Owner::New | Owner::Either | Owner::Nobody => Err(format!(
                "{what}: a simple record that is not known to be legacy's ({}); set it by hand, or roll back with the run's id",
                all()
            )),
        };
    }
    let (legacy, new) = members(record, &live).ok_or_else(|| {
        format!(
            "{what}: which member is legacy's and which is new's cannot be told from their names ({}); roll back with the run's id, or set the record by hand",
            all()
        )
    })?;
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
        busy: 0,
        new: quiet.unwrap_or_else(|| absent(&restored)),
        legacy: restored,
        baseline,
        found: live,
    }))
}

/// Returns what is said of members that are neither side's: they are left alone, and keep their part of the traffic.
fn strangers(
    record: &Record,
    kind: &RecordType,
    zone: &ZoneId,
    live: &[RecordSet],
) -> Option<String> {
    let several = live.len() > 1;
    let strange = |r: &&RecordSet| {
        several && owner(record, r, true) == Owner::Nobody && r.weight() != Some(Weight(0))
    };
    let strangers: Vec<String> = live.iter().filter(strange).map(in_words).collect();
    (!strangers.is_empty()).then(|| {
        format!(
            "{} {kind} in zone {zone}: a member of neither side keeps its part of the traffic ({}); remove it by hand",
            record.name,
            strangers.join("; ")
        )
    })
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

/// Whose a live record is, as far as it tells by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Legacy,
    New,
    /// It points where both sides may point: their load balancers are of one name.
    Either,
    Nobody,
}

/// Tells by where the record points. Where that tells nothing, what cutover made says so itself, unless it was made in
/// an earlier migration: what was new then is legacy now, and keeps its identifier.
fn owner(record: &Record, live: &RecordSet, believe: bool) -> Owner {
    let named = live.set_identifier().filter(|_| believe);
    match (points_to(live, &record.legacy), points_to(live, &record.new), named) {
        (true, false, _) => Owner::Legacy,
        (false, true, _) => Owner::New,
        (_, _, Some(LEGACY_IDENTIFIER)) => Owner::Legacy,
        (_, _, Some(NEW_IDENTIFIER)) => Owner::New,
        (true, true, _) => Owner::Either,
        (false, false, _) => Owner::Nobody,
    }
}

/// Returns legacy's and new's members, or nothing where they cannot be told apart. A single member that may be either
/// side's is the one that the other side leaves.
fn members<'a>(
    record: &Record,
    live: &'a [RecordSet],
) -> Option<(Option<&'a RecordSet>, Option<&'a RecordSet>)> {
    let believe = live.iter().all(|r| r.set_identifier() != Some(NEXT_NEW_IDENTIFIER));
    let of = move |wanted| live.iter().filter(move |r| owner(record, r, believe) == wanted);
    let (legacy, new) = (of(Owner::Legacy).next(), of(Owner::New).next());
    let either: Vec<&RecordSet> = of(Owner::Either).collect();
    match (legacy, new, &either[..]) {
        (_, _, []) => Some((legacy, new)),
        (Some(_), None, [only]) => Some((legacy, Some(only))),
        (None, Some(_), [only]) => Some((Some(only), new)),
        (_, _, [_, ..]) => None,
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        runbook::{Choice, Source, parse},
        unit::Ttl,
    };

    fn alias(identifier: Option<(&str, u8)>, balancer: &str) -> RecordSet {
        RecordSet {
            name: "api.example.com".parse().unwrap(),
            kind: RecordType::A,
            routing: identifier.map_or(Routing::Simple, |(identifier, weight)| Routing::Weighted {
                set_identifier: identifier.to_owned(),
                weight: Weight(weight),
            }),
            answer: Answer::Alias {
                dns_name: format!("{balancer}-1000104729.us-west-2.elb.amazonaws.com."),
                zone_id: "Z1H1FL5HABSF5".to_owned(),
                evaluate_target_health: false,
            },
            health_check: None,
        }
    }

    /// Plans the way back of `api.example.com` from an `elb` to an `alb` of these names.
    fn planned(elb: &str, alb: &str, live: &[RecordSet]) -> Emergency {
        let text = format!(
            "version: 1\nname: api\nrecords:\n  - name: api.example.com\n    zone: example.com\n    \
             legacy: {{ elb: {elb} }}\n    new: {{ alb: {alb} }}\nsteps: [{{ weight: 5%, hold: 10m }}]\n"
        );
        let source = Source { path: "api.yaml".to_owned(), text: text.into_bytes() };
        let runbook = parse(&source, &Choice::default()).unwrap();
        let id = ZoneId("Z1".to_owned());
        let zone = Zone { id: id.clone(), name: "example.com".parse().unwrap(), private: false };
        let zones = BTreeMap::from([(runbook.records[0].zone.clone(), vec![zone])]);
        emergency(&runbook, &zones, &BTreeMap::from([(id, live.to_vec())]))
    }

    /// Returns the baseline of the only pair.
    fn baseline(found: &Emergency) -> &[RecordSet] {
        assert_eq!(found.problems, Vec::<String>::new());
        &found.plan.pairs[0].baseline
    }

    #[test]
    fn members_that_cutover_made_are_told_apart_even_when_both_load_balancers_have_one_name() {
        let live =
            [alias(Some((LEGACY_IDENTIFIER, 0)), "api"), alias(Some((NEW_IDENTIFIER, 100)), "api")];
        let back = [live[0].with_weight(Weight(100)), live[1].with_weight(Weight(0))];
        assert_eq!(baseline(&planned("api", "api", &live)), back);
        let turned = [live[1].clone(), live[0].clone()];
        assert_eq!(baseline(&planned("api", "api", &turned)), back);
    }

    #[test]
    fn adopted_members_are_told_apart_by_where_they_point() {
        let live = [alias(Some(("green", 255)), "api-new"), alias(Some(("blue", 3)), "api")];
        let back = [live[1].clone(), live[0].with_weight(Weight(0))];
        assert_eq!(baseline(&planned("api", "api-new", &live)), back);
    }

    #[test]
    fn an_adopted_member_of_the_same_name_is_the_one_that_the_other_side_leaves() {
        let live = [alias(Some(("blue", 0)), "api"), alias(Some((NEW_IDENTIFIER, 100)), "api")];
        let back = [live[0].with_weight(Weight(100)), live[1].with_weight(Weight(0))];
        assert_eq!(baseline(&planned("api", "api", &live)), back);
    }

    #[test]
    fn members_that_cannot_be_told_apart_are_left_to_a_person() {
        let live = [alias(Some(("blue", 0)), "api"), alias(Some(("green", 100)), "api")];
        let found = planned("api", "api", &live);
        assert_eq!(found.plan.pairs, []);
        assert!(found.problems[0].contains("cannot be told from their names"), "{found:?}");
        let simple = planned("api", "api", &[alias(None, "api")]);
        assert!(simple.problems[0].contains("not known to be legacy's"), "{simple:?}");
    }

    #[test]
    fn a_simple_record_of_legacy_s_needs_no_way_back() {
        let found = planned("api", "api-new", &[alias(None, "api")]);
        assert_eq!((found.plan.pairs, found.problems), (vec![], vec![]));
    }

    #[test]
    fn what_is_not_there_is_a_problem_of_its_own() {
        let found = planned("api", "api-new", &[]);
        assert!(found.problems[0].contains("there is no record"), "{found:?}");
        let foreign = RecordSet {
            answer: Answer::Values { ttl: Ttl(60), values: vec!["192.0.2.1".to_owned()] },
            ..alias(Some(("blue", 1)), "")
        };
        let found = planned("api", "api-new", &[foreign]);
        assert!(found.problems[0].contains("no member is known to be legacy's"), "{found:?}");
    }
}
