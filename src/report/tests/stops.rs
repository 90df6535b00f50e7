//! What ends a process before its run is over.

use snapbox::{assert_data_eq, str};

use super::*;
use crate::engine::Difference;

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
          2 record pairs; cutover 0.1.0
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
          2 record pairs; cutover 0.1.0
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
          2 record pairs; cutover 0.1.0
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
