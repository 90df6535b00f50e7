//! Every invariant can fail: each is shown a night that was doctored, and has to say so.

use std::{cell::RefCell, collections::BTreeSet, rc::Rc};

use cutover::{
    engine::{Event, LockChange, VERSION, Word},
    gate::Cause,
    journal::Record,
    plan::{Lock, RecordSet, Routing, lock_name},
    unit::{SignedDuration, Weight},
};

use super::{ALL, Scene, after_an_event, forward, in_the_morning, zone_and_journal_agree};
use crate::{
    fast::{Act, Exhibit, calm, exhibit},
    fences::{self, after_a_race},
    saboteur::later,
};

type TestResult = Result<(), String>;

/// Index of the runbook whose TTL is lowered first.
const LONG_TTL: usize = 1;

fn completed() -> Result<Exhibit, String> {
    exhibit(calm(LONG_TTL))
}

/// A night in which somebody goes back from elsewhere.
fn contested() -> Result<Exhibit, String> {
    let mut script = calm(LONG_TTL);
    script.acts = vec![(SignedDuration::from_mins(30), Act::RollBack)];
    exhibit(script)
}

/// A night in which somebody presses Ctrl-C twice.
fn rolled_back() -> Result<Exhibit, String> {
    let mut script = calm(LONG_TTL);
    let at = SignedDuration::from_mins(13);
    script.acts = vec![(at, Act::Interrupt), (at + SignedDuration::from_secs(1), Act::Interrupt)];
    exhibit(script)
}

/// Returns the names of the invariants that some event of a night breaks.
fn broken(night: &Exhibit, pending: &[cutover::plan::ChangeId]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for count in 1..=night.records.len() {
        let records = &night.records[..count];
        let now = records[count - 1].at;
        let sent = night.sent.iter().take_while(|sent| sent.at < now).count();
        let newest = count == night.records.len();
        let scene = Scene {
            plan: &night.plan,
            records,
            sent: &night.sent[..sent],
            live: newest.then_some(&night.live),
            pending: if newest { pending } else { &[] },
            steady: true,
            edited: false,
        };
        let name = |why: String| why.split(',').next().unwrap_or_default().to_owned();
        names.extend(after_an_event(&scene).into_iter().map(name));
    }
    names
}

fn at(night: &Exhibit, what: impl Fn(&Event) -> bool) -> Result<usize, String> {
    night.records.iter().position(|r| what(&r.event)).ok_or("it did not happen".to_owned())
}

fn last(night: &Exhibit, what: impl Fn(&Event) -> bool) -> Result<usize, String> {
    night.records.iter().rposition(|r| what(&r.event)).ok_or("it did not happen".to_owned())
}

fn insert(night: &mut Exhibit, index: usize, event: Event) {
    let record = Record { event, ..night.records[index].clone() };
    night.records.insert(index, record);
}

fn is_second_step(event: &Event) -> bool {
    matches!(event, Event::StepStarted { shift: 1, .. })
}

fn resumed() -> Event {
    Event::Resumed { version: VERSION.to_owned(), owner: "x".to_owned(), take_over: false }
}

fn word() -> Word {
    Word { by: "alice@laptop".to_owned(), why: None, request: None }
}

/// Plays a night.
type Plays = fn() -> Result<Exhibit, String>;
/// Doctors a night so that it breaks an invariant.
type Doctor = fn(&mut Exhibit) -> TestResult;

const DOCTORED: [(&str, Plays, Doctor); 18] = [
    ("a_fenced_run_writes_nothing", completed, |night| {
        let write = last(night, |e| matches!(e, Event::WriteStarted { .. }))?;
        let zone = night.plan.zones[0].id.clone();
        insert(night, write, Event::Fenced { zone, holder: None, why: String::new() });
        Ok(())
    }),
    ("a_paused_run_begins_no_step", completed, |night| {
        let second = at(night, is_second_step)?;
        insert(night, second, Event::Paused(word()));
        Ok(())
    }),
    ("an_aborted_run_moves_nobody_to_new", completed, |night| {
        let second = at(night, is_second_step)?;
        insert(night, second, Event::Aborted(word()));
        Ok(())
    }),
    ("every_step_forward_is_fenced", completed, |night| {
        for record in &mut night.records {
            if let Event::WriteStarted { lock, .. } = &mut record.event {
                *lock = LockChange::Untouched;
            }
        }
        Ok(())
    }),
    ("traffic_never_moves_forward_after_a_breach", completed, |night| {
        let judged = at(
            night,
            |e| matches!(e, Event::MinuteJudged { findings, .. } if !findings.is_empty()),
        )?;
        let Event::MinuteJudged { findings, .. } = &night.records[judged].event else {
            return Err("nothing was judged".to_owned());
        };
        let breached = Event::Breached { finding: findings[0].clone(), next: String::new() };
        insert(night, judged + 1, breached);
        Ok(())
    }),
    ("each_step_is_held_in_full_before_the_next", completed, |night| {
        let second = at(night, is_second_step)?;
        let passed = at(night, |e| matches!(e, Event::StepPassed { .. }))?;
        let settled = at(night, |e| matches!(e, Event::Settled { .. }))?;
        let soon = night.records[settled].at;
        for record in &mut night.records[passed..=second] {
            record.at = soon;
        }
        Ok(())
    }),
    ("unknown_is_never_green", completed, |night| {
        let passed = at(night, |e| matches!(e, Event::StepPassed { .. }))?;
        for record in &mut night.records[..passed] {
            if let Event::MinuteJudged { findings, .. } = &mut record.event {
                findings.iter_mut().for_each(|finding| finding.cause = Cause::Stale);
            }
        }
        Ok(())
    }),
    ("resume_checks_gates_before_moving", completed, |night| {
        let second = at(night, is_second_step)?;
        insert(night, second, resumed());
        Ok(())
    }),
    ("resume_reads_before_writing", completed, |night| {
        let second = at(night, is_second_step)?;
        insert(night, second, resumed());
        Ok(())
    }),
    ("a_step_settles_after_every_server_has_it", completed, |night| {
        let settled = at(night, |e| matches!(e, Event::Settled { .. }))?;
        night.records.truncate(settled + 1);
        Ok(())
    }),
    ("long_ttls_are_waited_out", completed, |night| {
        let begun = at(night, |e| matches!(e, Event::StepStarted { .. }))?;
        let prepared = at(night, |e| matches!(e, Event::Prepared { .. }))?;
        night.records[begun].at = night.records[prepared].at;
        Ok(())
    }),
    ("every_change_is_journaled_before_it_is_sent", completed, |night| {
        night.sent.last_mut().ok_or("nothing was sent")?.announced = None;
        Ok(())
    }),
    ("at_most_one_change_is_in_flight", completed, |night| {
        let accepted = at(night, |e| matches!(e, Event::WriteAccepted { .. }))?;
        night.records.remove(accepted);
        Ok(())
    }),
    ("only_planned_or_baseline_weights_are_ever_set", completed, |night| {
        for change in night.sent.iter_mut().flat_map(|sent| &mut sent.batch.changes) {
            if let Routing::Weighted { weight, .. } = &mut change.record.routing {
                *weight = Weight(33);
            }
        }
        Ok(())
    }),
    ("rolled_back_means_baseline_exactly", rolled_back, |night| {
        let back = at(night, |e| matches!(e, Event::RolledBack { .. }))?;
        night.records.truncate(back + 1);
        swing(&mut night.live, 50);
        Ok(())
    }),
    ("no_zone_is_left_with_all_weights_zero_or_a_member_missing", completed, |night| {
        swing(&mut night.live, 0);
        Ok(())
    }),
    ("what_the_journal_says_is_in_the_zone", completed, |night| {
        let written = at(night, |e| matches!(e, Event::WeightsWritten { .. }))?;
        night.records.truncate(written + 1);
        swing(&mut night.live, 50);
        Ok(())
    }),
    ("l65_weights_are_read_before_they_are_told", completed, |night| {
        night.records.retain(|r| !matches!(r.event, Event::RecordsRead { .. }));
        Ok(())
    }),
];

/// Sets all weights of these members.
fn swing(live: &mut [RecordSet], to: u8) {
    live.iter_mut().for_each(|record| *record = record.with_weight(Weight(to)));
}

#[test]
fn every_invariant_of_a_run_can_fail() -> TestResult {
    let doctored: BTreeSet<&str> = DOCTORED.iter().map(|(name, ..)| *name).collect();
    assert_eq!(doctored, ALL.iter().map(|(name, _)| *name).collect());
    for (name, night, doctor) in DOCTORED {
        let mut night = night()?;
        let pending = night.sent.iter().find_map(|sent| sent.effect.clone());
        let pending: Vec<_> = pending.into_iter().collect();
        let settles = name == "a_step_settles_after_every_server_has_it";
        doctor(&mut night)?;
        let broken = broken(&night, if settles { &pending } else { &[] });
        assert!(broken.contains(name), "{name} holds; broken are {broken:?}");
    }
    Ok(())
}

#[test]
fn where_a_clock_is_set_only_what_the_run_was_told_of_has_to_be_everywhere() -> TestResult {
    let mut night = completed()?;
    let settled = at(&night, |e| matches!(e, Event::Settled { .. }))?;
    night.records.truncate(settled + 1);
    let settles = |records: &[Record], steady: bool| {
        let pending = night.sent.iter().find_map(|sent| sent.effect.clone());
        let pending: Vec<_> = pending.into_iter().collect();
        let (plan, sent) = (&night.plan, &night.sent);
        let scene =
            Scene { plan, records, sent, live: None, pending: &pending, steady, edited: false };
        forward::a_step_settles_after_every_server_has_it(&scene)
    };
    assert!(settles(&night.records, false).is_err(), "the run was told of it");
    let accepted = |r: &Record| matches!(r.event, Event::WriteAccepted { .. });
    let untold: Vec<_> = night.records.iter().filter(|r| !accepted(r)).cloned().collect();
    assert!(settles(&untold, true).is_err(), "the time that changes take is waited for");
    settles(&untold, false)
}

#[test]
fn a_night_that_nobody_doctored_breaks_nothing() -> TestResult {
    for night in [completed()?, rolled_back()?] {
        assert_eq!(broken(&night, &[]), BTreeSet::new());
        in_the_morning(&night.plan, &night.records, &night.live, true)?;
        zone_and_journal_agree(&night.plan, &night.records, &night.live)?;
    }
    let night = contested()?;
    after_a_race(&night.book, &night.parties)
}

#[test]
fn everything_that_is_asked_in_the_morning_can_fail() -> TestResult {
    let says = |night: &Exhibit, name: &str| {
        let said = in_the_morning(&night.plan, &night.records, &night.live, true)
            .and_then(|()| zone_and_journal_agree(&night.plan, &night.records, &night.live));
        assert!(said.as_ref().is_err_and(|why| why.contains(name)), "{name}: {said:?}");
    };
    let mut night = completed()?;
    let second = at(&night, is_second_step)?;
    night.records.remove(second);
    says(&night, "replay");

    let mut night = completed()?;
    swing(&mut night.live, 50);
    says(&night, "and the journal says");

    let mut night = rolled_back()?;
    let back = at(&night, |e| matches!(e, Event::RolledBack { .. }))?;
    night.records.truncate(back);
    says(&night, "a_rollback_reaches_the_baseline_or_says_stuck");

    let mut night = completed()?;
    night.records.retain(|r| !matches!(r.event, Event::WeightsWritten { .. }));
    let first = at(&night, |e| matches!(e, Event::StepStarted { .. }))?;
    night.records.truncate(first);
    says(&night, "the_journal_explains_the_zone");
    Ok(())
}

/// Doctors the book of a night, or what its writers say.
type Forger = fn(&mut Exhibit) -> TestResult;

const FORGED: [(&str, Forger); 7] = [
    ("between_two_steps_of_a_run_nobody_else_writes", |night| {
        let one = forward(night)?;
        night.book.taken[one[2]].who = "somebody";
        Ok(())
    }),
    ("two_runs_never_move_traffic_in_turns", |night| {
        let one = forward(night)?;
        night.book.taken[one[2]].who = "somebody";
        Ok(())
    }),
    ("whoever_is_fenced_writes_nothing_after", |night| {
        let zone = night.plan.zones[0].id.clone();
        let fenced = Event::Fenced { zone, holder: None, why: String::new() };
        let at = later(night.records[0].at, SignedDuration::from_millis(1));
        let record = Record { event: fenced, at, ..night.records[0].clone() };
        night.parties[0].ledger = Rc::new(RefCell::new(vec![night.records[0].clone(), record]));
        Ok(())
    }),
    ("l60_l61_l62_no_group_is_ever_empty_or_all_zero", |night| {
        let one = forward(night)?;
        night.book.taken[one[1]].after.retain(|record| Lock::read(record).is_some());
        Ok(())
    }),
    ("every_batch_forward_finds_the_lock_its_own", |night| {
        let one = forward(night)?;
        night.book.taken[one[1]]
            .batch
            .changes
            .retain(|change| Lock::read(&change.record).is_none());
        Ok(())
    }),
    ("two_writers_never_both_hold_a_zone", |night| {
        let one = forward(night)?;
        let name = lock_name(&night.plan.zones[0].name).ok_or("no name")?;
        for index in one {
            let taken = &mut night.book.taken[index];
            if let Some(lock) = taken.after.iter_mut().find(|record| record.name == name)
                && let Some(held) = Lock::read(lock)
            {
                *lock = Lock { owner: format!("{index}"), ..held }.record(&name);
            }
        }
        Ok(())
    }),
    ("nothing_lands_on_top_of_a_rollback", |night| {
        let one = forward(night)?;
        (night.book.taken[one[0]].back, night.book.taken[one[0]].who) = (true, "back");
        Ok(())
    }),
];

/// Returns the batches of records of one zone on the way to new.
fn forward(night: &Exhibit) -> Result<Vec<usize>, String> {
    let moves = |taken: &crate::arena::Taken| {
        let here = taken.batch.zone == night.plan.zones[0].id;
        here && !taken.back && taken.batch.changes.iter().any(|c| Lock::read(&c.record).is_none())
    };
    let all: Vec<usize> =
        (0..night.book.taken.len()).filter(|index| moves(&night.book.taken[*index])).collect();
    if all.len() < 4 { Err("it has hardly moved".to_owned()) } else { Ok(all) }
}

#[test]
fn every_invariant_of_several_writers_can_fail() -> TestResult {
    let forged: BTreeSet<&str> = FORGED.iter().map(|(name, _)| *name).collect();
    assert_eq!(forged, fences::names().collect());
    for (name, forge) in FORGED {
        let mut night = contested()?;
        forge(&mut night)?;
        let said = fences::broken(&night.book, &night.parties);
        assert!(said.contains(&name), "{name} holds; broken are {said:?}");
    }
    Ok(())
}
