//! What one event looks like as text: a line with its time, and perhaps more lines below it.

use std::fmt;

use super::{
    clean,
    screen::{width, wrapped},
};
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
    details: Vec<Detail>,
    opens_day: bool,
}

/// A line below the headline.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Detail {
    /// A sentence, which may be broken where the terminal is narrow.
    Text(String),
    /// A command, which stays in one piece so that it can be copied.
    Command(String),
}

/// Columns in front of a detail: the time and the blanks behind it.
const INDENT: usize = 10;
/// Fewest columns that are worth breaking lines for.
const FEWEST: usize = 40;

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
    /// What the eye should find first.
    Strong,
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
    pub(super) fn ranked(mut self, rank: Rank) -> Self {
        self.rank = rank;
        self
    }

    /// Returns the line with another tone.
    #[must_use]
    pub(super) fn toned(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }

    /// Returns the line with one more detail below it.
    #[must_use]
    pub fn detail(mut self, text: impl AsRef<str>) -> Self {
        self.details.push(Detail::Text(clean(text.as_ref()).into_owned()));
        self
    }

    /// Returns the line with a command below it, which is not broken however long it is: it is there to be copied.
    #[must_use]
    pub fn command(mut self, text: impl AsRef<str>) -> Self {
        self.details.push(Detail::Command(clean(text.as_ref()).into_owned()));
        self
    }

    /// Returns the line with more details below it.
    #[must_use]
    pub fn details<T: AsRef<str>>(self, texts: impl IntoIterator<Item = T>) -> Self {
        texts.into_iter().fold(self, Self::detail)
    }

    /// Returns the line with its date above it, as the first of a day needs it.
    #[must_use]
    pub(super) fn opening_a_day(mut self) -> Self {
        self.opens_day = true;
        self
    }

    /// Returns the line of something that a dry run only remembers.
    #[must_use]
    pub(super) fn unwritten(mut self) -> Self {
        self.headline.insert_str(0, "dry run, not written: ");
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
    pub(super) fn said_below(&self) -> impl Iterator<Item = &str> {
        self.details.iter().map(|detail| match detail {
            Detail::Text(text) | Detail::Command(text) => text.as_str(),
        })
    }

    /// Returns its text with its headline in the colour of its tone, broken where a terminal of so many columns would break
    /// it in the middle of words.
    pub fn painted(&self, paint: super::Paint, columns: Option<usize>) -> String {
        let mut text = String::new();
        if self.opens_day {
            text.push_str(&self.at.strftime("%Y-%m-%d, times are UTC\n").to_string());
        }
        text.push_str(&clock(self.at));
        text.push_str("  ");
        let headline = broken(&self.headline, columns);
        let headline: Vec<_> = headline.iter().map(|line| paint.tone(self.tone, line)).collect();
        let below = format!("\n{:INDENT$}", "");
        text.push_str(&headline.join(&below));
        for detail in &self.details {
            let lines = match detail {
                Detail::Text(text) => broken(text, columns),
                Detail::Command(text) => vec![text.clone()],
            };
            for line in lines {
                text.push_str(&below);
                text.push_str(&line);
            }
        }
        text
    }
}

/// Returns a text in lines that fit behind the time; those after the first hang a little further in than it begins.
fn broken(text: &str, columns: Option<usize>) -> Vec<String> {
    let room = columns.filter(|columns| *columns >= FEWEST).map(|columns| columns - INDENT);
    let Some(room) = room.filter(|room| width(text) > *room) else { return vec![text.to_owned()] };
    let rest = text.trim_start_matches(' ');
    let own = " ".repeat(text.len() - rest.len());
    let hang = own.len() + 2;
    let mut lines = wrapped(rest, room.saturating_sub(hang)).into_iter();
    let first = lines.next().map(|line| own.clone() + &line);
    first.into_iter().chain(lines.map(|line| format!("{:hang$}{line}", ""))).collect()
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.painted(super::Paint::new(false), None))
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
    use snapbox::{assert_data_eq, str};

    use super::*;

    #[test]
    fn long_lines_hang_below_where_they_began_and_commands_stay_whole() {
        let command = "go on:     cutover resume api-20261123T021400Z-9f3a --state /somewhere/else";
        let line = Line::new("2026-11-23T02:14:07Z".parse().unwrap(), "one two three ".repeat(3))
            .detail("  left by the run: weighted 95 for legacy")
            .command(command);
        let text = line.painted(super::super::Paint::new(false), Some(40));
        assert_data_eq!(
            text,
            str![[r#"
02:14:07  one two three one two three
            one two three 
            left by the run: weighted
              95 for legacy
          go on:     cutover resume api-20261123T021400Z-9f3a --state /somewhere/else
"#]]
        );
    }

    #[test]
    fn a_time_on_another_day_says_which() {
        let now = "2026-11-23T23:59:00Z".parse().unwrap();
        assert_eq!(clock_seen_from(now, "2026-11-23T23:59:30Z".parse().unwrap()), "23:59:30");
        let tomorrow = "2026-11-24T00:09:00Z".parse().unwrap();
        assert_eq!(clock_seen_from(now, tomorrow), "2026-11-24 00:09:00");
    }
}
