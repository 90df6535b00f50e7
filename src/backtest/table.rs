//! A backtest as a person reads it: what each number means stands beside it.

use super::{
    answer::Backtest,
    deal::{UNEVEN_ERRORS, UNEVEN_LATENCY, Weather},
    rows::{Detection, FalseAlarms},
    sight::Sight,
};
use crate::unit::{SignedDuration, words};

/// Steps in one table of faults; of more, there are several tables.
const STEPS_ABREAST: usize = 9;

/// Returns the backtest as lines of at most a hundred columns.
pub fn table(backtest: &Backtest) -> Vec<String> {
    let mut lines = heading(backtest);
    lines.extend(alarms(&backtest.false_alarms));
    lines.extend(faults(&backtest.detections));
    lines.extend(sights(&backtest.sights));
    lines
}

fn heading(backtest: &Backtest) -> Vec<String> {
    let summary = &backtest.summary;
    let day = |at: crate::unit::Timestamp| at.strftime("%Y-%m-%d %H:%M").to_string();
    vec![
        format!(
            "{}: {} steps in {}, replayed {} times over the traffic of {} to {} UTC",
            summary.runbook,
            backtest.sights.len(),
            words(SignedDuration::from_mins(summary.minutes)),
            count(summary.cutovers as f64),
            day(summary.from),
            day(summary.until),
        ),
        format!(
            "the traffic: {} requests a minute on average, of which {} failed",
            count(summary.requests_per_minute),
            percent(summary.error_rate),
        ),
    ]
}
