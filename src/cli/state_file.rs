//! Reads Terraform's states: a file, or a folder that holds some.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use super::{ExitStatus, Fault, Printer};
use crate::{
    plan::Plan,
    terraform::{MOST_BYTES, Scene, State, read, warnings},
};

/// States that may manage what a run moves.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct TerraformArgs {
    /// Say which of the records this state manages: a file, the output of `terraform show -json`, or a folder with one; may
    /// be repeated
    #[arg(long, value_name = "STATE")]
    terraform: Vec<PathBuf>,
}

impl TerraformArgs {
    /// Reads the states.
    ///
    /// # Errors
    /// One of them cannot be read, or is none.
    pub(super) fn read(&self, printer: &mut Printer) -> Result<Scene, Fault> {
        states(&self.terraform, printer).map(|state| state.scene)
    }

    /// Returns what is worth a second thought about a plan whose records these states manage.
    pub(super) fn warnings(&self, plan: &Plan, scene: &Scene) -> Vec<String> {
        let named: Vec<String> =
            self.terraform.iter().map(|path| path.display().to_string()).collect();
        warnings(plan, scene, &named.join(" --terraform "))
    }
}

/// What Terraform itself calls its state.
const USUAL: &str = "terraform.tfstate";
/// Most files of a folder that are read.
const MOST_FILES: usize = 100;

/// Reads states, all of them into one; a folder stands for its `terraform.tfstate`, else for each `.tfstate` and `.json`.
///
/// # Errors
/// One of them cannot be read, or is none.
pub(super) fn states(paths: &[PathBuf], printer: &mut Printer) -> Result<State, Fault> {
    let mut all = State::default();
    for path in paths {
        for file in files(path)? {
            all.merge(one(&file)?);
        }
    }
    if all.unread > 0 {
        printer.note(&format!(
            "note: {} records of the state could not be understood and are left out",
            all.unread
        ));
    }
    Ok(all)
}

/// Returns the files that a path stands for.
fn files(path: &Path) -> Result<Vec<PathBuf>, Fault> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let usual = path.join(USUAL);
    if usual.is_file() {
        return Ok(vec![usual]);
    }
    let unreadable = |error: io::Error| Fault::unreadable(path, &error);
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        let is_state = file.extension().is_some_and(|end| end == "tfstate" || end == "json");
        if is_state && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() || files.len() > MOST_FILES {
        let what = format!("folder `{}` holds {} states", path.display(), files.len());
        return Err(Fault::new(ExitStatus::Usage, what).hinted(
            "name the state's file, or write one with `terraform show -json > state.json`",
        ));
    }
    Ok(files)
}

fn one(path: &Path) -> Result<State, Fault> {
    let unreadable = |error: io::Error| Fault::unreadable(path, &error);
    let mut text = Vec::new();
    // One byte more shows that there is more.
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path).map_err(unreadable)?.take(most).read_to_end(&mut text).map_err(unreadable)?;
    read(&text).map_err(|error| {
        let what = format!("`{}` is no state of Terraform's that can be read", path.display());
        Fault::new(ExitStatus::Usage, what)
            .caused_by(error.to_string())
            .hinted("`terraform show -json > state.json` writes one, of remote states too")
    })
}
