//! Runs whose files are not as they were left: nothing goes by them, and what is said names the file, the line and the ways
//! that are left.

use std::{error::Error, fs};

use serde_json::json;
use snapbox::{assert_data_eq, str};

use crate::{
    runs::{RUN, folder, journal, plan, session_of, started},
    session::{Session, exit_code, text},
};

type TestResult = Result<(), Box<dyn Error>>;

/// Returns a folder with a run that was stopped after it had begun.
fn stopped() -> Result<Session, Box<dyn Error>> {
    let passed = json!({ "event": "preflight_passed", "hazards": [] });
    let stopped = json!({ "event": "stopped", "reason": "asked for with Ctrl-C" });
    session_of(&plan(), "name: api\n", &[started(), passed, stopped])
}

/// Edits one of the run's files.
fn edit(session: &Session, file: &str, from: &str, to: &str) -> TestResult {
    let path = folder(session).join(file);
    let text = fs::read_to_string(&path)?;
    assert!(text.contains(from), "{text}");
    Ok(fs::write(path, text.replace(from, to))?)
}

#[test]
fn an_edited_journal_is_refused_and_told_with_its_line_and_the_ways_that_are_left() -> TestResult {
    let session = stopped()?;
    edit(&session, "journal.jsonl", "Ctrl-C", "Ctrl-D")?;
    assert_data_eq!(
        session.transcript(&["resume", RUN])?,
        str![[r#"
-- stderr
error: line 3 of the journal of run api-20261123T021400Z-9f3a does not fit its `check`: it was edited, or a line before it was removed, added or moved
hint: put `.cutover/api-20261123T021400Z-9f3a/journal.jsonl` back as it was, where there is a copy
hint: `cutover rollback RUNBOOK` goes back without the journal; `cutover rollback api-20261123T021400Z-9f3a` does so with the runbook in the run's folder
-- exit 2

"#]]
    );
    Ok(())
}

#[test]
fn a_damaged_run_that_is_the_only_one_need_not_be_named_to_be_told_of() -> TestResult {
    let session = stopped()?;
    edit(&session, "journal.jsonl", "Ctrl-C", "Ctrl-D")?;
    for command in [&["resume"][..], &["status"], &["tune", "noise=low", "--why", "x"]] {
        let said = text(&session.run(command)?.stderr);
        assert!(said.contains("line 3 of the journal"), "{command:?}: {said}");
    }
    let said = text(&session.run(&["rollback", "--yes"])?.stderr);
    assert!(said.contains("can be meant"), "nobody goes back from a run that may be over: {said}");
    Ok(())
}

#[test]
fn nothing_goes_by_an_edited_journal_or_an_edited_plan() -> TestResult {
    for (file, from, to) in [
        ("journal.jsonl", "Ctrl-C", "Ctrl-D"),
        ("journal.jsonl", r#""hazards""#, r#""hazard""#),
        ("plan.json", r#""steps":1"#, r#""steps":2"#),
        ("plan.json", r#""steps":1"#, r#""steps": 1"#),
    ] {
        let session = stopped()?;
        edit(&session, file, from, to)?;
        let before = fs::read(journal(&session))?;
        for command in [
            &["status", RUN][..],
            &["resume", RUN],
            &["tune", RUN, "noise=low", "--why", "x"],
            &["finish", RUN, "--yes"],
        ] {
            let output = session.run(command)?;
            let said = text(&output.stderr);
            assert_eq!(exit_code(&output), 2, "{command:?}: {said}");
            assert!(
                said.contains(file) && said.contains("`cutover rollback "),
                "{command:?}: {said}"
            );
        }
        assert_eq!(fs::read(journal(&session))?, before, "nothing was recorded");
    }
    Ok(())
}

#[test]
fn an_edited_plan_is_told_with_what_it_was() -> TestResult {
    let session = stopped()?;
    edit(&session, "plan.json", r#""steps":1"#, r#""steps":2"#)?;
    assert_data_eq!(
        session.transcript(&["status", RUN])?,
        str![[r#"
-- stderr
error: plan `.cutover/api-20261123T021400Z-9f3a/plan.json` of the run cannot be used
cause: it was changed after the run began, put it back as it was (its SHA-256 begins with [..], that in line 1 of the journal with [..])
hint: `cutover rollback .cutover/api-20261123T021400Z-9f3a/runbook.yaml --env ENVIRONMENT` goes back without it
-- exit 2

"#]]
    );
    Ok(())
}

#[test]
fn the_printed_way_back_by_a_plan_that_nothing_vouches_for_says_so() -> TestResult {
    let session = stopped()?;
    edit(&session, "journal.jsonl", "Ctrl-C", "Ctrl-D")?;
    let output = session.run(&["rollback", RUN, "--print"])?;
    assert_eq!(exit_code(&output), 0);
    let said = text(&output.stderr);
    assert!(said.contains("line 3 of the journal") && said.contains("read this"), "{said}");
    assert!(text(&output.stdout).starts_with("#!"), "{}", text(&output.stdout));
    Ok(())
}

#[test]
fn a_journal_of_a_newer_version_names_both_versions_and_is_left_alone() -> TestResult {
    let passed = json!({ "event": "preflight_passed", "hazards": [] });
    let resumed =
        json!({ "event": "resumed", "version": "99.1.0", "owner": "me", "take_over": false });
    let session = session_of(&plan(), "", &[started(), passed, resumed])?;
    // A crash has left the beginning of a line.
    let torn = fs::read_to_string(journal(&session))? + "{\"seq\":4,";
    fs::write(journal(&session), &torn)?;
    assert_data_eq!(
        session.transcript(&["resume", RUN])?,
        str![[r#"
-- stderr
error: line 3 of the journal of run api-20261123T021400Z-9f3a was written by cutover 99.1.0, and this is 0.1.0
hint: go on with the run with cutover 99.1.0, or a newer one
hint: `cutover rollback RUNBOOK` goes back without the journal; `cutover rollback api-20261123T021400Z-9f3a` does so with the runbook in the run's folder
-- exit 2

"#]]
    );
    assert_eq!(fs::read_to_string(journal(&session))?, torn);
    Ok(())
}

#[test]
fn a_line_that_only_a_newer_version_can_have_written_is_told() -> TestResult {
    let danced = json!({ "event": "danced", "with": "me" });
    assert_data_eq!(
        session_of(&plan(), "", &[started(), danced])?.transcript(&["status", RUN])?,
        str![[r#"
-- stderr
error: line 2 of the journal of run api-20261123T021400Z-9f3a cannot be understood by cutover 0.1.0
...
hint: the line is as it was written, so another version wrote it: go on with the run with that one
hint: `cutover rollback RUNBOOK` goes back without the journal; `cutover rollback api-20261123T021400Z-9f3a` does so with the runbook in the run's folder
-- exit 2

"#]]
    );
    Ok(())
}

#[test]
fn nobody_is_sent_to_legacy_by_going_back_from_a_finish_that_left_no_readable_journal() -> TestResult
{
    let mut finish = plan();
    finish["plan"]["goal"] = json!("simple");
    let passed = json!({ "event": "preflight_passed", "hazards": [] });
    let session = session_of(&finish, "name: api\n", &[started(), passed])?;
    edit(&session, "journal.jsonl", "hazards", "hazard")?;
    assert_data_eq!(
        session.transcript(&["rollback", RUN, "--yes"])?,
        str![[r#"
-- stderr
line 2 of the journal of run api-20261123T021400Z-9f3a does not fit its `check`: it was edited, or a line before it was removed, added or moved
error: run api-20261123T021400Z-9f3a finished a migration, and going back from its runbook would give all traffic to legacy; nothing was changed
hint: if that is what you want, `cutover rollback RUNBOOK` does it
-- exit 7

"#]]
    );
    fs::write(journal(&session), "")?;
    assert_data_eq!(
        session.transcript(&["rollback", RUN, "--yes"])?,
        str![[r#"
-- stderr
run api-20261123T021400Z-9f3a has changed nothing; there is nothing to go back from
-- exit 0

"#]]
    );
    Ok(())
}

#[test]
fn a_rollback_that_cannot_go_by_its_folder_says_what_can_and_not_that_it_goes_back() -> TestResult {
    let session = stopped()?;
    fs::remove_file(folder(&session).join("plan.json"))?;
    let output = session.run(&["rollback", RUN, "--yes"])?;
    let said = text(&output.stderr);
    assert_eq!(exit_code(&output), 2, "{said}");
    assert!(!said.contains("going back"), "{said}");
    let by_hand = format!("`cutover rollback .cutover/{RUN}/runbook.yaml --env ENVIRONMENT`");
    assert!(said.contains(&by_hand), "{said}");
    Ok(())
}

#[test]
fn an_emptied_journal_is_not_told_as_a_run_that_changed_nothing() -> TestResult {
    let session = stopped()?;
    fs::write(folder(&session).join("journal.jsonl"), "")?;
    for command in ["status", "resume"] {
        let said = text(&session.run(&[command, RUN])?.stderr);
        assert!(said.contains("journal was emptied"), "{command}: {said}");
        let way = format!("`cutover rollback {RUN}` looks at the live records");
        assert!(said.contains(&way), "{command}: {said}");
    }
    Ok(())
}
