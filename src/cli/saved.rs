//! What a run leaves in its folder besides the journal: the plan, and the runbook as it was.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{ExitStatus, Fault};
use crate::{plan::Plan, runbook::model::Environment};

const PLAN: &str = "plan.json";
const RUNBOOK: &str = "runbook.yaml";

/// Everything that another process needs to go on with a run. It holds no secrets: only the names of roles and profiles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Saved {
    /// The plan.
    pub(super) plan: Plan,
    /// How to reach the accounts.
    pub(super) environment: Environment,
    /// Variables that were set on the command line.
    #[serde(default)]
    pub(super) vars: BTreeMap<String, String>,
}

impl Saved {
    /// Makes the run's folder and writes everything durably, before the journal begins; the folder itself is made durable
    /// with the journal.
    ///
    /// # Errors
    /// The folder is there already, or cannot be written.
    pub(super) fn write(&self, folder: &Path, runbook: &[u8]) -> Result<(), Fault> {
        let fault = |error: io::Error| {
            Fault::new(
                ExitStatus::Refused,
                format!("folder `{}` of the run cannot be made", folder.display()),
            )
            .caused_by(error.to_string())
            .hinted("nothing was changed; `--state DIR` keeps runs in another place")
        };
        self.lay_down(folder, runbook)
            .and_then(|files| files.iter().try_for_each(File::sync_all))
            .map_err(fault)
    }

    /// Makes the run's folder and writes everything, and leaves it to the caller to bring the files to the disk.
    ///
    /// # Errors
    /// The folder is there already, or cannot be written.
    pub(super) fn lay_down(&self, folder: &Path, runbook: &[u8]) -> io::Result<Vec<File>> {
        if let Some(parent) = folder.parent() {
            private_folder(parent, true)?;
        }
        private_folder(folder, false)?;
        let plan = serde_json::to_vec(self)?;
        Ok(vec![
            private_file(&folder.join(PLAN), &plan, 0o600)?,
            private_file(&Self::runbook(folder), runbook, 0o600)?,
        ])
    }

    /// Returns where a run keeps its runbook as it was.
    pub(super) fn runbook(folder: &Path) -> PathBuf {
        folder.join(RUNBOOK)
    }

    /// Reads what a run left.
    ///
    /// # Errors
    /// It is not there, or is not a plan of this version.
    pub(super) fn read(folder: &Path) -> Result<Self, Fault> {
        let path = folder.join(PLAN);
        let fault = |cause: String| {
            Fault::new(
                ExitStatus::Usage,
                format!("plan `{}` of the run cannot be read", path.display()),
            )
            .caused_by(cause)
            .hinted("`cutover rollback RUNBOOK` goes back without it")
        };
        let text = fs::read(&path).map_err(|error| fault(error.to_string()))?;
        serde_json::from_slice(&text).map_err(|error| fault(error.to_string()))
    }
}

/// Makes a folder that only its owner can look into.
fn private_folder(path: &Path, may_exist: bool) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(may_exist).mode(0o700).create(path)
}

/// Makes a file that only its owner can open, and leaves it to the caller to bring it to the disk; the mode says what its
/// owner can do with it.
///
/// # Errors
/// It is there already, or cannot be written.
pub(super) fn private_file(path: &Path, content: &[u8], mode: u32) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(content)?;
    Ok(file)
}
