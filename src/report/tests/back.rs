//! The way back, as a person reads it.

use snapbox::{assert_data_eq, str};

use super::*;
use crate::engine::Asked;

#[test]
fn a_breach_and_its_rollback_say_why_how_fast_and_when_clients_are_back() {
    let why = "41 of 645 requests on new failed, 6.4%, where at most 1% may";
    let story = [
        started(),
        step_started("02:14:07"),
        record(
            "02:19:00",
            Event::Warned {
                finding: finding("errors", Cause::OverWarning, why),
                next: String::new(),
            },
        ),
        record(
            "02:20:00",
            Event::Breached {
                finding: finding("errors", Cause::OverCritical, why),
                next: "everybody is sent back to legacy now".to_owned(),
            },
        ),
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
          2 record pairs; cutover 0.1.0
02:14:07  step 2 of 7: 5% to new (weights 95/5), then watched for 10m
02:19:00  warning: errors: 41 of 645 requests on new failed, 6.4%, where at most 1% may
02:20:00  BREACH: errors: 41 of 645 requests on new failed, 6.4%, where at most 1% may
          next: everybody is sent back to legacy now
02:20:00  rolling back to the baseline: the errors gate breached
02:20:04  rolled back: everybody was sent back 4.2 s after the breach; the baseline is in the zone and read back
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
02:20:04  rolled back: everybody was sent back 4.0 s after it began; the baseline is in the zone and read back
          clients that honour the TTL are back on legacy by 02:21:34
"#]]
    );
}

/// A rollback of a thousand records, in two batches to safety and one to the letter.
fn of_many() -> Vec<Record> {
    let mut started = started();
    if let Event::RunStarted { records, .. } = &mut started.event {
        *records = 1000;
    }
    let asked = Asked { owner: "me".to_owned(), to_simple: true, deadline: Some(at("02:30:00")) };
    let reason = "asked for with `cutover rollback`".to_owned();
    let begun = Event::RollbackStarted { reason, breached_at: None, asked: Some(asked) };
    let safe = Event::WeightsWritten {
        position: Position::Safe,
        share: Share::ZERO,
        records: vec![pair("api.example.com", Some(95), None)],
    };
    let [first, second] = [
        write_of("02:20:01", 4, Position::Safe, 0..600),
        write_of("02:20:05", 5, Position::Safe, 600..1000),
    ];
    let third = write_of("02:20:20", 6, Position::Baseline, 0..600);
    [
        vec![started, record("02:20:00", begun)],
        first.to_vec(),
        second.to_vec(),
        vec![record("02:20:06", safe)],
        third.to_vec(),
    ]
    .concat()
}

#[test]
fn a_rollback_of_many_records_says_how_many_are_back_and_when_everybody_is() {
    assert_data_eq!(
        told_at(Rank::Progress, &of_many()),
        str![[r#"
2026-11-23, times are UTC
02:14:00  run api-20261123T021400Z-9f3a started: api in production, 7 steps
          1000 record pairs; cutover 0.1.0
02:20:00  rolling back to the baseline: asked for with `cutover rollback`
          names that had a simple record before the run get it back
          it is tried until 02:30:00 and no longer
02:20:01  600 of 1000 records back
02:20:05  1000 of 1000 records back
02:20:06  everybody is sent back on legacy; restoring the exact baseline
02:20:20  600 of 1000 records at the baseline
"#]]
    );
}

#[test]
fn where_a_display_shows_how_many_are_back_no_lines_do() {
    assert!(!told(&of_many()).contains("600 of 1000"));
    let mut teller = Teller::new(&[]);
    let shown: Vec<_> = of_many()
        .iter()
        .map(|record| {
            teller.replay(record);
            teller.headway()
        })
        .collect();
    assert_eq!(shown[3].as_deref(), Some("600 of 1000 records back"));
    assert_eq!(shown[1], None);
}

#[test]
fn a_rollback_of_one_batch_counts_nothing() {
    let story =
        [vec![started()], write_of("02:20:01", 4, Position::Baseline, 0..2).to_vec()].concat();
    assert!(!told_at(Rank::Progress, &story).contains("of 2 records"));
}

#[test]
fn protections_and_overwriting_are_told() {
    let protected = |failure: Option<&str>| Event::ProtectionsRemoved {
        zone: zone(),
        records: vec![("api.example.com".parse().unwrap(), RecordType::A)],
        failure: failure.map(str::to_owned),
    };
    let overwriting = Event::WriteStarted {
        write: 9,
        to: Position::Baseline,
        zone: zone(),
        pairs: vec![0],
        lock: LockChange::Untouched,
        overwrite: true,
    };
    let story = [
        record("02:20:00", protected(None)),
        record("02:20:01", protected(Some("AccessDenied: the role may not"))),
        record("02:20:02", overwriting),
    ];
    assert_data_eq!(
        told(&story),
        str![[r#"
2026-11-23, times are UTC
02:20:00  protection removed in zone Z1, to go back: api.example.com A
02:20:01  protected in zone Z1, so that they do not go back: api.example.com A
          the protection cannot be removed: AccessDenied: the role may not
02:20:02  overwriting 1 record, because comparing was refused again and again
"#]]
    );
}
