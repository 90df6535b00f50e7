//! What is checked before anything is parsed: size, encoding, junk.

use super::{Problem, excerpt};

/// Largest text that is read. The largest honest runbook, with a thousand records, has half of it.
const LARGEST_BYTES: usize = 512 * 1024;

/// Returns the bytes as text that is worth parsing.
///
/// # Errors
/// The text is too large, is not UTF-8, begins with a byte order mark or has control characters.
pub(super) fn check(bytes: &[u8]) -> Result<&str, Problem> {
    let at = |line, column, message: String, hint: &str| Problem {
        line,
        column,
        message,
        hint: Some(hint.to_owned()),
    };
    if bytes.len() > LARGEST_BYTES {
        let message =
            format!("the file has {} bytes; at most {LARGEST_BYTES} are read", bytes.len());
        return Err(at(1, 1, message, "is this the right file?"));
    }
    if bytes.starts_with(&[0xef, 0xbb, 0xbf]) {
        let message = "the file begins with a byte order mark".to_owned();
        return Err(at(1, 1, message, "save it as UTF-8 without a byte order mark"));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(at(1, 1, "the file is UTF-16".to_owned(), "save it as UTF-8"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let (line, column) = end_of(&bytes[..error.valid_up_to()]);
        at(line, column, "the file is not UTF-8 text".to_owned(), "is this the right file?")
    })?;
    let junk = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}');
    if let Some((index, c)) = text.char_indices().find(|(_, c)| junk(*c)) {
        let (line, column) = end_of(&bytes[..index]);
        let message = format!("the file has a control character, `{}`", excerpt(&c.to_string()));
        return Err(at(line, column, message, "is this the right file? YAML is plain text"));
    }
    Ok(text)
}

/// Returns the line and column just after this text, which is UTF-8.
fn end_of(before: &[u8]) -> (usize, usize) {
    let text = String::from_utf8_lossy(before);
    let line = text.matches('\n').count() + 1;
    let column = text.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    (line, column)
}
