//! Numbers of findings as people read them.

use std::collections::BTreeMap;

use crate::gate::{
    Finding,
    words::{count, latency, number, odds, percent},
};

/// Returns the numbers behind a finding, each with its name and its value, evidence last.
pub(super) fn of_finding(finding: &Finding) -> Vec<(String, String)> {
    let mut all = of(&finding.numbers);
    if let Some(evidence) = finding.evidence.filter(|evidence| evidence.is_finite()) {
        all.push(("evidence against it".to_owned(), evidence_in_words(evidence)));
    }
    all
}

/// Returns what evidence promises: a natural log of an e-value.
fn evidence_in_words(evidence: f64) -> String {
    if evidence <= 0.0 { "none".to_owned() } else { odds(evidence) }
}

fn of(numbers: &BTreeMap<String, f64>) -> Vec<(String, String)> {
    let shown = |(name, value): (&String, &f64)| {
        let (name, text) = one(name, *value);
        (name, text)
    };
    numbers.iter().filter(|(_, value)| value.is_finite()).map(shown).collect()
}

/// The unit stands last in the name.
fn one(name: &str, value: f64) -> (String, String) {
    let plain = |end: &str| name.strip_suffix(end).unwrap_or(name).replace('_', " ");
    if name.ends_with("_ln") {
        return (plain("_ln"), format!("{value:.2} (ln)"));
    }
    if name.ends_with("_rate") && value >= 0.0 {
        return (name.replace('_', " "), percent(value));
    }
    if name.ends_with("_share") && value >= 0.0 {
        return (name.replace('_', " "), percent(value));
    }
    if name.ends_with("_seconds") && value >= 0.0 {
        return (plain("_seconds"), latency(value));
    }
    if name.ends_with("_percent") {
        return (plain("_percent"), format!("{value}%"));
    }
    if name.ends_with("_times_legacy") {
        return (name.replace("_times_legacy", ", times legacy"), number(value));
    }
    let whole = value.fract() == 0.0 && value >= 0.0;
    (name.replace('_', " "), if whole { count(value) } else { number(value) })
}
