//! What one event looks like as text: a line with its time, and perhaps more lines below it.

use std::fmt;

use super::clean;
use crate::unit::Timestamp;

/// One event in words: a headline that begins with its time, and indented details.
///
/// Its text is safe to show on a terminal: everything goes through [`clean`] on its way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    rank: Rank,
    tone: Tone,
    at: Timestamp,
    headline: String,
    details: Vec<String>,
    opens_day: bool,
}

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Only with `--verbose`.
    Verbose,
    /// Unless a display shows it, or `--quiet`.
    Progress,
    /// Unless `--quiet`.
    Normal,
    /// Always: somebody may have to act, or traffic went back, or it is over.
    Essential,
}

/// How a line sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// It happens all the time.
    Plain,
    /// As hoped.
    Good,
    /// Somebody should look.
    Warning,
    /// Not as hoped.
    Bad,
}

impl Line {
    /// Returns a line of the usual rank and tone.
    pub fn new(at: Timestamp, headline: impl AsRef<str>) -> Self {
        let headline = clean(headline.as_ref()).into_owned();
        Self {
            rank: Rank::Normal,
            tone: Tone::Plain,
            at,
            headline,
            details: Vec::new(),
            opens_day: false,
        }
    }

    /// Returns the line with another rank.
    #[must_use]
    pub fn ranked(mut self, rank: Rank) -> Self {
        self.rank = rank;
        self
    }

    /// Returns the line with another tone.
    #[must_use]
    pub fn toned(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// Returns the line with one more detail below it.
    #[must_use]
    pub fn detail(mut self, text: impl AsRef<str>) -> Self {
        self.details.push(clean(text.as_ref()).into_owned());
        self
    }

    /// Returns the line with more details below it.
    #[must_use]
    pub fn details<T: AsRef<str>>(self, texts: impl IntoIterator<Item = T>) -> Self {
        texts.into_iter().fold(self, Self::detail)
    }

    /// Returns the line with its date above it, as the first of a day needs it.
    #[must_use]
    pub fn opening_a_day(mut self) -> Self {
        self.opens_day = true;
        self
    }

    /// Returns how much it matters.
    pub fn rank(&self) -> Rank {
        self.rank
    }

    /// Returns how it sounds.
    pub fn tone(&self) -> Tone {
        self.tone
    }

    /// Returns when it happened.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Returns what stands beside the time.
    pub fn headline(&self) -> &str {
        &self.headline
    }

    /// Returns what stands below it, line by line.
    pub fn said_below(&self) -> &[String] {
        &self.details
    }

    /// Returns its text with its headline in the colour of its tone.
    pub fn painted(&self, paint: super::Paint) -> String {
        let mut text = String::new();
        if self.opens_day {
            text.push_str(&self.at.strftime("%Y-%m-%d, times are UTC\n").to_string());
        }
        text.push_str(&clock(self.at));
        text.push_str("  ");
        text.push_str(&paint.tone(self.tone, &self.headline));
        for detail in &self.details {
            text.push_str("\n          ");
            text.push_str(detail);
        }
        text
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.painted(super::Paint::new(false)))
    }
}

/// Returns the time of day in UTC, such as `02:14:07`.
pub(super) fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}

/// Returns the time of day in UTC, with the date where it is not the day of `now`.
pub(super) fn clock_seen_from(now: Timestamp, at: Timestamp) -> String {
    let day = |at: Timestamp| at.as_second().div_euclid(86_400);
    if day(at) == day(now) { clock(at) } else { at.strftime("%Y-%m-%d %H:%M:%S").to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_on_another_day_says_which() {
        let now = "2026-11-23T23:59:00Z".parse().unwrap();
        assert_eq!(clock_seen_from(now, "2026-11-23T23:59:30Z".parse().unwrap()), "23:59:30");
        let tomorrow = "2026-11-24T00:09:00Z".parse().unwrap();
        assert_eq!(clock_seen_from(now, tomorrow), "2026-11-24 00:09:00");
    }
}
