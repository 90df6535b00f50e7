//! Several operators in one world: two that begin, one that takes over, and those who go back while a run goes on.
//!
//! `CUTOVER_RACE=<seed> cargo test --test sim races::<test>` plays one race of a test again, `CUTOVER_RACES=3000` plays
//! more of each.

use std::{cell::Cell, future::Future, rc::Rc};

use cutover::{
    engine::{Ending, Halt, Outcome},
    plan::Standing,
    unit::SignedDuration,
};
use rand::RngExt as _;
use tokio::task::{JoinHandle, spawn_local};

use crate::{
    arena::{Arena, Book, End, Late, Operator, race},
    fences::{after_a_race, everybody_is_on_legacy, no_lock_is_left, the_zone_is_at_the_baseline},
    many::chosen,
    saboteur::Trouble,
    stage::{SHORT, runbook},
};

type TestResult = Result<(), String>;

/// Races of each test.
const SEEDS: u64 = 100;
/// Longer than an undisturbed run of these races takes.
const A_RUN: SignedDuration = SignedDuration::from_mins(20);
const NOTHING: (Trouble, SignedDuration) = (
    Trouble {
        before: 0.0,
        after: 0.0,
        throttled: 0.0,
        busy: 0.0,
        refused: 0.0,
        ignored: 0.0,
        lost: 0.0,
        reads: 0.0,
        late: SignedDuration::ZERO,
        denied: None,
        expired: None,
    },
    SignedDuration::ZERO,
);
const NEVER: Late = Late { part: 0.0, by: SignedDuration::ZERO };
const FENCED: End = End::Left(Outcome::Halted(Halt::Fenced));
const COMPLETED: End = End::Left(Outcome::Ended(Ending::Completed));
const ROLLED_BACK: End = End::Left(Outcome::Ended(Ending::RolledBack));

/// Plays a race of each seed.
fn seeds(test: &str, play: impl Fn(u64) -> TestResult) -> TestResult {
    let again = |seed: u64, why: String| {
        format!("seed {seed}: {why}\n  again: CUTOVER_RACE={seed} cargo test --test sim {test}")
    };
    if let Some(seed) = chosen("CUTOVER_RACE") {
        return play(seed).map_err(|why| again(seed, why));
    }
    let failed: Vec<String> = (0..chosen("CUTOVER_RACES").unwrap_or(SEEDS))
        .filter_map(|seed| play(seed).err().map(|why| again(seed, why)))
        .collect();
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("{} fail:\n{}", failed.len(), failed.join("\n")))
    }
}

/// Begins something that goes on by itself.
fn begin<F: Future<Output = Result<End, String>> + 'static>(
    play: impl FnOnce(Rc<Operator>) -> F,
    operator: &Rc<Operator>,
) -> JoinHandle<Result<End, String>> {
    spawn_local(play(Rc::clone(operator)))
}

async fn end(of: JoinHandle<Result<End, String>>) -> Result<End, String> {
    of.await.map_err(|error| error.to_string())?
}

/// Draws what goes wrong for one operator: nothing, for every second one.
fn trouble(arena: &Arena, number: u64) -> ((Trouble, SignedDuration), Late) {
    let mut rng = arena.rng();
    for _ in 0..number * 7 {
        let _: f64 = rng.random();
    }
    if rng.random::<bool>() {
        return (NOTHING, NEVER);
    }
    let mut part = |most: f64| if rng.random::<bool>() { rng.random::<f64>() * most } else { 0.0 };
    let trouble = Trouble {
        before: part(0.3),
        after: part(0.4),
        throttled: part(0.3),
        busy: part(0.3),
        refused: part(0.1),
        ignored: part(0.2),
        reads: part(0.3),
        ..Trouble::default()
    };
    let late = Late { part: part(0.4), by: SignedDuration::from_mins(2) };
    ((trouble, A_RUN), late)
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> TestResult {
    if holds { Ok(()) } else { Err(what()) }
}

async fn run(operator: Rc<Operator>) -> Result<End, String> {
    operator.runs(Standing::Refuse, SignedDuration::ZERO).await
}

async fn roll_back(operator: Rc<Operator>) -> Result<End, String> {
    operator.rolls_back(SignedDuration::ZERO).await
}

#[test]
fn of_two_runs_one_writes_and_the_other_is_refused_or_fenced() -> TestResult {
    seeds("races::of_two_runs", |seed| {
        race(runbook(SHORT), seed, |arena| async move {
            let (trouble, late) = trouble(&arena, 1);
            let first = arena.operator("first", trouble, late);
            let second = arena.operator("second", NOTHING, NEVER);
            let one = begin(run, &first);
            let mut rng = arena.rng();
            // Mostly near the beginning, where both may have planned before either has a lock.
            let most = if rng.random::<bool>() { SignedDuration::from_secs(4) } else { A_RUN };
            arena.pass(Operator::moment(&mut rng, most)).await;
            let hesitates = Operator::moment(&mut rng, most);
            let over = first.has("run_completed");
            let two = second.runs(Standing::Refuse, hesitates).await?;
            let one = end(one).await?;
            after_a_race(&arena.book.borrow(), &[first.party(), second.party()])?;
            let beaten = |end: &End| *end == FENCED || matches!(end, End::Refused(_));
            let later = first.has("run_completed") && second.has("run_completed");
            ensure(beaten(&one) || beaten(&two) || later || !second.has("lock_taken"), || {
                format!("neither gives way: {one:?} and {two:?}")
            })?;
            if let End::Refused(why) = &two {
                let told = ["is locked by run", "cutover status", "--take-over"];
                let locked = told.iter().all(|word| why.contains(word));
                ensure(locked || over || one != COMPLETED, || {
                    format!("it does not say whose: {why}")
                })?;
            }
            Ok(())
        })
    })
}

#[test]
fn a_run_that_takes_over_fences_the_one_before() -> TestResult {
    seeds("races::a_run_that_takes_over", |seed| {
        race(runbook(SHORT), seed, |arena| async move {
            let (trouble, late) = trouble(&arena, 1);
            let first = arena.operator("first", trouble, late);
            let second = arena.operator("second", NOTHING, NEVER);
            let one = begin(run, &first);
            let mut rng = arena.rng();
            arena.pass(Operator::moment(&mut rng, A_RUN)).await;
            let hesitates = Operator::moment(&mut rng, SignedDuration::from_secs(20));
            let two = second.runs(Standing::TakeOver, hesitates).await?;
            let one = end(one).await?;
            after_a_race(&arena.book.borrow(), &[first.party(), second.party()])?;
            // It is a swap of what was read: whoever wrote meanwhile keeps the lock.
            let took = arena.book.borrow().taken.iter().any(|taken| taken.who == second.name);
            let over = was_over(&arena.book.borrow(), &first, &second);
            ensure(!took || over || one != COMPLETED, || {
                format!("the first goes on to its end, and the second ends as {two:?}")
            })?;
            let calm = trouble.0.before + trouble.0.after + trouble.0.reads == 0.0;
            let fenced = one == FENCED || !calm || late.part > 0.0 || over || !took;
            ensure(fenced, || format!("the first ends as {one:?}"))
        })
    })
}

/// Returns true for a run that was complete before the rollback wrote anything.
fn was_over(book: &Book, run: &Operator, back: &Operator) -> bool {
    let wrote = book.taken.iter().find(|taken| taken.who == back.name).map(|taken| taken.at);
    let ledger = run.ledger.borrow();
    let completed = ledger.iter().find(|record| record.event.name() == "run_completed");
    completed.is_some_and(|record| wrote.is_none_or(|wrote| record.at <= wrote))
}

/// Plays a rollback from elsewhere against a run, and says how both ended.
async fn against_a_run(
    arena: &Rc<Arena>,
    first: &Rc<Operator>,
    back: &Rc<Operator>,
    one: JoinHandle<Result<End, String>>,
    hesitates: SignedDuration,
) -> Result<(End, End), String> {
    let two = back.rolls_back(hesitates).await?;
    let one = end(one).await?;
    let book = arena.book.borrow();
    let over = was_over(&book, first, back);
    after_a_race(&book, &[first.party(), back.party()])?;
    if two == End::Idle {
        return Ok((one, two));
    }
    ensure(two == ROLLED_BACK, || format!("the rollback ends as {two:?}"))?;
    if let Some(plan) = &*first.plan.borrow() {
        everybody_is_on_legacy(&book, plan)?;
    }
    if let Some(plan) = &*back.plan.borrow() {
        the_zone_is_at_the_baseline(&book, plan)?;
    }
    // A lost answer or a stop of its own is another way to end; to complete is not.
    ensure(over || one != COMPLETED, || {
        format!("the run goes on to its end\n{}\n{}", first.tells(), back.tells())
    })?;
    Ok((one, two))
}

/// Returns how many records a run has that nobody disturbs.
fn records_of_a_run() -> Result<usize, String> {
    let count = Rc::new(Cell::new(0));
    let counted = Rc::clone(&count);
    race(runbook(SHORT), 7, |arena| async move {
        let alone = arena.operator("first", NOTHING, NEVER);
        ensure(run(Rc::clone(&alone)).await? == COMPLETED, || "alone".to_owned())?;
        counted.set(alone.ledger.borrow().len());
        no_lock_is_left(&arena.book.borrow())
    })?;
    Ok(count.get())
}

/// Rolls a run back from elsewhere: looks at one of its records, and is agreed to so long after. Returns whether the run
/// was fenced.
fn back_at(record: usize, hesitates: SignedDuration) -> Result<bool, String> {
    let fenced = Rc::new(Cell::new(false));
    let is_fenced = Rc::clone(&fenced);
    race(runbook(SHORT), 7, |arena| async move {
        let first = arena.operator("first", NOTHING, NEVER);
        let back = arena.operator("back", NOTHING, NEVER);
        let one = begin(run, &first);
        first.has_told(record).await;
        let locked = first.has("write_accepted");
        let (one, two) = against_a_run(&arena, &first, &back, one, hesitates).await?;
        ensure(two != End::Idle || !locked || first.has("run_completed"), || {
            "a run that holds a lock was left alone".to_owned()
        })?;
        let over = was_over(&arena.book.borrow(), &first, &back);
        let expected = if over || two == End::Idle { COMPLETED } else { FENCED };
        ensure(one == expected, || format!("the run ends as {one:?}"))?;
        is_fenced.set(one == FENCED);
        // Of a lock that was taken after the rollback had looked it knows nothing.
        let seen = back.plan.borrow().as_ref().map_or(0, |plan| plan.found_locks.len());
        if seen == 1 { Ok(()) } else { no_lock_is_left(&arena.book.borrow()) }
    })
    .map_err(|why| format!("at record {record}: {why}"))?;
    Ok(fenced.get())
}

#[test]
fn a_rollback_from_elsewhere_wins_at_every_record_of_a_run() -> TestResult {
    let (records, mut fenced) = (records_of_a_run()?, 0);
    for record in 1..=records {
        fenced += usize::from(back_at(record, SignedDuration::ZERO)?);
    }
    ensure(fenced * 5 > records * 4, || format!("only {fenced} of {records} are fenced"))
}

#[test]
fn a_rollback_that_is_agreed_to_long_after_it_looked_wins_all_the_same() -> TestResult {
    for record in 1..=records_of_a_run()?.min(40) {
        back_at(record, SignedDuration::from_mins(4))?;
    }
    Ok(())
}

#[test]
fn a_rollback_from_elsewhere_wins_whatever_goes_wrong() -> TestResult {
    seeds("races::a_rollback_from_elsewhere_wins_whatever", |seed| {
        race(runbook(SHORT), seed, |arena| async move {
            let (bad, late) = trouble(&arena, 1);
            let first = arena.operator("first", bad, late);
            let (bad, _) = trouble(&arena, 2);
            let back = arena.operator("back", bad, NEVER);
            let one = begin(run, &first);
            let mut rng = arena.rng();
            arena.pass(Operator::moment(&mut rng, A_RUN)).await;
            let hesitates = Operator::moment(&mut rng, SignedDuration::from_secs(15));
            against_a_run(&arena, &first, &back, one, hesitates).await?;
            Ok(())
        })
    })
}

#[test]
fn of_two_that_resume_one_run_one_goes_on() -> TestResult {
    seeds("races::of_two_that_resume", |seed| {
        race(runbook(SHORT), seed, |arena| async move {
            let (bad, late) = trouble(&arena, 1);
            let first = arena.operator("first", bad, late);
            let one = begin(run, &first);
            let mut rng = arena.rng();
            arena.pass(Operator::moment(&mut rng, SignedDuration::from_mins(10))).await;
            one.abort();
            let begun = first.has("preflight_passed");
            if !begun || first.has("run_completed") || first.has("stopped") {
                return Ok(());
            }
            let (left, right) =
                (arena.operator("left", NOTHING, NEVER), arena.operator("right", NOTHING, NEVER));
            let resume = |operator: &Rc<Operator>, after: SignedDuration| {
                let (operator, first, arena) =
                    (Rc::clone(operator), Rc::clone(&first), Rc::clone(&arena));
                spawn_local(async move {
                    arena.pass(after).await;
                    operator.resumes(&first).await
                })
            };
            let soon = SignedDuration::from_secs(2);
            let one = resume(&left, Operator::moment(&mut rng, soon));
            let two = resume(&right, Operator::moment(&mut rng, soon));
            let ends = [end(one).await?, end(two).await?];
            after_a_race(&arena.book.borrow(), &[left.party(), right.party()])?;
            let fenced = ends.iter().filter(|end| **end == FENCED).count();
            ensure(fenced == 1, || format!("they end as {ends:?}"))
        })
    })
}

#[test]
fn two_rollbacks_at_once_both_end_at_legacy() -> TestResult {
    seeds("races::two_rollbacks_at_once", |seed| {
        race(runbook(SHORT), seed, |arena| async move {
            let first = arena.operator("first", NOTHING, NEVER);
            let (left, right) =
                (arena.operator("left", NOTHING, NEVER), arena.operator("right", NOTHING, NEVER));
            let one = begin(run, &first);
            let mut rng = arena.rng();
            arena.pass(Operator::moment(&mut rng, A_RUN)).await;
            // In every second race the run is dead, and its lock stands.
            if rng.random::<bool>() {
                one.abort();
            }
            let two = begin(roll_back, &left);
            arena.pass(Operator::moment(&mut rng, SignedDuration::from_secs(2))).await;
            let three = begin(roll_back, &right);
            let ends = [end(two).await?, end(three).await?];
            let _ = one.await;
            let book = arena.book.borrow();
            after_a_race(&book, &[first.party(), left.party(), right.party()])?;
            if ends.contains(&End::Idle) {
                return Ok(());
            }
            ensure(ends == [ROLLED_BACK, ROLLED_BACK], || format!("they end as {ends:?}"))?;
            if let (Some(one), Some(two)) = (&*left.plan.borrow(), &*right.plan.borrow()) {
                everybody_is_on_legacy(&book, one)?;
                // Each keeps the weight that legacy had when it looked, which may have been before and after a step.
                the_zone_is_at_the_baseline(&book, one)
                    .or_else(|_| the_zone_is_at_the_baseline(&book, two))?;
            }
            no_lock_is_left(&book)
        })
    })
}

#[test]
fn l25_a_step_that_arrives_after_a_rollback_is_refused() -> TestResult {
    for seed in 0..20 {
        race(runbook(SHORT), seed, |arena| async move {
            let late = Late { part: 0.5, by: SignedDuration::from_mins(4) };
            let first = arena.operator("first", NOTHING, late);
            let back = arena.operator("back", NOTHING, NEVER);
            let one = begin(run, &first);
            let mut rng = arena.rng();
            while !first.has("step_started") {
                arena.pass(SignedDuration::from_secs(1)).await;
            }
            arena.pass(Operator::moment(&mut rng, SignedDuration::from_secs(20))).await;
            against_a_run(&arena, &first, &back, one, SignedDuration::ZERO).await?;
            // Whatever was on its way has arrived.
            arena.pass(SignedDuration::from_mins(10)).await;
            let book = arena.book.borrow();
            after_a_race(&book, &[first.party(), back.party()])?;
            if let Some(plan) = &*first.plan.borrow() {
                everybody_is_on_legacy(&book, plan)?;
            }
            ensure(book.too_late > 0, || "nothing was late".to_owned())
        })
        .map_err(|why| format!("seed {seed}: {why}"))?;
    }
    Ok(())
}
