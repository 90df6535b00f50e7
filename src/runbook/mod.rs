//! YAML text to a [`Runbook`] that cannot be wrong, or to every problem that it has.
//!
//! This room knows nothing of AWS: whether what a runbook names exists is the preflight's question. The way of a file:
//! nodes (the `yaml` room) -> variables filled in (`substitute`) -> each key and value against the table of shapes
//! (`check`, `shape`) -> the model, and the rules that look at several places at once (`build`). Problems
//! are collected on the whole way. Start with [`parse`]; [`tuned`] goes the same way with some limits changed.

mod build;
mod check;
mod draft;
pub mod model;
mod problems;
mod read;
mod schema;
mod shape;
mod substitute;
mod tune;
mod window;
mod words;
mod zone;

use std::collections::BTreeMap;

pub use model::Runbook;
pub use problems::Problems;
pub use schema::schema;
pub use tune::{Change, InvalidChange, TuneError, tuned};

use draft::Draft;

/// A runbook file, read but not understood.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file, as the user named it.
    pub path: String,
    /// What is in it.
    pub text: Vec<u8>,
}

/// What the user chose on the command line.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The environment, if one was named.
    pub environment: Option<String>,
    /// Values for `${name}`; they win over the environment's own.
    pub vars: BTreeMap<String, String>,
}

/// Why there is no runbook.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The file is wrong.
    #[error(transparent)]
    Invalid(#[from] Problems),
    /// There are several environments and none was chosen.
    #[error(
        "{} can run in {}; say where with `--env`",
        problems::shown_path(path),
        words::choice_of(names)
    )]
    NeedsEnvironment {
        /// The file.
        path: String,
        /// Its environments, in the order written.
        names: Vec<String>,
    },
    /// The environment that was chosen is not there.
    #[error(
        "{} has no environment `{}`; {}",
        problems::shown_path(path),
        crate::yaml::excerpt(wanted),
        if names.is_empty() { "leave `--env` out".to_owned() } else { format!("it has {}", words::choice_of(names)) }
    )]
    NoSuchEnvironment {
        /// The file.
        path: String,
        /// What was chosen.
        wanted: String,
        /// What there is, in the order written; empty where the runbook has no `environments`.
        names: Vec<String>,
    },
}

/// Reads a runbook for one environment. With a single environment none need be chosen.
///
/// # Errors
/// Everything that is wrong with the file, all at once; or the choice of environment.
pub fn parse(source: &Source, choice: &Choice) -> Result<Runbook, ParseError> {
    let draft = Draft::read(source)?;
    let names = draft.environments();
    let path = source.path.clone();
    let environment = match (&choice.environment, &names[..]) {
        (Some(wanted), _) if names.contains(&wanted.as_str()) => Some(wanted.as_str()),
        (Some(wanted), _) => {
            let (wanted, names) = (wanted.clone(), owned(&names));
            return Err(ParseError::NoSuchEnvironment { path, wanted, names });
        }
        (None, []) => None,
        (None, [only]) => Some(*only),
        (None, _) => return Err(ParseError::NeedsEnvironment { path, names: owned(&names) }),
    };
    let (runbook, problems) = draft.resolve(environment, &choice.vars);
    Ok(finish(runbook.into_iter().collect(), &source.path, problems)?.remove(0))
}

/// Reads a runbook for each of its environments; one runbook for each, or a single one without environments.
///
/// # Errors
/// Everything that is wrong with the file in any of them, each problem once.
pub fn validate(
    source: &Source,
    vars: &BTreeMap<String, String>,
) -> Result<Vec<Runbook>, Problems> {
    let draft = Draft::read(source)?;
    let mut places: Vec<Option<&str>> = draft.environments().into_iter().map(Some).collect();
    if places.is_empty() {
        places.push(None);
    }
    let (mut runbooks, mut problems) = (Vec::new(), Vec::new());
    for place in places {
        let (runbook, more) = draft.resolve(place, vars);
        runbooks.extend(runbook);
        problems.extend(more);
        if problems.len() > ENOUGH {
            break;
        }
    }
    finish(runbooks, &source.path, problems)
}

/// Problems after which no further environment is tried: a file with so many is not a runbook.
const ENOUGH: usize = 1000;

/// Returns the runbooks, of which there is at least one, unless something is wrong.
fn finish(
    runbooks: Vec<Runbook>,
    path: &str,
    mut problems: Vec<crate::yaml::Problem>,
) -> Result<Vec<Runbook>, Problems> {
    if runbooks.is_empty() && problems.is_empty() {
        // Whatever is refused says so; this is only here so that a slip in that does not become a panic.
        let message = "cannot be read, though nothing was found wrong with it".to_owned();
        let hint = Some("this is a bug in cutover; please report it".to_owned());
        problems.push(crate::yaml::Problem { line: 1, column: 1, message, hint });
    }
    if problems.is_empty() { Ok(runbooks) } else { Err(Problems::new(path, problems)) }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[cfg(test)]
mod tests;
