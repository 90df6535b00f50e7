//! `cutover terraform`: what makes Terraform's code match the zone that a run has moved.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{
    ExitStatus, Fault, Printer, RunFolder, StateArgs, StateError, StateFolder,
    resume::refuse_dry,
    state_file::states,
    taken_up::{TakenUp, is_open, look_at},
};
use crate::{
    report::json as json_line,
    terraform::{PairPatch, Patch, Stage},
};

/// Print what makes Terraform's code match the zone, so that the next apply does not undo a cutover
///
/// Reads the run's folder and the state, and asks nobody. The records are those that the run last knew.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What is printed is text for the code: `import`, `removed` and `resource` blocks to be added as they are (Terraform 1.7 and \
later), and comments that say what blocks that are there must say. While the run is under way the blocks keep every apply from \
setting weights; once it is over they say the weights that it left; after `cutover finish` the pairs are one simple record. Then \
`terraform plan` shows imports and nothing to change, and after an apply it is empty.

Examples:
  cutover terraform --terraform terraform.tfstate
  terraform show -json | cutover terraform api-2026 --terraform /dev/stdin > cutover.tf")]
pub(super) struct Args {
    /// The run, or the beginning of its id; may be left out when only one can be meant
    run: Option<String>,
    /// Terraform's state: a file, the output of `terraform show -json`, or a folder with one; may be repeated
    #[arg(long, value_name = "STATE", required = true)]
    terraform: Vec<PathBuf>,
    #[command(flatten)]
    state: StateArgs,
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let state = StateFolder::new(&args.state.state);
    let folder = meant(args.run.as_deref(), &state)?;
    let taken = look_at(&folder)?;
    refuse_dry(&taken.saved.plan, &folder, "told to Terraform")?;
    if args.run.is_none() {
        refuse_the_older(&folder, &taken, &state)?;
    }
    let found = states(&args.terraform, printer)?;
    let scene = found.scene;
    let stage = if taken.is_open() { Stage::UnderWay } else { Stage::Over };
    let pairs = &taken.saved.plan.pairs;
    let live = pairs.iter().zip(taken.known.records.iter().map(Vec::as_slice));
    let patch = Patch::new(live, &scene, stage);
    if let Some(newer) = newer(&folder, &taken, &state) {
        printer.note(&format!(
            "note: run {newer} is newer and moved the same names; `cutover terraform {newer}` knows the records as it left them"
        ));
    }
    if printer.is_json() {
        printer.data(&json_line(&object(&patch, &folder)))?;
    } else if !patch.is_empty() {
        printer.page(&text(&patch, &folder, &args.terraform))?;
    }
    if patch.is_empty() {
        printer.note(match found.unread {
            0 => "the state manages none of the run's records, so Terraform changes none of them",
            _ => {
                "none of the state's records that could be understood is the run's; whether the others are is not known, so \
                 look at `terraform plan`"
            }
        });
    } else if patch.unmanaged > 0 {
        printer.note(&format!(
            "{} of the run's records are not in the state and need nothing",
            patch.unmanaged
        ));
    }
    Ok(ExitStatus::Done)
}

/// Returns the run that is meant: the one that is not over, or the newest where all are.
fn meant(wanted: Option<&str>, state: &StateFolder) -> Result<RunFolder, Fault> {
    match state.find(wanted, is_open) {
        Err(StateError::None { wanted: None, runs, .. }) if !runs.is_empty() => {
            Ok(state.of(&runs[0]))
        }
        found => Ok(found?),
    }
}

/// What a later run has written is not what this one knows, and nobody said that this one is meant.
fn refuse_the_older(folder: &RunFolder, taken: &TakenUp, state: &StateFolder) -> Result<(), Fault> {
    let Some(newer) = newer(folder, taken, state) else { return Ok(()) };
    let what =
        format!("run {} is not over, but {newer} is newer and moved the same names", folder.run);
    Err(Fault::new(ExitStatus::Usage, what)
        .hinted(format!("`cutover terraform {newer} ...` knows the records as it left them")))
}

/// Returns a later run that may have written the same records.
fn newer(folder: &RunFolder, taken: &TakenUp, state: &StateFolder) -> Option<String> {
    let runs = state.runs().ok()?;
    let later = runs.into_iter().take_while(|other| other.run != folder.run);
    let same = |other: &RunFolder| {
        look_at(other).is_ok_and(|other| {
            let of = |pairs: &[crate::plan::Pair]| -> std::collections::BTreeSet<_> {
                pairs.iter().map(|pair| (pair.zone.clone(), pair.name.clone())).collect()
            };
            other.engine.has_changed_anything()
                && !of(&other.saved.plan.pairs).is_disjoint(&of(&taken.saved.plan.pairs))
        })
    };
    later.into_iter().find(same).map(|other| other.run.to_string())
}

fn text(patch: &Patch, folder: &RunFolder, states: &[PathBuf]) -> String {
    let states: Vec<String> = states.iter().map(|path| shown(path)).collect();
    let how = match patch.stage {
        Stage::UnderWay => {
            "The run is not over: until it is, `ignore_changes` keeps every apply from setting weights."
        }
        Stage::Over => {
            "The run is over: the blocks say what it left. An `ignore_changes` of weights from before can be taken out."
        }
    };
    format!(
        "# Records of run {}, as it last knew them, against {}.\n# {how}\n\
         # cutover reads the state and not the code: make each block say what stands here, then let `terraform plan` show it.\n\n{}",
        folder.run,
        states.join(", "),
        patch.hcl()
    )
}

fn shown(path: &Path) -> String {
    crate::report::clean(&path.display().to_string()).into_owned()
}

/// Returns the patch for programs.
fn object(patch: &Patch, folder: &RunFolder) -> Value {
    let pair = |pair: &PairPatch| {
        let edits: Vec<Value> = pair
            .edits
            .iter()
            .map(|edit| json!({ "address": edit.address.to_string(), "was": edit.was, "now": edit.now }))
            .collect();
        let imports: Vec<Value> = pair
            .imports
            .iter()
            .map(|import| json!({ "to": import.to.to_string(), "id": import.id, "record": import.record }))
            .collect();
        let removals: Vec<String> = pair.removals.iter().map(ToString::to_string).collect();
        json!({ "name": pair.name, "type": pair.kind, "edits": edits, "removals": removals, "imports": imports })
    };
    json!({
        "run": folder.run,
        "under_way": patch.stage == Stage::UnderWay,
        "pairs": patch.pairs.iter().map(pair).collect::<Vec<_>>(),
        "unmanaged": patch.unmanaged,
        "hcl": patch.hcl(),
    })
}
