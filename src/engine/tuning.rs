//! Limits that are changed while the run goes on.
//!
//! What was seen stays seen: all minutes are judged again by the new limits, and a breach by the old ones stands.

use serde::{Deserialize, Serialize};

use super::{Engine, Event, Phase, Position, Tuning, waves::judge_of};
use crate::{
    gate::{Limit, limits, looser},
    plan::Gates,
};

/// Limits that somebody wants changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tune {
    /// Each by its path below `gates`, and what it is to be; of two of the same path the later counts.
    pub limits: Vec<(String, String)>,
    /// Whether they may let new be worse than before.
    #[serde(default)]
    pub force: bool,
}

/// Who asks for something, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// User and host.
    pub by: String,
    /// In their words, where they said.
    pub why: Option<String>,
    /// The request that it was asked with, where it was one: what is done of it is done once.
    pub request: Option<String>,
}

/// Returns the gates that the run's runbook has in a wave, from 0, with these limits changed, or what is wrong with that, in
/// words.
pub type Rebuild = dyn Fn(usize, &[(String, String)]) -> Result<Gates, Vec<String>> + Send + Sync;

/// Why limits were not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The run is where limits mean nothing.
    #[error("{0}")]
    NoUse(String),
    /// They cannot be so.
    #[error("the limits cannot be set so: {}", .0.join("; "))]
    Wrong(Vec<String>),
    /// They are so already.
    #[error("the limits are so already")]
    Unchanged,
    /// New might be worse than before.
    #[error("new might be worse than before: {}", .0.join(", "))]
    Looser(Vec<String>),
}

impl Engine {
    /// Returns the event that changes limits, to be recorded and applied like any other fact.
    ///
    /// # Errors
    /// They are not changed.
    pub fn tune(
        &self,
        Tune { limits: wanted, force }: &Tune,
        Origin { by, why, request }: &Origin,
        rebuild: &Rebuild,
    ) -> Result<Event, Refusal> {
        if let Some(why) = self.has_no_use_for_limits() {
            return Err(Refusal::NoUse(why.to_owned()));
        }
        if let Some(why) = self.is_between_waves() {
            return Err(Refusal::NoUse(why));
        }
        let before = &self.plan.gates;
        let so_far: Vec<_> = self.tunings.iter().map(Tuning::as_pair).collect();
        // A runbook that was edited since the run began would change more than what is asked for.
        let wave = self.plan.wave_of(self.first_of_wave);
        if rebuild(wave, &so_far).map_err(Refusal::Wrong)? != *before {
            let why = "the runbook.yaml in the run's folder is not the one that the run began with; put that one back";
            return Err(Refusal::Wrong(vec![why.to_owned()]));
        }
        let after = rebuild(wave, &[&so_far[..], wanted].concat()).map_err(Refusal::Wrong)?;
        let changes = changes(before, &after, wanted);
        if changes.is_empty() {
            return Err(Refusal::Unchanged);
        }
        let loosened = looser(before, &after);
        if !loosened.is_empty() && !force {
            return Err(Refusal::Looser(loosened));
        }
        Ok(Event::Tuned {
            changes,
            loosens: !loosened.is_empty(),
            why: why.clone().unwrap_or_default(),
            by: by.clone(),
            request: request.clone(),
            gates: Box::new(after),
        })
    }

    /// Returns the changes of limits so far, in the wave under way, oldest first.
    pub fn tunings(&self) -> &[Tuning] {
        &self.tunings
    }

    /// Returns true for a request that has been done.
    pub fn has_done(&self, request: &str) -> bool {
        self.requests.contains(request)
    }

    /// Limits can be changed from the preflight on until the run is over or goes back.
    pub(super) fn can_be_tuned(&self) -> bool {
        self.has_no_use_for_limits().is_none()
    }

    fn has_no_use_for_limits(&self) -> Option<&'static str> {
        let over = matches!(self.phase, Phase::Ended(_) | Phase::Unlocking { .. });
        if self.plan.shifts.is_empty() {
            Some("the run has no steps, so that nothing is judged")
        } else if over {
            Some("the run is over")
        } else if self.is_rolling_back() {
            Some("the run goes back, and a rollback needs no limits")
        } else if !self.has_begun() {
            Some("the run has not begun")
        } else {
            None
        }
    }

    /// Limits are changed for the wave under way; before the next one's first write there is none.
    fn is_between_waves(&self) -> Option<String> {
        let next = match self.phase {
            Phase::Ready { next, .. } => next,
            Phase::Placing { to: Position::Shift(next), .. } => next,
            Phase::Blank
            | Phase::Starting
            | Phase::Placing { .. }
            | Phase::Syncing { .. }
            | Phase::Settling { .. }
            | Phase::Holding { .. }
            | Phase::Finishing
            | Phase::Returned
            | Phase::Unlocking { .. }
            | Phase::Ended(_) => return None,
        };
        let over = self.plan.wave_of(self.first_of_wave);
        let comes = self.plan.wave_of(next);
        let name = |wave: usize| self.plan.waves.get(wave).map(|wave| wave.name.as_str());
        (comes != over).then(|| {
            format!(
                "wave `{}` is over; the limits of `{}` can be changed from the first write of its first step on",
                name(over).unwrap_or_default(),
                name(comes).unwrap_or_default()
            )
        })
    }

    pub(super) fn tuned(&mut self, changes: &[Tuning], gates: &Gates, request: Option<&String>) {
        self.plan.gates = gates.clone();
        self.judge = judge_of(&self.plan, self.first_of_wave);
        self.judged = None;
        self.tunings.extend_from_slice(changes);
        self.requests.extend(request.cloned());
    }
}

impl Tuning {
    fn as_pair(&self) -> (String, String) {
        (self.limit.clone(), self.to.clone())
    }
}

/// Returns what of the wanted is a change, each limit once.
fn changes(before: &Gates, after: &Gates, wanted: &[(String, String)]) -> Vec<Tuning> {
    let (before, after) = (limits(before), limits(after));
    let find = |limits: &[Limit], path: &str| limits.iter().find(|l| l.path == path).cloned();
    let last = |(index, (path, _)): &(usize, &(String, String))| {
        !wanted[index + 1..].iter().any(|(later, _)| later == path)
    };
    let change = |(_, (path, to)): (usize, &(String, String))| {
        let (old, new) = (find(&before, path), find(&after, path));
        let from = old.as_ref().map(|limit| limit.words.clone());
        (old != new).then(|| Tuning { limit: path.clone(), from, to: to.clone() })
    };
    wanted.iter().enumerate().filter(last).filter_map(change).collect()
}
