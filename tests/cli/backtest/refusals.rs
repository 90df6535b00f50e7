//! What cannot be replayed, and what is said of it.

use snapbox::{IntoData as _, assert_data_eq, str};

use super::{HEADING, REPLAY, TestResult, session, steady};
use crate::session::{exit_code, text};

#[test]
fn a_bad_history_is_told_line_by_line() -> TestResult {
    let history = format!("{HEADING}2026-11-23T02:00:00Z,1,1\n2026-11-23T02:01:00Z,-1,,,,,\n");
    let session = session("", &history)?;
    assert_data_eq!(
        session.transcript(&["backtest", "api.yaml", "--history", "history.csv", "--minutes"])?,
        str![[r#"
-- stderr
history.csv:2: 3 values, and there are 7 columns; a value that is missing leaves its place empty, as in `,,`
history.csv:3: new_requests is -1, and cannot be negative
error: `history.csv` is not a history that can be replayed
-- exit 2

"#]].raw()
    );
    assert_data_eq!(
        session.transcript(&["backtest", "api.yaml", "--history", "no.csv", "--minutes"])?,
        str![[r#"
-- stderr
error: `no.csv` cannot be read
cause: No such file or directory (os error 2)
hint: paths are looked up in the folder that cutover is started in
-- exit 2

"#]]
        .raw()
    );
    Ok(())
}

#[test]
fn what_cannot_be_replayed_is_said_before_anything_is_played() -> TestResult {
    let short = format!("{HEADING}2026-11-23T02:00:00Z,1,1,,,,\n2026-11-23T02:09:00Z,1,1,,,,\n");
    assert_data_eq!(
        session("", &short)?.transcript(&REPLAY)?,
        str![[r#"
-- stderr
not judged, because a history does not have them: targets
error: the history is 10m long, and the cutover takes 20m
hint: record for longer; a day more than the cutover takes is best
-- exit 2

"#]]
        .raw()
    );
    let silent = format!("{HEADING}2026-11-23T02:00:00Z,,,0,0,,\n");
    assert_data_eq!(session("", &silent)?.transcript(&REPLAY)?, str![[r#"
-- stderr
not judged, because a history does not have them: targets
error: there is not one request in the history
hint: look at its columns `new_requests` and `legacy_requests`, or at the load balancers that the runbook names
-- exit 2

"#]].raw());
    let session = session("", &short)?;
    for (arguments, said) in [
        (&["--since", "16d"][..], "CloudWatch keeps minutes for 15d"),
        (&["--since", "5d", "--history", "history.csv"][..], "cannot be used with"),
        (&["--minutes"][..], "--history <FILE>"),
        (&["--history", "history.csv", "--fault", "0%"][..], "above 0%"),
        (&["--history", "history.csv", "--cutovers", "0"][..], "10..=1000000"),
    ] {
        let output = session.run(&[&["backtest", "api.yaml"], arguments].concat())?;
        let stderr = text(&output.stderr);
        assert!(stderr.contains(said) && exit_code(&output) == 2, "{arguments:?}: {stderr}");
    }
    Ok(())
}

#[test]
fn without_a_file_the_environment_has_to_be_clear() -> TestResult {
    let places = "environments: { staging: {}, production: {} }\n";
    let session = session(places, &steady(60_000)?)?;
    let output = session.run(&["backtest", "api.yaml"])?;
    let stderr = text(&output.stderr);
    assert!(stderr.contains("say where with `--env`"), "{stderr}");
    assert_eq!(exit_code(&output), 2);
    let output = session.run(&REPLAY)?;
    assert_eq!(exit_code(&output), 0, "{}", text(&output.stderr));
    Ok(())
}
