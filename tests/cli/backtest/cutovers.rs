//! Many cutovers over the traffic that there was.

use serde_json::Value;
use snapbox::{IntoData as _, assert_data_eq, str};

use super::{REPLAY, TestResult, session, steady};
use crate::session::{Session, UP_TO_STEPS, exit_code, text};

#[test]
fn a_backtest_is_one_page_that_says_what_its_numbers_mean() -> TestResult {
    let session = session("gates: { share: off }\n", &steady(60_000)?)?;
    let transcript = session.transcript(&REPLAY)?;
    assert!(transcript.lines().all(|line| line.chars().count() <= 100), "{transcript}");
    assert_data_eq!(
        transcript,
        str![[r#"
api: a cutover of 20m over the traffic from 2026-03-03 00:00 to 2026-03-04 02:40 UTC
  60,000 requests a minute on average, of which 0.1% failed
  played 50 times from different minutes, and 10 times with each fault at each step

would it cry wolf? of 100 cutovers in which new is as good as legacy
                      even weather            uneven weather
gate           went back      held       went back      held
errors               0.0       0.0             0.0       0.0
latency              0.0       0.0             0.0       0.0
any gate             0.0       0.0             0.0       0.0
  went back: to legacy, by itself; held: waited longer than the runbook plans.
  even weather: chance alone decides on which side a request fails; uneven weather: besides,
  each side's error rate strays by 30% and its latency by 10% from minute to minute.

would it see a fault? new gets worse when a step begins, and stays so
the fault begins with the step of      10%     100%
errors +0.2 points  seen                70        0
                    in that step        60        0
                    minutes             10        -
                    failed             600    1,206
errors +0.5 points  seen               100      100
                    in that step       100      100
                    minutes              9        7
                    failed             263    2,259
errors +1 point     seen               100      100
                    in that step       100      100
                    minutes              4        4
                    failed             236    2,399
errors +5 points    seen               100      100
                    in that step       100      100
                    minutes              4        4
                    failed           1,198      12k
errors +50 points   seen               100      100
                    in that step       100      100
                    minutes              1        1
                    failed           2,999      30k
latency x1.3        seen               100        0
                    in that step       100        0
                    minutes             10        -
latency x2          seen               100        0
                    in that step       100        0
                    minutes              5        -
  seen: of 100 cutovers, how many went back or held because of it; in that step: before the next
  one began; minutes: half of those took no longer, the delay of metrics included; failed:
  requests that failed because of it until then, or to the end. All of this in even weather.

seen, of 100 in uneven weather         10%     100%
errors +0.2 points                      80        0
errors +0.5 points                     100      100
errors +1 point                        100      100
errors +5 points                       100      100
errors +50 points                      100      100
latency x1.3                            80        0
latency x2                             100        0

what can each step see? in its hold, in nine cutovers of ten, at the average traffic
step    share     hold     requests/min on new   smallest error rate        hold to see 5%
   1      10%    5m30s                   6,000                 0.51%                    1m
   2     100%    5m30s                  60,000                 0.36%                    1m
  the limit on new's error rate is 0.3%
-- stderr
not judged, because a history does not have them: targets
the runbook protects its users, as far as this traffic shows
-- exit 0

"#]]
        .raw()
    );
    Ok(())
}

#[test]
fn a_runbook_that_would_not_see_an_obvious_fault_exits_with_8_and_says_what_to_change() -> TestResult
{
    let steps = "  - { weight: 1%, hold: 10m }\n  - { weight: 2%, hold: 10m }\n";
    let runbook = format!("{UP_TO_STEPS}{steps}");
    let session = Session::with(&[("api.yaml", &runbook), ("history.csv", &steady(100)?)])?;
    let output = session.run(&REPLAY)?;
    assert_eq!(exit_code(&output), 8);
    assert_data_eq!(text(&output.stderr), str![[r#"
not judged, because a history does not have them: targets
error: the runbook would not protect its users
cause: when 5% more requests fail on new from step 1 on, that is seen by the end of step 2 in only 80 of 100 cutovers (even weather); it should be in 90
cause: 20 of 100 cutovers go back though nothing is wrong with new (uneven weather), 20 of them because the errors gate could still not tell after 2h (`policy.hold_limit`); at most 5 should
hint: hold step 2 (2% for 10m) for 1h47m or longer, or give it 22% of the traffic
hint: hold longer or give the steps more of the traffic, so that 200 requests (`pass.min_requests`) reach new in every hold; or let them stop instead with `policy: { hold_limit_then: stop }`

"#]].raw());
    Ok(())
}

#[test]
fn programs_read_one_object_a_line() -> TestResult {
    let session = session("", &steady(60_000)?)?;
    let output = session.run(&[&REPLAY[..], &["--output", "json", "--fault", "1%"]].concat())?;
    let lines: Vec<Value> =
        text(&output.stdout).lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let count = |row: &str| lines.iter().filter(|line| line["row"] == row).count();
    // Two weathers of three gates and all; of seven faults at two steps.
    assert_eq!(["gate", "fault", "sight", "summary"].map(count), [8, 28, 2, 1]);
    let keys = |row: &str| {
        let line = lines.iter().find(|line| line["row"] == row).and_then(Value::as_object);
        line.map(|line| line.keys().cloned().collect::<Vec<_>>().join(" ")).unwrap_or_default()
    };
    let all = ["gate", "fault", "sight", "summary"].map(keys).join("\n");
    assert_data_eq!(all, str![[r#"
row weather gate cutovers rolled_back_per_100 waited_in_vain_per_100 held_per_100
row weather fault errors_points step share cutovers seen_percent seen_in_step_percent median_minutes mean_failed_requests
row step share hold requests_per_minute limit_rate smallest_visible_rate minutes_to_see_5_percent fault_rate minutes_to_see_fault
row runbook from until requests_per_minute error_rate has_latency minutes cutovers cutovers_refused cutovers_with_faults seed first_steps protects reasons
"#]].raw());
    let last = &lines[lines.len() - 1];
    assert_eq!((&last["row"], &last["protects"]), (&"summary".into(), &true.into()), "{last}");
    assert_eq!(lines.iter().filter(|line| line["fault_rate"] == 0.01).count(), 2);
    Ok(())
}

#[test]
fn the_same_seed_prints_the_same_bytes_and_another_one_others() -> TestResult {
    let session = session("", &steady(2_000)?)?;
    let printed = |seed: &str| -> std::io::Result<Vec<u8>> {
        Ok(session.run(&[&REPLAY[..], &["--seed", seed]].concat())?.stdout)
    };
    assert_eq!(printed("4")?, printed("4")?);
    assert_ne!(printed("4")?, printed("5")?);
    Ok(())
}
