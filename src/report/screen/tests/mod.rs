//! The screen as it is read, on terminals of every kind.

mod data;
mod phases;
mod terminals;

use snapbox::{assert_data_eq, str};

use super::*;
use crate::{
    engine::{Freshness, Limits, MinuteView, Question, SideView, StepView, Word},
    gate::{Cause, Finding},
    unit::{Minute, Timestamp},
};

fn at(time: &str) -> Timestamp {
    format!("2026-11-23T{time}Z").parse().unwrap()
}

fn finding(gate: &str, cause: Cause, why: &str) -> Finding {
    let (gate, why) = (gate.to_owned(), why.to_owned());
    Finding { gate, cause, why, evidence: None, numbers: std::collections::BTreeMap::new() }
}

fn side(requests: f64, error_rate: f64, latency: f64) -> SideView {
    let (requests, error_rate, latency) = (Some(requests), Some(error_rate), Some(latency));
    SideView { requests, error_rate, latency }
}

/// Returns half an hour in which new gets more requests, a few of which fail, and gets slower at the end.
fn trend() -> Vec<MinuteView> {
    let newest = Minute::containing(at("02:17:00"));
    let minute = |ago: i64| {
        let of_step = if ago > 12 { 0.01 } else { 0.05 };
        let noise = 1.0 + 0.03 * (ago % 5) as f64;
        MinuteView {
            minute: newest.offset(-ago),
            legacy: side(12_345.0 * noise * (1.0 - of_step), 0.0005 * noise, 0.21 * noise),
            new: side(
                12_345.0 * noise * of_step,
                0.0006 * (ago % 3) as f64,
                1.5 / (1 + ago) as f64,
            ),
        }
    };
    (0..30).rev().map(minute).collect()
}

fn holding() -> View {
    let share = |text: &str| text.parse::<Share>().unwrap();
    let age = Some(SignedDuration::from_secs(130));
    View {
        at: at("02:19:55"),
        run: "api-20261123T021400Z-9f3a".parse().unwrap(),
        runbook: "api".to_owned(),
        environment: Some("production".to_owned()),
        phase: "holding",
        since: None,
        waiting_for: Some("the gates to see the whole hold".to_owned()),
        until: Some(at("02:27:07")),
        question: None,
        paused: None,
        mode: Mode::Usual,
        wave: None,
        steps: ["1%", "5%", "25%", "50%", "100%"].map(|text| StepView::Share(share(text))).to_vec(),
        step: Some(1),
        hold_began: Some(at("02:17:07")),
        share: share("5%"),
        legacy: side(12345.0, 0.00051, 0.212),
        new: side(645.0, 0.0, 1.5),
        trend: trend(),
        limits: Limits { error_rate: Some(0.0027), latency: Some(0.317) },
        percentile: Some(99.0),
        findings: vec![
            finding("errors", Cause::Proven, "0 of 645 requests failed"),
            finding("latency", Cause::TooFewRequests, "3 minutes seen, 5 are needed"),
            finding("share", Cause::Proven, "new has 5% of all requests, and 5% are meant for it"),
        ],
        tunings: Vec::new(),
        freshness: Freshness {
            watched: true,
            legacy: age,
            new: age,
            late_after: SignedDuration::from_mins(5),
        },
        time_to_safe: SignedDuration::from_millis(119_500),
        kept_on_new: None,
    }
}

/// Returns a breach that everybody is being brought back from.
fn rolling_back() -> View {
    let mut view = holding();
    view.phase = "rolling back";
    view.since = Some(at("02:19:52"));
    (view.waiting_for, view.until, view.hold_began, view.step) = (None, None, None, None);
    view.new.error_rate = Some(0.036);
    view.findings[0] = finding(
        "errors",
        Cause::OverCritical,
        "new fails 3.6% of 1,544 requests over 3 min, legacy 0.16%; the limit is 0.41% (2x legacy's 0.16% + 0.1%)",
    );
    view.freshness.watched = false;
    view
}

fn look(columns: usize, rows: usize) -> Look {
    Look {
        columns: columns - 1,
        rows,
        unicode: true,
        paint: Paint::new(false),
        titled: true,
        answers: true,
    }
}

fn shown(view: &View, columns: usize) -> String {
    screen(view, None, &look(columns, 40)).join("\n")
}
