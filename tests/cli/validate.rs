//! `cutover validate`: every problem at once, each with its place, and nothing that a file says can harm a terminal.

use std::error::Error;

use snapbox::{IntoData as _, assert_data_eq, str};

use crate::session::{Session, exit_code, text};

type TestResult = Result<(), Box<dyn Error>>;

const GOOD: &str = r#"version: 1
name: api
environments:
  staging: { vars: { domain: staging.example.com } }
  production: { vars: { domain: example.com } }
records:
  - { name: "api.${domain}", zone: "${domain}", legacy: { elb: old }, new: { alb: new } }
steps:
  - { weight: 5%, hold: 10m }
  - { weight: 100%, hold: 1h }
"#;

fn bad() -> String {
    GOOD.replace("hold: 10m", "holds: 10m").replace("version: 1", "version: 2")
}

#[test]
fn a_valid_runbook_is_ok_and_says_what_it_is() -> TestResult {
    let session = Session::with(&[("api.yaml", GOOD)])?;
    assert_data_eq!(
        session.transcript(&["validate", "api.yaml"])?,
        str![[r#"
ok  api.yaml: api, 2 steps, 1 record pair, in staging and production
-- stderr
-- exit 0

"#]]
        .raw()
    );
    Ok(())
}

#[test]
fn every_problem_has_its_place() -> TestResult {
    let session = Session::with(&[("api.yaml", &bad())])?;
    assert_data_eq!(
        session.transcript(&["validate", "api.yaml"])?,
        str![[r#"
-- stderr
api.yaml:1:10: `version`: this cutover reads version 1, not `2`
  hint: write `version: 1`
api.yaml:9:19: `holds` is not a key of a step; did you mean `hold`?
error: `api.yaml` is not a valid runbook: 2 problems
-- exit 3

"#]]
        .raw()
    );
    Ok(())
}

#[test]
fn several_files_are_all_checked_and_the_worst_decides() -> TestResult {
    let session = Session::with(&[("good.yaml", GOOD), ("bad.yaml", &bad())])?;
    let transcript = session.transcript(&["validate", "nowhere.yaml", "bad.yaml", "good.yaml"])?;
    assert_data_eq!(
        transcript,
        str![[r#"
ok  good.yaml: api, 2 steps, 1 record pair, in staging and production
-- stderr
`nowhere.yaml` cannot be read: No such file or directory (os error 2)
bad.yaml:1:10: `version`: this cutover reads version 1, not `2`
  hint: write `version: 1`
bad.yaml:9:19: `holds` is not a key of a step; did you mean `hold`?
error: 2 of 3 runbooks are not valid
-- exit 3

"#]]
        .raw()
    );
    Ok(())
}

#[test]
fn json_is_one_object_a_file() -> TestResult {
    let session = Session::with(&[("good.yaml", GOOD), ("bad.yaml", &bad())])?;
    let arguments = ["validate", "--output", "json", "good.yaml", "bad.yaml", "nowhere.yaml"];
    let output = session.run(&arguments)?;
    assert_data_eq!(text(&output.stdout), str![[r#"
{"file":"good.yaml","valid":true,"name":"api","environments":["staging","production"],"steps":2,"record_pairs":1}
{"file":"bad.yaml","valid":false,"problems":[{"line":1,"column":10,"message":"`version`: this cutover reads version 1, not `2`","hint":"write `version: 1`"},{"line":9,"column":19,"message":"`holds` is not a key of a step; did you mean `hold`?","hint":null}]}
{"file":"nowhere.yaml","valid":false,"error":"No such file or directory (os error 2)"}

"#]].raw());
    assert_eq!(exit_code(&output), 3);
    Ok(())
}

#[test]
fn a_path_that_cannot_be_read_is_a_fault_of_the_command_line() -> TestResult {
    let session = Session::with(&[])?;
    assert_data_eq!(
        session.transcript(&["validate", "nowhere.yaml"])?,
        str![[r#"
-- stderr
error: `nowhere.yaml` cannot be read
cause: No such file or directory (os error 2)
hint: paths are looked up in the folder that cutover is started in
-- exit 2

"#]]
        .raw()
    );
    assert_data_eq!(
        session.transcript(&["validate", "."])?,
        str![[r#"
-- stderr
error: `.` cannot be read
cause: Is a directory (os error 21)
-- exit 2

"#]]
        .raw()
    );
    Ok(())
}

#[test]
fn a_variable_of_the_command_line_wins_over_the_environments() -> TestResult {
    let session = Session::with(&[("api.yaml", GOOD)])?;
    let arguments = ["validate", "api.yaml", "--var", "domain=not a name"];
    assert_data_eq!(
        session.transcript(&arguments)?,
        str![[r#"
-- stderr
api.yaml:7:13: `name`: `api.not a name` is not a DNS name
  hint: such as `api.example.com`
api.yaml:7:36: `zone`: `not a name` is not the name or id of a hosted zone
  hint: such as `example.com`
error: `api.yaml` is not a valid runbook: 2 problems
-- exit 3

"#]]
        .raw()
    );
    Ok(())
}

#[test]
fn no_file_can_harm_a_terminal_or_bring_cutover_down() -> TestResult {
    let hostile = [
        ("escape.yaml", "version: 1\nname: \"a\\e[2Jb\"\n\"\\u202ekey\": 1\n".to_owned()),
        ("raw.yaml", "version: 1\nname: a\u{9b}31m\n".to_owned()),
        ("large.yaml", "a".repeat(10 << 20)),
        ("deep.yaml", "[".repeat(100_000)),
        ("bomb.yaml", "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n".to_owned()),
        ("empty.yaml", String::new()),
        ("e\u{1b}[2Jvil\n.yaml", "version: 1\n".to_owned()),
    ];
    let files: Vec<(&str, &str)> =
        hostile.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let session = Session::with(&files)?;
    for (name, _) in &files {
        for format in ["text", "json"] {
            let output = session.run(&["validate", name, "--output", format])?;
            let printed = text(&output.stdout) + &text(&output.stderr);
            let harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!printed.contains(harmful), "{name:?}: {printed:?}");
            assert!(printed.contains("error"), "{name:?}: {printed}");
            assert_eq!(exit_code(&output), 3, "{name:?}: {printed}");
        }
    }
    Ok(())
}
