//! The README shows what the program really prints.

use std::{error::Error, fs, path::Path, process::Command};

use crate::session::text;

type TestResult = Result<(), Box<dyn Error>>;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the lines of the block of the README that holds this line, from that line on.
fn shown_from(start: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let readme = fs::read_to_string(root().join("README.md"))?;
    let lines = readme.lines().skip_while(|line| *line != start).skip(1);
    let shown: Vec<String> = lines.take_while(|line| *line != "```").map(str::to_owned).collect();
    assert!(!shown.is_empty(), "the README does not show `{start}`");
    Ok(shown)
}

fn printed(arguments: &[&str]) -> Result<Vec<String>, Box<dyn Error>> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cutover"));
    let output = command.args(arguments).current_dir(root()).env_clear().output()?;
    Ok(text(&output.stdout).lines().map(str::to_owned).collect())
}

#[test]
fn the_recording_of_a_rehearsal_that_breaches_and_rolls_back_is_a_real_one() -> TestResult {
    let command = "cutover rehearse runbooks/api.yaml --scenario errors";
    let shown = shown_from(&format!("$ {command}"))?;
    let arguments: Vec<&str> = command.split(' ').skip(1).collect();
    let printed = printed(&arguments)?;
    // Where something is left out, the README says so.
    let mut rest = &printed[..];
    for part in shown.split(|line| line == "...").filter(|part| !part.is_empty()) {
        let at = rest.windows(part.len()).position(|lines| lines == part);
        let at = at.ok_or_else(|| format!("{part:#?} is not in\n{}", printed.join("\n")))?;
        rest = &rest[at + part.len()..];
    }
    assert!(rest.is_empty(), "it ends with {rest:#?}");
    Ok(())
}

#[test]
fn the_table_of_scenarios_is_a_real_one() -> TestResult {
    let shown = shown_from(
        "scenario            outcome      highest  detected min  rollback s  failed  verdict",
    )?;
    let printed = printed(&["rehearse", "runbooks/api.yaml"])?;
    let rows: Vec<&String> = shown.iter().filter(|row| *row != "...").collect();
    assert!(rows.len() > 3, "{shown:?}");
    for row in rows {
        assert!(printed.contains(row), "`{row}` is not in\n{}", printed.join("\n"));
    }
    Ok(())
}
