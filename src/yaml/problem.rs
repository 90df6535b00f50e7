//! One thing that is wrong, where, and what to do about it; and how foreign text is shown.

/// One thing that is wrong with a text. Whoever knows the file's name puts it in front.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{line}:{column}: {message}")]
pub struct Problem {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What is wrong: lower case, no full stop. Foreign text in it has gone through [`excerpt`].
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Characters of foreign text that a message repeats; enough to find it by, and no more than a line.
const LONGEST_EXCERPT: usize = 60;

/// Characters of a library's message that are repeated; its own words are longer than what it quotes.
const LONGEST_REMARK: usize = 240;

/// Returns foreign text fit for a terminal: unseen characters are written out, and long text is cut.
pub fn excerpt(text: &str) -> String {
    shown(text, LONGEST_EXCERPT)
}

/// Returns a library's message, which may quote foreign text, fit for a terminal.
pub(super) fn remark(text: &str) -> String {
    shown(text, LONGEST_REMARK)
}

fn shown(text: &str, longest: usize) -> String {
    let mut shown = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == longest {
            shown.push('…');
            break;
        }
        match c {
            '\n' | '\r' | '\t' => shown.extend(c.escape_default()),
            c if is_unseen(c) => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// Returns true for characters that change how a terminal shows other characters, or that nobody sees: control
/// characters, line and paragraph separators, directions of writing, tags.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}
