//! Percent of traffic and Route 53's weights, and the way from one to the other.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::rate::parse_percent;

/// Part of the traffic meant for the new side, from 0 % to 100 %, to a ten-thousandth of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Share {
    parts_per_million: u32,
}

impl Share {
    /// Nothing goes to the new side.
    pub const ZERO: Self = Self { parts_per_million: 0 };
    /// Everything goes to the new side.
    pub const FULL: Self = Self { parts_per_million: 1_000_000 };

    /// Returns the share nearest to a fraction; what is below 0 becomes 0 %, above 1 becomes 100 %.
    pub fn from_fraction(fraction: f64) -> Self {
        // The clamp keeps the cast in range; NaN becomes 0.
        Self { parts_per_million: (fraction.clamp(0.0, 1.0) * 1e6).round() as u32 }
    }

    /// Returns the share as a fraction from 0 to 1.
    pub fn fraction(self) -> f64 {
        f64::from(self.parts_per_million) / 1e6
    }
}

/// Text that is not a share of traffic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a share from 0% to 100%, such as `5%` or `0.5%`")]
pub struct InvalidShare(String);

impl FromStr for Share {
    type Err = InvalidShare;

    fn from_str(text: &str) -> Result<Self, InvalidShare> {
        let parts_per_million = parse_percent(text)
            .map(|fraction| (fraction * 1e6).round())
            .filter(|parts| (0.0..=1e6).contains(parts))
            .ok_or_else(|| InvalidShare(text.to_owned()))?;
        // The range was checked above, so the cast keeps the value.
        Ok(Self { parts_per_million: parts_per_million as u32 })
    }
}

impl TryFrom<String> for Share {
    type Error = InvalidShare;

    fn try_from(text: String) -> Result<Self, InvalidShare> {
        text.parse()
    }
}

impl From<Share> for String {
    fn from(share: Share) -> Self {
        share.to_string()
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}%", f64::from(self.parts_per_million) / 1e4))
    }
}

/// Route 53's weight of one member, 0 to 255 (law L14).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Weight(pub u8);

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The weights of a record pair's two members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Weights {
    /// Weight of the legacy member.
    pub legacy: Weight,
    /// Weight of the new member.
    pub new: Weight,
}

impl Weights {
    /// Returns the pair of weights whose share is nearest to the one wanted.
    ///
    /// Among equally near pairs the one whose weights sum to 100 wins, because people read it as percent;
    /// then the one with the smallest sum. A share above zero never becomes zero and a share below 100 %
    /// never becomes 100 %: the smallest share a pair can have is 1/256 (0.39 %).
    pub fn nearest(share: Share) -> Self {
        let wanted = share.fraction();
        let mut best = Self::of(100, 0);
        let mut best_key = (f64::INFINITY, true, u16::MAX);
        for sum in 1..=510_u16 {
            for new in candidates(wanted, sum) {
                let legacy = sum - new;
                let (Ok(legacy), Ok(new)) = (u8::try_from(legacy), u8::try_from(new)) else {
                    continue;
                };
                let pair = Self::of(legacy, new);
                if !pair.keeps_the_ends_of(share) {
                    continue;
                }
                let error = (pair.fraction() - wanted).abs();
                let key = (if error < 1e-12 { 0.0 } else { error }, sum != 100, sum);
                if key < best_key {
                    (best, best_key) = (pair, key);
                }
            }
        }
        best
    }

    /// Returns the part of answers that name the new member, 0 to 1 (law L44). Two zeros are a half, as
    /// Route 53 answers them (law L45).
    pub fn fraction(self) -> f64 {
        let (legacy, new) = (f64::from(self.legacy.0), f64::from(self.new.0));
        if legacy + new == 0.0 { 0.5 } else { new / (legacy + new) }
    }

    fn of(legacy: u8, new: u8) -> Self {
        Self { legacy: Weight(legacy), new: Weight(new) }
    }

    fn keeps_the_ends_of(self, share: Share) -> bool {
        (self.new.0 == 0) == (share == Share::ZERO)
            && (self.legacy.0 == 0) == (share == Share::FULL)
    }
}

fn candidates(wanted: f64, sum: u16) -> impl Iterator<Item = u16> {
    let exact = wanted * f64::from(sum);
    let low = exact.floor() as u16;
    (low..=low + 1).filter(move |new| *new <= sum)
}

impl fmt::Display for Weights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.legacy, self.new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(text: &str) -> String {
        Weights::nearest(text.parse().unwrap()).to_string()
    }

    #[test]
    fn whole_percents_are_exact_and_sum_to_100() {
        for percent in 0..=100_u8 {
            let pair = Weights::nearest(format!("{percent}%").parse().unwrap());
            assert_eq!((pair.legacy.0, pair.new.0), (100 - percent, percent));
        }
    }

    #[test]
    fn fractions_are_exact_where_255_allows() {
        assert_eq!(weights("0.5%"), "199/1");
        assert_eq!(weights("12.5%"), "7/1");
        assert_eq!(weights("99.5%"), "1/199");
    }

    #[test]
    fn a_tiny_share_is_the_smallest_there_is_and_not_zero() {
        assert_eq!(weights("0.01%"), "255/1");
        assert_eq!(weights("99.99%"), "1/255");
    }

    #[test]
    fn all_zero_is_never_a_result() {
        for parts in (0..=1_000_000).step_by(997) {
            let pair = Weights::nearest(Share { parts_per_million: parts });
            assert!(pair.legacy.0 > 0 || pair.new.0 > 0, "{parts}");
        }
    }

    #[test]
    fn shares_print_as_they_are_written() {
        for text in ["0%", "0.5%", "25%", "99.9999%", "100%"] {
            assert_eq!(text.parse::<Share>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_not_a_share_says_what_is() {
        for text in ["5", "-1%", "101%", "NaN%", "inf%", "%", "", "5 percent", "1e1%"] {
            let error = text.parse::<Share>().unwrap_err().to_string();
            assert!(error.contains("0% to 100%"), "{text}: {error}");
        }
    }
}
