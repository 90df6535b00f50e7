//! Makes text that somebody else wrote safe to show on a terminal.

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

/// Returns true for characters that a terminal obeys instead of showing them.
pub(super) fn is_harmful(c: char) -> bool {
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
    fn plain_text_of_every_language_stays_as_it_is() {
        for text in ["api.example.com", "\\052.example.com", "Übergabe 切替 ✓ \"x\""] {
            assert_eq!(clean(text), text);
        }
    }
}
