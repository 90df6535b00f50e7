//! One night, minute by minute.

use std::fmt::Write as _;

use serde_json::Value;
use snapbox::{IntoData as _, assert_data_eq, str};

use super::{HEADING, TestResult, session};
use crate::session::{exit_code, text};

#[test]
fn the_evidence_of_each_minute_is_that_of_the_vectors() -> TestResult {
    let vectors: Value = serde_json::from_str(include_str!("../../fixtures/gate-vectors.json"))?;
    let sequences = vectors["sequences"].as_array().expect("sequences");
    let burst = sequences.iter().find(|one| one["name"] == "one_minute_burst_3pct").expect("it");
    let mut history = HEADING.to_owned();
    for (at, row) in burst["rows"].as_array().expect("rows").iter().enumerate() {
        let [n, x, m, y] = [0, 1, 2, 3].map(|value| &row[value]);
        writeln!(history, "2026-11-23T02:{at:02}:00Z,{n},{x},{m},{y},,")?;
    }
    let gates = "gates:\n  errors: { critical: { at_most: 0.3% } }\n";
    let session = session(gates, &history)?;
    let arguments =
        ["backtest", "api.yaml", "--history", "history.csv", "--minutes", "--output", "json"];
    let output = session.run(&arguments)?;
    assert_eq!(exit_code(&output), 0, "{}", text(&output.stderr));
    let lines: Vec<Value> =
        text(&output.stdout).lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let gates: Vec<&Value> = lines.iter().take(3).map(|line| &line["gate"]).collect();
    assert_eq!(gates, ["errors", "latency", "share"]);
    let errors: Vec<&Value> = lines.iter().filter(|line| line["gate"] == "errors").collect();
    assert_eq!(errors.len(), 20);
    for (at, line) in errors.iter().enumerate() {
        let [relative, absolute] = ["ln_e_relative", "ln_e_absolute"]
            .map(|form| burst["expect"][form][at].as_f64().expect("a number"));
        let evidence = line["evidence"].as_f64().expect("a number");
        let expected = relative.max(absolute);
        assert!((evidence - expected).abs() <= 1e-9 * expected.abs() + 1e-11, "{at}: {line}");
        assert_eq!(line["event"], "minute_judged");
    }
    Ok(())
}

#[test]
fn minutes_read_as_a_table_too() -> TestResult {
    let mut history = HEADING.to_owned();
    for at in 0..3 {
        writeln!(history, "2026-11-23T02:{at:02}:00Z,6000,{},54000,54,0.31,0.3", 6 + 300 * at)?;
    }
    let session = session("gates: { share: off }\n", &history)?;
    assert_data_eq!(
        session.transcript(&["backtest", "api.yaml", "--history", "history.csv", "--minutes"])?,
        str![[r#"
minute                step  share  gate      evidence  verdict  why
2026-11-23T02:00:00Z     1    10%  errors      -0.462  unknown  too little to judge by: new has had 6,000 requests over 1 min in this step; 5 min are needed
2026-11-23T02:00:00Z     1    10%  latency     -0.273  unknown  too little to judge by: 1 of the 5 min needed could be measured
2026-11-23T02:01:00Z     1    10%  errors       2.021  unknown  too little to judge by: new has had 12,000 requests over 2 min in this step; 5 min are needed
2026-11-23T02:01:00Z     1    10%  latency     -0.376  unknown  too little to judge by: 2 of the 5 min needed could be measured
2026-11-23T02:02:00Z     1    10%  errors       6.944  breach   new fails 7.6% of 12,000 requests over 2 min, legacy 0.1%; the limit is 0.3% (2x legacy's 0.1% + 0.1%); a side within it would look this bad in fewer than 1 of 1,000 cutovers, and 1 of 100 is enough to act
2026-11-23T02:02:00Z     1    10%  latency     -0.442  unknown  too little to judge by: 3 of the 5 min needed could be measured
-- stderr
not judged, because a history does not have them: targets
-- exit 0

"#]].raw()
    );
    Ok(())
}
