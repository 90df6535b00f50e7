//! How it ended, in one sentence.

use maud::{Markup, html};

use super::{
    Case,
    story::{Back, End},
};
use crate::{
    gate::words::count,
    plan::{Goal, Mode},
    report::{Tone, words as say},
    unit::words,
};

/// The end of a run for somebody who reads nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    /// In one or two words.
    pub(super) word: &'static str,
    /// In one sentence.
    pub(super) sentence: String,
    /// What follows from it, or led to it.
    pub(super) more: Vec<String>,
    /// How it sounds.
    pub(super) tone: Tone,
}

impl Outcome {
    pub(super) fn of(case: &Case<'_>) -> Self {
        let mut outcome = Self::plain(case);
        if case.is_dry() {
            outcome.more.insert(0, "This was a dry run: nothing was written.".to_owned());
        } else if case.story.mode == Mode::ExerciseRollback && case.story.end == End::RolledBack {
            outcome.tone = Tone::Good;
            let purpose = "The last step was broken on purpose, to use the way back.";
            outcome.more.insert(0, purpose.to_owned());
        }
        outcome
    }

    fn plain(case: &Case<'_>) -> Self {
        let story = case.story;
        let live = || {
            if case.is_dry() {
                return String::new();
            }
            format!("In the zone: {}.", story.told.live())
        };
        match &story.end {
            End::Refused => Self {
                word: "Refused",
                sentence: "The preflight refused to begin, and nothing was changed.".to_owned(),
                more: story.problems.clone(),
                tone: Tone::Warning,
            },
            End::Completed(share) => Self::completed(case, &share.to_string()),
            End::RolledBack => Self::rolled_back(case),
            End::GoingBack => Self {
                word: "Going back",
                sentence: "A rollback was begun and has not reached the baseline yet.".to_owned(),
                more: vec![reason_of(story.backs.last()), live()],
                tone: Tone::Bad,
            },
            End::Stopped(reason) => Self {
                word: "Stopped",
                sentence: format!("{}: {}.", at_step(case), first_clause(reason)),
                more: vec![live()],
                tone: Tone::Warning,
            },
            End::Drifted(records) => Self {
                word: "Stopped",
                sentence: format!(
                    "{}: somebody else changed {} of the run.",
                    at_step(case),
                    say::count(*records, "record")
                ),
                more: vec![live()],
                tone: Tone::Bad,
            },
            End::Fenced(why) => Self {
                word: "Fenced",
                sentence: format!(
                    "{}: somebody else has the zone, and this run writes nothing more.",
                    at_step(case)
                ),
                more: vec![format!("{why}."), live()],
                tone: Tone::Bad,
            },
            End::Stuck(why) => Self {
                word: "Stuck",
                sentence: format!("{}: a person is needed.", at_step(case)),
                more: vec![format!("{why}."), live()],
                tone: Tone::Bad,
            },
            End::Open if story.began.is_none() => Self {
                word: "Empty",
                sentence: "Nothing was recorded: the run died before it had begun.".to_owned(),
                more: Vec::new(),
                tone: Tone::Warning,
            },
            End::Open => Self::open(case, live()),
        }
    }

    fn completed(case: &Case<'_>, share: &str) -> Self {
        let story = case.story;
        let took = took(case).map_or(String::new(), |took| format!(" in {took}"));
        let records = say::count(story.pairs, "record pair");
        let steps = say::count(story.steps.all().len(), "step");
        if case.is_dry() {
            let sentence =
                format!("{steps} of {records} were gone through{took}, as far as {share}.");
            let (word, tone) = ("Dry run", Tone::Good);
            return Self { word, sentence, more: Vec::new(), tone };
        }
        let sentence = match case.plan.map(|plan| plan.goal) {
            Some(Goal::Simple) => format!(
                "Finished: new alone answers for {}, with simple records.",
                say::count(story.pairs, "name")
            ),
            Some(Goal::WithoutLegacy) => format!(
                "Finished: new alone answers for {}; legacy's members are gone.",
                say::count(story.pairs, "name")
            ),
            Some(Goal::Move) | None => {
                format!("{share} of the traffic of {records} is on new, after {steps}{took}.")
            }
        };
        let unproven = story.steps.all().iter().filter(|step| step.how.is_unproven()).count();
        let unproven = (unproven > 0).then(|| {
            format!(
                "{} passed without proof: too little traffic to show that the limits are kept.",
                say::count(unproven, "step")
            )
        });
        let breached = (!story.backs.is_empty())
            .then(|| "A rollback was begun on the way; see below.".to_owned());
        Self {
            word: "Completed",
            sentence,
            more: unproven.into_iter().chain(breached).collect(),
            tone: Tone::Good,
        }
    }

    fn rolled_back(case: &Case<'_>) -> Self {
        let story = case.story;
        let back = story.backs.last();
        let since = match back {
            Some(Back { breached_at: Some(_), .. }) => "the breach",
            Some(Back { asked: true, .. }) => "the request",
            Some(_) | None => "it began",
        };
        let seconds = back.and_then(|back| back.done);
        let when = seconds.map_or(String::new(), |(_, seconds, _)| {
            format!(": everybody was sent back {seconds:.1} s after {since}")
        });
        let clients = seconds.map(|(_, _, by)| {
            format!("Clients that honour the TTL were back by {}.", case.clock(by))
        });
        Self {
            word: "Rolled back",
            sentence: format!("{}{when}.", from_step(case)),
            more: std::iter::once(reason_of(back)).chain(clients).collect(),
            tone: Tone::Bad,
        }
    }

    fn open(case: &Case<'_>, live: String) -> Self {
        let (word, sentence) = if case.alive {
            ("Going on", format!("{}: the run goes on.", at_step(case)))
        } else {
            (
                "Not over",
                format!("{}: the run is not over, and no process drives it.", at_step(case)),
            )
        };
        Self { word, sentence, more: vec![live], tone: Tone::Warning }
    }
}

fn reason_of(back: Option<&Back>) -> String {
    back.map_or(String::new(), |back| format!("Why: {}.", back.reason))
}

fn first_clause(text: &str) -> &str {
    text.split("; ").next().unwrap_or_default()
}

fn at_step(case: &Case<'_>) -> String {
    let last = case.story.steps.all().last();
    last.map_or_else(
        || "Before the first step".to_owned(),
        |step| format!("At step {}, {} on new", step.number, step.share),
    )
}

/// Returns where it went back from.
fn from_step(case: &Case<'_>) -> String {
    let last = case.story.steps.all().last();
    last.map_or_else(
        || "To the baseline".to_owned(),
        |step| format!("From step {}, {} on new, to the baseline", step.number, step.share),
    )
}

/// Returns what can be done about a run that is not over, and by which command.
pub(super) fn ways(case: &Case<'_>) -> Vec<(&'static str, String)> {
    let run = case.run();
    let on = || ("go on", format!("cutover resume {run}"));
    let back = || ("go back", format!("cutover rollback {run}"));
    match &case.story.end {
        _ if case.is_dry() || case.alive || case.story.run.is_none() => Vec::new(),
        End::Refused | End::Completed(_) | End::RolledBack => Vec::new(),
        End::GoingBack => vec![back()],
        End::Open | End::Stopped(_) | End::Drifted(_) | End::Stuck(_) => vec![on(), back()],
        End::Fenced(_) => vec![("take the zone back", format!("cutover resume {run} --take-over"))],
    }
}

/// Returns how long it took, from the first record to the last.
pub(super) fn took(case: &Case<'_>) -> Option<String> {
    let (began, last) = case.story.began.zip(case.story.last)?;
    Some(words(last.duration_since(began)))
}

/// Returns the top of the page.
pub(super) fn banner(case: &Case<'_>, outcome: &Outcome) -> Markup {
    let tone = class(outcome.tone);
    html! {
        header.banner.(tone) {
            p.kicker { "cutover report" span.sep { " · " } (case.name()) }
            h1 { span.badge.(tone) { (outcome.word) } " " (outcome.sentence) }
            @for line in outcome.more.iter().filter(|line| !line.is_empty()).take(12) {
                p.more { (line) }
            }
            @for (what, command) in ways(case) {
                p.more { "To " (what) ": " code { (command) } }
            }
            @if outcome.more.len() > 12 {
                p.more { "and " (count((outcome.more.len() - 12) as f64)) " more; the log below has them" }
            }
        }
    }
}

/// Returns the style of a tone.
pub(super) fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain | Tone::Strong => "plain",
        Tone::Good => "good",
        Tone::Warning => "warn",
        Tone::Bad => "bad",
    }
}
