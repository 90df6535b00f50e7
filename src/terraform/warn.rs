//! What is worth a second thought where Terraform manages what a run moves.

use super::{Scene, patch::managed};
use crate::plan::{Pair, Plan};

/// Addresses that a warning names; of more it says how many there are.
const NAMED: usize = 3;

/// Returns what a plan's author has to know of a state that manages its records, each in one sentence with what to do.
/// `named` is the state as it was typed.
pub fn warnings(plan: &Plan, scene: &Scene, named: &str) -> Vec<String> {
    let (simple, weighted): (Vec<&Pair>, Vec<&Pair>) =
        plan.pairs.iter().partition(|pair| pair.was_simple());
    let remedy = format!(
        "apply nothing to them while it runs, and let `cutover terraform RUN --terraform {named}` print what makes the code match"
    );
    [
        (weighted, "the next `terraform apply` sets the weights of its code and undoes the cutover"),
        (
            simple,
            "they become weighted pairs, which the next `terraform apply` does not know, and it fails or makes records of its own",
        ),
    ]
    .into_iter()
    .filter_map(|(pairs, effect)| {
        let what = addresses(&pairs, scene)?;
        Some(format!("Terraform manages {what}: {effect}; {remedy}"))
    })
    .collect()
}

/// Returns the addresses that manage these pairs, as far as a line holds them.
fn addresses(pairs: &[&Pair], scene: &Scene) -> Option<String> {
    let all: Vec<String> = pairs
        .iter()
        .flat_map(|pair| managed(scene, &pair.zone, &pair.name, &pair.kind))
        .filter_map(|seen| seen.address.as_ref().map(ToString::to_string))
        .collect();
    let first = all.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(NAMED) {
        _ if all.is_empty() => None,
        0 => Some(first),
        more => Some(format!("{first} and {more} more")),
    }
}
