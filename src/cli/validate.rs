//! `cutover validate`: everything that is wrong with runbooks, without asking anybody.

use std::{
    io,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{ExitStatus, Fault, Printer, args::VarArgs, source};
use crate::{
    report::json as json_line,
    runbook::{Problems, Runbook, validate},
};

/// Check runbooks offline: every problem at once, each with its line and a hint
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A runbook is checked in each of its environments. AWS is not asked: whether the load balancers and zones that it \
names exist is found out later.

Examples:
  cutover validate runbooks/api.yaml
  cutover validate runbooks/*.yaml --output json")]
pub(super) struct Args {
    /// The runbooks, YAML files
    #[arg(required = true, value_name = "RUNBOOK")]
    runbooks: Vec<PathBuf>,
    #[command(flatten)]
    vars: VarArgs,
}

/// What came of one file.
enum Outcome {
    /// One runbook for each environment, at least one.
    Valid(Vec<Runbook>),
    Invalid(Problems),
    Unreadable(io::Error),
}

pub(super) fn run(args: &Args, printer: &mut Printer) -> Result<ExitStatus, Fault> {
    let vars = args.vars.map();
    let mut bad = Vec::new();
    for path in &args.runbooks {
        let outcome = match source::read(path) {
            Ok(source) => validate(&source, &vars).map_or_else(Outcome::Invalid, Outcome::Valid),
            Err(error) => Outcome::Unreadable(error),
        };
        if printer.is_json() {
            printer.data(&json_line(&object(path, &outcome)))?;
        }
        match &outcome {
            Outcome::Valid(runbooks) => tell(path, runbooks, printer)?,
            Outcome::Invalid(_) | Outcome::Unreadable(_) => bad.push((path, outcome)),
        }
    }
    if bad.is_empty() { Ok(ExitStatus::Done) } else { Err(fault(&bad, args.runbooks.len())) }
}

/// Prints a valid runbook's line.
fn tell(path: &Path, runbooks: &[Runbook], printer: &mut Printer) -> Result<(), Fault> {
    let path = path.display();
    if !printer.is_json() {
        printer.data(&format!("ok  {path}: {}", summary(runbooks)))?;
    }
    Ok(())
}

/// Returns what a valid runbook is, such as `api, 7 steps, 2 record pairs, in staging and production`.
fn summary(runbooks: &[Runbook]) -> String {
    let Some(first) = runbooks.first() else { return String::new() };
    let count = |number: usize, thing: &str| {
        let ending = if number == 1 { "" } else { "s" };
        format!("{number} {thing}{ending}")
    };
    let mut parts = vec![
        first.name.clone(),
        count(first.steps.len(), "step"),
        count(pairs(first), "record pair"),
    ];
    let places = environments(runbooks);
    if !places.is_empty() {
        parts.push(format!("in {}", places.join(" and ")));
    }
    parts.join(", ")
}

fn object(path: &Path, outcome: &Outcome) -> Value {
    let file = path.display().to_string();
    match outcome {
        Outcome::Valid(runbooks) => json!({
            "file": file,
            "valid": true,
            "name": runbooks.first().map(|first| &first.name),
            "environments": environments(runbooks),
            "steps": runbooks.first().map(|first| first.steps.len()),
            "record_pairs": runbooks.first().map(pairs),
        }),
        Outcome::Invalid(problems) => {
            let list: Vec<Value> = problems
                .list
                .iter()
                .map(|problem| {
                    json!({
                        "line": problem.line,
                        "column": problem.column,
                        "message": problem.message,
                        "hint": problem.hint,
                    })
                })
                .collect();
            json!({"file": file, "valid": false, "problems": list})
        }
        Outcome::Unreadable(error) => {
            json!({"file": file, "valid": false, "error": error.to_string()})
        }
    }
}

/// Returns the fault of all files that are not valid; the worst decides the exit code.
fn fault(bad: &[(&PathBuf, Outcome)], all: usize) -> Fault {
    let mut faults: Vec<Fault> = bad
        .iter()
        .filter_map(|(path, outcome)| match outcome {
            Outcome::Valid(_) => None,
            Outcome::Invalid(problems) => Some(Fault::from(problems.clone())),
            Outcome::Unreadable(error) => Some(Fault::unreadable(path, error)),
        })
        .collect();
    let message = format!("{} of {all} runbooks are not valid", faults.len());
    if all == 1
        && let Some(only) = faults.pop()
    {
        return only;
    }
    Fault::sum_of(message, faults)
}

fn environments(runbooks: &[Runbook]) -> Vec<&str> {
    runbooks.iter().filter_map(|runbook| runbook.environment.name.as_deref()).collect()
}

fn pairs(runbook: &Runbook) -> usize {
    runbook.records.iter().map(|record| record.types.len()).sum()
}
