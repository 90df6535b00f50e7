//! Limits of a run that no process drives.

use std::{error::Error, fs};

use serde_json::{Value, json};
use snapbox::{assert_data_eq, str};

use crate::{
    runs::{self, RUN, plan, session_of, started},
    session::{Session, UP_TO_STEPS, exit_code},
};

type TestResult = Result<(), Box<dyn Error>>;

const GATES: &str =
    "gates: { errors: off, latency: off, share: off, targets: { critical: { below: 50% } } }\n";

/// Returns a folder with a run of one step that was stopped, after these events as well.
fn stopped(more: &[Value]) -> Result<Session, Box<dyn Error>> {
    let mut saved = plan();
    saved["plan"]["gates"]["targets"] = json!({ "critical_below": 0.5 });
    saved["plan"]["shifts"] = json!([
        { "step": 1, "share": "5%", "weights": { "legacy": 95, "new": 5 }, "hold": "PT10M" },
    ]);
    let first = [
        started(),
        json!({ "event": "preflight_passed", "hazards": [] }),
        json!({ "event": "stopped", "reason": "asked for with Ctrl-C" }),
    ];
    let runbook = format!("{UP_TO_STEPS}  - {{ weight: 5%, hold: 10m }}\n{GATES}");
    session_of(&saved, &runbook, &[&first[..], more].concat())
}

fn journal(session: &Session) -> Result<Vec<Value>, Box<dyn Error>> {
    let lines = fs::read_to_string(runs::journal(session))?;
    Ok(lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

#[test]
fn a_looser_limit_is_refused_without_force() -> TestResult {
    let session = stopped(&[])?;
    let tune =
        ["tune", "targets.critical.below=30%", "pass.min_requests=500", "--why", "two are cold"];
    assert_data_eq!(
        session.transcript(&tune)?,
        str![[r#"
-- stderr
error: this would let new be worse than before; nothing was changed
cause: `targets.critical.below` from 50% to 30% is looser
hint: if that is what you want, pass `--force`; the journal says that it was
-- exit 7

"#]]
    );
    assert_eq!(journal(&session)?.len(), 3, "nothing was recorded");
    Ok(())
}

#[test]
fn a_stopped_run_is_tuned_in_its_folder_and_says_when_it_counts() -> TestResult {
    let session = stopped(&[])?;
    let tune =
        ["tune", RUN, "targets.critical.below=30%", "--force", "--why", " two\u{1b}[2J are cold "];
    let output = session.command(&tune).env("USER", "alice").output()?;
    assert_eq!(exit_code(&output), 0);
    let lines = journal(&session)?;
    let tuned = &lines[3];
    assert_eq!(
        (&tuned["event"], &tuned["loosens"], &tuned["why"]),
        (&json!("tuned"), &json!(true), &json!("two\u{1b}[2J are cold"))
    );
    assert_eq!(
        tuned["changes"],
        json!([{ "limit": "targets.critical.below", "from": "50%", "to": "30%" }])
    );
    let by = tuned["by"].as_str().unwrap_or_default();
    assert!(by.starts_with("alice@") && by.len() > 6, "{by}");
    let text = String::from_utf8(output.stdout)?.replace(by, "alice@laptop");
    let text: Vec<&str> = text.lines().skip(1).map(|line| line.get(10..).unwrap_or(line)).collect();
    assert_data_eq!(
        text.join("\n"),
        str![[r#"
limits loosened by alice@laptop: two/u{1b}[2J are cold
targets.critical.below: 50% -> 30%
all minutes of the run are judged again by them
"#]]
    );
    assert_data_eq!(
        String::from_utf8(output.stderr)?,
        str![[r#"
no process drives the run; this takes effect with `cutover resume api-20261123T021400Z-9f3a`

"#]]
    );
    assert_data_eq!(
        session.transcript(&["status"])?,
        str![[r#"
run api-20261123T021400Z-9f3a: stopped, no process is running it
steps        5%
stopped
               req/min   errors   latency
legacy               -        -         -
new                  -        -         -
data         none yet
tuned        targets.critical.below=30%
way back     all traffic is meant for legacy
last event: tuned at [..]
-- stderr
go on with `cutover resume api-20261123T021400Z-9f3a`, or go back with `cutover rollback api-20261123T021400Z-9f3a`
-- exit 5

"#]]
    );
    Ok(())
}

#[test]
fn what_was_tuned_before_stays_tuned() -> TestResult {
    let session = stopped(&[])?;
    for limit in ["pass.min_requests=500", "noise=low"] {
        let output = session.run(&["tune", limit, "--why", "more proof", "--output", "json"])?;
        assert_eq!(exit_code(&output), 0, "{limit}");
    }
    let gates = &journal(&session)?[4]["gates"];
    assert_eq!((&gates["pass"]["min_requests"], &gates["noise"]), (&json!(500), &json!("low")));
    let output = session.run(&["status", "--output", "json"])?;
    let status: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(status["tuned"][1], json!({ "limit": "noise", "from": "normal", "to": "low" }));
    Ok(())
}

#[test]
fn what_is_so_already_is_no_error_and_what_cannot_be_is_one_of_the_command_line() -> TestResult {
    let session = stopped(&[])?;
    assert_data_eq!(
        session.transcript(&["tune", "pass.min_requests=200", "--why", "x"])?,
        str![[r#"
-- stderr
the limits are so already; nothing was changed
-- exit 0

"#]]
    );
    assert_data_eq!(
        session.transcript(&[
            "tune",
            "pass.min_request=9",
            "errors.critical.plus=1%",
            "noise=x",
            "--why",
            "x"
        ])?,
        str![[r#"
-- stderr
error: the limits cannot be set so; nothing was changed
cause: `pass.min_request` is not a limit; did you mean `pass.min_requests`?
cause: `errors.critical.plus`: `errors` is off in the runbook, and gates are not switched on or off while a run goes on
cause: `noise`: `x` is not `low`, `normal` or `high`
-- exit 2

"#]]
    );
    assert_data_eq!(
        session.transcript(&["tune", "noise", "low", "--why", "x"])?,
        str![[r#"
-- stderr
error: `low` is not LIMIT=VALUE, such as `errors.critical.times_legacy=3`
-- exit 2

"#]]
    );
    assert_data_eq!(
        session.transcript(&["tune", "noise=low", "--why", " "])?,
        str![[r#"
-- stderr
error: invalid value ' ' for '--why <TEXT>': a reason has from 1 to 500 characters
hint: `--help` says more
-- exit 2

"#]]
    );
    assert_data_eq!(
        session.transcript(&["tune", RUN, "--why", "x"])?,
        str![[r#"
-- stderr
error: no limit is named
hint: such as `errors.critical.times_legacy=3`
-- exit 2

"#]]
    );
    Ok(())
}

#[test]
fn a_run_that_goes_back_or_is_over_has_no_limits() -> TestResult {
    let back = json!({ "event": "rollback_started", "reason": "asked for", "breached_at": null });
    let placed =
        json!({ "event": "weights_written", "position": "baseline", "share": "0%", "records": [] });
    let over = json!({ "event": "rolled_back", "seconds_from_breach": 1.0, "clients_back_by": "2026-11-23T02:20:00Z" });
    let going_back = stopped(std::slice::from_ref(&back))?;
    assert_data_eq!(
        going_back.transcript(&["tune", "noise=low", "--why", "x"])?,
        str![[r#"
-- stderr
error: limits of run api-20261123T021400Z-9f3a cannot be changed: the run goes back, and a rollback needs no limits; nothing was changed
-- exit 7

"#]]
    );
    let over = stopped(&[back, placed, over])?;
    assert_data_eq!(
        over.transcript(&["tune", RUN, "noise=low", "--why", "x"])?,
        str![[r#"
-- stderr
error: limits of run api-20261123T021400Z-9f3a cannot be changed: the run is over; nothing was changed
-- exit 7

"#]]
    );
    Ok(())
}

#[test]
fn a_runbook_that_was_edited_in_the_run_s_folder_changes_nothing() -> TestResult {
    let session = stopped(&[])?;
    let path = session.path().join(".cutover").join(RUN).join("runbook.yaml");
    let edited = fs::read_to_string(&path)?.replace("below: 50%", "below: 1%");
    fs::write(&path, edited)?;
    assert_data_eq!(
        session.transcript(&["tune", "noise=low", "--why", "x"])?,
        str![[r#"
-- stderr
error: the limits cannot be set so; nothing was changed
cause: runbook `.cutover/api-20261123T021400Z-9f3a/runbook.yaml` of the run: it was changed after the run began, put it back as it was (its SHA-256 begins with 6bbf24df56bc3d14, that in line 1 of the journal with b3bd2650187c6676)
-- exit 2

"#]]
    );
    Ok(())
}
