//! Colour, or none.

use std::borrow::Cow;

use super::Tone;

/// Colours text, or leaves it alone. Nothing that is coloured means less without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint {
    colour: bool,
}

impl Paint {
    /// Returns a paint that colours, or one that does not.
    pub fn new(colour: bool) -> Self {
        Self { colour }
    }

    /// Returns the text in the colour of its tone.
    pub fn tone<'a>(&self, tone: Tone, text: &'a str) -> Cow<'a, str> {
        match tone {
            Tone::Plain => Cow::Borrowed(text),
            Tone::Strong => self.wrap("1", text),
            Tone::Good => self.wrap("32", text),
            Tone::Warning => self.wrap("33", text),
            Tone::Bad => self.wrap("1;31", text),
        }
    }

    fn wrap<'a>(&self, code: &str, text: &'a str) -> Cow<'a, str> {
        if self.colour {
            Cow::Owned(format!("\u{1b}[{code}m{text}\u{1b}[0m"))
        } else {
            Cow::Borrowed(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_text_is_left_alone() {
        assert_eq!(Paint::new(false).tone(Tone::Bad, "breach"), "breach");
        assert_eq!(Paint::new(true).tone(Tone::Bad, "breach"), "\u{1b}[1;31mbreach\u{1b}[0m");
        assert_eq!(Paint::new(true).tone(Tone::Plain, "step"), "step");
    }
}
