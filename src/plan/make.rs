//! Runbook and snapshot to plan.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Balancer, Comparison, Goal, Mode, Pair, Plan, Shift, Snapshot, Standing, Zone,
    adopt::adopt,
    capacity::capacity,
    expiry::{expiry_hazards, expiry_problems},
    feed::feeds,
    hazard::hazards,
    meant::meant_for,
    names::{name_hazards, name_problems},
    pair::share_of,
    peering::peerings,
    ready::ready,
    red::red,
    services::{service_problems, services},
    standing::locks,
    task::tasks,
    watched::{alarm_hazards, alarm_problems, datadog_hazards, datadog_problems, metric_hazards},
    wave::together,
    zones::{zone_hazards, zone_problems},
};
use crate::{
    gate::History,
    runbook::{
        Runbook,
        model::{Record, Step, ZoneChoice},
    },
    unit::{BalancerKind, RecordType, Share, Side, Weights},
};

/// A plan and what is worth a second thought about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// The plan.
    pub plan: Plan,
    /// What is worth a second thought, each in one sentence with what to do.
    pub hazards: Vec<String>,
}

/// Makes a plan of a runbook, of all its waves where it has some; of each of them there is what was found for it.
///
/// # Errors
/// As [`make`].
pub fn make_waves(
    runbook: &Runbook,
    found: &[Snapshot],
    standing: Standing,
) -> Result<Made, Vec<String>> {
    let Some(first) = found.first() else { return Err(vec!["nothing was read".to_owned()]) };
    if runbook.waves.is_empty() {
        return make(runbook, first, standing);
    }
    let mut entries = 0;
    let made = runbook.by_wave().into_iter().zip(found).map(|((name, alone), found)| {
        // Whether credentials outlive the run is for the whole of it.
        let found = Snapshot { expires: BTreeMap::new(), ..found.clone() };
        let made = make_after(entries, &alone, &found, standing);
        entries += alone.steps.len();
        (name, made)
    });
    together(made.collect(), found)
}

/// Makes a plan of a runbook for what is live; `standing` says what is done about locks that stand in the zones.
///
/// # Errors
/// Every reason not to begin, each in one sentence with what to do.
pub fn make(
    runbook: &Runbook,
    snapshot: &Snapshot,
    standing: Standing,
) -> Result<Made, Vec<String>> {
    make_after(0, runbook, snapshot, standing)
}

/// Makes a plan of a wave that so many entries of `steps` go before, by which its own are counted.
fn make_after(
    entries: usize,
    runbook: &Runbook,
    snapshot: &Snapshot,
    standing: Standing,
) -> Result<Made, Vec<String>> {
    if !snapshot.failures.is_empty() {
        // What could not be read would show up again as missing, each time in words that lead astray.
        return Err(snapshot.failures.clone());
    }
    let adopted = |record: &Record, kind: &RecordType, zone: &Zone| {
        adopt(record, kind, zone, &runbook.prepare, snapshot)
    };
    let Found { zones, pairs, mut problems } = found(runbook, snapshot, adopted);
    let locked = runbook.prepare.lock;
    let locks = locks(&zones, snapshot, locked, standing);
    problems.extend(locks.problems);
    problems.extend(zone_problems(&zones, &pairs, snapshot, locked));
    problems.extend(name_problems(&pairs));
    let balancers = measured(runbook, snapshot);
    let kinds: BTreeSet<BalancerKind> = balancers.iter().map(|(_, b)| b.name.kind).collect();
    problems.extend(unmeasured(runbook, &kinds));
    problems.extend(unfit(runbook, snapshot));
    let red = red(runbook, snapshot, &pairs);
    problems.extend(red.problems);
    problems.extend(alarm_problems(&runbook.gates, snapshot));
    problems.extend(service_problems(runbook, snapshot));
    let peerings = peerings(runbook, snapshot);
    problems.extend(peerings.problems);
    problems.extend(datadog_problems(&runbook.gates, snapshot));
    if pairs.is_empty() || !problems.is_empty() {
        // A missing load balancer shows up once for each of its records; once is enough.
        let mut seen = BTreeSet::new();
        problems.retain(|problem| seen.insert(problem.clone()));
        return Err(problems);
    }
    let mut plan = assemble(runbook, snapshot, zones, pairs, &balancers);
    plan.shifts.iter_mut().for_each(|shift| shift.step += entries);
    plan.tasks.iter_mut().for_each(|task| task.step += entries);
    plan.found_locks = locks.taken;
    let mut problems = backwards(&plan);
    problems.extend(expiry_problems(&plan, snapshot));
    let ready = ready(&plan, &runbook.preflight.capacity);
    problems.extend(ready.problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut hazards = hazards(&plan, &kinds, &runbook.preflight.capacity);
    hazards.extend(ready.hazards);
    hazards.extend(locks.hazards);
    hazards.extend(zone_hazards(&plan.zones, &plan.pairs, snapshot, locked));
    hazards.extend(name_hazards(&plan.pairs));
    hazards.extend(expiry_hazards(&plan, snapshot));
    hazards.extend(red.hazards);
    hazards.extend(metric_hazards(&plan.gates, snapshot));
    hazards.extend(alarm_hazards(&plan.gates, snapshot));
    hazards.extend(peerings.hazards);
    hazards.extend(datadog_hazards(&plan.gates, snapshot));
    Ok(Made { plan, hazards })
}

/// Returns the share that new has in what is live, as far as the records can be made pairs of.
pub fn share_live(runbook: &Runbook, snapshot: &Snapshot) -> Share {
    let adopted = |record: &Record, kind: &RecordType, zone: &Zone| {
        adopt(record, kind, zone, &runbook.prepare, snapshot)
    };
    share_of(&found(runbook, snapshot, adopted).pairs)
}

/// What the records of a runbook are in the zones.
#[derive(Default)]
pub(super) struct Found {
    /// Each zone once, in the order of the runbook.
    pub(super) zones: Vec<Zone>,
    pub(super) pairs: Vec<Pair>,
    /// Why there is no pair of a record.
    pub(super) problems: Vec<String>,
}

/// Finds the zone of every record, and makes a pair of every record and type there.
pub(super) fn found(
    runbook: &Runbook,
    snapshot: &Snapshot,
    pair: impl Fn(&Record, &RecordType, &Zone) -> Result<Pair, String>,
) -> Found {
    let mut found = Found::default();
    for record in &runbook.records {
        let zone = match zone_of(record, snapshot) {
            Ok(zone) => zone,
            Err(problem) => {
                found.problems.push(problem);
                continue;
            }
        };
        if !found.zones.contains(zone) {
            found.zones.push(zone.clone());
        }
        for kind in &record.types {
            match pair(record, kind, zone) {
                Ok(pair) => found.pairs.push(pair),
                Err(problem) => found.problems.push(problem),
            }
        }
    }
    found
}

fn assemble(
    runbook: &Runbook,
    snapshot: &Snapshot,
    zones: Vec<Zone>,
    pairs: Vec<Pair>,
    balancers: &[(Side, Balancer)],
) -> Plan {
    let shift = |(index, step): (usize, &Step)| match step {
        Step::Shift { share, hold, .. } => Some(Shift {
            step: index + 1,
            share: *share,
            weights: Weights::nearest(*share),
            hold: *hold,
            wave: 0,
        }),
        Step::Approve { .. } | Step::Run { .. } => None,
    };
    let of_new = balancers.iter().filter(|(side, _)| *side == Side::New);
    let share = share_of(&pairs);
    Plan {
        runbook: runbook.name.clone(),
        environment: runbook.environment.name.clone(),
        steps: runbook.steps.len(),
        zones,
        pairs,
        shifts: runbook.steps.iter().enumerate().filter_map(shift).collect(),
        feeds: feeds(&runbook.gates, balancers),
        new_balancers: of_new.map(|(_, balancer)| balancer.clone()).collect(),
        waves: Vec::new(),
        services: services(runbook, snapshot),
        gates: runbook.gates.clone(),
        policy: runbook.policy.clone(),
        history: History { meant_for: meant_for(runbook, snapshot), ..snapshot.history.clone() },
        goal: Goal::Move,
        locked: runbook.prepare.lock,
        found_locks: BTreeMap::new(),
        quota: snapshot.quota,
        tasks: tasks(runbook),
        windows: runbook.windows.clone(),
        hooks: runbook.hooks.clone(),
        notify: runbook.notify.clone(),
        capacity: capacity(runbook, snapshot, share),
        mode: Mode::Usual,
    }
}

fn zone_of<'a>(record: &Record, snapshot: &'a Snapshot) -> Result<&'a Zone, String> {
    let choice = match &record.zone {
        ZoneChoice::Id(id) => format!("zone {id}"),
        ZoneChoice::Name { name, private: false } => format!("public zone {name}"),
        ZoneChoice::Name { name, private: true } => format!("private zone {name}"),
    };
    let zone = match snapshot.zones.get(&record.zone).map(Vec::as_slice) {
        Some([zone]) => zone,
        None | Some([]) => {
            return Err(format!(
                "{}: there is no {choice} in the dns account; check `zone`, `private` and the dns credentials",
                record.name
            ));
        }
        Some(several) => {
            let ids: Vec<&str> = several.iter().map(|zone| zone.id.0.as_str()).collect();
            return Err(format!(
                "{}: {choice} stands for several zones ({}); name one by its id",
                record.name,
                ids.join(", ")
            ));
        }
    };
    if record.name.is_within(&zone.name) {
        Ok(zone)
    } else {
        Err(format!(
            "{}: {choice} is for {}, which does not hold this name",
            record.name, zone.name
        ))
    }
}

/// Returns the load balancers whose metrics tell about a side, each once.
pub(super) fn measured(runbook: &Runbook, snapshot: &Snapshot) -> Vec<(Side, Balancer)> {
    let names = runbook.records.iter().flat_map(|record| {
        Side::BOTH.into_iter().filter_map(|side| {
            record.target(side).metrics_balancer().map(|name| (side, name.clone()))
        })
    });
    let names: BTreeSet<_> = names.collect();
    let found = |(side, name)| {
        snapshot.balancers.get(&(side, name)).map(|(balancer, _)| (side, balancer.clone()))
    };
    names.into_iter().filter_map(found).collect()
}

/// A run with no gate on errors and none on latency would not be gated at all.
fn unmeasured(runbook: &Runbook, kinds: &BTreeSet<BalancerKind>) -> Vec<String> {
    let gated = runbook.gates.errors.is_some() || runbook.gates.latency.is_some();
    let measured =
        |side| runbook.records.iter().any(|r| r.target(side).metrics_balancer().is_some());
    let mut problems = Vec::new();
    if gated && !measured(Side::New) {
        problems.push(
            "no record says where new's metrics are; give one of them `new: { ..., metrics: { alb: NAME } }`"
                .to_owned(),
        );
    }
    if gated && Comparison::of(kinds) == Comparison::Nothing {
        problems.push(
            "a classic and a network load balancer have no metric in common; compare by another load balancer with `metrics`, \
             or switch `errors` and `latency` off and use `gates.metrics`"
                .to_owned(),
        );
    }
    problems
}

/// New must be able to answer, and legacy to take everything back.
fn unfit(runbook: &Runbook, snapshot: &Snapshot) -> Vec<String> {
    let mut problems = Vec::new();
    let needed = runbook.preflight.min_healthy_targets.unwrap_or(1);
    for ((side, name), (balancer, health)) in &snapshot.balancers {
        if *side == Side::New && health.healthy < needed {
            problems.push(format!(
                "new {name}: {} of {} targets are healthy and {needed} are needed; bring them into service first",
                health.healthy, health.registered
            ));
        }
        if *side == Side::Legacy && health.healthy == 0 {
            problems.push(format!(
                "legacy {name}: none of {} targets is healthy, so there would be no way back; mend legacy first",
                health.registered
            ));
        }
        let public_zone = |record: &Record| {
            snapshot.zones.get(&record.zone).is_some_and(|zones| zones.iter().any(|z| !z.private))
        };
        let exposed =
            |record: &&Record| record.target(*side).balancer() == Some(name) && public_zone(record);
        if let (true, Some(record)) = (balancer.internal, runbook.records.iter().find(exposed)) {
            problems.push(format!(
                "{}: {side} {name} is internal, but the zone is public: clients would get private addresses; use the private zone or another load balancer",
                record.name
            ));
        }
    }
    problems
}

/// The first step must not take traffic away from new that it has already.
fn backwards(plan: &Plan) -> Vec<String> {
    let (before, first) = (plan.share_before(), plan.shifts.first());
    match first {
        Some(first) if first.share < before => vec![format!(
            "new has {before} of the traffic already, and the first step would lower that to {}; begin higher, or roll back first",
            first.share
        )],
        Some(_) => Vec::new(),
        None => vec!["no step sets a share; add `- { weight: 5%, hold: 10m }`".to_owned()],
    }
}
