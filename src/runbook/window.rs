//! Time windows: when steps may start.
//!
//! A window is what a clock on the wall of its time zone shows: `09:00-16:00` is open from the moment at which that clock
//! shows 09:00 until it shows 16:00, on days on which it is set back or forward too.

use std::{fmt, str::FromStr};

use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

/// A window that comes back every week.
pub(super) const WEEKLY: &str = "Mon-Thu 09:00-16:00 America/Los_Angeles";

/// A window of whole days, the last one included.
pub(super) const DATES: &str = "2026-12-20/2027-01-04";

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Days that are searched for the next opening. What is closed for longer is closed for good.
const HORIZON_DAYS: i64 = 400;

const MINUTES_OF_A_DAY: u16 = 24 * 60;

/// A window: on some days of every week between two times of day in a time zone, or some whole days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Window {
    text: String,
    form: Form,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    /// Minutes of the day; one that ends before it begins goes past midnight and belongs to the day on which it begins.
    Weekly { days: [bool; 7], from: u16, to: u16, zone: TimeZone },
    /// Whole days, of the time zone that whoever asks goes by.
    Dates { first: Date, last: Date },
}

/// Text that is no window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidWindow(&'static str);

/// When steps may start: inside one of the windows of `allow`, if there are any, and inside none of `deny`.
///
/// Dates are days of the time zone of the first window that names one, and of UTC where none does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Windows {
    /// Only inside one of these, if there are any.
    pub allow: Vec<Window>,
    /// Never inside one of these.
    pub deny: Vec<Window>,
}

impl Windows {
    /// Returns true where steps may start at any time.
    pub fn is_empty(&self) -> bool {
        self.allow.is_empty() && self.deny.is_empty()
    }

    /// Returns true when a step may start at this moment.
    pub fn is_open(&self, at: Timestamp) -> bool {
        let dates = self.zone_of_dates();
        let within = |window: &Window| window.holds(at, &dates);
        (self.allow.is_empty() || self.allow.iter().any(within)) && !self.deny.iter().any(within)
    }

    /// Returns the first moment from this one on at which a step may start, to the minute; nothing where there is none
    /// within 400 days.
    pub fn opens(&self, at: Timestamp) -> Option<Timestamp> {
        if self.is_open(at) {
            return Some(at);
        }
        // Clocks are set, and windows begin, at whole minutes.
        let minute = at.as_second().div_euclid(60);
        let minutes = minute + 1..=minute + HORIZON_DAYS * i64::from(MINUTES_OF_A_DAY);
        let mut moments = minutes.filter_map(|m| Timestamp::from_second(m * 60).ok());
        moments.find(|moment| self.is_open(*moment))
    }

    /// Returns the windows in words that follow "steps start".
    pub fn in_words(&self) -> String {
        let listed = |windows: &[Window]| {
            windows.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        match (self.allow.is_empty(), self.deny.is_empty()) {
            (true, true) => "at any time".to_owned(),
            (false, true) => format!("only within {}", listed(&self.allow)),
            (true, false) => format!("never within {}", listed(&self.deny)),
            (false, false) => {
                format!("only within {}, never within {}", listed(&self.allow), listed(&self.deny))
            }
        }
    }

    fn zone_of_dates(&self) -> TimeZone {
        let zone = |window: &Window| match &window.form {
            Form::Weekly { zone, .. } => Some(zone.clone()),
            Form::Dates { .. } => None,
        };
        self.allow.iter().chain(&self.deny).find_map(zone).unwrap_or(TimeZone::UTC)
    }
}

impl Window {
    fn holds(&self, at: Timestamp, dates: &TimeZone) -> bool {
        match &self.form {
            Form::Dates { first, last } => {
                let day = dates.to_datetime(at).date();
                *first <= day && day <= *last
            }
            Form::Weekly { days, from, to, zone } => {
                let shown = zone.to_datetime(at);
                let minute = minute_of(shown.time());
                let today = days[index(shown.date().weekday())];
                let yesterday =
                    shown.date().checked_sub(1.day()).is_ok_and(|day| days[index(day.weekday())]);
                if from < to {
                    today && (*from..*to).contains(&minute)
                } else {
                    (today && minute >= *from) || (yesterday && minute < *to)
                }
            }
        }
    }
}

fn minute_of(time: Time) -> u16 {
    // Neither is ever negative.
    time.hour().unsigned_abs() as u16 * 60 + u16::from(time.minute().unsigned_abs())
}

fn index(day: Weekday) -> usize {
    usize::from(day.to_monday_zero_offset().unsigned_abs())
}

impl FromStr for Window {
    type Err = InvalidWindow;

    fn from_str(text: &str) -> Result<Self, InvalidWindow> {
        let parts: Vec<&str> = text.split_ascii_whitespace().collect();
        let form = match parts[..] {
            [text] if text.starts_with(|c: char| c.is_ascii_digit()) => dates(text),
            [days_text, times_text, zone_text] => days(days_text).and_then(|days| {
                let (from, to) = times(times_text)?;
                Ok(Form::Weekly { days, from, to, zone: zone(zone_text)? })
            }),
            [_, _] => Err("a time of day needs a time zone"),
            _ => Err("it is neither days, times and a zone, nor dates"),
        };
        Ok(Self { text: parts.join(" "), form: form.map_err(InvalidWindow)? })
    }
}

impl TryFrom<String> for Window {
    type Error = InvalidWindow;

    fn try_from(text: String) -> Result<Self, InvalidWindow> {
        text.parse()
    }
}

impl From<Window> for String {
    fn from(window: Window) -> Self {
        window.text
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn dates(text: &str) -> Result<Form, &'static str> {
    let (first, last) = text.split_once('/').unwrap_or((text, text));
    let date = |text: &str| (text.len() == 10).then(|| text.parse::<Date>().ok()).flatten();
    match (date(first), date(last)) {
        (Some(first), Some(last)) if first <= last => Ok(Form::Dates { first, last }),
        (Some(_), Some(_)) => Err("the last day is before the first"),
        _ => Err("it has a date that does not exist"),
    }
}

/// Reads days; a range may go past the end of the week, as `Sat-Mon` does.
fn days(text: &str) -> Result<[bool; 7], &'static str> {
    let known = |day: &str| {
        DAYS.iter()
            .position(|known| *known == day)
            .ok_or("days are written `Mon-Thu` or `Mon,Wed,Fri`")
    };
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (known(first)?, known(last)?);
        let length = (last + 7 - first) % 7;
        for day in 0..=length {
            days[(first + day) % 7] = true;
        }
    }
    Ok(days)
}

/// Reads times; a window may go past midnight, as nights do.
fn times(text: &str) -> Result<(u16, u16), &'static str> {
    let time = |text: &str| {
        let (hour, minute) = text.split_once(':').filter(|(h, m)| h.len() == 2 && m.len() == 2)?;
        let minutes = hour.parse::<u8>().ok()? as u16 * 60 + u16::from(minute.parse::<u8>().ok()?);
        let fits = minute < "60" && minutes <= MINUTES_OF_A_DAY;
        fits.then_some(minutes)
    };
    match text.split_once('-').map(|(from, to)| (time(from), time(to))) {
        Some((Some(from), Some(to))) if from != to => Ok((from, to)),
        Some((Some(_), Some(_))) => Err("it ends when it begins"),
        _ => Err("times are written `09:00-16:00`"),
    }
}

fn zone(text: &str) -> Result<TimeZone, &'static str> {
    let known = || "its time zone is not known; write one like `America/Los_Angeles`";
    if text == "UTC" {
        return Ok(TimeZone::UTC);
    }
    TimeZone::get(text).ok().filter(|_| text.contains('/')).ok_or_else(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), &'static str> {
        text.parse::<Window>().map(|_| ()).map_err(|InvalidWindow(why)| why)
    }

    fn windows(allow: &[&str], deny: &[&str]) -> Windows {
        let read = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        Windows { allow: read(allow), deny: read(deny) }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn readable_windows_are_read() {
        for text in [
            WEEKLY,
            DATES,
            "2026-12-25",
            "Mon,Wed,Fri 22:00-04:00 Europe/Berlin",
            "Sat-Sun 00:00-24:00 UTC",
        ] {
            assert_eq!(check(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_window_that_cannot_be_read_says_which_part() {
        for (text, why) in [
            ("", "neither"),
            ("always", "neither"),
            ("Mon-Thu 09:00-16:00", "needs a time zone"),
            ("Mo-Do 09:00-16:00 Europe/Berlin", "days"),
            ("Mon 9-16 Europe/Berlin", "times"),
            ("Mon 09:60-16:00 Europe/Berlin", "times"),
            ("Mon 09:00-25:00 Europe/Berlin", "times"),
            ("Mon 09:00-09:00 Europe/Berlin", "ends when it begins"),
            ("Mon 09:00-16:00 PST", "time zone"),
            ("Mon 09:00-16:00 Mars/Olympus", "time zone"),
            ("2026-02-30", "does not exist"),
            ("2026-12-20/2026-12-01", "before"),
            ("2026-12-20/tomorrow", "does not exist"),
        ] {
            assert!(check(text).unwrap_err().contains(why), "{text}: {:?}", check(text));
        }
    }

    #[test]
    fn a_weekly_window_is_open_by_the_clock_of_its_zone() {
        let windows = windows(&[WEEKLY], &[]);
        // 2026-11-23 is a Monday; Los Angeles is eight hours behind UTC then.
        for (moment, open) in [
            ("2026-11-23T16:59:59Z", false),
            ("2026-11-23T17:00:00Z", true),
            ("2026-11-23T23:59:59Z", true),
            ("2026-11-24T00:00:00Z", false),
            ("2026-11-27T18:00:00Z", false),
        ] {
            assert_eq!(windows.is_open(at(moment)), open, "{moment}");
        }
        let thursday_evening = at("2026-11-27T00:00:00Z");
        assert_eq!(windows.opens(thursday_evening), Some(at("2026-11-30T17:00:00Z")));
        assert_eq!(windows.opens(at("2026-11-23T18:30:07Z")), Some(at("2026-11-23T18:30:07Z")));
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_begins() {
        let windows = windows(&["Fri 22:00-04:00 UTC"], &[]);
        for (moment, open) in [
            ("2026-11-27T21:59:00Z", false),
            ("2026-11-27T22:00:00Z", true),
            ("2026-11-28T03:59:59Z", true),
            ("2026-11-28T04:00:00Z", false),
            ("2026-11-28T22:00:00Z", false),
            ("2026-11-27T03:00:00Z", false),
        ] {
            assert_eq!(windows.is_open(at(moment)), open, "{moment}");
        }
    }

    #[test]
    fn a_window_that_begins_in_the_hour_that_is_left_out_opens_when_the_clock_has_been_set() {
        // Clocks in Los Angeles go from 02:00 to 03:00 on 2027-03-14, which is 10:00 UTC.
        let windows = windows(&["Sun 02:30-05:00 America/Los_Angeles"], &[]);
        assert_eq!(windows.opens(at("2027-03-14T08:00:00Z")), Some(at("2027-03-14T10:00:00Z")));
    }

    #[test]
    fn an_hour_that_comes_twice_is_inside_twice() {
        // Clocks in Los Angeles go from 02:00 back to 01:00 on 2026-11-01, which is 09:00 UTC.
        let windows = windows(&["Sun 01:30-01:45 America/Los_Angeles"], &[]);
        assert!(windows.is_open(at("2026-11-01T08:30:00Z")));
        assert!(!windows.is_open(at("2026-11-01T08:45:00Z")));
        assert!(windows.is_open(at("2026-11-01T09:30:00Z")));
    }

    #[test]
    fn denied_days_are_those_of_the_zone_that_the_windows_name() {
        let windows =
            windows(&["Mon-Sun 00:00-24:00 America/Los_Angeles"], &["2026-12-20/2027-01-04"]);
        assert!(windows.is_open(at("2026-12-20T07:59:59Z")));
        assert!(!windows.is_open(at("2026-12-20T08:00:00Z")));
        assert_eq!(windows.opens(at("2026-12-25T00:00:00Z")), Some(at("2027-01-05T08:00:00Z")));
    }

    #[test]
    fn what_is_denied_for_good_never_opens() {
        let windows = windows(&["2026-12-24"], &["2026-12-20/2027-01-04"]);
        assert_eq!(windows.opens(at("2026-11-23T00:00:00Z")), None);
        assert!(Windows::default().is_open(at("2026-11-23T00:00:00Z")));
    }

    #[test]
    fn a_range_of_days_may_go_past_the_end_of_the_week() {
        let windows = windows(&["Sat-Mon 00:00-24:00 UTC"], &[]);
        let open = |day: u8| windows.is_open(at(&format!("2026-11-{day}T12:00:00Z")));
        assert_eq!([21, 22, 23, 24, 27].map(open), [true, true, true, false, false]);
    }
}
