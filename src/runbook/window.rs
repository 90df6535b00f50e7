//! Time windows: whether one is readable. When it is open is for whoever holds a step back to work out.

use jiff::{civil, tz::TimeZone};

/// A window that comes back every week.
pub(super) const WEEKLY: &str = "Mon-Thu 09:00-16:00 America/Los_Angeles";

/// A window of whole days, the last one included.
pub(super) const DATES: &str = "2026-12-20/2027-01-04";

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Checks that a window is one of the two forms: days, times and a zone, or dates.
///
/// # Errors
/// What about it cannot be read.
pub(super) fn check(text: &str) -> Result<(), &'static str> {
    let parts: Vec<&str> = text.split_ascii_whitespace().collect();
    match parts[..] {
        [dates] if dates.starts_with(|c: char| c.is_ascii_digit()) => check_dates(dates),
        [days, times, zone] => {
            check_days(days)?;
            check_times(times)?;
            check_zone(zone)
        }
        [_, _] => Err("a time of day needs a time zone"),
        _ => Err("it is neither days, times and a zone, nor dates"),
    }
}

fn check_dates(text: &str) -> Result<(), &'static str> {
    let (first, last) = text.split_once('/').unwrap_or((text, text));
    let date = |text: &str| (text.len() == 10).then(|| text.parse::<civil::Date>().ok()).flatten();
    match (date(first), date(last)) {
        (Some(first), Some(last)) if first <= last => Ok(()),
        (Some(_), Some(_)) => Err("the last day is before the first"),
        _ => Err("it has a date that does not exist"),
    }
}

fn check_days(text: &str) -> Result<(), &'static str> {
    let known = |day: &str| DAYS.contains(&day);
    let fits = text.split(',').all(|part| match part.split_once('-') {
        Some((first, last)) => known(first) && known(last),
        None => known(part),
    });
    if fits { Ok(()) } else { Err("days are written `Mon-Thu` or `Mon,Wed,Fri`") }
}

/// Checks the times; a window may go past midnight, as nights do.
fn check_times(text: &str) -> Result<(), &'static str> {
    let time = |text: &str| {
        let (hour, minute) = text.split_once(':').filter(|(h, m)| h.len() == 2 && m.len() == 2)?;
        let minutes = hour.parse::<u8>().ok()? as u16 * 60 + u16::from(minute.parse::<u8>().ok()?);
        let fits = minute < "60" && minutes <= 24 * 60;
        fits.then_some(minutes)
    };
    match text.split_once('-').map(|(from, to)| (time(from), time(to))) {
        Some((Some(from), Some(to))) if from != to => Ok(()),
        Some((Some(_), Some(_))) => Err("it ends when it begins"),
        _ => Err("times are written `09:00-16:00`"),
    }
}

fn check_zone(text: &str) -> Result<(), &'static str> {
    let known = text == "UTC" || (text.contains('/') && TimeZone::get(text).is_ok());
    if known {
        Ok(())
    } else {
        Err("its time zone is not known; write one like `America/Los_Angeles`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
