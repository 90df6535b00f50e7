//! What a run leaves in its folder besides the journal: the plan, and the runbook as it was.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{ExitStatus, Fault, source};
use crate::{
    engine::Event,
    journal::Record,
    plan::Plan,
    runbook::{Source, model::Environment},
    unit::{Check, Misread},
};

const PLAN: &str = "plan.json";
const RUNBOOK: &str = "runbook.yaml";

/// The checks of a run's files, by name: see [`Event::RunStarted`].
pub(super) type Checks = BTreeMap<String, Check>;

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
    /// with the journal. Returns the checks of the files, which belong into the journal.
    ///
    /// # Errors
    /// The folder is there already, or cannot be written.
    pub(super) fn write(&self, folder: &Path, runbook: &[u8]) -> Result<Checks, Fault> {
        let fault = |error: io::Error| {
            Fault::new(
                ExitStatus::Refused,
                format!("folder `{}` of the run cannot be made", folder.display()),
            )
            .caused_by(error.to_string())
            .hinted("nothing was changed; `--state DIR` keeps runs in another place")
        };
        let (files, checks) = self.lay_down(folder, runbook).map_err(fault)?;
        files.iter().try_for_each(File::sync_all).map_err(fault)?;
        Ok(checks)
    }

    /// Makes the run's folder and writes everything, and leaves it to the caller to bring the files to the disk.
    ///
    /// # Errors
    /// The folder is there already, or cannot be written.
    pub(super) fn lay_down(
        &self,
        folder: &Path,
        runbook: &[u8],
    ) -> io::Result<(Vec<File>, Checks)> {
        if let Some(parent) = folder.parent() {
            private_folder(parent, true)?;
        }
        private_folder(folder, false)?;
        let plan = serde_json::to_vec(self)?;
        let mut files = Vec::new();
        let mut checks = Checks::new();
        for (name, content) in [(PLAN, &plan[..]), (RUNBOOK, runbook)] {
            files.push(private_file(&folder.join(name), content, 0o600)?);
            checks.insert(name.to_owned(), Check::of([content]));
        }
        Ok((files, checks))
    }

    /// Returns where a run keeps its runbook as it was.
    pub(super) fn runbook(folder: &Path) -> PathBuf {
        folder.join(RUNBOOK)
    }

    /// Reads what a run left, where its journal is not there to say whether it is still the same.
    ///
    /// # Errors
    /// It is not there, or is not a plan of this version.
    pub(super) fn read(folder: &Path) -> Result<Self, Fault> {
        Self::believed(folder, None)
    }

    /// Reads what a run left, if it is what its journal says.
    ///
    /// # Errors
    /// It is not there, has been changed, or is not a plan of this version.
    pub(super) fn read_checked(folder: &Path, checks: &Checks) -> Result<Self, Fault> {
        Self::believed(folder, Some(checks))
    }

    fn believed(folder: &Path, checks: Option<&Checks>) -> Result<Self, Fault> {
        let path = folder.join(PLAN);
        let fault = |cause: String| {
            Fault::new(
                ExitStatus::Usage,
                format!("plan `{}` of the run cannot be used", path.display()),
            )
            .caused_by(cause)
            .hinted(format!(
                "`cutover rollback {} --env ENVIRONMENT` goes back without it",
                Self::runbook(folder).display()
            ))
        };
        let text = fs::read(&path).map_err(|error| fault(error.to_string()))?;
        if let Some(checks) = checks {
            unchanged(PLAN, &text, checks).map_err(fault)?;
        }
        serde_json::from_slice(&text).map_err(|error| fault(Misread::of(&error).to_string()))
    }

    /// Reads the runbook that a run keeps, if it is what its journal says.
    ///
    /// # Errors
    /// It cannot be read, or has been changed.
    pub(super) fn runbook_checked(folder: &Path, checks: &Checks) -> Result<Source, String> {
        let path = Self::runbook(folder);
        let told = |why: String| format!("runbook `{}` of the run: {why}", path.display());
        let source = source::read(&path).map_err(|error| told(error.to_string()))?;
        unchanged(RUNBOOK, &source.text, checks).map_err(told)?;
        Ok(source)
    }
}

/// Returns the checks of the files that lie beside a journal that begins with this record.
pub(super) fn checks_in(first: Option<&Record>) -> Checks {
    match first.map(|record| &record.event) {
        Some(Event::RunStarted { files, .. }) => files.clone(),
        Some(_) | None => Checks::new(),
    }
}

/// Compares a file with what it was when the run began.
///
/// # Errors
/// In words: it is another one.
fn unchanged(name: &str, content: &[u8], checks: &Checks) -> Result<(), String> {
    let (is, was) = (Check::of([content]), checks.get(name));
    match was {
        Some(was) if *was == is => Ok(()),
        Some(was) => Err(format!(
            "it was changed after the run began, put it back as it was (its SHA-256 begins with {is}, that in line 1 of the journal with {was})"
        )),
        None => Err("line 1 of the journal does not say what its SHA-256 was".to_owned()),
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
