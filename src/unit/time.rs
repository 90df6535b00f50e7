//! Minutes of metrics, and durations as people write them.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// One 60-second bucket of CloudWatch metrics, named by the time at which it begins.
///
/// Counted in whole minutes since the Unix epoch, as CloudWatch aligns its buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Minute(pub i64);

impl Minute {
    /// Returns the minute that this moment falls into.
    pub fn containing(at: Timestamp) -> Self {
        Self(at.as_second().div_euclid(60))
    }

    /// Returns the first minute that begins at this moment or after it.
    pub fn starting_from(at: Timestamp) -> Self {
        let floor = Self::containing(at);
        if floor.start() == at { floor } else { Self(floor.0 + 1) }
    }

    /// Returns the moment at which the minute begins. Minutes outside jiff's range of years are held at its ends.
    pub fn start(self) -> Timestamp {
        let second = self.0.saturating_mul(60);
        Timestamp::from_second(second).unwrap_or(if second < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
    }

    /// Returns the moment at which the minute is over.
    pub fn end(self) -> Timestamp {
        self.offset(1).start()
    }

    /// Returns the minute this many minutes later, or earlier for a negative count.
    #[must_use]
    pub fn offset(self, minutes: i64) -> Self {
        Self(self.0.saturating_add(minutes))
    }
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.start().strftime("%H:%M"))
    }
}

/// Text that is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a duration, such as `90s`, `10m` or `1h30m`")]
pub struct InvalidDuration(String);

/// Longest duration that a runbook may name: a year. Longer ones are typing errors, and would overflow dates.
const LONGEST_SECONDS: i64 = 366 * 24 * 3600;

/// Reads `90s`, `10m`, `1h30m`, `14d`: whole numbers with the units d, h, m, s, each at most once, largest first.
///
/// # Errors
/// Anything else, and everything longer than a year.
pub fn parse_duration(text: &str) -> Result<SignedDuration, InvalidDuration> {
    let invalid = || InvalidDuration(text.to_owned());
    let mut rest = text;
    let mut seconds: i64 = 0;
    for (unit, length) in [('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)] {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits > 0 && rest[digits..].starts_with(unit) {
            let count: i64 = rest[..digits].parse().map_err(|_| invalid())?;
            seconds = count
                .checked_mul(length)
                .and_then(|more| seconds.checked_add(more))
                .filter(|sum| *sum <= LONGEST_SECONDS)
                .ok_or_else(invalid)?;
            rest = &rest[digits + 1..];
        }
    }
    if text.is_empty() || !rest.is_empty() {
        return Err(invalid());
    }
    Ok(SignedDuration::from_secs(seconds))
}

/// Prints a duration the way [`parse_duration`] reads it, rounded to whole seconds; negative ones with a minus.
pub fn words(duration: SignedDuration) -> String {
    let seconds = (duration.as_secs_f64().round() as i64).unsigned_abs();
    let sign = if duration.is_negative() && seconds > 0 { "-" } else { "" };
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    let mut text = String::from(sign);
    for (count, unit) in [(days, 'd'), (hours, 'h'), (minutes, 'm'), (rest, 's')] {
        if count > 0 {
            text.push_str(&count.to_string());
            text.push(unit);
        }
    }
    if seconds == 0 { "0s".to_owned() } else { text }
}

/// Prints a latency the way runbooks write it: in whole seconds as [`words`] does, else in milliseconds.
pub fn latency_words(latency: SignedDuration) -> String {
    match latency.as_millis() {
        millis if millis % 1000 == 0 => words(latency),
        millis => format!("{millis}ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_print_as_they_are_written() {
        for text in ["0s", "90s", "10m", "1h30m", "14d", "1d2h3m4s"] {
            let duration = parse_duration(text).unwrap();
            assert_eq!(parse_duration(&words(duration)).unwrap(), duration, "{text}");
        }
        assert_eq!(words(SignedDuration::from_secs(90)), "1m30s");
        let latencies =
            [800, 2000].map(|millis| latency_words(SignedDuration::from_millis(millis)));
        assert_eq!(latencies, ["800ms", "2s"]);
    }

    #[test]
    fn what_is_not_a_duration_is_refused() {
        for text in
            ["", "10", "m", "10 m", "-5m", "1m1h", "5m5m", "1.5h", "999999999999999999999s", "400d"]
        {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_minute_begins_on_its_own_second() {
        let at: Timestamp = "2026-11-23T02:14:00Z".parse().unwrap();
        assert_eq!(Minute::containing(at).start(), at);
        assert_eq!(Minute::starting_from(at).start(), at);
        let later = at + SignedDuration::from_secs(1);
        assert_eq!(Minute::starting_from(later), Minute::containing(at).offset(1));
    }
}
