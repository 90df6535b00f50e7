//! What is said of every event.

use snapbox::{assert_data_eq, str};

use super::*;
use crate::{
    engine::{Difference, Tuning},
    plan::{Gates, Hook},
};

fn told(events: Vec<Event>) -> String {
    let lines = messages(events).into_iter().map(|message| {
        let Message { event, rank, tone, state, .. } = &message;
        format!("{event} ({rank:?}, {tone:?}; {state})\n{}\n", message.text())
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn no_gates() -> Gates {
    serde_json::from_value(serde_json::json!({
        "noise": "normal",
        "errors": null,
        "latency": null,
        "share": null,
        "targets": null,
        "metrics": [],
        "alarms": [],
        "datadog": [],
        "pass": { "min_minutes": 5, "min_requests": 200, "proof": 0.95 },
    }))
    .unwrap()
}

fn text(text: &str) -> String {
    text.to_owned()
}

#[test]
fn a_night_that_breaches_reads_well() {
    let next = text("the next step, 50%, begins");
    let settled = Event::Settled { hold_until: at("02:30:00") };
    let why = text("error rate 0.02% on 12,000 requests, under the limit of 0.1%");
    let passed =
        Event::StepPassed { shift: 0, step: 1, share: share("25%"), proven: true, why, next };
    let reason = text("errors: 3.1% of 840 requests failed on new, 0.2% on legacy");
    let events = vec![
        started(Mode::Usual),
        Event::Prepared { changed: 1 },
        step(),
        written(),
        settled,
        passed,
        Event::Warned { finding: finding("error rate 0.4%"), next: String::new() },
        breached("3.1% of 840 requests failed on new, 0.2% on legacy"),
        Event::RollbackStarted { reason, breached_at: Some(at("02:14:07")), asked: None },
        back(),
    ];
    assert_data_eq!(
        told(events),
        str![[r#"
run_started (Usual, Calm; beginning)
api (production): the run begins: 2 record pairs in 5 steps
cutover 0.1.0, run api-20261123T021400Z-9f3a

prepared (Low, Calm; beginning)
api (production): prepared: 1 record pair had to be changed

step_started (Usual, Calm; moving to the next step)
api (production): step 2 of 5 begins: 25% to new, watched for 10m

weights_written (Low, Calm; settling, 25% on new)
api (production): the weights are written: 25% on new

settled (Low, Calm; watched, 25% on new)
api (production): the step has settled; it is watched until 2026-11-23 02:30 UTC

step_passed (Usual, Good; watched, 25% on new)
api (production): step 1 of 5 passed, 25% on new
error rate 0.02% on 12,000 requests, under the limit of 0.1%
next: the next step, 50%, begins

warned (Usual, Warning; watched, 25% on new)
api (production): the errors gate warns
error rate 0.4%

breached (High, Bad; breached, 25% on new)
api (production): the errors gate is BREACHED
3.1% of 840 requests failed on new, 0.2% on legacy
next: everybody goes back to legacy

rollback_started (High, Bad; going back, 25% on new)
api (production): going back to where everybody was before
errors: 3.1% of 840 requests failed on new, 0.2% on legacy

rolled_back (High, Good; rolled back, 25% on new)
api (production): ROLLED BACK, 41 s after the breach
clients that honour the TTL are back by 2026-11-23 02:33 UTC

"#]]
    );
}

#[test]
fn what_people_do_and_are_asked_says_who_why_and_how_to_answer() {
    let next = text("the run goes back to legacy");
    let ask = text("No new tickets at support?");
    let events = vec![
        started(Mode::Usual),
        Event::ApprovalAsked { step: 3, ask, until: at("02:44:00"), next },
        Event::Approved { step: 3, word: word() },
        Event::Paused(word()),
        Event::Unpaused(Word { why: None, ..word() }),
        Event::Skipped { what: text("the rest of the hold"), word: word() },
        Event::WindowClosed { opens: at("09:00:00"), why: text("allowed: Mon-Thu 09:00-16:00") },
        Event::Aborted(word()),
    ];
    assert_data_eq!(
        told(events),
        str![[r#"
run_started (Usual, Calm; beginning)
api (production): the run begins: 2 record pairs in 5 steps
cutover 0.1.0, run api-20261123T021400Z-9f3a

approval_asked (High, Warning; waiting for an approval)
api (production): approval of step 3 is asked until 2026-11-23 02:44 UTC
No new tickets at support?
to say yes: cutover approve api-20261123T021400Z-9f3a
next: the run goes back to legacy

approved (Usual, Good; watched)
api (production): step 3 was approved by alice@laptop
support is asking

paused (Usual, Warning; paused)
api (production): paused by alice@laptop
support is asking
no further step is begun; gates go on being judged

unpaused (Usual, Calm; watched)
api (production): unpaused by alice@laptop

skipped (Usual, Warning; watched)
api (production): the rest of the hold was skipped by alice@laptop
support is asking

window_closed (Usual, Warning; waiting for a window)
api (production): the next step waits for a window, until 2026-11-23 09:00 UTC
allowed: Mon-Thu 09:00-16:00

aborted (High, Bad; going back)
api (production): ABORTED by alice@laptop
support is asking

"#]]
    );
}

#[test]
fn commands_and_limits_say_what_and_how() {
    let next = text("the run goes back to legacy");
    let failure = Some(text("./warm.sh failed with exit status 3"));
    let output = Some(text("outputs/step-2.log"));
    let (hook, seconds, step) = (Hook::BeforeStep, 2.6, Some(2));
    let tuning = Tuning {
        limit: text("errors.warning.times_legacy"),
        from: Some(text("1.5")),
        to: text("1.8"),
    };
    let events = vec![
        started(Mode::Usual),
        Event::CommandStarted { hook, step, command: vec![text("./warm.sh"), text("--all")] },
        Event::CommandEnded { hook, step, failure, seconds, output, next },
        Event::CommandEnded {
            hook,
            step,
            failure: None,
            seconds,
            output: None,
            next: String::new(),
        },
        Event::Tuned {
            changes: vec![tuning],
            loosens: true,
            why: text("a known bot"),
            by: text("alice@laptop"),
            request: None,
            gates: Box::new(no_gates()),
        },
    ];
    assert_data_eq!(
        told(events),
        str![[r#"
run_started (Usual, Calm; beginning)
api (production): the run begins: 2 record pairs in 5 steps
cutover 0.1.0, run api-20261123T021400Z-9f3a

command_started (Low, Calm; beginning)
api (production): before_step of step 2 begins: ./warm.sh --all

command_ended (Usual, Warning; beginning)
api (production): before_step of step 2 failed: ./warm.sh failed with exit status 3
output: outputs/step-2.log
next: the run goes back to legacy

command_ended (Low, Calm; beginning)
api (production): before_step of step 2 is done, in 3 s

tuned (Usual, Warning; beginning)
api (production): limits were changed, so that new may be worse, by alice@laptop
a known bot
errors.warning.times_legacy: 1.5 -> 1.8

"#]]
    );
}

#[test]
fn ends_say_what_was_left_and_what_can_be_done() {
    let difference = Difference {
        name: "api.example.com".parse().unwrap(),
        kind: "A".into(),
        expected: text("weight 64"),
        live: text("weight 0"),
        wanted: text("weight 64"),
        is_baseline: false,
    };
    let events = vec![
        started(Mode::Usual),
        written(),
        Event::Held { why: text("unknown: no data"), until: at("04:14:00"), next: text("stop") },
        Event::Drifted { differences: vec![difference] },
        Event::Stopped { reason: text("somebody else changed a record") },
        Event::Resumed { version: text("0.1.0"), owner: text("me"), take_over: false },
        Event::Stuck { why: text("the zone is gone; ask who removed it") },
        Event::RunCompleted { share: share("100%") },
        Event::PreflightFailed { problems: vec![text("api: no healthy targets")] },
    ];
    assert_data_eq!(
        told(events),
        str![[r#"
run_started (Usual, Calm; beginning)
api (production): the run begins: 2 record pairs in 5 steps
cutover 0.1.0, run api-20261123T021400Z-9f3a

weights_written (Low, Calm; settling, 25% on new)
api (production): the weights are written: 25% on new

held (Usual, Warning; held, 25% on new)
api (production): held until 2026-11-23 04:14 UTC
unknown: no data
next: stop

drifted (High, Bad; stopped by somebody else's change, 25% on new)
api (production): somebody else changed 1 record
api.example.com A: expected weight 64; found weight 0

stopped (High, Warning; stopped, 25% on new)
api (production): STOPPED, with 25% on new
somebody else changed a record
go on: cutover resume api-20261123T021400Z-9f3a
roll back: cutover rollback api-20261123T021400Z-9f3a

resumed (Usual, Calm; resumed, 25% on new)
api (production): another process goes on with the run
cutover 0.1.0, run api-20261123T021400Z-9f3a

stuck (High, Bad; stuck, 25% on new)
api (production): STUCK, a person is needed, with 25% on new
the zone is gone; ask who removed it
go on: cutover resume api-20261123T021400Z-9f3a
roll back: cutover rollback api-20261123T021400Z-9f3a

run_completed (High, Good; complete, 25% on new)
api (production): COMPLETE: 100% on new

preflight_failed (High, Warning; complete, 25% on new)
api (production): the preflight has failed; nothing was changed
api: no healthy targets

"#]]
    );
}

#[test]
fn a_run_that_moves_nobody_says_so_before_anything_else() {
    let [message] = &messages([started(Mode::DryRun)])[..] else { panic!() };
    assert!(message.title().starts_with("[dry run] api (production): the run begins"));
    let [message] = &messages([started(Mode::ExerciseRollback)])[..] else { panic!() };
    assert!(message.title().starts_with("[exercise] api (production)"));
}

#[test]
fn what_only_the_journal_needs_is_told_to_nobody() {
    let changes = vec![];
    let rows = Event::MetricsRead {
        rows: vec![],
        targets: None,
        alarms: BTreeMap::new(),
        services: BTreeMap::new(),
        datadog: BTreeMap::new(),
        faults: vec![],
    };
    assert_eq!(
        messages([rows, Event::ChangeLost { change: crate::plan::ChangeId("C".into()) }]),
        changes
    );
}

#[test]
fn text_that_drives_terminals_or_hides_is_written_out() {
    let message = last(breached("a\u{1b}[2J\u{202e}b\nc"));
    assert_eq!(message.details[0], r"a\u{1b}[2J\u{202e}b\nc");
}
