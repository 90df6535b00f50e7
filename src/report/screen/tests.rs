//! The screen as it is read, on terminals of every kind.

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
    }
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

#[test]
fn a_hold_says_what_is_waited_for_and_until_when_and_how_both_sides_are() {
    assert_data_eq!(
        shown(&holding(), 80),
        str![[r#"
api-20261123T021400Z-9f3a in production                 2026-11-23 02:19:55 UTC
steps        1% > [5%] > 25% > 50% > 100%
holding      ████░░░░░░░░░░░░ 7m12s left, until 02:27:07
             waiting for the gates to see the whole hold
               req/min               errors              latency p99
legacy          12,345  ▆▆▆▆▆▆▆▆▆▆   0.051%  ▃▃▃▃▃▃▃▃▃▃    212 ms  ▃▃▃▃▃▃▃▃▃▃
new                645  ▂▂▂▂▂▄▆▆▆▆       0%  ▅▅▅▅▅▅▅▅▅▅    1.50 s  ▂▂▂▂▂▂▂▂▃█
limit                                 0.27%                317 ms
data         the newest is 2m10s old
unknown      latency: 3 minutes seen, 5 are needed
pass         errors: 0 of 645 requests failed
pass         share: new has 5% of all requests, and 5% are meant for it
way back     5% on new; rolled back now, everybody is safe in about 2m
"#]]
    );
}

#[test]
fn a_wide_terminal_shows_every_minute_of_the_trends() {
    assert_data_eq!(
        shown(&holding(), 200),
        str![[r#"
api-20261123T021400Z-9f3a in production                                                                                                                                         2026-11-23 02:19:55 UTC
steps        1% > [5%] > 25% > 50% > 100%
holding      ████░░░░░░░░░░░░ 7m12s left, until 02:27:07
             waiting for the gates to see the whole hold
               req/min                                  errors                                 latency p99
legacy          12,345 ▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▆▅▆▆▆▆▅▆▆▆▆▅   0.051% ▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃▃    212 ms ▃▃▃▃▂▃▃▃▃▂▃▃▃▃▂▃▃▃▃▂▃▃▃▃▂▃▃▃▃▂
new                645 ▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▆▆▆▆▆▆▆▆▆▆▆▆▆       0% ▅▃▁▅▃▁▅▃▁▅▃▁▅▃▁▅▃▁▅▃▁▅▃▁▅▃▁▅▃▁    1.50 s ▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▃▃▃▄▅█
limit                                                    0.27%                                   317 ms
data         the newest is 2m10s old
unknown      latency: 3 minutes seen, 5 are needed
pass         errors: 0 of 645 requests failed
pass         share: new has 5% of all requests, and 5% are meant for it
way back     5% on new; rolled back now, everybody is safe in about 2m
"#]]
    );
}

#[test]
fn a_narrow_terminal_keeps_what_matters_on_one_line_each() {
    assert_data_eq!(
        shown(&holding(), 40),
        str![[r#"
api in production              02:19:55
steps   1% > [5%] > 25% > 50% > 100%
holding 7m12s left, until 02:27:07
        waiting for the gates to see
        the whole hold
          req/min   errors  latency p99
legacy     12,345   0.051%    212 ms
new           645       0%    1.50 s
limit                0.27%    317 ms
data    the newest is 2m10s old
unknown latency: 3 minutes seen, 5 are…
pass    errors: 0 of 645 requests fail…
pass    share: new has 5% of all reque…
back    5% on new, safe in about 2m
"#]]
    );
}

#[test]
fn a_terminal_without_utf_8_shows_the_same_in_ascii() {
    let mut view = holding();
    view.findings.push(finding("alarm new/Schließung", Cause::OverWarning, "it is ALARM"));
    let look = Look { unicode: false, ..look(80, 40) };
    let lines = screen(&view, None, &look).join("\n");
    assert!(lines.is_ascii(), "{lines}");
    assert_data_eq!(
        lines,
        str![[r#"
api-20261123T021400Z-9f3a in production                 2026-11-23 02:19:55 UTC
steps        1% > [5%] > 25% > 50% > 100%
holding      [####------------] 7m12s left, until 02:27:07
             waiting for the gates to see the whole hold
               req/min               errors              latency p99
legacy          12,345  ++++++++++   0.051%  ::::::::::    212 ms  ::::::::::
new                645  .....-++++       0%  ==========    1.50 s  ........:#
limit                                 0.27%                317 ms
data         the newest is 2m10s old
warn         alarm new/Schlie?ung: it is ALARM
unknown      latency: 3 minutes seen, 5 are needed
pass         errors: 0 of 645 requests failed
pass         share: new has 5% of all requests, and 5% are meant for it
way back     5% on new; rolled back now, everybody is safe in about 2m
"#]]
    );
}

#[test]
fn colour_only_adds_to_what_is_said() {
    let view = rolling_back();
    let plain = screen(&view, None, &look(80, 40));
    let coloured = screen(&view, None, &Look { paint: Paint::new(true), ..look(80, 40) });
    let bare = |line: &String| {
        let codes = ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[32m", "\u{1b}[33m", "\u{1b}[1;31m"];
        codes.iter().fold(line.clone(), |line, code| line.replace(code, ""))
    };
    assert_eq!(coloured.iter().map(bare).collect::<Vec<_>>(), plain);
    assert!(coloured.iter().any(|line| line.contains("\u{1b}[1;31m   3.6%\u{1b}[0m")));
}

#[test]
fn a_low_terminal_leaves_out_what_matters_least() {
    let lines = |rows| screen(&holding(), None, &look(80, rows)).join("\n");
    assert_data_eq!(
        lines(8),
        str![[r#"
steps        1% > [5%] > 25% > 50% > 100%
holding      ████░░░░░░░░░░░░ 7m12s left, until 02:27:07
             waiting for the gates to see the whole hold
               req/min               errors              latency p99
legacy          12,345  ▆▆▆▆▆▆▆▆▆▆   0.051%  ▃▃▃▃▃▃▃▃▃▃    212 ms  ▃▃▃▃▃▃▃▃▃▃
new                645  ▂▂▂▂▂▄▆▆▆▆       0%  ▅▅▅▅▅▅▅▅▅▅    1.50 s  ▂▂▂▂▂▂▂▂▃█
data         the newest is 2m10s old
way back     5% on new; rolled back now, everybody is safe in about 2m
"#]]
    );
    assert_data_eq!(
        lines(4),
        str![[r#"
holding      ████░░░░░░░░░░░░ 7m12s left, until 02:27:07
             waiting for the gates to see the whole hold
new                645  ▂▂▂▂▂▄▆▆▆▆       0%  ▅▅▅▅▅▅▅▅▅▅    1.50 s  ▂▂▂▂▂▂▂▂▃█
way back     5% on new; rolled back now, everybody is safe in about 2m
"#]]
    );
    assert_eq!(screen(&holding(), None, &look(80, 1)).len(), 1);
}

#[test]
fn before_the_first_step_nothing_is_on_new_and_nothing_is_known() {
    let view = View {
        phase: "syncing",
        since: Some(at("02:19:43")),
        waiting_for: Some("all of Route 53's servers to answer with the change".to_owned()),
        until: None,
        step: None,
        hold_began: None,
        share: Share::ZERO,
        legacy: SideView::default(),
        new: SideView::default(),
        trend: Vec::new(),
        limits: Limits::default(),
        findings: Vec::new(),
        freshness: Freshness { legacy: None, new: None, ..holding().freshness },
        ..holding()
    };
    assert_data_eq!(
        shown(&view, 80),
        str![[r#"
api-20261123T021400Z-9f3a in production                 2026-11-23 02:19:55 UTC
steps        1% > 5% > 25% > 50% > 100%
syncing      for 12s
             waiting for all of Route 53's servers to answer with the change
               req/min   errors  latency p99
legacy               -        -         -
new                  -        -         -
data         none yet
way back     all traffic is meant for legacy
"#]]
    );
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

#[test]
fn a_rollback_says_how_far_it_is_and_what_it_is_for() {
    let look = look(80, 40);
    let lines = screen(&rolling_back(), Some("600 of 1000 records back"), &look).join("\n");
    assert_data_eq!(
        lines,
        str![[r#"
api-20261123T021400Z-9f3a in production                 2026-11-23 02:19:55 UTC
steps        1% > 5% > 25% > 50% > 100%
rolling back for 3s
             600 of 1000 records back
               req/min               errors              latency p99
legacy          12,345  ▆▆▆▆▆▆▆▆▆▆   0.051%  ▃▃▃▃▃▃▃▃▃▃    212 ms  ▃▃▃▃▃▃▃▃▃▃
new                645  ▂▂▂▂▂▄▆▆▆▆     3.6%  ▅▅▅▅▅▅▅▅▅▅    1.50 s  ▂▂▂▂▂▂▂▂▃█
limit                                 0.27%                317 ms
data         the newest is 2m10s old; no more is read
BREACH       errors: new fails 3.6% of 1,544 requests over 3 min, legacy 0.16%;
             the limit is 0.41% (2x legacy's 0.16% + 0.1%)
unknown      latency: 3 minutes seen, 5 are needed
pass         share: new has 5% of all requests, and 5% are meant for it
way back     everybody is safe in about 2m
"#]]
    );
}

#[test]
fn a_hold_that_was_not_planned_gives_its_reason_in_full() {
    let mut view = holding();
    (view.phase, view.hold_began) = ("held", None);
    view.until = Some("2026-11-24T00:19:00Z".parse().unwrap());
    let why = "errors: unknown: new's CloudWatch may not be read: User arn:aws:sts::333333333333:assumed-role/cutover-read/cutover \
               is not authorized to perform: cloudwatch:GetMetricData because no identity-based policy allows it";
    view.waiting_for = Some(why.to_owned());
    assert_data_eq!(
        shown(&view, 80),
        str![[r#"
api-20261123T021400Z-9f3a in production                 2026-11-23 02:19:55 UTC
steps        1% > [5%] > 25% > 50% > 100%
held         21h59m5s left, until 2026-11-24 00:19:00
             waiting for errors: unknown: new's CloudWatch may not be read:
             User arn:aws:sts::333333333333:assumed-role/cutover-read/cutover
             is not authorized to perform: cloudwatch:GetMetricData because no…
               req/min               errors              latency p99
legacy          12,345  ▆▆▆▆▆▆▆▆▆▆   0.051%  ▃▃▃▃▃▃▃▃▃▃    212 ms  ▃▃▃▃▃▃▃▃▃▃
new                645  ▂▂▂▂▂▄▆▆▆▆       0%  ▅▅▅▅▅▅▅▅▅▅    1.50 s  ▂▂▂▂▂▂▂▂▃█
limit                                 0.27%                317 ms
data         the newest is 2m10s old
unknown      latency: 3 minutes seen, 5 are needed
pass         errors: 0 of 645 requests failed
pass         share: new has 5% of all requests, and 5% are meant for it
way back     5% on new; rolled back now, everybody is safe in about 2m
"#]]
    );
}

#[test]
fn an_approval_stands_out_and_says_how_to_answer() {
    let mut view = holding();
    (view.phase, view.hold_began) = ("approval", None);
    view.waiting_for = None;
    view.question = Some(Question {
        ask: "Has the database team said yes?".to_owned(),
        otherwise: "without an answer the run stops where it is".to_owned(),
    });
    view.steps.insert(2, StepView::Approval);
    view.step = Some(2);
    assert_data_eq!(
        shown(&view, 80),
        str![[r#"
api-20261123T021400Z-9f3a in production                 2026-11-23 02:19:55 UTC
steps        1% > 5% > [approval] > 25% > 50% > 100%
approval     7m12s left, until 02:27:07
APPROVE?     Has the database team said yes?
             here: type `yes` and Enter
             elsewhere: cutover approve api-20261123T021400Z-9f3a
             without an answer the run stops where it is
               req/min               errors              latency p99
legacy          12,345  ▆▆▆▆▆▆▆▆▆▆   0.051%  ▃▃▃▃▃▃▃▃▃▃    212 ms  ▃▃▃▃▃▃▃▃▃▃
new                645  ▂▂▂▂▂▄▆▆▆▆       0%  ▅▅▅▅▅▅▅▅▅▅    1.50 s  ▂▂▂▂▂▂▂▂▃█
limit                                 0.27%                317 ms
data         the newest is 2m10s old
unknown      latency: 3 minutes seen, 5 are needed
pass         errors: 0 of 645 requests failed
pass         share: new has 5% of all requests, and 5% are meant for it
way back     5% on new; rolled back now, everybody is safe in about 2m
"#]]
    );
    let low = screen(&view, None, &look(80, 5)).join("\n");
    assert!(low.contains("APPROVE?") && low.contains("type `yes`"), "{low}");
}

#[test]
fn a_pause_is_seen_while_a_hold_goes_on() {
    let (by, why) = ("alice@laptop".to_owned(), Some("the network team calls".to_owned()));
    let view =
        View { paused: Some(Word { by, why, request: None }), mode: Mode::DryRun, ..holding() };
    let lines = screen(&view, None, &look(80, 5)).join("\n");
    assert_data_eq!(
        lines,
        str![[r#"
holding      ████░░░░░░░░░░░░ 7m12s left, until 02:27:07
             waiting for the gates to see the whole hold
paused       by alice@laptop: the network team calls; no further step begins
new                645  ▂▂▂▂▂▄▆▆▆▆       0%  ▅▅▅▅▅▅▅▅▅▅    1.50 s  ▂▂▂▂▂▂▂▂▃█
way back     5% on new; rolled back now, everybody is safe in about 2m
"#]]
    );
    assert!(shown(&view, 80).contains("in production, DRY RUN"), "{}", shown(&view, 80));
}

#[test]
fn a_frozen_feed_is_seen_at_once() {
    let mut view = holding();
    let age = Some(SignedDuration::from_mins(11));
    view.freshness = Freshness { legacy: age, new: age, ..view.freshness };
    for minute in view.trend.iter_mut().rev().take(9) {
        (minute.legacy, minute.new) = Default::default();
    }
    (view.legacy, view.new) = Default::default();
    assert_data_eq!(
        shown(&view, 80),
        str![[r#"
api-20261123T021400Z-9f3a in production                 2026-11-23 02:19:55 UTC
steps        1% > [5%] > 25% > 50% > 100%
holding      ████░░░░░░░░░░░░ 7m12s left, until 02:27:07
             waiting for the gates to see the whole hold
               req/min               errors              latency p99
legacy               -  ▆▆▆▆▆▆▆···        -  ▃▃▃▃▃▃▃···         -  ▇▇▇▇▆▇▇···
new                  -  ▂▂▂▂▂▄▆···        -  ▅▅▅▅▅▅▅···         -  ▃▃▃▃▄▄▅···
limit                                 0.27%                317 ms
data         LATE: the newest is 11m old, 5m at most is usual
unknown      latency: 3 minutes seen, 5 are needed
pass         errors: 0 of 645 requests failed
pass         share: new has 5% of all requests, and 5% are meant for it
way back     5% on new; rolled back now, everybody is safe in about 2m
"#]]
    );
}

#[test]
fn a_side_whose_data_stopped_is_named_while_the_other_s_go_on() {
    let mut view = holding();
    view.freshness.new = Some(SignedDuration::from_mins(14));
    assert!(shown(&view, 80).contains("LATE: new's newest is 14m old"), "{}", shown(&view, 80));
    view.freshness.watched = false;
    assert!(shown(&view, 80).contains("2m10s old; no more is read"), "{}", shown(&view, 80));
}

#[test]
fn limits_that_were_changed_are_shown_as_they_are_now() {
    let tuning =
        |limit: &str, to: &str| Tuning { limit: limit.to_owned(), from: None, to: to.to_owned() };
    let tunings = vec![
        tuning("errors.critical.times_legacy", "3"),
        tuning("pass.proof", "90%"),
        tuning("noise", "high"),
        tuning("errors.critical.times_legacy", "4"),
        tuning("share.within", "80%"),
    ];
    let rows = tuned(&tunings, &look(80, 40));
    let lines: Vec<String> =
        rows.iter().map(|row| row.drawn(79, true, Paint::new(false))).collect();
    assert_data_eq!(
        lines.join("\n"),
        str![[r#"
tuned        share.within=80%
             errors.critical.times_legacy=4
             noise=high
             and 1 more
"#]]
    );
}

#[test]
fn a_run_that_lost_its_zone_does_not_say_what_is_on_new() {
    let view = View { phase: "fenced", ..holding() };
    assert!(shown(&view, 80).ends_with("knows what is on new now"), "{}", shown(&view, 80));
}

#[test]
fn the_end_of_a_migration_has_no_steps_to_show() {
    let view = View { steps: Vec::new(), ..holding() };
    assert!(!shown(&view, 80).contains("steps"), "{}", shown(&view, 80));
}

#[test]
fn a_countdown_that_is_over_says_so() {
    let view = View { at: at("02:27:08"), ..holding() };
    assert!(shown(&view, 80).contains("due, until 02:27:07"), "{}", shown(&view, 80));
}

#[test]
fn the_worst_gates_come_first_and_many_that_pass_share_a_line() {
    let mut view = holding();
    let of = |name: &str, cause| finding(name, cause, "why");
    view.findings = ["a", "b", "c", "d", "e"].map(|name| of(name, Cause::Proven)).to_vec();
    view.findings.extend(["f", "g"].map(|name| of(name, Cause::NoTraffic)));
    view.findings.push(of("h", Cause::OverWarning));
    let lines: Vec<String> = gates::rows(&view.findings, &look(80, 40))
        .iter()
        .map(|row| row.drawn(79, true, Paint::new(false)))
        .collect();
    assert_data_eq!(
        lines.join("\n"),
        str![[r#"
warn         h: why
unknown      f: why
unknown      g: why
pass         a, b, c, d, e
"#]]
    );
}

#[test]
fn nothing_is_wider_or_longer_than_the_terminal_whatever_it_says() {
    let mut view = rolling_back();
    view.waiting_for = Some("\u{1b}[2J\n切替".repeat(40));
    let share = |n: i32| StepView::Share(format!("{n}%").parse().unwrap());
    view.steps = (1..=99).map(share).collect();
    view.step = Some(60);
    view.findings = vec![finding(&"g".repeat(200), Cause::Stale, &"w".repeat(200))];
    view.question = Some(Question { ask: "y".repeat(300), otherwise: "\u{202e}".to_owned() });
    for unicode in [true, false] {
        for (columns, rows) in [(1, 1), (3, 30), (21, 7), (40, 3), (60, 9), (80, 16), (161, 40)] {
            let look = Look { unicode, ..look(columns, rows) };
            let lines = screen(&view, Some("600 of 1000 records back"), &look);
            assert!(lines.len() <= rows, "{columns}x{rows}: {lines:?}");
            for line in lines {
                let fits = width(&line) < columns && !line.contains(char::is_control);
                assert!(fits, "{columns}x{rows}: {line:?}");
            }
        }
    }
    assert!(shown(&view, 80).contains("[61%]"), "{}", shown(&view, 80));
}
