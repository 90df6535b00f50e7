//! One event in words, for whichever channel.

use crate::unit::{RunId, Share, Timestamp};

/// How much a message matters where not all of them can be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// It is missed by nobody who gets the next one.
    Low,
    /// Somebody may want to act on it.
    Usual,
    /// Whoever misses it does not know how the run goes.
    High,
}

/// What a message means for users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Nothing.
    Calm,
    /// Something has gone well.
    Good,
    /// Something may be wrong, or waits for somebody.
    Warning,
    /// Something is wrong.
    Bad,
}

/// One event in words. All of its texts are safe to show; none ends with a full stop.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Number of its record in the journal.
    pub seq: u64,
    /// When it happened.
    pub at: Timestamp,
    /// The run.
    pub run: RunId,
    /// The event's name, as the journal has it.
    pub event: &'static str,
    /// How much it matters.
    pub rank: Rank,
    /// What it means for users.
    pub tone: Tone,
    /// Name of the runbook.
    pub runbook: String,
    /// Environment of the run, if it has a name.
    pub environment: Option<String>,
    /// `dry run` or `exercise`, where the run is no usual one.
    pub kind: Option<&'static str>,
    /// Which run, in a few words, such as `api (production)`.
    pub subject: String,
    /// What happened, in a clause: `step 2 of 5 begins: 25% to new, watched for 10m`.
    pub headline: String,
    /// More of it, sentence by sentence: why, what is next, what can be done.
    pub details: Vec<String>,
    /// How the run stands, in a few words: `going back, 25% on new`.
    pub state: String,
    /// The step that goes on, from 1.
    pub step: Option<usize>,
    /// Part of the traffic meant for new, as read back last.
    pub share: Option<Share>,
    /// Whether everything is as it should be with it: the migration is complete, or everybody is back.
    pub settles: bool,
    /// The record, as its journal has it.
    pub record: String,
}

impl Message {
    /// Returns the message in one line of its own: `api (production): the errors gate is breached`.
    pub fn title(&self) -> String {
        format!("{}: {}", self.subject, self.headline)
    }

    /// Returns title and details in a paragraph without any markup.
    pub fn text(&self) -> String {
        std::iter::once(self.title())
            .chain(self.details.iter().cloned())
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// Returns as much of the text as fits into this many bytes, and says where there was more.
pub(super) fn cut(text: &str, most: usize) -> String {
    const MORE: &str = " ...";
    if text.len() <= most {
        return text.to_owned();
    }
    let mut end = most.saturating_sub(MORE.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{MORE}", &text[..end])
}
