//! How a run ended, and the ways back that were begun.

use super::keep;
use crate::{
    engine::Event,
    unit::{Share, Timestamp},
};

/// Where the records leave a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::report::page) enum End {
    /// It goes on, or its process died.
    #[default]
    Open,
    /// The preflight refused.
    Refused,
    /// All steps are done.
    Completed(Share),
    /// A way back was begun and has not reached the baseline.
    GoingBack,
    /// The baseline is in the zone.
    RolledBack,
    /// Stopped, resumable: why.
    Stopped(String),
    /// Stopped, because somebody else changed so many of its records.
    Drifted(usize),
    /// Somebody else has the zone: why it writes nothing more.
    Fenced(String),
    /// Only a person can go on: why, and what to do.
    Stuck(String),
}

/// One way back.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report::page) struct Back {
    /// When it was begun.
    pub(in crate::report::page) at: Timestamp,
    /// Why, in words.
    pub(in crate::report::page) reason: String,
    /// When the breach was seen, if there was one.
    pub(in crate::report::page) breached_at: Option<Timestamp>,
    /// Whether somebody asked for it.
    pub(in crate::report::page) asked: bool,
    /// When the baseline was read back, seconds until all traffic was sent back, and when clients are back.
    pub(in crate::report::page) done: Option<(Timestamp, f64, Timestamp)>,
}

impl Back {
    pub(super) fn take_in(all: &mut Vec<Self>, at: Timestamp, event: &Event) {
        if let Event::RollbackStarted { reason, breached_at, asked, .. } = event {
            let by_hand = asked.is_some() || reason.starts_with("asked for");
            let (reason, breached_at) = (reason.clone(), *breached_at);
            keep(all, Some(Self { at, reason, breached_at, asked: by_hand, done: None }));
        } else if let Event::RolledBack { seconds_from_breach, clients_back_by } = event
            && let Some(last) = all.last_mut()
        {
            last.done = Some((at, *seconds_from_breach, *clients_back_by));
        }
    }
}
