//! The past of legacy's load balancers, as a backtest asks CloudWatch for it.

use serde_json::Value;

use super::{
    process::Result,
    sky::{CALM, SHORT, Sky, Speed},
};

#[test]
fn a_backtest_reads_the_past_day_by_day_and_changes_nothing() -> Result<()> {
    let sky = Sky::calm()?;
    let asked = ["backtest", "runbook.yaml", "--since", "2d", "--cutovers", "10"];
    let left = sky.start(&asked)?.end()?;
    assert_eq!(left.code, Some(0), "{}", left.said);
    let last = left.printed.last().ok_or("it printed nothing")?;
    let summary: Value = serde_json::from_str(last)?;
    assert_eq!((&summary["row"], &summary["has_latency"]), (&"summary".into(), &true.into()));
    assert!(summary["requests_per_minute"].as_f64() > Some(100.0), "{summary}");
    let rate = summary["error_rate"].as_f64().unwrap_or_default();
    assert!((0.0005..0.002).contains(&rate), "one in a thousand fails: {summary}");
    let calls = sky.calls();
    let count = |name: &str| calls.iter().filter(|call| call.contains(name)).count();
    // One call a day; a busy machine may make one time out and be asked again.
    assert!(count(" GetMetricData ok") >= 2, "{calls:?}");
    assert_eq!(count("Route53") + count("route53"), 0, "{calls:?}");
    Ok(())
}

#[test]
fn a_past_that_may_not_be_read_is_no_history() -> Result<()> {
    let forbidden =
        format!("{CALM}faults:\n  - at: 0s\n    metrics: forbidden\n    side: legacy\n");
    let sky = Sky::of(SHORT, &forbidden, Speed::Usual)?;
    let left = sky.start(&["backtest", "runbook.yaml", "--since", "6h"])?.end()?;
    assert_eq!((left.code, left.printed.len()), (Some(7), 0), "{}", left.said);
    assert!(left.said.contains("legacy's metrics from "), "{}", left.said);
    Ok(())
}
