//! Rehearsals as a user sees them: the table, one scenario as the night would look, and exit codes.

use std::{error::Error, path::Path};

use serde_json::Value;
use snapbox::{assert_data_eq, str};

use crate::session::{Session, exit_code, text};

type TestResult = Result<(), Box<dyn Error>>;

const STEPS: &str = "  - { weight: 5%, hold: 10m }
  - { weight: 25%, hold: 15m }
  - { weight: 100%, hold: 20m }
";

fn session(more: &str) -> std::io::Result<Session> {
    Session::of_runbook(STEPS, more)
}

fn shipped(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks").join(name).display().to_string()
}

#[test]
fn every_scenario_of_every_shipped_runbook_ends_as_it_should() -> TestResult {
    let session = Session::with(&[])?;
    for name in
        ["api.yaml", "internal-services.yaml", "events-cname.yaml", "orders-with-database.yaml"]
    {
        let output = session.run(&["rehearse", &shipped(name), "--output", "json"])?;
        let rows: Vec<Value> =
            text(&output.stdout).lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        assert_eq!(rows.len(), 19, "{name}");
        for row in &rows {
            assert_eq!(row["as_expected"], true, "{name}: {row}");
        }
        assert_eq!(exit_code(&output), 0, "{name}");
    }
    Ok(())
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() -> TestResult {
    let session = session("")?;
    let rehearse = |seed: &str| {
        let arguments =
            ["rehearse", "api.yaml", "--scenario", "errors", "--output", "json", "--seed", seed];
        session.run(&arguments).map(|output| text(&output.stdout))
    };
    assert_eq!(rehearse("7")?, rehearse("7")?);
    assert_ne!(rehearse("7")?, rehearse("8")?);
    Ok(())
}

#[test]
fn one_scenario_exits_as_the_run_would() -> TestResult {
    let session = session("")?;
    for (scenario, code) in [("calm", 0), ("errors", 4), ("drift", 5)] {
        let output = session.run(&["rehearse", "api.yaml", "--scenario", scenario])?;
        assert_eq!(exit_code(&output), code, "{scenario}");
    }
    Ok(())
}

#[test]
fn a_runbook_that_does_not_protect_its_users_is_told_in_words() -> TestResult {
    let arguments = ["rehearse", "api.yaml", "--scenario", "slow", "--scenario", "calm"];
    let transcript = session("gates: { latency: off }\n")?.transcript(&arguments)?;
    assert_data_eq!(
        transcript,
        str![[r#"
scenario  outcome    highest  detected min  rollback s  failed  verdict
slow      completed     100%             -           -       0  NOT OK
calm      completed     100%             -           -       0  ok
-- stderr
error: 1 of 2 scenarios did not end as they should
cause: `slow`: it completed at 100%, and should roll back; the latency gate is off
hint: look at one with `cutover rehearse RUNBOOK --scenario slow`
-- exit 8

"#]]
    );
    Ok(())
}

#[test]
fn a_scenario_can_be_printed_changed_and_played() -> TestResult {
    let session = session("")?;
    let printed = session.run(&["sim", "--print-scenario", "errors"])?;
    let changed = text(&printed.stdout).replace("outcome: [rolled_back]", "outcome: [stuck]");
    assert_ne!(changed, text(&printed.stdout), "the scenario says how it should end");
    std::fs::write(session.path().join("mine.yaml"), changed)?;
    let played =
        session.run(&["rehearse", "api.yaml", "--scenario", "mine.yaml", "--scenario", "calm"])?;
    assert_eq!(exit_code(&played), 8, "{}", text(&played.stderr));
    Ok(())
}

#[test]
fn a_scenario_that_is_none_is_refused() -> TestResult {
    let session = session("")?;
    std::fs::write(session.path().join("bad.yaml"), "description: x\nfaultz: []\n")?;
    assert_data_eq!(
        session.transcript(&["rehearse", "api.yaml", "--scenario", "bad.yaml"])?,
        str![[r#"
-- stderr
error: scenario `bad.yaml`: the scenario cannot be read: 2:1: unknown field `faultz`, expected one of `description`, `traffic`, `noise`, `legacy`, `new`, `route53`, `series`, `faults`, `expect`; begin with a copy of a built-in one
-- exit 2

"#]]
    );
    assert_data_eq!(
        session.transcript(&["rehearse", "api.yaml", "--scenario", "stormy"])?,
        str![[r#"
-- stderr
error: scenario `stormy` is neither built in nor a file that can be read
cause: No such file or directory (os error 2)
hint: built in are calm, errors, subtle-errors, slow, outage, cold-balancer, nobody-arrives, everybody-arrives, traffic-missing, shared-outage, legacy-sick, already-red, metrics-late, metrics-gone, throttled, drift, crash, sticky-clients, control-plane-down
-- exit 2

"#]]
    );
    Ok(())
}

#[test]
fn a_night_that_should_not_begin_says_why_and_exits_as_the_run_would() -> TestResult {
    assert_data_eq!(
        session("")?.transcript(&["rehearse", "api.yaml", "--scenario", "already-red"])?,
        str![[r#"
-- stderr
rehearsing `already-red`: 20 % of the requests to legacy fail since half an hour before the start
it is refused, as it should be
error: preflight: 1 problem; nothing was changed
cause: the gate `errors` is red before anything has moved: legacy fails 19.9% of 90,599 requests in 5 of the last 5 min, and new has no requests; legacy's own limit is 0.8%, and 3 such min are enough; going back would send everybody there; mend legacy before anything else: it is where a rollback would go; to begin all the same, take the gate out of the runbook
-- exit 7

"#]]
    );
    Ok(())
}
