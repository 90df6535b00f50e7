//! CloudWatch's statistics as they are written.
//!
//! Source: "CloudWatch statistics definitions" in the CloudWatch user guide.

use super::Named;

/// A CloudWatch statistic.
pub(super) const STATISTIC: Named = Named {
    what: "a CloudWatch statistic (Sum, Average, Minimum, Maximum, SampleCount, IQM, p99, tm95, TM(5%:95%), PR(:300) and \
           the like; capitals count)",
    example: "Maximum",
    pattern: concat!(
        r"^(Average|Maximum|Minimum|SampleCount|Sum|IQM",
        r"|(p|tm|wm|tc|ts)[0-9]{1,3}(\.[0-9]{1,10})?",
        r"|(TM|WM|TC|TS|PR)\(([0-9]+(\.[0-9]{1,10})?%?)?:([0-9]+(\.[0-9]{1,10})?%?)?\))$",
    ),
    fits: is_statistic,
    secret: false,
};

/// Most decimal places that CloudWatch takes.
const MOST_PLACES: usize = 10;

fn is_statistic(text: &str) -> bool {
    let plain = ["Average", "Maximum", "Minimum", "SampleCount", "Sum", "IQM"];
    plain.contains(&text) || is_short(text) || is_range(text)
}

/// A letter or two and where the values end, in percent: `p99.9`, `tm95`.
fn is_short(text: &str) -> bool {
    let rest = ["p", "tm", "wm", "tc", "ts"].iter().find_map(|kind| text.strip_prefix(kind));
    rest.and_then(number).is_some_and(|percent| percent <= 100.0)
}

/// Two letters and the bounds of the values, one of which may be open: `TM(5%:95%)`, `PR(:300)`.
fn is_range(text: &str) -> bool {
    let Some((kind, bounds)) = text.split_once('(') else { return false };
    let known = ["TM", "WM", "TC", "TS", "PR"].contains(&kind);
    let Some((low, high)) = bounds.strip_suffix(')').and_then(|b| b.split_once(':')) else {
        return false;
    };
    let (Some(low), Some(high)) = (bound(low), bound(high)) else { return false };
    let ordered = match (low, high) {
        (None, None) => false,
        (Some(one), None) | (None, Some(one)) => one.fits(kind),
        (Some(low), Some(high)) => {
            high.fits(kind) && low.percent == high.percent && low.value < high.value
        }
    };
    known && ordered
}

/// One end of a range.
#[derive(Clone, Copy)]
struct Bound {
    value: f64,
    percent: bool,
}

impl Bound {
    /// Percentile ranks are asked of values, and there is no more than all of them.
    fn fits(self, kind: &str) -> bool {
        !self.percent || kind != "PR" && self.value <= 100.0
    }
}

/// Returns one end of a range, or nothing where it is open.
fn bound(text: &str) -> Option<Option<Bound>> {
    if text.is_empty() {
        return Some(None);
    }
    let percent = text.ends_with('%');
    let value = number(text.strip_suffix('%').unwrap_or(text))?;
    Some(Some(Bound { value, percent }))
}

fn number(text: &str) -> Option<f64> {
    let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let fits = digits(whole) && digits(places) && places.len() <= MOST_PLACES;
    if fits { text.parse().ok().filter(|value: &f64| value.is_finite()) } else { None }
}

#[cfg(test)]
mod tests {
    use super::is_statistic;

    #[test]
    fn all_that_cloudwatch_documents_is_a_statistic() {
        for text in [
            "Average",
            "Maximum",
            "Minimum",
            "SampleCount",
            "Sum",
            "IQM",
            "p0",
            "p50",
            "p95.45",
            "p99.9999999999",
            "p100",
            "tm99",
            "tm99.9",
            "wm98",
            "tc90",
            "ts90",
            "TM(2%:98%)",
            "TM(150:1000)",
            "WM(10%:90%)",
            "PR(:300)",
            "PR(100:2000)",
            "TC(0.005:0.030)",
            "TS(80%:)",
            "TM(:95%)",
        ] {
            assert!(is_statistic(text), "{text}");
        }
    }

    #[test]
    fn nothing_else_is_one() {
        for text in [
            "",
            "average",
            "Max",
            "Median",
            "p",
            "P99",
            "p101",
            "p-1",
            "p9.",
            "p.9",
            "p9 ",
            "p99.99999999999",
            "tm",
            "tm100.1",
            "iqm",
            "TM",
            "TM()",
            "TM(:)",
            "TM(2%:98)",
            "TM(98%:2%)",
            "TM(5%:105%)",
            "TM(5%:95%",
            "PR(5%:)",
            "PR(300:300)",
            "pr(:300)",
            "XX(:300)",
            "PR(:1e3)",
            "PR(-1:3)",
            "PR(:inf)",
            "Sum(1:2)",
        ] {
            assert!(!is_statistic(text), "{text}");
        }
    }
}
