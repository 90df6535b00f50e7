//! `cutover schema` and `cutover completions`.

use std::error::Error;

use serde_json::Value;

use crate::session::{Session, exit_code, text};

type TestResult = Result<(), Box<dyn Error>>;

#[test]
fn the_schema_is_the_same_in_both_forms_and_json_is_one_line() -> TestResult {
    let session = Session::with(&[])?;
    let people = text(&session.run(&["schema"])?.stdout);
    let programs = text(&session.run(&["schema", "--output", "json"])?.stdout);
    let schema: Value = serde_json::from_str(&people)?;
    assert_eq!(schema, serde_json::from_str::<Value>(&programs)?);
    assert_eq!(programs.lines().count(), 1);
    assert!(schema.pointer("/properties/steps").is_some(), "{people}");
    Ok(())
}

#[test]
fn every_shell_has_completions_that_know_the_commands() -> TestResult {
    let session = Session::with(&[])?;
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = session.run(&["completions", shell])?;
        let script = text(&output.stdout);
        assert!(script.contains("validate") && script.contains("schema"), "{shell}: {script}");
        assert_eq!((text(&output.stderr), exit_code(&output)), (String::new(), 0), "{shell}");
    }
    Ok(())
}

#[test]
fn every_command_has_a_manual_page() -> TestResult {
    let session = Session::with(&[])?;
    let page = text(&session.run(&["man"])?.stdout);
    assert!(page.contains(".TH cutover 1") && page.contains("cutover\\-rollback(1)"), "{page}");
    let written = text(&session.run(&["man", "--dir", "pages/man1"])?.stdout);
    assert!(written.lines().count() > 15, "{written}");
    for file in written.lines() {
        let page = std::fs::read_to_string(session.path().join(file))?;
        let title =
            format!(".TH {} 1", file.trim_start_matches("pages/man1/").trim_end_matches(".1"));
        assert!(page.contains(&title), "{file}: {page}");
    }
    assert!(written.contains("pages/man1/cutover-run.1\n"), "{written}");
    Ok(())
}
