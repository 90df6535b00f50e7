//! Who changed a run's records, in lines.

use super::words as worded;
use crate::{
    audit::{Audit, Stranger},
    unit::Timestamp,
};

/// Returns what an audit found, for people.
pub fn audit_lines(audit: &Audit) -> Vec<String> {
    let time = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M:%S").to_string();
    let mut lines = vec![
        format!("run {}, from {} until {} UTC", audit.run, time(audit.from), time(audit.until)),
        own(audit),
    ];
    match audit.strangers.len() {
        0 => lines.push("nobody else changed its records, as far as CloudTrail knows".to_owned()),
        count => {
            lines.push(match count {
                1 => "1 batch of somebody else is about its records".to_owned(),
                _ => format!("{count} batches of somebody else are about its records"),
            });
            lines.extend(audit.strangers.iter().flat_map(stranger));
        }
    }
    if !audit.unread.is_empty() {
        let events = worded::count(audit.unread.len(), "event");
        lines.push(format!(
            "{events} of CloudTrail could not be read and may be about its records: {}; look with `aws cloudtrail lookup-events`",
            audit.unread.join(", ")
        ));
    }
    if audit.elsewhere > 0 {
        lines
            .push(format!("batches of others about other names of its zones: {}", audit.elsewhere));
    }
    lines.push(if audit.is_complete() {
        format!("CloudTrail was asked at {} UTC, and knew all of that time by then", time(audit.asked))
    } else {
        format!(
            "CloudTrail tells of a call up to 15 minutes late, and was asked at {} UTC: ask again after {} UTC",
            time(audit.asked),
            time(audit.complete_from)
        )
    });
    lines
}

fn own(audit: &Audit) -> String {
    let Audit { own, written, .. } = audit;
    format!("its own batches: {own} in CloudTrail, {written} that its journal says were taken")
}

fn stranger(Stranger { call, note }: &Stranger) -> Vec<String> {
    let at = call.at.strftime("%Y-%m-%d %H:%M:%S");
    let mut lines = vec![format!("  {at} UTC  {}", call.who)];
    let mut more = |text: String| lines.push(format!("    {text}"));
    more(format!("from {} by {}", call.from, call.agent));
    if let Some(why) = &call.refused {
        more(format!("refused, so that nothing was changed: {why}"));
    }
    if let Some(note) = note {
        more(note.clone());
    }
    if !call.comment.is_empty() {
        more(format!("comment: {}", call.comment));
    }
    match &call.changes {
        Some(changes) => changes.iter().for_each(|change| more(change.words())),
        None => more("what it changed is not in CloudTrail".to_owned()),
    }
    lines
}
