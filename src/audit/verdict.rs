//! Whose each call was.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Trail, ZoneCall};
use crate::{
    plan::{Plan, ZoneId, lock_name},
    unit::{RecordName, RunId, SignedDuration, Timestamp},
};

/// How late CloudTrail may tell of a call.
pub const LATE: SignedDuration = SignedDuration::from_mins(15);

/// Which calls are of interest.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    /// The run.
    pub run: RunId,
    /// When it began.
    pub from: Timestamp,
    /// When it ended; now, where it goes on.
    pub until: Timestamp,
    /// Route 53's ids of the changes that its journal has.
    pub written: BTreeSet<String>,
    /// The names that are its own, by zone.
    names: BTreeMap<ZoneId, BTreeSet<RecordName>>,
}

/// Who changed a run's records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Audit {
    /// The run.
    pub run: RunId,
    /// The time that was looked at.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
    /// When CloudTrail was asked.
    pub asked: Timestamp,
    /// From when on an answer has all calls of that time.
    pub complete_from: Timestamp,
    /// Batches of the run that were found.
    pub own: usize,
    /// Batches that its journal says were taken.
    pub written: usize,
    /// What others did to its records, oldest first.
    pub strangers: Vec<Stranger>,
    /// Batches of others that changed other names of its zones.
    pub elsewhere: usize,
    /// CloudTrail's ids of events that could not be read, any of which may be about its records.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
}

/// A batch of somebody else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stranger {
    /// The call; of its changes only those of the run's names.
    #[serde(flatten)]
    pub call: ZoneCall,
    /// What is odd about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Scope {
    /// Returns the scope of a run: the names of its pairs, and of its zones' locks.
    pub fn of(plan: &Plan, run: RunId, (from, until): (Timestamp, Timestamp)) -> Self {
        let mut names: BTreeMap<ZoneId, BTreeSet<RecordName>> = BTreeMap::new();
        for zone in &plan.zones {
            names.entry(zone.id.clone()).or_default().extend(lock_name(&zone.name));
        }
        for pair in &plan.pairs {
            names.entry(pair.zone.clone()).or_default().insert(pair.name.clone());
        }
        Self { run, from, until, written: BTreeSet::new(), names }
    }

    fn is_own(&self, call: &ZoneCall) -> bool {
        let known = call.change.as_ref().is_some_and(|change| self.written.contains(change));
        known || (self.session_says_so(call) && self.comment_says_so(call))
    }

    fn session_says_so(&self, call: &ZoneCall) -> bool {
        call.who.rsplit('/').next() == Some(&format!("cutover-{}", self.run))
    }

    fn comment_says_so(&self, call: &ZoneCall) -> bool {
        call.comment.starts_with(&format!("cutover {} ", self.run))
    }

    fn note(&self, call: &ZoneCall) -> Option<String> {
        if self.comment_says_so(call) {
            return Some("its comment names this run, and its caller does not".to_owned());
        }
        if self.session_says_so(call) {
            return Some("its caller names this run, and its comment does not".to_owned());
        }
        let other = call.comment.strip_prefix("cutover ")?.split(' ').next()?;
        other.parse::<RunId>().ok().map(|run| format!("its comment names cutover's run {run}"))
    }
}

impl Audit {
    /// Tells the calls of a run from those of others, as of a moment.
    pub fn of(scope: &Scope, trail: Trail, asked: Timestamp) -> Self {
        let mut audit = Self {
            run: scope.run.clone(),
            from: scope.from,
            until: scope.until,
            asked,
            complete_from: scope.until.saturating_add(LATE).unwrap_or(Timestamp::MAX),
            own: 0,
            written: scope.written.len(),
            strangers: Vec::new(),
            elsewhere: 0,
            unread: trail.unread,
        };
        for mut call in trail.calls {
            let Some(names) = scope.names.get(&call.zone) else { continue };
            if scope.is_own(&call) {
                audit.own += usize::from(call.refused.is_none());
                continue;
            }
            if let Some(changes) = &mut call.changes {
                let ours = |name: &str| name.parse().is_ok_and(|name| names.contains(&name));
                changes.retain(|change| ours(&change.name));
                if changes.is_empty() {
                    audit.elsewhere += 1;
                    continue;
                }
            }
            let note = scope.note(&call);
            audit.strangers.push(Stranger { call, note });
        }
        audit.strangers.sort_by_key(|stranger| stranger.call.at);
        audit
    }

    /// Returns true once no further call of that time can become known.
    pub fn is_complete(&self) -> bool {
        self.asked >= self.complete_from
    }
}

#[cfg(test)]
mod tests;
