//! The words of every event that somebody may want to be told of.
//!
//! They are shorter than those on the operator's terminal, and stand alone: whoever reads them has not read the ones before.

use super::{Context, Rank, Tone};
use crate::{
    engine::{Difference, Event, Position, Word},
    gate::Finding,
    journal::Record,
    unit::{Share, Timestamp, words},
};

/// An event in words.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) rank: Rank,
    pub(super) tone: Tone,
    pub(super) headline: String,
    pub(super) details: Vec<String>,
}

fn say(rank: Rank, tone: Tone, headline: impl Into<String>) -> Words {
    Words { rank, tone, headline: headline.into(), details: Vec::new() }
}

impl Words {
    fn and(mut self, detail: impl Into<String>) -> Self {
        self.details.push(detail.into());
        self
    }

    fn and_all(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }

    fn then(self, next: &str) -> Self {
        if next.is_empty() { self } else { self.and(format!("next: {next}")) }
    }
}

/// Returns the words of a record that the context knows already.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the rest is in the functions that are asked next"
)]
pub(super) fn of(context: &Context, record: &Record) -> Option<Words> {
    let words = match &record.event {
        Event::Warned { finding, next } => gate(finding, next, Rank::Usual, Tone::Warning),
        Event::Breached { finding, next } => gate(finding, next, Rank::High, Tone::Bad),
        Event::Held { why, until, next } => {
            say(Rank::Usual, Tone::Warning, format!("held until {}", clock(*until)))
                .and(why)
                .then(next)
        }
        Event::MinuteJudged { minute, findings } => {
            let judged: Vec<String> =
                findings.iter().map(|f| format!("{}: {}", f.gate, f.verdict())).collect();
            say(Rank::Low, Tone::Calm, format!("the gates have judged {minute}"))
                .and(judged.join(", "))
        }
        Event::Tuned { changes, loosens, why, by, .. } => {
            let how = if *loosens { "changed, so that new may be worse" } else { "changed" };
            let changes = changes.iter().map(|change| {
                let from = change.from.as_deref().unwrap_or("nothing");
                format!("{}: {from} -> {}", change.limit, change.to)
            });
            say(Rank::Usual, Tone::Warning, format!("limits were {how}, by {by}"))
                .and(why)
                .and_all(changes)
        }
        _ => {
            return of_steps(context, record)
                .or_else(|| of_people(record))
                .or_else(|| of_ends(context, record));
        }
    };
    Some(words)
}

fn gate(finding: &Finding, next: &str, rank: Rank, tone: Tone) -> Words {
    let Finding { gate, why, .. } = finding;
    let headline = if tone == Tone::Bad {
        format!("the {gate} gate is BREACHED")
    } else {
        format!("the {gate} gate warns")
    };
    say(rank, tone, headline).and(why).then(next)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only the steps are worded here")]
fn of_steps(context: &Context, record: &Record) -> Option<Words> {
    let of_steps = context.steps.map_or(String::new(), |steps| format!(" of {steps}"));
    let words = match &record.event {
        Event::RunStarted { steps, records, version, .. } => {
            let what = format!("{} in {}", count(*records, "record pair"), count(*steps, "step"));
            say(Rank::Usual, Tone::Calm, format!("the run begins: {what}"))
                .and(format!("cutover {version}, run {}", record.run))
        }
        Event::PreflightPassed { hazards } => {
            say(Rank::Low, Tone::Calm, "the preflight has passed").and_all(hazards.iter().cloned())
        }
        Event::PreflightFailed { problems } => {
            say(Rank::High, Tone::Warning, "the preflight has failed; nothing was changed")
                .and_all(problems.iter().cloned())
        }
        Event::LockTaken { zone, .. } => {
            say(Rank::Low, Tone::Calm, format!("the lock of zone {} is taken", zone.0))
        }
        Event::Prepared { changed } => {
            let what = format!("prepared: {} had to be changed", count(*changed, "record pair"));
            say(Rank::Low, Tone::Calm, what)
        }
        Event::StepStarted { step, share, hold, .. } => {
            let hold = words(*hold);
            let what = format!("step {step}{of_steps} begins: {share} to new, watched for {hold}");
            say(Rank::Usual, Tone::Calm, what)
        }
        Event::WeightsWritten { share, .. } => {
            say(Rank::Low, Tone::Calm, format!("the weights are written: {share} on new"))
        }
        Event::InSync { .. } => {
            say(Rank::Low, Tone::Calm, "all of Route 53's servers have the change")
        }
        Event::Settled { hold_until } => {
            let until = clock(*hold_until);
            say(Rank::Low, Tone::Calm, format!("the step has settled; it is watched until {until}"))
        }
        Event::StepPassed { step, share, proven, why, next, .. } => {
            let how = if *proven { "passed" } else { "ended unproven" };
            say(Rank::Usual, Tone::Good, format!("step {step}{of_steps} {how}, {share} on new"))
                .and(why)
                .then(next)
        }
        Event::WindowClosed { opens, why } => {
            let what = format!("the next step waits for a window, until {}", clock(*opens));
            say(Rank::Usual, Tone::Warning, what).and(why)
        }
        Event::CommandStarted { hook, step, command } => {
            let what = format!("{}{} begins: {}", hook.name(), of_step(*step), command.join(" "));
            say(Rank::Low, Tone::Calm, what)
        }
        Event::CommandEnded { hook, step, failure, seconds, output, next } => {
            let name = format!("{}{}", hook.name(), of_step(*step));
            let Some(failure) = failure else {
                return Some(say(
                    Rank::Low,
                    Tone::Calm,
                    format!("{name} is done, in {seconds:.0} s"),
                ));
            };
            let output = output.iter().map(|file| format!("output: {file}"));
            say(Rank::Usual, Tone::Warning, format!("{name} failed: {failure}"))
                .and_all(output)
                .then(next)
        }
        _ => return None,
    };
    Some(words)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only what people do is worded here")]
fn of_people(record: &Record) -> Option<Words> {
    let run = &record.run;
    let by = |rank, tone, what: String, word: &Word| {
        say(rank, tone, format!("{what} by {}", word.by)).and_all(word.why.clone())
    };
    let words = match &record.event {
        Event::ApprovalAsked { step, ask, until, next } => {
            let what = format!("approval of step {step} is asked until {}", clock(*until));
            say(Rank::High, Tone::Warning, what)
                .and(ask)
                .and(format!("to say yes: cutover approve {run}"))
                .then(next)
        }
        Event::Approved { step, word } => {
            by(Rank::Usual, Tone::Good, format!("step {step} was approved"), word)
        }
        Event::Paused(word) => by(Rank::Usual, Tone::Warning, "paused".to_owned(), word)
            .and("no further step is begun; gates go on being judged"),
        Event::Unpaused(word) => by(Rank::Usual, Tone::Calm, "unpaused".to_owned(), word),
        Event::Skipped { what, word } => {
            by(Rank::Usual, Tone::Warning, format!("{what} was skipped"), word)
        }
        Event::Aborted(word) => by(Rank::High, Tone::Bad, "ABORTED".to_owned(), word),
        _ => return None,
    };
    Some(words)
}

#[expect(clippy::wildcard_enum_match_arm, reason = "only how runs end is worded here")]
fn of_ends(context: &Context, record: &Record) -> Option<Words> {
    let run = &record.run;
    let ways_on =
        [format!("go on: cutover resume {run}"), format!("roll back: cutover rollback {run}")];
    let words = match &record.event {
        Event::RollbackStarted { reason, .. } => {
            say(Rank::High, Tone::Bad, "going back to where everybody was before").and(reason)
        }
        Event::RolledBack { seconds_from_breach, clients_back_by } => {
            let since = context.back_since.unwrap_or("it began");
            let headline = format!("ROLLED BACK, {seconds_from_breach:.0} s after {since}");
            say(Rank::High, Tone::Good, headline)
                .and(format!("clients that honour the TTL are back by {}", clock(*clients_back_by)))
        }
        Event::Drifted { differences } => {
            let headline = format!("somebody else changed {}", count(differences.len(), "record"));
            say(Rank::High, Tone::Bad, headline).and_all(differences.iter().map(difference))
        }
        Event::Fenced { why, .. } => {
            say(Rank::High, Tone::Bad, "FENCED: this run writes nothing more").and(why)
        }
        Event::Stopped { reason } => {
            let headline = format!("STOPPED{}", left(context.share));
            say(Rank::High, Tone::Warning, headline).and(reason).and_all(ways_on)
        }
        Event::Resumed { version, .. } => {
            say(Rank::Usual, Tone::Calm, "another process goes on with the run")
                .and(format!("cutover {version}, run {run}"))
        }
        Event::Stuck { why } => {
            let headline = format!("STUCK, a person is needed{}", left(context.share));
            say(Rank::High, Tone::Bad, headline).and(why).and_all(ways_on)
        }
        Event::RunCompleted { share } => {
            say(Rank::High, Tone::Good, format!("COMPLETE: {share} on new"))
        }
        _ => return None,
    };
    Some(words)
}

fn left(share: Option<Share>) -> String {
    share.map_or(String::new(), |share| format!(", with {share} on new"))
}

fn difference(difference: &Difference) -> String {
    let Difference { name, kind, expected, live, .. } = difference;
    format!("{name} {kind}: expected {expected}; found {live}")
}

fn of_step(step: Option<usize>) -> String {
    step.map_or(String::new(), |step| format!(" of step {step}"))
}

fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// Returns the moment as whoever is woken by it reads it; the day too, because a message may be read days later.
fn clock(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Returns how a run stands from this event on, if that changes.
#[expect(clippy::wildcard_enum_match_arm, reason = "most events change nothing about it")]
pub(super) fn state(event: &Event) -> Option<&'static str> {
    Some(match event {
        Event::RunStarted { .. } => "beginning",
        Event::StepStarted { .. } => "moving to the next step",
        Event::WeightsWritten { position: Position::Shift(_), .. } => "settling",
        Event::Settled { .. } | Event::Approved { .. } | Event::Unpaused(_) => "watched",
        Event::Breached { .. } => "breached",
        Event::Held { .. } => "held",
        Event::WindowClosed { .. } => "waiting for a window",
        Event::ApprovalAsked { .. } => "waiting for an approval",
        Event::Paused(_) => "paused",
        Event::RollbackStarted { .. } | Event::Aborted(_) => "going back",
        Event::RolledBack { .. } => "rolled back",
        Event::Drifted { .. } => "stopped by somebody else's change",
        Event::Fenced { .. } => "fenced",
        Event::Stopped { .. } => "stopped",
        Event::Resumed { .. } => "resumed",
        Event::Stuck { .. } => "stuck",
        Event::RunCompleted { .. } => "complete",
        _ => return None,
    })
}
