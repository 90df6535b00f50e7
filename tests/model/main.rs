//! The shipped engine, explored exhaustively for small plans: whatever Route 53, the network and the gates
//! do, and whenever the process dies, within the bounds that each test states.
//!
//! `world.rs` is everything that a state is, `moves.rs` everything that can happen next, `claims.rs` what must always hold.
//! A claim that fails prints the shortest way to it that was found, move by move.

mod claims;
mod moves;
mod plan;
mod world;

use stateright::{Checker as _, Model as _, Path};

use moves::Happens;
use plan::small_plan;
use world::{Bounds, Cutover, World};

/// Explores everything within these bounds and returns how many states there are.
fn explore(steps: &[&str], bounds: Bounds) -> usize {
    let model = Cutover { plan: small_plan(steps), bounds };
    let checker = model.checker().threads(2).spawn_dfs().join();
    let states = checker.unique_state_count();
    for (claim, path) in checker.discoveries() {
        let failed = checker.discovery_classification(claim).to_string() != "example";
        assert!(!failed, "{claim}: not so after {}", told(path));
    }
    checker.assert_properties();
    println!("{states} states, at most {} moves deep", checker.max_depth());
    states
}

/// Returns the way to a state, move by move.
fn told(path: Path<World, Happens>) -> String {
    let broken = path.last_state().broken;
    let moves: Vec<String> = path.into_actions().iter().map(|act| format!("{act:?}")).collect();
    format!("{} moves:\n{}\n{broken:?}", moves.len(), moves.join("\n"))
}

#[test]
fn a_run_that_nothing_disturbs_completes() {
    explore(&["50%", "100%"], Bounds::default());
}

#[test]
fn one_fault_of_any_kind_at_any_moment_breaks_no_promise() {
    explore(&["50%", "100%"], Bounds { faults: 1, judgements: 1, ..Bounds::default() });
}

#[test]
fn a_crash_at_any_moment_and_a_fault_break_no_promise() {
    let bounds = Bounds { faults: 1, crashes: 1, judgements: 1 };
    explore(&["50%", "100%"], bounds);
}
