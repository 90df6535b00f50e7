//! Reports as a user gets them: where they are written, for whom, and what is said of it.

use std::{error::Error, fs, os::unix::fs::PermissionsExt as _, path::Path};

use serde_json::{Value, json};
use snapbox::{IntoData as _, assert_data_eq, str};

use crate::{
    runs::{RUN, folder, journal, plan, session_of},
    session::{Session, exit_code, text},
};

type TestResult = Result<(), Box<dyn Error>>;

fn stopped() -> Result<Session, Box<dyn Error>> {
    let started = json!({
        "event": "run_started", "runbook": "api", "environment": null, "steps": 1, "records": 0,
        "version": "0.1.0", "owner": "me",
    });
    let events = [
        started,
        json!({ "event": "preflight_passed", "hazards": [] }),
        json!({ "event": "stopped", "reason": "asked for with Ctrl-C" }),
    ];
    session_of(&plan(), "name: api # <b>\n", &events)
}

fn mode(path: &Path) -> std::io::Result<u32> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o777)
}

#[test]
fn without_options_the_report_goes_into_the_run_s_folder() -> TestResult {
    let session = stopped()?;
    assert_data_eq!(
        session.transcript(&["report"])?,
        str![[r#"
.cutover/api-20261123T021400Z-9f3a/report.html
-- stderr
-- exit 0

"#]]
    );
    let path = folder(&session).join("report.html");
    assert_eq!(mode(&path)?, 0o600, "nobody else may read it");
    let page = fs::read_to_string(&path)?;
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"), "it is whole");
    assert!(page.contains("name: api # &lt;b&gt;"), "the runbook is in it, as text");
    // Written a second time it replaces the first, and leaves nothing beside it.
    let files = fs::read_dir(folder(&session))?.count();
    session.run(&["report", RUN])?;
    assert_eq!(fs::read_dir(folder(&session))?.count(), files);
    Ok(())
}

#[test]
fn a_report_goes_where_it_is_wanted_in_the_form_that_is_wanted() -> TestResult {
    let session = stopped()?;
    let wanted = ["report", RUN, "--html", "a.html", "--markdown=b.md", "--output", "json"];
    assert_data_eq!(
        session.transcript(&wanted)?,
        str![[r#"
{"run":"api-20261123T021400Z-9f3a","reports":["a.html","b.md"]}
-- stderr
-- exit 0

"#]]
    );
    assert!(session.path().join("a.html").exists() && session.path().join("b.md").exists());
    assert!(!folder(&session).join("report.html").exists(), "only what was named is written");
    let page = session.run(&["report", "--html", "-"])?;
    assert_eq!(text(&page.stdout).trim_end(), fs::read_to_string(session.path().join("a.html"))?);
    Ok(())
}

#[test]
fn the_short_form_is_printed_to_be_pasted() -> TestResult {
    let printed = stopped()?.transcript(&["report", "--markdown"])?;
    assert_data_eq!(
        printed,
        str![[r#"
## Stopped: api

Before the first step: asked for with Ctrl-C.

In the zone: the records as they were before the run.

- to go on: `cutover resume api-20261123T021400Z-9f3a`
- to go back: `cutover rollback api-20261123T021400Z-9f3a`

|  |  |
|---|---|
| began, UTC | 2026-11-23 02:14 (to 02:14:02 UTC) |
| took | 2s (3 records) |
| highest share on new | 0% (0 of 0 steps begun) |
| moved in lockstep | 0 record pairs |
| breaches | 0 (0 warnings) |
| run | api-20261123T021400Z-9f3a |
| runbook | api |
| environment | none named |
| first record | 2026-11-23 02:14:00 UTC |
| last record | 2026-11-23 02:14:02 UTC |
| cutover | 0.1.0 |
| zones | example.com (Z1) |
| lock | every write is fenced by the zone's lock |
| journal | 3 records |
| runbook's SHA-256 | a7a72016b544cec8db733e33e232bdaeaa9dedb8c674a1b510d72bc96ef2b7bb |

### Steps

No step was begun.

### What people did

- 02:14:02 stopped the run
  - asked for with Ctrl-C

### Never exercised

- The rollback: nothing went back in this run.
- A breach: no gate was beyond its critical limit.
- Going on with another process: the run was never resumed.
-- stderr
-- exit 0

"#]]
        .raw()
    );
    Ok(())
}

#[test]
fn what_cannot_be_reported_says_why_and_writes_nothing() -> TestResult {
    let session = stopped()?;
    assert_data_eq!(
        session.transcript(&["report", "--html", "-", "--markdown"])?,
        str![[r#"
-- stderr
error: only one report fits on stdout
hint: name a file for the other one
-- exit 2

"#]]
    );
    assert_data_eq!(
        session.transcript(&["report", "--html", "no/such/a.html"])?,
        str![[r#"
-- stderr
error: report `no/such/a.html` cannot be written
cause: No such file or directory (os error 2)
-- exit 7

"#]]
    );
    let damaged = fs::read_to_string(journal(&session))?.replace("Ctrl-C", "Ctrl-D");
    fs::write(journal(&session), damaged)?;
    assert_data_eq!(
        session.transcript(&["report", RUN])?,
        str![[r#"
-- stderr
error: line 3 of the journal of run api-20261123T021400Z-9f3a does not fit its `check`: it was edited, or a line before it was removed, added or moved
hint: put `.cutover/api-20261123T021400Z-9f3a/journal.jsonl` back as it was, where there is a copy
hint: `cutover rollback RUNBOOK` goes back without the journal; `cutover rollback api-20261123T021400Z-9f3a` does so with the runbook in the run's folder
-- exit 2

"#]]
    );
    assert!(!folder(&session).join("report.html").exists());
    Ok(())
}

#[test]
fn a_rehearsal_is_one_page_for_all_scenarios() -> TestResult {
    let session = Session::of_runbook(
        "  - { weight: 5%, hold: 10m }\n  - { weight: 100%, hold: 10m }\n",
        "",
    )?;
    let output = session.run(&["rehearse", "api.yaml", "--html", "r.html", "--output", "json"])?;
    assert!(text(&output.stderr).contains("report: r.html"), "{}", text(&output.stderr));
    let rows: Vec<Value> =
        text(&output.stdout).lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let page = fs::read_to_string(session.path().join("r.html"))?;
    for row in &rows {
        let name = row["scenario"].as_str().ok_or("a row has a scenario")?;
        assert!(page.contains(&format!("<b>{name}</b>")), "{name}");
    }
    assert!(page.len() < 2_500_000, "{} bytes for {} scenarios", page.len(), rows.len());
    assert_eq!(mode(&session.path().join("r.html"))?, 0o600);

    let arguments = ["rehearse", "api.yaml", "--scenario", "errors", "--html", "one.html"];
    let output = session.run(&arguments)?;
    assert_eq!(exit_code(&output), 4, "it exits as the run would");
    let page = fs::read_to_string(session.path().join("one.html"))?;
    for said in ["breach of errors", "Error rate", "What was written", "Never exercised"] {
        assert!(page.contains(said), "{said}");
    }
    Ok(())
}
