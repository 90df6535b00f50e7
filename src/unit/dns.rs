//! Names and types of DNS records, compared the way Route 53 compares them.

use std::{
    fmt::{self, Write as _},
    str::FromStr,
};

use serde::{Deserialize, Serialize};

/// A DNS name in the form in which two equal names are equal text: lower case, octal escapes decoded where the
/// character is printable, no final dot (laws L32, L34).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct RecordName(String);

/// Text that is not a DNS name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a DNS name: {why}")]
pub struct InvalidName {
    text: String,
    why: &'static str,
}

impl RecordName {
    /// Returns the name without its final dot, as people write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns true when this name is the other or below it.
    pub fn is_within(&self, zone: &Self) -> bool {
        self.0 == zone.0
            || self.0.strip_suffix(zone.0.as_str()).is_some_and(|head| head.ends_with('.'))
    }

    /// Returns the name below this one that has one more label in front.
    ///
    /// # Errors
    /// The label is not one, or the name grows too long.
    pub fn child(&self, label: &str) -> Result<Self, InvalidName> {
        format!("{label}.{}", self.0).parse()
    }

    /// Returns the name as Route 53 lists it: absolute, everything outside `a-z 0-9 - _ .` as `\ooo` (law L32).
    pub fn escaped(&self) -> String {
        let mut text = String::with_capacity(self.0.len() + 1);
        for byte in self.0.bytes() {
            match byte {
                b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => text.push(char::from(byte)),
                // A backslash is left alone: it already begins an escape of an unprintable character.
                b'\\' => text.push('\\'),
                other => {
                    let _ = write!(text, "\\{other:03o}");
                }
            }
        }
        text.push('.');
        text
    }
}

impl FromStr for RecordName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let invalid = |why| InvalidName { text: text.escape_debug().to_string(), why };
        let name = decode(text).ok_or_else(|| invalid("it has a broken escape"))?;
        let name = name.strip_suffix('.').unwrap_or(&name);
        if name.is_empty() {
            return Err(invalid("it is empty"));
        }
        if name.len() > 255 {
            return Err(invalid("it is longer than 255 characters"));
        }
        if name.split('.').any(str::is_empty) {
            return Err(invalid("it has an empty label"));
        }
        if name.split('.').any(|label| label.len() > 63 && !label.contains('\\')) {
            return Err(invalid("a label is longer than 63 characters"));
        }
        if !name.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(invalid("it has a character that a DNS name cannot have"));
        }
        Ok(Self(name.to_ascii_lowercase()))
    }
}

/// Decodes `\ooo` to the character it stands for where that is printable and not itself a dot or a backslash.
fn decode(text: &str) -> Option<String> {
    let mut name = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        name.push_str(&rest[..at]);
        let digits = rest.get(at + 1..at + 4)?;
        let code = u8::from_str_radix(digits, 8).ok()?;
        match char::from(code) {
            c if c.is_ascii_graphic() && c != '.' && c != '\\' => name.push(c),
            _ => name.push_str(&rest[at..at + 4]),
        }
        rest = &rest[at + 4..];
    }
    name.push_str(rest);
    Some(name)
}

impl TryFrom<String> for RecordName {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        text.parse()
    }
}

impl From<RecordName> for String {
    fn from(name: RecordName) -> Self {
        name.0
    }
}

impl fmt::Display for RecordName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A DNS record type. The ones that a runbook can move have a name; the rest are kept to be recognised.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub enum RecordType {
    /// IPv4 address.
    A,
    /// IPv6 address.
    Aaaa,
    /// Another name.
    Cname,
    /// Text.
    Txt,
    /// Any other type, in capitals.
    Other(String),
}

impl RecordType {
    /// Returns the type in capitals, as Route 53 writes it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Txt => "TXT",
            Self::Other(other) => other,
        }
    }
}

impl From<String> for RecordType {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&str> for RecordType {
    fn from(text: &str) -> Self {
        match text {
            "A" => Self::A,
            "AAAA" => Self::Aaaa,
            "CNAME" => Self::Cname,
            "TXT" => Self::Txt,
            other => Self::Other(other.to_ascii_uppercase()),
        }
    }
}

impl From<RecordType> for String {
    fn from(kind: RecordType) -> Self {
        kind.as_str().to_owned()
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How long a resolver may keep an answer, in seconds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Ttl(pub u32);

impl Ttl {
    /// TTL of the answers behind an alias to a load balancer (law L43).
    pub const OF_LOAD_BALANCER: Self = Self(60);

    /// Returns the time as a duration.
    pub fn duration(self) -> jiff::SignedDuration {
        jiff::SignedDuration::from_secs(i64::from(self.0))
    }
}

impl fmt::Display for Ttl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}s", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> RecordName {
        text.parse().unwrap()
    }

    #[test]
    fn l34_names_are_equal_as_route_53_compares_them() {
        assert_eq!(name("API.Example.com."), name("api.example.com"));
        assert_eq!(name("\\052.example.com"), name("*.example.com"));
        assert_eq!(name("*.example.com").escaped(), "\\052.example.com.");
    }

    #[test]
    fn an_escape_that_stands_for_a_dot_stays_an_escape() {
        assert_eq!(name("a\\056b.example.com").as_str(), "a\\056b.example.com");
        assert_eq!(name("a\\056b.example.com").escaped(), "a\\056b.example.com.");
    }

    #[test]
    fn a_name_is_within_its_zone_but_not_within_its_neighbour() {
        assert!(name("a.example.com").is_within(&name("example.com")));
        assert!(name("example.com").is_within(&name("example.com")));
        assert!(!name("aexample.com").is_within(&name("example.com")));
    }

    #[test]
    fn what_is_not_a_name_is_refused() {
        let long = "a".repeat(64);
        for text in ["", ".", "a..b", "a b", "a\\9", "caf\u{e9}.com", "a\u{1b}[2J.com", &long] {
            assert!(text.parse::<RecordName>().is_err(), "{text}");
        }
    }
}
