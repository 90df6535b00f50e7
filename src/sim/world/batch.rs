//! The rules by which Route 53 takes or refuses a batch (laws L01 to L18), with its own words.

use std::collections::{BTreeMap, BTreeSet};

use super::zone::{HostedZone, Key, as_listed};
use crate::{
    plan::{Answer, Change, ChangeAction, RecordSet, Routing},
    unit::RecordType,
};

/// Most elements of a batch (law L03).
const ELEMENTS: usize = 1000;
/// Most characters of all values of a batch (law L04).
const CHARACTERS: usize = 32_000;
/// Most members of a weighted group (law L14).
const GROUP: usize = 100;
/// Most record sets of a zone (law L18).
pub(super) const RECORDS: usize = 10_000;

/// What a batch would make of the keys it names; nothing for one that goes away.
type Edits = BTreeMap<Key, Option<RecordSet>>;

/// Returns what the batch makes of the zone.
///
/// # Errors
/// Every message that Route 53 would send, in the order of the changes (law L15).
pub(super) fn judge(zone: &HostedZone, changes: &[Change]) -> Result<Edits, Vec<String>> {
    check_size(changes)?;
    let mut problems = Vec::new();
    let mut edits = Edits::new();
    for (index, change) in changes.iter().enumerate() {
        problems.extend(lone_problems(zone, &change.record).map(|text| (index, text)));
    }
    problems.extend(repeated(changes));
    // Deletions count first, wherever they stand (law L10).
    for (index, change) in changes.iter().enumerate() {
        if change.action == ChangeAction::Delete {
            match deletion_problem(zone, &change.record) {
                None => drop(edits.insert(Key::of(&change.record), None)),
                Some(text) => problems.push((index, text)),
            }
        }
    }
    for (index, change) in changes.iter().enumerate() {
        if change.action == ChangeAction::Delete {
            continue;
        }
        let key = Key::of(&change.record);
        if change.action == ChangeAction::Create && get(zone, &edits, &key).is_some() {
            let what = named(&change.record);
            problems.push((index, format!("Tried to create {what} but it already exists")));
        }
        edits.insert(key, Some(as_listed(change.record.clone())));
    }
    for (index, change) in changes.iter().enumerate() {
        if change.action != ChangeAction::Delete {
            problems.extend(neighbour_problem(zone, &edits, &change.record).map(|t| (index, t)));
        }
    }
    if grown(zone, &edits) > RECORDS {
        problems.push((
            changes.len(),
            format!("The hosted zone cannot hold more than {RECORDS} resource record sets."),
        ));
    }
    if problems.is_empty() {
        forget_dot_changes(zone, &mut edits);
        return Ok(edits);
    }
    problems.sort_by_key(|(index, _)| *index);
    Err(problems.into_iter().map(|(_, text)| text).collect())
}

/// Laws L03 and L04.
fn check_size(changes: &[Change]) -> Result<(), Vec<String>> {
    let (mut elements, mut characters) = (0_usize, 0_usize);
    for change in changes {
        let times = if change.action == ChangeAction::Upsert { 2 } else { 1 };
        match &change.record.answer {
            Answer::Alias { .. } => elements += times,
            Answer::Values { values, .. } => {
                elements += times * values.len();
                characters += times * values.iter().map(|v| v.chars().count()).sum::<usize>();
            }
        }
    }
    if changes.is_empty() {
        return Err(vec!["The batch has no changes.".to_owned()]);
    }
    if elements > ELEMENTS {
        return Err(vec![format!("Number of records limit of {ELEMENTS} exceeded.")]);
    }
    if characters > CHARACTERS {
        return Err(vec![format!("RDATA character limit of {CHARACTERS} exceeded.")]);
    }
    Ok(())
}

/// Returns what is wrong with a record set whatever else is in the zone.
fn lone_problems(zone: &HostedZone, record: &RecordSet) -> impl Iterator<Item = String> {
    let (name, kind) = (record.name.escaped(), &record.kind);
    let apex = zone.zone.name.escaped();
    let mut found = Vec::new();
    if !record.name.is_within(&zone.zone.name) {
        found.push(format!("RRSet with DNS name {name} is not permitted in zone {apex}"));
    }
    if *kind == RecordType::Cname && record.name == zone.zone.name {
        found.push(format!(
            "RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {apex}"
        ));
    }
    if zone.protected.contains(&(record.name.clone(), kind.clone())) {
        found.push(format!(
            "RRSet with DNS name {name} and type {kind} is protected and cannot be changed"
        ));
    }
    if let Some(id) = record.set_identifier()
        && !(1..=128).contains(&id.chars().count())
    {
        found.push(format!("The SetIdentifier of '{kind} {name}' must have 1 to 128 characters."));
    }
    if let Answer::Values { values, .. } = &record.answer {
        if values.is_empty() {
            found.push(format!("The resource record set '{kind} {name}' has no values."));
        } else if record.weight().is_some() && values.len() > 1 {
            found.push(format!(
                "The weighted resource record set '{kind} {name}' can have only one value."
            ));
        }
    }
    found.into_iter()
}

/// Law L08, and its like: one key may stand once, or once deleted and once created.
fn repeated(changes: &[Change]) -> Vec<(usize, String)> {
    let mut seen: BTreeMap<Key, Vec<ChangeAction>> = BTreeMap::new();
    let mut problems = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        let before = seen.entry(Key::of(&change.record)).or_default();
        let upsert = |action: &ChangeAction| *action == ChangeAction::Upsert;
        let again = before.contains(&change.action)
            || !before.is_empty() && (upsert(&change.action) || before.iter().any(upsert));
        if again {
            let (kind, name) = (&change.record.kind, change.record.name.escaped());
            problems.push((index, format!(
                "The request contains an invalid set of changes for a resource record set '{kind} {name}'"
            )));
        }
        before.push(change.action);
    }
    problems
}

/// Laws L05 and L06.
fn deletion_problem(zone: &HostedZone, record: &RecordSet) -> Option<String> {
    let what = named(record);
    match zone.records.get(&Key::of(record)) {
        None => Some(format!("Tried to delete {what} but it was not found")),
        Some(stored) if !same(stored, &as_listed(record.clone())) => Some(format!(
            "Tried to delete {what} but the values provided do not match the current values"
        )),
        Some(_) => None,
    }
}

/// Compares every field; values as a set (law L05).
fn same(a: &RecordSet, b: &RecordSet) -> bool {
    let answers = match (&a.answer, &b.answer) {
        (
            Answer::Values { ttl: ttl_a, values: values_a },
            Answer::Values { ttl: ttl_b, values: values_b },
        ) => {
            let set = |values: &[String]| values.iter().cloned().collect::<BTreeSet<_>>();
            ttl_a == ttl_b && values_a.len() == values_b.len() && set(values_a) == set(values_b)
        }
        (Answer::Alias { .. }, _) | (_, Answer::Alias { .. }) => a.answer == b.answer,
    };
    answers && a.routing == b.routing && a.health_check == b.health_check
}

/// Returns what is wrong with a created record set among those that will stand at its name (laws L11 to L14).
fn neighbour_problem(zone: &HostedZone, edits: &Edits, record: &RecordSet) -> Option<String> {
    let (name, kind) = (record.name.escaped(), &record.kind);
    let own = Key::of(record);
    let neighbours = standing(zone, edits, &own.place);
    let apex = zone.zone.name.escaped();
    for other in neighbours.iter().filter(|other| other.kind != *kind) {
        if *kind == RecordType::Cname || other.kind == RecordType::Cname {
            return Some(format!(
                "RRSet of type {kind} with DNS name {name} is not permitted because a conflicting RRSet of type {} \
                 with the same DNS name already exists in zone {apex}",
                other.kind
            ));
        }
    }
    let group: Vec<_> = neighbours.into_iter().filter(|other| other.kind == *kind).collect();
    let id = record.set_identifier().unwrap_or_default();
    for other in group.iter().filter(|other| Key::of(other) != own) {
        match (&record.routing, &other.routing) {
            (Routing::Weighted { .. }, Routing::Weighted { .. }) => {}
            (Routing::Weighted { .. }, Routing::Simple | Routing::Other { .. }) => {
                return Some(format!(
                    "RRSet with DNS name {name}, type {kind}, SetIdentifier {id} cannot be created as a non-weighted \
                     set exists with the same name and type."
                ));
            }
            (Routing::Other { .. }, Routing::Other { .. }) => {}
            (Routing::Simple, _) | (Routing::Other { .. }, _) => {
                return Some(format!(
                    "RRSet with DNS name {name}, type {kind} cannot be created as other RRSets exist with the same \
                     name and type."
                ));
            }
        }
    }
    if record.weight().is_some() && group.iter().any(|other| ttl_differs(record, other)) {
        return Some(format!(
            "RRSet with DNS name {name} and type {kind}, SetIdentifier {id} cannot be created as weighted sets must \
             contain the same TTL."
        ));
    }
    (group.len() > GROUP).then(|| {
        format!("RRSet with DNS name {name}, type {kind} cannot have more than {GROUP} members.")
    })
}

/// Law L12. Alias members have no TTL of their own.
fn ttl_differs(a: &RecordSet, b: &RecordSet) -> bool {
    match (&a.answer, &b.answer) {
        (Answer::Values { ttl: a, .. }, Answer::Values { ttl: b, .. }) => a != b,
        (Answer::Alias { .. }, _) | (_, Answer::Alias { .. }) => false,
    }
}

/// Returns the record sets that will stand at one name.
fn standing<'a>(zone: &'a HostedZone, edits: &'a Edits, place: &str) -> Vec<&'a RecordSet> {
    let from = Key { place: place.to_owned(), kind: String::new(), id: String::new() };
    let here = |key: &Key| key.place == place;
    let kept = zone
        .records
        .range(from.clone()..)
        .take_while(|(key, _)| here(key))
        .filter(|(key, _)| !edits.contains_key(key))
        .map(|(_, record)| record);
    let made = edits.range(from..).take_while(|(key, _)| here(key)).filter_map(|(_, r)| r.as_ref());
    kept.chain(made).collect()
}

fn get<'a>(zone: &'a HostedZone, edits: &'a Edits, key: &Key) -> Option<&'a RecordSet> {
    match edits.get(key) {
        Some(edit) => edit.as_ref(),
        None => zone.records.get(key),
    }
}

/// Returns how many record sets the zone will have, or nothing to worry about when it does not grow (law L18).
fn grown(zone: &HostedZone, edits: &Edits) -> usize {
    let before = edits.keys().filter(|key| zone.records.contains_key(key)).count();
    let after = edits.values().filter(|edit| edit.is_some()).count();
    if after > before { zone.records.len() - before + after } else { 0 }
}

/// Forgets all but the first change that only adds or drops a final dot: Route 53 takes them and does nothing (law L17).
fn forget_dot_changes(zone: &HostedZone, edits: &mut Edits) {
    let mut first = true;
    edits.retain(|key, edit| {
        let (Some(stored), Some(wanted)) = (zone.records.get(key), edit.as_ref()) else {
            return true;
        };
        if same(stored, wanted) || !same(&without_dots(stored), &without_dots(wanted)) {
            return true;
        }
        std::mem::take(&mut first)
    });
}

fn without_dots(record: &RecordSet) -> RecordSet {
    let mut record = record.clone();
    if let Answer::Values { values, .. } = &mut record.answer {
        for value in values {
            value.truncate(value.trim_end_matches('.').len());
        }
    }
    record
}

fn named(record: &RecordSet) -> String {
    let id = match &record.routing {
        Routing::Simple | Routing::Other { set_identifier: None, .. } => String::new(),
        Routing::Weighted { set_identifier, .. }
        | Routing::Other { set_identifier: Some(set_identifier), .. } => {
            format!(", set-identifier='{set_identifier}'")
        }
    };
    format!("resource record set [name='{}', type='{}'{id}]", record.name.escaped(), record.kind)
}
