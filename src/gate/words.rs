//! Numbers as people read them at night.

/// Returns a whole number with commas, such as `3,120`.
pub(super) fn count(number: f64) -> String {
    let digits = format!("{:.0}", number.max(0.0));
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
pub(super) fn percent(fraction: f64) -> String {
    let percent = fraction * 100.0;
    let places = match percent {
        p if p >= 1.0 => 1,
        p if p >= 0.095 => 2,
        p if p >= 0.0095 => 3,
        p if p > 0.0 => 5,
        _ => 0,
    };
    let text = format!("{percent:.places$}");
    if places == 0 {
        return format!("{text}%");
    }
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Returns seconds as milliseconds or seconds, such as `310 ms` or `2.4 s`.
pub(super) fn latency(seconds: f64) -> String {
    match seconds {
        s if s < 0.01 => format!("{:.1} ms", s * 1e3),
        s if s < 1.0 => format!("{:.0} ms", s * 1e3),
        s if s < 100.0 => format!("{s:.1} s"),
        s => format!("{s:.0} s"),
    }
}

/// Returns how surprising an e-value is, such as `1 in 2,000`, to one or two digits.
pub(super) fn odds(ln_value: f64) -> String {
    if ln_value > 1e9_f64.ln() {
        return "1 in more than a billion".to_owned();
    }
    let times = ln_value.exp().max(1.0);
    let unit = 10_f64.powf((times.log10().floor() - 1.0).max(0.0));
    format!("1 in {}", count((times / unit).round() * unit))
}

/// Returns a factor without superfluous digits, such as `2` or `1.5`.
pub(super) fn times(factor: f64) -> String {
    let text = format!("{factor:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
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
        let rates = [0.0, 0.000_02, 0.001, 0.0012, 0.003, 0.048_12, 0.25, 1.0].map(percent);
        assert_eq!(rates.join(" "), "0% 0.002% 0.1% 0.12% 0.3% 4.8% 25% 100%");
        assert_eq!([0.0042, 0.31, 2.44, 120.0].map(latency).join(" "), "4.2 ms 310 ms 2.4 s 120 s");
        assert_eq!(
            [0.0, 100_f64.ln(), 2_013_f64.ln(), 700.0].map(odds).join(", "),
            "1 in 1, 1 in 100, 1 in 2,000, 1 in more than a billion"
        );
        assert_eq!([1.0, 1.5, 2.0].map(times).join(" "), "1 1.5 2");
    }
}
