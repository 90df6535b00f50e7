//! Each claim fails where what it is about is broken on purpose, and what counts as one state goes on as one.

use std::collections::{BTreeMap, BTreeSet};

use cutover::engine::Event;
use stateright::Model as _;

use crate::{
    A_VISIT, NOTHING, ONE, TWO,
    acts::{commit, judgement},
    claims,
    edits::{Edit, edited},
    model,
    moves::Verdict,
    operators::{Return, Visit},
    refuted,
    world::{Bounds, Breakage, World, Zone},
};

/// Lets something else happen than what a process has decided, where that is broken.
pub(crate) fn decides_instead(
    broken: Option<Breakage>,
    world: &mut World,
    index: usize,
    event: &Event,
) -> bool {
    match (broken, event) {
        (Some(Breakage::BreachesAreForgotten), Event::Breached { .. }) => {
            claims::told(world, index, event);
            commit(world, index, &judgement(world.now, Verdict::Good));
            true
        }
        (Some(Breakage::NobodyGoesBack), _) if world.processes[index].engine.is_rolling_back() => {
            commit(world, index, &Event::Stopped { reason: "tired".to_owned() });
            true
        }
        (Some(Breakage::AnEditIsUnseen), Event::RunCompleted { .. }) => {
            if let Some(records) = edited(world, Edit::Weight) {
                world.zone = Zone::new(records);
            }
            false
        }
        _ => false,
    }
}

/// Lets a journal lose what was announced, where that is broken.
pub(crate) fn forgets(broken: Option<Breakage>, world: &mut World, index: usize) {
    if broken == Some(Breakage::NothingIsAnnounced) {
        world.facts(index).announced = 0;
    }
}

/// Returns what is found where something is broken.
fn found(broken: Breakage, steps: &[&str], visits: &[Visit], bounds: Bounds) -> String {
    let mut model = model(steps, visits, bounds);
    model.broken = Some(broken);
    refuted(model).unwrap_or_default()
}

#[test]
fn a_route_53_that_compares_nothing_is_found_out_by_a_second_writer() {
    let found = found(Breakage::NothingIsCompared, ONE, &[Visit::RunTakingOver], A_VISIT);
    assert!(found.contains("who had lost the lock"), "{found}");
}

#[test]
fn a_move_to_new_after_a_rollback_is_found() {
    let visits = [Visit::Rollback];
    let found = found(Breakage::NothingIsCompared, ONE, &visits, A_VISIT);
    assert!(found.contains("after the way back had begun"), "{found}");
}

#[test]
fn a_batch_that_is_in_nobody_s_journal_is_found() {
    let found = found(Breakage::NothingIsAnnounced, ONE, &[], NOTHING);
    assert!(found.contains("in nobody's journal"), "{found}");
}

#[test]
fn a_move_to_new_after_a_breach_is_found() {
    let bounds = Bounds { judgements: 1, ..NOTHING };
    let found = found(Breakage::BreachesAreForgotten, TWO, &[], bounds);
    assert!(found.contains("announced after a breach"), "{found}");
}

#[test]
fn a_way_back_that_stops_is_found() {
    let bounds = Bounds { judgements: 1, ..NOTHING };
    let found = found(Breakage::NobodyGoesBack, ONE, &[], bounds);
    assert!(found.contains("ends at the baseline"), "{found}");
}

#[test]
fn a_name_without_an_answer_is_found() {
    let found = found(Breakage::NothingIsCreated, ONE, &[], NOTHING);
    let told = ["somebody answers", "legacy's answer"];
    assert!(told.iter().any(|claim| found.contains(claim)), "{found}");
}

#[test]
fn a_process_that_waits_for_nothing_is_found() {
    let found = found(Breakage::NobodyActs, ONE, &[], NOTHING);
    assert!(found.contains("nobody waits for ever"), "{found}");
}

#[test]
fn what_goes_in_circles_is_found() {
    let found = found(Breakage::EverythingIsThrottled, ONE, &[], Bounds { faults: 1, ..NOTHING });
    assert!(found.contains("may go in circles"), "{found}");
}

#[test]
fn an_end_that_the_zone_contradicts_is_found() {
    let found = found(Breakage::AnEditIsUnseen, ONE, &[], NOTHING);
    assert!(found.contains("the zone says otherwise"), "{found}");
}

#[test]
fn a_run_that_is_fenced_by_itself_is_found() {
    let found = found(Breakage::OnlyThePastIsRead, ONE, &[], NOTHING);
    assert!(found.contains("what it did itself for somebody else's"), "{found}");
}

/// Follows every way without taking any two states for one, and looks whether states with the same print can do the same
/// and lead to states with the same prints.
#[test]
fn states_that_count_as_one_go_on_alike() {
    let mut compared = 0;
    for (visit, bounds) in [
        (Visit::Rollback, Bounds { hesitate: true, ..A_VISIT }),
        (Visit::WithCopy(Return::TakesOver), A_VISIT),
    ] {
        let model = model(ONE, &[visit], bounds);
        let mut ways: BTreeMap<u64, (BTreeSet<u64>, usize)> = BTreeMap::new();
        let mut open: Vec<World> = model.init_states();
        while let Some(world) = open.pop() {
            let mut actions = Vec::new();
            model.actions(&world, &mut actions);
            let next = actions.into_iter().filter_map(|act| model.next_state(&world, act));
            let next: Vec<World> = next.collect();
            let prints: BTreeSet<u64> = next.iter().map(World::print).collect();
            let (known, times) = ways.entry(world.print()).or_insert((prints.clone(), 0));
            assert_eq!(*known, prints, "at {}", world.now);
            *times += 1;
            compared += usize::from(*times > 1);
            // Enough of each, so that it has an end.
            if *times <= 3 {
                open.extend(next);
            }
        }
    }
    assert!(compared > 1000, "{compared}");
}
