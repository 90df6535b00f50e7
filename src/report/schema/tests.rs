//! Every event there is, held against its schema.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;
use crate::{engine::Event, journal::Record};

/// Returns one event of every kind, with all that it may say.
fn samples() -> Vec<Value> {
    let lock = json!({ "run": "api-20261123T021400Z-9f3a", "epoch": 3, "owner": "me", "until": "2026-11-23T05:00:00Z" });
    let finding = json!({ "gate": "errors", "cause": "over_critical", "why": "w", "evidence": 1.5, "numbers": { "requests": 1.0 } });
    let found = |name: &str| {
        let mut event = finding.clone();
        (event["event"], event["next"]) = (name.into(), "n".into());
        event
    };
    let word = |name: &str| json!({ "event": name, "by": "a@b", "why": "w", "request": "r" });
    let with = |name: &str, field: &str, value: Value| {
        let mut event = word(name);
        event[field] = value;
        event
    };
    let gates = json!({
        "noise": "normal", "metrics": [], "alarms": [], "datadog": [],
        "pass": { "min_minutes": 5, "min_requests": 200, "proof": 0.95 },
    });
    let pair = json!({ "name": "a.example.com", "type": "A", "legacy": 95, "new": null });
    let at = "2026-11-23T02:14:00Z";
    vec![
        json!({ "event": "run_started", "runbook": "api", "environment": null, "steps": 1, "records": 1, "version": "0.1.0",
                "owner": "me", "mode": "dry_run", "files": { "plan.json": "fc7c4cd1a4eb58e2" } }),
        json!({ "event": "preflight_passed", "hazards": ["h"] }),
        json!({ "event": "preflight_failed", "problems": ["p"] }),
        json!({ "event": "lock_taken", "zone": "Z1", "lock": lock }),
        json!({ "event": "lock_released", "zone": "Z1" }),
        json!({ "event": "lock_left", "zone": "Z1", "why": "w" }),
        json!({ "event": "fenced", "zone": "Z1", "holder": lock, "why": "w" }),
        json!({ "event": "prepared", "changed": 1 }),
        json!({ "event": "step_started", "shift": 0, "step": 1, "share": "0.5%", "weights": { "legacy": 99, "new": 1 }, "hold": "PT20M" }),
        json!({ "event": "write_started", "write": 1, "to": { "shift": 0 }, "zone": "Z1", "pairs": [0], "lock": { "set": lock }, "overwrite": true }),
        json!({ "event": "write_accepted", "write": 1, "change": "C1" }),
        json!({ "event": "write_failed", "write": 1, "failure": "later", "message": "m", "problems": ["p"], "retry_at": at }),
        json!({ "event": "protections_removed", "zone": "Z1", "records": [["a.example.com", "A"]], "failure": "f" }),
        json!({ "event": "records_read", "zone": "Z1", "records": [] }),
        json!({ "event": "weights_written", "position": "baseline", "share": "0%", "records": [pair] }),
        json!({ "event": "in_sync", "changes": ["C1"] }),
        json!({ "event": "change_lost", "change": "C1" }),
        json!({ "event": "settled", "hold_until": at }),
        json!({ "event": "metrics_read", "rows": [[29_542_137, { "legacy": { "requests": 1.0 }, "new": {} }]],
                "targets": { "healthy": 1, "registered": 2 }, "alarms": { "a": { "state": "OK", "reason": "r" } },
                "faults": [{ "account": "new", "kind": "partial", "message": "m" }] }),
        json!({ "event": "minute_judged", "minute": 29_542_137, "findings": [finding] }),
        found("warned"),
        found("breached"),
        json!({ "event": "tuned", "changes": [{ "limit": "noise", "from": null, "to": "high" }], "loosens": true, "why": "w", "by": "a@b",
                "request": "r", "gates": gates }),
        json!({ "event": "held", "why": "w", "until": at, "next": "n" }),
        json!({ "event": "window_closed", "opens": at, "why": "w" }),
        json!({ "event": "approval_asked", "step": 2, "ask": "a", "until": at, "next": "n" }),
        with("approved", "step", 2.into()),
        word("paused"),
        word("unpaused"),
        with("skipped", "what", "x".into()),
        word("aborted"),
        json!({ "event": "command_started", "hook": "step", "step": 2, "command": ["true"] }),
        json!({ "event": "command_ended", "hook": "step", "step": 2, "failure": "f", "seconds": 1.5, "output": "o.log", "next": "n" }),
        json!({ "event": "step_passed", "shift": 0, "step": 1, "share": "5%", "proven": true, "why": "w", "next": "n" }),
        json!({ "event": "rollback_started", "reason": "r", "breached_at": at, "asked": { "owner": "me", "to_simple": true, "deadline": at } }),
        json!({ "event": "rolled_back", "seconds_from_breach": 0.5, "clients_back_by": at }),
        json!({ "event": "drifted", "differences": [{ "name": "a.example.com", "type": "A", "expected": "e", "live": "l", "wanted": "w", "is_baseline": true }] }),
        json!({ "event": "stopped", "reason": "r" }),
        json!({ "event": "resumed", "version": "0.1.0", "owner": "me", "take_over": true }),
        json!({ "event": "stuck", "why": "w" }),
        json!({ "event": "run_completed", "share": "100%" }),
    ]
}

/// Returns the names that [`Event::name`] knows.
fn all_names() -> BTreeSet<&'static str> {
    let source = include_str!("../../engine/event/about.rs");
    let names = source.lines().filter_map(|line| line.trim().strip_suffix("\","));
    names
        .filter_map(|line| line.strip_prefix("Self::")?.split_once("=> \""))
        .map(|(_, name)| name)
        .collect()
}

#[test]
fn every_event_is_as_its_schema_says_and_says_nothing_else() {
    let mut schema = output_schema();
    for definition in schema["$defs"].as_object_mut().unwrap().values_mut() {
        definition["additionalProperties"] = false.into();
    }
    schema.as_object_mut().unwrap().remove("anyOf");
    let mut seen = BTreeSet::new();
    for sample in samples() {
        let name = sample["event"].as_str().unwrap().to_owned();
        let event: Event =
            serde_json::from_value(sample.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
        let run = "api-20261123T021400Z-9f3a".parse().unwrap();
        let record = Record::first("2026-11-23T02:14:00Z".parse().unwrap(), run, event).unwrap();
        let line = serde_json::to_value(&record).unwrap();
        for field in sample.as_object().unwrap().keys() {
            assert!(line.get(field).is_some(), "{name}: {field} is not printed");
        }
        schema["$ref"] = format!("#/$defs/event:{name}").into();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&line).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        seen.insert(name);
    }
    let all: BTreeSet<String> = all_names().iter().map(|name| (*name).to_owned()).collect();
    assert!(all.len() > 35, "{all:?}");
    assert_eq!(seen, all, "an event has no sample here, and perhaps no schema");
}
