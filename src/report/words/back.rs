//! What is said of the way back.

use super::{count, essential, sentence};
use crate::{
    engine::Asked,
    plan::ZoneId,
    report::{Line, Rank, Tone, line::clock_seen_from},
    unit::{RecordName, RecordType, Share, Timestamp},
};

/// Names that a line shows one by one; the rest are counted.
const NAMES_SHOWN: usize = 3;

pub(in crate::report) fn started(at: Timestamp, reason: &str, asked: Option<&Asked>) -> Line {
    let line = sentence(at, "rolling back to the baseline: ", reason)
        .ranked(Rank::Essential)
        .toned(Tone::Bad);
    let Some(asked) = asked else { return line };
    let simple = "names that had a simple record before the run get it back";
    let deadline = asked
        .deadline
        .map(|until| format!("it is tried until {} and no longer", clock_seen_from(at, until)));
    line.details(asked.to_simple.then_some(simple)).details(deadline)
}

/// `headway` says how many records are back.
pub(in crate::report) fn batch_accepted(at: Timestamp, headway: &str) -> Line {
    Line::new(at, headway).ranked(Rank::Progress)
}

pub(in crate::report) fn overwriting(at: Timestamp, pairs: &[usize]) -> Line {
    let records = count(pairs.len(), "record");
    Line::new(at, format!("overwriting {records}, because comparing was refused again and again"))
        .toned(Tone::Warning)
}

pub(in crate::report) fn protections_removed(
    at: Timestamp,
    zone: &ZoneId,
    records: &[(RecordName, RecordType)],
    failure: Option<&str>,
) -> Line {
    let names = named(records);
    match failure {
        None => Line::new(at, format!("protection removed in zone {zone}, to go back: {names}"))
            .toned(Tone::Warning),
        Some(failure) => essential(
            at,
            Tone::Bad,
            format!("protected in zone {zone}, so that they do not go back: {names}"),
        )
        .detail(format!("the protection cannot be removed: {failure}")),
    }
}

fn named(records: &[(RecordName, RecordType)]) -> String {
    let names = records.iter().take(NAMES_SHOWN).map(|(name, kind)| format!("{name} {kind}"));
    let mut shown: Vec<String> = names.collect();
    if records.len() > NAMES_SHOWN {
        shown.push(format!("and {} more", records.len() - NAMES_SHOWN));
    }
    shown.join(", ")
}

pub(in crate::report) fn safe(at: Timestamp, share_left: Share) -> Line {
    let place = place(share_left);
    essential(
        at,
        Tone::Good,
        format!("everybody is sent back {place}; restoring the exact baseline"),
    )
}

/// `since` names what the seconds are counted from.
pub(in crate::report) fn done(
    at: Timestamp,
    seconds: f64,
    since: &str,
    clients_back_by: Timestamp,
    share_left: Share,
) -> Line {
    let (place, by) = (place(share_left), clock_seen_from(at, clients_back_by));
    let headline = format!(
        "rolled back: everybody was sent back {seconds:.1} s after {since}; the baseline is in the zone and read back"
    );
    essential(at, Tone::Good, headline)
        .detail(format!("clients that honour the TTL are back {place} by {by}"))
}

fn place(share_left: Share) -> String {
    if share_left == Share::ZERO {
        return "on legacy".to_owned();
    }
    format!("where they were before the run, {share_left} of them on new,")
}
