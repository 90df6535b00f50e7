//! Makes text that somebody else wrote safe to show.

use std::{borrow::Cow, fmt::Write as _};

/// Returns the text with everything that could move the cursor, recolour, hide or reorder text written out as an
/// escape, such as `\u{1b}`. Line breaks are written out too: one line in is one line out.
///
/// For all text that came from AWS, a runbook, a journal or the command line.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_harmful(c) {
            let _ = write!(safe, "{}", c.escape_default());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

/// Returns a text of several lines with each of them [clean]; tabs, which do no harm, stay too.
///
/// For texts of our own, such as a script or a help page, in which something of somebody else's may stand.
pub fn clean_lines(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| is_harmful(c) && !matches!(c, '\n' | '\t')) {
        return Cow::Borrowed(text);
    }
    let parts = text.split_inclusive(['\n', '\t']);
    let safe = parts.map(|part| {
        let end = part.trim_end_matches(['\n', '\t']).len();
        format!("{}{}", clean(&part[..end]), &part[end..])
    });
    Cow::Owned(safe.collect())
}

/// Returns true for characters that a terminal obeys instead of showing them.
pub fn is_harmful(c: char) -> bool {
    // After the control characters: zero-width and direction marks, line separators, overrides and isolates,
    // invisible operators, the byte-order mark and tags.
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        assert_eq!(clean("\u{1b}[2J\u{9b}2J\u{7f}"), r"\u{1b}[2J\u{9b}2J\u{7f}");
        assert_eq!(clean("a\r\nb\tc"), r"a\r\nb\tc");
        assert_eq!(clean("ok \u{202e}ko\u{2066}\u{200b}"), r"ok \u{202e}ko\u{2066}\u{200b}");
    }

    #[test]
    fn a_text_of_several_lines_keeps_them() {
        assert_eq!(clean_lines("a\n\tb \u{1b}[2J\r\n\n"), "a\n\tb \\u{1b}[2J\\r\n\n");
        assert_eq!(clean_lines("a\n\tb\n"), "a\n\tb\n");
    }

    #[test]
    fn plain_text_of_every_language_stays_as_it_is() {
        for text in ["api.example.com", "\\052.example.com", "Übergabe 切替 ✓ \"x\""] {
            assert_eq!(clean(text), text);
        }
    }
}
