//! What is typed wrong, and what is asked: help, version, colours, and a stdout that goes away.

use std::{error::Error, process::Stdio};

use snapbox::{IntoData as _, assert_data_eq, str};

use crate::session::{Session, exit_code, text};

type TestResult = Result<(), Box<dyn Error>>;

#[test]
fn without_a_command_the_help_goes_to_stderr() -> TestResult {
    let output = Session::with(&[])?.run(&[])?;
    let stderr = text(&output.stderr);
    assert!(stderr.contains("\nBefore:\n  init ") && stderr.contains("\nTools:\n"), "{stderr}");
    assert!(stderr.ends_with("error: no command was given\n"), "{stderr}");
    assert_eq!((text(&output.stdout), exit_code(&output)), (String::new(), 2));
    Ok(())
}

#[test]
fn help_that_was_asked_for_is_data() -> TestResult {
    let output = Session::with(&[])?.run(&["--help"])?;
    assert!(text(&output.stdout).contains("Usage: cutover"), "{}", text(&output.stdout));
    assert_eq!((text(&output.stderr), exit_code(&output)), (String::new(), 0));
    Ok(())
}

#[test]
fn the_help_of_a_command_has_examples() -> TestResult {
    let transcript = Session::with(&[])?.transcript(&["validate", "--help"])?;
    assert_data_eq!(
        transcript,
        str![[r#"
Check runbooks offline: every problem at once, each with its line and a hint

Usage: cutover validate [OPTIONS] <RUNBOOK>...

Arguments:
  <RUNBOOK>...  The runbooks, YAML files

Options:
      --var <NAME=VALUE>    Set a variable of the runbook, in place of its environment's; may be
                            repeated
      --output <FORMAT>     Print text for people, or one JSON object per line on stdout [default:
                            text] [possible values: text, json]
      --quiet               Print only what somebody may have to act on
      --verbose             Print every minute that is judged, too
      --color <WHEN>        Colour the output; `auto` does on a terminal unless NO_COLOR is set
                            [default: auto] [possible values: auto, always, never]
      --profile <NAME>      Profile of the shared AWS configuration files, where the runbook names
                            none
      --region <NAME>       AWS region, where the runbook names none
      --endpoint-url <URL>  Send all AWS calls there, such as to `cutover sim`
      --mfa-code <CODE>     Code that the MFA device shows now, where the runbook names a device;
                            without it, it is asked for on the terminal
  -h, --help                Print help

A runbook is checked in each of its environments. AWS is not asked: whether the load balancers and
zones that it names exist is found out later.

Examples:
  cutover validate runbooks/api.yaml
  cutover validate runbooks/*.yaml --output json
-- stderr
-- exit 0

"#]]
        .raw()
    );
    Ok(())
}

#[test]
fn the_version_is_one_line() -> TestResult {
    let version = format!("cutover {}\n-- stderr\n-- exit 0\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(Session::with(&[])?.transcript(&["--version"])?, version);
    Ok(())
}

#[test]
fn what_is_typed_wrong_is_said_with_what_was_meant() -> TestResult {
    let session = Session::with(&[])?;
    assert_data_eq!(
        session.transcript(&["validat"])?,
        str![[r#"
-- stderr
error: unrecognized subcommand 'validat'
hint: some similar subcommands exist: 'audit', 'validate'
hint: usage: cutover [OPTIONS] <COMMAND>
hint: `--help` says more
-- exit 2

"#]]
        .raw()
    );
    assert_data_eq!(
        session.transcript(&["validate"])?,
        str![[r#"
-- stderr
error: the following required arguments were not provided: <RUNBOOK>...
hint: usage: cutover validate <RUNBOOK>...
hint: `--help` says more
-- exit 2

"#]]
        .raw()
    );
    assert_data_eq!(
        session.transcript(&["schema", "--ouput", "json"])?,
        str![[r#"
-- stderr
error: unexpected argument '--ouput' found
hint: a similar argument exists: '--output'
hint: usage: cutover schema --output <FORMAT> [OF]
hint: `--help` says more
-- exit 2

"#]]
        .raw()
    );
    assert_data_eq!(
        session.transcript(&["completions", "zsch"])?,
        str![[r#"
-- stderr
error: invalid value 'zsch' for '<SHELL>' [possible values: bash, elvish, fish, powershell, zsh]
hint: a similar value exists: 'zsh'
hint: `--help` says more
-- exit 2

"#]]
        .raw()
    );
    assert_data_eq!(
        session.transcript(&["validate", "--var", "x", "a.yaml"])?,
        str![[r#"
-- stderr
error: invalid value 'x' for '--var <NAME=VALUE>': a variable is set as NAME=VALUE
hint: `--help` says more
-- exit 2

"#]]
        .raw()
    );
    Ok(())
}

#[test]
fn hostile_arguments_reach_the_terminal_only_as_text() -> TestResult {
    let session = Session::with(&[])?;
    let evil = "\u{1b}[2J\u{9b}31m\r\n\u{202e}x";
    for arguments in [&[evil][..], &["validate", evil], &["schema", evil], &["completions", evil]] {
        let output = session.run(arguments)?;
        let stderr = text(&output.stderr);
        let harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!stderr.contains(harmful), "{stderr:?}");
        assert_eq!(exit_code(&output), 2, "{stderr}");
    }
    Ok(())
}

#[test]
fn colour_is_only_where_it_is_asked_for() -> TestResult {
    let session = Session::with(&[])?;
    let red = |arguments: &[&str]| {
        session.run(arguments).map(|output| text(&output.stderr).contains("\u{1b}[1;31merror"))
    };
    assert!(!red(&["validate", "nowhere.yaml"])?);
    assert!(red(&["validate", "nowhere.yaml", "--color", "always"])?);
    assert!(!red(&["validate", "nowhere.yaml", "--color", "never"])?);
    Ok(())
}

#[test]
fn a_reader_that_goes_away_is_no_error() -> TestResult {
    let session = Session::with(&[])?;
    for arguments in [&["schema"][..], &["completions", "zsh"], &["--help"]] {
        let mut command = session.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        drop(child.stdout.take());
        let output = child.wait_with_output()?;
        assert_eq!((text(&output.stderr), exit_code(&output)), (String::new(), 0), "{arguments:?}");
    }
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn a_stdout_that_is_full_is_an_error() -> TestResult {
    let full = std::fs::File::options().write(true).open("/dev/full")?;
    let output = Session::with(&[])?.command(&["schema"]).stdout(full).output()?;
    let stderr = text(&output.stderr);
    assert!(stderr.starts_with("error: stdout cannot be written to\ncause: "), "{stderr}");
    assert_eq!(exit_code(&output), 2);
    Ok(())
}
