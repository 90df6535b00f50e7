//! What each event is called by a person: time, what, why, until when.

pub(super) mod back;
pub(super) mod judged;
pub(super) mod locks;
pub(super) mod people;

use super::{Line, Rank, Tone, line::clock_seen_from};
use crate::{
    engine::{Difference, Event, PairWeights, WriteFailure},
    journal::Record,
    plan::{ChangeId, Mode},
    unit::{Share, SignedDuration, Timestamp, Weight, Weights, words},
};

/// Pairs whose weights a line shows one by one; the rest are counted, because a line is read at a glance.
const PAIRS_SHOWN: usize = 3;

/// Returns the line of the first event of a run.
pub(super) fn started(record: &Record) -> Option<Line> {
    let Event::RunStarted { runbook, environment, steps, records, version, mode, .. } =
        &record.event
    else {
        return None;
    };
    let (steps, records) = (*steps, *records);
    let place = environment.as_ref().map_or(String::new(), |name| format!(" in {name}"));
    let pairs = count(records, "record pair");
    if steps == 0 {
        // A rollback from the runbook and the live zone alone goes nowhere but back.
        let line = format!("run {} only goes back: {runbook}{place}", record.run);
        return Some(Line::new(record.at, line).detail(format!("{pairs}; cutover {version}")));
    }
    let steps = count(steps, "step");
    let line = format!("run {} started: {runbook}{place}, {steps}", record.run);
    let line = Line::new(record.at, line).detail(format!("{pairs}; cutover {version}"));
    Some(match mode {
        Mode::Usual => line,
        Mode::DryRun => line.detail("dry run: nothing is written"),
        Mode::ExerciseRollback => {
            line.detail("exercise: the last step is broken on purpose, to use the way back")
        }
    })
}

pub(super) fn preflight_passed(at: Timestamp, hazards: &[String]) -> Line {
    let line = Line::new(at, "preflight passed: nothing speaks against beginning");
    let line = if hazards.is_empty() { line } else { line.toned(Tone::Warning) };
    line.details(hazards.iter().map(|hazard| format!("note: {hazard}")))
}

pub(super) fn preflight_failed(at: Timestamp, problems: &[String]) -> Line {
    essential(at, Tone::Bad, "preflight failed: nothing was changed")
        .details(problems.iter().map(|problem| format!("- {problem}")))
}

pub(super) fn prepared(at: Timestamp, changed: usize) -> Line {
    if changed == 0 {
        return Line::new(at, "prepared: all records were weighted pairs already");
    }
    let pairs = count(changed, "record pair");
    Line::new(at, format!("prepared: {pairs} became weighted and answer as before"))
}

/// Which step, of how many where that is known, and of which wave where there are some.
pub(super) struct StepOf<'a> {
    pub(super) number: usize,
    pub(super) all: Option<usize>,
    pub(super) wave: Option<&'a str>,
}

pub(super) fn step_started(
    at: Timestamp,
    step: StepOf<'_>,
    share: Share,
    weights: Weights,
    hold: SignedDuration,
) -> Line {
    let of = step.all.map_or(String::new(), |all| format!(" of {all}"));
    let wave = step.wave.map_or(String::new(), |wave| format!(", wave {wave}"));
    let watched = words(hold);
    Line::new(
        at,
        format!(
            "step {}{of}{wave}: {share} to new (weights {weights}), then watched for {watched}",
            step.number
        ),
    )
}

pub(super) fn write_failed(
    at: Timestamp,
    write: &str,
    failure: WriteFailure,
    message: &str,
    retry_at: Timestamp,
) -> Line {
    let then = clock_seen_from(at, retry_at);
    let headline = match failure {
        WriteFailure::Later => {
            format!("Route 53 did not take {write} yet, nothing was changed; again at {then}")
        }
        WriteFailure::Unclear => {
            format!("nobody knows whether {write} was done; the zone is read at {then}")
        }
        WriteFailure::Refused => {
            format!("Route 53 refused {write}, nothing was changed; the zone is read at {then}")
        }
        WriteFailure::Denied => {
            format!(
                "{write} was denied, nothing was changed; again at {then}, in case it is mended"
            )
        }
    };
    Line::new(at, headline).toned(Tone::Warning).detail(message)
}

pub(super) fn weights_written(at: Timestamp, records: &[PairWeights]) -> Line {
    Line::new(at, format!("written and read back: {}", pairs(records)))
}

/// `records` are those that a finished migration has left.
pub(super) fn finished(at: Timestamp, records: &[PairWeights]) -> Line {
    let weighted = records.iter().any(|pair| pair.new.is_some());
    let names = count(records.len(), "name");
    let what = if weighted { "new's weighted member alone" } else { "a simple record of new's" };
    Line::new(at, format!("written and read back: {names} with {what}"))
}

pub(super) fn in_sync(at: Timestamp) -> Line {
    Line::new(at, "in sync: all of Route 53's servers have it")
}

pub(super) fn change_lost(at: Timestamp, change: &ChangeId) -> Line {
    let what = format!("Route 53 lost change {}; the zone is read to see what it did", change.0);
    Line::new(at, what).toned(Tone::Warning)
}

pub(super) fn settled(at: Timestamp, hold_until: Timestamp) -> Line {
    Line::new(at, format!("settled: watched until {}", clock_seen_from(at, hold_until)))
}

pub(super) fn drifted(at: Timestamp, differences: &[Difference]) -> Line {
    let records = count(differences.len(), "record");
    let line = essential(
        at,
        Tone::Bad,
        format!("stopped by drift: somebody else changed {records} of this run"),
    );
    differences.iter().fold(line, |line, difference| {
        let Difference { name, kind, expected, live, wanted, is_baseline } = difference;
        let whose = if *is_baseline {
            " (the baseline, as a tool with an old state leaves it)"
        } else {
            ""
        };
        line.detail(format!("{name} {kind}"))
            .detail(format!("  left by the run: {expected}"))
            .detail(format!("  live:            {live}{whose}"))
            .detail(format!("  wanted:          {wanted}"))
    })
}

pub(super) fn stopped(at: Timestamp, reason: &str) -> Line {
    sentence(at, "stopped: ", reason).ranked(Rank::Essential).toned(Tone::Warning)
}

pub(super) fn resumed(at: Timestamp, version: &str, take_over: bool) -> Line {
    let line = Line::new(at, format!("resumed by cutover {version}"));
    if !take_over {
        return line;
    }
    line.toned(Tone::Warning).detail("locks that somebody else holds are taken over")
}

pub(super) fn stuck(at: Timestamp, why: &str) -> Line {
    essential(at, Tone::Bad, format!("STUCK, a person is needed: {why}"))
}

pub(super) fn completed(at: Timestamp, share: Share) -> Line {
    essential(at, Tone::Good, format!("completed: {share} of the traffic is on new"))
}

/// Returns the pairs with their weights, legacy's first.
pub(super) fn pairs(records: &[PairWeights]) -> String {
    let weight = |weight: Option<Weight>| weight.map_or("absent".to_owned(), |w| w.to_string());
    let mut shown: Vec<String> = records
        .iter()
        .take(PAIRS_SHOWN)
        .map(|pair| {
            format!("{} {} {}/{}", pair.name, pair.kind, weight(pair.legacy), weight(pair.new))
        })
        .collect();
    if records.len() > PAIRS_SHOWN {
        shown.push(format!("and {} more", records.len() - PAIRS_SHOWN));
    }
    shown.join(", ")
}

/// Returns a line of a long sentence: its first clause beside the time, every other below, each short enough to read
/// aloud.
fn sentence(at: Timestamp, start: &str, text: &str) -> Line {
    let mut clauses = text.split("; ");
    let first = clauses.next().unwrap_or_default();
    Line::new(at, format!("{start}{first}")).details(clauses)
}

fn essential(at: Timestamp, tone: Tone, headline: impl AsRef<str>) -> Line {
    Line::new(at, headline).ranked(Rank::Essential).toned(tone)
}

pub(super) fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}
