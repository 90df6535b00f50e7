//! The sentences, to be read aloud once: by somebody who has never heard of an e-value, at night.

use std::fmt::Write as _;

use snapbox::{assert_data_eq, str};

use super::*;
use crate::gate::DataFaultKind;
use crate::unit::Account;

/// Returns the sentences of all gates after these minutes.
fn said(gates: &Gates, minutes: impl IntoIterator<Item = Row>) -> String {
    let mut run = Run::new(gates, &PAST, &[(30, "10%"), (60, "25%")]);
    run.targets = Some(TargetCount { healthy: 4, registered: 4, of: None });
    let mut found = Vec::new();
    for (minute, row) in (0..).zip(minutes) {
        found = run.minute(minute, row);
    }
    text(&found)
}

fn text(found: &[Finding]) -> String {
    found.iter().fold(String::new(), |mut text, found| {
        let _ = writeln!(text, "{} {:?}: {}", found.gate, found.cause, found.why);
        text
    })
}

fn timed(mut row: Row, new_ms: f64, legacy_ms: f64) -> Row {
    for (side, ms) in [(&mut row.new, new_ms), (&mut row.legacy, legacy_ms)] {
        side.latency = Some(ms / 1e3);
        side.latency_p90 = Some(ms / 2e3);
    }
    row
}

fn healthy() -> Row {
    timed(row(6_000.0, 6.0, 54_000.0, 54.0), 310.0, 300.0)
}

fn times(row: &Row, minutes: usize) -> Vec<Row> {
    vec![row.clone(); minutes]
}

#[test]
fn a_healthy_step_says_what_is_proven() {
    assert_data_eq!(
        said(&all_gates(), times(&healthy(), 15)),
        str![[r#"
errors Proven: new fails 0.1% of 90,000 requests over 15 min; the limit is 0.3% (2x legacy's 0.1% of the last 24h + 0.1%); a side at the limit would look this good in fewer than 1 of 180,000,000 such steps, and 1 of 20 is enough to pass
latency Proven: new's p99 is 310 ms, legacy's 300 ms; 0 of 15 min (90,000 requests) were slower than 1.5x legacy, and at most 10% may be
share Proven: new gets 10% of 420,000 requests of both sides over 7 min, where 10% is set; between 4.9% and 15.2% is expected
targets Proven: 4 of 4 targets behind new are healthy (100%), and at least 50% must be

"#]]
    );
}

#[test]
fn a_young_step_says_what_it_waits_for() {
    assert_data_eq!(
        said(&all_gates(), times(&healthy(), 2)),
        str![[r#"
errors TooFewRequests: too little to judge by: new has had 12,000 requests over 2 min in this step; 5 min are needed
latency TooFewRequests: too little to judge by: 2 of the 5 min needed could be measured
share TooFewRequests: not judged before the minute of 02:08 UTC is closed
targets Proven: 4 of 4 targets behind new are healthy (100%), and at least 50% must be

"#]]
    );
}

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
fn too_little_to_prove_says_what_would_have_been_seen() {
    let few = timed(row(30.0, 0.0, 570.0, 1.0), 310.0, 300.0);
    assert_data_eq!(
        said(&all_gates(), times(&few, 12)),
        str![[r#"
errors Unproven: new fails 0% of 360 requests over 12 min; nothing speaks against it, but that is too little to prove that the limit of 0.3% (2x legacy's 0.1% of the last 24h + 0.1%) is kept; the smallest fault that would have been seen is 3.6%; about 36 more min like these would prove it
latency TooFewRequests: too little to judge by: 0 of the 5 min needed could be measured; p99 takes 1,000, p90 takes 100 requests a minute at one load balancer of each side, and the last minute left out had 30 on new and 570 on legacy
share Proven: new gets 5% of 2,400 requests of both sides over 4 min, where 10% is set; between 3.4% and 17.8% is expected; it is off by more than chance: some resolvers stand for many clients, or keep old answers
targets Proven: 4 of 4 targets behind new are healthy (100%), and at least 50% must be

"#]]
    );
}

#[test]
fn what_is_unproven_says_what_more_minutes_would_show() {
    let fewer = row(20.0, 0.0, 380.0, 1.0);
    assert_data_eq!(
        said(&errors_only(), times(&fewer, 10)),
        str![[r#"
errors Unproven: new fails 0% of 200 requests over 10 min; nothing speaks against it, but that is too little to prove that the limit of 0.3% (2x legacy's 0.1% of the last 24h + 0.1%) is kept; the smallest fault that would have been seen is 5.2%; at this traffic a 5% fault would be seen after about 1 more min; about 61 more min like these would prove it

"#]]
    );
    let mut minutes = times(&row(300.0, 0.0, 5_700.0, 6.0), 11);
    minutes.push(row(300.0, 9.0, 5_700.0, 6.0));
    assert_data_eq!(
        said(&errors_only(), minutes),
        str![[r#"
errors Unproven: new fails 0.25% of 3,600 requests over 12 min; nothing speaks against it, but that is too little to prove that the limit of 0.3% (2x legacy's 0.1% of the last 24h + 0.1%) is kept; the smallest fault that would have been seen is 1%; about 10 more hours like these would prove it

"#]]
    );
}

#[test]
fn too_few_requests_say_when_there_will_be_enough() {
    let few = row(5.0, 0.0, 600.0, 1.0);
    assert_data_eq!(
        said(&errors_only(), times(&few, 20)),
        str![[r#"
errors TooFewRequests: too little to judge by: new has had 100 requests over 20 min in this step; 200 requests are needed, at this traffic in about 20 more min

"#]]
    );
    assert_data_eq!(
        said(&errors_only(), times(&few, 3)),
        str![[r#"
errors TooFewRequests: too little to judge by: new has had 15 requests over 3 min in this step; 5 min and 200 requests are needed, at this traffic in about 37 more min

"#]]
    );
}

#[test]
fn minutes_in_which_both_sides_failed_are_not_told_of_new() {
    let mut minutes = times(&healthy(), 6);
    minutes.extend(times(&row(6_000.0, 1_200.0, 54_000.0, 10_800.0), 6));
    minutes.extend(times(&healthy(), 6));
    assert_data_eq!(
        said(&errors_only(), minutes),
        str![[r#"
errors Proven: new fails 0.1% of 72,000 requests over 12 min, without 6 in which both sides failed; the limit is 0.3% (2x legacy's 0.1% of the last 24h + 0.1%); a side at the limit would look this good in fewer than 1 of 6,900,000 such steps, and 1 of 20 is enough to pass

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

#[test]
fn ignorance_says_why() {
    let mut minutes = times(&healthy(), 8);
    minutes.extend(times(&Row::default(), 4));
    assert_data_eq!(
        said(&errors_only(), minutes),
        str![[r#"
errors Stale: no requests of new are on record for the last 4 min, though it had some until 02:07

"#]]
    );

    let mut run = Run::new(&all_gates(), &PAST, &[(30, "10%")]);
    run.faults = vec![DataFault {
        account: Account::New,
        kind: DataFaultKind::Forbidden,
        message: "not authorized to perform cloudwatch:GetMetricData".to_owned(),
    }];
    assert_data_eq!(
        text(&run.minute(0, healthy())),
        str![[r#"
errors Forbidden: the new account's CloudWatch may not be read: not authorized to perform cloudwatch:GetMetricData
latency Forbidden: the new account's CloudWatch may not be read: not authorized to perform cloudwatch:GetMetricData
share Forbidden: the new account's CloudWatch may not be read: not authorized to perform cloudwatch:GetMetricData
targets Forbidden: the new account's CloudWatch may not be read: not authorized to perform cloudwatch:GetMetricData

"#]]
    );

    let kinds = [DataFaultKind::Forbidden, DataFaultKind::Partial, DataFaultKind::ProviderError];
    let each = kinds.map(|kind| {
        let mut run = Run::new(&errors_only(), &PAST, &[(30, "10%")]);
        let message = "what it said".to_owned();
        run.faults = vec![DataFault { account: Account::Legacy, kind, message }];
        text(&run.minute(0, healthy()))
    });
    assert_data_eq!(
        each.concat(),
        str![[r#"
errors Forbidden: the legacy account's CloudWatch may not be read: what it said
errors Partial: the legacy account's CloudWatch answered only in part: what it said
errors ProviderError: the legacy account's CloudWatch could not be read: what it said

"#]]
    );
}

/// Returns what the share gate says of a step at this share after ten such minutes of a run that had 6,000 requests a
/// minute until then, a week ago as well.
fn share_says(share: &str, minute: &Row, healthy: u32) -> String {
    let steady = |from: i64, until: i64| {
        (from..until).map(|minute| (START.offset(minute), 6_000.0)).collect::<BTreeMap<_, _>>()
    };
    let past = History { usual: steady(-60, 120), before: steady(-60, 0), ..PAST };
    let gates = Gates { share: all_gates().share, ..no_gates() };
    let mut run = Run::new(&gates, &past, &[(60, share)]);
    run.targets = Some(TargetCount { healthy, registered: 4, of: None });
    run.minutes(0..9, minute);
    text(&run.minute(9, minute.clone()))
}

#[test]
fn the_share_says_which_of_its_ways_to_be_wrong_it_is() {
    let says = [
        share_says("5%", &row(306.0, 0.0, 5_694.0, 0.0), 4),
        share_says("5%", &row(240.0, 0.0, 5_760.0, 0.0), 4),
        share_says("5%", &row(30.0, 0.0, 5_970.0, 0.0), 4),
        share_says("5%", &row(90.0, 0.0, 5_910.0, 0.0), 4),
        share_says("5%", &row(0.0, 0.0, 5_980.0, 0.0), 0),
        share_says("50%", &row(0.0, 0.0, 2_980.0, 0.0), 4),
        share_says("5%", &row(5_990.0, 0.0, 10.0, 0.0), 4),
        share_says("100%", &row(5_900.0, 0.0, 100.0, 0.0), 4),
        share_says("0%", &row(10.0, 0.0, 5_900.0, 0.0), 4),
        share_says("25%", &row(400.0, 0.0, 1_200.0, 0.0), 4),
    ];
    assert_data_eq!(
        says.concat(),
        str![[r#"
share Proven: new gets 5.1% of 12,000 requests of both sides over 2 min, where 5% is set; between 2% and 8.4% is expected
share Proven: new gets 4% of 12,000 requests of both sides over 2 min, where 5% is set; between 2% and 8.4% is expected; it is off by more than chance: some resolvers stand for many clients, or keep old answers
share NobodyArrives: hardly anybody arrives: new gets 0.5% of 12,000 requests of both sides over 2 min, where 5% is set; both sides together got 12,000 in 2 min; it was 12,000 in the same minutes a week ago, and it would be 12,000 at the pace of the hour before
share ShareOff: new gets 1.5% of 12,000 requests of both sides over 2 min, where 5% is set; between 2% and 8.4% is expected; both sides together got 12,000 in 2 min; it was 12,000 in the same minutes a week ago, and it would be 12,000 at the pace of the hour before
share NobodyArrives: nobody arrives: new gets none of 11,960 requests of both sides over 2 min, where 5% is set; none of the 4 targets behind new is healthy; both sides together got 11,960 in 2 min; it was 12,000 in the same minutes a week ago, and it would be 12,000 at the pace of the hour before
share NobodyArrives: nobody arrives: new gets none of 5,960 requests of both sides over 2 min, where 50% is set; both sides together got 5,960 in 2 min; it was 12,000 in the same minutes a week ago, and it would be 12,000 at the pace of the hour before; as if those who are led to new reached nothing
share EverybodyArrives: nearly everybody arrives: new gets 99.8% of 12,000 requests of both sides over 2 min, where 5% is set; legacy seems to be left out of the answers
share Proven: new gets 98.3% of 12,000 requests of both sides over 2 min, where 100% is set; at least 48.3% is expected; the others keep old answers or connections
share Proven: new gets 0.17% of 11,820 requests of both sides over 2 min, where 0% is set; at most 51.7% is expected; the others keep old answers or connections
share TrafficMissing: requests are missing: both sides together got 3,200 in 2 min; it was 12,000 in the same minutes a week ago, and it would be 12,000 at the pace of the hour before; of what comes new gets 25%, where 25% is set

"#]]
    );
}
