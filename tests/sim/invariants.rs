//! What must hold whatever goes wrong; one function each, named after its claim.

use std::collections::{BTreeMap, BTreeSet};

use cutover::{
    engine::{Engine, Event, LockChange, PairWeights, Position},
    gate::{Cause, Finding, Verdict},
    journal::Record,
    plan::{
        ChangeAction, ChangeId, OnBreach, OnUnproven, OnWarning, Pair, Plan, RecordSet, Routing,
        ZoneId, same_records,
    },
    unit::{RecordType, Timestamp},
};

use crate::saboteur::{Announced, Sent, later};

/// A run after an event, which is the last of its records.
pub(crate) struct Scene<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) records: &'a [Record],
    pub(crate) sent: &'a [Sent],
    /// What is in the zones, where somebody looked.
    pub(crate) live: Option<&'a [RecordSet]>,
    /// Changes that took effect and are not everywhere, where somebody asked.
    pub(crate) pending: &'a [ChangeId],
    /// Nobody has set the clock of the run's machine.
    pub(crate) steady: bool,
    /// A stranger has edited the zone.
    pub(crate) edited: bool,
}

type Holds = Result<(), String>;
type Invariant = fn(&Scene<'_>) -> Holds;

const ALL: [(&str, Invariant); 15] = [
    ("a_fenced_run_writes_nothing", a_fenced_run_writes_nothing),
    ("every_step_forward_is_fenced", every_step_forward_is_fenced),
    ("traffic_never_moves_forward_after_a_breach", traffic_never_moves_forward_after_a_breach),
    ("each_step_is_held_in_full_before_the_next", each_step_is_held_in_full_before_the_next),
    ("every_change_is_journaled_before_it_is_sent", every_change_is_journaled_before_it_is_sent),
    (
        "only_planned_or_baseline_weights_are_ever_set",
        only_planned_or_baseline_weights_are_ever_set,
    ),
    ("rolled_back_means_baseline_exactly", rolled_back_means_baseline_exactly),
    ("unknown_is_never_green", unknown_is_never_green),
    ("resume_checks_gates_before_moving", resume_checks_gates_before_moving),
    ("resume_reads_before_writing", resume_reads_before_writing),
    ("no_zone_is_left_with_all_weights_zero_or_a_member_missing", no_member_is_missing),
    ("what_the_journal_says_is_in_the_zone", what_the_journal_says_is_in_the_zone),
    ("l65_weights_are_read_before_they_are_told", l65_weights_are_read_before_they_are_told),
    ("a_step_settles_after_every_server_has_it", a_step_settles_after_every_server_has_it),
    ("long_ttls_are_waited_out", long_ttls_are_waited_out),
];

/// Returns the invariants that the newest event breaks.
pub(crate) fn after_an_event(scene: &Scene<'_>) -> Vec<String> {
    let newest = scene.records.last();
    let broken = |(name, holds): &(&str, Invariant)| match holds(scene) {
        Ok(()) => None,
        Err(why) => {
            let at = newest.map(|r| format!("record {} at {}", r.seq, r.at)).unwrap_or_default();
            Some(format!("{name}, at {at}: {why}"))
        }
    };
    ALL.iter().filter_map(broken).collect()
}

/// Asks what can only be asked at the end.
pub(crate) fn in_the_morning(plan: &Plan, records: &[Record], live: &[RecordSet]) -> Holds {
    every_prefix_of_the_journal_replays(plan, records)?;
    zone_and_journal_agree(plan, records, live)
}

fn every_prefix_of_the_journal_replays(plan: &Plan, records: &[Record]) -> Holds {
    let mut engine = Engine::new(plan.clone(), records[0].run.clone());
    for record in records {
        // Whatever a process finds must not be beyond it.
        let _ = (engine.pending(), engine.deadline(record.at), engine.view(record.at));
        engine.apply(record.at, &record.event).map_err(|error| format!("replay: {error}"))?;
    }
    Ok(())
}

fn zone_and_journal_agree(plan: &Plan, records: &[Record], live: &[RecordSet]) -> Holds {
    let drifted = records.iter().any(|r| matches!(r.event, Event::Drifted { .. }));
    let rolled_back = records.iter().any(|r| matches!(r.event, Event::RolledBack { .. }));
    let written = records.iter().rev().find_map(|record| {
        if let Event::WeightsWritten { records, .. } = &record.event { Some(records) } else { None }
    });
    match written {
        Some(written) if !drifted || rolled_back => same_weights(plan, written, live),
        Some(_) | None => Ok(()),
    }
}

impl Scene<'_> {
    fn newest(&self) -> Option<&Event> {
        self.records.last().map(|record| &record.event)
    }

    fn before(&self) -> &[Record] {
        self.records.split_last().map_or(&[], |(_, before)| before)
    }

    fn at(&self) -> Timestamp {
        self.records.last().map_or(Timestamp::MIN, |record| record.at)
    }

    /// Returns true when the newest event moves traffic towards new.
    fn moves_forward(&self) -> bool {
        match self.newest() {
            Some(Event::WriteStarted { to, pairs, .. }) => !to.is_back() && !pairs.is_empty(),
            Some(Event::StepStarted { .. }) => true,
            _ => false,
        }
    }

    /// Returns what happened since the run was last taken up again, if it was.
    fn since_resumed(&self) -> Option<(&[Record], &[Record])> {
        let before = self.before();
        let at = before.iter().rposition(|r| matches!(r.event, Event::Resumed { .. }))?;
        Some(before.split_at(at))
    }
}

fn traffic_never_moves_forward_after_a_breach(scene: &Scene<'_>) -> Holds {
    if !scene.moves_forward() || scene.plan.policy.breach != OnBreach::Rollback {
        return Ok(());
    }
    let breach = scene.before().iter().find(|r| matches!(r.event, Event::Breached { .. }));
    match breach {
        Some(breach) if scene.plan.policy.point_of_no_return.is_none() => {
            Err(format!("record {} was a breach", breach.seq))
        }
        Some(_) | None => Ok(()),
    }
}

fn each_step_is_held_in_full_before_the_next(scene: &Scene<'_>) -> Holds {
    let (shift, needs_pass) = match scene.newest() {
        Some(Event::StepPassed { shift, .. }) => (*shift, false),
        Some(Event::StepStarted { shift, .. }) if *shift > 0 => (*shift - 1, true),
        Some(Event::RunCompleted { .. }) => (scene.plan.shifts.len() - 1, true),
        _ => return Ok(()),
    };
    let started = scene.before().iter().rposition(
        |r| matches!(r.event, Event::StepStarted { shift: begun, .. } if begun == shift),
    );
    let step = &scene.before()[started.ok_or("the step was never started")?..];
    let find = |what: fn(&Event) -> bool| step.iter().rev().find(|r| what(&r.event));
    let in_sync = find(|e| matches!(e, Event::InSync { .. })).ok_or("not in sync")?;
    let settled = find(|e| matches!(e, Event::Settled { .. })).ok_or("not settled")?;
    let plan = scene.plan;
    if settled.at < later(in_sync.at, plan.settle_after_sync()) {
        return Err(format!("in sync at {} and settled at {}", in_sync.at, settled.at));
    }
    if scene.at() < later(settled.at, plan.shifts[shift].hold) {
        return Err(format!("settled at {} and over at {}", settled.at, scene.at()));
    }
    if needs_pass && find(|e| matches!(e, Event::StepPassed { .. })).is_none() {
        return Err(format!("shift {shift} has not passed"));
    }
    Ok(())
}

fn every_change_is_journaled_before_it_is_sent(scene: &Scene<'_>) -> Holds {
    let Some(newest) = scene.sent.last() else { return Ok(()) };
    let Some(Announced { write, pairs, lock }) = &newest.announced else {
        return Err(format!("the change of {} was not announced", newest.at));
    };
    let announced = |record: &RecordSet| {
        *lock && is_lock(record)
            || pairs.iter().filter_map(|at| scene.plan.pairs.get(*at)).any(|pair| pair.owns(record))
    };
    match newest.batch.changes.iter().find(|change| !announced(&change.record)) {
        Some(change) => Err(format!("write {write} did not announce {}", change.record.name)),
        None => Ok(()),
    }
}

fn only_planned_or_baseline_weights_are_ever_set(scene: &Scene<'_>) -> Holds {
    let Some(newest) = scene.sent.last() else { return Ok(()) };
    let planned = |record: &RecordSet| {
        is_lock(record)
            || scene.plan.pairs.iter().filter(|pair| pair.owns(record)).any(|pair| {
                let shifts = scene.plan.shifts.iter().flat_map(|shift| pair.at(shift.weights));
                let others = pair.prepared().into_iter().chain(pair.baseline.clone());
                shifts.chain(others).any(|known| known == *record)
            })
    };
    let made = newest.batch.changes.iter().filter(|c| c.action != ChangeAction::Delete);
    match made.map(|change| &change.record).find(|record| !planned(record)) {
        Some(record) => Err(format!("{record:?} was never planned")),
        None => Ok(()),
    }
}

fn rolled_back_means_baseline_exactly(scene: &Scene<'_>) -> Holds {
    let (Some(Event::RolledBack { .. }), Some(live)) = (scene.newest(), scene.live) else {
        return Ok(());
    };
    for pair in &scene.plan.pairs {
        let seen = of_pair(pair, live);
        // A record that was never made a pair is as it was found.
        let untouched = pair.was_simple() && same_records(&seen, &pair.found);
        if !untouched && !same_records(&seen, &pair.baseline) {
            return Err(format!("{} is {seen:?}", pair.name));
        }
    }
    Ok(())
}

fn unknown_is_never_green(scene: &Scene<'_>) -> Holds {
    match scene.newest() {
        Some(Event::StepPassed { .. }) => {}
        Some(Event::StepStarted { shift, .. }) if *shift > 0 => {}
        _ => return Ok(()),
    }
    let judged = scene.before().iter().rev().find_map(|record| {
        if let Event::MinuteJudged { findings, .. } = &record.event { Some(findings) } else { None }
    });
    let findings = judged.ok_or("nothing was judged")?;
    match findings.iter().find(|finding| !is_green(finding, scene.plan)) {
        Some(finding) => Err(format!("{}: {:?}: {}", finding.gate, finding.cause, finding.why)),
        None => Ok(()),
    }
}

fn is_green(finding: &Finding, plan: &Plan) -> bool {
    let continues = plan.policy.unproven == OnUnproven::Continue;
    let by_the_way = ["latency", "share"].contains(&finding.gate.as_str());
    let cause = |causes: &[Cause]| causes.contains(&finding.cause);
    match finding.verdict() {
        Verdict::Pass => true,
        Verdict::Unknown => {
            let silent = by_the_way && cause(&[Cause::TooFewRequests, Cause::NoTraffic]);
            silent || continues && cause(&[Cause::Unproven])
        }
        Verdict::Warn => cause(&[Cause::OverWarning]) && plan.policy.warning == OnWarning::Continue,
        Verdict::Breach => false,
    }
}

fn resume_checks_gates_before_moving(scene: &Scene<'_>) -> Holds {
    let forward = match scene.newest() {
        Some(Event::RunCompleted { .. }) => true,
        _ => scene.moves_forward(),
    };
    let Some((before, since)) = scene.since_resumed().filter(|_| forward) else { return Ok(()) };
    let watched = before
        .iter()
        .any(|r| matches!(r.event, Event::WeightsWritten { position: Position::Shift(_), .. }));
    let judged = since.iter().any(|r| matches!(r.event, Event::MinuteJudged { .. }));
    if watched && !judged {
        return Err("no gate was judged since the run was taken up".to_owned());
    }
    Ok(())
}

fn resume_reads_before_writing(scene: &Scene<'_>) -> Holds {
    let moves = matches!(
        scene.newest(),
        Some(
            Event::WriteStarted { .. }
                | Event::StepStarted { .. }
                | Event::RunCompleted { .. }
                | Event::RolledBack { .. }
        )
    );
    let Some((_, since)) = scene.since_resumed().filter(|_| moves) else { return Ok(()) };
    // Somebody who goes back does not look first.
    let back = since.iter().any(|r| matches!(r.event, Event::RollbackStarted { .. }));
    let read = since.iter().any(|r| matches!(r.event, Event::RecordsRead { .. }));
    if read || back { Ok(()) } else { Err("the records were not read since".to_owned()) }
}

fn no_member_is_missing(scene: &Scene<'_>) -> Holds {
    let Some(live) = scene.live.filter(|_| !scene.edited) else { return Ok(()) };
    for pair in &scene.plan.pairs {
        let seen = of_pair(pair, live);
        if let [only] = &seen[..]
            && only.routing == Routing::Simple
        {
            continue;
        }
        let sum: u32 = seen.iter().filter_map(RecordSet::weight).map(|w| u32::from(w.0)).sum();
        // On the way back a member of new's may be gone for a while: everybody is sent to legacy.
        let back = scene.records.iter().any(|r| matches!(r.event, Event::RollbackStarted { .. }));
        let members = if back { 1..=2 } else { 2..=2 };
        if !members.contains(&seen.len()) || sum == 0 {
            return Err(format!("{} has {seen:?}", pair.name));
        }
    }
    Ok(())
}

fn what_the_journal_says_is_in_the_zone(scene: &Scene<'_>) -> Holds {
    match (scene.newest(), scene.live) {
        (Some(Event::WeightsWritten { records, .. }), Some(live)) => {
            same_weights(scene.plan, records, live)
        }
        _ => Ok(()),
    }
}

/// After the last write to each zone that zone was read.
fn l65_weights_are_read_before_they_are_told(scene: &Scene<'_>) -> Holds {
    let Some(Event::WeightsWritten { .. } | Event::Prepared { .. }) = scene.newest() else {
        return Ok(());
    };
    let mut open: BTreeMap<u32, ZoneId> = BTreeMap::new();
    let mut unread: BTreeSet<ZoneId> = BTreeSet::new();
    for record in scene.before() {
        if let Event::WriteStarted { write, zone, .. } = &record.event {
            open.insert(*write, zone.clone());
        } else if let Event::WriteAccepted { write, .. } = &record.event {
            unread.extend(open.remove(write));
        } else if let Event::RecordsRead { zone, .. } = &record.event {
            unread.remove(zone);
        }
    }
    match unread.first() {
        Some(zone) => Err(format!("zone {zone} was not read after it was written to")),
        None => Ok(()),
    }
}

fn a_step_settles_after_every_server_has_it(scene: &Scene<'_>) -> Holds {
    match scene.pending.first() {
        Some(change) => Err(format!("change {} is not everywhere", change.0)),
        None => Ok(()),
    }
}

fn long_ttls_are_waited_out(scene: &Scene<'_>) -> Holds {
    let (Some(Event::StepStarted { shift: 0, .. }), Some(old)) =
        (scene.newest(), scene.plan.old_ttl())
    else {
        return Ok(());
    };
    let prepared = scene
        .sent
        .iter()
        .filter(|sent| sent.effect.is_some() && sent.concerns_clients())
        .map(|sent| sent.at)
        .max();
    match prepared {
        Some(at) if scene.steady && scene.at() < later(at, old.duration()) => {
            Err(format!("prepared at {at}, with a TTL of {old} before"))
        }
        Some(_) | None => Ok(()),
    }
}

/// Whoever finds that a zone's lock is somebody else's writes nothing more, unless somebody tells it to.
fn a_fenced_run_writes_nothing(scene: &Scene<'_>) -> Holds {
    let Some(Event::WriteStarted { write, .. }) = scene.newest() else { return Ok(()) };
    let told = |r: &&Record| {
        matches!(
            r.event,
            Event::Fenced { .. } | Event::Resumed { .. } | Event::RollbackStarted { .. }
        )
    };
    match scene.before().iter().rev().find(told).map(|record| &record.event) {
        Some(Event::Fenced { .. }) => Err(format!("write {write} after it was fenced")),
        _ => Ok(()),
    }
}

/// On the way to new every batch swaps the lock of its zone (law L09), so that Route 53 refuses it once it is lost.
fn every_step_forward_is_fenced(scene: &Scene<'_>) -> Holds {
    let Some(Event::WriteStarted { write, to, lock, .. }) = scene.newest() else { return Ok(()) };
    let fenced = matches!(lock, LockChange::Set(_));
    if fenced || to.is_back() || !scene.plan.locked || !scene.moves_forward() {
        return Ok(());
    }
    Err(format!("write {write} leaves the lock alone"))
}

fn is_lock(record: &RecordSet) -> bool {
    record.kind == RecordType::Txt && record.name.as_str().starts_with("_cutover-lock.")
}

fn of_pair(pair: &Pair, live: &[RecordSet]) -> Vec<RecordSet> {
    live.iter().filter(|record| pair.owns(record)).cloned().collect()
}

fn same_weights(plan: &Plan, written: &[PairWeights], live: &[RecordSet]) -> Holds {
    let of = |w: &PairWeights| ((w.name.to_string(), w.kind.to_string()), (w.legacy, w.new));
    let said: BTreeMap<_, _> = written.iter().map(of).collect();
    for pair in &plan.pairs {
        let seen = pair.weights_in(&of_pair(pair, live));
        let key = (pair.name.to_string(), pair.kind.to_string());
        if said.get(&key) != Some(&seen) {
            return Err(format!(
                "{} has {seen:?}, and the journal says {:?}",
                pair.name,
                said.get(&key)
            ));
        }
    }
    Ok(())
}
