//! Single values: what each kind accepts, and what is said of the rest.

use crate::{
    runbook::{
        model::LatencyStat,
        window,
        words::{choice, meant},
    },
    unit::{Rate, RecordName, Share, SignedDuration, Ttl, parse_duration},
    yaml::{excerpt, is_unseen},
};

/// A kind of single value.
pub(in crate::runbook) enum Leaf {
    /// The number of this format.
    Version,
    /// One line of text, not empty.
    Line,
    /// Text that may have several lines.
    Prose,
    /// Text, a number or a truth: whatever can be filled in for a variable.
    Filling,
    /// `true` or `false`.
    Flag,
    /// A whole number from the first to the second.
    Whole(u64, u64),
    /// A finite number of at least this.
    Number(f64),
    /// A duration in whole seconds, from the first to the second number of seconds.
    Duration(i64, i64),
    /// A duration that may be in milliseconds.
    Latency,
    /// A time to live: seconds, or a duration.
    Ttl,
    /// A share of the traffic.
    Share,
    /// A percentage up to this one; whether it may be zero.
    Percent {
        /// Whether `0%` is one.
        zero: bool,
        /// The largest, in percent.
        most: f64,
    },
    /// One of these words.
    Word(&'static [&'static str]),
    /// A time window.
    Window,
    /// Text of a known form.
    Named(&'static Named),
}

/// A form of text that has a name.
pub(in crate::runbook) struct Named {
    /// What it is called, with its article.
    pub(in crate::runbook) what: &'static str,
    /// One of them.
    pub(in crate::runbook) example: &'static str,
    /// The form as a regular expression, for editors; `fits` may be stricter.
    pub(in crate::runbook) pattern: &'static str,
    /// Whether a text is one.
    pub(in crate::runbook) fits: fn(&str) -> bool,
    /// Whether people mistake this for the place of a secret, so that messages must not repeat it.
    pub(in crate::runbook) secret: bool,
}

/// What is said of a value that is refused.
#[derive(Debug)]
pub(in crate::runbook) struct Complaint {
    /// What is wrong.
    pub(in crate::runbook) message: String,
    /// What to do about it.
    pub(in crate::runbook) hint: Option<String>,
}

impl Leaf {
    /// Checks a value's text.
    ///
    /// # Errors
    /// What is wrong with it. Foreign text in it is fit for a terminal.
    pub(in crate::runbook) fn check(&self, text: &str) -> Result<(), Complaint> {
        if let Some(c) = text.chars().find(|c| is_unseen(*c) && !self.allows(*c)) {
            let unseen = excerpt(&c.to_string());
            return Err(complaint(format!("the text has an unseen character, `{unseen}`"), None));
        }
        match self {
            Self::Version => refuse_unless(text == "1", || {
                let message = format!("this cutover reads version 1, not `{}`", excerpt(text));
                complaint(message, Some("write `version: 1`".to_owned()))
            }),
            Self::Line => {
                refuse_unless(!text.trim().is_empty(), || complaint("is empty".to_owned(), None))
            }
            Self::Prose | Self::Filling => Ok(()),
            Self::Flag => refuse_unless(matches!(text, "true" | "false"), || {
                let message = format!("`{}` is not `true` or `false`", excerpt(text));
                let hint = match text.to_ascii_lowercase().as_str() {
                    "yes" | "on" | "true" => Some("write `true`".to_owned()),
                    "no" | "off" | "false" => Some("write `false`".to_owned()),
                    _ => None,
                };
                complaint(message, hint)
            }),
            Self::Whole(least, most) => whole(text, *least, *most),
            Self::Number(least) => number(text, *least),
            Self::Duration(least, most) => duration(text, *least, *most),
            Self::Latency => refuse_unless(latency(text).is_some_and(|d| d.is_positive()), || {
                not_a_duration(text, "ms", "write `800ms` or `2s`")
            }),
            Self::Ttl => refuse_unless(ttl(text).is_some(), || {
                let message = format!("`{}` is not a time to live", excerpt(text));
                complaint(message, Some("write seconds, such as `60`, or `60s`".to_owned()))
            }),
            Self::Share => {
                percent(text, true, 100.0)?;
                refuse_unless(text.parse::<Share>().is_ok(), || not_a_percentage(text))
            }
            Self::Percent { zero, most } => percent(text, *zero, *most),
            Self::Word(words) => word(text, words),
            Self::Window => text.parse::<window::Window>().map(drop).map_err(|why| {
                let hint = format!("write `{}` or `{}`", window::WEEKLY, window::DATES);
                complaint(format!("`{}`: {why}", excerpt(text)), Some(hint))
            }),
            Self::Named(form) => form.check(text),
        }
    }

    fn allows(&self, c: char) -> bool {
        matches!(self, Self::Prose) && matches!(c, '\n' | '\r' | '\t')
    }
}

impl Named {
    pub(in crate::runbook) fn check(&self, text: &str) -> Result<(), Complaint> {
        refuse_unless((self.fits)(text), || {
            let shown =
                if self.secret { "this".to_owned() } else { format!("`{}`", excerpt(text)) };
            let hint = format!("such as `{}`", self.example);
            complaint(format!("{shown} is not {}", self.what), Some(hint))
        })
    }
}

fn whole(text: &str, least: u64, most: u64) -> Result<(), Complaint> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = if digits { text.parse::<u64>().ok() } else { None };
    refuse_unless(number.is_some_and(|n| (least..=most).contains(&n)), || {
        let message = format!("`{}` is not a whole number from {least} to {most}", excerpt(text));
        complaint(message, None)
    })
}

fn number(text: &str, least: f64) -> Result<(), Complaint> {
    let Some(number) = finite(text) else {
        let message = format!("`{}` is not a number, such as `1.5`", excerpt(text));
        return Err(complaint(message, None));
    };
    refuse_unless(number >= least, || {
        complaint(format!("`{}` is less than {least}", excerpt(text)), None)
    })
}

/// Reads plain decimal numbers: no exponent, no infinity.
pub(in crate::runbook) fn finite(text: &str) -> Option<f64> {
    let bare = text.strip_prefix('-').unwrap_or(text);
    let plain = bare.starts_with(|c: char| c.is_ascii_digit())
        && bare.chars().all(|c| c.is_ascii_digit() || c == '.');
    let number = if plain { text.parse::<f64>().ok() } else { None };
    number.filter(|number| number.is_finite())
}

fn duration(text: &str, least: i64, most: i64) -> Result<(), Complaint> {
    let Ok(duration) = parse_duration(text) else {
        return Err(not_a_duration(text, "m", "write `90s`, `10m` or `1h30m`"));
    };
    let bounds =
        [least, most].map(|seconds| crate::unit::words(SignedDuration::from_secs(seconds)));
    refuse_unless((least..=most).contains(&duration.as_secs()), || {
        let [least, most] = bounds;
        complaint(format!("`{}` is not from {least} to {most}", excerpt(text)), None)
    })
}

fn not_a_duration(text: &str, unit: &str, otherwise: &str) -> Complaint {
    if !text.is_empty() && text.len() < 10 && text.bytes().all(|b| b.is_ascii_digit()) {
        let hint = format!("write `{text}{unit}` or `{text}s`");
        return complaint(format!("`{text}` has no unit"), Some(hint));
    }
    complaint(format!("`{}` is not a duration", excerpt(text)), Some(otherwise.to_owned()))
}

fn percent(text: &str, zero: bool, most: f64) -> Result<(), Complaint> {
    let Ok(rate) = text.parse::<Rate>() else { return Err(not_a_percentage(text)) };
    let percent = rate.fraction() * 100.0;
    // Percentages are divided by 100 and multiplied again; a hair beyond the limit is the limit.
    refuse_unless((zero || percent > 0.0) && percent <= most + 1e-9, || {
        let range = if zero { "is not from 0%" } else { "is not more than 0% and up" };
        complaint(format!("`{}` {range} to {most}%", excerpt(text)), None)
    })
}

fn not_a_percentage(text: &str) -> Complaint {
    if finite(text).is_some() && text.len() < 20 {
        return complaint(format!("`{text}` has no unit"), Some(format!("write `{text}%`")));
    }
    let message = format!("`{}` is not a percentage", excerpt(text));
    complaint(message, Some("write `5%` or `0.5%`".to_owned()))
}

/// Longest choice of words that a message lists; of a longer one only the likely word is named.
const MOST_LISTED: usize = 6;

fn word(text: &str, words: &[&str]) -> Result<(), Complaint> {
    refuse_unless(words.contains(&text), || {
        let near = meant(text, words).map(|word| format!("did you mean `{word}`?"));
        if words.len() <= MOST_LISTED {
            return complaint(format!("`{}` is not {}", excerpt(text), choice(words)), near);
        }
        let message = format!("`{}` is not known here", excerpt(text));
        complaint(message, near.or_else(|| Some(format!("write {}", choice(words)))))
    })
}

/// Reads `800ms` besides everything that [`parse_duration`] reads.
pub(in crate::runbook) fn latency(text: &str) -> Option<SignedDuration> {
    match text.strip_suffix("ms") {
        Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
            digits.parse::<u32>().ok().map(|ms| SignedDuration::from_millis(i64::from(ms)))
        }
        _ => parse_duration(text).ok(),
    }
}

/// Reads a TTL: whole seconds with or without a unit, at most what Route 53 keeps (31 bits).
pub(in crate::runbook) fn ttl(text: &str) -> Option<Ttl> {
    let bare = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let seconds = match bare {
        true => text.parse::<i64>().ok()?,
        false => parse_duration(text).ok()?.as_secs(),
    };
    u32::try_from(seconds).ok().filter(|seconds| *seconds <= i32::MAX as u32).map(Ttl)
}

/// Reads `p99` or `p99.9`: more than 0 and less than 100, at most two decimal places.
pub(in crate::runbook) fn percentile(text: &str) -> Option<LatencyStat> {
    let digits = text.strip_prefix('p')?;
    let places = digits.split_once('.').map_or(0, |(_, places)| places.len());
    let percentile = finite(digits)?;
    let fits = percentile > 0.0 && percentile < 100.0 && places <= 2 && !digits.ends_with('.');
    fits.then_some(LatencyStat { percentile })
}

/// Reads `3 of 5`: from 1 to all of at most 60 minutes.
pub(in crate::runbook) fn minutes(text: &str) -> Option<(u32, u32)> {
    let (bad, of) = text.split_once(" of ")?;
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let (bad, of) = match digits(bad) && digits(of) {
        true => (bad.parse().ok()?, of.parse().ok()?),
        false => return None,
    };
    (1 <= bad && bad <= of && of <= 60).then_some((bad, of))
}

/// Returns true for a name that DNS can have.
pub(in crate::runbook) fn is_dns_name(text: &str) -> bool {
    text.parse::<RecordName>().is_ok()
}

fn refuse_unless(fits: bool, otherwise: impl FnOnce() -> Complaint) -> Result<(), Complaint> {
    if fits { Ok(()) } else { Err(otherwise()) }
}

fn complaint(message: String, hint: Option<String>) -> Complaint {
    Complaint { message, hint }
}
