//! Every event as a person reads it at night.

use std::{cell::RefCell, collections::BTreeMap, io, rc::Rc};

use snapbox::{IntoData, assert_data_eq, str};

use super::{Format, Rank, Reporter, Settings, Teller};
use crate::{
    engine::{Difference, Event, LockChange, PairWeights, Position, WriteFailure},
    gate::{Cause, Finding},
    journal::Record,
    plan::{ChangeId, ZoneId},
    unit::{Minute, RecordType, Share, SignedDuration, Timestamp, Weight, Weights},
};

fn at(time: &str) -> Timestamp {
    format!("2026-11-23T{time}Z").parse().unwrap()
}

fn share(text: &str) -> Share {
    text.parse().unwrap()
}

fn record(time: &str, event: Event) -> Record {
    Record { seq: 1, at: at(time), run: "api-20261123T021400Z-9f3a".parse().unwrap(), event }
}

fn finding(gate: &str, cause: Cause, why: &str) -> Finding {
    let (gate, why) = (gate.to_owned(), why.to_owned());
    Finding { gate, cause, why, evidence: None, numbers: BTreeMap::new() }
}

fn started() -> Record {
    let (runbook, environment) = ("api".to_owned(), Some("production".to_owned()));
    let version = "0.1.0".to_owned();
    record(
        "02:14:00",
        Event::RunStarted {
            runbook,
            environment,
            steps: 7,
            records: 2,
            version,
            owner: "me".to_owned(),
        },
    )
}

fn step_started(time: &str) -> Record {
    let weights = Weights::nearest(share("5%"));
    let hold = SignedDuration::from_mins(10);
    record(time, Event::StepStarted { shift: 1, step: 2, share: share("5%"), weights, hold })
}

fn pair(name: &str, legacy: Option<u8>, new: Option<u8>) -> PairWeights {
    let (legacy, new) = (legacy.map(Weight), new.map(Weight));
    PairWeights { name: name.parse().unwrap(), kind: RecordType::A, legacy, new }
}

fn weights_written(time: &str, position: Position) -> Record {
    let records = ["api", "events", "www", "m", "img"]
        .map(|n| pair(&format!("{n}.example.com"), Some(95), Some(5)));
    record(time, Event::WeightsWritten { position, share: share("5%"), records: records.to_vec() })
}

fn write_started(time: &str, to: Position) -> Record {
    record(
        time,
        Event::WriteStarted {
            write: 3,
            to,
            zone: ZoneId("Z1".to_owned()),
            pairs: vec![0],
            lock: LockChange::Untouched,
            overwrite: false,
        },
    )
}

fn write_failed(time: &str, failure: WriteFailure) -> Record {
    let message = "Throttling: Rate exceeded".to_owned();
    record(
        time,
        Event::WriteFailed {
            write: 3,
            failure,
            message,
            problems: Vec::new(),
            retry_at: at("02:24:12"),
        },
    )
}

fn stopped(time: &str) -> Record {
    record(time, Event::Stopped { reason: "Ctrl-C".to_owned() })
}

fn told_at(least: Rank, records: &[Record]) -> String {
    let mut teller = Teller::new(&["--state".to_owned(), "/var/my runs".to_owned()]);
    let lines = records.iter().filter_map(|record| teller.tell(record, least));
    lines.map(|line| line.to_string()).collect::<Vec<_>>().join("\n")
}

fn told(records: &[Record]) -> String {
    told_at(Rank::Normal, records)
}

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
            },
        ),
        record("03:50:00", Event::RunCompleted { share: share("100%") }),
    ];
    assert_data_eq!(
        told(&story),
        str![[r#"
2026-11-23, times are UTC
02:14:00  run api-20261123T021400Z-9f3a started: api in production, 7 steps
          in lockstep: 2 record pairs; cutover 0.1.0
02:14:02  preflight passed: nothing speaks against beginning
          note: the first step is above 5%
02:14:04  prepared: 2 record pairs became weighted and answer as before
02:14:07  step 2 of 7: 5% to new (weights 95/5), then watched for 10m
02:14:08  written and read back: api.example.com A 95/5, events.example.com A 95/5, www.example.com A 95/5, and 2 more
02:14:40  in sync: all of Route 53's servers have it
02:17:07  settled: watched until 02:27:07
02:27:07  step 2 passed at 5%: 3 of 6,450 requests failed, the limit of 0.2% is kept
03:50:00  completed: 100% of the traffic is on new
"#]]
    );
}

#[test]
fn a_breach_and_its_rollback_say_why_how_fast_and_when_clients_are_back() {
    let why = "41 of 645 requests on new failed, 6.4%, where at most 1% may";
    let story = [
        started(),
        step_started("02:14:07"),
        record("02:19:00", Event::Warned(finding("errors", Cause::OverWarning, why))),
        record("02:20:00", Event::Breached(finding("errors", Cause::OverCritical, why))),
        record(
            "02:20:00",
            Event::RollbackStarted {
                reason: "the errors gate breached".to_owned(),
                breached_at: Some(at("02:20:00")),
                asked: None,
            },
        ),
        weights_written("02:20:04", Position::Baseline),
        record(
            "02:20:04",
            Event::RolledBack { seconds_from_breach: 4.218, clients_back_by: at("02:21:34") },
        ),
    ];
    assert_data_eq!(
        told(&story),
        str![[r#"
2026-11-23, times are UTC
02:14:00  run api-20261123T021400Z-9f3a started: api in production, 7 steps
          in lockstep: 2 record pairs; cutover 0.1.0
02:14:07  step 2 of 7: 5% to new (weights 95/5), then watched for 10m
02:19:00  warning: errors: 41 of 645 requests on new failed, 6.4%, where at most 1% may
02:20:00  BREACH: errors: 41 of 645 requests on new failed, 6.4%, where at most 1% may
02:20:00  rolling back to the baseline: the errors gate breached
02:20:04  rolled back: the baseline is in the zone and read back, 4.2 s after the breach
          clients that honour the TTL are back where they were before the run, 5% of them on new, by 02:21:34
"#]]
    );
}

#[test]
fn a_rollback_by_request_counts_from_the_request() {
    let story = [
        record(
            "02:20:00",
            Event::RollbackStarted {
                reason: "asked for with Ctrl-C".to_owned(),
                breached_at: None,
                asked: None,
            },
        ),
        record(
            "02:20:04",
            Event::RolledBack { seconds_from_breach: 3.96, clients_back_by: at("02:21:34") },
        ),
    ];
    assert_data_eq!(
        told(&story),
        str![[r#"
2026-11-23, times are UTC
02:20:00  rolling back to the baseline: asked for with Ctrl-C
02:20:04  rolled back: the baseline is in the zone and read back, 4.0 s after the request
          clients that honour the TTL are back on legacy by 02:21:34
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
          in lockstep: 2 record pairs; cutover 0.1.0
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
        record("23:27:07", Event::Held { why, until: "2026-11-24T01:27:07Z".parse().unwrap() }),
        record(
            "23:40:07",
            Event::StepPassed {
                shift: 1,
                step: 2,
                share: share("5%"),
                proven: false,
                why: "nothing against it; a fault of 2% would have been seen".to_owned(),
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
          in lockstep: 2 record pairs; cutover 0.1.0
23:27:07  holding until 2026-11-24 01:27:07 at the latest: both sides fail alike: a shared cause is not new's fault
23:40:07  step 2 passed at 5%, unproven: nothing against it; a fault of 2% would have been seen
2026-11-24, times are UTC
00:00:01  resumed by cutover 0.1.0
          the records as they were before the run
"#]]
    );
}

#[test]
fn drift_shows_each_record_in_three_views() {
    let difference = |name: &str, live: &str, is_baseline| Difference {
        name: name.parse().unwrap(),
        kind: RecordType::A,
        expected: "95/5".to_owned(),
        live: live.to_owned(),
        wanted: "75/25".to_owned(),
        is_baseline,
    };
    let differences = vec![
        difference("api.example.com", "100/0", true),
        difference("events.example.com", "absent", false),
    ];
    let story = [
        weights_written("02:14:00", Position::Shift(1)),
        record("02:14:07", Event::Drifted { differences }),
        stopped("02:14:07"),
    ];
    assert_data_eq!(
        told(&story),
        str![[r#"
2026-11-23, times are UTC
02:14:00  written and read back: api.example.com A 95/5, events.example.com A 95/5, www.example.com A 95/5, and 2 more
02:14:07  stopped by drift: somebody else changed 2 records of this run
          api.example.com A
            left by the run: 95/5
            live:            100/0 (the baseline, as a tool with an old state leaves it)
            wanted:          75/25
          events.example.com A
            left by the run: 95/5
            live:            absent
            wanted:          75/25
          left:      5% on new (api.example.com A 95/5, events.example.com A 95/5, www.example.com A 95/5, and 2 more); somebody else has changed it since
          go on:     cutover resume api-20261123T021400Z-9f3a --state '/var/my runs'
          roll back: cutover rollback api-20261123T021400Z-9f3a --state '/var/my runs'
02:14:07  stopped: Ctrl-C
          left:      5% on new (api.example.com A 95/5, events.example.com A 95/5, www.example.com A 95/5, and 2 more); somebody else has changed it since
          go on:     cutover resume api-20261123T021400Z-9f3a --state '/var/my runs'
          roll back: cutover rollback api-20261123T021400Z-9f3a --state '/var/my runs'
"#]]
    );
}

#[test]
fn a_stop_says_what_is_live_and_how_to_go_on_or_back() {
    let story = [
        started(),
        step_started("02:14:07"),
        write_started("02:14:07", Position::Shift(1)),
        weights_written("02:14:08", Position::Shift(1)),
        stopped("02:15:00"),
    ];
    assert_data_eq!(
        told(&story),
        str![[r#"
2026-11-23, times are UTC
02:14:00  run api-20261123T021400Z-9f3a started: api in production, 7 steps
          in lockstep: 2 record pairs; cutover 0.1.0
02:14:07  step 2 of 7: 5% to new (weights 95/5), then watched for 10m
02:14:08  written and read back: api.example.com A 95/5, events.example.com A 95/5, www.example.com A 95/5, and 2 more
02:15:00  stopped: Ctrl-C
          live:      5% on new (api.example.com A 95/5, events.example.com A 95/5, www.example.com A 95/5, and 2 more)
          go on:     cutover resume api-20261123T021400Z-9f3a --state '/var/my runs'
          roll back: cutover rollback api-20261123T021400Z-9f3a --state '/var/my runs'
"#]]
    );
}

#[test]
fn a_stop_before_any_write_has_nothing_to_roll_back() {
    let problems = vec!["api.example.com A does not exist in zone Z1".to_owned()];
    let story =
        [started(), record("02:14:02", Event::PreflightFailed { problems }), stopped("02:14:03")];
    assert_data_eq!(
        told(&story),
        str![[r#"
2026-11-23, times are UTC
02:14:00  run api-20261123T021400Z-9f3a started: api in production, 7 steps
          in lockstep: 2 record pairs; cutover 0.1.0
02:14:02  preflight failed: nothing was changed
          - api.example.com A does not exist in zone Z1
02:14:03  stopped: Ctrl-C
          live:      the records as they were before the run
          go on:     cutover resume api-20261123T021400Z-9f3a --state '/var/my runs'
"#]]
    );
}

#[test]
fn a_stop_in_the_middle_of_a_write_says_that_it_may_be_live() {
    let unclear = [
        started(),
        step_started("02:14:07"),
        write_started("02:14:07", Position::Shift(1)),
        write_failed("02:14:17", WriteFailure::Unclear),
        record("02:14:17", Event::Stuck { why: "the zone cannot be read".to_owned() }),
    ];
    assert_data_eq!(
        told(&unclear),
        str![[r#"
2026-11-23, times are UTC
02:14:00  run api-20261123T021400Z-9f3a started: api in production, 7 steps
          in lockstep: 2 record pairs; cutover 0.1.0
02:14:07  step 2 of 7: 5% to new (weights 95/5), then watched for 10m
02:14:17  nobody knows whether the write of step 2 was done; the zone is read at 02:24:12
          Throttling: Rate exceeded
02:14:17  STUCK, a person is needed: the zone cannot be read
          live:      the records as they were before the run; the write of step 2 was not read back and may be there too
          go on:     cutover resume api-20261123T021400Z-9f3a --state '/var/my runs'
          roll back: cutover rollback api-20261123T021400Z-9f3a --state '/var/my runs'
"#]]
    );

    let mut refused = unclear.to_vec();
    refused[3] = write_failed("02:14:17", WriteFailure::Refused);
    assert!(told(&refused).contains("live:      the records as they were before the run\n"));
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
        Event::MetricsRead { rows: Vec::new(), targets: None, faults: Vec::new() },
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

/// A stdout that a test can read, or that breaks.
#[derive(Clone, Default)]
struct Out {
    text: Rc<RefCell<Vec<u8>>>,
    broken: bool,
}

impl io::Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.broken {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.text.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn reported(change: impl FnOnce(&mut Settings)) -> String {
    let mut settings = Settings {
        format: Format::Text,
        quiet: false,
        verbose: false,
        colour: false,
        terminal: false,
        options: Vec::new(),
    };
    change(&mut settings);
    let out = Out::default();
    let mut reporter = Reporter::new(settings, Box::new(out.clone()));
    reporter.replay(&started());
    for record in [step_started("02:14:07"), stopped("02:15:00")] {
        reporter.record(&record);
    }
    reporter.finish();
    let text = out.text.borrow().clone();
    String::from_utf8(text).unwrap()
}

#[test]
fn a_replayed_record_is_not_printed_but_remembered() {
    let text = reported(|_| {});
    assert!(!text.contains("started"), "{text}");
    assert!(text.contains("step 2 of 7"), "{text}");
}

#[test]
fn quiet_keeps_what_somebody_may_have_to_act_on() {
    let text = reported(|settings| settings.quiet = true);
    assert!(text.contains("stopped") && !text.contains("step 2"), "{text}");
}

#[test]
fn json_is_one_object_a_line_whatever_else_was_asked_for() {
    let text = reported(|settings| {
        settings.format = Format::Json;
        settings.quiet = true;
        settings.terminal = true;
    });
    let events: Vec<Record> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events, [step_started("02:14:07"), stopped("02:15:00")]);
}

#[test]
fn a_reader_that_goes_away_does_not_end_the_run() {
    let settings = Settings {
        format: Format::Json,
        quiet: false,
        verbose: false,
        colour: false,
        terminal: false,
        options: Vec::new(),
    };
    let out = Out { broken: true, ..Out::default() };
    let mut reporter = Reporter::new(settings, Box::new(out));
    reporter.record(&started());
    reporter.record(&stopped("02:15:00"));
    assert!(reporter.out_is_gone());
}
