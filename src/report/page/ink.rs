//! The colours of the charts. The style sheet names each, and gives it another value in the dark and on paper.

use plotters::style::RGBColor;

use super::story::Meaning;

/// What a line stands for; each has a colour of its own in the style sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    /// The legacy side.
    Legacy,
    /// The new side.
    New,
    /// What was set.
    Set,
    /// Beyond this it is a breach.
    Limit,
    /// Beyond this it is a warning.
    Warning,
}

impl Ink {
    /// Every ink.
    #[cfg(test)]
    pub(super) const ALL: [Self; 5] =
        [Self::Legacy, Self::New, Self::Set, Self::Limit, Self::Warning];

    pub(super) fn colour(self) -> RGBColor {
        match self {
            Self::Legacy => RGBColor(0x6b, 0x72, 0x80),
            Self::New => RGBColor(0x00, 0x5f, 0xcc),
            Self::Set => RGBColor(0x33, 0x41, 0x55),
            Self::Limit => RGBColor(0xb4, 0x23, 0x18),
            Self::Warning => RGBColor(0xb5, 0x6a, 0x00),
        }
    }

    /// Returns the style of its label.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::New => "new",
            Self::Set => "set",
            Self::Limit => "limit",
            Self::Warning => "warning",
        }
    }
}

/// Colours of what is not a line.
pub(super) const BAND: RGBColor = RGBColor(0xf1, 0xf3, 0xf6);
pub(super) const FOLD: RGBColor = RGBColor(0xd5, 0xda, 0xe1);
pub(super) const GRID: RGBColor = RGBColor(0xe3, 0xe6, 0xea);

pub(super) fn rule_colour(meaning: Meaning) -> RGBColor {
    match meaning {
        Meaning::Bad => RGBColor(0xc0, 0x2b, 0x1d),
        Meaning::Warning => RGBColor(0xc7, 0x79, 0x00),
        Meaning::Person => RGBColor(0x7a, 0x4f, 0xbf),
        Meaning::Good => RGBColor(0x1a, 0x7f, 0x4e),
        Meaning::Wait => RGBColor(0x8a, 0x91, 0x9c),
    }
}

/// Every colour that a drawing may have, as the style sheet names it.
#[cfg(test)]
fn colours() -> Vec<String> {
    let marks = [Meaning::Bad, Meaning::Warning, Meaning::Person, Meaning::Good, Meaning::Wait];
    let all = Ink::ALL
        .map(Ink::colour)
        .into_iter()
        .chain(marks.map(rule_colour))
        .chain([BAND, FOLD, GRID]);
    all.map(|RGBColor(r, g, b)| format!("#{r:02X}{g:02X}{b:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_of_a_drawing_has_a_rule_in_the_style_sheet() {
        let style = include_str!("style.css");
        for colour in colours() {
            assert!(style.contains(&format!("=\"{colour}\"]")), "{colour}");
        }
        let mut all = colours();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), colours().len(), "no two things share a colour");
    }
}
