//! Record pairs: one name and type with its legacy and its new member, and where it can be.

use serde::{Deserialize, Serialize};

use super::{Answer, Goal, RecordSet, Routing, ZoneId};
use crate::unit::{RecordName, RecordType, Share, Ttl, Weight, Weights};

/// Set identifier of a legacy member that cutover creates.
pub const LEGACY_IDENTIFIER: &str = "cutover:legacy";
/// Set identifier of a new member that cutover creates.
pub const NEW_IDENTIFIER: &str = "cutover:new";
/// Set identifier of a new member that cutover creates beside one that was new in the migration before, is legacy in this
/// one, and has kept its identifier.
pub(super) const NEXT_NEW_IDENTIFIER: &str = "cutover:new-2";

/// One name and type that moves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// Its name.
    pub name: RecordName,
    /// Its type.
    pub kind: RecordType,
    /// The zone that holds it.
    pub zone: ZoneId,
    /// All record sets that were there before the run, to the letter.
    pub found: Vec<RecordSet>,
    /// Where a rollback goes: what was found, or, where a simple record became a pair, the pair that answers the same.
    pub baseline: Vec<RecordSet>,
    /// Requests per minute of the name's legacy load balancer before the run, 0 where that is not known: what is quiet
    /// moves first, and what is busy goes back first.
    #[serde(default)]
    pub busy: u64,
    /// Index of the wave that it moves with.
    #[serde(default, skip_serializing_if = "super::wave::is_first")]
    pub wave: usize,
    /// The legacy member, at the weight that it has before the first step.
    pub legacy: RecordSet,
    /// The new member, at the weight that it has before the first step.
    pub new: RecordSet,
}

impl Pair {
    /// Returns the members before the first step: a weighted pair that answers as before the run.
    pub fn prepared(&self) -> Vec<RecordSet> {
        vec![self.legacy.clone(), self.new.clone()]
    }

    /// Returns the members at these weights.
    pub fn at(&self, weights: Weights) -> Vec<RecordSet> {
        vec![self.legacy.with_weight(weights.legacy), self.new.with_weight(weights.new)]
    }

    /// Returns what is there once the migration is over: new alone, answering as it does now. A run that moves traffic
    /// leaves the pair as its last step does, so that the way back stays open.
    pub fn finished(&self, goal: Goal) -> Vec<RecordSet> {
        match goal {
            Goal::Move => self.prepared(),
            Goal::Simple => {
                vec![RecordSet { routing: Routing::Simple, ..self.new.clone() }]
            }
            Goal::WithoutLegacy => vec![self.new.clone()],
        }
    }

    /// Returns true when the name had one simple record before the run.
    pub fn was_simple(&self) -> bool {
        self.found.iter().any(|record| record.routing == Routing::Simple)
    }

    /// Returns the part of the answers that named new before the run.
    pub fn share_before(&self) -> f64 {
        let weight = |record: &RecordSet| record.weight().unwrap_or_default();
        Weights { legacy: weight(&self.legacy), new: weight(&self.new) }.fraction()
    }

    /// Returns the longest time that resolvers keep an answer from before the run.
    pub(super) fn ttl_before(&self) -> Ttl {
        self.found.iter().map(RecordSet::ttl).max().unwrap_or_default()
    }

    /// Returns the weights among these record sets, of the legacy and of the new member.
    pub fn weights_in(&self, records: &[RecordSet]) -> (Option<Weight>, Option<Weight>) {
        let of = |member: &RecordSet| {
            let same =
                |r: &&RecordSet| self.owns(r) && r.set_identifier() == member.set_identifier();
            records.iter().find(same).and_then(RecordSet::weight)
        };
        (of(&self.legacy), of(&self.new))
    }

    /// Returns those of these record sets that are at the pair's name and of its type.
    pub fn own(&self, records: &[RecordSet]) -> Vec<RecordSet> {
        records.iter().filter(|record| self.owns(record)).cloned().collect()
    }

    /// Returns true when this record set is at the pair's name and of its type.
    pub fn owns(&self, record: &RecordSet) -> bool {
        record.name == self.name && record.kind == self.kind
    }
}

/// Returns true when two sets of record sets are the same, in whatever order.
pub fn same_records(one: &[RecordSet], other: &[RecordSet]) -> bool {
    one.len() == other.len()
        && one.iter().all(|record| other.iter().any(|candidate| candidate.is_same_as(record)))
}

impl RecordSet {
    /// Returns true when Route 53 would take the two for the same record: equal but for the order of values, a final
    /// dot, or the case of names (laws L17, L34).
    pub fn is_same_as(&self, other: &Self) -> bool {
        // Most are the same to the letter, which is much cheaper to see.
        self == other
            || self.name == other.name
                && self.kind == other.kind
                && self.routing == other.routing
                && self.health_check == other.health_check
                && self.answer.is_same_as(&other.answer, &self.kind)
    }
}

impl Answer {
    /// Returns true when both answer the same, TTL included.
    pub fn is_same_as(&self, other: &Self, kind: &RecordType) -> bool {
        let ttls_match = match (self, other) {
            (Self::Values { ttl: one, .. }, Self::Values { ttl: two, .. }) => one == two,
            (
                Self::Alias { evaluate_target_health: one, .. },
                Self::Alias { evaluate_target_health: two, .. },
            ) => one == two,
            (Self::Alias { .. }, Self::Values { .. })
            | (Self::Values { .. }, Self::Alias { .. }) => false,
        };
        ttls_match && self.points_where(other, kind)
    }

    /// Returns true when both point to the same place, whatever the TTL or the evaluation of health. The `dualstack.`
    /// that the console puts before the name of a classic load balancer makes no difference.
    pub fn points_where(&self, other: &Self, kind: &RecordType) -> bool {
        match (self, other) {
            (
                Self::Alias { dns_name: one, zone_id: in_one, .. },
                Self::Alias { dns_name: two, zone_id: in_two, .. },
            ) => in_one == in_two && plain_host(one) == plain_host(two),
            (Self::Values { values: one, .. }, Self::Values { values: two, .. }) => {
                comparable(one, kind) == comparable(two, kind)
            }
            (Self::Alias { .. }, Self::Values { .. })
            | (Self::Values { .. }, Self::Alias { .. }) => false,
        }
    }
}

fn plain_host(host: &str) -> String {
    let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
    host.strip_prefix("dualstack.").map_or(host.clone(), str::to_owned)
}

fn comparable(values: &[String], kind: &RecordType) -> Vec<String> {
    let mut values: Vec<String> = match kind {
        RecordType::Cname => {
            values.iter().map(|v| v.strip_suffix('.').unwrap_or(v).to_ascii_lowercase()).collect()
        }
        RecordType::A | RecordType::Aaaa | RecordType::Txt | RecordType::Other(_) => {
            values.to_vec()
        }
    };
    values.sort();
    values
}

/// Returns the share that these pairs have together, where it is the same for all; else the largest.
pub(super) fn share_of(pairs: &[Pair]) -> Share {
    let fraction = pairs.iter().map(Pair::share_before).fold(0.0, f64::max);
    Share::from_fraction(fraction)
}
