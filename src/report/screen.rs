//! The progress display as plain lines: where the run is, what it waits for, how both sides are, and what going
//! back would take.

use std::cmp::Reverse;

use super::{clean, line::clock_seen_from};
use crate::{
    engine::{SideView, Tuning, View},
    gate::{Finding, Verdict, words::count},
    unit::{Rate, Share, SignedDuration, Timestamp, words},
};

/// Findings shown with their reasons; a display that grows with every gate would push the lines above it away.
const REASONS_SHOWN: usize = 3;
/// Limits shown that were changed during the run.
const TUNINGS_SHOWN: usize = 3;
/// Columns of what stands in front of each line; the longest phase is `rolling back`.
const LABEL: usize = 12;
/// Columns of the hold's bar between its brackets.
const BAR_COLUMNS: usize = 20;

/// Returns the display of a view: lines of at most `width` columns, safe to show on a terminal. `headway` says how many
/// records are back, where that is worth knowing.
pub fn screen(view: &View, headway: Option<&str>, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    // The end of a migration has no steps.
    if !view.shares.is_empty() {
        lines.push(steps(view, width));
    }
    lines.extend(waiting(view, headway));
    lines.extend(sides(view));
    lines.extend(gates(&view.findings));
    lines.extend(tuned(&view.tunings));
    lines.push(way_back(view));
    lines.iter().map(|line| fit(clean(line).trim_end(), width)).collect()
}

/// Returns the shares of all steps with the one that is going on in brackets, cut so that it is always seen.
fn steps(view: &View, width: usize) -> String {
    let name = |index: usize, share: &Share| {
        if view.shift == Some(index) { format!("[{share}]") } else { share.to_string() }
    };
    let names: Vec<String> =
        view.shares.iter().enumerate().map(|(index, share)| name(index, share)).collect();
    let current = view.shift.unwrap_or(0);
    // The steps before the current one go first where there is no room for all.
    let mut first = 0;
    let line = |first: usize| {
        let cut = if first > 0 { "... > " } else { "" };
        format!("{:<LABEL$} {cut}{}", "steps", names.get(first..).unwrap_or_default().join(" > "))
    };
    while first + 1 < current && line(first).len() > width {
        first += 1;
    }
    line(first)
}

/// Returns what is going on, how far it is, how long it still takes where that is known, and what it waits for.
fn waiting(view: &View, headway: Option<&str>) -> Vec<String> {
    let waiting = view.waiting_for.iter().map(|what| format!("waiting for {what}"));
    let times = view.until.map(|until| {
        let left = whole_seconds(until.duration_since(view.at));
        let left = if left.is_positive() { words(left) + " left" } else { "due".to_owned() };
        let bar = view.hold_began.map_or(String::new(), |began| bar(began, view.at, until) + " ");
        format!("{bar}{left}, until {}", clock_seen_from(view.at, until))
    });
    let headway = headway.map(str::to_owned);
    let mut parts = headway.into_iter().chain(times).chain(waiting);
    let first = parts.next().unwrap_or_default();
    let mut lines = vec![format!("{:<LABEL$} {first}", view.phase).trim_end().to_owned()];
    lines.extend(parts.map(|part| format!("{:<LABEL$} {part}", "")));
    lines
}

/// Rounds up, so that a countdown ends at `1s left` and never stands at zero while there is something to wait for.
fn whole_seconds(duration: SignedDuration) -> SignedDuration {
    SignedDuration::from_secs(duration.as_secs() + i64::from(duration.subsec_nanos() > 0))
}

fn bar(began: Timestamp, now: Timestamp, until: Timestamp) -> String {
    let whole = until.duration_since(began).as_secs_f64();
    let done = if whole > 0.0 { now.duration_since(began).as_secs_f64() / whole } else { 1.0 };
    // Between 0 and 1, so the cast keeps the value.
    let full = (done.clamp(0.0, 1.0) * BAR_COLUMNS as f64) as usize;
    format!("[{}{}]", "#".repeat(full), "-".repeat(BAR_COLUMNS - full))
}

fn sides(view: &View) -> Vec<String> {
    let age = match view.data_age {
        Some(age) => format!("newest data is {} old", words(age)),
        None => "no data yet".to_owned(),
    };
    let row = |name: &str, side: &SideView| {
        let requests = side.requests.map_or("-".to_owned(), count);
        let errors =
            side.error_rate.and_then(Rate::from_fraction).map_or("-".to_owned(), |r| r.to_string());
        let latency = side.latency.map_or("-".to_owned(), seconds);
        format!("{name:<LABEL$} {requests:>12} {errors:>9} {latency:>9}")
    };
    vec![
        format!("{:<LABEL$} {:>12} {:>9} {:>9}   {age}", "", "requests/min", "errors", "latency"),
        row("legacy", &view.legacy),
        row("new", &view.new),
    ]
}

/// Returns the limits that are not the runbook's any more, as they are now, the newest first.
fn tuned(tunings: &[Tuning]) -> Vec<String> {
    let mut limits: Vec<&Tuning> = Vec::new();
    for tuning in tunings.iter().rev() {
        if limits.iter().all(|later| later.limit != tuning.limit) {
            limits.push(tuning);
        }
    }
    let label = |index| if index == 0 { "tuned" } else { "" };
    let shown = limits.iter().take(TUNINGS_SHOWN).enumerate();
    let mut lines: Vec<String> = shown
        .map(|(index, Tuning { limit, to, .. })| format!("{:<LABEL$} {limit}={to}", label(index)))
        .collect();
    if limits.len() > TUNINGS_SHOWN {
        lines.push(format!("{:<LABEL$} and {} more", "", limits.len() - TUNINGS_SHOWN));
    }
    lines
}

fn gates(findings: &[Finding]) -> Vec<String> {
    if findings.is_empty() {
        return Vec::new();
    }
    let verdicts: Vec<String> =
        findings.iter().map(|finding| format!("{} {}", finding.gate, finding.verdict())).collect();
    let mut lines = vec![format!("{:<LABEL$} {}", "gates", verdicts.join(", "))];
    let mut open: Vec<&Finding> =
        findings.iter().filter(|finding| finding.verdict() != Verdict::Pass).collect();
    open.sort_by_key(|finding| Reverse(finding.verdict()));
    lines.extend(
        open.iter()
            .take(REASONS_SHOWN)
            .map(|finding| format!("{:<LABEL$} {}: {}", "", finding.gate, finding.why)),
    );
    if open.len() > REASONS_SHOWN {
        lines.push(format!("{:<LABEL$} and {} more", "", open.len() - REASONS_SHOWN));
    }
    lines
}

fn way_back(view: &View) -> String {
    if view.phase == "fenced" {
        return "what is on new now is for whoever has the zone's lock to say".to_owned();
    }
    if view.share == Share::ZERO {
        return "all traffic is meant for legacy".to_owned();
    }
    let safe = words(whole_seconds(view.time_to_safe));
    format!("roll back now: {} on new, safe in about {safe}", view.share)
}

fn seconds(latency: f64) -> String {
    if latency < 1.0 { format!("{:.0} ms", latency * 1000.0) } else { format!("{latency:.2} s") }
}

/// Cuts the text to this many columns. Everything outside ASCII is taken for two columns wide: a line may end early,
/// but never wraps.
fn fit(text: &str, width: usize) -> String {
    let columns = |c: char| if c.is_ascii() { 1 } else { 2 };
    if text.chars().map(columns).sum::<usize>() <= width {
        return text.to_owned();
    }
    let mut used = 0;
    let room = width.saturating_sub(3);
    let head = text.chars().take_while(|c| {
        used += columns(*c);
        used <= room
    });
    head.chain("...".chars().take(width)).collect()
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use super::*;
    use crate::gate::Cause;

    fn at(time: &str) -> Timestamp {
        format!("2026-11-23T{time}Z").parse().unwrap()
    }

    fn finding(gate: &str, cause: Cause, why: &str) -> Finding {
        let (gate, why) = (gate.to_owned(), why.to_owned());
        Finding { gate, cause, why, evidence: None, numbers: std::collections::BTreeMap::new() }
    }

    fn holding() -> View {
        let share = |text: &str| text.parse::<Share>().unwrap();
        View {
            at: at("02:19:55"),
            phase: "holding",
            waiting_for: Some("the hold of 5%".to_owned()),
            until: Some(at("02:27:07")),
            shares: ["1%", "5%", "25%", "50%", "100%"].map(share).to_vec(),
            shift: Some(1),
            hold_began: Some(at("02:17:07")),
            share: share("5%"),
            legacy: SideView {
                requests: Some(12345.0),
                error_rate: Some(0.00051),
                latency: Some(0.212),
            },
            new: SideView { requests: Some(645.0), error_rate: Some(0.0), latency: Some(1.5) },
            findings: vec![
                finding("errors", Cause::Proven, "0 of 645 requests failed"),
                finding("latency", Cause::TooFewRequests, "3 minutes seen, 5 are needed"),
            ],
            tunings: Vec::new(),
            data_age: Some(SignedDuration::from_secs(130)),
            time_to_safe: SignedDuration::from_millis(119_500),
        }
    }

    fn shown(view: &View, width: usize) -> String {
        screen(view, None, width).join("\n")
    }

    #[test]
    fn a_hold_says_what_is_waited_for_and_until_when() {
        assert_data_eq!(
            shown(&holding(), 79),
            str![[r#"
steps        1% > [5%] > 25% > 50% > 100%
holding      [#####---------------] 7m12s left, until 02:27:07
             waiting for the hold of 5%
             requests/min    errors   latency   newest data is 2m10s old
legacy             12,345    0.051%    212 ms
new                   645        0%    1.50 s
gates        errors pass, latency unknown
             latency: 3 minutes seen, 5 are needed
roll back now: 5% on new, safe in about 2m
"#]]
        );
    }

    #[test]
    fn limits_that_were_changed_are_shown_as_they_are_now() {
        let tuning = |limit: &str, to: &str| Tuning {
            limit: limit.to_owned(),
            from: None,
            to: to.to_owned(),
        };
        let tunings = vec![
            tuning("errors.critical.times_legacy", "3"),
            tuning("pass.proof", "90%"),
            tuning("noise", "high"),
            tuning("errors.critical.times_legacy", "4"),
            tuning("share.within", "80%"),
        ];
        assert_data_eq!(
            shown(&View { tunings, findings: Vec::new(), ..holding() }, 79),
            str![[r#"
steps        1% > [5%] > 25% > 50% > 100%
holding      [#####---------------] 7m12s left, until 02:27:07
             waiting for the hold of 5%
             requests/min    errors   latency   newest data is 2m10s old
legacy             12,345    0.051%    212 ms
new                   645        0%    1.50 s
tuned        share.within=80%
             errors.critical.times_legacy=4
             noise=high
             and 1 more
roll back now: 5% on new, safe in about 2m
"#]]
        );
    }

    #[test]
    fn before_the_first_step_nothing_is_on_new_and_nothing_is_known() {
        let view = View {
            phase: "writing",
            waiting_for: Some("Route 53's servers".to_owned()),
            until: None,
            shift: None,
            hold_began: None,
            share: Share::ZERO,
            legacy: SideView::default(),
            new: SideView::default(),
            findings: Vec::new(),
            data_age: None,
            ..holding()
        };
        assert_data_eq!(
            shown(&view, 79),
            str![[r#"
steps        1% > 5% > 25% > 50% > 100%
writing      waiting for Route 53's servers
             requests/min    errors   latency   no data yet
legacy                  -         -         -
new                     -         -         -
all traffic is meant for legacy
"#]]
        );
    }

    #[test]
    fn a_run_that_lost_its_zone_does_not_say_what_is_on_new() {
        let view = View { phase: "fenced", ..holding() };
        assert!(shown(&view, 79).ends_with("for whoever has the zone's lock to say"));
    }

    #[test]
    fn the_end_of_a_migration_has_no_steps_to_show() {
        let view = View { shares: Vec::new(), ..holding() };
        assert!(!shown(&view, 79).contains("steps"), "{}", shown(&view, 79));
    }

    #[test]
    fn a_rollback_of_many_records_shows_how_many_are_back() {
        let view = View { phase: "rolling back", until: None, waiting_for: None, ..holding() };
        let lines = screen(&view, Some("600 of 1000 records back"), 79);
        assert_eq!(lines[1], "rolling back 600 of 1000 records back");
    }

    #[test]
    fn a_countdown_that_is_over_says_so() {
        let view = View { at: at("02:27:08"), ..holding() };
        assert!(shown(&view, 79).contains("due, until 02:27:07"), "{}", shown(&view, 79));
    }

    #[test]
    fn the_worst_gates_give_their_reasons_first() {
        let quiet = |gate| finding(gate, Cause::NoTraffic, "no request datapoint");
        let mut view = holding();
        view.findings = vec![quiet("a"), quiet("b"), quiet("c")];
        view.findings.push(finding("errors", Cause::OverWarning, "0.3% failed"));
        assert_data_eq!(
            screen(&view, None, 79)[6..].join("\n"),
            str![[r#"
gates        a unknown, b unknown, c unknown, errors warn
             errors: 0.3% failed
             a: no request datapoint
             b: no request datapoint
             and 1 more
roll back now: 5% on new, safe in about 2m
"#]]
        );
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_whatever_it_says() {
        let mut view = holding();
        view.waiting_for = Some("\u{1b}[2J\n切替".repeat(40));
        view.shares = (1..=99).map(|n| format!("{n}%").parse().unwrap()).collect();
        view.shift = Some(60);
        view.findings = vec![finding(&"g".repeat(200), Cause::Stale, &"w".repeat(200))];
        for width in [0, 2, 20, 40, 79, 200] {
            for line in screen(&view, None, width) {
                let columns: usize = line.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum();
                assert!(columns <= width && !line.contains(char::is_control), "{width}: {line:?}");
            }
        }
        assert!(screen(&view, None, 79)[0].contains("[61%]"), "{}", screen(&view, None, 79)[0]);
    }
}
