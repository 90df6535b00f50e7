//! The night as its operator sees it: a terminal that is resized and typed into, and what is left on it.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::{
    process::Result,
    sky::{CALM, Sky, Speed},
};
use crate::servers::virtual_environment;

const SEAT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wire/night/seat.py");

/// A step, a question, and another step.
const ASKS: &str = "
version: 1
name: short
environments: { staging: {} }
records:
  - name: api.example.com
    zone: example.com
    legacy: { elb: api }
    new: { alb: api }
steps:
  - { weight: 25%, hold: 5m }
  - approve: { ask: \"Has the database team said yes?\", timeout: 6h, on_timeout: stop }
  - { weight: 100%, hold: 5m }
";

/// What was on the terminal whenever something was printed, and what is left.
pub(super) struct Seen {
    /// With the columns that it had then.
    shown: Vec<(usize, Vec<String>)>,
    pub(super) left: Vec<String>,
    pub(super) code: Option<i64>,
    echo: Option<bool>,
}

/// Runs `cutover` at a terminal on which this is done, which wraps its lines anew when it is resized.
pub(super) fn sit(sky: &Sky, actions: &[&str], arguments: &[&str]) -> Result<Seen> {
    let python = virtual_environment()?.join("bin/python");
    let command = sky.at_a_terminal(arguments)?;
    let mut pty = Command::new(python);
    pty.arg(SEAT).args(actions).arg("--").arg(command.get_program()).args(command.get_args());
    pty.env_clear().env("LANG", "C.UTF-8").env("TERM", "xterm-256color");
    pty.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = pty.current_dir(sky.folder()).stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let happened: Vec<Value> =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("{error}: {said}"))?;
    let mut terminal = avt::Terminal::with_scrollback(80, 24, None).map_err(|e| e.to_string())?;
    let mut seen = Seen { shown: Vec::new(), left: Vec::new(), code: None, echo: None };
    for moment in happened {
        if let Some(size) = moment["size"].as_array() {
            let [columns, rows] = &size[..] else { return Err("no size".into()) };
            let number = |value: &Value| value.as_u64().and_then(|n| usize::try_from(n).ok());
            terminal.resize(number(columns).unwrap_or(80), number(rows).unwrap_or(24));
        }
        if let Some(text) = moment["text"].as_str() {
            terminal.feed(text);
            seen.shown.push((terminal.size().0, terminal.primary_screen().text()));
        }
        seen.code = moment["code"].as_i64().or(seen.code);
        seen.echo = moment["echo"].as_bool().or(seen.echo);
    }
    seen.left = terminal.primary_screen().text();
    while seen.left.last().is_some_and(String::is_empty) {
        seen.left.pop();
    }
    Ok(seen)
}

/// What only the screen says, at the beginning of its lines.
const OF_THE_SCREEN: [&str; 6] =
    ["steps  ", "settling ", "holding ", "legacy  ", "data  ", "way back "];

fn assert_gone(seen: &Seen) {
    let is_of_it = |line: &&String| OF_THE_SCREEN.iter().any(|start| line.starts_with(start));
    let left: Vec<&String> = seen.left.iter().filter(is_of_it).collect();
    assert!(left.is_empty(), "{left:#?} of {:#?}", seen.left);
    assert_eq!(seen.echo, Some(true), "what is typed is shown again");
}

#[test]
fn a_terminal_may_be_resized_and_typed_into_and_keeps_nothing_of_the_screen_and_every_event()
-> Result<()> {
    let sky = Sky::calm()?;
    let actions = [
        "size 100x40",
        "see way back",
        "see settling",
        "see way back",
        "size 70x40",
        "see way back",
        "see way back",
        "size 120x40",
        "see way back",
        "see holding",
        "type nonsense$",
        "see way back",
        "see way back",
        "type ^C",
        "see stopping after",
        "see stopped",
    ];
    let run = ["run", "runbook.yaml", "--env", "staging", "--yes"];
    let seen = sit(&sky, &actions, &run)?;
    assert_eq!(seen.code, Some(5), "{:#?}", seen.left);
    assert_gone(&seen);
    let left = seen.left.join("\n");
    for event in [
        "preflight passed",
        "is locked for this run",
        "prepared: 1 record pair",
        "step 1 of 2",
        "written and read back",
        "settled: watched until",
        "stopped: asked for with Ctrl-C",
    ] {
        assert_eq!(left.matches(event).count(), 1, "{event}: {left}");
    }
    assert!(!left.contains("nonsense") && !left.contains("^C"), "{left}");
    let of_screen = |line: &&String| OF_THE_SCREEN.iter().any(|start| line.starts_with(start));
    for (columns, shown) in &seen.shown {
        let lines: Vec<&String> = shown.iter().filter(of_screen).collect();
        let steps = lines.iter().filter(|line| line.starts_with("steps  ")).count();
        assert!(steps <= 1, "there is one screen: {shown:#?}");
        let wide = lines.iter().find(|line| line.chars().count() >= *columns);
        assert_eq!(wide, None, "in {columns} columns: {shown:#?}");
    }
    Ok(())
}

#[test]
fn who_runs_it_answers_what_it_asks() -> Result<()> {
    let sky = Sky::of(ASKS, CALM, Speed::Usual)?;
    let actions = [
        "size 80x24",
        "see APPROVE?",
        "type no$",
        "see type `yes` and Enter to approve",
        "see APPROVE?",
        "type yes$",
        "see approved: step 2",
        "see step 3 of 3",
        "type ^C",
        "see stopped",
    ];
    let run = ["run", "runbook.yaml", "--env", "staging", "--yes"];
    let seen = sit(&sky, &actions, &run)?;
    assert_eq!(seen.code, Some(5), "{:#?}", seen.left);
    assert_gone(&seen);
    Ok(())
}
