//! The shipped engine, explored exhaustively for small plans: whatever Route 53, the network, the gates, other operators and
//! people do, and whenever a process dies, within bounds.
//!
//! `world.rs` is everything that a state is, `moves.rs` everything that can happen next, `acts.rs` what a process does, `operators.rs` who comes from
//! elsewhere, `edits.rs` what is done by hand, `claims.rs` what must always hold. A claim that fails prints a way to it, move
//! by move. Beyond the claims, no state may be without a way to an end, and no way may go round in circles (`ends.rs`): with
//! finitely many states, every way has an end.
//!
//! Two states that nothing can tell apart from now on are one (`print.rs`), and what a process decides for itself goes first
//! (`Cutover::moves`). What is left out: there is one record pair in one zone; change tokens are not counted; changes are
//! in sync at once and never lost; what is read is what is there at that moment; time passes only when nobody has
//! anything else to do. A rollback stops whoever has moved a record or has heard that the lock is its own: whoever wanted
//! the lock and never heard of it has moved nobody, finds it gone, and may take it again.
//!
//! # What is explored
//!
//! F faults, C crashes, J judgements, V visits, E edits and R returns on one way; H: whoever comes may hesitate.
//!
//! | steps | within | who comes | states |
//! |---|---|---|---|
//! | 2, 3 | | | 45, 57 |
//! | 2, 3 | F1 J1 | | 1,049, 1,355 |
//! | 2 | F1 C1 J1 | | 22,044 |
//! | 2 | V1 | a second run, one that takes over | 1,440 |
//! | 1 | V1 H | a second run | 439 |
//! | 2 | V1 | a rollback from the runbook, from a copy | 3,387 |
//! | 1 | V1 J1 H | a rollback from the runbook | 4,190 |
//! | 1 | V1 F1 | a rollback from the runbook | 8,601 |
//! | 1 | V1 | a copy that goes on, one that takes over | 5,271 |
//! | 2 | E2 | | 238 |
//! | 1 | V1 E1 | a rollback from the runbook | 5,187 |
//! | 1 | R2 E1 | | 1,397 |
//! | 1 | V1 R1 | a rollback from the runbook | 7,318 |
//!
//! What takes longer begins with `deep_` and is left to
//! `cargo test --release --test model -- --ignored --nocapture --test-threads 1`, which prints how many states there are.

mod acts;
mod claims;
mod edits;
mod ends;
mod moves;
mod operators;
mod plan;
mod print;
mod sabotage;
mod world;

use stateright::{Checker as _, Expectation, HasDiscoveries, Model as _, Path};

use ends::Ways;
use moves::Happens;
use operators::{Return, Visit};
use plan::small;
use world::{Bounds, Cutover, World};

const ONE: &[&str] = &["100%"];
const TWO: &[&str] = &["50%", "100%"];
const THREE: &[&str] = &["25%", "50%", "100%"];

/// Everybody who may come from elsewhere.
const ALL: [Visit; 6] = [
    Visit::Run,
    Visit::RunTakingOver,
    Visit::Rollback,
    Visit::WithCopy(Return::GoesOn),
    Visit::WithCopy(Return::TakesOver),
    Visit::WithCopy(Return::RollsBack),
];
/// Nothing that disturbs.
const NOTHING: Bounds = Bounds {
    faults: 0,
    crashes: 0,
    judgements: 0,
    visits: 0,
    edits: 0,
    returns: 0,
    hesitate: false,
};
const A_VISIT: Bounds = Bounds { visits: 1, ..NOTHING };

fn model(steps: &[&str], visits: &[Visit], bounds: Bounds) -> Cutover {
    let (visits, broken) = (visits.to_vec(), None);
    Cutover { setting: small(steps), bounds, visits, broken, ways: Ways::default() }
}

/// Explores everything within these bounds; returns the claims that do not hold, and the way there.
fn refuted(model: Cutover) -> Option<String> {
    let (steps, bounds) = (model.setting.plan.shifts.len(), model.bounds);
    let checker = model.checker().threads(2).finish_when(HasDiscoveries::AnyFailures);
    let checker = checker.spawn_dfs().join();
    let (states, depth) = (checker.unique_state_count(), checker.max_depth());
    println!("{steps} steps, {bounds:?}: {states} states, at most {depth} moves deep");
    let failed = checker
        .discoveries()
        .into_iter()
        .filter(|(claim, _)| checker.discovery_classification(claim).to_string() != "example");
    let failed: Vec<String> =
        failed.map(|(claim, path)| format!("{claim}: not so after {}", told(path))).collect();
    if !failed.is_empty() {
        return Some(failed.join("\n"));
    }
    let missing = |name: &'static str| checker.discovery(name).is_none();
    let mut claims = checker.model().properties().into_iter();
    if claims.any(|claim| claim.expectation == Expectation::Sometimes && missing(claim.name)) {
        return Some("no run ever completes".to_owned());
    }
    let (without_end, in_circles) = checker.model().ways.endless();
    (without_end + in_circles > 0).then(|| {
        format!("{without_end} states have no way to an end, and {in_circles} may go in circles")
    })
}

fn explore(steps: &[&str], visits: &[Visit], bounds: Bounds) {
    if let Some(refuted) = refuted(model(steps, visits, bounds)) {
        panic!("{refuted}");
    }
}

/// Returns the way to a state, move by move.
fn told(path: Path<World, Happens>) -> String {
    let broken = path.last_state().broken;
    let move_of = |(world, act): (World, Option<Happens>)| {
        let due = world.processes.iter().map(|process| process.due.as_ref().map(|e| e.name()));
        format!("{} {act:?} {:?}", world.now, due.collect::<Vec<_>>())
    };
    let moves: Vec<String> = path.into_vec().into_iter().map(move_of).collect();
    format!("{} moves:\n{}\n{broken:?}", moves.len(), moves.join("\n"))
}

#[test]
fn a_run_that_nothing_disturbs_completes() {
    explore(TWO, &[], NOTHING);
    explore(THREE, &[], NOTHING);
}

#[test]
fn one_fault_of_any_kind_at_any_moment_breaks_no_promise() {
    explore(TWO, &[], Bounds { faults: 1, judgements: 1, ..NOTHING });
    explore(THREE, &[], Bounds { faults: 1, judgements: 1, ..NOTHING });
}

#[test]
fn a_crash_at_any_moment_and_a_fault_break_no_promise() {
    explore(TWO, &[], Bounds { faults: 1, crashes: 1, judgements: 1, ..NOTHING });
}

#[test]
fn a_second_run_is_refused_or_fences_the_first() {
    explore(TWO, &[Visit::Run, Visit::RunTakingOver], A_VISIT);
    explore(ONE, &[Visit::Run], Bounds { hesitate: true, ..A_VISIT });
}

#[test]
fn a_rollback_from_elsewhere_at_any_moment_ends_where_it_should() {
    explore(TWO, &[Visit::Rollback, Visit::WithCopy(Return::RollsBack)], A_VISIT);
    explore(ONE, &[Visit::Rollback], Bounds { hesitate: true, judgements: 1, ..A_VISIT });
    explore(ONE, &[Visit::Rollback], Bounds { faults: 1, ..A_VISIT });
}

#[test]
fn of_two_that_go_on_with_one_run_one_writes() {
    explore(ONE, &[Visit::WithCopy(Return::GoesOn), Visit::WithCopy(Return::TakesOver)], A_VISIT);
}

#[test]
fn whatever_is_changed_by_hand_stops_whoever_goes_on() {
    explore(TWO, &[], Bounds { edits: 2, ..NOTHING });
    explore(ONE, &[Visit::Rollback], Bounds { edits: 1, ..A_VISIT });
}

#[test]
fn an_operator_who_comes_back_to_a_run_that_stopped_breaks_no_promise() {
    explore(ONE, &[], Bounds { returns: 2, edits: 1, ..NOTHING });
    explore(ONE, &[Visit::Rollback], Bounds { returns: 1, ..A_VISIT });
}

#[test]
#[ignore = "takes minutes"]
fn deep_two_steps_with_a_crash_and_two_faults() {
    explore(TWO, &[], Bounds { faults: 2, crashes: 1, judgements: 1, ..NOTHING });
}

#[test]
#[ignore = "takes minutes"]
fn deep_three_steps_with_a_crash_and_a_fault() {
    explore(THREE, &[], Bounds { faults: 1, crashes: 1, judgements: 1, ..NOTHING });
}

#[test]
#[ignore = "takes minutes"]
fn deep_two_crashes() {
    explore(ONE, &[], Bounds { faults: 1, crashes: 2, judgements: 1, ..NOTHING });
}

#[test]
#[ignore = "takes minutes"]
fn deep_anybody_comes_while_a_fault_and_a_judgement_happen() {
    for visit in ALL {
        explore(ONE, &[visit], Bounds { faults: 1, judgements: 1, ..A_VISIT });
    }
}

#[test]
#[ignore = "takes minutes"]
fn deep_anybody_comes_while_a_process_dies() {
    for visit in ALL {
        explore(ONE, &[visit], Bounds { crashes: 1, ..A_VISIT });
    }
}

#[test]
#[ignore = "takes minutes"]
fn deep_anybody_comes_and_somebody_comes_back() {
    for visit in ALL {
        explore(ONE, &[visit], Bounds { returns: 1, edits: 1, ..A_VISIT });
    }
}

#[test]
#[ignore = "takes minutes"]
fn deep_two_come_from_elsewhere() {
    explore(ONE, &ALL, Bounds { visits: 2, ..NOTHING });
}

#[test]
#[ignore = "takes minutes"]
fn deep_anybody_comes_to_a_run_of_three_steps() {
    for visit in ALL {
        explore(THREE, &[visit], Bounds { hesitate: true, ..A_VISIT });
    }
}
