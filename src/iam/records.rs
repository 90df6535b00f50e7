//! What may be written to which records, zone by zone.

use std::collections::{BTreeMap, BTreeSet};

use super::policy::{Condition, MOST_CHARACTERS, Policy, Statement};
use crate::{
    plan::{ZoneChoice, lock_name},
    runbook::Runbook,
    unit::{RecordName, RecordType},
};

const NAMES: &str = "route53:ChangeResourceRecordSetsNormalizedRecordNames";
const TYPES: &str = "route53:ChangeResourceRecordSetsRecordTypes";
const ACTIONS: &str = "route53:ChangeResourceRecordSetsActions";

/// More names in one zone than a policy holds, and no id that would narrow a policy without them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the {names} names in zone {zone} need {characters} characters of the {MOST_CHARACTERS} that a policy may have, and \
     without them it would allow every record of every zone"
)]
pub struct TooManyNames {
    zone: RecordName,
    names: usize,
    characters: usize,
}

/// A zone of the runbook, and what is written to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Zone {
    choice: ZoneChoice,
    /// Names that move.
    names: BTreeSet<RecordName>,
    types: BTreeSet<RecordType>,
}

/// What is allowed, and what has to be known of it.
#[derive(Debug, Default)]
pub(super) struct Writing {
    pub(super) statements: Vec<Statement>,
    pub(super) remarks: Vec<String>,
}

/// Returns the zones of a runbook, in the order of their choices.
pub(super) fn zones(runbook: &Runbook) -> Vec<Zone> {
    let mut zones: BTreeMap<&ZoneChoice, (BTreeSet<_>, BTreeSet<_>)> = BTreeMap::new();
    for record in &runbook.records {
        let (names, types) = zones.entry(&record.zone).or_default();
        names.insert(record.name.clone());
        types.extend(record.types.iter().cloned());
    }
    let zone =
        |(choice, (names, types)): (&ZoneChoice, _)| Zone { choice: choice.clone(), names, types };
    let zones: Vec<Zone> = zones.into_iter().map(zone).collect();
    zones.iter().map(|zone| zone.with_those_that_may_be_it(&zones)).collect()
}

/// Returns the ARNs of these zones; of one that is known by its name only, the pattern of all zones.
pub(super) fn arns(zones: &[Zone], partition: &str) -> Vec<String> {
    let arns: BTreeSet<String> = zones.iter().map(|zone| zone.arn(partition)).collect();
    let all = arn_of("*", partition);
    if arns.contains(&all) { vec![all] } else { arns.into_iter().collect() }
}

/// Returns true when a zone has to be looked up by its name.
pub(super) fn any_by_name(zones: &[Zone]) -> bool {
    zones.iter().any(|zone| matches!(zone.choice, ZoneChoice::Name { .. }))
}

/// Returns the statements that allow changes of these zones' records: one for each zone.
///
/// # Errors
/// A zone without an id has more names than a policy holds.
pub(super) fn writing(
    zones: &[Zone],
    partition: &str,
    break_glass: bool,
) -> Result<Writing, TooManyNames> {
    let mut writing = Writing::default();
    for (index, zone) in zones.iter().enumerate() {
        let number = if zones.len() == 1 { String::new() } else { (index + 1).to_string() };
        let sid = format!("ChangeRecords{number}");
        let whole = zone.statement(&sid, partition, break_glass, true);
        let characters = Policy::of(vec![whole.clone()]).characters();
        if characters <= MOST_CHARACTERS {
            writing.remarks.extend(zone.remark());
            writing.statements.push(whole);
            continue;
        }
        let ZoneChoice::Id(id) = &zone.choice else {
            let (zone, names) = (zone.apexes().remove(0), zone.names.len());
            return Err(TooManyNames { zone, names, characters });
        };
        writing.remarks.push(format!(
            "zone {id}: the {} names that move need {characters} characters of the {MOST_CHARACTERS} that a policy may have, \
             so this one allows every name of the zone, of these types only; names cannot be spread over several policies, \
             because each batch must be allowed by one statement",
            zone.names.len()
        ));
        writing.statements.push(zone.statement(&sid, partition, break_glass, false));
    }
    Ok(writing)
}

impl Zone {
    /// Two choices of a runbook, one by id and one by name, can mean one zone, and then their records go in one batch.
    fn with_those_that_may_be_it(&self, all: &[Self]) -> Self {
        let mut zone = self.clone();
        for other in all.iter().filter(|other| self.may_be(other)) {
            zone.names.extend(other.names.iter().cloned());
            zone.types.extend(other.types.iter().cloned());
        }
        zone
    }

    fn may_be(&self, other: &Self) -> bool {
        let within = |names: &BTreeSet<RecordName>, apex: &RecordName| {
            names.iter().all(|name| name.is_within(apex))
        };
        match (&self.choice, &other.choice) {
            (ZoneChoice::Id(_), ZoneChoice::Name { name, .. }) => within(&self.names, name),
            (ZoneChoice::Name { name, .. }, ZoneChoice::Id(_)) => within(&other.names, name),
            (ZoneChoice::Id(_), ZoneChoice::Id(_))
            | (ZoneChoice::Name { .. }, ZoneChoice::Name { .. }) => false,
        }
    }

    fn arn(&self, partition: &str) -> String {
        match &self.choice {
            ZoneChoice::Id(id) => arn_of(id, partition),
            ZoneChoice::Name { .. } => arn_of("*", partition),
        }
    }

    fn statement(
        &self,
        sid: &str,
        partition: &str,
        break_glass: bool,
        with_names: bool,
    ) -> Statement {
        let mut actions = vec!["CREATE".to_owned(), "DELETE".to_owned()];
        if break_glass {
            actions.push("UPSERT".to_owned());
        }
        let lock = [RecordType::Txt];
        let types: BTreeSet<&str> =
            self.types.iter().chain(&lock).map(RecordType::as_str).collect();
        let types = types.into_iter().map(str::to_owned).collect();
        let mut condition = BTreeMap::from([(TYPES, types), (ACTIONS, actions)]);
        if with_names {
            let locks = self.apexes().into_iter().filter_map(|apex| lock_name(&apex));
            let names: BTreeSet<RecordName> = self.names.iter().cloned().chain(locks).collect();
            condition.insert(NAMES, names.iter().map(normalized).collect());
        }
        let actions = vec!["route53:ChangeResourceRecordSets"];
        Statement::allow(sid, actions, vec![self.arn(partition)])
            .within(Condition { lists: condition, with_mfa: false })
    }

    /// Returns the names that the zone may have: its own, or all that its records lie within where only its id is known.
    fn apexes(&self) -> Vec<RecordName> {
        if let ZoneChoice::Name { name, .. } = &self.choice {
            return vec![name.clone()];
        }
        let Some(first) = self.names.first() else { return Vec::new() };
        let dots = first.as_str().match_indices('.').map(|(at, _)| at + 1);
        let ends = std::iter::once(0).chain(dots).filter_map(|at| first.as_str().get(at..));
        ends.filter_map(|end| end.parse::<RecordName>().ok())
            .filter(|apex| self.names.iter().all(|name| name.is_within(apex)))
            .collect()
    }

    /// Returns what has to be known of the zone's statement.
    fn remark(&self) -> Option<String> {
        match &self.choice {
            ZoneChoice::Name { name, .. } => Some(format!(
                "zone {name} is known by its name, and IAM knows zones by their ids: the names keep this from every zone that \
                 cannot hold them; with the id as `zone` in the runbook the policy is for that zone alone"
            )),
            ZoneChoice::Id(id) => (self.apexes().len() > 1).then(|| {
                format!(
                    "zone {id} is known by its id, which does not tell the name that its lock's ends in: the lock is allowed at \
                     each name that the zone may have"
                )
            }),
        }
    }
}

fn arn_of(zone: &str, partition: &str) -> String {
    format!("arn:{partition}:route53:::hostedzone/{zone}")
}

/// Returns a name as the condition key has it: lower case, without a final dot, all but `a-z 0-9 - _ .` as `\ooo`.
fn normalized(name: &RecordName) -> String {
    name.escaped().trim_end_matches('.').to_owned()
}
