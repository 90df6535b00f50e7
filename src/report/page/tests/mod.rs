//! Whole reports of runs that were put together by hand. What a report looks like of runs that were really played is in
//! `tests/cli/report.rs`.

mod hostile;
mod stories;

use std::collections::BTreeMap;

use quick_xml::events::Event as Xml;
use serde_json::json;

use super::{Case, Story, html, markdown};
use crate::{
    engine::{Event, LockChange, PairWeights, Position, Tuning, WriteFailure},
    gate::{Cause, Finding, Row, SideRow},
    journal::Record,
    plan::{Answer, ChangeId, Gates, Pair, Plan, RecordSet, Routing, Shift, Zone, ZoneId},
    unit::{Minute, RecordType, Share, SignedDuration, Timestamp, Ttl, Weight, Weights},
};

const RUNBOOK: &[u8] = b"version: 1\nname: api\n";

fn at(time: &str) -> Timestamp {
    format!("2026-11-23T{time}Z").parse().unwrap()
}

fn share(text: &str) -> Share {
    text.parse().unwrap()
}

fn record(at: Timestamp, event: Event) -> Record {
    Record::first(at, "api-20261123T021400Z-9f3a".parse().unwrap(), event).unwrap()
}

fn gates() -> Gates {
    serde_json::from_value(json!({
        "noise": "normal", "errors": null, "share": null, "targets": { "critical_below": 0.5 },
        "latency": {
            "stat": 99.0,
            "critical": { "times_legacy": 1.5, "at_most": "PT0.8S", "bad_minutes": 0.1, "false_alarm": 0.01 },
            "warning": { "times_legacy": 1.2, "at_most": null, "bad_minutes": 0.2, "false_alarm": 0.05 },
        },
        "metrics": [], "alarms": [], "datadog": [],
        "pass": { "min_minutes": 5, "min_requests": 200, "proof": 0.95 },
    }))
    .unwrap()
}

fn member(name: &str, side: &str, weight: u8) -> RecordSet {
    RecordSet {
        name: name.parse().unwrap(),
        kind: RecordType::Cname,
        routing: Routing::Weighted {
            set_identifier: format!("cutover:{side}"),
            weight: Weight(weight),
        },
        answer: Answer::Values { ttl: Ttl(60), values: vec![format!("{side}.example.net")] },
        health_check: None,
    }
}

fn members(name: &str, legacy: u8, new: u8) -> Vec<RecordSet> {
    vec![member(name, "legacy", legacy), member(name, "new", new)]
}

fn pair(name: &str) -> Pair {
    let found = RecordSet { routing: Routing::Simple, ..member(name, "legacy", 0) };
    Pair {
        name: name.parse().unwrap(),
        kind: RecordType::Cname,
        zone: zone(),
        busy: 0,
        wave: 0,
        found: vec![found],
        baseline: members(name, 100, 0),
        legacy: member(name, "legacy", 100),
        new: member(name, "new", 0),
    }
}

fn zone() -> ZoneId {
    ZoneId("Z1".to_owned())
}

fn plan(names: &[&str]) -> Plan {
    let shift = |(index, text): (usize, &str)| {
        let (share, hold) = (share(text), SignedDuration::from_mins(10));
        Shift { step: index + 1, share, weights: Weights::nearest(share), hold, wave: 0 }
    };
    Plan {
        environment: Some("production".to_owned()),
        steps: 2,
        zones: vec![Zone { id: zone(), name: "example.com".parse().unwrap(), private: false }],
        pairs: names.iter().map(|name| pair(name)).collect(),
        shifts: ["5%", "100%"].into_iter().enumerate().map(shift).collect(),
        gates: gates(),
        locked: true,
        ..Plan::blank()
    }
}

fn finding(gate: &str, cause: Cause, why: &str) -> Finding {
    let numbers = [("new_rate".to_owned(), 0.036), ("limit_rate".to_owned(), 0.0041)];
    let (gate, why, evidence) = (gate.to_owned(), why.to_owned(), Some(6.6));
    Finding { gate, cause, why, evidence, numbers: numbers.into() }
}

fn started(plan: &Plan) -> Event {
    let Event::RunStarted { runbook, environment, steps, records, owner, mode, files, .. } =
        crate::engine::started(plan, "me")
    else {
        unreachable!("a run starts with its start")
    };
    let version = "0.1.0".to_owned();
    Event::RunStarted { runbook, environment, steps, records, version, owner, mode, files }
}

fn step_started() -> Event {
    let (share, hold) = (share("5%"), SignedDuration::from_mins(10));
    Event::StepStarted {
        shift: 0,
        step: 1,
        wave: None,
        share,
        weights: Weights::nearest(share),
        hold,
    }
}

fn write(number: u32, to: Position, pairs: usize) -> [Event; 2] {
    let pairs = (0..pairs).collect();
    let lock = LockChange::Untouched;
    [
        Event::WriteStarted { write: number, to, zone: zone(), pairs, lock, overwrite: false },
        Event::WriteAccepted { write: number, change: ChangeId(format!("C{number}")) },
    ]
}

fn read(records: Vec<RecordSet>) -> Event {
    Event::RecordsRead { zone: zone(), records }
}

fn placed(position: Position, text: &str) -> Event {
    let weights = Weights::nearest(share(text));
    let records = vec![PairWeights {
        name: "api.example.com".parse().unwrap(),
        kind: RecordType::Cname,
        legacy: Some(weights.legacy),
        new: Some(weights.new),
    }];
    Event::WeightsWritten { position, share: share(text), records }
}

fn measured(first: Minute, requests: &[(f64, f64)]) -> Event {
    let side = |requests: f64, latency| SideRow {
        requests: Some(requests),
        errors: None,
        latency: Some(latency),
        ..SideRow::default()
    };
    let rows = requests.iter().enumerate().map(|(at, (legacy, new))| {
        let row = Row { legacy: side(*legacy, 0.2), new: side(*new, 0.3), ..Row::default() };
        (first.offset(at as i64), row)
    });
    let (rows, alarms) = (rows.collect(), BTreeMap::new());
    Event::MetricsRead {
        rows,
        targets: None,
        alarms,
        services: BTreeMap::new(),
        datadog: BTreeMap::new(),
        faults: Vec::new(),
    }
}

/// Returns the records of a run that is rolled back at its first step, after a breach.
fn rolled_back(plan: &Plan) -> Vec<Record> {
    let name = "api.example.com";
    let minute = Minute::containing(at("02:20:00"));
    let breach = finding("errors", Cause::OverCritical, "new fails 3.6% of 1,544 requests");
    let mut events = vec![
        ("02:14:00", started(plan)),
        (
            "02:14:00",
            Event::PreflightPassed { hazards: vec!["the first step is large".to_owned()] },
        ),
    ];
    events.extend(write(1, Position::Prepared, 1).map(|event| ("02:14:01", event)));
    events.extend([
        ("02:14:02", read(members(name, 100, 0))),
        ("02:14:02", placed(Position::Prepared, "0%")),
        ("02:14:02", Event::Prepared { changed: 1 }),
        ("02:14:03", step_started()),
    ]);
    events.extend(write(2, Position::Shift(0), 1).map(|event| ("02:14:04", event)));
    events.extend([
        ("02:14:05", read(members(name, 95, 5))),
        ("02:14:05", placed(Position::Shift(0), "5%")),
        ("02:18:00", Event::Settled { hold_until: at("02:28:00") }),
        ("02:19:00", measured(minute.offset(-5), &[(950.0, 50.0); 6])),
        (
            "02:20:00",
            Event::Tuned {
                changes: vec![Tuning {
                    limit: "latency.critical.at_most".to_owned(),
                    from: Some("800ms".to_owned()),
                    to: "2s".to_owned(),
                }],
                loosens: true,
                why: "the batch job runs".to_owned(),
                by: "alice@ops".to_owned(),
                request: None,
                gates: Box::new(gates()),
            },
        ),
        ("02:22:00", Event::MinuteJudged { minute, findings: vec![breach.clone()] }),
        (
            "02:22:00",
            Event::Breached { finding: breach, next: "everybody is sent back".to_owned() },
        ),
        (
            "02:22:00",
            Event::RollbackStarted {
                reason: "errors: new fails 3.6% of 1,544 requests".to_owned(),
                breached_at: Some(at("02:22:00")),
                asked: None,
            },
        ),
    ]);
    events.extend(write(3, Position::Baseline, 1).map(|event| ("02:22:00", event)));
    events.extend([
        ("02:22:01", read(members(name, 100, 0))),
        ("02:22:01", placed(Position::Baseline, "0%")),
        (
            "02:22:01",
            Event::RolledBack { seconds_from_breach: 0.8, clients_back_by: at("02:24:01") },
        ),
    ]);
    events.into_iter().map(|(time, event)| record(at(time), event)).collect()
}

fn case<'a>(story: &'a Story, plan: Option<&'a Plan>) -> Case<'a> {
    Case { story, plan, runbook: Some(RUNBOOK), audit: None, alive: false, anchor: "", alone: true }
}

/// Returns the text that a reader sees, a line for each block.
fn seen(page: &str) -> String {
    let body = page.split_once("<body>").map_or(page, |(_, body)| body);
    let mut text = String::new();
    for part in body.split('<') {
        let (tag, words) = part.split_once('>').unwrap_or(("", part));
        let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
        let inline = ["span", "b", "time", "a", "strong"];
        if !inline.contains(&name) && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(words);
    }
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];
    let text = entities.iter().fold(text, |text, (from, to)| text.replace(from, to));
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// Checks that the page is one that every parser reads alike: each element is closed where it should be, every
/// attribute is quoted, and nothing of it loads or runs anything.
fn assert_sound(page: &str) {
    let page = page.replacen("<!DOCTYPE html>", "", 1);
    let void = ["meta"];
    // The style sheet's `>` and what XML has no name for are no matter of soundness.
    let (before, rest) = page.split_once("<style>").unwrap();
    let (_, after) = rest.split_once("</style>").unwrap();
    let page = format!("{before}{after}");
    let mut reader = quick_xml::Reader::from_str(&page);
    reader.config_mut().check_end_names = false;
    let mut open: Vec<String> = Vec::new();
    loop {
        let event = reader.read_event().unwrap();
        if let Xml::Start(tag) | Xml::Empty(tag) = &event {
            let name = tag.name().as_ref().to_owned();
            for attribute in tag.html_attributes() {
                let attribute = attribute.unwrap();
                harmless(&name, attribute.key.as_ref(), &attribute.value);
            }
            if !void.contains(&name.as_str()) && matches!(event, Xml::Start(_)) {
                open.push(name);
            }
        } else if let Xml::End(tag) = event {
            assert_eq!(open.pop().as_deref(), Some(tag.name().as_ref()));
        } else if matches!(event, Xml::Eof) {
            break;
        }
    }
    assert!(open.is_empty(), "never closed: {open:?}");
}

fn harmless(tag: &str, attribute: &str, value: &str) {
    // Shapes of a drawing have numbers and colours, and nothing that leads anywhere.
    let drawn = ["rect", "polyline", "polygon", "line"].contains(&tag);
    let known = [
        "aria-hidden",
        "aria-label",
        "charset",
        "class",
        "colspan",
        "content",
        "href",
        "http-equiv",
        "id",
        "lang",
        "name",
        "open",
        "preserveAspectRatio",
        "role",
        "scope",
        "style",
        "viewBox",
    ];
    assert!(drawn || known.contains(&attribute), "{tag} has {attribute}={value}");
    assert!(!["script", "img", "link", "iframe", "object", "base"].contains(&tag), "{tag}");
    assert!(attribute != "href" || value.starts_with('#'), "{tag} leads to {value}");
    assert!(attribute != "style" || !value.contains("url"), "{tag} has style {value}");
}
