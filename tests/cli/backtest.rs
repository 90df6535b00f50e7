//! Backtests as a user sees them: evidence minute by minute, what is said of bad histories, and exit codes.

use std::{error::Error, fmt::Write as _};

use serde_json::Value;
use snapbox::{IntoData as _, assert_data_eq, str};

use crate::session::{Session, UP_TO_STEPS, exit_code, text};

type TestResult = Result<(), Box<dyn Error>>;

const HEADING: &str =
    "minute,new_requests,new_errors,legacy_requests,legacy_errors,new_latency,legacy_latency\n";

fn session(more: &str, history: &str) -> std::io::Result<Session> {
    // A hold of 5m30s and 4m30s of settling are ten minutes.
    let steps = "  - { weight: 10%, hold: 5m30s }\n  - { weight: 100%, hold: 5m30s }\n";
    let runbook = format!("{UP_TO_STEPS}{steps}{more}");
    Session::with(&[("api.yaml", &runbook), ("history.csv", history)])
}

#[test]
fn the_evidence_of_each_minute_is_that_of_the_vectors() -> TestResult {
    let vectors: Value = serde_json::from_str(include_str!("../fixtures/gate-vectors.json"))?;
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

#[test]
fn a_bad_history_is_told_line_by_line() -> TestResult {
    let history = format!("{HEADING}2026-11-23T02:00:00Z,1,1\n2026-11-23T02:01:00Z,-1,,,,,\n");
    let session = session("", &history)?;
    assert_data_eq!(
        session.transcript(&["backtest", "api.yaml", "--history", "history.csv", "--minutes"])?,
        str![[r#"
-- stderr
history.csv:2: 3 values, and there are 7 columns; a value that is missing leaves its place empty, as in `,,`
history.csv:3: new_requests is -1, and cannot be negative
error: `history.csv` is not a history that can be replayed
-- exit 2

"#]].raw()
    );
    assert_data_eq!(
        session.transcript(&["backtest", "api.yaml", "--history", "no.csv", "--minutes"])?,
        str![[r#"
-- stderr
error: `no.csv` cannot be read
cause: No such file or directory (os error 2)
hint: paths are looked up in the folder that cutover is started in
-- exit 2

"#]]
        .raw()
    );
    Ok(())
}

/// Returns a day and a bit of so many requests a minute, of which one in a thousand fails.
fn steady(requests: u32) -> Result<String, std::fmt::Error> {
    let mut history = HEADING.to_owned();
    for minute in 0..1600 {
        let (day, hour, of_hour) = (3 + minute / 1440, minute / 60 % 24, minute % 60);
        let errors = (minute + 1) * requests / 1000 - minute * requests / 1000;
        writeln!(
            history,
            "2026-03-{day:02}T{hour:02}:{of_hour:02}:00Z,,,{requests},{errors},,0.3"
        )?;
    }
    Ok(history)
}

const REPLAY: [&str; 6] = ["backtest", "api.yaml", "--history", "history.csv", "--cutovers", "50"];

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

#[test]
fn what_cannot_be_replayed_is_said_before_anything_is_played() -> TestResult {
    let short = format!("{HEADING}2026-11-23T02:00:00Z,1,1,,,,\n2026-11-23T02:09:00Z,1,1,,,,\n");
    assert_data_eq!(
        session("", &short)?.transcript(&REPLAY)?,
        str![[r#"
-- stderr
not judged, because a history does not have them: targets
error: the history is 10m long, and the cutover takes 20m
hint: record for longer; a day more than the cutover takes is best
-- exit 2

"#]]
        .raw()
    );
    let silent = format!("{HEADING}2026-11-23T02:00:00Z,,,0,0,,\n");
    assert_data_eq!(session("", &silent)?.transcript(&REPLAY)?, str![[r#"
-- stderr
not judged, because a history does not have them: targets
error: there is not one request in the history
hint: look at its columns `new_requests` and `legacy_requests`, or at the load balancers that the runbook names
-- exit 2

"#]].raw());
    let session = session("", &short)?;
    for (arguments, said) in [
        (&["--since", "16d"][..], "CloudWatch keeps minutes for 15d"),
        (&["--since", "5d", "--history", "history.csv"][..], "cannot be used with"),
        (&["--minutes"][..], "--history <FILE>"),
        (&["--history", "history.csv", "--fault", "0%"][..], "above 0%"),
        (&["--history", "history.csv", "--cutovers", "0"][..], "10..=1000000"),
    ] {
        let output = session.run(&[&["backtest", "api.yaml"], arguments].concat())?;
        let stderr = text(&output.stderr);
        assert!(stderr.contains(said) && exit_code(&output) == 2, "{arguments:?}: {stderr}");
    }
    Ok(())
}

#[test]
fn without_a_file_the_environment_has_to_be_clear() -> TestResult {
    let places = "environments: { staging: {}, production: {} }\n";
    let session = session(places, &steady(60_000)?)?;
    let output = session.run(&["backtest", "api.yaml"])?;
    let stderr = text(&output.stderr);
    assert!(stderr.contains("say where with `--env`"), "{stderr}");
    assert_eq!(exit_code(&output), 2);
    let output = session.run(&REPLAY)?;
    assert_eq!(exit_code(&output), 0, "{}", text(&output.stderr));
    Ok(())
}

#[test]
fn the_help_says_what_exits_with_8() -> TestResult {
    assert_data_eq!(
        Session::with(&[])?.transcript(&["backtest", "--help"])?,
        str![[r#"
Replay the gates over recorded traffic: would they cry wolf, and what would they see?

Plays the cutover many times over the traffic that there was, with a new side that is as good as
legacy and with one that gets worse when a step begins. The exit code is 8 when more than 5 of 100
healthy cutovers go back, or when 5% more failing requests, which begin with the first or the second
step, are seen by the end of the second in fewer than 90 of 100. A history has the columns
minute,new_requests,new_errors,legacy_requests,legacy_errors,new_latency,legacy_latency.

Usage: cutover backtest [OPTIONS] <RUNBOOK>

Arguments:
  <RUNBOOK>
          The runbook, a YAML file

Options:
      --env <NAME>
          Environment of the runbook; may be left out when there is only one

      --var <NAME=VALUE>
          Set a variable of the runbook, in place of its environment's; may be repeated

      --wave <NAME>
          Wave to play, by its name, where the runbook has waves: each is judged by itself

      --history <FILE>
          Recorded traffic, a CSV file; without one CloudWatch is asked for that of legacy's load
          balancers

      --since <DURATION>
          How far back CloudWatch is asked; it keeps minutes for 15d
          
          [default: 14d]

      --minutes
          Take the file for one run of both sides, and print what each gate says after each minute

      --cutovers <N>
          How many cutovers to play, from different minutes of the history
          
          [default: 1000]

      --fault <PERCENT>
          Error rate of which each step says how long its hold would have to be to see it
          
          [default: 5%]

      --seed <N>
          Seed of all chance: the same seed gives the same numbers
          
          [default: 1]

      --output <FORMAT>
          Print text for people, or one JSON object per line on stdout
          
          [default: text]
          [possible values: text, json]

      --quiet
          Print only what somebody may have to act on

      --verbose
          Print every minute that is judged, too

      --color <WHEN>
          Colour the output; `auto` does on a terminal unless NO_COLOR is set
          
          [default: auto]
          [possible values: auto, always, never]

      --profile <NAME>
          Profile of the shared AWS configuration files, where the runbook names none

      --region <NAME>
          AWS region, where the runbook names none

      --endpoint-url <URL>
          Send all AWS calls there, such as to `cutover sim`

      --mfa-code <CODE>
          Code that the MFA device shows now, where the runbook names a device; without it, it is
          asked for on the terminal

  -h, --help
          Print help (see a summary with '-h')

Examples:
  cutover backtest runbooks/api.yaml --env production
  cutover backtest runbooks/api.yaml --history last-month.csv --cutovers 5000
  cutover backtest runbooks/api.yaml --history one-night.csv --minutes --output json
-- stderr
-- exit 0

"#]]
        .raw()
    );
    Ok(())
}
