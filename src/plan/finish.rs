//! The end of a migration: from the pairs as they stand, with everything on new, to records without legacy.

use std::collections::BTreeMap;

use super::{
    Answer, Goal, LEGACY_IDENTIFIER, Made, Mode, NEW_IDENTIFIER, Pair, Plan, RecordSet, Routing,
    Snapshot, Standing, Zone, ZoneId,
    adopt::answer_of,
    feeds, in_words,
    make::{Found, found, measured},
    standing::locks,
    zones::{zone_hazards, zone_problems},
};
use crate::{
    gate::History,
    runbook::{
        Runbook,
        model::{Hooks, Record, Windows},
    },
    unit::{RecordType, Side, Weight, Weights},
};

/// Returns what a runbook says of a migration that is over: its pairs, with what legacy and new answer, and the series
/// that count their requests. Nothing is said of the records as they are.
///
/// # Errors
/// Every reason why that cannot be told, each in one sentence with what to do.
pub fn moved(runbook: &Runbook, snapshot: &Snapshot) -> Result<Plan, Vec<String>> {
    if !snapshot.failures.is_empty() {
        return Err(snapshot.failures.clone());
    }
    let said =
        |record: &Record, kind: &RecordType, zone: &Zone| answering(record, kind, zone, snapshot);
    let Found { zones, pairs, problems } = found(runbook, snapshot, said);
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Plan {
        runbook: runbook.name.clone(),
        environment: runbook.environment.name.clone(),
        steps: runbook.steps.len(),
        zones,
        pairs,
        shifts: Vec::new(),
        waves: Vec::new(),
        gates: runbook.gates.clone(),
        policy: runbook.policy.clone(),
        feeds: feeds(&runbook.gates, &measured(runbook, snapshot)),
        new_balancers: Vec::new(),
        services: Vec::new(),
        history: History::default(),
        goal: Goal::Move,
        locked: runbook.prepare.lock,
        found_locks: BTreeMap::new(),
        quota: snapshot.quota,
        tasks: Vec::new(),
        windows: Windows::default(),
        hooks: Hooks::default(),
        notify: runbook.notify.clone(),
        mode: Mode::Usual,
    })
}

fn answering(
    record: &Record,
    kind: &RecordType,
    zone: &Zone,
    snapshot: &Snapshot,
) -> Result<Pair, String> {
    let ttl = record.ttl.unwrap_or_default();
    let member = |identifier: &str, answer: Answer| RecordSet {
        name: record.name.clone(),
        kind: kind.clone(),
        routing: Routing::Weighted { set_identifier: identifier.to_owned(), weight: Weight(0) },
        answer,
        health_check: None,
    };
    let legacy = answer_of(&record.legacy, record, Side::Legacy, snapshot, ttl)?;
    let new = answer_of(&record.new, record, Side::New, snapshot, ttl)?;
    Ok(Pair {
        name: record.name.clone(),
        kind: kind.clone(),
        zone: zone.id.clone(),
        found: Vec::new(),
        baseline: Vec::new(),
        busy: 0,
        wave: 0,
        legacy: member(LEGACY_IDENTIFIER, legacy),
        new: member(NEW_IDENTIFIER, new),
    })
}

/// Plans the end of a migration, from what stands at its names. `moved` is the plan that moved the traffic, or [`moved()`];
/// `standing` says what is done about locks that stand in its zones. What is finished already is left out: there may be no
/// pair left.
///
/// # Errors
/// Every reason not to begin, each in one sentence with what to do.
pub fn finish(
    moved: &Plan,
    goal: Goal,
    snapshot: &Snapshot,
    standing: Standing,
) -> Result<Made, Vec<String>> {
    if !snapshot.failures.is_empty() {
        return Err(snapshot.failures.clone());
    }
    let (mut pairs, mut problems) = (Vec::new(), Vec::new());
    let live = |zone: &ZoneId| snapshot.records.get(zone).map(Vec::as_slice).unwrap_or_default();
    for pair in &moved.pairs {
        match as_it_stands(pair, goal, live(&pair.zone)) {
            Ok(pair) => pairs.extend(pair),
            Err(problem) => problems.push(problem),
        }
    }
    let used = |zone: &&Zone| pairs.iter().any(|pair: &Pair| pair.zone == zone.id);
    let zones: Vec<Zone> = moved.zones.iter().filter(used).cloned().collect();
    let locks = locks(&zones, snapshot, moved.locked, standing);
    problems.extend(locks.problems);
    problems.extend(zone_problems(&zones, &pairs, snapshot, moved.locked));
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut hazards: Vec<String> = pairs.iter().filter_map(unhealthy_new).collect();
    hazards.extend(locks.hazards);
    hazards.extend(zone_hazards(&zones, &pairs, snapshot, moved.locked));
    let plan = Plan {
        // Everything is one step, and none sets a share.
        steps: 1,
        shifts: Vec::new(),
        waves: Vec::new(),
        zones,
        pairs,
        goal,
        quota: snapshot.quota,
        found_locks: locks.taken,
        // What the run waited for, and what it ran, belonged to its steps.
        tasks: Vec::new(),
        windows: Windows::default(),
        hooks: Hooks::default(),
        ..moved.clone()
    };
    Ok(Made { plan, hazards })
}

/// Returns the pair as it stands, or nothing where it is finished already. Members are told by where they point.
fn as_it_stands(pair: &Pair, goal: Goal, live: &[RecordSet]) -> Result<Option<Pair>, String> {
    let live = pair.own(live);
    let what = format!("{} {} in zone {}", pair.name, pair.kind, pair.zone);
    if live.is_empty() {
        return Err(format!("{what}: there is no such record any more; nothing can be finished"));
    }
    if let [only] = &live[..]
        && only.routing == Routing::Simple
    {
        if only.answer.points_where(&pair.new.answer, &pair.kind) {
            return Ok(None);
        }
        return Err(format!(
            "{what}: it is a simple record that does not answer with new ({}); move the traffic first",
            in_words(only)
        ));
    }
    let (legacy, new) = members(pair, &what, &live)?;
    let weight = |record: &RecordSet| record.weight().unwrap_or_default();
    let weights = Weights { legacy: legacy.map(weight).unwrap_or_default(), new: weight(new) };
    if weights.legacy.0 > 0 || weights.new.0 == 0 {
        return Err(format!(
            "{what}: not all of its traffic is meant for new (weights {weights}); move the rest first, step by step"
        ));
    }
    if goal == Goal::WithoutLegacy && legacy.is_none() {
        return Ok(None);
    }
    let absent = || pair.legacy.with_weight(Weight(0));
    Ok(Some(Pair {
        name: pair.name.clone(),
        kind: pair.kind.clone(),
        zone: pair.zone.clone(),
        busy: pair.busy,
        wave: 0,
        legacy: legacy.cloned().unwrap_or_else(absent),
        new: new.clone(),
        baseline: live.clone(),
        found: live,
    }))
}

/// Returns legacy's member, which may be gone, and new's.
fn members<'a>(
    pair: &Pair,
    what: &str,
    live: &'a [RecordSet],
) -> Result<(Option<&'a RecordSet>, &'a RecordSet), String> {
    let points = |record: &RecordSet, member: &RecordSet| {
        record.answer.points_where(&member.answer, &pair.kind)
    };
    let strange = |record: &&RecordSet| {
        let known = points(record, &pair.new) || points(record, &pair.legacy);
        record.weight().is_none() || !known
    };
    if let Some(stranger) = live.iter().find(strange) {
        return Err(format!(
            "{what}: a member is neither legacy's nor new's ({}); remove it, or correct the runbook",
            in_words(stranger)
        ));
    }
    let (new, legacy): (Vec<&RecordSet>, Vec<&RecordSet>) =
        live.iter().partition(|record| points(record, &pair.new));
    match (&legacy[..], &new[..]) {
        ([], [new]) => Ok((None, new)),
        ([legacy], [new]) => Ok((Some(legacy), new)),
        _ => Err(format!(
            "{what}: one member must point to new, and one at most to legacy ({}); correct the records or the runbook",
            live.iter().map(in_words).collect::<Vec<_>>().join("; ")
        )),
    }
}

/// With a member of weight 0 beside it, an unhealthy new gives its traffic back by itself (law L45).
fn unhealthy_new(pair: &Pair) -> Option<String> {
    let evaluates = match pair.new.answer {
        Answer::Alias { evaluate_target_health, .. } => evaluate_target_health,
        Answer::Values { .. } => false,
    };
    let judged = evaluates || pair.new.health_check.is_some();
    (judged && pair.found.len() > 1).then(|| {
        format!(
            "{} {}: today Route 53 sends its traffic back to legacy by itself while new is unhealthy; afterwards it cannot",
            pair.name, pair.kind
        )
    })
}
