//! Waves: groups of records that move one after another, each in steps of its own and judged by what its own load balancers
//! report, under one lock, in one run.
//!
//! A plan of waves is made of the plans of each wave by itself, so that nothing else has to know of waves. What is judged
//! changes when a wave begins; where a record is depends on its own wave's steps alone; the way back takes all waves.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    Balancer, DatadogGate, Feed, Made, Pair, Plan, RecordSet, Shift, Snapshot,
    expiry::{expiry_hazards, expiry_problems},
    traffic::request_feeds,
    zones::zone_problems,
};
use crate::{
    gate::History,
    runbook::model::Gates,
    unit::{BalancerName, Share, Side},
};

/// What is judged while one wave moves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wave {
    /// What the runbook calls it.
    pub name: String,
    /// Entries of its `steps`, of every kind.
    pub steps: usize,
    /// What is watched.
    pub gates: Gates,
    /// The CloudWatch series that feed the gates.
    pub feeds: Vec<Feed>,
    /// New's load balancers, whose targets are counted.
    pub new_balancers: Vec<Balancer>,
    /// How legacy did before the run.
    pub history: History,
}

/// Returns true for what stands in the first wave, as everything does where there are no others.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
pub(super) fn is_first(wave: &usize) -> bool {
    *wave == 0
}

impl Plan {
    /// Returns the records of a pair once a shift is in the zone: where the newest shift of its own wave has put them, or
    /// before the first one of it.
    pub fn placed(&self, pair: &Pair, shift: usize) -> Vec<RecordSet> {
        let begun = self.shifts.get(..=shift).unwrap_or(&self.shifts);
        let own = begun.iter().rev().find(|shift| shift.wave == pair.wave);
        own.map_or_else(|| pair.prepared(), |shift| pair.at(shift.weights))
    }

    /// Returns the index of the first shift of the wave that a shift belongs to.
    pub fn wave_begins(&self, shift: usize) -> usize {
        let wave = self.wave_of(shift);
        self.shifts.iter().position(|shift| shift.wave == wave).unwrap_or_default()
    }

    /// Returns the index of the wave that a shift belongs to.
    pub fn wave_of(&self, shift: usize) -> usize {
        self.shifts.get(shift).map_or(0, |shift| shift.wave)
    }

    /// Returns the name of the wave that a shift belongs to, where the runbook has waves.
    pub fn wave_name(&self, shift: usize) -> Option<&str> {
        self.waves.get(self.wave_of(shift)).map(|wave| wave.name.as_str())
    }

    /// Returns the plan of each wave by itself, as far as steps and gates go; the plan itself where there are no waves.
    pub fn by_wave(&self) -> Vec<Self> {
        if self.waves.is_empty() {
            return vec![self.clone()];
        }
        let alone = |wave: usize| {
            let mut plan = self.clone();
            plan.enter(wave);
            plan.waves.clear();
            plan.shifts.retain(|shift| shift.wave == wave);
            plan.pairs.retain(|pair| pair.wave == wave);
            plan.capacity.demands.retain(|demand| demand.wave == wave);
            plan
        };
        (0..self.waves.len()).map(alone).collect()
    }

    /// Makes a wave the one that is judged from now on.
    pub fn enter(&mut self, wave: usize) {
        let Some(Wave { gates, feeds, new_balancers, history, .. }) = self.waves.get(wave).cloned()
        else {
            return;
        };
        (self.gates, self.feeds) = (gates, feeds);
        (self.new_balancers, self.history) = (new_balancers, history);
    }

    /// Returns the largest part of the traffic of any wave that may be with new once a shift has been written: of a wave
    /// that is over, where its last step left it.
    pub fn reached(&self, shift: usize) -> Share {
        let begun = self.shifts.get(..=shift).unwrap_or(&self.shifts);
        let last = begun.chunk_by(|one, next| one.wave == next.wave).filter_map(<[_]>::last);
        last.map(|shift| shift.share).max().unwrap_or(Share::ZERO)
    }

    /// Returns what of Datadog is watched in any wave.
    pub fn all_datadog(&self) -> Vec<DatadogGate> {
        let whole = self.waves.is_empty().then_some(&self.gates);
        let gates = self.waves.iter().map(|wave| &wave.gates).chain(whole);
        gates.flat_map(|gates| gates.datadog.clone()).collect()
    }

    /// Returns everything that feeds the gates of any wave, each series once.
    pub fn all_feeds(&self) -> Vec<Feed> {
        let mut feeds = self.feeds.clone();
        for feed in self.waves.iter().flat_map(|wave| &wave.feeds) {
            if !feeds.contains(feed) {
                feeds.push(feed.clone());
            }
        }
        feeds
    }
}

/// Brings the plans of waves together, in order, each with its name and as it would be by itself. `found` is what
/// they were made from.
///
/// # Errors
/// Every reason not to begin, each in one sentence with what to do; what is said of one wave alone begins with its name.
pub(super) fn together(
    waves: Vec<(String, Result<Made, Vec<String>>)>,
    found: &[Snapshot],
) -> Result<Made, Vec<String>> {
    let (mut made, mut problems) = (Vec::new(), Vec::new());
    for (name, wave) in waves {
        match wave {
            Ok(wave) => {
                problems.push((name.clone(), Vec::new()));
                made.push((name, wave));
            }
            Err(found) => problems.push((name, found)),
        }
    }
    if made.len() < problems.len() {
        return Err(said_once(problems));
    }
    let hazards = made.iter().map(|(name, made)| (name.clone(), made.hazards.clone())).collect();
    let plans = made.into_iter().map(|(name, made)| (name, made.plan));
    let plan = plans.fold(None, |plan, (name, wave)| Some(joined(plan, name, wave)));
    let (Some(mut plan), Some(whole)) = (plan, whole(found)) else {
        return Err(vec!["the runbook has no wave".to_owned()]);
    };
    at_most(&mut plan);
    // How long credentials last is compared with all waves, one after another; zones get the records of all at once.
    let mut problems = expiry_problems(&plan, &whole);
    problems.extend(zone_problems(&plan.zones, &plan.pairs, &whole, plan.locked));
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut hazards = said_once(hazards);
    hazards.extend(shared(&plan));
    hazards.extend(mixed_hazards(&plan));
    hazards.extend(no_way_back(&plan));
    hazards.extend(expiry_hazards(&plan, &whole));
    Ok(Made { plan, hazards })
}

/// Returns what was found for the first wave, with the zones of all of them.
fn whole(found: &[Snapshot]) -> Option<Snapshot> {
    let mut whole = found.first()?.clone();
    for Snapshot { details, records, .. } in found {
        whole.details.extend(details.clone());
        for (zone, records) in records {
            let known = whole.records.entry(zone.clone()).or_default();
            let new: Vec<_> =
                records.iter().filter(|record| !known.contains(record)).cloned().collect();
            known.extend(new);
        }
    }
    Some(whole)
}

/// A wave is judged by its load balancers, and what an earlier wave has moved already is counted there as well.
fn shared(plan: &Plan) -> Vec<String> {
    let mut first: BTreeMap<&BalancerName, usize> = BTreeMap::new();
    let mut hazards = Vec::new();
    for (index, wave) in plan.waves.iter().enumerate() {
        for balancer in &wave.new_balancers {
            let earlier = *first.entry(&balancer.name).or_insert(index);
            if let Some(earlier) = plan.waves.get(earlier).filter(|_| earlier < index) {
                hazards.push(format!(
                    "waves {} and {} share new's {}: what the first has moved is counted in the gates of the second, and hides its \
                     faults among it; move both in one wave, or give each load balancers of its own",
                    earlier.name, wave.name, balancer.name
                ));
            }
        }
    }
    hazards
}

/// Returns the load balancers of legacy that several waves are fed by, with the indices of those.
fn mixed(plan: &Plan) -> BTreeMap<&str, Vec<usize>> {
    let mut of: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, wave) in plan.waves.iter().enumerate() {
        let feeds = request_feeds(&wave.feeds).filter(|(side, _)| *side == Side::Legacy);
        let names: BTreeSet<&String> =
            feeds.flat_map(|(_, feed)| feed.query.dimensions.values()).collect();
        names.into_iter().for_each(|name| of.entry(name).or_default().push(index));
    }
    of.retain(|_, waves| waves.len() > 1);
    of
}

/// What of a load balancer of legacy's moves in another wave stays there for now, and is counted in the gates of this one.
fn mixed_hazards(plan: &Plan) -> Vec<String> {
    let name = |wave: &usize| plan.waves.get(*wave).map(|wave| wave.name.as_str());
    let told = |(balancer, waves): (&str, Vec<usize>)| {
        let waves: Vec<&str> = waves.iter().filter_map(name).collect();
        format!(
            "waves {} share legacy's load balancer {balancer}: what of the others arrives there counts as not moved in each of \
             them, so that `share` may hold it, and as its errors; move all of them in one wave, or switch `share` off there",
            waves.join(", ")
        )
    };
    mixed(plan).into_iter().map(told).collect()
}

/// Nothing tells how much of a load balancer that several waves share is whose.
fn at_most(plan: &mut Plan) {
    let waves: BTreeSet<usize> = mixed(plan).into_values().flatten().collect();
    let demands = plan.capacity.demands.iter_mut();
    demands
        .filter(|demand| demand.side == Side::New && waves.contains(&demand.wave))
        .for_each(|demand| demand.at_most = true);
}

/// From the point of no return on nothing goes back by itself, in the waves that follow neither.
fn no_way_back(plan: &Plan) -> Option<String> {
    let point = plan.policy.point_of_no_return?;
    let passed = plan.shifts.iter().find(|shift| shift.share >= point)?;
    let later: Vec<&str> =
        plan.waves.iter().skip(passed.wave + 1).map(|wave| wave.name.as_str()).collect();
    (!later.is_empty()).then(|| {
        format!(
            "from step {} on nothing goes back by itself, in {} neither, whatever their share: `policy.point_of_no_return` ({point})              is for the whole run; take it out, or give those waves a runbook of their own",
            passed.step,
            later.join(", ")
        )
    })
}

fn joined(before: Option<Plan>, name: String, mut wave: Plan) -> Plan {
    let own = Wave {
        name,
        steps: wave.steps,
        gates: wave.gates.clone(),
        feeds: wave.feeds.clone(),
        new_balancers: wave.new_balancers.clone(),
        history: wave.history.clone(),
    };
    let Some(mut plan) = before else {
        wave.waves = vec![own];
        return wave;
    };
    let index = plan.waves.len();
    let shifts = plan.shifts.len();
    plan.steps += wave.steps;
    plan.pairs.extend(wave.pairs.into_iter().map(|pair| Pair { wave: index, ..pair }));
    plan.shifts.extend(wave.shifts.into_iter().map(|shift| Shift { wave: index, ..shift }));
    plan.tasks.extend(wave.tasks.into_iter().map(|mut task| {
        task.before += shifts;
        task
    }));
    for zone in wave.zones {
        if !plan.zones.contains(&zone) {
            plan.zones.push(zone);
        }
    }
    plan.capacity.add(index, wave.capacity);
    plan.found_locks.extend(wave.found_locks);
    plan.waves.push(own);
    plan
}

/// Returns what is said of every wave once, and what is said of some with the names of those.
fn said_once(told: Vec<(String, Vec<String>)>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut said = Vec::new();
    for sentence in told.iter().flat_map(|(_, sentences)| sentences) {
        if !seen.insert(sentence) {
            continue;
        }
        let of: Vec<&str> = told
            .iter()
            .filter(|(_, sentences)| sentences.contains(sentence))
            .map(|(name, _)| name.as_str())
            .collect();
        said.push(match of[..] {
            [name] => format!("wave {name}: {sentence}"),
            ref some if some.len() < told.len() => {
                format!("waves {}: {sentence}", some.join(", "))
            }
            _ => sentence.clone(),
        });
    }
    said
}
