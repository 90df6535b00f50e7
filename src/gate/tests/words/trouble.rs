//! What is said when a side is worse than it may be.

use super::*;

#[test]
fn breaches_say_what_was_seen_against_what_and_how_sure() {
    let mut minutes = times(&healthy(), 8);
    let bad = timed(row(1_040.0, 50.0, 54_000.0, 54.0), 640.0, 300.0);
    minutes.extend(times(&bad, 3));
    assert_data_eq!(
        said(&all_gates(), minutes),
        str![[r#"
errors OverCritical: new fails 4.8% of 3,120 requests over 3 min, legacy 0.1%; the limit is 0.3% (2x legacy's 0.1% + 0.1%); a side within it would look this bad in fewer than 1 of 12,000 cutovers, and 1 of 100 is enough to act
latency Unproven: new's p99 is 640 ms, legacy's 300 ms; 3 of 11 min (51,120 requests) were slower than 1.5x legacy, more than the 10% that may be; that may still be chance; 2 more in a row would be a breach
share ShareOff: new gets 1.9% of 165,120 requests of both sides over 3 min, where 10% is set; between 4.8% and 15.3% is expected
targets Proven: 4 of 4 targets behind new are healthy (100%), and at least 50% must be

"#]]
    );

    let alone = row(6_000.0, 120.0, 60.0, 0.0);
    assert_data_eq!(
        said(&errors_only(), times(&alone, 3)),
        str![[r#"
errors OverCritical: new fails 2% of 18,000 requests over 3 min, legacy 0%; the limit is 0.3% (2x legacy's 0.1% of the last 24h + 0.1%); a side within it would look this bad in fewer than 1 of 1,300,000 cutovers, and 1 of 100 is enough to act

"#]]
    );

    let dead = row(600.0, 312.0, 54_000.0, 54.0);
    assert_data_eq!(
        said(&errors_only(), times(&dead, 1)),
        str![[r#"
errors Catastrophe: new fails 52% of 600 requests in the one minute of 02:00, legacy 0.1% of 54,000; from 25% on, and 5x legacy, one minute is enough

"#]]
    );
}

#[test]
fn a_limit_that_does_not_come_from_the_past_says_so() {
    let mut gates = errors_only();
    let critical = gates.errors.as_mut().map(|gate| &mut gate.critical).unwrap();
    critical.history = None;
    let alone = row(6_000.0, 300.0, 60.0, 0.0);
    assert_data_eq!(
        said(&gates, times(&alone, 3)),
        str![[r#"
errors OverCritical: new fails 5% of 18,000 requests over 3 min, legacy 0%; the limit is 1%, whatever legacy does; a side within it would look this bad in fewer than 1 of 1,000,000 cutovers, and 1 of 100 is enough to act

"#]]
    );
}

#[test]
fn a_breach_without_legacy_says_so() {
    let alone = Row { legacy: SideRow::default(), ..row(6_000.0, 120.0, 0.0, 0.0) };
    assert_data_eq!(
        said(&errors_only(), times(&alone, 3)),
        str![[r#"
errors OverCritical: new fails 2% of 18,000 requests over 3 min, legacy had none; the limit is 0.3% (2x legacy's 0.1% of the last 24h + 0.1%); a side within it would look this bad in fewer than 1 of 1,300,000 cutovers, and 1 of 100 is enough to act

"#]]
    );
}

#[test]
fn warnings_say_whose_trouble_it_is() {
    let warned = row(6_000.0, 15.0, 54_000.0, 54.0);
    assert_data_eq!(
        said(&errors_only(), times(&warned, 30)),
        str![[r#"
errors OverWarning: new fails 0.25% of 180,000 requests over 30 min, legacy 0.1%; the warning limit is 0.17% (1.5x legacy's 0.1% + 0.02%); a side within it would look this bad in fewer than 1 of 360 cutovers, and 1 of 20 is enough to warn

"#]]
    );

    let shared = row(6_000.0, 1_200.0, 54_000.0, 10_800.0);
    assert_data_eq!(
        said(&errors_only(), times(&shared, 6)),
        str![[r#"
errors SharedCause: both sides fail: new fails 20% of 30,000 requests and legacy fails 20% of 270,000 in 5 of the last 5 min; legacy's own limit is 0.3%, and 3 such min are enough; this is not new's doing, and going back would not help

"#]]
    );

    let legacy = row(6_000.0, 6.0, 54_000.0, 10_800.0);
    assert_data_eq!(
        said(&errors_only(), times(&legacy, 6)),
        str![[r#"
errors LegacySick: legacy fails 20% of 270,000 requests in 5 of the last 5 min, and new fails 0.1% of 30,000; legacy's own limit is 0.3%, and 3 such min are enough; going back would send everybody there

"#]]
    );

    let nobody = Row { new: SideRow::default(), ..row(0.0, 0.0, 6_000.0, 6.0) };
    assert_data_eq!(
        said(&all_gates(), times(&nobody, 10)),
        str![[r#"
errors NoTraffic: no requests of new are on record in the 10 min of this step that are closed
latency NoTraffic: no requests of new are on record in the 10 min of this step that are closed
share NobodyArrives: nobody arrives: new gets none of 12,000 requests of both sides over 2 min, where 10% is set
targets Proven: 4 of 4 targets behind new are healthy (100%), and at least 50% must be

"#]]
    );

    let astray = timed(row(200.0, 0.0, 5_800.0, 6.0), 310.0, 300.0);
    assert_data_eq!(
        said(&all_gates(), times(&astray, 10)),
        str![[r#"
errors Proven: new fails 0% of 2,000 requests over 10 min; the limit is 0.3% (2x legacy's 0.1% of the last 24h + 0.1%); a side at the limit would look this good in fewer than 1 of 57 such steps, and 1 of 20 is enough to pass
latency Proven: new's p90 (too few requests for p99) is 155 ms, legacy's 150 ms; 0 of 10 min (2,000 requests) were slower than 1.5x legacy, and at most 10% may be
share ShareOff: new gets 3.3% of 12,000 requests of both sides over 2 min, where 10% is set; between 4.3% and 16.2% is expected
targets Proven: 4 of 4 targets behind new are healthy (100%), and at least 50% must be

"#]]
    );
}

#[test]
fn slowness_says_whose_it_is() {
    let mut gates = all_gates();
    (gates.errors, gates.share, gates.targets) = (None, None, None);
    let slower = timed(healthy(), 400.0, 300.0);
    assert_data_eq!(
        said(&gates, times(&slower, 6)),
        str![[r#"
latency OverWarning: new's p99 is 400 ms, legacy's 300 ms; 6 of 6 min (36,000 requests) were slower than the warning limit of 1.2x legacy, and at most 20% may be; a side within it would look this bad in fewer than 1 of 1,500 cutovers, and 1 of 20 is enough to warn

"#]]
    );

    if let Some(gate) = &mut gates.latency {
        gate.critical.at_most = Some(SignedDuration::from_millis(800));
    }
    let both = timed(healthy(), 1_310.0, 1_300.0);
    assert_data_eq!(
        said(&gates, times(&both, 6)),
        str![[r#"
latency SharedCause: both sides are slow: slower than 800 ms in 5 of the last 5 min, and 3 are enough; this is not new's doing, and going back would not help

"#]]
    );
    let legacy = timed(healthy(), 310.0, 1_300.0);
    assert_data_eq!(
        said(&gates, times(&legacy, 6)),
        str![[r#"
latency LegacySick: legacy is slow and new is not: slower than 800 ms in 5 of the last 5 min, and 3 are enough; going back would send everybody there

"#]]
    );
}

#[test]
fn slowness_is_told_from_where_it_began_and_not_from_where_its_step_did() {
    let mut gates = all_gates();
    (gates.errors, gates.share, gates.targets) = (None, None, None);
    let slow = timed(healthy(), 640.0, 300.0);
    let mut minutes = times(&healthy(), 28);
    minutes.extend(times(&slow, 5));
    assert_data_eq!(
        said(&gates, minutes),
        str![[r#"
latency OverCritical: new's p99 is 640 ms, legacy's 300 ms; 5 of 5 min (30,000 requests) were slower than the limit of 1.5x legacy, and at most 10% may be; a side within it would look this bad in fewer than 1 of 230 cutovers, and 1 of 100 is enough to act

"#]]
    );
}
