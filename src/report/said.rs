//! What was said of breaches and holds, so that a line soon after can refer to it instead of saying it all again.

use super::line::clock_seen_from;
use crate::{engine::Event, journal::Record, unit::Timestamp};

/// The newest breach and the newest hold that somebody has been told of.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    breach: Option<Sentence>,
    hold: Option<Sentence>,
}

#[derive(Debug, Clone)]
struct Sentence {
    at: Timestamp,
    /// Whose it is: the gate's, of a breach.
    gate: String,
    text: String,
}

impl Said {
    /// Takes in a record that was told.
    pub(super) fn remember(&mut self, record: &Record) {
        let at = record.at;
        if let Event::Breached { finding, .. } = &record.event {
            let (gate, text) = (finding.gate.clone(), format!("{}: {}", finding.gate, finding.why));
            self.breach = Some(Sentence { at, gate, text });
        } else if let Event::Held { why, .. } = &record.event {
            self.hold = Some(Sentence { at, gate: String::new(), text: why.clone() });
        }
    }

    /// Returns a reason with what was said before replaced by when it was.
    pub(super) fn shortened(&self, now: Timestamp, reason: &str) -> String {
        let mut reason = reason.to_owned();
        if let Some(Sentence { at, gate, text }) = &self.breach {
            let at = clock_seen_from(now, *at);
            reason = reason.replace(text, &format!("the {gate} gate was breached at {at}"));
        }
        if let Some(Sentence { at, text, .. }) = &self.hold {
            let at = clock_seen_from(now, *at);
            reason =
                reason.replace(&format!(": {text}"), &format!(", for the reason told at {at}"));
        }
        reason
    }
}
