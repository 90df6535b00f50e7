//! What people do to a run, and what it waits for beside the shares.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "only what is between the operator and the run is looked for"
)]

use super::{Line, Rank, Tone, essential};
use crate::{
    engine::{Event, Word},
    journal::Record,
    plan::Hook,
    report::line::clock_seen_from,
    unit::Timestamp,
};

/// Returns the line of what somebody did, or of what is waited for; nothing for other events.
pub(in crate::report) fn line(record: &Record) -> Option<Line> {
    let at = record.at;
    let line = match &record.event {
        Event::WindowClosed { opens, why } => window_closed(at, *opens, why),
        Event::ApprovalAsked { step, ask, until, next } => asked(at, *step, ask, (*until, next)),
        Event::Approved { step, word } => approved(at, *step, word),
        Event::Paused(word) => paused(at, word),
        Event::Unpaused(word) => unpaused(at, word),
        Event::Skipped { what, word } => skipped(at, what, word),
        Event::Aborted(word) => aborted(at, word),
        Event::CommandStarted { hook, step, command } => command_started(at, *hook, *step, command),
        Event::CommandEnded { hook, step, failure, seconds, output, next } => command_ended(
            at,
            (*hook, *step),
            failure.as_deref(),
            (*seconds, output.as_deref(), next),
        ),
        _ => return None,
    };
    Some(line)
}

fn window_closed(at: Timestamp, opens: Timestamp, why: &str) -> Line {
    let opens = clock_seen_from(at, opens);
    Line::new(at, format!("the next step waits for a window, until {opens}"))
        .detail(why)
        .toned(Tone::Warning)
}

fn asked(at: Timestamp, step: usize, ask: &str, (until, next): (Timestamp, &str)) -> Line {
    let until = clock_seen_from(at, until);
    essential(at, Tone::Warning, format!("APPROVAL of step {step}, until {until}: {ask}"))
        .detail(next)
}

fn approved(at: Timestamp, step: usize, word: &Word) -> Line {
    essential(at, Tone::Good, format!("approved: step {step}, by {}", word.by)).details(&word.why)
}

fn paused(at: Timestamp, word: &Word) -> Line {
    essential(at, Tone::Warning, format!("paused by {}: no further step is begun", word.by))
        .details(&word.why)
        .detail("gates go on being judged, and a breach goes back all the same")
}

fn unpaused(at: Timestamp, word: &Word) -> Line {
    essential(at, Tone::Plain, format!("unpaused by {}", word.by)).details(&word.why)
}

fn skipped(at: Timestamp, what: &str, word: &Word) -> Line {
    essential(at, Tone::Warning, format!("skipped by {}: {what}", word.by)).details(&word.why)
}

fn aborted(at: Timestamp, word: &Word) -> Line {
    essential(at, Tone::Bad, format!("ABORTED by {}", word.by)).details(&word.why)
}

fn command_started(at: Timestamp, hook: Hook, step: Option<usize>, command: &[String]) -> Line {
    let what = command.join(" ");
    Line::new(at, format!("{} begins: {what}", command_of(hook, step)))
}

fn command_ended(
    at: Timestamp,
    what: (Hook, Option<usize>),
    failure: Option<&str>,
    (seconds, output, next): (f64, Option<&str>, &str),
) -> Line {
    let (name, output) = (command_of(what.0, what.1), output.map(|file| format!("output: {file}")));
    match failure {
        None => Line::new(at, format!("{name} is done, in {seconds:.1} s")).ranked(Rank::Normal),
        Some(failure) => {
            let next = (!next.is_empty()).then(|| format!("next: {next}"));
            essential(at, Tone::Bad, format!("{name} failed: {failure}"))
                .details(output)
                .details(next)
        }
    }
}

fn command_of(hook: Hook, step: Option<usize>) -> String {
    match step {
        Some(step) => format!("command `{}` of step {step}", hook.name()),
        None => format!("command `{}`", hook.name()),
    }
}
