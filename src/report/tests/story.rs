//! A run that goes on.

use snapbox::{IntoData as _, assert_data_eq, str};

use super::*;
use crate::unit::Minute;

#[test]
fn a_run_that_goes_well_reads_as_a_story() {
    let story = [
        started(),
        record(
            "02:14:02",
            Event::PreflightPassed { hazards: vec!["the first step is above 5%".to_owned()] },
        ),
        write_started("02:14:03", Position::Prepared),
        record("02:14:03", Event::WriteAccepted { write: 1, change: ChangeId("C1".to_owned()) }),
        weights_written("02:14:04", Position::Prepared),
        record("02:14:04", Event::Prepared { changed: 2 }),
        step_started("02:14:07"),
        weights_written("02:14:08", Position::Shift(1)),
        record("02:14:40", Event::InSync { changes: vec![ChangeId("C2".to_owned())] }),
        record("02:17:07", Event::Settled { hold_until: at("02:27:07") }),
        record(
            "02:27:07",
            Event::StepPassed {
                shift: 1,
                step: 2,
                share: share("5%"),
                proven: true,
                why: "3 of 6,450 requests failed, the limit of 0.2% is kept".to_owned(),
                next: "step 3 is next: 25% to new".to_owned(),
            },
        ),
        record("03:50:00", Event::RunCompleted { share: share("100%") }),
    ];
    assert_data_eq!(
        told(&story),
        str![[r#"
2026-11-23, times are UTC
02:14:00  run api-20261123T021400Z-9f3a started: api in production, 7 steps
          2 record pairs; cutover 0.1.0
02:14:02  preflight passed: nothing speaks against beginning
          note: the first step is above 5%
02:14:04  prepared: 2 record pairs became weighted and answer as before
02:14:07  step 2 of 7: 5% to new (weights 95/5), then watched for 10m
02:14:08  written and read back: api.example.com A 95/5, events.example.com A 95/5, www.example.com A 95/5, and 2 more
02:14:40  in sync: all of Route 53's servers have it
02:17:07  settled: watched until 02:27:07
02:27:07  step 2 passed at 5%: 3 of 6,450 requests failed, the limit of 0.2% is kept
          next: step 3 is next: 25% to new
03:50:00  completed: 100% of the traffic is on new
"#]]
    );
}

#[test]
fn a_failed_write_says_what_is_known_and_what_comes_next() {
    let story = [
        started(),
        step_started("02:24:00"),
        write_started("02:24:01", Position::Shift(1)),
        write_failed("02:24:02", WriteFailure::Later),
        write_failed("02:24:03", WriteFailure::Refused),
        write_failed("02:24:04", WriteFailure::Denied),
        write_failed("02:24:05", WriteFailure::Unclear),
        record("02:24:06", Event::ChangeLost { change: ChangeId("C3".to_owned()) }),
    ];
    assert_data_eq!(
        told(&story),
        str![[r#"
2026-11-23, times are UTC
02:14:00  run api-20261123T021400Z-9f3a started: api in production, 7 steps
          2 record pairs; cutover 0.1.0
02:24:00  step 2 of 7: 5% to new (weights 95/5), then watched for 10m
02:24:02  Route 53 did not take the write of step 2 yet, nothing was changed; again at 02:24:12
          Throttling: Rate exceeded
02:24:03  Route 53 refused the write of step 2, nothing was changed; the zone is read at 02:24:12
          Throttling: Rate exceeded
02:24:04  the write of step 2 was denied, nothing was changed; again at 02:24:12, in case it is mended
          Throttling: Rate exceeded
02:24:05  nobody knows whether the write of step 2 was done; the zone is read at 02:24:12
          Throttling: Rate exceeded
02:24:06  Route 53 lost change C3; the zone is read to see what it did
"#]]
    );
}

#[test]
fn a_hold_says_what_it_waits_for_and_until_when() {
    let why = "both sides fail alike: a shared cause is not new's fault".to_owned();
    let story = [
        started(),
        record(
            "23:27:07",
            Event::Held {
                why,
                until: "2026-11-24T01:27:07Z".parse().unwrap(),
                next: "it goes on by itself when this has passed".to_owned(),
            },
        ),
        record(
            "23:40:07",
            Event::StepPassed {
                shift: 1,
                step: 2,
                share: share("5%"),
                proven: false,
                why: "nothing against it; a fault of 2% would have been seen".to_owned(),
                next: "step 3 is next: 25% to new".to_owned(),
            },
        ),
        Record {
            at: "2026-11-24T00:00:01Z".parse().unwrap(),
            ..record(
                "00:00:00",
                Event::Resumed {
                    version: "0.1.0".to_owned(),
                    owner: "me".to_owned(),
                    take_over: false,
                },
            )
        },
    ];
    assert_data_eq!(
        told(&story),
        str![[r#"
2026-11-23, times are UTC
02:14:00  run api-20261123T021400Z-9f3a started: api in production, 7 steps
          2 record pairs; cutover 0.1.0
23:27:07  holding until 2026-11-24 01:27:07 at the latest: both sides fail alike: a shared cause is not new's fault
          next: it goes on by itself when this has passed
23:40:07  step 2 passed at 5%, unproven: nothing against it
          a fault of 2% would have been seen
          next: step 3 is next: 25% to new
2026-11-24, times are UTC
00:00:01  resumed by cutover 0.1.0
          the records as they were before the run
"#]]
    );
}

#[test]
fn minutes_are_told_only_when_asked_for() {
    let minute = Minute::containing(at("02:16:00"));
    let findings = vec![
        finding("errors", Cause::Proven, "fine"),
        finding("latency", Cause::TooFewRequests, "too early"),
    ];
    let judged = record("02:18:01", Event::MinuteJudged { minute, findings });
    let read = record(
        "02:18:00",
        Event::MetricsRead {
            rows: Vec::new(),
            targets: None,
            alarms: BTreeMap::new(),
            services: BTreeMap::new(),
            datadog: BTreeMap::new(),
            faults: Vec::new(),
        },
    );
    assert_eq!(told(&[read.clone(), judged.clone()]), "");
    assert_data_eq!(
        told_at(Rank::Verbose, &[read, judged]),
        str![[r#"
2026-11-23, times are UTC
02:18:01  minute 02:16: errors pass, latency unknown
"#]]
    );
}

#[test]
fn hostile_text_cannot_reach_the_terminal() {
    let evil = "\u{1b}[2J\r\n02:00:00  completed";
    let told = told(&[
        record("02:14:00", Event::Stuck { why: evil.to_owned() }),
        record("02:14:00", Event::PreflightFailed { problems: vec![evil.to_owned()] }),
    ]);
    assert_data_eq!(
        told,
        str![[r#"
2026-11-23, times are UTC
02:14:00  STUCK, a person is needed: \u{1b}[2J\r\n02:00:00  completed
          live:      the records as they were before the run
          go on:     cutover resume api-20261123T021400Z-9f3a --state '/var/my runs'
02:14:00  preflight failed: nothing was changed
          - \u{1b}[2J\r\n02:00:00  completed
"#]]
        .raw()
    );
}

#[test]
fn a_finished_migration_says_what_is_left_at_its_names() {
    let finished = |new: Option<u8>| Event::WeightsWritten {
        position: Position::Finished,
        share: share("100%"),
        records: vec![pair("api.example.com", None, new)],
    };
    let story = [record("09:00:00", finished(None)), record("09:00:01", finished(Some(100)))];
    assert_data_eq!(
        told(&story),
        str![[r#"
2026-11-23, times are UTC
09:00:00  written and read back: 1 name with a simple record of new's
09:00:01  written and read back: 1 name with new's weighted member alone
"#]]
    );
}

fn held(time: &str, why: &str) -> Record {
    let next = "it goes on by itself when this has passed".to_owned();
    record(time, Event::Held { why: why.to_owned(), until: at("04:27:07"), next })
}

fn going_back(time: &str, reason: &str) -> Record {
    let reason = reason.to_owned();
    record(time, Event::RollbackStarted { reason, breached_at: None, asked: None })
}

fn breached(time: &str) -> Record {
    let why = "new fails 5% of 1,000 requests over 3 min; the limit is 0.3%";
    let finding = finding("errors", Cause::OverCritical, why);
    let next = "everybody is sent back to legacy now".to_owned();
    record(time, Event::Breached { finding, next })
}

#[test]
fn a_rollback_refers_to_what_was_just_said() {
    let story = [
        breached("02:20:00"),
        going_back(
            "02:20:00",
            "errors: new fails 5% of 1,000 requests over 3 min; the limit is 0.3%",
        ),
        held("02:27:07", "errors: it had some until 02:07; nobody knows"),
        going_back("04:27:07", "held for 2h: errors: it had some until 02:07; nobody knows"),
        going_back("04:28:00", "latency: new is slow; the limit is 1.5x legacy"),
    ];
    assert_data_eq!(
        told(&story),
        str![[r#"
2026-11-23, times are UTC
02:20:00  BREACH: errors: new fails 5% of 1,000 requests over 3 min
          the limit is 0.3%
          next: everybody is sent back to legacy now
02:20:00  rolling back to the baseline: the errors gate was breached at 02:20:00
02:27:07  holding until 04:27:07 at the latest: errors: it had some until 02:07
          nobody knows
          next: it goes on by itself when this has passed
04:27:07  rolling back to the baseline: held for 2h, for the reason told at 02:27:07
04:28:00  rolling back to the baseline: latency: new is slow
          the limit is 1.5x legacy
"#]]
    );
}

#[test]
fn what_nobody_was_told_is_said_in_full() {
    let reason = "held for 2h: errors: it had some until 02:07; nobody knows";
    let story = [
        held("02:27:07", "errors: it had some until 02:07; nobody knows"),
        going_back("04:27:07", reason),
    ];
    assert_data_eq!(
        told_at(Rank::Essential, &story),
        str![[r#"
2026-11-23, times are UTC
04:27:07  rolling back to the baseline: held for 2h: errors: it had some until 02:07
          nobody knows
"#]]
    );
}
