//! What the members of a pair, and the pairs of one name, must have in common.

use std::collections::{BTreeMap, BTreeSet};

use super::{Answer, Pair};
use crate::unit::{RecordName, Share, Ttl};

/// Returns why these pairs cannot move together, or not back.
pub(super) fn name_problems(pairs: &[Pair]) -> Vec<String> {
    let uneven = by_name(pairs).into_iter().filter_map(|(name, pairs)| uneven(name, &pairs));
    pairs.iter().filter_map(restorable).chain(uneven).collect()
}

/// Returns what is worth a second thought about these pairs.
pub(super) fn name_hazards(pairs: &[Pair]) -> Vec<String> {
    let apart = by_name(pairs).into_iter().filter_map(|(name, pairs)| apart(name, &pairs));
    pairs.iter().filter_map(lopsided).chain(apart).collect()
}

fn by_name(pairs: &[Pair]) -> BTreeMap<&RecordName, Vec<&Pair>> {
    let mut names: BTreeMap<&RecordName, Vec<&Pair>> = BTreeMap::new();
    for pair in pairs {
        names.entry(&pair.name).or_default().push(pair);
    }
    names
}

/// A group whose members differ in TTL may stand from old times, but would not be taken again (law L12).
fn restorable(pair: &Pair) -> Option<String> {
    let ttl = |answer: &Answer| match answer {
        Answer::Values { ttl, .. } => Some(*ttl),
        Answer::Alias { .. } => None,
    };
    let ttls: BTreeSet<Ttl> = pair.found.iter().filter_map(|record| ttl(&record.answer)).collect();
    (ttls.len() > 1).then(|| {
        format!(
            "{} {} in zone {}: its members have different TTLs ({}), which Route 53 would not take back in a rollback; give them \
             one TTL first",
            pair.name,
            pair.kind,
            pair.zone,
            listed(ttls)
        )
    })
}

/// Clients of one name use several types, and several zones: all of them move alike, from the first moment (law L49).
fn uneven(name: &RecordName, pairs: &[&Pair]) -> Option<String> {
    let first = pairs.first()?.share_before();
    pairs.iter().any(|pair| (pair.share_before() - first).abs() > 1e-9).then(|| {
        let share = |pair: &&Pair| {
            let share = Share::from_fraction(pair.share_before());
            format!("{share} of {} in zone {}", pair.kind, pair.zone)
        };
        let shares = pairs.iter().map(share).collect::<Vec<_>>().join(", ");
        format!("{name}: new has {shares}; give its types the same weights first, so that they move alike")
    })
}

/// What is kept longer gets more of the traffic than its weight says.
fn lopsided(pair: &Pair) -> Option<String> {
    let (legacy, new) = (pair.legacy.ttl(), pair.new.ttl());
    (legacy != new).then(|| {
        format!(
            "{} {}: resolvers keep legacy's answer for {legacy} and new's for {new}, so the shares will not be those of the \
             weights; an alias is kept for {}: set `ttl` to that",
            pair.name,
            pair.kind,
            Ttl::OF_LOAD_BALANCER
        )
    })
}

fn apart(name: &RecordName, pairs: &[&Pair]) -> Option<String> {
    let ttl = |pair: &&Pair| pair.legacy.ttl().max(pair.new.ttl());
    let ttls: BTreeSet<Ttl> = pairs.iter().map(ttl).collect();
    (ttls.len() > 1).then(|| {
        format!(
            "{name}: resolvers keep its types for different times ({}), so their clients do not move together; give them one `ttl`",
            listed(ttls)
        )
    })
}

fn listed(ttls: BTreeSet<Ttl>) -> String {
    ttls.iter().map(Ttl::to_string).collect::<Vec<_>>().join(", ")
}
