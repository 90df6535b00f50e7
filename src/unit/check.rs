//! Whether bytes are still as they were.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The first 64 bits of a SHA-256; in text 16 hexadecimal digits, as `sha256sum FILE | cut -c1-16` prints them.
///
/// It finds what was damaged or edited. Whoever wants to deceive can compute it anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Check(u64);

/// Text that is not a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a check has {LENGTH} digits, 0 to 9 and a to f")]
pub struct InvalidCheck;

/// Digits of a check in text.
const LENGTH: usize = 16;

impl Check {
    /// Returns the check of these bytes, one part after another.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hash = Sha256::new();
        parts.into_iter().for_each(|part| hash.update(part));
        let mut first = [0; 8];
        first.copy_from_slice(&hash.finalize()[..8]);
        Self(u64::from_be_bytes(first))
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0LENGTH$x}", self.0)
    }
}

impl FromStr for Check {
    type Err = InvalidCheck;

    fn from_str(text: &str) -> Result<Self, InvalidCheck> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != LENGTH || !text.bytes().all(digit) {
            return Err(InvalidCheck);
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| InvalidCheck)
    }
}

impl From<Check> for String {
    fn from(check: Check) -> Self {
        check.to_string()
    }
}

impl TryFrom<String> for Check {
    type Error = InvalidCheck;

    fn try_from(text: String) -> Result<Self, InvalidCheck> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_sha256sum_says() {
        // printf abc | sha256sum; printf '' | sha256sum
        let abc = Check::of([&b"a"[..], b"bc"]);
        assert_eq!(abc.to_string(), "ba7816bf8f01cfea");
        assert_eq!(Check::of([]).to_string(), "e3b0c44298fc1c14");
        assert_eq!("ba7816bf8f01cfea".parse(), Ok(abc));
    }

    #[test]
    fn one_check_has_one_text() {
        for text in
            ["", "ba7816bf8f01cfe", "ba7816bf8f01cfeaa", "BA7816BF8F01CFEA", "+a7816bf8f01cfea"]
        {
            assert_eq!(text.parse::<Check>(), Err(InvalidCheck), "{text}");
        }
        assert_eq!(Check(1).to_string(), "0000000000000001");
    }
}
