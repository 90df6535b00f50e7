//! What is said of metrics, their gates and their limits.

use super::*;
use crate::report::screen::row::Row;

fn drawn(rows: &[Row]) -> String {
    let lines = rows.iter().map(|row| row.drawn(79, true, Paint::new(false)));
    lines.collect::<Vec<_>>().join("\n")
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
    assert_data_eq!(
        drawn(&rows),
        str![[r#"
tuned        share.within=80%
             errors.critical.times_legacy=4
             noise=high
             and 1 more
"#]]
    );
}

#[test]
fn the_worst_gates_come_first_and_many_that_pass_share_a_line() {
    let mut view = holding();
    let of = |name: &str, cause| finding(name, cause, "why");
    view.findings = ["a", "b", "c", "d", "e"].map(|name| of(name, Cause::Proven)).to_vec();
    view.findings.extend(["f", "g"].map(|name| of(name, Cause::NoTraffic)));
    view.findings.push(of("h", Cause::OverWarning));
    let rows = gates::rows(&view.findings, &look(80, 40));
    assert_data_eq!(
        drawn(&rows),
        str![[r#"
warn         h: why
unknown      f: why
unknown      g: why
pass         a, b, c, d, e
"#]]
    );
}
