//! Whatever text strangers plant, no output of the program drives a terminal: its only escape codes are its own colours.

use std::{error::Error, fs, process::Command};

use serde_json::{Value, json};

use crate::{
    runs::{RUN, plan, session_of, started},
    session::{Session, UP_TO_STEPS, text},
};

type TestResult = Result<(), Box<dyn Error>>;

/// Clears the screen in both ways, rewrites a line, forges another, recolours, reads backwards, hides, and is HTML.
const HOSTILE: &str = "x\u{1b}[2J\u{9b}2J\u{1b}]0;t\u{7}\r\nerror: forged\u{1b}[32m\u{202e}\u{2066}\u{200b}\u{85}\u{8}<b>&";

const STEPS: &str = "  - { weight: 5%, hold: 10m }\n";

/// Returns everything in the text that a terminal would obey, apart from line breaks and the program's own colours, and
/// the line that was forged, if it stands alone.
fn obeyed(text: &str) -> Vec<String> {
    let mut plain = text.to_owned();
    for own in ["\u{1b}[32merror", "\u{1b}[32m", "\u{1b}[33m", "\u{1b}[1;31m", "\u{1b}[0m"] {
        // The hostile text has a colour of its own, right before its override.
        if own != "\u{1b}[32merror" {
            plain = plain.replace(own, "");
        }
    }
    let bad = |c: &char| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut found: Vec<String> = plain.chars().filter(bad).map(|c| format!("{c:?}")).collect();
    found.extend(text.lines().filter(|line| line.starts_with("error: forged")).map(str::to_owned));
    found.extend(text.contains("\u{1b}[32m\u{202e}").then(|| "another's colour".to_owned()));
    found
}

/// Runs a command and asserts that nothing of its output is obeyed; returns that.
fn harmless(command: &mut Command) -> Result<String, Box<dyn Error>> {
    let output = command.output()?;
    let all = format!("{}{}", text(&output.stdout), text(&output.stderr));
    let found = obeyed(&all);
    assert!(found.is_empty(), "{command:?}: {found:?} in {all:?}");
    assert!(output.status.code().is_some(), "{command:?} was killed");
    Ok(all)
}

/// Runs a command as text in colours, and as JSON.
fn both(session: &Session, arguments: &[&str]) -> TestResult {
    harmless(&mut session.command(&[arguments, &["--color", "always"]].concat()))?;
    let json = harmless(&mut session.command(&[arguments, &["--output", "json"]].concat()))?;
    for line in json.lines().filter(|line| line.starts_with('{')) {
        serde_json::from_str::<Value>(line).map_err(|error| format!("{error}: {line}"))?;
    }
    Ok(())
}

#[test]
fn runbooks_and_names_of_files() -> TestResult {
    let quoted = HOSTILE.replace('\\', "\\\\").replace('\u{1b}', "\\e").replace('\r', "\\r");
    let quoted: String = quoted
        .chars()
        .map(|c| {
            if c.is_control() || c > '\u{7f}' {
                format!("\\u{:04x}", c as u32)
            } else {
                c.to_string()
            }
        })
        .collect();
    let fields = [
        format!("version: 1\nname: \"{quoted}\"\n"),
        format!("version: 1\nname: a\ndescription: \"{quoted}\"\nowner: \"{quoted}\"\n"),
        format!("version: 1\nname: a\n\"{quoted}\": 1\n"),
        format!(
            "version: 1\nname: a\nenvironments: {{ \"{quoted}\": {{ region: \"{quoted}\" }} }}\n"
        ),
        format!(
            "version: 1\nname: a\nrecords: [ {{ name: \"{quoted}\", zone: \"{quoted}\", legacy: {{ elb: \"{quoted}\" }}, new: {{ alb: \"{quoted}\" }} }} ]\n"
        ),
        format!(
            "{UP_TO_STEPS}{STEPS}gates: {{ alarms: [ {{ name: \"{quoted}\", side: new }} ], errors: \"{quoted}\" }}\n"
        ),
    ];
    let session = Session::with(&[])?;
    let name = format!("{}.yaml", HOSTILE.replace('/', "_"));
    for text in fields {
        fs::write(session.path().join(&name), text)?;
        both(&session, &["validate", &name])?;
        both(&session, &["rehearse", &name, "--scenario", "calm"])?;
    }
    fs::write(session.path().join(&name), format!("{UP_TO_STEPS}{STEPS}"))?;
    both(&session, &["validate", &name])?;
    let scenario = format!("description: \"{quoted}\"\nexpect: {{ outcome: [rolled_back] }}\n");
    fs::write(session.path().join("s.yaml"), scenario)?;
    both(&session, &["rehearse", &name, "--scenario", "s.yaml"])?;
    both(&session, &["rehearse", &name, "--scenario", &name])?;
    both(&session, &["backtest", &name, "--history", &name])?;
    both(&session, &["iam", &name])
}

#[test]
fn a_file_without_an_end_is_refused_before_the_memory_is_full() -> TestResult {
    let session = Session::of_runbook(STEPS, "")?;
    for (command, refusal) in [
        ("validate /dev/zero", "at most 524288 are read"),
        ("rehearse api.yaml --scenario /dev/zero", "at most 524288 are read"),
        ("backtest api.yaml --history /dev/zero", "the first line has to be"),
    ] {
        let limited =
            format!("ulimit -v 1500000; exec {} {command}", env!("CARGO_BIN_EXE_cutover"));
        let said = harmless(Command::new("sh").args(["-c", &limited]).current_dir(session.path()))?;
        assert!(said.contains(refusal), "{command}: {said}");
    }
    Ok(())
}

#[test]
fn arguments_and_the_environment() -> TestResult {
    let session = Session::of_runbook(STEPS, "")?;
    for arguments in [
        &["status", HOSTILE][..],
        &["status", "--state", HOSTILE],
        &[HOSTILE],
        &["run", HOSTILE, "--yes"],
        &["validate", HOSTILE, HOSTILE],
        &["rollback", "api.yaml", "--env", HOSTILE, "--yes"],
        &["validate", "api.yaml", "--var", HOSTILE],
        &["rehearse", "api.yaml", "--scenario", HOSTILE],
        &["plan", "api.yaml", "--endpoint-url", HOSTILE],
        &["plan", "api.yaml", "--profile", HOSTILE],
        &["tune", HOSTILE, HOSTILE, "--why", HOSTILE],
        &["backtest", "api.yaml", "--since", HOSTILE],
        &["sim", "--listen", HOSTILE],
    ] {
        both(&session, arguments)?;
    }
    for variable in
        ["AWS_PROFILE", "AWS_REGION", "AWS_ENDPOINT_URL", "HOME", "USER", "NO_COLOR", "TERM"]
    {
        for arguments in [&["plan", "api.yaml"][..], &["plan", "--help"], &["help", "run"]] {
            harmless(
                session
                    .command(arguments)
                    .env(variable, HOSTILE)
                    .env("AWS_EC2_METADATA_DISABLED", "true"),
            )?;
        }
    }
    Ok(())
}

#[test]
fn what_a_run_s_folder_says() -> TestResult {
    let mut saved = plan();
    saved["plan"]["shifts"] = json!([
        { "step": 1, "share": "5%", "weights": { "legacy": 95, "new": 5 }, "hold": "PT10M" },
    ]);
    let events = [
        started(),
        json!({ "event": "preflight_passed", "hazards": [HOSTILE] }),
        json!({ "event": "stopped", "reason": HOSTILE }),
    ];
    let session = session_of(&saved, &format!("{UP_TO_STEPS}{STEPS}"), &events)?;
    for arguments in [
        &["status"][..],
        &["status", RUN],
        &["tune", "pass.min_requests=500", "--force", "--why", HOSTILE],
        &["status"],
        &["rollback", RUN, "--print"],
    ] {
        both(&session, arguments)?;
    }
    Ok(())
}
