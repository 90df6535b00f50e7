//! Recorded histories: any bytes are read or explained, and what was read can be judged.

use cutover::{
    backtest::{COLUMNS, minutes, read_csv},
    rehearse::plan_offline,
    runbook::{Choice, Source, parse},
};

use super::{RUNBOOK, assert_ours};

/// Minutes that are also judged.
const MOST_MINUTES: i64 = 120;

/// Reads a history.
pub(crate) fn target(bytes: &[u8]) {
    match read_csv(bytes) {
        Ok(rows) => {
            let (first, last) = (rows.keys().next(), rows.keys().next_back());
            let (Some(first), Some(last)) = (first, last) else { panic!("a history of nothing") };
            if last.0 - first.0 > MOST_MINUTES {
                return;
            }
            let source = Source { path: "runbook.yaml".to_owned(), text: RUNBOOK.into() };
            let runbook = parse(&source, &Choice::default()).expect("it is right");
            let made = plan_offline(&runbook).expect("it can be planned");
            for judged in minutes(&made.plan, &rows) {
                assert!(!judged.why.is_empty());
                assert!(judged.evidence.is_none_or(|evidence| !evidence.is_nan()), "{judged:?}");
                assert!(judged.numbers.values().all(|number| !number.is_nan()), "{judged:?}");
            }
        }
        Err(problems) => problems.iter().for_each(|problem| assert_ours(&problem.to_string())),
    }
}

/// Returns histories.
pub(crate) fn corpus() -> Vec<Vec<u8>> {
    let lines = [
        "2026-11-23T02:14:00Z,600,1,59400,60,0.31,0.3",
        "2026-11-23T03:15:00+01:00,600,1,59400,60,,",
        "2026-11-23T02:16:00Z,,,59400,,,0.3",
        "2026-11-23T02:18:00Z, 6e2 ,600,59400,0.5,4000,0",
        "\"2026-11-23T02:19:00Z\",1e15,1e15,1,60,0.31,0.3",
    ];
    let whole = format!("{}\n{}\n", COLUMNS.join(","), lines.join("\n"));
    vec![whole.replace('\n', "\r\n").into(), format!("\u{feff}{whole}").into(), whole.into()]
}
