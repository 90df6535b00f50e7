//! Reads the runbook that a command line names.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use super::{Fault, Printer, RunbookArgs};
use crate::{
    report::clean,
    runbook::{Choice, Runbook, Source, parse, validate},
};

/// Bytes that are read at most, so that a file without an end is refused instead of filling the memory. It is far
/// above what a runbook may have, so that the refusal tells the true size of every file that was meant.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// Reads a runbook's file.
///
/// # Errors
/// It does not exist, is a folder, or may not be read.
pub(super) fn read(path: &Path) -> io::Result<Source> {
    let mut text = Vec::new();
    File::open(path)?.take(MOST_BYTES).read_to_end(&mut text)?;
    // Problems are told in lines, and a line break in a file's name would make another one.
    let path = clean(&path.display().to_string()).into_owned();
    Ok(Source { path, text })
}

/// Returns the runbook that is meant, in the environment that is meant, with its file as it is.
///
/// # Errors
/// It cannot be read or is wrong, or the environment is not clear.
pub fn load(args: &RunbookArgs) -> Result<(Source, Runbook), Fault> {
    let source = read(&args.runbook).map_err(|error| Fault::unreadable(&args.runbook, &error))?;
    args.vars.check(&source)?;
    let choice = Choice { environment: args.env.clone(), vars: args.vars.map() };
    let runbook = parse(&source, &choice)?;
    Ok((source, runbook))
}

/// Returns the runbook that is meant, in any of its environments where none is named: they differ in names and accounts,
/// which do not matter where AWS is not asked.
///
/// # Errors
/// It cannot be read or is wrong, or it does not have the environment that is named.
pub(super) fn load_any(args: &RunbookArgs, printer: &mut Printer) -> Result<Runbook, Fault> {
    if args.env.is_some() {
        return Ok(load(args)?.1);
    }
    let path = &args.runbook;
    let source = read(path).map_err(|error| Fault::unreadable(path, &error))?;
    args.vars.check(&source)?;
    let mut runbooks = validate(&source, &args.vars.map())?;
    let first = runbooks.remove(0);
    if let (Some(name), false) = (&first.environment.name, runbooks.is_empty()) {
        printer.note(&format!("environment {name}; `--env` picks another"));
    }
    Ok(first)
}

/// Returns true when what was typed is a runbook's file, or was meant to be one, and not a run.
pub(super) fn is_runbook(what: &str) -> bool {
    let path = Path::new(what);
    path.is_file() || path.extension().is_some_and(|end| end == "yaml" || end == "yml")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{
        cli::{ExitStatus, args::VarArgs},
        report::Paint,
    };

    fn loaded(text: &str, env: Option<&str>) -> Result<Runbook, Fault> {
        let dir = tempfile::tempdir().unwrap();
        let runbook = dir.path().join("api.yaml");
        fs::write(&runbook, text).unwrap();
        let (env, vars) = (env.map(str::to_owned), VarArgs { var: Vec::new() });
        load(&RunbookArgs { runbook, env, vars }).map(|(_, runbook)| runbook)
    }

    const TWO_PLACES: &str = "
version: 1
name: api
environments:
  staging: { vars: { domain: staging.example.com } }
  production: { vars: { domain: example.com } }
records:
  - { name: \"api.${domain}\", zone: \"${domain}\", legacy: { elb: old }, new: { alb: new } }
steps:
  - { weight: 100%, hold: 10m }
";

    #[test]
    fn a_runbook_is_loaded_for_the_environment_that_is_named() {
        let runbook = loaded(TWO_PLACES, Some("production")).unwrap();
        assert_eq!(runbook.records[0].name.as_str(), "api.example.com");
    }

    #[test]
    fn an_unclear_environment_is_a_fault_of_the_command_line() {
        for env in [None, Some("moon")] {
            let fault = loaded(TWO_PLACES, env).unwrap_err();
            assert_eq!(fault.status(), ExitStatus::Usage);
            let text = fault.render(Paint::new(false));
            assert!(text.contains("staging") && text.contains("production"), "{text}");
        }
    }

    #[test]
    fn a_wrong_runbook_is_a_fault_of_the_runbook_with_every_place() {
        let fault = loaded("version: 2\nnmae: api\n", None).unwrap_err();
        assert_eq!(fault.status(), ExitStatus::Runbook);
        let text = fault.render(Paint::new(false));
        assert!(text.contains("api.yaml:1:10: ") && text.contains("api.yaml:2:1: "), "{text}");
    }
}
