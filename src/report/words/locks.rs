//! What is said of the zones' locks.

use super::essential;
use crate::{
    journal::Record,
    plan::{BREAK_GLASS, Lock, ZoneId},
    report::{Line, Tone},
    unit::Timestamp,
};

pub(in crate::report) fn taken(at: Timestamp, zone: &ZoneId) -> Line {
    Line::new(at, format!("zone {zone} is locked for this run"))
}

/// On the way back only another run's lock is taken; its own is deleted in the same transaction as the records go back.
pub(in crate::report) fn taken_from_another(at: Timestamp, zone: &ZoneId) -> Line {
    Line::new(at, format!("zone {zone} is locked for this run; whoever held its lock is fenced")).detail(
        "the lock is kept for 45 s, so that the other run sees who took it; Ctrl-C ends that wait, and leaves the lock",
    )
}

pub(in crate::report) fn released(at: Timestamp, zone: &ZoneId) -> Line {
    Line::new(at, format!("zone {zone} is unlocked"))
}

pub(in crate::report) fn left(at: Timestamp, zone: &ZoneId, why: &str) -> Line {
    essential(at, Tone::Warning, format!("zone {zone} stays locked: {why}"))
}

/// `left` is what this run left in the zone; `options` are what its commands need besides the run.
pub(in crate::report) fn fenced(
    record: &Record,
    holder: Option<&Lock>,
    why: &str,
    left: &str,
    options: &str,
) -> Line {
    let run = &record.run;
    let by_card = holder.is_some_and(|lock| lock.owner == BREAK_GLASS);
    let now = match holder {
        Some(_) if by_card => "now everybody is sent back",
        Some(lock) if lock.run == *run => "now the records are as the other process leaves them",
        Some(_) => "now the records are as that run leaves them",
        None => "somebody else may have changed it since",
    };
    let status = match holder {
        Some(lock) if lock.run != *run => {
            format!("cutover status {} (in the folder that it was started in)", lock.run)
        }
        Some(_) | None => format!("cutover status {run}{options}"),
    };
    essential(record.at, Tone::Bad, format!("FENCED, this run writes nothing more: {why}"))
        .detail(format!("left:      {left}; {now}"))
        .command(format!("look:      {status}"))
        .command(if by_card {
            format!("end it:    cutover rollback {run}{options}")
        } else {
            format!("take back: cutover resume {run}{options} --take-over")
        })
}
