//! How runs of every kind are told.

use snapbox::{IntoData as _, assert_data_eq, file, str};

use super::*;

fn told(records: &[Record], plan: Option<&Plan>) -> String {
    let story = Story::of(records);
    let page = html(&case(&story, plan));
    assert_sound(&page);
    seen(&page)
}

#[test]
fn a_run_that_was_rolled_back_is_told_from_its_outcome_to_its_runbook() {
    let plan = plan(&["api.example.com"]);
    let told = told(&rolled_back(&plan), Some(&plan));
    assert_data_eq!(told, file!["rolled_back.txt"].raw());
}

#[test]
fn the_short_form_fits_a_pull_request() {
    let plan = plan(&["api.example.com"]);
    let story = Story::of(&rolled_back(&plan));
    assert_data_eq!(
        markdown(&case(&story, Some(&plan))),
        str![[r#"
## Rolled back: api in production

From step 1, 5% on new, to the baseline: everybody was sent back 0.8 s after the breach.

Why: errors: new fails 3.6% of 1,544 requests.

Clients that honour the TTL were back by 02:24:01.

|  |  |
|---|---|
| began, UTC | 2026-11-23 02:14 (to 02:22:01 UTC) |
| took | 8m1s (23 records) |
| highest share on new | 5% (1 of 2 steps begun) |
| moved in lockstep | 1 record pair |
| requests on new | 300 (0 failed, 0%) |
| everybody sent back | 0.8 s (after the breach) |
| breaches | 1 (0 warnings) |
| run | api-20261123T021400Z-9f3a |
| runbook | api |
| environment | production |
| first record | 2026-11-23 02:14:00 UTC |
| last record | 2026-11-23 02:22:01 UTC |
| cutover | 0.1.0 |
| zones | example.com (Z1) |
| lock | every write is fenced by the zone's lock |
| journal | 23 records |
| runbook's SHA-256 | 900b5a9e93d1cbc60f84a90afdc05c39abe2ef13d14c71f6d13a5ec729cbe5ba |

### Steps

| step | share | began, UTC | end | gates |
|---|---|---|---|---|
| 1 | 5% | 02:14:03 | went back | errors breach |
| 2 | 100% |  | never begun |  |

### Breaches

- 02:22:00 **errors**: new fails 3.6% of 1,544 requests

### What people did

- 02:20:00 loosened limits by alice&#64;ops: the batch job runs
  - latency.critical.at\_most: 800ms -&gt; 2s

### Never exercised

- 1 step never begun: step 2 (100%).
- The gate latency: it never had enough data to say anything but unknown.
- The gate targets: it never had enough data to say anything but unknown.
- Switched off in the runbook: errors, share.
- Going on with another process: the run was never resumed.

"#]]
        .raw()
    );
}

#[test]
fn a_run_that_never_recorded_anything_has_a_report_all_the_same() {
    let text = told(&[], None);
    assert!(text.contains("Nothing was recorded: the run died before it had begun."), "{text}");
    assert!(markdown(&case(&Story::default(), None)).starts_with("## Empty: "));
}

#[test]
fn a_preflight_that_refused_is_told_with_every_problem() {
    let plan = plan(&["api.example.com"]);
    let problems = vec!["the zone is locked".to_owned(), "no healthy targets".to_owned()];
    let refused = Event::PreflightFailed { problems };
    let records = [record(at("02:14:00"), started(&plan)), record(at("02:14:01"), refused)];
    let text = told(&records, Some(&plan));
    for said in [
        "The preflight refused to begin, and nothing was changed.",
        "the zone is locked",
        "no healthy targets",
        "2 steps never begun: step 1 (5%), step 2 (100%).",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
}

#[test]
fn a_write_that_failed_is_told_with_what_route_53_said() {
    let plan = plan(&["api.example.com"]);
    let [started_write, _] = write(1, Position::Shift(0), 1);
    let failed = Event::WriteFailed {
        write: 1,
        failure: WriteFailure::Refused,
        message: "InvalidChangeBatch".to_owned(),
        problems: vec!["not found".to_owned()],
        retry_at: at("02:15:00"),
    };
    let events = [started(&plan), step_started(), started_write, failed];
    let records = events.map(|event| record(at("02:14:00"), event));
    let text = told(&records, Some(&plan));
    assert!(text.contains("refused, nothing was changed\nInvalidChangeBatch\nnot found"), "{text}");
    assert!(text.contains("\nas before\n"), "{text}");
}

#[test]
fn a_lockstep_of_a_thousand_records_is_one_row_for_each_write() {
    let names: Vec<String> = (0..1000).map(|n| format!("n{n}.example.com")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let plan = plan(&names);
    let all = |legacy, new| names.iter().flat_map(|name| members(name, legacy, new)).collect();
    let mut events = vec![started(&plan), read(all(100, 0)), step_started()];
    events.extend(write(1, Position::Shift(0), 1000));
    events.push(read(all(95, 5)));
    let records: Vec<Record> =
        events.into_iter().map(|event| record(at("02:14:00"), event)).collect();
    let text = told(&records, Some(&plan));
    assert!(text.contains("and 988 more\nlegacy 100, new 0\nlegacy 95, new 5\n"), "{text}");
}

#[test]
fn a_run_of_thirty_days_stays_small_and_keeps_its_worst_minute() {
    let plan = plan(&["api.example.com"]);
    let first = Minute::containing(at("00:00:00"));
    let mut records =
        vec![record(first.start(), started(&plan)), record(first.start(), step_started())];
    for minute in 0..43_200 {
        let now = first.offset(minute);
        let new = if minute == 30_000 { 5_000.0 } else { 50.0 };
        let judged = vec![finding("targets", Cause::Proven, "all targets are healthy")];
        let events = [
            measured(now, &[(950.0, new)]),
            Event::MinuteJudged { minute: now, findings: judged },
            Event::Warned {
                finding: finding("latency", Cause::OverWarning, "slow"),
                next: String::new(),
            },
        ];
        let at = now.end();
        // The check of a lone record is as good as any here, and cheaper than a chain of them.
        records.extend(
            events.map(|event| Record { event, ..records[0].clone() }).map(|r| Record { at, ..r }),
        );
    }
    let story = Story::of(&records);
    let page = html(&case(&story, Some(&plan)));
    assert_sound(&page);
    assert!(page.len() < 1_500_000, "{} bytes", page.len());
    let text = seen(&page);
    for said in [
        "1 00:01:00 warning of latency, 43200 times until 2026-12-23 00:00:00",
        "42402 more lines are left out here; the journal has them",
    ] {
        assert!(text.contains(said), "{said}\n{}", &text[..3000]);
    }
}
