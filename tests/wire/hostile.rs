//! Text that strangers keep in Route 53 gets to no terminal raw: the program itself against a served world full of it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cutover::{
    plan::{Answer, RecordSet, Routing},
    rehearse,
    runbook::{Choice, Source, parse},
    unit::{RecordType, Ttl, Weight},
};

use crate::{Fallible, servers::isolated, simulator::face::Face};

/// All that XML can carry of what a terminal obeys.
const HOSTILE: &str = "x\u{9b}2J\u{85}\r\nerror: forged \u{202e}\u{2066}\u{200b}<b>&";

const RUNBOOK: &str = "
version: 1
name: hostile
records:
  - name: api.example.com
    zone: example.com
    legacy: { elb: old }
    new: { alb: new }
steps: [ { weight: 100%, hold: 10m } ]
";

fn weighted(identifier: &str, weight: u8, value: &str) -> RecordSet {
    RecordSet {
        name: "api.example.com".parse().expect("a name"),
        kind: RecordType::A,
        routing: Routing::Weighted {
            set_identifier: identifier.to_owned(),
            weight: Weight(weight),
        },
        answer: Answer::Values { ttl: Ttl(60), values: vec![value.to_owned()] },
        health_check: Some(HOSTILE.to_owned()),
    }
}

fn lock(value: &str) -> RecordSet {
    RecordSet {
        name: "_cutover-lock.example.com".parse().expect("a name"),
        kind: RecordType::Txt,
        routing: Routing::Simple,
        answer: Answer::Values { ttl: Ttl(60), values: vec![value.to_owned()] },
        health_check: None,
    }
}

/// Runs the program and returns all that it printed.
async fn printed(
    arguments: Vec<String>,
    folder: PathBuf,
) -> Result<String, Box<dyn std::error::Error>> {
    let run = move || {
        isolated(Path::new(env!("CARGO_BIN_EXE_cutover")))
            .args(arguments)
            .env("AWS_ACCESS_KEY_ID", "testing")
            .env("AWS_SECRET_ACCESS_KEY", "testing")
            .current_dir(folder)
            .stdin(std::process::Stdio::null())
            .output()
    };
    // The server answers meanwhile.
    let output = tokio::task::spawn_blocking(run).await??;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(text(&output.stdout) + &text(&output.stderr))
}

#[tokio::test]
async fn no_record_and_no_lock_of_a_stranger_drives_a_terminal() -> Fallible {
    let source = Source { path: "runbook.yaml".to_owned(), text: RUNBOOK.into() };
    let runbook = parse(&source, &Choice::default())?;
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("runbook.yaml"), RUNBOOK)?;
    let owned = format!(
        "\"v=1 run=hostile-20261123T021400Z-9f3a epoch=7 owner={HOSTILE} until=2100-01-01T00:00:00Z\""
    );
    let planted = [
        vec![weighted(HOSTILE, 10, "192.0.2.1"), weighted("b", 0, HOSTILE)],
        vec![lock(&format!("\"{HOSTILE}\""))],
        vec![lock(&owned)],
    ];
    for records in planted {
        let mut stage = rehearse::stage(std::slice::from_ref(&runbook));
        let names: Vec<_> = records.iter().map(|record| record.name.clone()).collect();
        for zone in &mut stage.zones {
            zone.records.retain(|record| !names.contains(&record.name));
            zone.records.extend(records.clone());
        }
        let face = Face::with(stage).await?;
        for command in ["plan", "run", "rollback", "finish"] {
            for style in [["--color", "always"], ["--output", "json"]] {
                let mut arguments = vec![command, "runbook.yaml", "--endpoint-url"];
                let url = face.url();
                arguments.extend([url.as_str(), "--region", "us-west-2"]);
                arguments.extend(style);
                if command != "plan" {
                    arguments.push("--yes");
                }
                if command == "run" {
                    arguments.push("--no-gates");
                }
                let arguments = arguments.iter().map(ToString::to_string).collect();
                let text = printed(arguments, folder.path().to_owned()).await?;
                assert_harmless(&text);
                assert!(!text.is_empty());
            }
        }
    }
    Ok(())
}

/// Asserts that a terminal obeys nothing in it but line breaks and the program's own colours.
fn assert_harmless(text: &str) {
    let own = ["\u{1b}[32m", "\u{1b}[33m", "\u{1b}[1;31m", "\u{1b}[0m"];
    let plain = own.iter().fold(text.to_owned(), |text, code| text.replace(code, ""));
    let obeyed = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert!(!plain.contains(obeyed), "{text:?}");
    assert!(!text.lines().any(|line| line.starts_with("error: forged")), "{text}");
}
