//! What the load balancers of both sides have to carry at each step, and whether they are ready for it.
//!
//! Elastic Load Balancing grows with the load, but not at once. The rule is AWS's own advice for load tests ("increase the
//! load at a rate of no more than 50 percent every five minutes", law L67): what grows faster needs capacity that was
//! reserved before. A rollback is such a growth, too: everybody comes back to legacy at once.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    BalancerTail, LEAST_UNITS, Peaks, Plan, Reservation, Shift, Snapshot, Units, tails::tails,
};
use crate::{
    runbook::{Runbook, model::Target},
    unit::{BalancerName, Share, Side, SignedDuration},
};

/// Growth in [`RAMP_TIME`] that a load balancer follows by itself.
pub(super) const RAMP: f64 = 1.5;
pub(super) const RAMP_TIME: SignedDuration = SignedDuration::from_mins(5);
/// Settling takes somewhat more or less than usual.
pub(super) const SLACK: f64 = 1.1;
/// Requests a second that a load balancer is taken to carry at once which has had nothing to do. AWS documents no figure;
/// this is what four LCUs are for, and a small part of what small load balancers were seen to carry.
pub(super) const IDLE_CARRIES: f64 = 100.0;

/// What a plan knows of the load.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Capacity {
    /// What each load balancer has to carry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub demands: Vec<Demand>,
    /// How long connections to each outlast a change of DNS.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tails: Vec<BalancerTail>,
}

impl Capacity {
    /// Returns true when nothing is known.
    pub fn is_empty(&self) -> bool {
        self.demands.is_empty() && self.tails.is_empty()
    }

    /// Takes in what is known of one more wave.
    pub(super) fn add(&mut self, wave: usize, more: Self) {
        self.demands.extend(more.demands.into_iter().map(|demand| Demand { wave, ..demand }));
        for tail in more.tails {
            if !self.tails.contains(&tail) {
                self.tails.push(tail);
            }
        }
    }

    /// Returns how long clients that keep their connections may stay on new after a rollback; nothing where no limit is
    /// known of one of its load balancers, or of none.
    pub fn tail_of_new(&self) -> Option<SignedDuration> {
        let of_new = self.tails.iter().filter(|tail| tail.side == Side::New);
        let all: Option<Vec<_>> = of_new.map(BalancerTail::longest).collect();
        all?.into_iter().max()
    }
}

/// What one load balancer has to carry when all traffic is its side's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Demand {
    /// The environment that it belongs to.
    pub side: Side,
    /// The load balancer.
    pub balancer: BalancerName,
    /// Its DNS name.
    pub dns_name: String,
    /// Requests a minute, those of legacy's busiest minute; flows where legacy has a network load balancer. Nothing where
    /// legacy's metrics do not tell.
    pub requests_per_minute: Option<f64>,
    /// Whether it is more than its part: a load balancer of legacy leads to several of new, and nothing tells them apart.
    pub at_most: bool,
    /// Capacity units for that, where the kind has them and something tells.
    pub units: Option<Units>,
    /// Bytes of a request and its answer, on average, where that is known.
    pub bytes_per_request: Option<f64>,
    /// Requests a minute that it carried in the last hour, beside those or of those.
    pub carried: f64,
    /// What is reserved for it, where that was asked; or why that is not known.
    pub reservation: Option<Result<Reservation, String>>,
    /// Index of the wave that moves its traffic.
    #[serde(default, skip_serializing_if = "super::wave::is_first")]
    pub wave: usize,
}

/// What one load balancer has to carry at one step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepLoad {
    /// Number of the entry in the runbook's `steps`, from 1.
    pub step: usize,
    /// Part of the traffic meant for new.
    pub share: Share,
    /// The environment that the load balancer belongs to.
    pub side: Side,
    /// The load balancer.
    pub balancer: BalancerName,
    /// Requests a second at the step.
    pub requests_per_second: f64,
    /// Growth against the step before; for legacy, of a rollback from this step. Nothing from nothing.
    pub growth: Option<f64>,
    /// Capacity units for that.
    pub units: Option<f64>,
}

impl Demand {
    /// Returns requests a second at this part of all traffic.
    pub fn per_second(&self, part: f64) -> Option<f64> {
        self.requests_per_minute.map(|requests| requests / 60.0 * part)
    }

    /// Returns the capacity units to reserve for this part of all traffic; the least that can be reserved where nothing
    /// tells.
    pub(super) fn to_reserve(&self, part: f64) -> u32 {
        let needed = self.units.map_or(0.0, |units| (units.count * part).ceil());
        // No load balancer carries what a u32 does not count.
        (needed.min(f64::from(u32::MAX)) as u32).max(LEAST_UNITS)
    }

    /// Returns the units that can be counted on.
    pub fn ready(&self) -> Option<u32> {
        self.reservation.as_ref()?.as_ref().ok()?.ready()
    }

    /// Returns whether enough is reserved and ready for this part of all traffic.
    pub(super) fn is_reserved(&self, part: f64) -> bool {
        let needed = self.units.map_or(1.0, |units| units.count * part);
        self.ready().is_some_and(|ready| f64::from(ready) >= needed)
    }

    /// Returns requests a second that it carries at once: what it has carried, or what an idle one does.
    pub(super) fn room(&self) -> f64 {
        (self.carried / 60.0).max(IDLE_CARRIES)
    }
}

/// Returns the load balancer that a target's traffic goes through, as far as the runbook tells.
fn carrier(target: &Target) -> Option<&BalancerName> {
    target.balancer().or_else(|| target.metrics_balancer())
}

/// Returns what is known of the load, for a plan whose new side has this share already.
pub fn capacity(runbook: &Runbook, snapshot: &Snapshot, before: Share) -> Capacity {
    Capacity { demands: demands(runbook, snapshot, before), tails: tails(snapshot) }
}

fn demands(runbook: &Runbook, snapshot: &Snapshot, before: Share) -> Vec<Demand> {
    let mut of_legacy: BTreeSet<&BalancerName> = BTreeSet::new();
    let mut sources: BTreeMap<&BalancerName, BTreeSet<Option<&BalancerName>>> = BTreeMap::new();
    let mut leads_to: BTreeMap<&BalancerName, BTreeSet<Option<&BalancerName>>> = BTreeMap::new();
    for record in &runbook.records {
        let (legacy, new) = (carrier(&record.legacy), carrier(&record.new));
        of_legacy.extend(legacy);
        if let Some(new) = new {
            sources.entry(new).or_default().insert(legacy);
        }
        if let Some(legacy) = legacy {
            leads_to.entry(legacy).or_default().insert(new);
        }
    }
    // Legacy has seen only what new had not.
    let left = 1.0 - before.fraction();
    let peaks = |name: &BalancerName| {
        let peaks = snapshot.load.peaks.get(name).copied().unwrap_or_default();
        if left > 0.0 { peaks.times(1.0 / left) } else { Peaks::default() }
    };
    let mut demands = Vec::new();
    for (name, from) in sources {
        // One that had nothing to do all day adds nothing; of one that was not read nothing is known, nor of the sum.
        let had_nothing_to_do = |legacy: &&Option<&BalancerName>| {
            legacy.and_then(|legacy| snapshot.load.peaks.get(legacy)) == Some(&Peaks::default())
        };
        let busy = from.iter().filter(|legacy| !had_nothing_to_do(legacy));
        let all = busy.map(|legacy| legacy.map_or_else(Peaks::default, &peaks));
        let sum = all.reduce(|one, other| one.and(&other)).unwrap_or_default();
        let shared = |legacy: &BalancerName| leads_to.get(legacy).is_some_and(|to| to.len() > 1);
        let at_most = from.iter().flatten().copied().any(shared);
        demands.extend(demand((Side::New, name), &sum, at_most, snapshot));
    }
    for name in of_legacy {
        demands.extend(demand((Side::Legacy, name), &peaks(name), false, snapshot));
    }
    demands
}

fn demand(
    (side, name): (Side, &BalancerName),
    peaks: &Peaks,
    at_most: bool,
    snapshot: &Snapshot,
) -> Option<Demand> {
    let key = (side, name.clone());
    let (balancer, _) = snapshot.balancers.get(&key)?;
    let carried = match side {
        Side::New => snapshot.load.carried.get(name).copied().unwrap_or_default(),
        Side::Legacy => 0.0,
    };
    Some(Demand {
        side,
        balancer: name.clone(),
        dns_name: balancer.dns_name.clone(),
        requests_per_minute: peaks.requests,
        at_most,
        units: peaks.units_of(name.kind),
        bytes_per_request: peaks.bytes_per_request(),
        carried,
        reservation: snapshot.load.reservations.get(&key).cloned(),
        wave: 0,
    })
}

/// Returns what each load balancer has to carry at each step, as far as it is known: new's at the step, legacy's after
/// a rollback from it.
pub fn step_loads(plan: &Plan) -> Vec<StepLoad> {
    plan.by_wave().iter().flat_map(of_one).collect()
}

fn of_one(plan: &Plan) -> Vec<StepLoad> {
    let mut loads = Vec::new();
    let mut before = plan.share_before();
    for shift in &plan.shifts {
        let known = plan.capacity.demands.iter();
        loads.extend(known.filter_map(|demand| step_load(demand, shift, before, plan)));
        before = shift.share;
    }
    loads
}

fn step_load(demand: &Demand, shift: &Shift, before: Share, plan: &Plan) -> Option<StepLoad> {
    let (from, to) = match demand.side {
        Side::New => (before.fraction(), shift.share.fraction()),
        Side::Legacy => (1.0 - shift.share.fraction(), 1.0 - plan.share_before().fraction()),
    };
    Some(StepLoad {
        step: shift.step,
        share: shift.share,
        side: demand.side,
        balancer: demand.balancer.clone(),
        requests_per_second: demand.per_second(to)?,
        growth: (from > 0.0).then_some(to / from),
        units: demand.units.map(|units| units.count * to),
    })
}

/// Returns how many times as much a load balancer carries after this time.
pub(super) fn follows(time: SignedDuration) -> f64 {
    RAMP.powf(time.as_secs_f64() / RAMP_TIME.as_secs_f64())
}
