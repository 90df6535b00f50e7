//! A first runbook, from records and the load balancers that they may point to.

use std::collections::BTreeMap;

use super::{
    Scene,
    page::{page, region},
    scene::Seen,
    sides::{Sides, sides},
};
use crate::{
    plan::{Answer, RecordSet, Routing, ZoneId, in_words},
    unit::{RecordName, RecordType},
};

/// Where a runbook comes from and how its accounts are reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Way {
    /// What made it, such as `cutover init --from-terraform terraform.tfstate`.
    pub command: String,
    /// The names that are to move; without any, all that can.
    pub names: Vec<RecordName>,
    /// Profile and role of each place, as `key: value` of the runbook.
    pub dns: Vec<(String, String)>,
    /// The same, of legacy's account.
    pub legacy: Vec<(String, String)>,
    /// The same, of new's account.
    pub new: Vec<(String, String)>,
}

/// A first runbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The runbook.
    pub yaml: String,
    /// Entries below its `records`.
    pub records: usize,
    /// What its author has to decide, in words.
    pub decisions: usize,
}

/// Most records that are told as left out.
const MOST_TOLD: usize = 40;

type Group<'a> = ((&'a ZoneId, &'a RecordName, &'a RecordType), Vec<&'a Seen>);

/// One entry of `records`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) name: &'a RecordName,
    pub(super) zone: &'a ZoneId,
    pub(super) kinds: Vec<&'a RecordType>,
    pub(super) legacy: &'a Answer,
    pub(super) new: Option<&'a Answer>,
    pub(super) why: Vec<String>,
    pub(super) from: Vec<String>,
}

/// Writes a runbook for what can move in a scene.
///
/// # Errors
/// Why nothing can, each in one sentence.
pub fn draft(scene: &Scene, way: &Way) -> Result<Draft, Vec<String>> {
    let mut groups: BTreeMap<_, Vec<&Seen>> = BTreeMap::new();
    for seen in &scene.records {
        groups.entry((&seen.zone, &seen.record.name, &seen.record.kind)).or_default().push(seen);
    }
    let wanted = |name: &RecordName| way.names.is_empty() || way.names.contains(name);
    let (mut entries, mut left_out) = (Vec::new(), Vec::new());
    for group in groups.into_iter().filter(|((_, name, _), _)| wanted(name)) {
        match entry(scene, &group, !way.names.is_empty()) {
            Ok(entry) => add(&mut entries, entry),
            Err(why) => left_out.push(format!("{} {}: {why}", group.0.1, group.0.2)),
        }
    }
    if entries.is_empty() {
        return Err(if left_out.is_empty() {
            vec!["it has no record of these names".to_owned()]
        } else {
            told(&left_out)
        });
    }
    let yaml = page(scene, way, &entries, &told(&left_out));
    let decisions = yaml.matches("DECIDE").count();
    Ok(Draft { yaml, records: entries.len(), decisions })
}

/// Returns the first of many lines, and how many are not told.
fn told(lines: &[String]) -> Vec<String> {
    let mut told: Vec<String> = lines.iter().take(MOST_TOLD).cloned().collect();
    told.extend(
        lines
            .len()
            .checked_sub(MOST_TOLD)
            .filter(|more| *more > 0)
            .map(|more| format!("and {more} more")),
    );
    told
}

/// Makes an entry of the records of one name and type, or says why it cannot move. What was asked for by its name may
/// point anywhere; else a simple record has to point to a load balancer.
fn entry<'a>(scene: &'a Scene, group: &Group<'a>, named: bool) -> Result<Entry<'a>, String> {
    let ((zone, name, kind), seen) = group;
    if !matches!(kind, RecordType::A | RecordType::Aaaa | RecordType::Cname) {
        return Err("cutover moves A, AAAA and CNAME records".to_owned());
    }
    let records: Vec<&RecordSet> = seen.iter().map(|seen| &seen.record).collect();
    let made = |legacy, new, why| Entry {
        name,
        zone,
        kinds: vec![*kind],
        legacy,
        new,
        why,
        from: seen.iter().map(|seen| source(seen)).collect(),
    };
    let weighted = |record: &RecordSet| matches!(record.routing, Routing::Weighted { .. });
    match records[..] {
        [one, other] if weighted(one) && weighted(other) => {
            let Sides { legacy, new, why } = sides(one, other);
            Ok(made(&legacy.answer, Some(&new.answer), why))
        }
        [only] if weighted(only) || only.routing == Routing::Simple => {
            if !named && scene.behind(&only.answer).is_none() && region(&only.answer).is_none() {
                return Err("it points to no load balancer; `--name` takes it in".to_owned());
            }
            let why = if weighted(only) {
                "it is the only weighted member, so it is taken for legacy's"
            } else {
                "it is a simple record today; before the first step it becomes a weighted pair that answers the same"
            };
            Ok(made(&only.answer, None, vec![why.to_owned()]))
        }
        [only] => Err(format!("it is routed by another policy ({})", in_words(only))),
        _ => Err(format!("it has {} members, and cutover moves between two", records.len())),
    }
}

fn source(seen: &Seen) -> String {
    match &seen.address {
        Some(address) => format!("{address}, {}", in_words(&seen.record)),
        None => in_words(&seen.record),
    }
}

/// A name's A and AAAA records that point to the same places are one entry.
fn add<'a>(entries: &mut Vec<Entry<'a>>, entry: Entry<'a>) {
    let last = entries.last_mut().filter(|last| {
        (last.name, last.zone, last.legacy, last.new)
            == (entry.name, entry.zone, entry.legacy, entry.new)
            && matches!(entry.legacy, Answer::Alias { .. })
    });
    match last {
        Some(last) => {
            last.kinds.extend(entry.kinds);
            last.from.extend(entry.from);
        }
        None => entries.push(entry),
    }
}
