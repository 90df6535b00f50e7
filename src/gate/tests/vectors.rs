//! The vectors of gates.md, computed with 60 digits: the whole judge, where a runbook can express their settings.

use serde_json::Value;

use super::*;
use crate::gate::statistics::tests::vectors::{all, assert_near, number, plan, vectors};

/// Returns gates that have the settings of a sequence, if a runbook can express them.
fn gates_of(config: &Value) -> Option<Gates> {
    let expressible = config["relative"].is_object()
        && config["on_invalid"] == "clamp"
        && config["relative"]["k"] == 5.0
        && config["cap"] == 5.0
        && all(config, "grid").len() == 5
        && config["absolute"]["skip_shared"] != false;
    let mut gate = errors_gate();
    gate.critical.times_legacy = number(&config["relative"].get("rho")?.clone());
    gate.critical.plus = rate(number(&config["relative"]["delta"]));
    gate.critical.at_most = config["absolute"]["p0"].as_f64().map(rate);
    gate.critical.false_alarm = rate(number(&config["alpha"]));
    // So wide that it never speaks.
    gate.warning.times_legacy = 1e9;
    if config["fast"].is_null() {
        gate.catastrophe = None;
    }
    expressible.then_some(Gates { errors: Some(gate), ..no_gates() })
}

fn check_judge(sequence: &Value, gates: &Gates) {
    let (config, expect) = (&sequence["config"], &sequence["expect"]);
    let steps: Vec<(u32, &str)> = plan(config).into_iter().map(|m| (m, "10%")).collect();
    let mut run = Run::new(gates, &History::default(), &steps);
    run.lag = SignedDuration::ZERO;
    let mut last_fast = -10;
    for (at, values) in all(sequence, "rows").iter().enumerate() {
        let side = |n: &Value, x: &Value| SideRow {
            requests: n.as_f64(),
            errors: x.as_f64(),
            ..SideRow::default()
        };
        let row = Row {
            new: side(&values[0], &values[1]),
            legacy: side(&values[2], &values[3]),
            metrics: BTreeMap::new(),
        };
        let minute = at as i64;
        let found = run.minute(minute, row).remove(0);
        let what = format!("{} minute {at}: {found:?}", sequence["name"]);
        let evidence = ["ln_e_relative", "ln_e_absolute"].map(|key| expect[key][at].as_f64());
        let evidence = evidence.into_iter().flatten().fold(f64::NEG_INFINITY, f64::max);
        assert_near(found.evidence.unwrap(), evidence, &what);
        let state = expect["state"][at].as_str().unwrap();
        if state == "breach_fast" {
            last_fast = minute;
        }
        let right = match state {
            "breach_fast" => found.cause == Cause::Catastrophe,
            // The fast path goes on for five minutes, because its minute may come late.
            _ if minute - last_fast < 5 => found.cause == Cause::Catastrophe,
            "breach_relative" | "breach_absolute" => found.cause == Cause::OverCritical,
            "pass" => matches!(found.cause, Cause::Proven | Cause::SharedCause),
            _ => {
                found.cause.verdict() < Cause::OverCritical.verdict()
                    && found.cause != Cause::Proven
            }
        };
        assert!(right, "{state}: {what}");
    }
}

#[test]
fn the_judge_decides_as_the_sequences_do() {
    let vectors = vectors();
    let mut checked = 0;
    for sequence in all(&vectors, "sequences") {
        if let Some(gates) = gates_of(&sequence["config"]) {
            check_judge(sequence, &gates);
            checked += 1;
        }
    }
    assert!(checked >= 37, "only {checked} sequences were checked");
}

#[test]
fn all_latency_sequences_hold_to_a_billionth_and_decide_alike() {
    let vectors = vectors();
    assert_eq!(all(&vectors, "latency").len(), 7);
    for sequence in all(&vectors, "latency") {
        let (config, expect) = (&sequence["config"], &sequence["expect"]);
        let mut gate = latency_gate();
        gate.stat.percentile = (number(&config["q"]) * 100.0).round();
        gate.critical.times_legacy = number(&config["ratio"]);
        gate.critical.bad_minutes = rate(number(&config["eta"]));
        gate.critical.false_alarm = rate(number(&config["alpha"]));
        gate.critical.at_most =
            config["max_ms"].as_f64().map(|ms| SignedDuration::from_millis(ms as i64));
        let gates = Gates { latency: Some(gate), ..no_gates() };
        let steps: Vec<(u32, &str)> = plan(config).into_iter().map(|m| (m, "10%")).collect();
        let mut run = Run::new(&gates, &History::default(), &steps);
        for (at, values) in all(sequence, "rows").iter().enumerate() {
            let side = |latency: &Value, requests: &Value| SideRow {
                requests: requests.as_f64(),
                latency: latency.as_f64().map(|ms| ms / 1e3),
                ..SideRow::default()
            };
            let row = Row {
                new: side(&values[0], &values[1]),
                legacy: side(&values[2], &values[3]),
                metrics: BTreeMap::new(),
            };
            let found = run.minute(at as i64, row).remove(0);
            let what = format!("{} minute {at}: {found:?}", sequence["name"]);
            assert_near(found.evidence.unwrap(), number(&expect["ln_e"][at]), &what);
            let decided = expect["decision_minute"].as_u64();
            if decided == Some(at as u64) {
                assert_eq!(found.cause, Cause::OverCritical, "{what}");
            } else if decided.is_none_or(|minute| (at as u64) < minute) {
                assert_ne!(found.cause, Cause::OverCritical, "{what}");
            }
        }
    }
}
