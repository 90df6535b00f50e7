//! Numbers as people read them at night.

use crate::unit::SignedDuration;

/// Returns a whole number with commas, such as `3,120`.
pub fn count(number: f64) -> String {
    // As an integer, because exact decimals of floats are slow. The cast keeps to the range of the type.
    let digits = (number.round() as u64).to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns a fraction as a percentage with about two digits, such as `4.8%`.
pub fn percent(fraction: f64) -> String {
    let percent = fraction * 100.0;
    let places = match percent {
        p if p >= 1.0 => 1,
        p if p >= 0.095 => 2,
        p if p >= 0.0095 => 3,
        _ => 5,
    };
    decimal(percent, places) + "%"
}

/// Returns seconds as milliseconds or seconds, such as `310 ms` or `2.4 s`.
pub fn latency(seconds: f64) -> String {
    match seconds {
        s if s < 0.01 => decimal(s * 1e3, 1) + " ms",
        s if s < 0.9995 => decimal(s * 1e3, 0) + " ms",
        s if s < 100.0 => decimal(s, 1) + " s",
        s => decimal(s, 0) + " s",
    }
}

/// Returns a number that is not negative with at most so many decimal places, without superfluous zeros.
fn decimal(number: f64, places: u32) -> String {
    let unit = 10_u64.pow(places);
    let scaled = (number * unit as f64).round() as u64;
    let mut text = (scaled / unit).to_string();
    let mut rest = scaled % unit;
    if rest > 0 {
        text.push('.');
    }
    let mut unit = unit;
    while rest > 0 {
        unit /= 10;
        text.push(char::from(b'0' + (rest / unit) as u8));
        rest %= unit;
    }
    text
}

/// Returns any number with about four digits, such as `45`, `0.0123` or `-1,500`.
pub fn number(value: f64) -> String {
    let size = value.abs();
    let places = match size {
        s if s >= 1000.0 => 0,
        s if s >= 100.0 => 1,
        s if s >= 10.0 => 2,
        s if s >= 1.0 => 3,
        _ => 6,
    };
    let sign = if value < 0.0 { "-" } else { "" };
    let text = if places == 0 { count(size) } else { decimal(size, places) };
    format!("{sign}{text}")
}

/// Returns what an e-value promises, such as `1 of 2,000`, to one or two digits and never more than it does: so seldom, at
/// most, would this be seen if it were not so.
pub fn odds(ln_value: f64) -> String {
    if ln_value >= 1e9_f64.ln() {
        return "1 of a billion".to_owned();
    }
    // A bar of 1/0.01 is not quite 100.
    let times = (ln_value.exp() * (1.0 + 1e-9)).max(1.0);
    let unit = 10_f64.powf((times.log10().floor() - 1.0).max(0.0));
    format!("1 of {}", count((times / unit).floor() * unit))
}

/// Returns how sure it is that a limit is broken, given ln E against it and the bar that it has passed. By Ville's
/// inequality this holds of a whole cutover, however often one looks.
pub(super) fn surely_beyond(ln_value: f64, ln_bar: f64, warns: bool) -> String {
    let end = if warns { "warn" } else { "act" };
    let (seen, enough) = (odds(ln_value), odds(ln_bar));
    format!(
        "a side within it would look this bad in fewer than {seen} cutovers, and {enough} is enough to {end}"
    )
}

/// Returns the name of a limit.
pub(super) fn limit_name(warns: bool) -> &'static str {
    if warns { "warning limit" } else { "limit" }
}

/// Returns a factor without superfluous digits, such as `2` or `1.5`.
pub(super) fn times(factor: f64) -> String {
    decimal(factor, 2)
}

/// Returns a duration as runbooks write it: a day is 24h there.
pub(super) fn hours(span: SignedDuration) -> String {
    let whole = span.as_secs() % 3600 == 0 && span.as_hours() <= 48;
    if whole { format!("{}h", span.as_hours()) } else { crate::unit::words(span) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_enough_to_read_aloud() {
        assert_eq!(
            [count(0.0), count(999.0), count(3_120.0), count(1e9)].join(" "),
            "0 999 3,120 1,000,000,000"
        );
        let rates =
            [0.0, 0.000_02, 0.001, 0.0012, 0.003, 0.010_04, 0.048_12, 0.25, 1.0].map(percent);
        assert_eq!(rates.join(" "), "0% 0.002% 0.1% 0.12% 0.3% 1% 4.8% 25% 100%");
        assert_eq!([0.000_012_3, 0.000_123].map(percent).join(" "), "0.00123% 0.012%");
        assert_eq!(
            [0.0042, 0.31, 0.9994, 0.9995, 2.44, 123.4].map(latency).join(" "),
            "4.2 ms 310 ms 999 ms 1 s 2.4 s 123 s"
        );
        assert_eq!(
            [-1.0, -(0.01_f64.ln()), -(0.05_f64.ln()), 2_098_f64.ln(), 700.0].map(odds).join(", "),
            "1 of 1, 1 of 100, 1 of 20, 1 of 2,000, 1 of a billion"
        );
        assert_eq!([1.0, 1.5, 2.0].map(times).join(" "), "1 1.5 2");
        let numbers =
            [0.0, 0.1 + 0.2, 1.234_56, 45.0, 99.949, 123.456, 1234.5, -1500.0, 0.012_345_6, 1e18]
                .map(number);
        assert_eq!(
            numbers.join(" "),
            "0 0.3 1.235 45 99.95 123.5 1,235 -1,500 0.012346 1,000,000,000,000,000,000"
        );
    }

    #[test]
    fn whole_hours_of_up_to_two_days_are_told_in_hours() {
        let said = [60, 90, 24 * 60, 48 * 60, 72 * 60].map(SignedDuration::from_mins).map(hours);
        assert_eq!(said.join(" "), "1h 1h30m 24h 48h 3d");
    }
}
