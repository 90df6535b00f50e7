//! Which side of a group of records is which: from the weights first, then from what their identifiers say.

use crate::plan::{LEGACY_IDENTIFIER, NEW_IDENTIFIER, RecordSet};

/// Words in an identifier that tell of a side that is to be left.
const LEGACY: &[&str] =
    &["legacy", "old", "blue", "v1", "prev", "previous", "current", "classic", "elb"];
/// Words in an identifier that tell of a side that is to come.
const NEW: &[&str] = &["new", "green", "v2", "next", "target", "canary", "ecs", "alb", "eks"];

/// Two members of a weighted group, told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sides<'a> {
    pub(super) legacy: &'a RecordSet,
    pub(super) new: &'a RecordSet,
    /// What tells them apart, and what speaks against it.
    pub(super) why: Vec<String>,
}

/// What an identifier says by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hint {
    Legacy,
    New,
    Nothing,
}

/// Tells two members of a weighted group apart.
pub(super) fn sides<'a>(one: &'a RecordSet, other: &'a RecordSet) -> Sides<'a> {
    let weight = |record: &RecordSet| record.weight().unwrap_or_default().0;
    let by_name = by_name(one, other);
    let (legacy, new, mut why) = match (weight(one), weight(other)) {
        (first, second) if first > second => (one, other, vec![of_weights(first, second)]),
        (first, second) if first < second => (other, one, vec![of_weights(second, first)]),
        _ => match by_name {
            Some((legacy, new)) => {
                (legacy, new, vec!["the weights are the same, and the identifiers tell which is which".to_owned()])
            }
            None => (one, other, vec![
                "DECIDE: neither weights nor identifiers tell which side is which; this may be the wrong way round".to_owned(),
            ]),
        },
    };
    if by_name.is_some_and(|(named, _)| named != legacy) {
        why.push(format!(
            "DECIDE: the identifiers (legacy {}, new {}) say the opposite: is the migration over, or are the sides to be swapped?",
            shown(legacy),
            shown(new)
        ));
    }
    Sides { legacy, new, why }
}

fn of_weights(more: u8, less: u8) -> String {
    if less == 0 {
        return "legacy is the member that has all the weight today".to_owned();
    }
    format!(
        "legacy is the member that has more of the weight today, {more} to {less}: a cutover seems to be under way"
    )
}

/// Returns legacy and new where the identifiers tell.
fn by_name<'a>(one: &'a RecordSet, other: &'a RecordSet) -> Option<(&'a RecordSet, &'a RecordSet)> {
    match (hint(one), hint(other)) {
        (Hint::Legacy, Hint::New | Hint::Nothing) | (Hint::Nothing, Hint::New) => {
            Some((one, other))
        }
        (Hint::New, Hint::Legacy | Hint::Nothing) | (Hint::Nothing, Hint::Legacy) => {
            Some((other, one))
        }
        (Hint::Legacy, Hint::Legacy) | (Hint::New, Hint::New) | (Hint::Nothing, Hint::Nothing) => {
            None
        }
    }
}

fn hint(record: &RecordSet) -> Hint {
    let id = record.set_identifier().unwrap_or_default();
    if id == LEGACY_IDENTIFIER {
        return Hint::Legacy;
    }
    if id == NEW_IDENTIFIER {
        return Hint::New;
    }
    let id = id.to_ascii_lowercase();
    let words: Vec<&str> = id.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let says = |known: &[&str]| words.iter().any(|word| known.contains(word));
    match (says(LEGACY), says(NEW)) {
        (true, false) => Hint::Legacy,
        (false, true) => Hint::New,
        (true, true) | (false, false) => Hint::Nothing,
    }
}

fn shown(record: &RecordSet) -> String {
    format!("`{}`", record.set_identifier().unwrap_or_default())
}
