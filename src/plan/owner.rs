//! Whose a live record is, as far as it tells by itself: for the way back, which asks for nothing but records.

use super::{Answer, LEGACY_IDENTIFIER, NEW_IDENTIFIER, RecordSet, pair::NEXT_NEW_IDENTIFIER};
use crate::{
    runbook::model::{Destination, Record, Target},
    unit::BalancerKind,
};

/// Identifiers of members that cutover makes.
const OURS: [&str; 3] = [LEGACY_IDENTIFIER, NEW_IDENTIFIER, NEXT_NEW_IDENTIFIER];

/// Whose a live record is, as far as it tells by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// Legacy's.
    Legacy,
    /// New's.
    New,
    /// It points where both sides may point: their load balancers are of one name.
    Either,
    /// Neither side's, as far as it tells.
    Nobody,
}

/// Tells by where the record points. Where that tells nothing, what cutover made says so itself, unless it was made in
/// an earlier migration: what was new then is legacy now, and keeps its identifier.
pub(super) fn owner(record: &Record, live: &RecordSet, believe: bool) -> Owner {
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
/// side's is the one that the other side leaves; where both sides have theirs it is a stranger's. Of several that point to
/// one side it is the one that cutover made.
pub(super) fn members<'a>(
    record: &Record,
    live: &'a [RecordSet],
) -> Option<(Option<&'a RecordSet>, Option<&'a RecordSet>)> {
    let believe = live.iter().all(|r| r.set_identifier() != Some(NEXT_NEW_IDENTIFIER));
    let of = move |wanted| live.iter().filter(move |r| owner(record, r, believe) == wanted);
    let made = |r: &&RecordSet| r.set_identifier().is_some_and(|id| OURS.contains(&id));
    let one = |wanted| of(wanted).find(made).or_else(|| of(wanted).next());
    let (legacy, new) = (one(Owner::Legacy), one(Owner::New));
    let either: Vec<&RecordSet> = of(Owner::Either).collect();
    match (legacy, new, &either[..]) {
        (_, _, []) | (Some(_), Some(_), _) => Some((legacy, new)),
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
