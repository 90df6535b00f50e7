//! Runs that other processes left in their folders.

use std::{error::Error, fs, path::PathBuf};

use cutover::unit::Check;
use serde_json::{Value, json};
use snapbox::{assert_data_eq, str};

use crate::session::Session;

type TestResult = Result<(), Box<dyn Error>>;

pub(crate) const RUN: &str = "api-20261123T021400Z-9f3a";
const OTHER: &str = "api-20261123T022000Z-00aa";

fn session(events: &[Value]) -> Result<Session, Box<dyn Error>> {
    session_of(&plan(), "", events)
}

/// Returns a folder with a run of this plan and this runbook whose journal holds these events.
pub(crate) fn session_of(
    plan: &Value,
    runbook: &str,
    events: &[Value],
) -> Result<Session, Box<dyn Error>> {
    let session = Session::of_runbook("  - { weight: 5%, hold: 10m }\n", "")?;
    let folder = folder(&session);
    fs::create_dir_all(&folder)?;
    let plan = plan.to_string();
    fs::write(folder.join("plan.json"), &plan)?;
    fs::write(folder.join("runbook.yaml"), runbook)?;
    let check = |text: &str| Check::of([text.as_bytes()]).to_string();
    let files = json!({ "plan.json": check(&plan), "runbook.yaml": check(runbook) });
    let (mut lines, mut before) = (String::new(), String::new());
    for (index, event) in events.iter().enumerate() {
        let mut line =
            json!({ "seq": index + 1, "at": format!("2026-11-23T02:14:{index:02}Z"), "run": RUN });
        let fields = event.as_object().into_iter().flatten();
        fields.for_each(|(key, value)| line[key] = value.clone());
        if line["event"] == "run_started" {
            line["files"] = files.clone();
        }
        let line = line.to_string();
        let line = line.strip_suffix('}').ok_or("it is an object")?;
        before = check(&format!("{before}{line}"));
        lines.extend([line, ",\"check\":\"", &before, "\"}\n"]);
    }
    fs::write(journal(&session), lines)?;
    Ok(session)
}

/// Returns the run's folder.
pub(crate) fn folder(session: &Session) -> PathBuf {
    session.path().join(".cutover").join(RUN)
}

/// Returns where the run's journal is.
pub(crate) fn journal(session: &Session) -> PathBuf {
    folder(session).join("journal.jsonl")
}

pub(crate) fn plan() -> Value {
    json!({
        "plan": {
            "runbook": "api", "environment": null, "steps": 1,
            "zones": [ { "id": "Z1", "name": "example.com", "private": false } ],
            "pairs": [], "shifts": [], "feeds": [], "new_balancers": [],
            "gates": {
                "noise": "normal", "metrics": [], "alarms": [], "datadog": [],
                "pass": { "min_minutes": 5, "min_requests": 200, "proof": 0.95 },
            },
            "policy": {
                "breach": "rollback", "warning": "hold", "unknown": "hold", "unproven": "continue",
                "hook_failed": "hold", "hold_limit": "PT2H", "hold_limit_then": "rollback",
                "metric_lag": "PT2M", "settle_slop": "PT30S",
            },
            "history": {}, "goal": "move", "locked": true, "found_locks": {}, "quota": "default",
        },
        "environment": { "dns": {}, "legacy": {}, "new": {} },
    })
}

pub(crate) fn started() -> Value {
    json!({
        "event": "run_started", "runbook": "api", "environment": null, "steps": 1, "records": 1,
        "version": "0.1.0", "owner": "me",
    })
}

fn lock(run: &str) -> Value {
    json!({ "run": run, "epoch": 3, "owner": "me", "until": "2026-11-23T05:00:00Z" })
}

fn fenced() -> [Value; 4] {
    [
        started(),
        json!({ "event": "preflight_passed", "hazards": [] }),
        json!({ "event": "lock_taken", "zone": "Z1", "lock": lock(RUN) }),
        json!({ "event": "fenced", "zone": "Z1", "holder": lock(OTHER), "why": "taken" }),
    ]
}

#[test]
fn a_run_that_died_before_it_had_begun_is_not_resumed() -> TestResult {
    assert_data_eq!(
        session(&[started()])?.transcript(&["resume", RUN])?,
        str![[r#"
-- stderr
error: run api-20261123T021400Z-9f3a died before it had begun; it has changed nothing
hint: `cutover run RUNBOOK` begins a new one
-- exit 7

"#]]
    );
    Ok(())
}

#[test]
fn a_fenced_run_exits_with_5_and_says_who_holds_the_lock_and_how_to_take_it_back() -> TestResult {
    assert_data_eq!(
        session(&fenced())?.transcript(&["status"])?,
        str![[r#"
run api-20261123T021400Z-9f3a: fenced, no process is running it
fenced
               req/min   errors   latency
legacy               -        -         -
new                  -        -         -
data         none yet
way back     whoever has the zone's lock knows what is on new now
lock         zone Z1: another run's, when last looked at: run api-20261123T022000Z-00aa, since 2026-11-23 02:20:00 UTC (write 3 to the zone)
last event: fenced at 2026-11-23T02:14:03Z
-- stderr
this run has lost the zone: `cutover status` in the folder of the run that has it says where that is; take it back with `cutover resume api-20261123T021400Z-9f3a --take-over`
-- exit 5

"#]]
    );
    Ok(())
}

#[test]
fn programs_read_who_holds_the_locks() -> TestResult {
    let output = session(&fenced())?.run(&["status", "--output", "json"])?;
    let status: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(
        (&status["phase"], &status["locks"]),
        (&json!("fenced"), &json!({ "Z1": lock(OTHER) }))
    );
    Ok(())
}

#[test]
fn a_run_from_an_older_version_says_how_to_go_back_all_the_same() -> TestResult {
    let mut old = started();
    old.as_object_mut().ok_or("an object")?.remove("owner");
    assert_data_eq!(
        session(&[old])?.transcript(&["resume", RUN])?,
        str![[r#"
-- stderr
error: line 1 of the journal of run api-20261123T021400Z-9f3a cannot be understood by cutover 0.1.0
cause: missing field `owner`
hint: the line is as it was written, so another version wrote it: go on with the run with that one
hint: `cutover rollback RUNBOOK` goes back without the journal; `cutover rollback api-20261123T021400Z-9f3a` does so with the runbook in the run's folder
-- exit 2

"#]]
    );
    Ok(())
}

#[test]
fn runs_are_listed_newest_first_and_a_damaged_one_as_such() -> TestResult {
    let session = session(&fenced())?;
    let damaged = session.path().join(".cutover").join(OTHER);
    fs::create_dir(&damaged)?;
    fs::write(damaged.join("journal.jsonl"), "{}\n")?;
    assert_data_eq!(
        session.transcript(&["runs"])?,
        str![[r#"
run                        environment  state    highest  began                 lasted
api-20261123T022000Z-00aa  -            damaged  -        2026-11-23 02:20 UTC  -
api-20261123T021400Z-9f3a  -            fenced   -        2026-11-23 02:14 UTC  3s
-- stderr
note: line 1 of the journal of run api-20261123T022000Z-00aa has no `check`: it was edited, or an old version wrote it
-- exit 0

"#]]
    );
    let output = session.run(&["runs", "--output", "json"])?;
    let lines = crate::session::text(&output.stdout);
    let runs: Vec<Value> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    assert_eq!((&runs[0]["run"], &runs[0]["phase"]), (&json!(OTHER), &Value::Null));
    assert_eq!((&runs[1]["run"], &runs[1]["outcome"]), (&json!(RUN), &json!("fenced")));
    Ok(())
}

#[test]
fn where_there_are_no_runs_a_list_says_so_and_a_folder_that_was_mistyped_is_an_error() -> TestResult
{
    let session = Session::with(&[])?;
    assert_data_eq!(
        session.transcript(&["runs"])?,
        str![[r#"
-- stderr
there are no runs here: folder `.cutover` does not exist
-- exit 0

"#]]
    );
    fs::create_dir(session.path().join("kept"))?;
    assert_data_eq!(
        session.transcript(&["runs", "--state", "kept"])?,
        str![[r#"
-- stderr
folder `kept` holds no runs
-- exit 0

"#]]
    );
    assert_data_eq!(
        session.transcript(&["runs", "--state", "kpet"])?,
        str![[r#"
-- stderr
error: there are no runs here: folder `kpet` does not exist
hint: runs are kept where `cutover run` was started; `--state DIR` names another place
-- exit 2

"#]]
    );
    Ok(())
}

#[test]
fn where_several_runs_are_not_over_their_states_are_shown() -> TestResult {
    let session = session(&fenced())?;
    let from = folder(&session);
    let other = session.path().join(".cutover").join(OTHER);
    fs::create_dir(&other)?;
    for file in ["plan.json", "runbook.yaml"] {
        fs::copy(from.join(file), other.join(file))?;
    }
    fs::write(other.join("journal.jsonl"), "")?;
    assert_data_eq!(
        session.transcript(&["status"])?,
        str![[r#"
run                        environment  state                 highest  began                 lasted
api-20261123T022000Z-00aa  -            starting, no process  -        2026-11-23 02:20 UTC  -
api-20261123T021400Z-9f3a  -            fenced                -        2026-11-23 02:14 UTC  3s
-- stderr
error: 2 runs in `.cutover` can be meant
hint: name one of api-20261123T022000Z-00aa, api-20261123T021400Z-9f3a
-- exit 2

"#]]
    );
    Ok(())
}

#[test]
fn a_run_that_does_not_go_on_is_not_watched() -> TestResult {
    let session = session(&fenced())?;
    assert_eq!(session.transcript(&["status", "--watch"])?, session.transcript(&["status"])?);
    Ok(())
}
