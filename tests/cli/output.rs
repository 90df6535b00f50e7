//! What `--output json` prints, held against its schema: what commands really print, and every event there is.

use std::{collections::BTreeSet, error::Error, fs};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::{
    runs::{RUN, session_of, started},
    session::{Session, text},
};

type TestResult = Result<(), Box<dyn Error>>;

const RUNBOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/runbooks/api.yaml");
const HISTORY: &str =
    "minute,new_requests,new_errors,legacy_requests,legacy_errors,new_latency,legacy_latency\n";

fn schema() -> Result<Value, Box<dyn Error>> {
    let output = Session::with(&[])?.run(&["schema", "output"])?;
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Returns what validates lines, and allows no field that the schema does not know: none may be printed that nobody knows of.
fn strict() -> Result<Validator, Box<dyn Error>> {
    let mut schema = schema()?;
    let definitions = schema["$defs"].as_object_mut().ok_or("no definitions")?;
    for definition in definitions.values_mut() {
        definition["additionalProperties"] = false.into();
    }
    Ok(jsonschema::validator_for(&schema)?)
}

/// Asserts that every line of what a command printed is an object of the schema; returns them.
fn lines(
    validator: &Validator,
    session: &Session,
    arguments: &[&str],
) -> Result<Vec<Value>, Box<dyn Error>> {
    let output = session.run(&[arguments, &["--output", "json"]].concat())?;
    let mut all = Vec::new();
    for line in (text(&output.stdout) + &text(&output.stderr)).lines() {
        let object: Value =
            serde_json::from_str(line).map_err(|e| format!("{arguments:?}: {e}: {line}"))?;
        assert!(validator.is_valid(&object), "{arguments:?}: {line}");
        all.push(object);
    }
    assert!(!all.is_empty(), "{arguments:?} prints nothing");
    Ok(all)
}

#[test]
fn every_line_of_every_command_is_an_object_of_the_schema() -> TestResult {
    let validator = strict()?;
    let session = session_of(&crate::runs::plan(), "", &[started()])?;
    let row = |minute: usize| {
        format!("2026-03-02T{:02}:{:02}:00Z,,,6012,7,,0.312\n", minute / 60, minute % 60)
    };
    let history: String = (0..1440).map(row).collect();
    fs::write(session.path().join("history.csv"), format!("{HISTORY}{history}"))?;
    fs::write(session.path().join("bad.yaml"), "version: 2\n")?;
    let commands: &[&[&str]] = &[
        &["validate", RUNBOOK, "bad.yaml", "nowhere.yaml"],
        &["validate", RUNBOOK],
        &["rehearse", RUNBOOK, "--scenario", "errors"],
        &["rehearse", RUNBOOK, "--scenario", "drift"],
        &["rehearse", RUNBOOK, "--scenario", "already-red"],
        &["rehearse", RUNBOOK, "--scenario", "calm", "--scenario", "slow"],
        &["backtest", RUNBOOK, "--env", "staging", "--history", "history.csv", "--cutovers", "5"],
        &["backtest", RUNBOOK, "--env", "staging", "--history", "history.csv", "--minutes"],
        &["iam", RUNBOOK, "--env", "staging"],
        &["status"],
        &["status", "--watch"],
        &["runs"],
        &["resume"],
        &["pause"],
        &["report", RUN],
        &["tune", RUN, "noise=high", "--why", "because"],
        &["rollback", RUN, "--print"],
        &["rollback", "nowhere.yaml", "--yes"],
        &["run", RUNBOOK],
        &["sim", "--print-scenario", "calm"],
        &["completions", "bash"],
        &["man"],
        &["man", "--dir", "pages"],
        &["not-a-command"],
        &[],
    ];
    for command in commands {
        lines(&validator, &session, command)?;
    }
    Ok(())
}

#[test]
fn an_error_is_an_object_with_its_exit_code() -> TestResult {
    let output = Session::with(&[])?.run(&["status", "--state", "nowhere", "--output=json"])?;
    let error: Value = serde_json::from_slice(&output.stderr)?;
    assert_eq!(error["error"], "there are no runs here: folder `nowhere` does not exist");
    assert_eq!((&error["exit"], error["hints"].as_array().map(Vec::len)), (&json!(2), Some(1)));
    assert_eq!((output.stdout.len(), output.status.code()), (0, Some(2)));
    Ok(())
}

#[test]
fn a_line_that_is_none_is_refused() -> TestResult {
    let validator = jsonschema::validator_for(&schema()?)?;
    for line in [
        json!({}),
        json!({ "event": "danced" }),
        json!({ "error": "x", "causes": [], "hints": [], "places": [] }),
        json!("note"),
    ] {
        assert!(!validator.is_valid(&line), "{line}");
    }
    let unknown = json!({ "note": "x", "a later version": "says more" });
    assert!(validator.is_valid(&unknown), "fields may come");
    Ok(())
}

#[test]
fn every_name_of_the_schema_is_told_apart() -> TestResult {
    let schema = schema()?;
    let names: BTreeSet<&str> =
        schema["$defs"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    assert!(names.len() > 60, "{names:?}");
    for name in names.iter().filter_map(|name| name.strip_prefix("event:")) {
        let told = schema.pointer(&format!("/$defs/event:{name}/properties/event/const"));
        assert_eq!(told, Some(&json!(name)));
    }
    Ok(())
}
