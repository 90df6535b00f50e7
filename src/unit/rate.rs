//! Fractions that people write as percentages.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A fraction that is written as a percentage, such as an error rate: 0 or more, finite.
///
/// Held as a fraction: `0.1%` is 0.001.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rate(f64);

impl Rate {
    /// Returns the rate that is this fraction, or nothing for a negative or non-finite number.
    pub fn from_fraction(fraction: f64) -> Option<Self> {
        (fraction.is_finite() && fraction >= 0.0).then_some(Self(fraction))
    }

    /// Returns the rate as a fraction.
    pub fn fraction(self) -> f64 {
        self.0
    }
}

/// Text that is not a percentage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a percentage, such as `0.1%`")]
pub struct InvalidRate(String);

impl FromStr for Rate {
    type Err = InvalidRate;

    fn from_str(text: &str) -> Result<Self, InvalidRate> {
        parse_percent(text)
            .and_then(Self::from_fraction)
            .ok_or_else(|| InvalidRate(text.to_owned()))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.0 * 100.0;
        let places = match percent {
            p if p == 0.0 || p >= 10.0 => 1,
            p if p >= 1.0 => 2,
            p if p >= 0.01 => 3,
            _ => 5,
        };
        let text = format!("{percent:.places$}");
        f.pad(&format!("{}%", text.trim_end_matches('0').trim_end_matches('.')))
    }
}

/// Reads plain decimal digits before a `%` and returns the fraction they stand for.
pub(super) fn parse_percent(text: &str) -> Option<f64> {
    let digits = text.strip_suffix('%')?;
    let plain = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    let percent: f64 = if plain { digits.parse().ok()? } else { return None };
    percent.is_finite().then_some(percent / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_read_and_print_alike() {
        for text in ["0%", "0.02%", "0.1%", "1%", "1.5%", "25%", "100%"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_percentage_needs_its_sign_and_plain_digits() {
        for text in ["0.1", "-1%", "1e3%", "inf%", ".nan%", "%", "1..2%"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }
}
