//! What one rehearsal showed, as one row.

use serde::Serialize;

use super::play::Played;
use crate::{
    engine::{Ending, Event, Halt, Outcome},
    journal::Record,
    runbook::Runbook,
    sim::{Expect, Outcome as Expected},
    unit::{Share, Timestamp},
};

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Name of the scenario.
    pub scenario: String,
    /// How the run ended.
    pub outcome: String,
    /// Highest share that was set.
    pub highest_share: Share,
    /// Minutes from the first fault to the first sign of it: a breach, a hold, a warning, drift or a stop.
    pub minutes_to_detect: Option<f64>,
    /// Seconds from the breach to the re-read baseline.
    pub seconds_to_roll_back: Option<f64>,
    /// Requests that failed because of the cutover.
    pub failed_requests: u64,
    /// Whether it ended as the scenario says that it should.
    pub as_expected: bool,
    /// The same in words.
    pub verdict: String,
}

/// Returns the row of a rehearsal.
pub fn row(name: &str, runbook: &Runbook, expect: &Expect, played: &Played) -> Row {
    // Of services that move in waves it is the mean, in which no more digits count.
    let highest = Share::from_fraction((played.truth.highest_share * 1e4).round() / 1e4);
    let detected = played.truth.first_fault.and_then(|fault| detected(&played.records, fault));
    let minutes_to_detect = detected
        .zip(played.truth.first_fault)
        .map(|(seen, fault)| seen.duration_since(fault).as_secs_f64() / 60.0);
    let seconds_to_roll_back = played.records.iter().find_map(|record| {
        if let Event::RolledBack { seconds_from_breach, .. } = record.event {
            return Some(seconds_from_breach);
        }
        None
    });
    let disappointments = disappointments(runbook, expect, played, highest, minutes_to_detect);
    let as_expected = disappointments.is_empty();
    Row {
        scenario: name.to_owned(),
        outcome: outcome_in_words(played).to_owned(),
        highest_share: highest,
        minutes_to_detect,
        seconds_to_roll_back,
        failed_requests: played.truth.failures_by_cutover.round() as u64,
        as_expected,
        verdict: if as_expected { "as it should".to_owned() } else { disappointments.join("; ") },
    }
}

/// Returns when the run first showed that something is wrong.
fn detected(records: &[Record], fault: Timestamp) -> Option<Timestamp> {
    let sign = |record: &&Record| {
        record.at >= fault
            && matches!(
                record.event,
                Event::Breached { .. }
                    | Event::Warned { .. }
                    | Event::Held { .. }
                    | Event::Drifted { .. }
                    | Event::RollbackStarted { .. }
                    | Event::Stopped { .. }
                    | Event::Stuck { .. }
                    | Event::Resumed { .. }
            )
    };
    records.iter().find(sign).map(|record| record.at)
}

fn outcome_in_words(played: &Played) -> &'static str {
    match played.outcome {
        Some(Outcome::Ended(Ending::Completed)) => "completed",
        Some(Outcome::Ended(Ending::RolledBack)) => "rolled back",
        Some(Outcome::Ended(Ending::Refused)) => "refused",
        Some(Outcome::Halted(Halt::Stopped)) => "stopped",
        Some(Outcome::Halted(Halt::Fenced)) => "fenced",
        Some(Outcome::Halted(Halt::Stuck)) => "stuck",
        None => "no end",
    }
}

fn ended_in_words(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        Some(Outcome::Ended(Ending::Completed)) => "completed",
        Some(Outcome::Ended(Ending::RolledBack)) => "rolled back",
        Some(Outcome::Ended(Ending::Refused)) => "refused to begin",
        Some(Outcome::Halted(Halt::Stopped)) => "stopped",
        Some(Outcome::Halted(Halt::Fenced)) => "lost the zone",
        Some(Outcome::Halted(Halt::Stuck)) => "was stuck",
        None => "had no end",
    }
}

fn is_right(outcome: Option<Outcome>, expected: Expected) -> bool {
    let right = match expected {
        Expected::Completed => Outcome::Ended(Ending::Completed),
        Expected::RolledBack => Outcome::Ended(Ending::RolledBack),
        Expected::Stopped => Outcome::Halted(Halt::Stopped),
        Expected::Stuck => Outcome::Halted(Halt::Stuck),
        Expected::Refused => Outcome::Ended(Ending::Refused),
    };
    outcome == Some(right)
}

fn expected_in_words(expected: Expected) -> &'static str {
    match expected {
        Expected::Completed => "complete",
        Expected::RolledBack => "roll back",
        Expected::Stopped => "stop",
        Expected::Stuck => "say that it is stuck",
        Expected::Refused => "refuse to begin",
    }
}

/// Returns what is not as the scenario says that it should be.
fn disappointments(
    runbook: &Runbook,
    expect: &Expect,
    played: &Played,
    highest: Share,
    minutes: Option<f64>,
) -> Vec<String> {
    let mut found = Vec::new();
    if !played.problems.is_empty() {
        if expect.outcome.contains(&Expected::Refused) {
            return found;
        }
        found.push(format!("the plan could not be made: {}", played.problems.join("; ")));
        return found;
    }
    let right = expect.outcome.is_empty()
        || expect.outcome.iter().any(|expected| is_right(played.outcome, *expected));
    if !right {
        let wanted: Vec<&str> = expect.outcome.iter().map(|e| expected_in_words(*e)).collect();
        found.push(format!(
            "it {} at {highest}{}, and should {}{}",
            ended_in_words(played.outcome),
            slow(played),
            wanted.join(" or "),
            blind(runbook)
        ));
    }
    if let Some(limit) = expect.highest_share_below.filter(|limit| right && highest >= *limit) {
        found
            .push(format!("it reached {highest}, and should stay below {limit}{}", blind(runbook)));
    }
    if let (Some(limit), true) = (expect.detect_within, right) {
        let limit = limit.as_secs_f64() / 60.0;
        match minutes {
            Some(minutes) if minutes <= limit => {}
            Some(minutes) => {
                found.push(format!("seen after {minutes:.0} min, and should be within {limit:.0}"));
            }
            None => found.push(format!("never seen, and should be within {limit:.0} min")),
        }
    }
    let failed = played.truth.failures_by_cutover / (played.truth.requests as f64).max(1.0);
    if let Some(limit) = expect.failed_below.filter(|limit| failed > *limit) {
        found.push(format!(
            "{:.3}% of all requests failed because of the cutover, and at most {:.3}% should",
            failed * 100.0,
            limit * 100.0
        ));
    }
    found
}

/// Returns how many users waited, where that is worth a word.
fn slow(played: &Played) -> String {
    let part = played.truth.slow / (played.truth.requests as f64).max(1.0);
    if part < 0.01 {
        return String::new();
    }
    format!(" while {:.0}% of all requests took longer than a second", part * 100.0)
}

/// Returns which gates could not have seen anything, because they are off.
fn blind(runbook: &Runbook) -> String {
    let gates = &runbook.gates;
    let off = [
        ("errors", gates.errors.is_none()),
        ("latency", gates.latency.is_none()),
        ("share", gates.share.is_none()),
        ("targets", gates.targets.is_none()),
    ];
    let names: Vec<&str> = off.iter().filter(|(_, off)| *off).map(|(name, _)| *name).collect();
    match names[..] {
        [] => String::new(),
        [one] => format!("; the {one} gate is off"),
        _ => format!("; the gates {} are off", names.join(", ")),
    }
}

/// Returns the rows as a table for people.
pub fn table(rows: &[Row]) -> Vec<String> {
    let cells = |row: &Row| {
        [
            row.scenario.clone(),
            row.outcome.clone(),
            row.highest_share.to_string(),
            row.minutes_to_detect.map_or_else(|| "-".to_owned(), |minutes| format!("{minutes:.1}")),
            row.seconds_to_roll_back
                .map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.1}")),
            row.failed_requests.to_string(),
            if row.as_expected { "ok" } else { "NOT OK" }.to_owned(),
        ]
    };
    let head =
        ["scenario", "outcome", "highest", "detected min", "rollback s", "failed", "verdict"];
    let mut lines: Vec<[String; 7]> = vec![head.map(str::to_owned)];
    lines.extend(rows.iter().map(cells));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let widths: Vec<usize> = (0..7).map(|column| width(column).unwrap_or_default()).collect();
    let print = |line: &[String; 7]| {
        let cells = line.iter().enumerate().map(|(column, cell)| {
            let width = widths[column];
            let number = (2..6).contains(&column);
            if number { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    lines.iter().map(print).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        runbook::{Source, validate},
        sim::{Scenario, Truth},
    };

    #[test]
    fn a_run_without_an_end_is_told_in_words() {
        let text = include_bytes!("../../runbooks/api.yaml").to_vec();
        let source = Source { path: "api.yaml".to_owned(), text };
        let runbook = validate(&source, &std::collections::BTreeMap::new()).unwrap().remove(0);
        let expect = Scenario::builtin("calm").unwrap().expect;
        let truth = Truth { highest_share: 0.5, ..Truth::default() };
        let (plan, problems, records) = (None, Vec::new(), Vec::new());
        let played = Played { outcome: None, plan, problems, records, truth };
        let row = row("calm", &runbook, &expect, &played);
        assert_eq!(row.outcome, "no end");
        assert_eq!(row.verdict, "it had no end at 50%, and should complete");
    }
}
