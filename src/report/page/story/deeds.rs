//! What people did: who, when, what and why.

use crate::{engine::Event, unit::Timestamp};

/// Something that a person did to the run.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report::page) struct Deed {
    /// When it took effect.
    pub(in crate::report::page) at: Timestamp,
    /// What, in words.
    pub(in crate::report::page) what: String,
    /// Details, one by one.
    pub(in crate::report::page) details: Vec<String>,
    /// Who: user and host; nothing where the run was not told.
    pub(in crate::report::page) by: Option<String>,
    /// Why, in that person's words.
    pub(in crate::report::page) why: Option<String>,
}

impl Deed {
    /// Returns what a person did, where the event is of that kind.
    pub(super) fn of(at: Timestamp, event: &Event) -> Option<Self> {
        let plain = |what: &str| Self {
            at,
            what: what.to_owned(),
            details: Vec::new(),
            by: None,
            why: None,
        };
        if let Event::Tuned { changes, loosens, why, by, .. } = event {
            let what = if *loosens { "loosened limits" } else { "changed limits" };
            let from = |from: &Option<String>| from.clone().unwrap_or_else(|| "none".to_owned());
            let details = changes
                .iter()
                .map(|change| format!("{}: {} -> {}", change.limit, from(&change.from), change.to));
            let (by, why) = (Some(by.clone()), Some(why.clone()));
            return Some(Self { details: details.collect(), by, why, ..plain(what) });
        }
        if let Event::Stopped { reason } = event {
            return is_asked_for(reason)
                .then(|| Self { details: vec![reason.clone()], ..plain("stopped the run") });
        }
        if let Some(word) = event.word() {
            let (by, why) = (Some(word.by.clone()), word.why.clone());
            return Some(Self { by, why, ..plain(&steered(event)?) });
        }
        if let Event::Resumed { take_over, .. } = event {
            let what = if *take_over {
                "resumed the run, taking the zone over"
            } else {
                "resumed the run"
            };
            return Some(plain(what));
        }
        if let Event::RollbackStarted { reason, asked, .. } = event {
            // An abort is told by itself.
            let by_hand = asked.is_some() || is_asked_for(reason);
            return by_hand
                .then(|| Self { details: vec![reason.clone()], ..plain("asked for a rollback") });
        }
        None
    }
}

/// Returns what was done by an event that carries somebody's word.
fn steered(event: &Event) -> Option<String> {
    let what = if let Event::Approved { step, .. } = event {
        format!("approved step {step}")
    } else if let Event::Skipped { what, .. } = event {
        format!("skipped {what}")
    } else if let Event::Paused(_) = event {
        "paused the run".to_owned()
    } else if let Event::Unpaused(_) = event {
        "let the run go on".to_owned()
    } else if let Event::Aborted(_) = event {
        "aborted the run".to_owned()
    } else {
        return None;
    };
    Some(what)
}

/// Returns true for reasons that name a key that somebody pressed, as the driver words those.
fn is_asked_for(reason: &str) -> bool {
    reason.starts_with("asked for with")
}
