//! The plan itself: everything that a run needs, so that nothing is left to decide but when.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Balancer, Batch, Cost, Feed, LOCK_ROOM, Pair, Quota, RecordSet, Task, Wave, Zone, ZoneId,
    batch::{Move, batch_of, batches, by_traffic},
};
use crate::{
    gate::{History, Service},
    runbook::model::{Gates, Hooks, Notify, Policy, Windows},
    unit::{RunId, Share, SignedDuration, Ttl, Weights},
};

/// How long Route 53 usually takes until all its servers answer with a change (law L40).
pub const USUAL_SYNC: SignedDuration = SignedDuration::from_secs(60);

/// A runbook made ready for what is live.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Name of the runbook.
    pub runbook: String,
    /// Environment it is for.
    pub environment: Option<String>,
    /// Entries of the runbook's `steps`, of every kind.
    pub steps: usize,
    /// The hosted zones that are written to.
    pub zones: Vec<Zone>,
    /// What moves, in lockstep.
    pub pairs: Vec<Pair>,
    /// The shares, in order.
    pub shifts: Vec<Shift>,
    /// What is judged while each wave moves; empty where all records move together. The first wave's stands in the
    /// fields of the plan too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waves: Vec<Wave>,
    /// What is watched.
    pub gates: Gates,
    /// What is done about what was seen.
    pub policy: Policy,
    /// The CloudWatch series that feed the gates.
    pub feeds: Vec<Feed>,
    /// New's load balancers, whose targets are counted.
    pub new_balancers: Vec<Balancer>,
    /// ECS services whose deployments the run waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Service>,
    /// How legacy did before the run; frozen, so that the limits do not move during it.
    pub history: History,
    /// What is to be reached.
    pub goal: Goal,
    /// Whether every write is fenced by the zones' locks.
    pub locked: bool,
    /// Locks that stand in the zones and are to be taken over, exactly as they were read.
    pub found_locks: BTreeMap<ZoneId, RecordSet>,
    /// What the dns account may do.
    pub quota: Quota,
    /// What the run waits for beside the shares: approvals and commands, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tasks: Vec<Task>,
    /// When steps may start.
    #[serde(default, skip_serializing_if = "Windows::is_empty")]
    pub windows: Windows,
    /// Commands that nothing waits for; those that the steps wait for are among the tasks.
    #[serde(default)]
    pub hooks: Hooks,
    /// Who is told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notify: Vec<Notify>,
    /// What is done otherwise than a run usually does.
    #[serde(default)]
    pub mode: Mode,
}

/// How a run differs from one that moves production.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Not at all.
    #[default]
    Usual,
    /// Nothing is written. New gets no traffic, so that nobody waits for evidence from there.
    DryRun,
    /// The last step is broken on purpose once it has passed, so that the way back is used.
    ExerciseRollback,
}

/// What a run is to reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// The share of the last step, step by step.
    #[default]
    Move,
    /// Simple records that answer with new, in place of the pairs.
    Simple,
    /// The pairs without their legacy members.
    WithoutLegacy,
}

/// One step that sets a share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// Number of the entry in the runbook's `steps`, from 1.
    pub step: usize,
    /// Part of the traffic meant for new.
    pub share: Share,
    /// The weights that stand for it.
    pub weights: Weights,
    /// How long it is watched once settled.
    pub hold: SignedDuration,
    /// Index of the wave that it moves.
    #[serde(default, skip_serializing_if = "super::wave::is_first")]
    pub wave: usize,
}

impl Plan {
    /// Returns the part of the traffic meant for new before the first step.
    pub fn share_before(&self) -> Share {
        super::pair::share_of(&self.pairs)
    }

    /// Returns the longest TTL of the pairs as they are written.
    pub fn ttl(&self) -> Ttl {
        let members = self.pairs.iter().flat_map(|pair| [pair.legacy.ttl(), pair.new.ttl()]);
        members.max().unwrap_or(Ttl::OF_LOAD_BALANCER)
    }

    /// Returns the old TTL that must have run out before the first step, if TTLs are lowered.
    pub fn old_ttl(&self) -> Option<Ttl> {
        let lowered = |pair: &&Pair| pair.ttl_before() > pair.legacy.ttl();
        self.pairs.iter().filter(lowered).map(Pair::ttl_before).max()
    }

    /// Returns the index of the last shift that can be gone back from without being asked: an exercise breaks that one.
    pub fn exercised(&self) -> usize {
        let returns =
            |shift: &&Shift| self.policy.point_of_no_return.is_none_or(|point| shift.share < point);
        self.shifts.iter().take_while(returns).count().saturating_sub(1)
    }

    /// Returns how long a step needs after INSYNC until metrics show it as it is (law L57).
    pub fn settle_after_sync(&self) -> SignedDuration {
        let Policy { metric_lag, settle_slop, .. } = self.policy;
        self.ttl().duration().saturating_add(metric_lag).saturating_add(settle_slop)
    }

    /// Returns how long a step usually takes to settle, from the write on.
    pub fn usual_settle(&self) -> SignedDuration {
        self.settle_after_sync().saturating_add(USUAL_SYNC)
    }

    /// Returns the planned minutes of every shift: its settling and its hold, in whole minutes (gates.md section 1).
    pub fn planned_minutes(&self) -> Vec<u32> {
        let minutes = |shift: &Shift| {
            let whole = self.usual_settle().saturating_add(shift.hold).as_secs().div_euclid(60);
            u32::try_from(whole).unwrap_or(u32::MAX).max(1)
        };
        self.shifts.iter().map(minutes).collect()
    }

    /// Returns what every batch has to spare for the swap of its zone's lock.
    pub fn spare(&self) -> Cost {
        if self.locked { LOCK_ROOM } else { Cost::ZERO }
    }

    /// Returns the batches of a shift, from where the one before leaves the records; quietest names first.
    pub fn forward(&self, shift: usize) -> Vec<Batch> {
        self.batches(false, |pair| {
            let before = shift.checked_sub(1);
            let from = before.map_or_else(|| pair.prepared(), |before| self.placed(pair, before));
            (from, self.placed(pair, shift))
        })
    }

    /// Returns the batches that make weighted pairs of what was found; none when there is nothing to prepare.
    pub fn preparation(&self) -> Vec<Batch> {
        self.batches(false, |pair| (pair.found.clone(), pair.prepared()))
    }

    /// Returns the batches that go back to the baseline from where a shift leaves the records; busiest names first.
    pub fn rollback(&self, shift: usize) -> Vec<Batch> {
        self.batches(true, |pair| (self.placed(pair, shift), pair.baseline.clone()))
    }

    fn batches(
        &self,
        busiest_first: bool,
        way: impl Fn(&Pair) -> (Vec<RecordSet>, Vec<RecordSet>),
    ) -> Vec<Batch> {
        let mut moves: Vec<Move> = self
            .pairs
            .iter()
            .enumerate()
            .map(|(index, pair)| {
                let (from, to) = way(pair);
                Move { pair: index, zone: pair.zone.clone(), from, to }
            })
            .collect();
        by_traffic(&mut moves, &self.pairs, busiest_first);
        batches(&moves, self.spare())
            .into_iter()
            .filter_map(|group| group.first().map(|first| batch_of(&first.zone, &group, None)))
            .collect()
    }
}

/// Most characters that Route 53 takes as a batch's comment.
const MAX_COMMENT: usize = 256;

/// Returns the comment of a batch, which tells readers of CloudTrail and of the console what it was for.
pub fn comment(run: &RunId, purpose: &str) -> String {
    format!("cutover {run} {purpose}").chars().take(MAX_COMMENT).collect()
}
