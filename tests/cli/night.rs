//! Commands of the night that end before AWS is asked, and what is said when it does not answer.

use std::error::Error;

use snapbox::{assert_data_eq, str};

use crate::session::{Session, exit_code, text};

type TestResult = Result<(), Box<dyn Error>>;

fn session(more: &str) -> std::io::Result<Session> {
    Session::of_runbook("  - { weight: 5%, hold: 10m }\n", more)
}

#[test]
fn without_a_terminal_a_run_must_be_told_yes() -> TestResult {
    assert_data_eq!(
        session("")?.transcript(&["run", "api.yaml"])?,
        str![[r#"
-- stderr
error: there is no terminal to ask on: move this traffic?
hint: pass `--yes` to go ahead without a question
-- exit 2

"#]]
    );
    Ok(())
}

#[test]
fn a_run_without_a_gate_on_errors_or_latency_is_refused() -> TestResult {
    let more = "gates: { errors: off, latency: off }\n";
    assert_data_eq!(
        session(more)?.transcript(&["run", "api.yaml", "--yes"])?,
        str![[r#"
-- stderr
error: no gate watches errors and none watches latency, so nothing would stop a bad step
hint: switch one of them on, or pass `--no-gates`; nothing was changed
-- exit 7

"#]]
    );
    Ok(())
}

#[test]
fn a_run_without_credentials_says_how_to_get_some() -> TestResult {
    let session = session("")?;
    let run = ["run", "api.yaml", "--yes", "--endpoint-url", "http://127.0.0.1:9"];
    // Otherwise the answer would depend on whether this machine is one of AWS's.
    let output = session.command(&run).env("AWS_EC2_METADATA_DISABLED", "true").output()?;
    assert_data_eq!(
        text(&output.stderr),
        str![[r#"
error: preflight: 1 problem; nothing was changed
cause: credentials for dns, legacy, new cannot be used: no credentials: no credentials found in chain. Attempted:   Environment: the credential provider was not enabled: environment variable not set   Profile: the credential provider was not enabled   WebIdentityToken: the credential provider was not enabled: $AWS_WEB_IDENTITY_TOKEN_FILE was not set   EcsContainer: the credential provider was not enabled: ECS provider not configured   Ec2InstanceMetadata: the credential provider was not enabled: IMDS disabled by AWS_EC2_METADATA_DISABLED env var set to `true`; sign in, or name a profile or a role that exists

"#]]
    );
    assert_eq!(exit_code(&output), 7);
    assert!(!session.path().join(".cutover").exists(), "nothing began, so nothing is left behind");
    Ok(())
}

#[test]
fn where_there_are_no_runs_nothing_can_be_resumed_or_looked_at() -> TestResult {
    let session = session("")?;
    assert_data_eq!(
        session.transcript(&["resume"])?,
        str![[r#"
-- stderr
error: there are no runs here: folder `.cutover` does not exist
hint: runs are kept where `cutover run` was started; `--state DIR` names another place
-- exit 2

"#]]
    );
    assert_data_eq!(
        session.transcript(&["status", "api-2026"])?,
        str![[r#"
-- stderr
error: there are no runs here: folder `.cutover` does not exist
hint: runs are kept where `cutover run` was started; `--state DIR` names another place
-- exit 2

"#]]
    );
    Ok(())
}

#[test]
fn a_rollback_of_a_runbook_that_is_not_there_says_so() -> TestResult {
    assert_data_eq!(
        session("")?.transcript(&["rollback", "other.yaml", "--yes"])?,
        str![[r#"
-- stderr
error: `other.yaml` cannot be read
cause: No such file or directory (os error 2)
hint: paths are looked up in the folder that cutover is started in
-- exit 2

"#]]
    );
    Ok(())
}

#[test]
fn the_simulator_says_why_it_cannot_listen() -> TestResult {
    let sim = ["sim", "--listen", "192.0.2.1:4566"];
    assert_data_eq!(
        session("")?.transcript(&sim)?,
        str![[r#"
-- stderr
error: address 192.0.2.1:4566 cannot be listened on
cause: Cannot assign requested address (os error 99)
-- exit 2

"#]]
    );
    assert_data_eq!(
        session("")?.transcript(&["sim", "--listen", "here"])?,
        str![[r#"
-- stderr
error: invalid value 'here' for '--listen <ADDR>': invalid socket address syntax
hint: `--help` says more
-- exit 2

"#]]
    );
    Ok(())
}

#[test]
fn a_variable_that_the_runbook_does_not_use_is_a_typing_error() -> TestResult {
    let plan = ["plan", "api.yaml", "--var", "domian=example.org"];
    assert_data_eq!(
        session("")?.transcript(&plan)?,
        str![[r#"
-- stderr
error: `--var domian=...` sets a variable that api.yaml does not use
hint: in the runbook it would stand as `${domian}`
-- exit 2

"#]]
    );
    Ok(())
}

#[test]
fn a_deadline_is_written_like_the_durations_of_a_runbook() -> TestResult {
    assert_data_eq!(
        session("")?.transcript(&["rollback", "api.yaml", "--deadline", "10"])?,
        str![[r#"
-- stderr
error: invalid value '10' for '--deadline <DURATION>': `10` is not a duration, such as `90s`, `10m` or `1h30m`
hint: `--help` says more
-- exit 2

"#]]
    );
    Ok(())
}

#[test]
fn a_finish_needs_a_run_that_is_over_or_a_runbook() -> TestResult {
    assert_data_eq!(
        session("")?.transcript(&["finish", "--yes"])?,
        str![[r#"
-- stderr
error: there are no runs here: folder `.cutover` does not exist
hint: runs are kept where `cutover run` was started; `--state DIR` names another place
-- exit 2

"#]]
    );
    assert_data_eq!(
        session("")?.transcript(&["finish", "other.yaml", "--yes"])?,
        str![[r#"
-- stderr
error: `other.yaml` cannot be read
cause: No such file or directory (os error 2)
hint: paths are looked up in the folder that cutover is started in
-- exit 2

"#]]
    );
    assert_data_eq!(
        session("")?.transcript(&["finish", "api.yaml"])?,
        str![[r#"
-- stderr
error: there is no terminal to ask on: end this migration?
hint: pass `--yes` to go ahead without a question
-- exit 2

"#]]
    );
    Ok(())
}

#[test]
fn a_finish_says_what_is_little_and_how_long_is_long() -> TestResult {
    for (option, value) in
        [("--below", "few"), ("--below", "0%"), ("--for", "15d"), ("--for", "30s")]
    {
        let output = session("")?.run(&["finish", "api.yaml", option, value])?;
        assert_eq!(exit_code(&output), 2, "{option} {value}");
    }
    assert_data_eq!(
        session("")?.transcript(&["finish", "api.yaml", "--below", "0%"])?,
        str![[r#"
-- stderr
error: invalid value '0%' for '--below <SHARE|COUNT>': `0%` is neither a part of all requests, such as `1%`, nor requests a minute, such as `20`; both are above 0
hint: `--help` says more
-- exit 2

"#]]
    );
    assert_data_eq!(
        session("")?.transcript(&["finish", "api.yaml", "--for", "15d"])?,
        str![[r#"
-- stderr
error: invalid value '15d' for '--for <TIME>': it is from 1m to 14d, because CloudWatch keeps minutes no longer
hint: `--help` says more
-- exit 2

"#]]
    );
    Ok(())
}
