//! One line of the screen: pieces of text with their tones, cut to the terminal's width before they are coloured.

use unicode_width::UnicodeWidthChar as _;

use crate::report::{Paint, Tone, clean};

/// How much a line matters: where there is no room for all, those that matter least go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// Nice to know.
    Least,
    /// What is as it should be.
    Little,
    /// Where the run is.
    Some,
    /// What is not as it should be.
    Much,
    /// What the operator would ask first.
    Most,
}

/// One line of the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) weight: Weight,
    pieces: Vec<(Tone, String)>,
}

impl Row {
    /// Returns an empty line.
    pub(super) fn of(weight: Weight) -> Self {
        Self { weight, pieces: Vec::new() }
    }

    /// Returns a line that begins with a label of so many columns.
    pub(super) fn labelled(weight: Weight, (tone, label): (Tone, &str), columns: usize) -> Self {
        let blank = columns.saturating_sub(width(label)) + 1;
        Self::of(weight).add(tone, label).add(Tone::Plain, " ".repeat(blank))
    }

    /// Returns the line with more text. What a terminal would obey is written out.
    pub(super) fn add(mut self, tone: Tone, text: impl AsRef<str>) -> Self {
        self.pieces.push((tone, clean(text.as_ref()).into_owned()));
        self
    }

    /// Returns the line as a terminal of this width shows it: never wider, and without blanks at its end.
    pub(super) fn drawn(&self, columns: usize, unicode: bool, paint: Paint) -> String {
        let whole: usize = self.pieces.iter().map(|(_, text)| width(text)).sum();
        let cut = whole > columns;
        let dots = ["...", "\u{2026}"][usize::from(unicode)];
        let mut room = if cut { columns.saturating_sub(width(dots)) } else { columns };
        let mut drawn = String::new();
        let mut blanks = String::new();
        for (tone, text) in &self.pieces {
            let shown: String = text.chars().take_while(|c| spend(&mut room, *c)).collect();
            let full = shown.len() < text.len();
            let text = shown.trim_end_matches(' ');
            if !text.is_empty() {
                drawn.push_str(&std::mem::take(&mut blanks));
                drawn.push_str(&paint.tone(*tone, &plain(text, unicode)));
            }
            blanks.push_str(&shown[text.len()..]);
            if full {
                break;
            }
        }
        if cut {
            drawn.extend(dots.chars().take(columns));
        }
        drawn
    }
}

/// Takes the columns of a character from the room that is left; returns false where there are too few.
fn spend(room: &mut usize, c: char) -> bool {
    let columns = c.width().unwrap_or(0);
    let fits = columns <= *room;
    *room = if fits { *room - columns } else { 0 };
    fits
}

/// Returns the text as a terminal can show it that knows nothing but ASCII.
fn plain(text: &str, unicode: bool) -> String {
    let shown = |c: char| if unicode || c.is_ascii() { c } else { '?' };
    text.chars().map(shown).collect()
}

/// Returns the columns of a text.
pub(in crate::report) fn width(text: &str) -> usize {
    text.chars().filter_map(char::width).sum()
}

/// Returns the text in lines of at most so many columns, broken between words; a word that is longer stays whole.
pub(in crate::report) fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(row: &Row, columns: usize) -> String {
        row.drawn(columns, true, Paint::new(false))
    }

    #[test]
    fn a_line_that_is_too_long_ends_with_dots() {
        let row = Row::of(Weight::Most).add(Tone::Plain, "abc def").add(Tone::Bad, "ghi  ");
        assert_eq!(drawn(&row, 12), "abc defghi");
        assert_eq!(drawn(&row, 11), "abc defghi…");
        assert_eq!(drawn(&row, 9), "abc defg…");
        assert_eq!(drawn(&row, 5), "abc…");
        assert_eq!((drawn(&row, 1), drawn(&row, 0)), ("…".to_owned(), String::new()));
        assert_eq!(row.drawn(9, false, Paint::new(false)), "abc de...");
    }

    #[test]
    fn wide_characters_take_two_columns_and_are_question_marks_where_nobody_knows_them() {
        let row = Row::of(Weight::Most).add(Tone::Plain, "切替切替");
        assert_eq!(drawn(&row, 8), "切替切替");
        assert_eq!(drawn(&row, 7), "切替切…");
        assert_eq!(row.drawn(8, false, Paint::new(false)), "????");
    }

    #[test]
    fn only_text_is_coloured_and_a_cut_keeps_colours_whole() {
        let row = Row::labelled(Weight::Most, (Tone::Bad, "BREACH"), 8).add(Tone::Plain, "errors");
        let paint = Paint::new(true);
        assert_eq!(row.drawn(20, true, paint), "\u{1b}[1;31mBREACH\u{1b}[0m   errors");
        assert_eq!(row.drawn(5, true, paint), "\u{1b}[1;31mBREA\u{1b}[0m…");
    }

    #[test]
    fn a_text_is_broken_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("one incomprehensibility", 7), ["one", "incomprehensibility"]);
        assert_eq!(wrapped("", 7), [""]);
    }
}
