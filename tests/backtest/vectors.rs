//! The evidence that `--minutes` prints, against the vectors that come with gates.md.

use std::fmt::Write as _;

use cutover::{
    backtest::{COLUMNS, JudgedMinute, minutes, read_csv},
    plan::Plan,
};
use serde_json::Value;

use crate::{TestResult, plan};

/// Settling as the simulator plans it: INSYNC 60 s, TTL 60 s, metric lag 120 s, slop 30 s.
const SETTLE_SECONDS: u64 = 270;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../fixtures/gate-vectors.json")).expect("JSON")
}

fn all<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Returns the steps of a runbook that plan so many minutes each.
fn steps(config: &Value) -> String {
    let planned = all(config, "plan");
    let step = |(at, minutes): (usize, &Value)| {
        let hold = minutes.as_u64().expect("minutes") * 60 - SETTLE_SECONDS;
        format!("  - {{ weight: {}%, hold: {hold}s }}\n", 10 + at)
    };
    planned.iter().enumerate().map(step).collect()
}

fn percent(fraction: &Value) -> String {
    // Through text, because 0.003 * 100 is not quite 0.3.
    format!("{:.6}%", fraction.as_f64().expect("a fraction") * 100.0)
}

/// Returns the gates of a runbook that has the settings of a sequence, where it can express them.
fn errors_gate(config: &Value) -> Option<String> {
    let (relative, absolute) = (&config["relative"], &config["absolute"]);
    let usual = relative["k"] == 5.0 && config["cap"] == 5.0 && all(config, "grid").len() == 5;
    let expressible = usual && config["on_invalid"] == "clamp" && absolute["skip_shared"] != false;
    if !expressible {
        return None;
    }
    let limit = |at_most: &str| {
        format!(
            "{{ times_legacy: {}, plus: {}, at_most: {at_most}, history: off, false_alarm: {} }}",
            relative["rho"],
            percent(&relative["delta"]),
            percent(&config["alpha"])
        )
    };
    let at_most = if absolute.is_null() { "off".to_owned() } else { percent(&absolute["p0"]) };
    let fast = if config["fast"].is_null() { ", catastrophe: off" } else { "" };
    Some(format!(
        "gates:\n  latency: off\n  errors: {{ critical: {}, warning: {}{fast} }}\n",
        limit(&at_most),
        limit("off")
    ))
}

/// Returns the rows as a history, one a minute from midnight on: requests and errors of new and of legacy, then the
/// latencies of both.
fn csv(rows: impl Iterator<Item = [Value; 6]>) -> String {
    let mut text = COLUMNS.join(",");
    for (at, row) in rows.enumerate() {
        let cells = row.map(|value| value.as_f64().map_or(String::new(), |n| n.to_string()));
        let _ = write!(text, "\n2026-11-23T{:02}:{:02}:00Z,{}", at / 60, at % 60, cells.join(","));
    }
    text
}

/// Returns what one gate says after each minute.
fn judged(plan: &Plan, csv: &str, gate: &str) -> Vec<JudgedMinute> {
    let rows = read_csv(csv.as_bytes()).expect("a history");
    minutes(plan, &rows).filter(|judged| judged.gate == gate).collect()
}

fn assert_near(found: f64, expected: &Value, what: &str) {
    let expected = expected.as_f64().unwrap_or(f64::INFINITY);
    // The vectors have 12 significant digits; values near zero are differences of larger ones.
    let allowed = 1e-9 * expected.abs() + 1e-11;
    assert!((found - expected).abs() <= allowed, "{what}: {found} is not {expected}");
}

#[test]
fn every_error_sequence_that_a_runbook_can_express_has_the_evidence_of_the_vectors() -> TestResult {
    let vectors = vectors();
    let mut checked = 0;
    for sequence in all(&vectors, "sequences") {
        let config = &sequence["config"];
        let Some(gates) = errors_gate(config) else { continue };
        let rows = all(sequence, "rows").iter();
        let rows = rows
            .map(|row| [0, 1, 2, 3, 4, 5].map(|at| row.get(at).cloned().unwrap_or(Value::Null)));
        let judged = judged(&plan(&steps(config), &gates)?, &csv(rows), "errors");
        assert_eq!(judged.len(), all(sequence, "rows").len(), "{}", sequence["name"]);
        for (at, judged) in judged.iter().enumerate() {
            let what = format!("{} minute {at}", sequence["name"]);
            let forms = [
                ("ln_e_relative", "relative_evidence_ln"),
                ("ln_e_absolute", "absolute_evidence_ln"),
            ];
            let mut largest = f64::NEG_INFINITY;
            for (expected, form) in forms {
                let expected = &sequence["expect"][expected][at];
                let found = judged.numbers.get(form).copied();
                assert_eq!(found.is_some(), expected.is_number(), "{what}: {form}");
                if let Some(found) = found {
                    assert_near(found, expected, &what);
                    largest = largest.max(found);
                }
            }
            assert_eq!(judged.evidence, Some(largest), "{what}");
        }
        checked += 1;
    }
    assert!(checked >= 37, "only {checked} sequences were checked");
    Ok(())
}

#[test]
fn every_latency_sequence_has_the_evidence_of_the_vectors() -> TestResult {
    let vectors = vectors();
    assert_eq!(all(&vectors, "latency").len(), 7);
    for sequence in all(&vectors, "latency") {
        let config = &sequence["config"];
        let at_most = config["max_ms"].as_f64().map_or("off".to_owned(), |ms| format!("{ms}ms"));
        let limit = format!(
            "{{ times_legacy: {}, bad_minutes: {}, at_most: {at_most}, false_alarm: {} }}",
            config["ratio"],
            percent(&config["eta"]),
            percent(&config["alpha"])
        );
        let gates = format!(
            "gates:\n  errors: off\n  latency: {{ stat: p{}, critical: {limit}, warning: {limit} }}\n",
            (config["q"].as_f64().expect("a quantile") * 100.0).round()
        );
        let seconds = |ms: &Value| ms.as_f64().map_or(Value::Null, |ms| (ms / 1e3).into());
        let rows = all(sequence, "rows").iter().map(|row| {
            let (new, legacy) = (seconds(&row[0]), seconds(&row[2]));
            [row[1].clone(), Value::Null, row[3].clone(), Value::Null, new, legacy]
        });
        let judged = judged(&plan(&steps(config), &gates)?, &csv(rows), "latency");
        assert_eq!(judged.len(), all(sequence, "rows").len(), "{}", sequence["name"]);
        for (at, judged) in judged.iter().enumerate() {
            let what = format!("{} minute {at}", sequence["name"]);
            assert_near(
                judged.evidence.expect("it has evidence"),
                &sequence["expect"]["ln_e"][at],
                &what,
            );
        }
    }
    Ok(())
}
