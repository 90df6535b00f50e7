//! The sentences, to be read aloud once: by somebody who has never heard of an e-value, at night.

mod doubt;
mod share;
mod trouble;

use std::fmt::Write as _;

use snapbox::{assert_data_eq, str};

use super::*;

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
