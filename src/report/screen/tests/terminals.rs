//! What fits on terminals of every size, and how it looks there.

use super::*;

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
