//! Finds runs in the folder where they are kept.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::unit::RunId;

/// Where runs are kept unless `--state` says otherwise.
pub(super) const DEFAULT_FOLDER: &str = ".cutover";

/// Runs that a message lists at most; the newest are the ones that are looked for.
const RUNS_LISTED: usize = 10;

/// The folder that holds a folder for each run.
#[derive(Debug, Clone)]
pub struct StateFolder {
    path: PathBuf,
}

/// One run's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder {
    /// The run.
    pub run: RunId,
    /// Its folder.
    pub path: PathBuf,
}

/// Why a run was not found.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The folder of the runs is not there.
    #[error("there are no runs here: folder `{}` does not exist", path.display())]
    Absent {
        /// The folder.
        path: PathBuf,
    },
    /// The folder of the runs cannot be read.
    #[error("folder `{}` of the runs cannot be read", path.display())]
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No run fits what was asked for.
    #[error("no run in `{}` {}", path.display(), meant(wanted.as_deref(), "begins with", "can be meant"))]
    None {
        /// The folder.
        path: PathBuf,
        /// What was typed.
        wanted: Option<String>,
        /// All runs, newest first.
        runs: Vec<RunId>,
    },
    /// More than one run fits.
    #[error("{} runs in `{}` {}", runs.len(), path.display(), meant(wanted.as_deref(), "begin with", "can be meant"))]
    Several {
        /// The folder.
        path: PathBuf,
        /// What was typed.
        wanted: Option<String>,
        /// Those that fit, newest first.
        runs: Vec<RunId>,
    },
}

fn meant(wanted: Option<&str>, begins: &str, any: &str) -> String {
    wanted.map_or(any.to_owned(), |wanted| format!("{begins} `{wanted}`"))
}

impl StateError {
    /// Returns what to do about it.
    pub(super) fn hints(&self) -> Vec<String> {
        match self {
            Self::Absent { .. } => {
                vec!["runs are kept where `cutover run` was started; `--state DIR` names another place".into()]
            }
            Self::Unreadable { .. } => Vec::new(),
            Self::None { runs, .. } if runs.is_empty() => vec!["it holds no run at all".into()],
            Self::None { runs, .. } => vec![format!("there are {}", listed(runs))],
            Self::Several { runs, .. } => vec![format!("name one of {}", listed(runs))],
        }
    }
}

fn listed(runs: &[RunId]) -> String {
    let mut names: Vec<String> = runs.iter().take(RUNS_LISTED).map(ToString::to_string).collect();
    if runs.len() > RUNS_LISTED {
        names.push(format!("and {} older ones", runs.len() - RUNS_LISTED));
    }
    names.join(", ")
}

impl StateFolder {
    /// Returns the folder at this path; it need not exist.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the folder of a run, whether it exists or not.
    pub fn of(&self, run: &RunId) -> RunFolder {
        RunFolder { run: run.clone(), path: self.path.join(run.as_str()) }
    }

    /// Returns the options that another command on the same run needs to find it.
    pub fn to_repeat(&self) -> Vec<String> {
        if self.path == Path::new(DEFAULT_FOLDER) {
            return Vec::new();
        }
        vec!["--state".to_owned(), self.path.display().to_string()]
    }

    /// Returns all runs, newest first. What is not a folder named like a run is somebody else's and left alone.
    ///
    /// # Errors
    /// The folder does not exist or cannot be read.
    pub fn runs(&self) -> Result<Vec<RunFolder>, StateError> {
        let path = self.path.clone();
        let entries = fs::read_dir(&self.path).map_err(|source| {
            if source.kind() == io::ErrorKind::NotFound {
                return StateError::Absent { path: path.clone() };
            }
            StateError::Unreadable { path: path.clone(), source }
        })?;
        let mut runs = Vec::new();
        for entry in entries {
            let entry =
                entry.map_err(|source| StateError::Unreadable { path: path.clone(), source })?;
            let run = entry.file_name().to_str().and_then(|name| name.parse::<RunId>().ok());
            runs.extend(run.filter(|_| entry.path().is_dir()).map(|run| self.of(&run)));
        }
        runs.sort_by(|one, other| {
            (began(&other.run), &other.run).cmp(&(began(&one.run), &one.run))
        });
        Ok(runs)
    }

    /// Returns the run that is meant: the one with this id, or the only one whose id begins so. Without an id, the
    /// only one that `fits`.
    ///
    /// # Errors
    /// None is meant, or more than one can be.
    pub fn find(
        &self,
        wanted: Option<&str>,
        fits: impl Fn(&RunFolder) -> bool,
    ) -> Result<RunFolder, StateError> {
        let runs = self.runs()?;
        if let Some(exact) = runs.iter().find(|run| Some(run.run.as_str()) == wanted) {
            return Ok(exact.clone());
        }
        let chosen = |run: &&RunFolder| match wanted {
            // An unset variable of a script means no run rather than any.
            Some(prefix) => !prefix.is_empty() && run.run.as_str().starts_with(prefix),
            None => fits(run),
        };
        let found: Vec<&RunFolder> = runs.iter().filter(chosen).collect();
        let ids = |runs: &[&RunFolder]| runs.iter().map(|run| run.run.clone()).collect();
        let (path, wanted) = (self.path.clone(), wanted.map(str::to_owned));
        match found[..] {
            [one] => Ok(one.clone()),
            [] => {
                Err(StateError::None { path, wanted, runs: ids(&runs.iter().collect::<Vec<_>>()) })
            }
            _ => Err(StateError::Several { path, wanted, runs: ids(&found) }),
        }
    }
}

/// Returns the part of the id that says when the run began; it sorts as text.
fn began(run: &RunId) -> &str {
    run.as_str().rsplit('-').nth(1).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cli::Fault, report::Paint};

    const OLD: &str = "web-20261122T021400Z-00aa";
    const NEW: &str = "api-20261123T021400Z-9f3a";
    const OTHER: &str = "api-20261123T021400Z-9f3b";

    fn folder(runs: &[&str]) -> (tempfile::TempDir, StateFolder) {
        let dir = tempfile::tempdir().unwrap();
        for run in runs {
            fs::create_dir(dir.path().join(run)).unwrap();
        }
        fs::write(dir.path().join("notes.txt"), "mine").unwrap();
        fs::create_dir(dir.path().join("backup")).unwrap();
        let state = StateFolder::new(dir.path());
        (dir, state)
    }

    fn text(state: &StateFolder, error: StateError) -> String {
        let text = Fault::from(error).render(Paint::new(false));
        text.replace(&state.path().display().to_string(), "DIR")
    }

    #[test]
    fn runs_are_listed_newest_first_and_other_things_left_alone() {
        let (_dir, state) = folder(&[OLD, NEW]);
        let runs: Vec<String> =
            state.runs().unwrap().iter().map(|run| run.run.to_string()).collect();
        assert_eq!(runs, [NEW, OLD]);
    }

    #[test]
    fn a_run_is_found_by_its_id_or_by_a_beginning_that_no_other_has() {
        let (_dir, state) = folder(&[OLD, NEW, OTHER]);
        for (wanted, run) in [(NEW, NEW), ("web", OLD), ("api-20261123T021400Z-9f3b", OTHER)] {
            assert_eq!(state.find(Some(wanted), |_| false).unwrap().run.as_str(), run);
        }
        let error = state.find(Some("api"), |_| true).unwrap_err();
        assert_eq!(
            text(&state, error),
            format!("error: 2 runs in `DIR` begin with `api`\nhint: name one of {OTHER}, {NEW}\n")
        );
        let error = state.find(Some("db"), |_| true).unwrap_err();
        assert_eq!(
            text(&state, error),
            format!(
                "error: no run in `DIR` begins with `db`\nhint: there are {OTHER}, {NEW}, {OLD}\n"
            )
        );
    }

    #[test]
    fn a_run_may_be_left_out_when_only_one_can_be_meant() {
        let (_dir, state) = folder(&[OLD, NEW]);
        let found = state.find(None, |run| run.run.as_str() == OLD).unwrap();
        assert_eq!(found.path, state.path().join(OLD));
        let error = state.find(None, |_| true).unwrap_err();
        assert!(text(&state, error).starts_with("error: 2 runs in `DIR` can be meant\n"));
        let error = state.find(None, |_| false).unwrap_err();
        assert!(text(&state, error).starts_with("error: no run in `DIR` can be meant\n"));
    }

    #[test]
    fn a_place_without_runs_says_where_runs_are() {
        let (dir, _) = folder(&[]);
        let state = StateFolder::new(dir.path().join("nowhere"));
        let text = text(&state, state.find(None, |_| true).unwrap_err());
        assert!(text.contains("does not exist") && text.contains("--state DIR"), "{text}");
    }
}
