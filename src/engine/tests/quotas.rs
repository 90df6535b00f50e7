//! What the account's bucket of changes means for the order and the size of batches (laws L21 to L23, L28).

use super::*;
use crate::{
    engine::Position,
    plan::{Cost, LOCK_ROOM},
};

const PAIRS: usize = 1000;

/// A thousand pairs of one zone with all traffic on new; the last ones are the busiest.
fn moved() -> Plan {
    let pair = |at: usize| {
        let mut pair = simple_pair("Z1", &format!("s{at}.example.com"), 60);
        pair.found = vec![pair.legacy.with_weight(Weight(0)), pair.new.with_weight(Weight(100))];
        pair.busy = at as u64;
        pair
    };
    locked(plan_of((0..PAIRS).map(pair).collect(), &["100%"]))
}

/// Returns the indexes of the pairs that a batch moves, in their order.
fn pairs(batch: &Batch) -> Vec<usize> {
    let index =
        |name: &RecordName| name.as_str().strip_prefix('s')?.split('.').next()?.parse().ok();
    let mut pairs: Vec<usize> =
        batch.changes.iter().filter_map(|change| index(&change.record.name)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Sends what was sent once more through a bucket of its own.
fn assert_never_throttled(run: &Run) {
    let (mut tokens, mut last) = (1500.0, run.sent_at[0]);
    for (batch, at) in run.sent.iter().zip(&run.sent_at) {
        let passed = at.duration_since(last).as_secs_f64();
        tokens = (tokens + passed * 100.0_f64).min(1500.0);
        last = *at;
        let wanted = batch.tokens() as f64;
        assert!(wanted <= tokens, "{wanted} of {tokens} at {at}");
        tokens -= wanted;
    }
}

#[test]
fn l21_a_thousand_pairs_are_safe_in_four_calls_as_soon_as_the_bucket_lets_them() {
    let mut run = Run::rollback_of(moved(), None);
    let began = run.now;
    while !matches!(run.last(), Event::WeightsWritten { position: Position::Safe, .. }) {
        run.decide();
        if !matches!(run.last(), Event::WeightsWritten { .. }) {
            run.perform_next();
        }
        // The decision that follows is the next one's.
        if run.names().contains(&"weights_written") {
            break;
        }
    }
    assert_eq!(run.sent.iter().filter(|batch| batch.changes.len() > 2).count(), 4);
    let tokens: usize = run.sent.iter().map(Batch::tokens).sum();
    assert_eq!(tokens, 3 * PAIRS + 4 * 2);
    // 1500 are there, and 100 a second come (section 9): 15.08 s.
    let seconds = run.now.duration_since(began).as_secs_f64();
    assert!((15.0..15.2).contains(&seconds), "{seconds}");
    assert_never_throttled(&run);
    // The busiest names go first.
    assert_eq!(pairs(&run.sent[0]).first(), Some(&(PAIRS - 332)));
    assert_eq!(pairs(&run.sent[0]).len(), 332);
    let order: Vec<usize> = run.sent.iter().filter_map(|b| pairs(b).last().copied()).collect();
    assert!(order.windows(2).all(|two| two[0] > two[1]), "{order:?}");

    // And then, unhurried, the exact baseline.
    run.work();
    run.pass(60);
    run.work();
    assert_never_throttled(&run);
    let baseline: Vec<RecordSet> =
        run.engine.plan().pairs.iter().flat_map(|pair| pair.baseline.clone()).collect();
    assert_eq!(run.zone.len(), baseline.len(), "and no lock");
    assert!(run.names().contains(&"lock_released"));
    assert!(baseline.iter().all(|record| run.zone.contains(record)));
}

#[test]
fn l23_govcloud_waits_for_no_bucket() {
    let mut run = Run::rollback_of(Plan { quota: Quota::GovCloud, ..moved() }, None);
    let began = run.now;
    run.work();
    assert!(run.names().contains(&"rolled_back"));
    assert_eq!(run.now, began, "nothing was waited for");
    let of_changes = run.sent.iter().filter(|batch| batch.changes.len() > 2);
    assert!(of_changes.count() >= 4, "batches keep their size all the same (law L03)");
    let fits = |batch: &Batch| batch.changes.len() <= 1000;
    assert!(run.sent.iter().all(fits));
}

/// So many simple records of one zone, the last of them busiest.
fn to_move(count: usize) -> Plan {
    let pair = |at: usize| {
        let mut pair = simple_pair("Z1", &format!("s{at}.example.com"), 60);
        pair.busy = at as u64;
        pair
    };
    locked(plan_of((0..count).map(pair).collect(), &["5%", "100%"]))
}

#[test]
fn quietest_first_on_the_way_to_new() {
    let mut run = Run::of(to_move(600));
    run.reach(|event| matches!(event, Event::Settled { .. }), 0);
    let steps: Vec<Vec<usize>> =
        run.sent.iter().map(pairs).filter(|pairs| !pairs.is_empty()).collect();
    let stepped = &steps[steps.len() - 3..];
    let firsts: Vec<usize> = stepped.iter().map(|pairs| pairs[0]).collect();
    assert_eq!(firsts, [0, 249, 498]);
    assert_never_throttled(&run);
}

#[test]
fn l28_a_step_leaves_the_tokens_that_its_way_back_needs() {
    let mut run = Run::of(to_move(600));
    let mut steps = 0;
    for _ in 0..5000 {
        if matches!(run.engine.phase, Phase::Settling { .. }) {
            break;
        }
        let Some(event) = run.engine.due(run.now) else {
            run.perform_next();
            continue;
        };
        let step = matches!(event, Event::WriteStarted { to: Position::Shift(_), .. });
        run.commit(event);
        if step {
            steps += 1;
            let cost = run.engine.pending().iter().find_map(|wish| {
                if let Action::Change { batch, .. } = wish { Some(batch.tokens()) } else { None }
            });
            // New's member of each pair goes, with the lock's swap; as far as the bucket holds both.
            let wanted = (600.0 + 2.0_f64).min(1500.0 - cost.unwrap() as f64);
            let left = run.engine.governor.tokens(run.now);
            assert!(left >= wanted - 1.0, "{left} of {wanted} are left");
        }
    }
    assert_eq!(steps, 3);
}

#[test]
fn l63_the_way_back_of_a_step_is_known_and_fits_before_the_step_is_sent() {
    let plan = to_move(PAIRS);
    for shift in 0..plan.shifts.len() {
        let known = plan.rollback(shift);
        let moved: usize = known.iter().map(|batch| pairs(batch).len()).sum();
        assert_eq!(moved, PAIRS);
        for batch in &known {
            let records = batch.changes.iter().map(|change| &change.record);
            let cost = records.map(Cost::of).fold(LOCK_ROOM, Cost::plus);
            assert!(cost.fits(), "{cost:?}");
        }
    }
    // What is sent is what was known.
    let mut run = Run::holding(to_move(200), 0);
    run.pass(60);
    let (sent, known) = (run.sent.len(), run.engine.plan().rollback(0));
    run.roll_back();
    run.work();
    let of_records = |batch: &Batch| {
        let changes = batch.changes.iter();
        changes.filter(|c| c.record.kind != RecordType::Txt).cloned().collect::<Vec<_>>()
    };
    let [first, rest @ ..] = &run.sent[sent..] else { panic!("{:?}", run.names()) };
    assert_eq!(vec![of_records(first)], known.iter().map(of_records).collect::<Vec<_>>());
    assert!(rest.iter().all(|batch| of_records(batch).is_empty()));
}

#[test]
fn zones_are_written_side_by_side_with_one_batch_in_flight_in_each() {
    let pair = |at: usize| simple_pair(&format!("Z{}", at % 4), &format!("s{at}.example.com"), 60);
    let mut run = Run::of(locked(plan_of((0..40).map(pair).collect(), &["5%"])));
    let mut most = 0;
    for _ in 0..500 {
        if matches!(run.engine.phase, Phase::Settling { .. }) {
            break;
        }
        run.decide();
        let pending = run.engine.pending();
        let zones: Vec<_> = pending
            .iter()
            .filter_map(|wish| {
                if let Action::Change { batch, .. } = wish {
                    Some(batch.zone.clone())
                } else {
                    None
                }
            })
            .collect();
        let distinct: std::collections::BTreeSet<_> = zones.iter().collect();
        assert_eq!(distinct.len(), zones.len(), "law L24");
        most = most.max(zones.len());
        run.perform_next();
    }
    assert_eq!(most, 4);
}

/// Leaves so many tokens in the bucket.
fn leave(run: &mut Run, tokens: usize) {
    run.engine.governor.spend(run.now, 1500 - tokens);
    assert_eq!(run.engine.governor.tokens(run.now), tokens as f64);
}

/// Returns how many pairs the next batch moves, where one is announced now.
fn announced(run: &mut Run) -> Option<usize> {
    match run.engine.due(run.now) {
        Some(Event::WriteStarted { pairs, .. }) => Some(pairs.len()),
        None => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn l21_from_half_of_it_on_as_much_of_the_way_back_is_sent_as_the_bucket_holds() {
    let mut plan = moved();
    plan.pairs.truncate(20);
    // Twenty pairs of three changes, and the swap of the lock: 62.
    for (tokens, pairs) in
        [(30, None), (31, Some(9)), (40, Some(12)), (61, Some(19)), (62, Some(20))]
    {
        let mut run = Run::blank(plan.clone());
        run.commit(started(run.engine.plan(), "me"));
        leave(&mut run, tokens);
        run.roll_back();
        assert_eq!(announced(&mut run), pairs, "{tokens}");
        let ready = run.engine.governor.ready_at(run.now, 62);
        if pairs.is_none() {
            assert_eq!(run.engine.deadline(run.now), Some(ready), "{tokens}");
        }
    }
}

#[test]
fn the_exact_baseline_goes_first_only_where_it_is_one_batch_that_the_bucket_holds() {
    let goes_to = |pairs: usize, tokens: usize| {
        let mut run = Run::blank(Plan { pairs: moved().pairs[..pairs].to_vec(), ..moved() });
        run.commit(started(run.engine.plan(), "me"));
        leave(&mut run, tokens);
        run.roll_back();
        let Phase::Placing { to, .. } = run.engine.phase else { panic!("{:?}", run.names()) };
        to
    };
    assert_eq!(goes_to(20, 80), Position::Baseline);
    assert_eq!(goes_to(20, 79), Position::Safe);
    // Two batches, for which the bucket would have the tokens.
    assert_eq!(goes_to(300, 1500), Position::Safe);
}

#[test]
fn l28_a_step_waits_until_its_way_back_has_tokens_too() {
    let reached = || {
        let mut run = Run::of(to_move(2));
        run.step_until(|event| matches!(event, Event::StepStarted { .. }));
        run.pass(60);
        run
    };
    // Two pairs of four changes and the swap of the lock; back, new's member of each goes, and the lock is swapped again.
    let (step, back) = (2 * 4 + 2, 2 + 2);
    let mut run = reached();
    leave(&mut run, step + back - 1);
    assert_eq!(announced(&mut run), None);
    let ready = run.engine.governor.ready_at(run.now, step + back);
    assert_eq!(run.engine.deadline(run.now), Some(ready));
    let mut run = reached();
    leave(&mut run, step + back);
    assert_eq!(announced(&mut run), Some(2));
    run.decide();
    assert_eq!(run.engine.governor.tokens(run.now), back as f64, "the step has taken its own");
}
