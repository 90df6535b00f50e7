//! What `cutover finish` refuses before AWS is asked.

use std::error::Error;

use snapbox::{assert_data_eq, str};

use crate::session::{Session, exit_code};

type TestResult = Result<(), Box<dyn Error>>;

fn session() -> std::io::Result<Session> {
    Session::of_runbook("  - { weight: 100%, hold: 10m }\n", "")
}

#[test]
fn a_finish_needs_a_run_that_is_over_or_a_runbook() -> TestResult {
    assert_data_eq!(
        session()?.transcript(&["finish", "--yes"])?,
        str![[r#"
-- stderr
error: there are no runs here: folder `.cutover` does not exist
hint: runs are kept where `cutover run` was started; `--state DIR` names another place
-- exit 2

"#]]
    );
    assert_data_eq!(
        session()?.transcript(&["finish", "other.yaml", "--yes"])?,
        str![[r#"
-- stderr
error: `other.yaml` cannot be read
cause: No such file or directory (os error 2)
hint: paths are looked up in the folder that cutover is started in
-- exit 2

"#]]
    );
    assert_data_eq!(
        session()?.transcript(&["finish", "api.yaml"])?,
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
        let output = session()?.run(&["finish", "api.yaml", option, value])?;
        assert_eq!(exit_code(&output), 2, "{option} {value}");
    }
    assert_data_eq!(
        session()?.transcript(&["finish", "api.yaml", "--below", "0%"])?,
        str![[r#"
-- stderr
error: invalid value '0%' for '--below <SHARE|COUNT>': `0%` is neither a part of all requests, such as `1%`, nor requests a minute, such as `20`; both are above 0
hint: `--help` says more
-- exit 2

"#]]
    );
    assert_data_eq!(
        session()?.transcript(&["finish", "api.yaml", "--for", "15d"])?,
        str![[r#"
-- stderr
error: invalid value '15d' for '--for <TIME>': it is from 1m to 14d, because CloudWatch keeps minutes no longer
hint: `--help` says more
-- exit 2

"#]]
    );
    Ok(())
}
